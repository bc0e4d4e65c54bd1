"""What can be typed after the magics: parsed, explained and completed from one table."""

from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from autograd_nb.magics.options import (
    COMMANDS,
    OPTIONS,
    PARTS,
    complete,
    help_text,
    near,
    parse,
    split,
)


def names() -> list[str]:
    return ["loss", "w", "x"]


def test_without_options_everything_is_shown_live() -> None:
    choice = parse([])
    assert choice.parts == PARTS
    assert (choice.static, choice.quiet, choice.track) == (False, False, None)
    assert (choice.rate, choice.limit) == (20.0, 40)


def test_options_are_read() -> None:
    words = "--graph --hooks --static --track net.w --rate 5 --limit 2"
    choice = parse(split(words))
    assert choice.parts == ("graph", "hooks")
    assert choice.static
    assert choice.track == "net.w"
    assert (choice.rate, choice.limit) == (5.0, 2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--grahp", "unknown option --grahp; did you mean --graph"),
        ("--zzz", "unknown option --zzz; see %autograd help"),
        ("loss", "unknown word loss"),
        ("--rate fast", "--rate: invalid HZ value: 'fast'"),
        ("--rate 0", "not between 0 and 20"),
        ("--rate nan", "not between 0 and 20"),
        ("--rate 500", "not between 0 and 20"),
        ("--limit 0", "less than 1"),
        ("--limit 1.5", "invalid N value"),
        ("--limit", "expected one argument"),
        ("--track 1+1", "not the name of a variable"),
        ("--gra", "unknown option --gra"),
        ("--track 'x", "No closing quotation"),
    ],
)
def test_a_mistake_is_a_usage_error_in_one_line(words: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(split(words))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_help_names_every_command_and_option() -> None:
    text = help_text()
    for item in (*OPTIONS, *COMMANDS, *(inner for command in COMMANDS for inner in command.inner)):
        assert item.spelling in text
        assert item.help in text
    assert all(line == line.rstrip() and len(line) <= 100 for line in text.splitlines())


def test_near_names_what_looks_alike() -> None:
    assert near("los", names()) == "; did you mean loss?"
    assert near("qqqq", names()) == ""


@pytest.mark.parametrize(
    ("words", "cell", "expected"),
    [
        (["--gr"], True, ["--graph", "--grads"]),
        (["--graph", "--gr"], True, ["--grads"]),
        (["--track", "--tr"], True, []),
        (["--track", "x", "--tr"], True, []),
        (["--track", ""], True, ["loss", "w", "x"]),
        (["--rate", ""], True, []),
        (["gr"], False, ["graph", "grads"]),
        (["graph", "l"], False, ["loss"]),
        (["why", ""], False, ["loss", "w", "x"]),
        (["graph", "loss", ""], False, []),
        (["watch", "--st"], False, ["--static"]),
        (["off", ""], False, []),
        (["hooks", ""], False, ["--remove"]),
        (["hooks", "--remove", ""], False, []),
        (["step", ""], False, ["next", "to", "end", "abort", "loss", "w", "x"]),
        (["step", "to", ""], False, ["loss", "w", "x"]),
        (["step", "next", ""], False, []),
        (["step", "loss", "--"], False, ["--retain-graph", "--create-graph", "--gradient"]),
        (["step", "loss", "--gradient", "w"], False, ["w"]),
        (["nonsense", ""], False, []),
    ],
)
def test_completion(words: list[str], cell: bool, expected: list[str]) -> None:
    assert complete(words, cell, names) == expected


def test_all_options_are_offered_before_any_is_typed() -> None:
    assert complete([""], True, names) == [option.name for option in OPTIONS]
    assert complete([""], False, names) == [command.name for command in COMMANDS]
