"""Orthogonal polynomials of `torch.special`, by their recurrences."""

from __future__ import annotations

import numpy as np

from .registry import Sample, T, op


def _double(k, x, now, before):
    return 2 * x * now - before


def _hermite(k, x, now, before):
    return 2 * x * now - 2 * k * before


def _hermite_e(k, x, now, before):
    return x * now - k * before


def _laguerre(k, x, now, before):
    return ((2 * k + 1 - x) * now - k * before) / (k + 1)


def _legendre(k, x, now, before):
    return ((2 * k + 1) * x * now - k * before) / (k + 1)


def _evaluate(x, n, first, step):
    """Return the polynomials of degrees `n` at `x`; zero for negative degrees."""
    x, n = np.broadcast_arrays(x, n)
    # A degree that is no integer is cut off, as PyTorch's kernels do.
    n = np.trunc(n).astype(np.int64)
    before, now = np.ones_like(x), first(x)
    result = np.where(n == 0, before, x.dtype.type(0))
    for degree in range(1, int(n.max(initial=0)) + 1):
        result = np.where(n == degree, now, result)
        before, now = now, step(degree, x, now, before)
    return result[()]


def _polynomial(name, title, first, step, shifted=False):
    def forward(self, n):
        x = 2 * self - 1 if shifted else self
        return _evaluate(x, n, first, step)

    body = {
        "__doc__": f"""{title}, of degree `n` at each element.

    Parameters
    ----------
    self, n : Tensor or number, shapes that broadcast together
        Where, and the degree.

    Notes
    -----
    By its recurrence. Without derivative, as in PyTorch.
    """,
        "forward": forward,
        "samples": [
            Sample(T(3, 4, low=-1, high=1), T.of([0, 1, 2, 5], "int64")),
            Sample(
                T(4, low=-0.9, high=0.9, dtype="float32"), T.of([3.0, 1.0, 0.0, -1.0], "float32")
            ),
            Sample(T(low=-1, high=1), 4),
            Sample(0.5, T.of([1.0, 3.0])),
            Sample(T.of([1, 2], "int64"), T.of([2, 3], "int64")),
        ],
    }
    op(
        name=f"special_{name}",
        node=None,
        kind="nondifferentiable",
        promote="self n",
        to_float=True,
        functions=name,
        namespaces="special",
        torch_name=f"special.{name}",
    )(type(name, (), body))


_STARTS = {
    "t": lambda x: x,
    "u": lambda x: 2 * x,
    "v": lambda x: 2 * x - 1,
    "w": lambda x: 2 * x + 1,
}
_WORDS = {"t": "first", "u": "second", "v": "third", "w": "fourth"}
for _kind, _first in _STARTS.items():
    _title = f"Chebyshev polynomial of the {_WORDS[_kind]} kind"
    _polynomial(f"chebyshev_polynomial_{_kind}", _title, _first, _double)
    _polynomial(f"shifted_chebyshev_polynomial_{_kind}", f"Shifted {_title}", _first, _double, True)
_polynomial("hermite_polynomial_h", "Physicist's Hermite polynomial", _STARTS["u"], _hermite)
_polynomial("hermite_polynomial_he", "Probabilist's Hermite polynomial", _STARTS["t"], _hermite_e)
_polynomial("laguerre_polynomial_l", "Laguerre polynomial", lambda x: 1 - x, _laguerre)
_polynomial("legendre_polynomial_p", "Legendre polynomial", _STARTS["t"], _legendre)
