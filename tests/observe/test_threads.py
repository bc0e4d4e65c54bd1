"""Passes and graphs of several threads: each is recorded as it was, and none is disturbed."""

import importlib
import json
import threading
import warnings

import pytest

from tests.observe.engines import both


def state_of(recorder):
    state = recorder.panel_state()
    json.dumps(state, allow_nan=False)
    assert not recorder.failed, recorder.message
    return state


def in_threads(*jobs):
    """Run functions in threads of their own, and give back what they raised."""
    errors = []

    def run(job):
        try:
            job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return errors


def run_order(done):
    return [step["name"] for step in done["steps"]]


@both
def test_two_passes_at_once_through_one_leaf(torch, recorder_for):
    space = {"w": torch.ones(3, requires_grad=True)}
    gate = threading.Barrier(2, timeout=30)

    def job(factor):
        out = (space["w"] * factor).exp().sum()
        out.register_hook(lambda grad: (gate.wait(), None)[1])
        out.backward()

    with recorder_for(space) as recorder:
        assert not in_threads(lambda: job(1.0), lambda: job(2.0))
    state = state_of(recorder)
    order = ["SumBackward0", "ExpBackward0", "MulBackward0", "AccumulateGrad"]
    assert [run_order(done) for done in state["tape"]["passes"]] == [order, order]
    for done in state["tape"]["passes"]:
        assert [[hook["fn"] for hook in step["hooks"]] for step in done["steps"]] == [
            ["<lambda>"],
            [],
            [],
            [],
        ]
    (leaf,) = state["leaves"]
    assert leaf["contributions"] == 2
    assert [hook["duplicate"] for hook in state["hooks"]] == [False, False]


@both
def test_a_pass_within_a_pass_leaves_the_outer_one_alone(torch, recorder_for):
    space = {"w": torch.ones(3, requires_grad=True)}

    def inner(grad):
        with torch.enable_grad():
            (space["w"] * 3.0).exp().sum().backward()

    with recorder_for(space) as recorder:
        out = (space["w"] * 2.0).sum()
        out.register_hook(inner)
        out.backward()
    state = state_of(recorder)
    outer = min(state["tape"]["passes"], key=lambda done: done["id"])
    assert run_order(outer) == ["SumBackward0", "MulBackward0", "AccumulateGrad"]
    (leaf,) = state["leaves"]
    assert leaf["contributions"] == 2


@both
def test_a_graph_that_another_thread_goes_on_with(torch, recorder_for):
    """PyTorch counts the nodes of each thread anew, so that numbers are no order."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    space = {"x": x}
    for _ in range(5):
        x * 2  # numbers of this thread go ahead

    def go_on():
        space["z"] = space["y"].exp().sum()
        space["z"].backward()

    with recorder_for(space) as recorder:
        space["y"] = (x * 3).sin()
        assert not in_threads(go_on)
    state = state_of(recorder)
    names = {node["id"]: node["name"] for node in state["graph"]["nodes"]}
    assert [names[key] for key in sorted(names)] == [
        "AccumulateGrad", "MulBackward0", "SinBackward0", "ExpBackward0", "SumBackward0",
    ]  # fmt: skip
    assert all(edge["src"] < edge["dst"] for edge in state["graph"]["edges"])
    assert state["status"]["ops"] == 4


@both
def test_graphs_that_were_made_in_turns_do_not_mix(torch, recorder_for):
    space = {"w": torch.ones(3, requires_grad=True)}

    with recorder_for(space) as recorder:
        products = [space["w"] * factor for factor in (1.0, 2.0)]
        powers = [product.exp() for product in reversed(products)]
        sums = [power.sum() for power in reversed(powers)]
        space.update(first=sums[0], second=sums[1])
        for out in sums:
            out.backward()
    edges = [(edge["src"], edge["dst"]) for edge in state_of(recorder)["graph"]["edges"]]
    assert edges == [(0, 1), (1, 2), (2, 3)]


@both
def test_operations_of_threads_are_counted(torch, recorder_for):
    def job():
        x = torch.ones(2, requires_grad=True)
        (x * 2).sin().sum().backward()

    with recorder_for({}) as recorder:
        assert not in_threads(job, job)
        job()
    assert state_of(recorder)["status"]["ops"] == 9


@both
def test_a_hook_that_each_thread_registers_is_no_duplicate(torch, recorder_for):
    kept = []

    def job():
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.register_hook(lambda grad: None)
        kept.append(y)
        y.sum().backward()

    with recorder_for({}) as recorder:
        assert not in_threads(job)
        assert not in_threads(job)
    rows = state_of(recorder)["hooks"]
    assert [(row["fired"], row["duplicate"]) for row in rows] == [(1, False), (1, False)]


@both
def test_a_pass_that_ends_first_leaves_the_other_in_peace(torch, recorder_for):
    """Anomaly mode, by which lines are known, stays off until the last pass is over."""
    in_long, short_over = threading.Event(), threading.Event()
    seen = []

    def long():
        x = torch.ones(2, requires_grad=True)
        y = x.exp()
        z = y * 2

        def wait(grad):
            in_long.set()
            assert short_over.wait(30)
            seen.append(torch.is_anomaly_enabled())
            raise ValueError("the user's")

        z.register_hook(wait)
        with pytest.raises(ValueError, match="the user's"):
            z.sum().backward()

    def short():
        assert in_long.wait(30)
        x = torch.ones(2, requires_grad=True)
        (x * 2).sum().backward()
        short_over.set()

    with recorder_for({}) as recorder, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not in_threads(long, short)
        after = torch.ones(2, requires_grad=True) * 2
    assert seen == [False]
    state_of(recorder)
    assert not torch.is_anomaly_enabled()
    if torch.__name__ == "torch":
        assert "traceback_" in after.grad_fn.metadata  # and then on again


@both
def test_modules_that_run_in_a_thread_name_their_part_and_no_other(torch, recorder_for):
    nn = importlib.import_module(f"{torch.__name__}.nn")
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
    space = {"net": net, "x": torch.ones(1, 2)}
    inside, over = threading.Event(), threading.Event()

    class Slow(nn.Module):
        def forward(self, value):
            value = value.sin()
            inside.set()
            assert over.wait(30)
            return value.cos()

    space["slow"] = Slow()

    def other():
        assert inside.wait(30)
        loose = torch.ones(2, requires_grad=True)
        space["loose"] = (loose * 2).exp() - 1
        space["net_out"] = net(space["x"])
        over.set()

    with recorder_for(space) as recorder:
        thread = threading.Thread(target=other)
        thread.start()
        space["slow_out"] = space["slow"](torch.ones(2, requires_grad=True) * 3)
        thread.join()
        (space["slow_out"].sum() + space["loose"].sum() + space["net_out"].sum()).backward()
    state_of(recorder)
    of = {}
    for node in recorder.graph.nodes:
        if node.kind == "op":
            of.setdefault(node.label, []).append([name for name, _ in node.modules])
    assert of["sin"] == of["cos"] == [["slow"]]
    assert of["exp"] == [[]] and of["sub"] == [[]]
    assert of["tanh"] == [["net", "net.1"]] and of["addmm"] == [["net", "net.0"]]


@both
def test_many_threads_leave_what_they_leave_unwatched(torch, recorder_for):
    nn = importlib.import_module(f"{torch.__name__}.nn")

    def train():
        torch.manual_seed(0)
        shared = torch.ones(4, requires_grad=True)
        nets = [nn.Linear(4, 4) for _ in range(4)]

        def job(net):
            for turn in range(30):
                net.zero_grad()
                out = (net(shared * (turn + 1.0)).tanh() ** 2).sum()
                out.register_hook(lambda grad: grad * 0.5)
                out.backward(retain_graph=turn % 3 == 0)
                if turn % 3 == 0:
                    torch.autograd.grad(out, net.weight)

        errors = in_threads(*(lambda net=net: job(net) for net in nets))
        return errors, [net.weight.grad.tolist() for net in nets], shared.grad.tolist()

    plain = train()
    with recorder_for({}) as recorder:
        watched = train()
    assert not watched[0] and watched[1] == plain[1]
    assert watched[2] == pytest.approx(plain[2], rel=1e-4)  # in which order threads add is open
    state = state_of(recorder)
    assert state["status"]["passes"] == 4 * (30 + 10)
    for done in state["tape"]["passes"]:
        assert run_order(done)[0] == "SumBackward0"
        assert len(done["steps"]) == len({step["node"] for step in done["steps"]})
    assert sorted(leaf["contributions"] for leaf in state["leaves"]) == [30] * 8 + [4 * 30]
