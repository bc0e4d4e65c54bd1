"""Graphs die by reference counting alone, and depth needs no recursion."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given

import autograd_nb as torch
from autograd_nb.core.node import Node
from tests.laws.dags import Dag, build, dags


def live_nodes() -> int:
    """Count the graph nodes made since the collector was turned off."""
    # By type: isinstance asks the objects, and some of them answer with warnings.
    return sum(issubclass(type(item), Node) for item in gc.get_objects())


@contextmanager
def collector_off() -> Iterator[None]:
    """Start from a clean heap and keep the collector out of the way."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.enable()


@given(dags(inplace=True))
def test_random_graphs_leave_nothing_behind(dag: Dag) -> None:
    def use() -> None:
        try:
            leaves, tensors = build(torch, dag)
            tensors[-1].sum().backward()
        except RuntimeError:
            pass

    with collector_off():
        before = live_nodes()
        use()
        assert live_nodes() == before


def _saved_output() -> Any:
    x = torch.ones(3, requires_grad=True)
    return x.exp()


def _hooks() -> Any:
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: g * 2)
    y.retain_grad()
    y.grad_fn.register_hook(lambda gi, go: None)
    x.register_post_accumulate_grad_hook(lambda t: None)
    y.sum().backward(retain_graph=True)
    return y


def _views_and_in_place() -> Any:
    x = torch.ones(4, requires_grad=True)
    y = x * 2
    v = y[:2]
    v.mul_(3)
    y[0] = x[1]
    return y.view(2, 2).sum()


def _custom_function() -> Any:
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            result = x.exp()
            ctx.save_for_backward(result)
            return result

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (result,) = ctx.saved_tensors
            return g * result

    x = torch.ones(3, requires_grad=True)
    y = Exp.apply(x)
    y.sum().backward(retain_graph=True)
    return y


def _higher_order() -> Any:
    x = torch.ones(3, requires_grad=True)
    (g,) = torch.autograd.grad((x.exp() * x.sin()).sum(), x, create_graph=True)
    return torch.autograd.grad(g.sum(), x, create_graph=True)


def _failed_pass() -> Any:
    x = torch.ones(3, requires_grad=True)
    y = x.exp()
    y.add_(1)
    try:
        y.sum().backward()
    except RuntimeError:
        pass
    return y


def _several_outputs() -> Any:
    x = torch.arange(6.0, requires_grad=True)
    a, b = x.split(3)
    values, _ = (a * b).max(0)
    return values


MAKERS = [
    _saved_output,
    _hooks,
    _views_and_in_place,
    _custom_function,
    _higher_order,
    _failed_pass,
    _several_outputs,
]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__.strip("_"))
def test_deleting_the_result_frees_the_graph(make: Callable[[], Any]) -> None:
    with collector_off():
        before = live_nodes()
        result = make()
        assert live_nodes() > before
        del result
        assert live_nodes() == before


def test_backward_frees_saved_tensors_at_once() -> None:
    with collector_off():
        x = torch.ones(3, requires_grad=True)
        h = (x * 2).sigmoid()
        seen = weakref.ref(h)
        loss = h.sum()
        del h
        loss.backward()
        assert seen() is None


def test_create_graph_backward_is_freed_when_grad_is_cleared() -> None:
    with collector_off():
        before = live_nodes()
        x = torch.ones(3, requires_grad=True)
        with pytest.warns(UserWarning, match="will create a reference cycle"):
            x.exp().sum().backward(create_graph=True)
        x.grad = None
        del x
        assert live_nodes() == before


@pytest.mark.parametrize("depth", [100_000])
def test_deep_chain_without_recursion(depth: int) -> None:
    with collector_off():
        before = live_nodes()
        x = torch.tensor(1.0, requires_grad=True)
        y = x
        for _ in range(depth):
            y = y * 1.0
        y.backward()
        assert x.grad.item() == 1.0
        del x, y
        assert live_nodes() == before


def test_deep_chain_dropped_without_backward() -> None:
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(100_000):
        y = y.sin()
    del y


def test_deep_diamond() -> None:
    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = 0.5 * y + y * 0.5
    y.backward()
    assert x.grad.item() == 1.0


def test_deep_chain_of_views_and_custom_functions() -> None:
    class Pass(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g

    x = torch.ones(2, requires_grad=True)
    y = x
    for _ in range(5_000):
        y = Pass.apply(y.view(2)).unsqueeze(0).squeeze(0)
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]
    del y


def test_deep_gradient_graph_is_freed() -> None:
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y * 1.0
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    del y, g
