"""``%autograd step``: the same words under both engines, and buttons that work between cells."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from autograd_nb.observe.finder import Finder
from autograd_nb.observe.hooktable import HookTable
from autograd_nb.observe.ledger import Ledger
from autograd_nb.observe.stepper import current
from tests.magics.conftest import ANSI, Kernel, environment

ENGINES = ["autograd_nb", "torch"]
BUILD = """
x = torch.tensor([1., 2.], requires_grad=True)
y = x * x
loss = y.sum()
"""
HEADER = "leaf  shape  |grad|  min  max  finite  added  norms\n"
NO_GRAD = HEADER + "x     2      None                      0\n"

Said = pytest.CaptureFixture[str]


@pytest.fixture(params=ENGINES)
def built(
    request: pytest.FixtureRequest, shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> InteractiveShell:
    """A shell with a graph, made by either engine, in which nothing was seen before."""
    monkeypatch.setattr(Finder, "shared_ledger", Ledger())
    monkeypatch.setattr(Finder, "shared_hooks", HookTable())
    if request.param == "torch":
        pytest.importorskip("torch", reason="PyTorch, the oracle, is not installed")
    shell.run_cell(f"import {request.param} as torch\n{BUILD}").raise_error()
    return shell


def say(shell: InteractiveShell, capsys: Said, line: str) -> str:
    """What a line prints; PyTorch knows the lines of its nodes only where one asked in time."""
    capsys.readouterr()
    shell.run_cell(f"%autograd {line}").raise_error()
    told = capsys.readouterr()
    assert told.err == ""
    return re.sub(r", In\[\d+\] line \d+", "", told.out)


def refused(shell: InteractiveShell, capsys: Said, line: str) -> str:
    capsys.readouterr()
    result = shell.run_cell(f"%autograd {line}")
    assert not result.success
    return re.sub(r", In\[\d+\] line \d+", "", capsys.readouterr().err)


def test_from_the_first_node_to_the_last(built: InteractiveShell, capsys: Said) -> None:
    assert say(built, capsys, "step loss") == (
        "backward of loss: paused before SumBackward0 (loss); 0 of 3 nodes have run\n"
        "received scalar float32, |grad| 1\n" + NO_GRAD
    )
    assert say(built, capsys, "step next") == (
        "backward of loss: paused before MulBackward0 (y); 1 of 3 nodes have run\n"
        "received 2 float32, |grad| 1.414\n" + NO_GRAD
    )
    assert say(built, capsys, "step to x") == (
        "backward of loss: paused before AccumulateGrad of x; 2 of 3 nodes have run\n"
        "received 2 float32, |grad| 4.472\n" + NO_GRAD
    )
    assert built.ev("x.grad") is None
    last = (
        "backward of loss: done; 3 nodes have run\n"
        + HEADER
        + "x     2      4.472   2    4    ok      1\n"
    )
    assert say(built, capsys, "step end") == last
    assert built.ev("x.grad.tolist()") == [2.0, 4.0]
    assert say(built, capsys, "step") == last


def test_cells_run_between_two_steps(built: InteractiveShell, capsys: Said) -> None:
    say(built, capsys, "step loss")
    built.run_cell("del loss, y\nz = (x * 3).sum()\nz.backward()").raise_error()
    assert built.ev("x.grad.tolist()") == [3.0, 3.0]
    say(built, capsys, "step end")
    assert built.ev("x.grad.tolist()") == [5.0, 7.0]


def test_abort(built: InteractiveShell, capsys: Said) -> None:
    say(built, capsys, "step loss")
    assert say(built, capsys, "step abort") == (
        "backward of loss: aborted before SumBackward0 (loss); 0 of 3 nodes have run\n"
        + NO_GRAD.replace("0\n", "0      the pass ended before it came here\n")
    )
    built.run_cell("loss.backward()").raise_error()
    assert built.ev("x.grad.tolist()") == [2.0, 4.0]


def test_options(built: InteractiveShell, capsys: Said) -> None:
    built.run_cell("v = torch.tensor([1., 10.])").raise_error()
    say(built, capsys, "step y --gradient v --retain-graph")
    say(built, capsys, "step next 2")
    assert built.ev("x.grad.tolist()") == [2.0, 40.0]
    say(built, capsys, "step loss --retain-graph")
    say(built, capsys, "step end")
    built.run_cell("loss.backward()").raise_error()
    assert built.ev("x.grad.tolist()") == [6.0, 48.0]


@pytest.mark.filterwarnings("ignore:Using backward:UserWarning")
def test_create_graph(built: InteractiveShell, capsys: Said) -> None:
    built.run_cell("%autograd step loss --create-graph\n%autograd step end").raise_error()
    assert built.ev("x.grad.requires_grad")


@pytest.mark.parametrize(
    ("before", "line", "message"),
    [
        ("", "step", "no backward is paused: name the variable to begin with"),
        ("", "step next", "no backward is paused: name the variable to begin with"),
        ("", "step nope", "no variable named 'nope'"),
        ("", "step x", "x is a leaf: no operation made it, so a backward from it has no step"),
        (
            "y = torch.ones(2)",
            "step y",
            "y has no graph: nothing that it was computed from requires grad",
        ),
        ("n = 3", "step n", "'n' is a int, not a tensor"),
        ("", "step loss x", "'x' is one word too many"),
        ("", "step --retain-graph", "name a variable"),
        ("", "step loss --zzz", "unknown option --zzz; see %autograd help"),
        ("", "step loss --gradient nope", "no variable named 'nope'"),
        (
            "get_ipython().run_line_magic('autograd', 'step loss')",
            "step y",
            "the backward of loss is paused before SumBackward0 (loss); 0 of 3 nodes have run: "
            "end or abort it first",
        ),
        (
            "get_ipython().run_line_magic('autograd', 'step loss')",
            "step to nope",
            "no node, variable or id 'nope' in the graph of loss",
        ),
        ("%autograd step loss", "step to", "to: name a node or a variable"),
        ("%autograd step loss", "step next many", "next: 'many' is not a number of nodes"),
        ("%autograd step loss", "step next 0", "0 nodes cannot be run: name a number from 1"),
        ("%autograd step loss", "step end now", "end: 'now' is one word too many"),
        (
            "%autograd step loss\n%autograd step end",
            "step next",
            "the backward of loss is over: done; 3 nodes have run",
        ),
    ],
)
def test_a_mistake_is_one_line(
    built: InteractiveShell, capsys: Said, before: str, line: str, message: str
) -> None:
    built.run_cell(before).raise_error()
    said = refused(built, capsys, line)
    assert said.startswith("UsageError: %autograd") and said.endswith(f"{message}\n")
    assert said.count("\n") == 1


def test_a_freed_graph(built: InteractiveShell, capsys: Said) -> None:
    built.run_cell("loss.backward()").raise_error()
    said = refused(built, capsys, "step loss")
    assert said.startswith("UsageError: %autograd step: the graph of loss cannot be run again: '")
    assert said.endswith("; run the cell that builds it once more\n")


def test_what_backward_refuses_is_its_own_error(built: InteractiveShell, capsys: Said) -> None:
    result = built.run_cell("%autograd step y")
    assert isinstance(result.error_in_exec, RuntimeError)
    assert "implicitly created only for scalar outputs" in str(result.error_in_exec)
    assert current() is None


def test_an_error_in_a_hook_fails_the_cell(built: InteractiveShell, capsys: Said) -> None:
    built.run_cell("y.register_hook(lambda grad: 1 / 0)\n%autograd step loss").raise_error()
    capsys.readouterr()
    result = built.run_cell("%autograd step end")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    shown = ANSI.sub("", capsys.readouterr().out)
    assert "lambda grad: 1 / 0" in shown
    assert "observe/pausing.py" not in shown and "magics/step.py" not in shown
    assert (
        "step: the backward of loss is over: error; 1 of 3 nodes have run: ZeroDivisionError: "
        in (refused(built, capsys, "step next"))
    )
    assert built.ev("x.grad") is None


def test_unloading_aborts(built: InteractiveShell) -> None:
    built.run_cell("%autograd step loss").raise_error()
    assert current() is not None
    built.run_line_magic("unload_ext", "autograd_nb")
    assert current() is None
    built.run_cell("loss.backward()").raise_error()
    assert built.ev("x.grad.tolist()") == [2.0, 4.0]


def test_the_graph_can_be_asked_for_while_it_waits(built: InteractiveShell, capsys: Said) -> None:
    say(built, capsys, "step loss")
    assert "y = MulBackward0" in say(built, capsys, "graph loss")
    assert "x" in say(built, capsys, "grads")
    say(built, capsys, "step end")


def test_watching_every_cell_sees_nothing_of_it(built: InteractiveShell, capsys: Said) -> None:
    built.run_cell("%autograd watch --static").raise_error()
    say(built, capsys, "step loss")
    said = say(built, capsys, "step end")
    assert "1 backward pass" not in said
    built.run_cell("%autograd off").raise_error()
    assert built.ev("x.grad.tolist()") == [2.0, 4.0]


def test_a_hook_is_removed_by_its_number(built: InteractiveShell, capsys: Said) -> None:
    built.run_cell("%%autograd --quiet\nh = y.register_hook(lambda g: g * 5)").raise_error()
    rows = say(built, capsys, "hooks").splitlines()
    assert rows[0].startswith("id  on")
    identity = rows[-1].split()[0]
    assert rows[-1].split()[1:4] == ["y", "tensor", "<lambda>"] and "removed" not in rows[-1]
    assert say(built, capsys, f"hooks --remove {identity}").splitlines()[-1].endswith("removed")
    assert refused(built, capsys, f"hooks --remove {identity}") == (
        f"UsageError: %autograd hooks: hook {identity} is removed already\n"
    )
    assert "no hook has the id 99999; known: " in refused(built, capsys, "hooks --remove 99999")
    assert "'x' is one word too many" in refused(built, capsys, "hooks x")
    built.run_cell("loss.backward()").raise_error()
    assert built.ev("x.grad.tolist()") == [2.0, 4.0]


def test_a_hook_that_was_there_before_can_be_removed(built: InteractiveShell, capsys: Said) -> None:
    built.run_cell("h = x.register_hook(lambda g: g * 5)").raise_error()
    built.run_cell("%%autograd --quiet\nloss.backward(retain_graph=True)").raise_error()
    identity = say(built, capsys, "hooks").splitlines()[-1].split()[0]
    say(built, capsys, f"hooks --remove {identity}")
    built.run_cell("x.grad = None; loss.backward()").raise_error()
    assert built.ev("x.grad.tolist()") == [2.0, 4.0]


# ---- in a kernel ------------------------------------------------------------------------------

WIDGET = "application/vnd.jupyter.widget-view+json"


def press(kernel: Any, panel: str, **message: Any) -> None:
    """Send what a button of the panel sends."""
    data = {"method": "custom", "content": message}
    sent = kernel.client.session.msg("comm_msg", {"comm_id": panel, "data": data})
    kernel.client.shell_channel.send(sent)


def seen(kernel: Any, panel: str) -> dict[str, Any]:
    """What the panel shows of the stepper now."""
    ran = kernel.run(f"import json\nprint(json.dumps({widget(panel)}.stepper))")
    assert ran.status == "ok", ran.traceback
    return dict(json.loads(ran.stdout))


def widget(panel: str) -> str:
    """The expression that finds a panel in the kernel."""
    return f"__import__('ipywidgets.widgets.widget', fromlist=['_'])._instances[{panel!r}]"


def until(kernel: Any, panel: str, state: str) -> dict[str, Any]:
    limit = time.monotonic() + 10
    while True:
        shown = seen(kernel, panel)
        if shown["state"] == state:
            return shown
        assert time.monotonic() < limit, shown


@pytest.mark.kernel
@pytest.mark.parametrize("engine", ENGINES)
def test_the_buttons_work_between_cells(kernel: Any, engine: str) -> None:
    if engine == "torch":
        pytest.importorskip("torch", reason="PyTorch, the oracle, is not installed")
    kernel.run(f"import {engine} as torch\n{BUILD}")
    ran = kernel.run("%autograd step loss")
    assert ran.status == "ok" and ran.stderr == ""
    assert (
        WIDGET in ran.displays[0]
        and "paused before SumBackward0" in (ran.displays[1]["text/plain"])
    )
    panel = ran.displays[0][WIDGET]["model_id"]
    first = seen(kernel, panel)
    assert (first["state"], first["done"]) == ("paused", [])
    press(kernel, panel, type="step", do="next")
    second = until(kernel, panel, "paused")
    assert second["done"] == [first["node"]]
    press(kernel, panel, type="step", do="to", node=0)
    third = until(kernel, panel, "paused")
    assert "AccumulateGrad of x" in third["message"] and third["node"] == 0
    assert kernel.run("x.grad is None").result == "True"
    press(kernel, panel, type="step", do="end")
    last = until(kernel, panel, "done")
    assert len(last["done"]) == 4  # x is drawn twice
    assert kernel.run("x.grad.tolist()").result == "[2.0, 4.0]"


@pytest.mark.kernel
def test_a_slow_node_does_not_hold_the_kernel(kernel: Any) -> None:
    kernel.run(BUILD + "import time\ny.register_hook(lambda g: time.sleep(1.5))")
    panel = kernel.run("%autograd step loss").displays[0][WIDGET]["model_id"]
    press(kernel, panel, type="step", do="end")
    begin = time.monotonic()
    assert kernel.run("x.grad is None").result == "True"
    assert time.monotonic() - begin < 1
    assert seen(kernel, panel)["state"] == "running"
    until(kernel, panel, "done")
    assert kernel.run("x.grad.tolist()").result == "[2.0, 4.0]"


@pytest.mark.kernel
def test_an_interrupt_while_a_cell_waits(kernel: Any) -> None:
    kernel.run(BUILD + "import time\ny.register_hook(lambda g: time.sleep(1.5))")
    panel = kernel.run("%autograd step loss").displays[0][WIDGET]["model_id"]
    ran = kernel.run("print('go', flush=True)\n%autograd step end", interrupt_at="go")
    assert ran.status == "error" and "KeyboardInterrupt" in ran.traceback
    assert "MulBackward0" in until(kernel, panel, "paused")["message"]
    press(kernel, panel, type="step", do="abort")
    until(kernel, panel, "aborted")
    assert kernel.run("x.grad is None").result == "True"


@pytest.mark.kernel
def test_the_button_that_removes_a_hook(kernel: Any) -> None:
    ran = kernel.run("%%autograd" + BUILD + "h = y.register_hook(lambda g: g * 5)")
    panel = ran.displays[0][WIDGET]["model_id"]
    find = f"{widget(panel)}.hooks"
    identity = int(kernel.run(f"{find}[0]['id']").result)
    press(kernel, panel, type="remove_hook", id=identity)
    assert kernel.run(f"{find}[0]['removed']").result == "True"
    assert kernel.run("loss.backward(); x.grad.tolist()").result == "[2.0, 4.0]"


@pytest.mark.kernel
def test_a_kernel_ends_with_a_paused_pass() -> None:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", env=environment())
    kernel = Kernel(manager, client)
    try:
        ran = kernel.run(
            f"%load_ext autograd_nb\nimport autograd_nb as torch\n{BUILD}\n%autograd step loss"
        )
        assert ran.status == "ok"
        begin = time.monotonic()
        client.shutdown()
        manager.finish_shutdown(waittime=20)
        assert time.monotonic() - begin < 10
    finally:
        client.stop_channels()
        if manager.is_alive():
            manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
