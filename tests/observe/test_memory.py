"""Live graphs: how many bytes they save, where, and who keeps them."""

from __future__ import annotations

import gc
import sys

import pytest

from autograd_nb.observe import memory, step
from tests.observe.engines import both

KIB = 1024


def look(space):
    """The graphs that the variables of a test hold; other tests may have left theirs."""
    gc.collect()
    found = memory(space)
    return tuple(one for one in found if any(way.kind != "unnamed" for way in one.holders))


@pytest.fixture(autouse=True)
def no_error_yet(monkeypatch):
    for name in ("last_exc", "last_value"):
        monkeypatch.delattr(sys, name, raising=False)


def leaf(torch, n=KIB):
    return torch.ones(n, requires_grad=True)


def held(found):
    return [(holder.path, holder.kind) for holder in found.holders]


@both
def test_nothing_is_alive(torch):
    assert look({"x": leaf(torch)}) == ()


@both
def test_bytes_by_node_and_who_holds_them(torch):
    x = leaf(torch)
    space = {"x": x, "loss": x.exp().tanh().sum()}
    (found,) = look(space)
    assert (found.count, found.nodes, found.packed) == (1, 3, 0)
    assert (found.saved, found.alone) == (8 * KIB, 8 * KIB)
    assert found.by_node == (("ExpBackward0", 4 * KIB), ("TanhBackward0", 4 * KIB))
    assert held(found) == [("loss", "variable")]
    assert found.holders[0].cure == "del loss, or keep loss.item() or loss.detach()"


@both
def test_what_a_leaf_holds_is_not_the_graph_s(torch):
    x = leaf(torch)
    space = {"x": x, "y": x * x}
    (found,) = look(space)
    assert (found.saved, found.alone) == (4 * KIB, 0)


@both
def test_a_freed_graph_saves_nothing(torch):
    x = leaf(torch)
    space = {"loss": x.exp().sum()}
    space["loss"].backward()
    (found,) = look(space)
    assert (found.nodes, found.saved) == (2, 0)


@both
def test_losses_in_a_list_are_one_row(torch):
    x = leaf(torch)
    space = {"x": x, "losses": [(x * 2).exp().sum() for _ in range(5)]}
    (found,) = look(space)
    assert (found.count, found.nodes) == (5, 3)
    assert dict(found.by_node)["ExpBackward0"] == 20 * KIB
    assert held(found) == [("losses (5 items)", "item")]
    assert found.holders[0].cure == "put .item() or .detach() of it into losses"


class Holder:
    """Something of the user's with attributes."""

    @property
    def costly(self):
        raise AssertionError("a property is not asked")

    def __repr__(self):
        raise AssertionError("a repr is not asked")


@both
def test_every_place_that_holds_it(torch):
    x = leaf(torch)
    y = x.exp()
    net = Holder()
    net.cache = {"h": [y]}

    def closure():
        return y

    def generator():
        inner = y
        yield inner

    running = generator()
    next(running)
    space = {"net": net, "f": closure, "g": running, "Out": {3: y}, "_": y}
    (found,) = look(space)
    assert held(found) == [
        ("Out[3]", "output"),
        ("_", "output"),
        ("y in the closure of f", "closure"),
        ("inner in g", "closure"),
        ("y in g", "closure"),
        ("net.cache['h'][0]", "item"),
    ]
    assert found.holders[-1].cure == "put .item() or .detach() of it into net.cache['h']"


@both
def test_a_gradient_that_was_recorded(torch):
    x = leaf(torch)
    (x.grad,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    found = look({"x": x})
    assert [("x.grad", "gradient")] in [held(one) for one in found]
    x.grad = None
    assert look({"x": x}) == ()


@both
def test_the_frames_of_the_last_error(torch, monkeypatch):
    x = leaf(torch)

    def fails():
        hidden = x.exp().sum()
        raise ValueError(hidden.shape)

    try:
        fails()
    except ValueError as error:
        monkeypatch.setattr(sys, "last_value", error, raising=False)
    (found,) = look({"x": x})
    assert held(found) == [("hidden in fails() of the last error", "traceback")]
    monkeypatch.undo()
    assert look({"x": x}) == ()


@both
def test_a_paused_pass(torch):
    x = leaf(torch)
    pass_ = step(x.exp().sum())
    (found,) = look({"x": x})
    assert held(found) == [("the paused backward", "pass")]
    assert found.holders[0].cure == "%autograd step end, or abort"
    pass_.abort()
    del pass_
    assert look({"x": x}) == ()


_kept = []


@both
def test_what_no_variable_leads_to(torch):
    x = leaf(torch)
    _kept.append(x.exp())
    unnamed = [("a list that no variable leads to", "unnamed")]
    assert unnamed in [held(one) for one in memory({"x": x}) if one.saved == 4 * KIB]
    _kept.clear()
    assert unnamed not in [held(one) for one in memory({"x": x}) if one.saved == 4 * KIB]


@both
def test_graphs_are_not_tied_together_by_a_shared_weight(torch):
    w = leaf(torch)
    space = {"a": w.exp(), "b": (w * 2).sin().sum()}
    assert sorted(one.nodes for one in look(space)) == [1, 3]


@both
def test_packed_tensors_are_counted_and_not_opened(torch):
    x = leaf(torch)

    def unpack(packed):
        raise AssertionError("looking must not unpack")

    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: 0, unpack):
        y = x.exp()
    (found,) = look({"y": y})
    assert (found.saved, found.packed) == (0, 1)


@both
def test_a_custom_function(torch):
    class Keep(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a * 1)
            return a * 2

        @staticmethod
        def backward(ctx, grad):
            return grad

    (found,) = look({"y": Keep.apply(leaf(torch))})
    assert found.by_node == (("KeepBackward", 4 * KIB),)


@both
def test_only_the_node_is_held(torch):
    space = {"node": leaf(torch).exp().grad_fn}
    (found,) = look(space)
    assert held(found) == [("node", "variable")] and found.nodes == 1


@both
def test_looking_keeps_nothing_and_changes_nothing(torch):
    x = leaf(torch)
    space = {"x": x, "loss": x.exp().sum()}
    found = look(space)
    space["loss"].backward()
    assert x.grad is not None
    del space["loss"]
    gc.collect()
    assert look(space) == () and found[0].to_json()["saved"] == 4 * KIB


def test_bytes_by_line():
    import autograd_nb as torch

    x = leaf(torch)
    (found,) = look({"y": x.exp()})
    ((site, size),) = found.by_line
    assert (site.cell, site.source, size) == (
        "test_memory.py",
        '(found,) = look({"y": x.exp()})',
        4 * KIB,
    )


def test_a_cycle_in_the_user_s_objects_is_walked_once():
    import autograd_nb as torch

    ring = []
    ring.append(ring)
    ring.append({"self": ring, "y": leaf(torch).exp()})
    (found,) = look({"ring": ring})
    assert held(found) == [("ring[1]['y']", "item")]


@both
def test_a_view_that_must_not_be_asked_is_passed_over(torch):
    base = torch.ones(2, 3, requires_grad=True) * 1
    first, second = base.unbind(0)
    base.mul_(2)  # from now on reading first.grad_fn raises
    total = leaf(torch).exp().sum()
    found = look({"total": total, "first": first, "second": second})
    assert [("total", "variable")] in [held(graph) for graph in found]
