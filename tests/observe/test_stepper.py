"""A paused backward pass: both engines stop, go on and end alike, and as without a stepper."""

from __future__ import annotations

import _thread
import gc
import re
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import pytest

from autograd_nb.core import events
from autograd_nb.observe import stepper
from autograd_nb.observe.recorder import Recorder
from autograd_nb.observe.stepper import StepError, Stepper, current, step
from tests.observe.engines import both


@pytest.fixture(autouse=True)
def nothing_stays_paused():
    yield
    left = current()
    if left is not None:
        left.close()
    assert current() is None


def build(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * w
    return {"x": x, "w": w, "y": y, "loss": (y + x).sum()}


def begin(names, **options):
    return step(names["loss"], namespace=names, name="loss", **options)


def grads(names):
    return [None if names[key].grad is None else names[key].grad.tolist() for key in ("x", "w")]


def without_place(text):
    """A node of ours knows its line; PyTorch's only where anomaly mode was on."""
    return re.sub(r", test_stepper.py line \d+", "", text)


# ---- stepping ---------------------------------------------------------------------------------


@both
def test_every_node_stops_before_it_runs(torch):
    names = build(torch)
    pass_ = begin(names)
    told = [(repr(pass_), grads(names))]
    for _ in range(5):
        pass_.next()
        told.append((repr(pass_), grads(names)))
    assert told == [
        ("<Stepper: paused before SumBackward0 (loss); 0 of 5 nodes have run>", [None, None]),
        ("<Stepper: paused before AddBackward0; 1 of 5 nodes have run>", [None, None]),
        ("<Stepper: paused before MulBackward0 (y); 2 of 5 nodes have run>", [None, None]),
        ("<Stepper: paused before AccumulateGrad of x; 3 of 5 nodes have run>", [None, None]),
        ("<Stepper: paused before AccumulateGrad of w; 4 of 5 nodes have run>", [[4, 5], None]),
        ("<Stepper: done; 5 nodes have run>", [[4, 5], [1, 2]]),
    ]


@both
def test_the_state_is_the_panel_s(torch):
    names = build(torch)
    pass_ = begin(names)
    ids = {node.name: node.id for node in pass_.graph.nodes if node.kind == "op"}
    leaves = {name: [n.id for n in pass_.graph.nodes if name in n.vars] for name in ("x", "w")}
    assert pass_.state["node"] == ids["SumBackward0"] and pass_.state["done"] == []
    pass_.to("w")
    state = pass_.state
    assert (state["state"], state["node"]) == ("paused", leaves["w"][0])
    # A leaf has one box for each use, and all of them are done at once.
    assert len(leaves["x"]) == 2 and sorted(state["done"][-2:]) == sorted(leaves["x"])
    assert state["done"][:3] == [ids[n] for n in ("SumBackward0", "AddBackward0", "MulBackward0")]
    pass_.end()
    assert pass_.state["state"] == "done" and pass_.state["node"] is None


@both
def test_what_was_received_and_sent_so_far(torch):
    names = build(torch)
    pass_ = begin(names)
    pass_.to("y")
    told = pass_.panel_state()
    steps = told["tape"]["passes"][0]["steps"]
    assert [one["name"] for one in steps] == ["SumBackward0", "AddBackward0", "MulBackward0"]
    assert steps[2]["received"][0]["values"] == [1.0, 1.0] and steps[2]["sent"] == []
    assert [sent["stat"]["values"] for sent in steps[1]["sent"]] == [[1.0, 1.0], [1.0, 1.0]]
    assert told["stepper"] == pass_.state and told["status"]["state"] == "running"
    pass_.to("w")
    filled = {leaf["name"]: leaf["grad"] for leaf in pass_.panel_state()["leaves"]}
    assert filled["x"]["values"] == [4.0, 5.0] and filled["w"] is None
    pass_.end()
    told = pass_.panel_state()
    assert told["status"]["state"] == "done" and len(told["tape"]["passes"][0]["steps"]) == 5


@both
@pytest.mark.parametrize("what", ["MulBackward0", "mul", "y", "id", "tensor", "grad_fn"])
def test_run_to_a_node(torch, what):
    names = build(torch)
    pass_ = begin(names)
    place = next(node.id for node in pass_.graph.nodes if node.label == "mul")
    given = {"id": place, "tensor": names["y"], "grad_fn": names["y"].grad_fn}.get(what, what)
    pass_.to(given)
    assert (pass_.state["state"], pass_.state["node"]) == ("paused", place)
    pass_.abort()


@both
def test_run_to_a_leaf(torch):
    names = build(torch)
    pass_ = begin(names)
    for given in (names["x"], "w"):
        pass_.to(given)
    assert grads(names) == [[4, 5], None]
    pass_.next()
    assert grads(names) == [[4, 5], [1, 2]]


@both
def test_several_nodes_at_once(torch):
    pass_ = begin(build(torch)).next(3)
    assert len(pass_.state["done"]) == 3
    assert pass_.next(100).state["state"] == "done"


@both
def test_a_stepped_pass_adds_like_any_other(torch):
    names = build(torch)
    begin(names, retain_graph=True).end()
    begin(names, retain_graph=True).next(2).end()
    names["loss"].backward()
    assert grads(names) == [[12, 15], [3, 6]]


@pytest.mark.filterwarnings("ignore:Using backward:UserWarning")
@both
def test_gradient_and_create_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    step(y, torch.tensor([1.0, 10.0]), create_graph=True).next().end()
    assert x.grad.tolist() == [2.0, 40.0] and x.grad.requires_grad
    (second,) = torch.autograd.grad(x.grad.sum(), x)
    assert second.tolist() == [2.0, 20.0]


@both
def test_the_graph_may_be_shared_with_another_pass_meanwhile(torch):
    names = build(torch)
    pass_ = begin(names, retain_graph=True).next(2)
    names["loss"].backward(retain_graph=True)  # neither waits nor is recorded
    assert grads(names) == [[4, 5], [1, 2]] and len(pass_.state["done"]) == 2
    pass_.end()
    assert grads(names) == [[8, 10], [2, 4]]


# ---- how it ends ------------------------------------------------------------------------------


@both
def test_abort_leaves_what_an_exception_would(torch):
    names, other = build(torch), build(torch)
    begin(names).to("w").abort()

    def stop(grad):
        raise KeyError

    other["w"].register_hook(stop)
    with pytest.raises(KeyError):
        other["loss"].backward()
    assert grads(names) == grads(other) == [[4, 5], None]
    # Either graph has lost what the nodes that ran had saved.
    for graph in (names, other):
        with pytest.raises(RuntimeError, match="second time"):
            graph["loss"].backward()


@both
def test_no_hook_of_ours_stays(torch):
    names = build(torch)
    begin(names, retain_graph=True).next().abort()
    seen = []
    threading.Thread(target=lambda: seen.append(current())).start()
    names["loss"].backward()
    assert grads(names) == [[4, 5], [1, 2]] and seen == [None]


@both
def test_an_error_in_a_hook_is_raised_where_one_waits(torch):
    names = build(torch)
    names["y"].register_hook(lambda grad: 1 / 0)
    pass_ = begin(names)
    with pytest.raises(ZeroDivisionError):
        pass_.end()
    assert pass_.state["message"] == (
        "error; 2 of 5 nodes have run: ZeroDivisionError: division by zero"
    )
    assert pass_.state["state"] == "error" and grads(names) == [None, None]
    told = pass_.panel_state()
    assert told["status"]["state"] == "error"
    assert told["tape"]["passes"][0]["error"] == "ZeroDivisionError: division by zero"
    with pytest.raises(StepError, match=r"the backward of loss is over: error; 2 of 5"):
        pass_.next()


@both
def test_an_error_in_a_node_names_it(torch):
    class Fails(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 1

        @staticmethod
        def backward(ctx, grad):
            raise ValueError("broken")

    x = torch.ones(2, requires_grad=True)
    pass_ = step(Fails.apply(x).sum())
    with pytest.raises(ValueError, match="broken"):
        pass_.end()
    assert without_place(pass_.state["message"]).startswith("error in FailsBackward")
    assert pass_.state["message"].endswith("1 of 3 nodes have run: ValueError: broken")


@both
def test_nothing_is_kept_after_the_end(torch):
    names = build(torch)
    held = weakref.ref(names["y"])
    # As in the loop of a training run: the loss is forgotten while the pass waits.
    pass_ = begin(names).next()
    loss = weakref.ref(names.pop("loss"))
    assert loss() is not None
    pass_.end()
    names.clear()
    gc.collect()
    assert loss() is None and held() is None
    assert pass_.state["state"] == "done"


# ---- what is refused --------------------------------------------------------------------------


@both
def test_what_has_no_steps(torch):
    for given, message in (
        (torch.ones(2), "it has no graph: nothing that it was computed from requires grad"),
        (torch.ones(2, requires_grad=True), "it is a leaf: no operation made it, so a backward"),
        (3, "it is a int, not a tensor"),
    ):
        with pytest.raises(StepError, match=message):
            step(given, name="it")


@both
def test_a_freed_graph_is_refused(torch):
    names = build(torch)
    names["loss"].backward()
    with pytest.raises(StepError, match=r"the graph of loss cannot be run again: '\w+' was freed"):
        begin(names)
    assert current() is None and grads(names) == [[4, 5], [1, 2]]


@both
def test_what_backward_itself_refuses(torch):
    with pytest.raises(RuntimeError, match="implicitly created only for scalar outputs"):
        step(build(torch)["y"])
    assert current() is None


@both
def test_one_pass_at_a_time(torch):
    first = begin(build(torch))
    with pytest.raises(
        StepError, match=r"the backward of loss is paused before SumBackward0.*end or abort it"
    ):
        begin(build(torch))
    assert current() is first
    first.abort()
    begin(build(torch)).end()


@both
def test_nodes_that_cannot_be_run_to(torch):
    pass_ = begin(build(torch)).next()
    for what, message in (
        ("nope", "no node, variable or id 'nope' in the graph of loss"),
        ("loss", "loss has run already"),
        ("AddBackward0", "AddBackward0 is the node that waits now"),
        (99, "no node, variable or id 99 in the graph of loss"),
        (torch.ones(2, requires_grad=True), "this Tensor is not in the graph of loss"),
    ):
        with pytest.raises(StepError, match=f"^{message}$"):
            pass_.to(what)
    with pytest.raises(StepError, match="0 nodes cannot be run"):
        pass_.next(0)
    assert pass_.state["state"] == "paused"


@both
def test_a_hook_of_the_pass_cannot_step_it(torch):
    names = build(torch)
    names["y"].register_hook(lambda grad: current().next())
    with pytest.raises(StepError, match="a hook of the pass cannot step it"):
        begin(names).end()


# ---- the thread -------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Using backward:UserWarning")
@both
def test_modes_come_along(torch):
    seen = []

    def note(grad):
        # create_graph decides over grad mode within a pass; the hooks around it are the thread's.
        seen.append(torch.is_inference_mode_enabled())
        seen.append(torch.get_default_dtype())
        (torch.ones(2, requires_grad=True) * 2).exp()

    packed = []

    def pack(tensor):
        packed.append(threading.current_thread().name)
        return tensor

    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(note)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            pass_ = step(y.sum(), create_graph=True)
        pass_.end()
    finally:
        torch.set_default_dtype(before)
    assert seen == [False, torch.float64]
    assert packed and set(packed) == {"paused backward"}


@both
def test_anomaly_mode_comes_along(torch):
    x = torch.tensor([0.0], requires_grad=True)
    with pytest.warns(UserWarning), torch.autograd.detect_anomaly():
        pass_ = step((x.sqrt() * 0).sum())
        with pytest.raises(RuntimeError, match="returned nan values"):
            pass_.end()


def test_the_place_of_the_call_is_the_caller_s():
    import autograd_nb as torch

    names = build(torch)
    begin(names).end()
    with pytest.raises(RuntimeError) as caught:
        names["loss"].backward()
    assert "freed by the backward at" in caught.value.__notes__[0]
    assert "test_stepper.py" in caught.value.__notes__[0]


@both
def test_an_interrupt_ends_the_waiting_and_stops_the_pass_soon(torch, monkeypatch):
    names = build(torch)
    slow = threading.Event()
    names["y"].register_hook(lambda grad: slow.wait(10) and None)
    pass_ = begin(names)

    def interrupt():
        raise KeyboardInterrupt

    undo = pass_.subscribe(interrupt)
    with pytest.raises(KeyboardInterrupt):
        pass_.end()
    undo()
    assert pass_.state["state"] == "running"
    with pytest.raises(StepError, match="is running: wait until it stops"):
        pass_.next()
    slow.set()
    pass_.settle()
    assert "paused before MulBackward0" in repr(pass_)
    assert grads(names) == [None, None]
    pass_.end()
    assert grads(names) == [[4, 5], [1, 2]]


@both
def test_recorders_hear_nothing_of_it(torch, recorder_for):
    names = build(torch)
    with recorder_for(names) as recorder:
        pass_ = begin(names).next()
        assert not recorder.panel_state()["hooks"]
        other = build(torch)
        other["loss"].backward()
    pass_.end()
    state = recorder.panel_state()
    assert state["status"]["passes"] == 1 and not state["hooks"] and not recorder.failed
    assert events.observer is None


@pytest.mark.parametrize("engine", ["autograd_nb", "torch"])
def test_exit_with_a_paused_pass(engine):
    if engine == "torch":
        pytest.importorskip("torch")
    program = f"""
        import {engine} as torch
        from autograd_nb.observe import step
        x = torch.ones(2, requires_grad=True)
        print(step((x * 2).sum()).next())
    """
    begun = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "<Stepper: paused before MulBackward0; 1 of 3 nodes have run>\n"
    assert time.monotonic() - begun < 40


def test_nodes_that_run_in_threads_of_the_engine_s_own_wait_too():
    """As PyTorch's do for other devices: Python has not started those threads."""
    import autograd_nb as torch

    names = build(torch)
    pass_ = Stepper(names["loss"], namespace=names)
    pass_._prepare(names["loss"])
    place = pass_._running.placement.ops[-1]
    _thread.start_new_thread(pass_._reach, (place,))
    assert pass_.wait(10) and pass_.state["node"] == place
    pass_.release_next()
    again = threading.Thread(target=pass_._reach, args=(place,))  # somebody else's pass
    again.start()
    again.join(10)
    assert not again.is_alive() and pass_.state["state"] == "running"
    pass_._finish(None)
    names["loss"].backward()
    assert grads(names) == [[4, 5], [1, 2]]


def test_without_threads_there_is_no_stepping(monkeypatch):
    import autograd_nb as torch

    def refuse(self):
        raise RuntimeError("can't start new thread")

    names = build(torch)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(StepError, match="a pass cannot be paused here"):
        begin(names)
    monkeypatch.undo()
    assert current() is None
    names["loss"].backward()
    assert grads(names) == [[4, 5], [1, 2]]


def test_a_stepper_runs_once():
    import autograd_nb as torch

    pass_ = Stepper(build(torch)["loss"]).start().end()
    with pytest.raises(StepError, match="a stepper runs one pass"):
        pass_.start()
    assert stepper.current() is None


# ---- hooks ------------------------------------------------------------------------------------


def hooks_told(pass_):
    nodes = {node.id: node for node in pass_.graph.nodes}
    (done,) = pass_.panel_state()["tape"]["passes"]
    return [
        (nodes[step["node"]].label, [(h["kind"], h["fn"], h["effect"]) for h in step["hooks"]])
        for step in done["steps"]
    ]


@both
def test_hooks_are_on_the_tape_in_their_order(torch):
    def double(grad):
        return grad * 2

    def look(*args):
        return None

    names = build(torch)
    names["y"].register_hook(double)
    names["x"].register_hook(look)
    names["x"].register_post_accumulate_grad_hook(look)
    pass_ = begin(names)
    assert hooks_told(pass_) == [("sum", [])]
    pass_.to("mul")
    assert hooks_told(pass_)[-1] == ("mul", [("tensor", "double", "replaced")])
    pass_.end()
    told = dict(hooks_told(pass_))
    assert told["x"] == [("tensor", "look", "kept"), ("post_accumulate", "look", "kept")]
    assert told["w"] == told["add"] == []
    state = pass_.panel_state()
    assert {(row["fn"], row["target"]): row["fired"] for row in state["hooks"]} == {
        ("double", "y"): 1,
        ("look", "x"): 1,
    }
    assert list(names["x"]._backward_hooks.values()) == [look]
    assert events.observer is None


@both
def test_hooks_of_nodes_that_were_seen_registered(torch, recorder_for):
    names = build(torch)
    with Recorder(names):
        names["y"].grad_fn.register_prehook(lambda grads: None)
        names["y"].grad_fn.register_hook(lambda grad_inputs, grad_outputs: None)
    pass_ = begin(names).end()
    told = dict(hooks_told(pass_))
    assert [kind for kind, _, _ in told["mul"]] == ["node_pre", "node_post"]


@both
def test_hooks_of_another_pass_meanwhile_are_not_told(torch):
    names = build(torch)
    fired = []

    def count(grad):
        fired.append(len(fired))

    names["x"].register_hook(count)
    pass_ = begin(names)
    (names["x"] * 2).sum().backward()
    assert fired == [0]
    assert [hooks for _, hooks in hooks_told(pass_.end())].count([]) == 4
    assert fired == [0, 1]
    rows = pass_.panel_state()["hooks"]  # those of tests before may still be there
    assert [row["fired"] for row in rows if row["fn"] == "count" and not row["removed"]] == [1]


@both
def test_a_hook_that_is_removed_while_the_pass_waits_is_gone(torch):
    names = build(torch)
    fired = []
    handle = names["x"].register_hook(lambda grad: fired.append(1))
    pass_ = begin(names)
    handle.remove()
    pass_.end()
    assert fired == [] and not names["x"]._backward_hooks
