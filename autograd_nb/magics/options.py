"""What can be said after ``%%autograd`` and ``%autograd``, declared once.

Parsing, help and completion are all read from `OPTIONS` and `COMMANDS`.
"""

from __future__ import annotations

import argparse
import difflib
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from IPython.core.error import UsageError

MAX_RATE = 20.0
"""Updates a second that a front end draws without falling behind; more only cost time."""


@dataclass(frozen=True)
class Option:
    """One option of ``%%autograd``.

    Parameters
    ----------
    name : str
        As it is typed, ``--rate``.
    help : str
        One line.
    kind : callable, optional
        Turns the word after the option into its value; None for an option that takes no word.
    metavar : str
        Name of that word in the help.
    default : object
        Value when the option is not given.
    variable : bool
        The word is a variable of the user's, and completes as one.
    """

    name: str
    help: str
    kind: Callable[[str], Any] | None = None
    metavar: str = ""
    default: Any = None
    variable: bool = False

    @property
    def spelling(self) -> str:
        """How the help shows it: ``--rate HZ``."""
        return f"{self.name} {self.metavar}".rstrip()


def _rate(word: str) -> float:
    rate = float(word)
    if not 0 < rate <= MAX_RATE:
        raise argparse.ArgumentTypeError(f"{word} is not between 0 and {MAX_RATE:g} a second")
    return rate


def _count(word: str) -> int:
    count = int(word)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{word} is less than 1")
    return count


def _id(word: str) -> int:
    return int(word)


def _name(word: str) -> str:
    if not all(part.isidentifier() for part in word.split(".")):
        raise argparse.ArgumentTypeError(f"{word!r} is not the name of a variable")
    return word


# What argparse calls a value of the wrong form: "invalid HZ value".
_rate.__name__, _count.__name__, _name.__name__, _id.__name__ = "HZ", "N", "NAME", "ID"

PARTS = ("graph", "grads", "hooks")
"""What can be shown; asked for by the option of the same name."""

OPTIONS = (
    Option("--graph", "show the graph (without --grads and --hooks: only it)"),
    Option("--grads", "show the leaves, their gradients and what was added to them"),
    Option("--hooks", "show the hooks, and the gradient before and after each"),
    Option("--static", "no live panel: text and picture when the cell ends"),
    Option("--quiet", "show nothing now; ask later with %autograd graph, grads or hooks"),
    Option(
        "--track", "keep the value of this variable, such as a loss, at each backward pass",
        kind=_name, metavar="NAME", variable=True,
    ),
    Option(
        "--rate", f"updates of the panel in a second, up to {MAX_RATE:g}",
        kind=_rate, metavar="HZ", default=MAX_RATE,
    ),
    Option("--limit", "backward passes to keep in full", kind=_count, metavar="N", default=40),
)  # fmt: skip


STEP_OPTIONS = (
    Option("--retain-graph", "keep the saved tensors for another backward"),
    Option("--create-graph", "record the pass itself, for higher derivatives"),
    Option(
        "--gradient", "the vector to begin with, for a result that is no scalar",
        kind=_name, metavar="NAME", variable=True,
    ),
)  # fmt: skip

HOOKS_OPTIONS = (
    Option("--remove", "take the hook with this id away", kind=_id, metavar="ID"),
)  # fmt: skip


@dataclass(frozen=True)
class Command:
    """One word that may follow ``%autograd``.

    Parameters
    ----------
    name : str
    help : str
        One line.
    argument : str
        Name of what follows: ``NAME`` for a variable, ``OPTIONS``, or nothing.
    required : bool
        Whether it must follow.
    options : tuple of Option
        Its own.
    words : tuple of Command
        What may stand in the argument's place.
    """

    name: str
    help: str
    argument: str = ""
    required: bool = False
    options: tuple[Option, ...] = ()
    words: tuple[Command, ...] = ()

    @property
    def spelling(self) -> str:
        """How the help shows it: ``graph [NAME]``."""
        if not self.argument:
            return self.name
        return f"{self.name} {self.argument if self.required else f'[{self.argument}]'}"

    @property
    def inner(self) -> tuple[Option | Command, ...]:
        """What the help shows below it."""
        return (*self.words, *self.options)


STEPS = (
    Command("next", "let the next node run, or the next N", "N"),
    Command("to", "run until a node waits: its name or id, or a variable", "NODE", required=True),
    Command("end", "run to the end"),
    Command("abort", "end the pass here; gradients stay as after an exception"),
)

COMMANDS = (
    Command("graph", "the graph behind a variable; without one, the last that was watched", "NAME"),
    Command("grads", "the leaves, their gradients and what was added to them"),
    Command("hooks", "the hooks that were seen, and what each did", options=HOOKS_OPTIONS),
    Command("why", "why the gradient of a variable is what it is", "NAME", required=True),
    Command(
        "step", "pause the backward of a variable before each node; without one, where it stands",
        "NAME", options=STEP_OPTIONS, words=STEPS,
    ),
    Command(
        "save", "the last watched cell as one page, to be read without kernel and network",
        "FILE", required=True,
    ),
    Command("memory", "the graphs that are alive, what they save, and who holds them"),
    Command("watch", "from now on, watch every cell as %%autograd does", "OPTIONS"),
    Command("cell", "watch the rest of this cell; what %%autograd says for you", "OPTIONS"),
    Command("off", "stop watching"),
    Command("help", "this text"),
)  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """What was asked of one watched cell.

    Parameters
    ----------
    parts : tuple of str
        Which of `PARTS` to show.
    static : bool
        No live panel.
    quiet : bool
        Show nothing.
    track : str or None
        Variable whose values to keep, one per backward pass.
    rate : float
        Updates in a second, at most.
    limit : int
        Backward passes to keep in full.
    """

    parts: tuple[str, ...] = PARTS
    static: bool = False
    quiet: bool = False
    track: str | None = None
    rate: float = MAX_RATE
    limit: int = 40


class _Parser(argparse.ArgumentParser):
    """argparse, where a mistake is a UsageError and never ends the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}")


def _parser(options: Sequence[Option], prog: str) -> _Parser:
    parser = _Parser(prog=prog, add_help=False, allow_abbrev=False)
    for option in options:
        if option.kind is None:
            parser.add_argument(option.name, action="store_true")
        else:
            parser.add_argument(option.name, type=option.kind, default=option.default)
    return parser


def parse_command(
    name: str, options: Sequence[Option], words: Sequence[str]
) -> tuple[argparse.Namespace, list[str]]:
    """Read the options of a command.

    Parameters
    ----------
    name : str
        Of the command.
    options : sequence of Option
    words : sequence of str
        What follows its name.

    Returns
    -------
    known : argparse.Namespace
        The options' values.
    rest : list of str
        The words that are no options.

    Raises
    ------
    UsageError
        An option is unknown, or its value does not fit.
    """
    known, rest = _parser(options, f"%autograd {name}").parse_known_args(list(words))
    for word in rest:
        if word.startswith("-"):
            hint = near(word, (option.name for option in options))
            raise UsageError(
                f"%autograd {name}: unknown option {word}{hint or '; see %autograd help'}"
            )
    return known, rest


def near(word: str, known: Iterable[str]) -> str:
    """Say which known words look like an unknown one.

    Parameters
    ----------
    word : str
        What was typed.
    known : iterable of str
        What could have been typed.

    Returns
    -------
    str
        ``"; did you mean a or b?"``, or nothing when no word is near.
    """
    found = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def split(line: str) -> list[str]:
    """Split a line into words as a shell does.

    Parameters
    ----------
    line : str
        What follows the name of the magic.

    Returns
    -------
    list of str

    Raises
    ------
    UsageError
        A quotation that was opened is not closed.
    """
    try:
        return shlex.split(line)
    except ValueError as error:
        raise UsageError(f"%autograd: {error}") from None


def parse(words: Sequence[str]) -> Choice:
    """Read the options of a watched cell.

    Parameters
    ----------
    words : sequence of str
        What follows ``%%autograd``.

    Returns
    -------
    Choice

    Raises
    ------
    UsageError
        An option is unknown, or its value does not fit.
    """
    known, rest = _parser(OPTIONS, "%%autograd").parse_known_args(list(words))
    if rest:
        what = "option" if rest[0].startswith("-") else "word"
        hint = near(rest[0], (option.name for option in OPTIONS))
        raise UsageError(f"%%autograd: unknown {what} {rest[0]}{hint or '; see %autograd help'}")
    parts = tuple(part for part in PARTS if getattr(known, part)) or PARTS
    return Choice(parts, known.static, known.quiet, known.track, known.rate, known.limit)


def help_text() -> str:
    """Describe both magics, every command and every option.

    Returns
    -------
    str
        Lines for people, without trailing spaces.
    """
    inner = [item for command in COMMANDS for item in command.inner]
    width = 2 + max(len(item.spelling) for item in (*OPTIONS, *COMMANDS, *inner))

    def table(items: Iterable[Option | Command], indent: str = "  ") -> list[str]:
        return [f"{indent + item.spelling:<{width + 2}}{item.help}" for item in items]

    def whole(command: Command) -> list[str]:
        return [*table([command]), *table(command.inner, "    ")]

    return "\n".join(
        [
            "%%autograd [options]     run this cell as it is, and watch it",
            *table(OPTIONS),
            "",
            "%autograd command",
            *(row for command in COMMANDS for row in whole(command)),
        ]
    )


# ---- completion -------------------------------------------------------------------------------


def complete(words: Sequence[str], cell: bool, variables: Callable[[], Iterable[str]]) -> list[str]:
    """List what the last of some words could become.

    Parameters
    ----------
    words : sequence of str
        The words after the magic's name; the last one is being typed and may be empty.
    cell : bool
        Whether the magic is ``%%autograd``.
    variables : callable
        Gives the names of the user's tensors; asked only where one can stand.

    Returns
    -------
    list of str
        In the order to show them.
    """
    *before, word = words
    command = next((item for item in COMMANDS if before and item.name == before[0]), None)
    if not cell and not before:
        found: Iterable[str] = (item.name for item in COMMANDS)
    elif cell or (command is not None and command.argument == "OPTIONS"):
        found = _options_after(OPTIONS, before if cell else before[1:], variables)
    elif command is not None and len(before) == 1:
        found = [item.name for item in command.words]
        if command.argument == "NAME":
            found += variables()
        else:
            found += [option.name for option in command.options]
    elif command is not None and len(before) == 2 and before[1] == "to":
        found = variables()
    elif command is not None and before[1] not in [item.name for item in command.words]:
        found = _options_after(command.options, before[1:], variables)
    else:
        found = ()
    return [text for text in found if text.startswith(word)]


def _options_after(
    table: Iterable[Option], before: Sequence[str], variables: Callable[[], Iterable[str]]
) -> Iterable[str]:
    options = {option.name: option for option in table}
    last = options.get(before[-1]) if before else None
    if last is not None and last.kind is not None:
        return variables() if last.variable else ()
    return [name for name in options if name not in before]
