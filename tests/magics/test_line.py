"""``%autograd``: answers, and mistakes that say what to type instead."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from autograd_nb.magics.options import help_text

STEP = """
import autograd_nb as torch
x = torch.tensor([1., 2.], requires_grad=True)
loss = (x * x).sum()
loss.register_hook(print)
loss.backward()
loss = (x * x).sum()
"""

Said = pytest.CaptureFixture[str]


@pytest.fixture
def worked(shell: InteractiveShell, capsys: Said) -> InteractiveShell:
    """A shell in which a small step was watched."""
    shell.run_cell("%%autograd --quiet" + STEP).raise_error()
    capsys.readouterr()
    return shell


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%autograd graph nope", "no variable named 'nope'"),
        ("%autograd graph los", "no variable named 'los'; did you mean loss?"),
        ("%autograd graph torch", "'torch' is a module, not a tensor"),
        ("%autograd graph x.nope", "'x.nope' gives AttributeError"),
        ("%autograd graph x loss", "'loss' is one word too many"),
        ("%autograd grahp", "unknown command 'grahp'; did you mean graph or grads?"),
        ("%autograd zzzz", "unknown command 'zzzz'; see %autograd help"),
        ("%autograd why", "name a variable"),
        ("%autograd save", "name a file"),
        ("%autograd save no/such/folder/page.html", "No such file or directory"),
        ("%autograd off now", "'now' is one word too many"),
        ("%autograd watch --zzz", "unknown option --zzz"),
    ],
)
def test_a_mistake_is_one_line(
    worked: InteractiveShell, capsys: Said, line: str, message: str
) -> None:
    result = worked.run_cell(line)
    assert not result.success
    said = capsys.readouterr().err
    assert said.startswith("UsageError: %") and message in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("line", ["%autograd", "%autograd help"])
def test_help(shell: InteractiveShell, capsys: Said, line: str) -> None:
    shell.run_cell(line).raise_error()
    assert capsys.readouterr().out == help_text() + "\n"


def test_graph_of_a_variable(worked: InteractiveShell, capsys: Said) -> None:
    worked.run_cell("%autograd graph loss").raise_error()
    said = capsys.readouterr().out
    assert "MulBackward0" in said and "SumBackward0" in said and "x" in said


def test_graph_of_a_leaf(worked: InteractiveShell, capsys: Said) -> None:
    worked.run_cell("%autograd graph x").raise_error()
    assert "x" in capsys.readouterr().out


def test_grads(worked: InteractiveShell, capsys: Said) -> None:
    worked.run_cell("%autograd grads").raise_error()
    said = capsys.readouterr().out
    assert "x" in said and "4.47" in said  # the norm of [2, 4]


def test_hooks(worked: InteractiveShell, capsys: Said) -> None:
    worked.run_cell("%autograd hooks").raise_error()
    assert "print" in capsys.readouterr().out


def test_why(worked: InteractiveShell, capsys: Said) -> None:
    worked.run_cell("y = torch.ones(2)\n%autograd why y").raise_error()
    assert "requires_grad" in capsys.readouterr().out


def test_the_panel_is_saved_as_a_page(
    worked: InteractiveShell, capsys: Said, tmp_path: Path
) -> None:
    file = tmp_path / "a page.html"
    worked.run_cell(f"%autograd save '{file}'").raise_error()
    assert capsys.readouterr().out == f"{file} shows In[1]\n"
    page = file.read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    state = json.loads(re.search(r'id="state">(.*?)</script>', page).group(1))
    assert state["status"]["state"] == "done"
    assert [leaf["name"] for leaf in state["leaves"]] == ["x"]
    assert "SumBackward0" in re.search("<noscript>(.*?)</noscript>", page, re.DOTALL).group(1)


def test_a_saved_page_has_what_the_panel_has_closed(
    shell: InteractiveShell, tmp_path: Path
) -> None:
    shell.run_cell("import autograd_nb as torch\nx = torch.ones(2, requires_grad=True)")
    loop = "y = x\nfor _ in range(400):\n    y = (y * 2).tanh().exp()\nloss = y.sum()"
    shell.run_cell(f"%%autograd --quiet\n{loop}").raise_error()
    shell.run_cell(f"%autograd save {tmp_path}/page.html").raise_error()
    page = (tmp_path / "page.html").read_text("utf-8")
    graph = json.loads(re.search(r'id="state">(.*?)</script>', page).group(1))["graph"]
    assert graph["collapsed"] and len(graph["nodes"]) < 5
    assert graph["opened"]["collapsed"] == [] and len(graph["opened"]["nodes"]) == 1202


@pytest.mark.parametrize("engine", ["autograd_nb", "torch"])
def test_memory(shell: InteractiveShell, capsys: Said, engine: str) -> None:
    if engine == "torch":
        pytest.importorskip("torch", reason="PyTorch, the oracle, is not installed")
    shell.run_cell(f"import {engine} as torch\nx = torch.ones(1024, requires_grad=True)")
    shell.run_cell("losses = [x.exp().sum() for _ in range(3)]").raise_error()
    shell.run_cell("%autograd memory").raise_error()
    told = capsys.readouterr().out.split("\n\n")
    # Other tests of this process may have left graphs behind; the last one has no empty line.
    mine = next(part for part in told if "losses" in part).splitlines()
    assert mine[0] == "3 graphs of 2 nodes save 12 KiB"
    assert [re.split(r"  +", line.strip()) for line in mine[1:3]] == [
        ["held by", "losses (3 items)", "put .item() or .detach() of it into losses"],
        ["saved by", "ExpBackward0", "12 KiB"],
    ]
    assert len(mine) == (4 if engine == "autograd_nb" else 3)  # the line is known to our nodes
    assert "graphs are alive; freeing them gives back" in told[0]


@pytest.mark.parametrize("line", ["grads", "hooks", "graph", "save page.html"])
def test_before_anything_was_watched(shell: InteractiveShell, capsys: Said, line: str) -> None:
    shell.run_cell(f"%autograd {line}").raise_error()
    said = capsys.readouterr()
    assert said.out and not said.err


def test_a_watched_cell_without_gradients_keeps_the_last_recording(
    worked: InteractiveShell, capsys: Said
) -> None:
    worked.run_cell("%autograd watch").raise_error()
    worked.run_cell("1 + 1").raise_error()
    worked.run_cell("%autograd off").raise_error()
    capsys.readouterr()
    worked.run_cell("%autograd graph").raise_error()
    assert "MulBackward0" in capsys.readouterr().out


def test_an_answer_changes_nothing(worked: InteractiveShell, capsys: Said) -> None:
    before = worked.ev("x.grad.tolist()"), set(worked.user_ns)
    for line in ("graph loss", "grads", "hooks", "why x"):
        worked.run_cell(f"%autograd {line}").raise_error()
    assert (worked.ev("x.grad.tolist()"), set(worked.user_ns)) == before
    worked.run_cell("loss.backward()").raise_error()
    assert worked.ev("x.grad.tolist()") == [4.0, 8.0]
