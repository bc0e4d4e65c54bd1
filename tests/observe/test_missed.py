"""Leaves that no pass reached: which are listed, and what is said of them."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from autograd_nb.observe import missed
from tests.observe.engines import both

NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.used = nn.Linear(3, 2)
        self.unused = nn.Linear(3, 2)
        self.head = nn.Linear(2, 1)
    def forward(self, x):
        return self.head(self.used(x))
net = Net()
x = torch.ones(4, 3)
"""
LEAVES = """
w = torch.ones(2, requires_grad=True)
v = torch.ones(2, requires_grad=True)
"""


@pytest.fixture
def notes(torch: Any, recorder_for: Any) -> Any:
    """Return what a panel says of each leaf of a watched piece of code, in its order."""

    def run(text: str, before: str = "", fails: type[Exception] | None = None) -> dict[str, str]:
        space: dict[str, Any] = {
            "torch": torch,
            "nn": importlib.import_module(f"{torch.__name__}.nn"),
        }
        exec(before, space)
        recorder = recorder_for(lambda: space, text=text)
        space["state"] = recorder.panel_state
        with recorder:
            if fails is None:
                exec(text, space)
            else:
                with pytest.raises(fails):
                    exec(text, space)
        assert recorder.message == ""
        return {leaf["name"]: leaf["note"] for leaf in recorder.panel_state()["leaves"]}

    return run


@both
def test_the_part_of_a_module_that_the_loss_does_not_use(notes: Any) -> None:
    assert notes("net(x).sum().backward()", NET) == {
        "net.used.weight": "",
        "net.used.bias": "",
        "net.unused.weight": missed.APART,
        "net.unused.bias": missed.APART,
        "net.head.weight": "",
        "net.head.bias": "",
    }


@both
def test_a_variable_is_listed_where_the_cell_names_it(notes: Any) -> None:
    other = "other = torch.ones(1, requires_grad=True)"
    text = "(w.detach() * v).sum().backward()\nw.other = None"
    assert notes(text, LEAVES + other) == {"w": missed.APART, "v": ""}


@both
def test_a_variable_of_the_function_that_calls_backward(notes: Any) -> None:
    text = """
def train():
    near, far = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    near.sum().backward()"""
    assert notes("train()", text) == {"near": "", "far": missed.APART}


@both
def test_lists_and_optimizers_go_together(notes: Any) -> None:
    lists = "ws = [torch.ones(1, requires_grad=True) for _ in range(2)]"
    assert notes("loss()", lists + "\ndef loss(): ws[1].sum().backward()") == {
        "ws[0]": missed.APART,
        "ws[1]": "",
    }


@both
def test_an_optimizer_that_has_the_parameters_of_a_former_module(notes: Any) -> None:
    before = (
        "net = nn.Linear(2, 1, bias=False)\n"
        "opt = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "net = nn.Linear(2, 1, bias=False)"
    )
    assert notes("net(torch.ones(2)).sum().backward()\nopt.step()", before) == {
        "net.weight": "",
        "opt.param_groups[0]['params'][0]": missed.APART,
    }


@both
def test_a_gradient_of_before(notes: Any) -> None:
    before = LEAVES + "v.sum().backward()"
    assert notes("w.sum().backward()\nprint(v.grad)", before) == {
        "w": "",
        "v": f"{missed.APART}; {missed.BEFORE}",
    }


@both
def test_in_the_graph_and_not_reached(notes: Any) -> None:
    assert notes("torch.autograd.grad((w * v).sum(), w)", LEAVES) == dict.fromkeys(
        ("w", "v"), missed.NOT_ADDED
    )
    text = "far = w * 2\nw.requires_grad_()\n(v * 2).sum().backward()"
    assert notes(text, LEAVES) == {"w": missed.NOT_RUN, "v": ""}


@both
def test_a_pass_that_ended_early(notes: Any) -> None:
    text = """
def refuse(grad): raise ValueError("no")
y = w * v
y.register_hook(refuse)
y.sum().backward()"""
    assert notes(text, LEAVES, fails=ValueError) == dict.fromkeys(("w", "v"), missed.ENDED)


@both
def test_a_gradient_that_was_cleared(notes: Any) -> None:
    assert notes("w.sum().backward()\nw.grad = None", LEAVES) == {"w": missed.CLEARED}
    again = "for _ in range(2):\n    w.grad = None\n    w.sum().backward()"
    assert notes(again, LEAVES) == {"w": ""}


@both
def test_a_leaf_that_a_later_pass_reaches(notes: Any) -> None:
    text = """
w.sum().backward()
early = {leaf["name"]: leaf["note"] for leaf in state()["leaves"]}
v.sum().backward()"""
    found = notes(text + f"\nassert early == {{'w': '', 'v': {missed.APART!r}}}, early", LEAVES)
    assert found == {"w": "", "v": ""}


@both
def test_what_needs_no_gradient_or_has_no_form_yet_is_not_listed(notes: Any) -> None:
    before = "net = nn.ModuleList([nn.Linear(1, 1), nn.LazyLinear(1), nn.Linear(1, 1)])"
    text = "net[0].requires_grad_(False)\nnet[2](torch.ones(1)).sum().backward()"
    assert notes(text, before) == {"net.2.weight": "", "net.2.bias": ""}


@both
def test_where_no_pass_ran_only_the_graph_is_told_of(notes: Any) -> None:
    assert notes("y = w * 2", LEAVES) == {"w": missed.NOT_RUN}
