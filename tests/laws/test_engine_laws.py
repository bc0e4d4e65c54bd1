"""Laws that need no reference: linearity, accumulation, agreement of the ways to ask."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd_nb as torch
from tests.laws.dags import Dag, build, dags, differentiate


def gradients(dag: Dag, factor: float = 1.0, root: int = -1) -> list[Any]:
    """Return the gradients of one tensor of the graph, scaled by `factor`."""
    leaves, tensors = build(torch, dag)
    assume(tensors[root].requires_grad)
    tensors[root].sum().backward(torch.tensor(factor, dtype=torch.float64))
    return [leaf.grad for leaf in leaves]


def all_close(left: list[Any], right: list[Any]) -> bool:
    """Compare gradients of leaves; a missing one equals zeros."""
    for a, b in zip(left, right, strict=True):
        if a is None or b is None:
            if any(float(g.abs().max()) > 1e-12 for g in (a, b) if g is not None):
                return False
        elif not torch.allclose(a, b, rtol=1e-7, atol=1e-9, equal_nan=True):
            return False
    return True


@given(dags(), st.integers(-4, 4).map(float))
def test_backward_is_linear_in_its_gradient(dag: Dag, factor: float) -> None:
    once = gradients(dag)
    scaled = gradients(dag, factor)
    expected = [None if g is None else g * factor for g in once]
    assert all_close(scaled, expected)


@given(dags(), st.data())
def test_gradient_of_a_sum_is_the_sum_of_gradients(dag: Dag, data: st.DataObject) -> None:
    position = data.draw(st.integers(len(dag.leaves), len(dag.leaves) + len(dag.steps) - 1))
    first, second = gradients(dag), gradients(dag, root=position)
    leaves, tensors = build(torch, dag)
    torch.autograd.backward([tensors[-1].sum(), tensors[position].sum()])
    added = [
        b if a is None else a if b is None else a + b for a, b in zip(first, second, strict=True)
    ]
    assert all_close([leaf.grad for leaf in leaves], added)


@given(dags())
def test_second_pass_adds_the_same_again(dag: Dag) -> None:
    leaves, tensors = build(torch, dag)
    root = tensors[-1].sum()
    assume(root.requires_grad)
    root.backward(retain_graph=True)
    once = [None if leaf.grad is None else leaf.grad.clone() for leaf in leaves]
    root.backward()
    assert all_close([leaf.grad for leaf in leaves], [None if g is None else 2 * g for g in once])


@given(dags())
def test_grad_equals_backward(dag: Dag) -> None:
    expected = gradients(dag)
    leaves, tensors = build(torch, dag)
    wanted = [i for i, leaf in enumerate(leaves) if leaf.requires_grad]
    found = torch.autograd.grad(tensors[-1].sum(), [leaves[i] for i in wanted], allow_unused=True)
    assert all_close(list(found), [expected[i] for i in wanted])
    assert all(leaf.grad is None for leaf in leaves)


@given(dags())
def test_traced_formulas_equal_raw_ones(dag: Dag) -> None:
    raw = gradients(dag)
    leaves, tensors = build(torch, dag)
    wanted = [i for i, leaf in enumerate(leaves) if leaf.requires_grad]
    traced = torch.autograd.grad(
        tensors[-1].sum(), [leaves[i] for i in wanted], allow_unused=True, create_graph=True
    )
    assert all_close([g if g is None else g.detach() for g in traced], [raw[i] for i in wanted])


@given(dags())
def test_every_hook_fires_once_and_consumers_first(dag: Dag) -> None:
    outcome = differentiate(torch, dag)
    assert len(set(outcome.order)) == len(outcome.order)
    fired = {name: i for i, name in enumerate(outcome.order)}
    start = len(dag.leaves)
    for offset, (_, operands) in enumerate(dag.steps):
        consumer = fired.get(f"t{start + offset}")
        for operand in operands:
            producer = fired.get(f"t{operand}")
            if consumer is not None and producer is not None and operand != start + offset:
                assert consumer < producer


@given(dags())
def test_gradients_agree_with_finite_differences(dag: Dag) -> None:
    leaves, tensors = build(torch, dag)
    kinks = {"relu", "maximum", "where", "detach", "no_grad"}
    assume(not kinks & {name for name, _ in dag.steps})
    assume(tensors[-1].requires_grad)
    tensors[-1].sum().backward()

    def total(which: int, delta: float) -> float:
        values, needs = dag.leaves[which]
        moved = (torch.tensor(values, dtype=torch.float64) + delta).tolist()
        changed = [*dag.leaves[:which], (moved, needs), *dag.leaves[which + 1 :]]
        return float(build(torch, Dag(changed, dag.steps))[1][-1].sum().item())

    for which, leaf in enumerate(leaves):
        if leaf.grad is None:
            continue
        step = 1e-6
        slope = (total(which, step) - total(which, -step)) / (2 * step)
        assert math.isclose(leaf.grad.sum().item(), slope, rel_tol=1e-4, abs_tol=1e-4)


@pytest.mark.parametrize("retain", [True, False])
@given(dag=dags())
def test_a_failed_pass_changes_no_gradient(dag: Dag, retain: bool) -> None:
    leaves, tensors = build(torch, dag)
    root = tensors[-1].sum()
    assume(root.requires_grad)

    def fail(grad: Any) -> None:
        raise LookupError("stop here")

    root.register_hook(fail)
    with pytest.raises(LookupError, match="stop here"):
        root.backward(retain_graph=retain)
    assert all(leaf.grad is None for leaf in leaves)
