"""Backward passes with batched cotangents: one pass for a whole batch of vectors.

Note [Batched passes]
Two things can be batched. The cotangents of an ordinary graph: the pass then runs the formulas
on batched tensors, through the batching rules, so that each example is a vector-Jacobian product
of its own. And the outputs, inside `vmap`: their graph is that of ordinary tensors with the batch
in front, and the pass runs there; since examples do not mix, the gradient of all examples'
outputs with respect to all examples' inputs holds each example's gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import errors, events, modes
from .batch import (
    Batched,
    Unbatchable,
    batched,
    each,
    in_level,
    level,
    levels_of,
    warn_slow,
    without,
)
from .graph_task import GraphTask
from .node import AccumulateGrad, Node, edge_pair
from .op import Op, OpNode
from .tensor import Tensor


class BatchedTask(GraphTask):
    """A pass whose cotangents may be batched; a formula that needs numbers runs for each."""

    def __init__(self, keep_graph: bool, traced: bool) -> None:
        super().__init__(keep_graph, True)  # on tensors, whether that is recorded or not

    def mask(self, node: Node, needed: set[Node]) -> tuple[bool, ...]:
        """Say which gradients of a node are asked for; never leave it out."""
        return super().mask(node, needed) or (True,) * len(node.edges)

    def apply_some(self, node: Node, grad_outputs: Any, mask: tuple[bool, ...]) -> Any:
        """Run a node on the batch, or on one example after the other."""
        __tracebackhide__ = True
        try:
            return super().apply_some(node, grad_outputs, mask)
        except Unbatchable:
            levels = levels_of(grad_outputs)
            if not levels:
                raise
            warn_slow(node.name())
        run = super().apply_some
        found = each(lambda grads: tuple(run(node, grads, mask)), tuple(grad_outputs), levels)
        return list(found)


def run_batched(
    roots: tuple[Any, ...],
    vectors: tuple[Any, ...],
    keep: bool,
    create_graph: bool,
    wanted: tuple[Any, ...],
) -> list[Any]:
    """Run a pass of which roots, vectors or inputs are batched, and return the gradients.

    Raises
    ------
    RuntimeError
        As `engine.grad`.
    """
    from .engine import is_traced, root_gradients, run

    inner = levels_of((*roots, *wanted))
    if levels_of(roots) and not levels_of(wanted):
        raise RuntimeError(errors.no_grad_path(0))  # its graph belongs to what vmap hides
    if inner:
        if any(v is None and r.numel() != 1 for r, v in zip(roots, vectors, strict=True)):
            raise RuntimeError(errors.IMPLICIT_GRAD)
        vectors = tuple(
            without(Op.traced.ones_like(r) if v is None else v, inner)
            for r, v in zip(roots, vectors, strict=True)
        )
        roots = tuple(without(r, inner) for r in roots)
    mapped = [isinstance(x, Batched) and x._levels == inner for x in wanted]
    inputs = tuple(x._value if m else x for x, m in zip(wanted, mapped, strict=True))
    of_batch = bool(levels_of(vectors))
    seeds = root_gradients(roots, vectors, is_traced(create_graph) or of_batch)
    task = BatchedTask if of_batch else GraphTask
    found = run(roots, seeds, keep, create_graph, inputs, False, task)
    return [
        batched(g, inner) if m and g is not None else g for g, m in zip(found, mapped, strict=True)
    ]


def by_batch(
    grad: Callable[[tuple[Any, ...]], tuple[Any, ...]], vectors: tuple[Any, ...]
) -> tuple[Any, ...]:
    """Return the gradients for a batch of vectors, the batch in front (`is_grads_batched`).

    Parameters
    ----------
    grad : callable
        Takes the batched vectors, returns gradients or None.
    vectors : tuple of Tensor or None
        The batch is their first dimension.
    """
    size = len(next(v for v in vectors if v is not None))
    with level(size, is_transform=False) as opened:
        found = grad(tuple(None if v is None else in_level(v, opened) for v in vectors))
        return tuple(None if g is None else without(g, (opened,)) for g in found)


def is_batched(*groups: tuple[Any, ...]) -> bool:
    """Say whether a pass has anything batched to do with."""
    return bool(modes.state.levels) and any(levels_of(group) for group in groups)


def is_plain(root: Tensor) -> bool:
    """Say whether a pass from here runs formulas of the table alone, with nobody watching."""
    if events.observer is not None or modes.state.detect_anomaly:
        return False
    edge = root._edge()
    found: list[Any] = [] if edge is None else [edge_pair(edge)[0]]
    seen = set(found)
    for node in found:  # grows while it is walked
        if node.hooks is not None:
            return False
        if type(node) is AccumulateGrad:
            if node.variable._backward_hooks:
                return False
            continue
        if not isinstance(node, OpNode):
            return False
        for edge in node.edges:
            target = None if edge is None else edge_pair(edge)[0]
            if target is not None and target not in seen:
                seen.add(target)
                found.append(target)
    return True
