"""Random numbers: what a seed draws, and how long it takes.

``python -m benchmarks --only drawn`` runs them; they are no derivatives, and in no mean.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .workloads import Setup, Workload


def drawn(sample: Callable[[Any], Any]) -> dict[str, Setup]:
    """The numbers after seed 0 stand in for gradients: they must agree."""

    def setup(module: Any) -> tuple[Callable[[], Any], Callable[[], list[Any]]]:
        def gradients() -> list[Any]:
            module.manual_seed(0)
            return [sample(module).numpy()]

        return lambda: sample(module), gradients

    return {"torch": setup}


WORKLOADS = [
    Workload("drawn: randn, 1M", 3.0, drawn(lambda t: t.randn(1_000_000)), named=True),
    Workload(
        "drawn: randn, 1M of float64",
        3.0,
        drawn(lambda t: t.randn(1_000_000, dtype=t.float64)),
        named=True,
    ),
    Workload("drawn: rand, 1M", 3.0, drawn(lambda t: t.rand(1_000_000)), named=True),
    Workload("drawn: randint, 1M", 3.0, drawn(lambda t: t.randint(9, (1_000_000,))), named=True),
    Workload("drawn: randperm, 100k", 3.0, drawn(lambda t: t.randperm(100_000)), named=True),
]
