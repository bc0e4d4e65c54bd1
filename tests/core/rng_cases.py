"""Draws of the array-level samplers beside PyTorch's, as pairs of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nb.core import rejection
from autograd_nb.core import samplers as ours
from autograd_nb.core.rng import Stream
from tests.answers import digest

Draw = Callable[[Stream], Any]
SEEDS = (0, 1, 42, 1234, 2**32 - 1, 2**32 + 5, -1)
COUNTS = (0, 1, 2, 15, 16, 17, 31, 100, 1000, 20011)
FLOATS = ("float32", "float64", "float16")


def cases(torch: Any, n: int) -> dict[str, tuple[Draw, Callable[[], Any]]]:
    """Return, by name, our draw of `n` numbers and PyTorch's; `torch` may be None for ours."""
    found: dict[str, tuple[Draw, Callable[[], Any]]] = {}

    def add(name: str, kind: str, draw: Draw, fill: Callable[[Any], Any]) -> None:
        def theirs() -> Any:
            return fill(torch.empty(n, dtype=getattr(torch, kind))).numpy()

        found[f"{name} {kind} {n}"] = draw, theirs

    for kind in FLOATS:
        t = np.dtype(kind)
        add("rand", kind, lambda s, t=t: ours.uniform(s, n, t), lambda x: x.uniform_())
        add(
            "uniform",
            kind,
            lambda s, t=t: ours.uniform(s, n, t, -0.3, 2.7),
            lambda x: x.uniform_(-0.3, 2.7),
        )
        add(
            "narrow uniform",
            kind,
            lambda s, t=t: ours.uniform(s, n, t, 1.0, 1 + 2**-20),
            lambda x: x.uniform_(1.0, 1 + 2**-20),
        )
        add("randn", kind, lambda s, t=t: ours.normal(s, n, t), lambda x: x.normal_())
        add(
            "normal",
            kind,
            lambda s, t=t: ours.normal(s, n, t, 0.3, 1.7),
            lambda x: x.normal_(0.3, 1.7),
        )
        add(
            "constant normal",
            kind,
            lambda s, t=t: ours.normal(s, n, t, 0.0, 0.0),
            lambda x: x.normal_(0.0, 0.0),
        )
        add(
            "log_normal",
            kind,
            lambda s, t=t: ours.log_normal(s, n, t, 0.3, 0.7),
            lambda x: x.log_normal_(0.3, 0.7),
        )
        add(
            "exponential",
            kind,
            lambda s, t=t: ours.exponential(s, n, t, 0.3),
            lambda x: x.exponential_(0.3),
        )
        add(
            "cauchy",
            kind,
            lambda s, t=t: ours.cauchy(s, n, t, 0.5, 2.0),
            lambda x: x.cauchy_(0.5, 2.0),
        )
        add(
            "geometric",
            kind,
            lambda s, t=t: ours.geometric(s, n, t, 0.01),
            lambda x: x.geometric_(0.01),
        )
        rates = np.linspace(0, 25, n).astype(t)
        add(
            "poisson",
            kind,
            lambda s, t=t, r=rates: rejection.poisson(s, r).astype(t),
            lambda x, r=rates: torch.poisson(torch.from_numpy(r.copy())),
        )
        chances = np.linspace(0, 1, n).astype(t)
        add(
            "coins each",
            kind,
            lambda s, t=t, p=chances: ours.coins_each(s, p).astype(t),
            lambda x, p=chances: torch.bernoulli(torch.from_numpy(p.copy())),
        )
    for kind in (*FLOATS, "int64", "int32", "int16", "int8", "uint8", "bool"):
        t = np.dtype(kind)
        add("full range", kind, lambda s, t=t: ours.full_range(s, n, t), lambda x: x.random_())
    for low, span in ((0, 10), (-5, 2**28 - 1), (-5, 2**28), (-(2**40), 2**50)):
        add(
            f"integers {low} {span}",
            "int64",
            lambda s, low=low, span=span: ours.integers(s, n, low, span),
            lambda x, low=low, span=span: x.random_(low, low + span),
        )
    add(
        "all integers",
        "int64",
        lambda s: ours.integers(s, n, -(2**63), 2**64),
        lambda x: x.random_(-(2**63), None),
    )
    add("coins", "bool", lambda s: ours.coins(s, n, 0.3), lambda x: x.bernoulli_(0.3))
    add("permutation", "int64", lambda s: ours.permutation(s, n), lambda x: torch.randperm(n))
    for kind in FLOATS[:2]:
        weights = np.random.RandomState(n).rand(3, max(n, 1)).astype(kind)[:, :50]
        add(
            "race",
            kind,
            lambda s, w=weights: ours.race_winners(s, w, min(5, w.shape[1])),
            lambda x, w=weights: torch.multinomial(torch.from_numpy(w.copy()), min(5, w.shape[1])),
        )
        add(
            "categories",
            kind,
            lambda s, w=weights: ours.categories(s, w, 30),
            lambda x, w=weights: torch.multinomial(torch.from_numpy(w.copy()), 30, True),
        )
    return found


def recordable() -> dict[str, list[str]]:
    """Return digests of PyTorch's numbers and generator state after each draw, for all seeds."""
    import torch

    answers: dict[str, list[str]] = {}
    for n in COUNTS:
        for name, (_, theirs) in cases(torch, n).items():
            answers[name] = []
            for seed in SEEDS[:3]:
                torch.manual_seed(seed)
                numbers = digest(theirs())
                answers[name].append(f"{numbers} {digest(torch.get_rng_state().numpy())}")
    return answers
