"""Loading, unloading and reloading leave nothing behind."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from autograd_nb.magics.cell import rewrite
from autograd_nb.magics.extension import load, loaded, unload


def belongings(shell: InteractiveShell) -> dict[str, Any]:
    """Everything of a shell's that an extension could have changed."""
    return {
        "line": dict(shell.magics_manager.magics["line"]),
        "cell": dict(shell.magics_manager.magics["cell"]),
        "registry": dict(shell.magics_manager.registry),
        "cleanup": list(shell.input_transformers_cleanup),
        "post": list(shell.input_transformers_post),
        "events": {name: list(found) for name, found in shell.events.callbacks.items()},
        "matchers": list(shell.Completer.custom_matchers),
        "ast": list(shell.ast_transformers),
        "variables": set(shell.user_ns),
        "attributes": set(vars(shell)),
    }


def test_unload_leaves_no_trace(ipython: InteractiveShell) -> None:
    before = belongings(ipython)
    load(ipython)
    assert belongings(ipython) != before
    unload(ipython)
    assert belongings(ipython) == before


def test_unload_ends_a_watch(shell: InteractiveShell) -> None:
    from autograd_nb.core import events

    shell.run_cell("%autograd watch --static").raise_error()
    shell.run_cell("%autograd cell --quiet\n%unload_ext autograd_nb").raise_error()
    assert events.observer is None
    assert loaded(shell) is None


def test_loading_twice_is_loading_once(ipython: InteractiveShell) -> None:
    before = belongings(ipython)
    load(ipython)
    once = belongings(ipython)
    load(ipython)
    assert belongings(ipython) == once
    unload(ipython)
    unload(ipython)
    assert belongings(ipython) == before


def test_reload_works_and_leaves_one_of_each(shell: InteractiveShell) -> None:
    once = belongings(shell)
    shell.run_cell("%reload_ext autograd_nb").raise_error()
    again = belongings(shell)
    assert set(again["line"]) == set(once["line"])
    for name in ("cleanup", "matchers"):
        assert len(again[name]) == len(once[name])
    assert {name: len(found) for name, found in again["events"].items()} == {
        name: len(found) for name, found in once["events"].items()
    }
    result = shell.run_cell("%%autograd --quiet\n1 + 1")
    assert result.success and result.result == 2


def test_after_unload_the_magic_is_unknown(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_line_magic("unload_ext", "autograd_nb")
    assert not shell.run_cell("%%autograd\n1").success
    assert "not found" in capsys.readouterr().err


# ---- the first line -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%%autograd\nx = 1\n", "%autograd cell\nx = 1\n"),
        ("%%autograd --graph  \nx\n", "%autograd cell --graph\nx\n"),
        ("%%autograd\n", "%autograd cell\n"),
        ("%%autogradient\nx\n", "%%autogradient\nx\n"),
        ("%%autograd?\n", "%%autograd?\n"),
        ("x = 1\n%%autograd\n", "x = 1\n%%autograd\n"),
        ("", ""),
    ],
)
def test_only_the_first_line_is_rewritten(cell: str, expected: str) -> None:
    assert "".join(rewrite(cell.splitlines(keepends=True))) == expected


def test_a_cell_magic_below_stays_one(shell: InteractiveShell) -> None:
    result = shell.run_cell("%%autograd --quiet\n%%capture said\nprint('hello')")
    assert result.success
    assert shell.user_ns["said"].stdout == "hello\n"


def test_below_another_cell_magic(shell: InteractiveShell) -> None:
    shell.run_cell("%%capture said\n%%autograd --quiet\nprint('hello')").raise_error()
    assert shell.user_ns["said"].stdout == "hello\n"
    assert loaded(shell).session.watched is None


@pytest.mark.parametrize("inside", ["y = 2\ny + 1", "%time 3"])
def test_the_last_expression_is_the_result(shell: InteractiveShell, inside: str) -> None:
    assert shell.run_cell(f"%%autograd --quiet\n{inside}").result == 3


def test_called_as_a_function(shell: InteractiveShell) -> None:
    shell.run_cell_magic("autograd", "--quiet", "z = 5")
    assert shell.user_ns["z"] == 5
    with pytest.raises(ZeroDivisionError):
        shell.run_cell_magic("autograd", "--quiet", "1 / 0")


# ---- completion ---------------------------------------------------------------------------------


def offered(shell: InteractiveShell, text: str) -> list[str]:
    with provisionalcompleter():
        return [item.text for item in shell.Completer.completions(text, len(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%autograd --gr", ["--graph", "--grads"]),
        ("%autograd gr", ["graph", "grads"]),
        ("%autograd why m", ["mine"]),
        ("%autograd graph m", ["mine"]),
        ("%%autograd --track mi", ["mine"]),
    ],
)
def test_completion_in_the_shell(shell: InteractiveShell, text: str, expected: list[str]) -> None:
    shell.run_cell(
        "import autograd_nb as torch\nmine = torch.ones(2, requires_grad=True)\nmissing = 3"
    ).raise_error()
    assert offered(shell, text) == expected


def test_completion_elsewhere_is_not_ours(shell: InteractiveShell) -> None:
    shell.user_ns["some_list"] = []
    assert "some_list" in offered(shell, "some_l")


def test_notes_of_errors_name_the_cell(shell: InteractiveShell) -> None:
    shell.run_cell("import autograd_nb as torch", store_history=True)
    shell.run_cell(
        "x = torch.ones(2, requires_grad=True)\ny = (x * x).sum()\ny.backward()",
        store_history=True,
    )
    result = shell.run_cell("y.backward()", store_history=True)
    (note,) = result.error_in_exec.__notes__
    assert "was built at In[2], line 2: `y = (x * x).sum()`" in note
    assert "freed by the backward at In[2], line 3" in note
