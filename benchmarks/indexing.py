"""Reading by index, and the adding up of its gradients: embedding, gather, masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from .layers import by_hips, by_mygrad, of_tensors
from .workloads import Setup, Workload


def embedding(rows: int, width: int, count: int) -> dict[str, Setup]:
    """Rows of a table looked up by number."""
    rng = np.random.default_rng(0)
    table = rng.normal(size=(rows, width)).astype(np.float32)
    where = rng.integers(0, rows, count)

    def run(t: Any, leaves: Any, constants: Any) -> Any:
        return t.nn.functional.embedding(constants[0], leaves[0]).sum()

    def run_by_hand(m: Any, leaves: Any) -> Any:
        return m.sum(leaves[0][where])

    return (
        of_tensors([table], [where], run)
        | by_hips([table], run_by_hand)
        | by_mygrad([table], run_by_hand)
    )


def scatter_add(size: int, count: int) -> dict[str, Setup]:
    """Many numbers added at few places."""
    rng = np.random.default_rng(0)
    target = np.zeros(size, np.float32)
    source = rng.normal(size=count).astype(np.float32)
    factor = rng.normal(size=size).astype(np.float32)
    where = rng.integers(0, size, count)

    def run(t: Any, leaves: Any, constants: Any) -> Any:
        target, source = leaves
        where, factor = constants
        return (target.scatter_add(0, where, source) * factor).sum()

    return of_tensors([target, source], [where, factor], run)


def index(shape: tuple[int, ...], count: int) -> dict[str, Setup]:
    """``x[where]``: entries of a vector, or rows of a matrix."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape).astype(np.float32)
    where = rng.integers(0, shape[0], count)
    factor = rng.normal(size=(count, *shape[1:])).astype(np.float32)

    def run(t: Any, leaves: Any, constants: Any) -> Any:
        return (leaves[0][constants[0]] * constants[1]).sum()

    def run_by_hand(m: Any, leaves: Any) -> Any:
        return m.sum(leaves[0][where] * factor)

    return (
        of_tensors([x], [where, factor], run)
        | by_hips([x], run_by_hand)
        | by_mygrad([x], run_by_hand)
    )


def mask(shape: tuple[int, ...]) -> dict[str, Setup]:
    """``x[mask]`` with half of the entries chosen."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape).astype(np.float32)
    chosen = rng.random(shape) < 0.5

    def run(t: Any, leaves: Any, constants: Any) -> Any:
        return (leaves[0][constants[0]] ** 2).sum()

    def run_by_hand(m: Any, leaves: Any) -> Any:
        return m.sum(leaves[0][chosen] ** 2)

    return of_tensors([x], [chosen], run) | by_hips([x], run_by_hand) | by_mygrad([x], run_by_hand)


WORKLOADS = [
    Workload("embedding, 100k rows of 16, 1M look-ups", 1.0, embedding(100_000, 16, 1_000_000)),
    Workload("scatter_add, 1M into 100k", 1.0, scatter_add(100_000, 1_000_000)),
    Workload("x[index], 1M of 1M", 0.8, index((1_000_000,), 1_000_000)),
    Workload("x[index], 100k rows of 64", 0.8, index((10_000, 64), 100_000)),
    Workload("x[mask], 1000 x 1000", 0.8, mask((1000, 1000))),
]
