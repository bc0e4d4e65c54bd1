"""Nothing of a graph survives its last reference, with the collector off; a million nodes deep."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import pytest

import autograd_nb as torch
from autograd_nb.core.graph_task import GraphTask
from autograd_nb.core.node import Node
from autograd_nb.core.saved import SAVED_TYPES
from autograd_nb.core.tensor import Tensor
from autograd_nb.core.view import Geometry, View
from tests.laws.test_lifetime import collector_off

COUNTED = (Node, Tensor, View, Geometry, GraphTask, *SAVED_TYPES)


def alive() -> dict[str, int]:
    """Count what belongs to graphs and was made since the collector was turned off."""
    found: dict[str, int] = {}
    for item in gc.get_objects():
        if issubclass(type(item), COUNTED):
            name = type(item).__name__
            found[name] = found.get(name, 0) + 1
    return found


def leaf(*shape: int) -> Any:
    """Return a leaf with values from 0.1 on."""
    count = 1
    for n in shape:
        count *= n
    values = torch.arange(count, dtype=torch.float64).reshape(shape) * 0.1 + 0.1
    return values.detach().requires_grad_()


def elementwise() -> Any:
    x, y = leaf(2, 3), leaf(3)
    return (x * y + x / y - y.exp()).tanh().sigmoid().sqrt().sum()


def reductions() -> Any:
    x = leaf(2, 3)
    values, indices = x.max(1)
    ordered, _ = x.sort(0)
    return values.sum() + ordered.mean() + x.std() + x.prod() + x.norm() + indices.sum()


def matrices() -> Any:
    x = leaf(3, 3)
    return torch.linalg.solve(x + 3 * torch.eye(3, dtype=torch.float64), x @ x).sum()


def indexing() -> Any:
    x = leaf(4, 3)
    return (
        x[[0, 1]].sum() + x[x > 0.3].sum() + x.gather(0, torch.zeros(1, 3, dtype=torch.int64)).sum()
    )


def views() -> Any:
    x = leaf(4, 3) * 1
    a, b = x.split(2)
    return [
        x.t()[0],
        x.view(2, 6),
        x.diagonal(),
        x.unsqueeze(0).expand(2, 4, 3),
        a,
        b,
        *x.unbind(0),
    ]


def written_views() -> Any:
    x = leaf(4, 3) * 1
    v, w = x[0], x.t()
    v.mul_(2)
    x[1:, 0] = v[:1]
    x[[2]] = 0.5
    _ = w.grad_fn, v.grad_fn
    return [v, w, x.sum()]


def in_place() -> Any:
    x = leaf(3) * 1
    x.unsqueeze_(0)
    return x.add_(1).mul_(2).tanh_()


def hooks() -> Any:
    x = leaf(3)
    y = x * 2
    z = y.exp()
    y.retain_grad()
    y.register_hook(lambda g: g * 2)
    x.register_hook(lambda g: None)
    z.grad_fn.register_hook(lambda gi, go: None)
    z.grad_fn.register_prehook(lambda go: None)
    x.register_post_accumulate_grad_hook(lambda t: None)
    torch.autograd.graph.register_multi_grad_hook([x, y], lambda grads: None)
    z.sum().backward(retain_graph=True)
    return z


def functions() -> Any:
    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            result = x * y
            ctx.save_for_backward(x, y, result)
            ctx.shape, ctx.extra = x.shape, [x]
            return result, x

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            x, y, _ = ctx.saved_tensors
            return g * y + h, g * x

    class Dirty(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    a, b = Both.apply(leaf(3), leaf(3))
    return Dirty.apply(a * 1).sum() + b.sum()


def packed() -> Any:
    with torch.autograd.graph.save_on_cpu():
        return (leaf(3).exp() * leaf(3)).sum()


def checkpointed() -> Any:
    from autograd_nb.utils.checkpoint import checkpoint

    return checkpoint(lambda x: x.exp().sin().sum(), leaf(3), use_reentrant=False)


def modules() -> Any:
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3),
        torch.nn.BatchNorm2d(2),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(8, 3),
    )
    return torch.nn.functional.cross_entropy(net(torch.ones(2, 1, 6, 6)), torch.tensor([0, 1]))


def forward_mode() -> Any:
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(leaf(3), torch.ones(3, dtype=torch.float64))
        return torch.autograd.forward_ad.unpack_dual((dual * dual).exp().sum())


MAKERS = [
    elementwise,
    reductions,
    matrices,
    indexing,
    views,
    written_views,
    in_place,
    hooks,
    functions,
    packed,
    checkpointed,
    modules,
    forward_mode,
]


def differentiate(made: Any) -> None:
    """Run a pass that keeps the graph, one that records, and one that frees."""
    roots = [t for t in (made if isinstance(made, (list, tuple)) else [made]) if t.requires_grad]
    root = sum((t.sum() for t in roots[1:]), roots[0].sum())
    root.backward(retain_graph=True)
    root.backward()


@pytest.mark.parametrize("backward", [False, True], ids=["built", "differentiated"])
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_nothing_survives(make: Callable[[], Any], backward: bool) -> None:
    make()  # what is loaded and cached on first use is not counted
    with collector_off():
        before = alive()
        made = make()
        if backward and make is not forward_mode:
            differentiate(made)
        assert alive() != before
        del made
        assert alive() == before


@pytest.mark.parametrize("make", [elementwise, reductions, indexing, written_views, functions])
def test_nothing_survives_a_recorded_pass(make: Callable[[], Any]) -> None:
    with collector_off():
        before = alive()
        made = make()
        root = made[-1] if isinstance(made, list) else made
        edges: list[Any] = []
        stack = [root.grad_fn]
        while stack:
            node = stack.pop()
            if node is None:
                continue
            if hasattr(node, "variable"):
                edges.append(node.variable)
            stack.extend(n for n, _ in node.next_functions)
        found = torch.autograd.grad(root, edges, create_graph=True, allow_unused=True)
        total = sum((g * g).sum() for g in found if g is not None)
        if total.requires_grad:
            total.backward()
        del made, root, edges, stack, node, found, total
        assert alive() == before


def test_an_error_keeps_nothing() -> None:
    with collector_off():
        before = alive()
        x = leaf(3)
        y = x.exp()
        y.add_(1)
        try:
            y.sum().backward()
        except RuntimeError:
            pass
        del x, y
        assert alive() == before


def test_backward_gives_memory_back_node_by_node() -> None:
    with collector_off():
        x = leaf(3)
        y = x
        for _ in range(10):
            y = y.exp().log()
        y[0] = 1.0
        root = y.sum()
        root.backward()
        kinds = alive()
        assert not any(kinds.get(kind.__name__) for kind in SAVED_TYPES)


def test_a_million_nodes_without_recursion() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(220)
    try:
        with collector_off():
            before = alive()
            x = torch.tensor(1.0, requires_grad=True)
            y = x
            for _ in range(1_000_000):
                y = y + 1.0
            y.backward()
            assert x.grad.item() == 1.0
            del x, y
            assert alive() == before
    finally:
        sys.setrecursionlimit(limit)
