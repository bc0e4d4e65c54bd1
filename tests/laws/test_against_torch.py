"""On random graphs: the values, gradients, hook order and errors of PyTorch, live."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given

import autograd_nb
from tests.laws.dags import Dag, build, dags, differentiate

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")


def close(ours: Any, theirs: Any) -> bool:
    """Compare nested lists of numbers; None equals None only."""
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(close, ours, theirs))
    if theirs is None or ours is None:
        return ours is theirs
    if math.isnan(theirs):
        return math.isnan(ours)
    return math.isclose(ours, theirs, rel_tol=1e-8, abs_tol=1e-8)


@given(dags())
def test_values_gradients_and_hook_order(dag: Dag) -> None:
    ours, theirs = differentiate(autograd_nb, dag), differentiate(torch, dag)
    assert ours.error == theirs.error
    assert close(ours.value, theirs.value)
    assert ours.order == theirs.order
    assert close(ours.grads, theirs.grads)


@given(dags(inplace=True))
def test_in_place_gradients_or_the_same_error(dag: Dag) -> None:
    ours, theirs = differentiate(autograd_nb, dag), differentiate(torch, dag)
    assert ours.error == theirs.error
    assert close(ours.value, theirs.value)
    if theirs.error is None:
        assert ours.order == theirs.order
        assert close(ours.grads, theirs.grads)


@given(dags())
def test_node_names_and_edges(dag: Dag) -> None:
    def names(namespace: Any) -> list[Any]:
        seen: list[Any] = []
        _, tensors = build(namespace, dag)
        for tensor in tensors:
            node = tensor.grad_fn
            if node is None:
                seen.append(None)
                continue
            following = [(n.name() if n is not None else None, nr) for n, nr in node.next_functions]
            seen.append((node.name(), tensor.output_nr, following))
        return seen

    assert names(autograd_nb) == names(torch)


@given(dags())
def test_second_derivatives(dag: Dag) -> None:
    def second(namespace: Any) -> Any:
        leaves, tensors = build(namespace, dag)
        wanted = [leaf for leaf in leaves if leaf.requires_grad]
        root = tensors[-1].sum()
        if not wanted or not root.requires_grad:
            return None
        first = namespace.autograd.grad(root, wanted, create_graph=True, materialize_grads=True)
        total = sum((g * g).sum() for g in first)
        if not total.requires_grad:
            return [g.tolist() for g in first]
        again = namespace.autograd.grad(total, wanted, materialize_grads=True)
        return [[g.tolist() for g in first], [g.tolist() for g in again]]

    assert close(second(autograd_nb), second(torch))
