"""``%%autograd`` in a shell: the cell stays a cell, and what happened is shown."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from autograd_nb.core import events
from autograd_nb.magics.extension import loaded

STEP = """
import autograd_nb as torch
x = torch.tensor([1., 2.], requires_grad=True)
loss = (x * x).sum()
loss.backward()
"""


@pytest.fixture(autouse=True)
def nothing_is_left_watching(shell: InteractiveShell) -> Any:
    yield
    assert events.observer is None


def test_the_text_names_variables_and_gradients(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%%autograd" + STEP).raise_error()
    said = capsys.readouterr()
    assert said.err == ""
    for word in ("x", "loss", "MulBackward0", "SumBackward0", "backward"):
        assert word in said.out


def test_quiet_shows_nothing_and_remembers(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%%autograd --quiet" + STEP).raise_error()
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")
    shell.run_cell("%autograd graph").raise_error()
    assert "MulBackward0" in capsys.readouterr().out


def test_watching_changes_no_value_and_no_lifetime(shell: InteractiveShell) -> None:
    shell.run_cell(STEP).raise_error()
    plain = shell.ev("x.grad.tolist(), loss.item(), repr(loss)")
    shell.run_cell("%%autograd --quiet" + STEP).raise_error()
    assert shell.ev("x.grad.tolist(), loss.item(), repr(loss)") == plain
    shell.run_cell("import weakref; gone = weakref.ref(loss); del loss").raise_error()
    assert shell.ev("gone() is None")


def test_an_unknown_option_runs_nothing(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    result = shell.run_cell("%%autograd --grahp\nran = True")
    assert not result.success
    assert "ran" not in shell.user_ns
    said = capsys.readouterr().err
    assert said.startswith("UsageError:") and "--graph" in said
    assert said.count("\n") == 1


def test_an_error_ends_the_watch_and_shows_what_happened(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    result = shell.run_cell("%%autograd" + STEP + "1 / 0\n")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert "MulBackward0" in capsys.readouterr().out


def test_an_interrupt_ends_the_watch(shell: InteractiveShell) -> None:
    result = shell.run_cell("%%autograd --quiet" + STEP + "raise KeyboardInterrupt\n")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert loaded(shell).session.watched is None


def test_a_syntax_error_begins_no_watch(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    result = shell.run_cell("%%autograd\nfor")
    assert isinstance(result.error_before_exec, SyntaxError)
    assert "line 2" in capsys.readouterr().out


def test_a_failing_picture_is_one_line_and_the_cell_goes_on(
    shell: InteractiveShell,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*arguments: object, **options: object) -> str:
        raise ValueError("no ink\nno paper")

    monkeypatch.setattr("autograd_nb.magics.still.still", fail)
    result = shell.run_cell("%%autograd" + STEP + "x.grad.tolist()\n")
    assert result.result == [2.0, 4.0]
    assert "autograd_nb: the picture failed: ValueError: no ink\n" in capsys.readouterr().err


def test_a_cell_is_watched_once(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    result = shell.run_cell("%%autograd --quiet\n%autograd cell")
    assert not result.success
    assert "watched already" in capsys.readouterr().err


def test_watch_shows_every_cell_that_does_something_until_off(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%autograd watch --graph").raise_error()
    shell.run_cell("1 + 1").raise_error()
    assert "MulBackward0" not in capsys.readouterr().out
    shell.run_cell(STEP).raise_error()
    assert "MulBackward0" in capsys.readouterr().out
    shell.run_cell("%%autograd --quiet" + STEP).raise_error()
    assert "MulBackward0" not in capsys.readouterr().out
    shell.run_cell("%autograd off").raise_error()
    capsys.readouterr()
    shell.run_cell(STEP).raise_error()
    assert "MulBackward0" not in capsys.readouterr().out


def test_off_ends_the_watch_in_the_middle(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "%%autograd --graph" + STEP + "%autograd off\nx.exp().sum().backward()\n"
    shell.run_cell(code).raise_error()
    said = capsys.readouterr().out
    assert "MulBackward0" in said and "ExpBackward0" not in said


def test_loading_and_watching_in_one_cell(
    ipython: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    if loaded(ipython) is not None:
        ipython.run_line_magic("unload_ext", "autograd_nb")
    ipython.run_cell("%load_ext autograd_nb\n%autograd cell" + STEP).raise_error()
    assert "MulBackward0" in capsys.readouterr().out
    assert loaded(ipython).session.watched is None


@pytest.mark.parametrize("engine", ["autograd_nb", "torch"])
def test_the_reader_closes_parts_and_the_loss_is_followed(shell: Any, engine: str) -> None:
    pytest.importorskip(engine)
    cell = f"""%%autograd --track loss --quiet
import {engine} as torch
net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
for step in range(3):
    loss = net(torch.ones(4, 2)).pow(2).mean() * 0 + step
    loss.backward()
"""
    shell.run_cell(cell).raise_error()
    watched = loaded(shell).session.last
    state = watched.state()
    assert state["loss"] == {"name": "loss", "points": [[1, 0.0], [2, 1.0], [3, 2.0]]}
    labels = {scope["label"] for scope in state["graph"]["scopes"]}
    assert {"net", "net.0", "net.2"} <= labels
    sent: list[dict[str, Any]] = []

    class Panel:
        update = staticmethod(sent.append)

    watched.close_parts(Panel(), ["module:net"])
    (change,) = sent
    assert change["graph"]["collapsed"] == ["module:net"]
    assert [n["label"] for n in change["graph"]["nodes"] if n["kind"] == "scope"] == ["net"]
