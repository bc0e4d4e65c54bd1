"""What is timed. A workload is a set-up for one engine: it returns `step`, and `gradients`.

`step()` does one forward and backward pass (or optimizer step); `gradients()` returns arrays that
must agree between the engines before any time counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

Setup = Callable[[Any], tuple[Callable[[], Any], Callable[[], list[Any]]]]


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    Attributes
    ----------
    name : str
    goal : float
        Wanted time relative to PyTorch.
    setups : dict
        By kind of engine: "torch" (PyTorch and autograd_nb), "autograd", "mygrad".
    inner : int
        Steps per timed run.
    named : bool
        Takes minutes, or is not about derivatives: only run when it is named.
    """

    name: str
    goal: float
    setups: dict[str, Setup]
    inner: int = 1
    named: bool = False


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


# -- chains of small operations ------------------------------------------------------------------
def chain(shape: tuple[int, ...], length: int) -> dict[str, Setup]:
    """sin, mul, exp, mul, add on one tensor, over and over."""
    start = np.asarray(_rng().uniform(0.1, 0.5, shape), np.float32)

    def run(sin: Any, exp: Any, x: Any) -> Any:
        y = x
        for _ in range(length // 5):
            y = sin(y)
            y = y * x
            y = exp(y)
            y = y * 0.5
            y = y + 0.1
        return y

    def torch_like(t: Any) -> Any:
        x = t.tensor(start.tolist(), requires_grad=True)

        def step() -> None:
            x.grad = None
            y = run(t.sin, t.exp, x)
            (y.sum() if shape else y).backward()

        return step, lambda: [x.grad.numpy()]

    def hips(_: Any) -> Any:
        import autograd.numpy as anp
        from autograd import grad

        found: list[Any] = []
        function = grad(lambda v: anp.sum(run(anp.sin, anp.exp, v)))

        def step() -> None:
            found[:] = [function(start if shape else float(start))]

        return step, lambda: found

    def mygrad(_: Any) -> Any:
        import mygrad as mg

        x = mg.tensor(start)

        def step() -> None:
            run(mg.sin, mg.exp, x).sum().backward()

        return step, lambda: [x.grad]

    return {"torch": torch_like, "autograd": hips, "mygrad": mygrad}


# -- multilayer perceptrons ----------------------------------------------------------------------
def mlp(sizes: tuple[int, ...], batch: int, optimizer: str | None) -> dict[str, Setup]:
    """A tanh network with mean squared error; with an optimizer step if one is named."""
    rng = _rng()
    data = rng.normal(size=(batch, sizes[0])).astype(np.float32)
    target = rng.normal(size=(batch, sizes[-1])).astype(np.float32)
    weights = [
        (rng.normal(size=(a, b)) / np.sqrt(a)).astype(np.float32) for a, b in pairwise(sizes)
    ]
    biases = [np.zeros(b, np.float32) for b in sizes[1:]]

    def forward(tanh: Any, x: Any, ws: Any, bs: Any) -> Any:
        for i, (w, b) in enumerate(zip(ws, bs, strict=True)):
            x = x @ w + b
            if i + 1 < len(ws):
                x = tanh(x)
        return x

    def torch_like(t: Any) -> Any:
        x, y = t.tensor(data), t.tensor(target)
        ws = [t.tensor(w, requires_grad=True) for w in weights]
        bs = [t.tensor(b, requires_grad=True) for b in biases]
        opt = None
        if optimizer is not None:
            opt = getattr(t.optim, optimizer)([*ws, *bs], lr=1e-3)

        def step() -> None:
            for p in (*ws, *bs):
                p.grad = None
            ((forward(t.tanh, x, ws, bs) - y) ** 2).mean().backward()
            if opt is not None:
                opt.step()

        return step, lambda: [p.grad.numpy() for p in (*ws, *bs)]

    def hips(_: Any) -> Any:
        import autograd.numpy as anp
        from autograd import grad

        parameters = [p.copy() for p in (*weights, *biases)]
        n = len(weights)
        function = grad(lambda p: anp.mean((forward(anp.tanh, data, p[:n], p[n:]) - target) ** 2))
        found: list[Any] = []

        def step() -> None:
            found[:] = function(parameters)
            if optimizer is not None:
                for p, g in zip(parameters, found, strict=True):
                    p -= np.float32(1e-3) * g

        return step, lambda: found

    def mygrad(_: Any) -> Any:
        import mygrad as mg

        ws, bs = [mg.tensor(w) for w in weights], [mg.tensor(b) for b in biases]

        def step() -> None:
            ((forward(mg.tanh, data, ws, bs) - target) ** 2).mean().backward()
            if optimizer is not None:
                for p in (*ws, *bs):
                    p.data -= np.float32(1e-3) * p.grad

        return step, lambda: [p.grad for p in (*ws, *bs)]

    peers = {"torch": torch_like}
    if optimizer in (None, "SGD"):
        peers |= {"autograd": hips, "mygrad": mygrad}
    return peers


# -- larger arrays -------------------------------------------------------------------------------
def elementwise(n: int, dtype: str) -> dict[str, Setup]:
    """exp, tanh, mul, sub, log1p on one long vector."""
    start = _rng().uniform(0.1, 1.0, n).astype(dtype)

    def run(m: Any, x: Any) -> Any:
        return m.log1p(m.exp(x) * m.tanh(x) - x * 0.5)

    def torch_like(t: Any) -> Any:
        x = t.from_numpy(start.copy()).requires_grad_()

        def step() -> None:
            x.grad = None
            run(t, x).sum().backward()

        return step, lambda: [x.grad.numpy()]

    def hips(_: Any) -> Any:
        import autograd.numpy as anp
        from autograd import grad

        function = grad(lambda v: anp.sum(run(anp, v)))
        found: list[Any] = []

        def step() -> None:
            found[:] = [function(start)]

        return step, lambda: found

    def mygrad(_: Any) -> Any:
        import mygrad as mg

        x = mg.tensor(start)

        def step() -> None:
            run(mg, x).sum().backward()

        return step, lambda: [x.grad]

    return {"torch": torch_like, "autograd": hips, "mygrad": mygrad}


def matmul(n: int) -> dict[str, Setup]:
    """One square matrix product and its two gradients."""
    rng = _rng()
    left, right = (rng.normal(size=(n, n)).astype(np.float32) for _ in range(2))

    def torch_like(t: Any) -> Any:
        a, b = t.tensor(left, requires_grad=True), t.tensor(right, requires_grad=True)

        def step() -> None:
            a.grad = b.grad = None
            (a @ b).sum().backward()

        return step, lambda: [a.grad.numpy(), b.grad.numpy()]

    return {"torch": torch_like}


# -- derivatives of derivatives ------------------------------------------------------------------
def newton(steps: int) -> dict[str, Setup]:
    """Newton's method in two dimensions, the Hessian by double backward."""

    def torch_like(t: Any) -> Any:
        last: list[Any] = []

        def step() -> None:
            x = t.tensor([-1.2, 1.0], dtype=t.float64, requires_grad=True)
            for _ in range(steps):
                loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
                (g,) = t.autograd.grad(loss, x, create_graph=True)
                rows = [t.autograd.grad(g[i], x, retain_graph=True)[0] for i in range(2)]
                h = np.stack([r.numpy() for r in rows])
                moved = x.detach().numpy() - np.linalg.solve(h, g.detach().numpy())
                x = t.tensor(moved, requires_grad=True)
            last[:] = [x.detach().numpy()]

        return step, lambda: last

    return {"torch": torch_like}


def jacobian(n: int) -> dict[str, Setup]:
    """An n by n Jacobian, row by row on one graph."""
    matrix = (_rng().normal(size=(n, n)) / n).astype(np.float32)

    def torch_like(t: Any) -> Any:
        m = t.tensor(matrix)
        x = t.ones(n, requires_grad=True)
        rows: list[Any] = []

        def step() -> None:
            y = t.tanh(m @ x)
            eye = t.eye(n)
            rows[:] = [
                t.autograd.grad(y, x, eye[i], retain_graph=True)[0].numpy() for i in range(n)
            ]

        return step, lambda: rows

    return {"torch": torch_like}


# -- what teachers do ----------------------------------------------------------------------------
def custom_function(length: int) -> dict[str, Setup]:
    """A chain of a user-written exp(-x)."""

    def torch_like(t: Any) -> Any:
        class Decay(t.autograd.Function):  # type: ignore[misc,name-defined]
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                y = (-x).exp()
                ctx.save_for_backward(y)
                return y

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                (y,) = ctx.saved_tensors
                return -g * y

        x = t.tensor([0.3] * 8, requires_grad=True)

        def step() -> None:
            x.grad = None
            y = x
            for _ in range(length):
                y = Decay.apply(y)
            y.sum().backward()

        return step, lambda: [x.grad.numpy()]

    return {"torch": torch_like}


def hooks(length: int) -> dict[str, Setup]:
    """A chain with a hook on every intermediate."""

    def torch_like(t: Any) -> Any:
        x = t.tensor([0.3] * 8, requires_grad=True)

        def step() -> None:
            x.grad = None
            seen = []
            y = x
            for _ in range(length):
                y = y * 1.01
                y.register_hook(seen.append)
            y.sum().backward()
            assert len(seen) == length

        return step, lambda: [x.grad.numpy()]

    return {"torch": torch_like}


def fan_in(n: int) -> dict[str, Setup]:
    """The sum of many leaves."""

    def torch_like(t: Any) -> Any:
        leaves = [t.tensor(float(i % 7), requires_grad=True) for i in range(n)]

        def step() -> None:
            for leaf in leaves:
                leaf.grad = None
            total = leaves[0]
            for leaf in leaves[1:]:
                total = total + leaf
            total.backward()

        return step, lambda: [leaves[0].grad.numpy(), leaves[-1].grad.numpy()]

    return {"torch": torch_like}


def fan_out(n: int) -> dict[str, Setup]:
    """Many uses of one leaf."""

    def torch_like(t: Any) -> Any:
        leaf = t.tensor([0.5] * 8, requires_grad=True)

        def step() -> None:
            leaf.grad = None
            total = leaf * 0.5
            for _ in range(n // 2):
                total = total + leaf * leaf
            total.sum().backward()

        return step, lambda: [leaf.grad.numpy()]

    return {"torch": torch_like}


def broadcast(n: int) -> dict[str, Setup]:
    """Bias addition and reductions along both axes."""
    rng = _rng()
    square = rng.normal(size=(n, n)).astype(np.float32)
    row = rng.normal(size=n).astype(np.float32)

    def torch_like(t: Any) -> Any:
        x, b = t.tensor(square, requires_grad=True), t.tensor(row, requires_grad=True)

        def step() -> None:
            x.grad = b.grad = None
            y = x + b
            (y.sum(0) * y.mean(1)).sum().backward()

        return step, lambda: [x.grad.numpy(), b.grad.numpy()]

    return {"torch": torch_like}


WORKLOADS = [
    Workload("chain of 1,000 ops, scalar", 0.35, chain((), 1000)),
    Workload("chain of 1,000 ops, shape (8,)", 0.5, chain((8,), 1000)),
    Workload("chain of 10,000 ops, scalar", 0.5, chain((), 10_000)),
    Workload("chain of 100,000 ops, scalar", 0.5, chain((), 100_000)),
    Workload("chain of 1,000,000 ops, scalar", 0.5, chain((), 1_000_000), named=True),
    Workload("custom Function, 200 times", 0.6, custom_function(200)),
    Workload("hook on each of 500 intermediates", 0.6, hooks(500)),
    Workload("Newton in 2-D, 6 double backwards", 0.6, newton(6)),
    Workload("Jacobian 256 x 256 by rows", 0.35, jacobian(256)),
    Workload("MLP 64-64-10, batch 32", 0.4, mlp((64, 64, 10), 32, None), 20),
    Workload("MLP 64-64-10, batch 32, SGD step", 0.4, mlp((64, 64, 10), 32, "SGD"), 20),
    Workload("MLP 64-64-10, batch 32, Adam step", 0.4, mlp((64, 64, 10), 32, "Adam"), 20),
    Workload("MLP 1024-1024-1024, batch 256", 1.05, mlp((1024, 1024, 1024), 256, None)),
    Workload("matmul 1024", 1.05, matmul(1024)),
    Workload("matmul 2048", 1.05, matmul(2048)),
    Workload("exp/tanh/mul/sub/log1p, 10M float32", 0.4, elementwise(10_000_000, "float32")),
    Workload("exp/tanh/mul/sub/log1p, 10M float64", 0.45, elementwise(10_000_000, "float64")),
    Workload("sum of 10,000 leaves", 0.5, fan_in(10_000)),
    Workload("10,000 uses of one leaf", 0.5, fan_out(10_000)),
    Workload("bias and reductions, 1000 x 1000", 1.0, broadcast(1000)),
]
