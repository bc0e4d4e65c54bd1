"""Whole derivatives: Hessians, Jacobians, a gradient for each sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from .workloads import Setup, Workload


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _curved(t: Any, n: int) -> tuple[Any, Any]:
    """Return a function of a vector with a dense Hessian, and a point."""
    rng = _rng()
    matrix = t.tensor(rng.normal(size=(n, n)) / np.sqrt(n))
    point = t.tensor(rng.normal(size=n))
    return lambda v: (t.tanh(matrix @ v) ** 2).sum() + (v.sin() * v).sum(), point


def hessian(n: int, way: str) -> dict[str, Setup]:
    """An n by n Hessian: by `functional.hessian`, `func.hessian`, or rows of double backward."""

    def torch_like(t: Any) -> Any:
        function, point = _curved(t, n)
        found: list[Any] = []

        def by_rows() -> Any:
            x = point.clone().requires_grad_()
            (g,) = t.autograd.grad(function(x), x, create_graph=True)
            eye = t.eye(n, dtype=t.float64)
            rows = [t.autograd.grad(g, x, eye[i], retain_graph=True)[0] for i in range(n)]
            return t.stack(rows)

        ways = {
            "rows": by_rows,
            "functional": lambda: t.autograd.functional.hessian(function, point),
            "func": lambda: t.func.hessian(function)(point),
        }

        def step() -> None:
            found[:] = [ways[way]()]

        return step, lambda: [h.detach().numpy() for h in found]

    return {"torch": torch_like}


def jacobian(n: int, way: str) -> dict[str, Setup]:
    """An n by n Jacobian: by `functional.jacobian` in one of its ways, or `func.jacrev`."""
    matrix = (_rng().normal(size=(n, n)) / n).astype(np.float32)

    def torch_like(t: Any) -> Any:
        m, x = t.tensor(matrix), t.ones(n)
        found: list[Any] = []

        def function(v: Any) -> Any:
            return t.tanh(m @ v)

        whole = t.autograd.functional.jacobian
        ways = {
            "functional": lambda: whole(function, x),
            "vectorize": lambda: whole(function, x, vectorize=True),
            "jacrev": lambda: t.func.jacrev(function)(x),
        }

        def step() -> None:
            found[:] = [ways[way]()]

        return step, lambda: [j.detach().numpy() for j in found]

    return {"torch": torch_like}


def per_sample(batch: int, sizes: tuple[int, int]) -> dict[str, Setup]:
    """The gradient of every sample's loss, by `vmap` of `grad`, of a network of two layers."""
    rng = _rng()
    inner, outer = sizes
    arrays = [
        rng.normal(size=shape).astype(np.float32)
        for shape in ((outer, inner), (1, outer), (batch, inner), (batch, 1))
    ]

    def torch_like(t: Any) -> Any:
        first, last, data, target = (t.tensor(a) for a in arrays)
        linear = t.nn.functional.linear

        def loss(weights: Any, x: Any, y: Any) -> Any:
            return ((linear(t.tanh(linear(x, weights[0])), weights[1]) - y) ** 2).sum()

        gradients = t.func.vmap(t.func.grad(loss), in_dims=(None, 0, 0))
        found: list[Any] = []

        def step() -> None:
            found[:] = gradients((first, last), data, target)

        return step, lambda: [g.numpy() for g in found]

    return {"torch": torch_like}


WORKLOADS = [
    Workload("Hessian 100-d, functional.hessian", 0.6, hessian(100, "functional")),
    Workload("Hessian 100-d, rows", 0.6, hessian(100, "rows")),
    Workload("Hessian 100-d, func.hessian", 1.5, hessian(100, "func")),
    Workload("Jacobian 256 x 256, functional", 0.35, jacobian(256, "functional")),
    Workload("Jacobian 256 x 256, vectorize", 1.0, jacobian(256, "vectorize")),
    Workload("Jacobian 256 x 256, jacrev", 1.5, jacobian(256, "jacrev")),
    Workload("gradients of 64 samples, vmap of grad", 1.5, per_sample(64, (30, 20))),
]
