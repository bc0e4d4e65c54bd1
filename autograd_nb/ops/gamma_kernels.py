"""How gamma and beta numbers move with their shape parameters, at a fixed rank among all draws.

Note [Derivative of a draw]
    A number x of rank F(x; a) keeps its rank when a moves if dx/da = -(dF/da) / (dF/dx)
    (M. Figurnov, S. Mohamed, A. Mnih, 2018). F is a series whose terms have one sign; the
    derivative of a term is the term times a difference of a logarithm and a digamma, and all is
    divided by the density. For large a the normal approximation of the rank (E. A. Cornish and
    R. A. Fisher) is differentiated instead. PyTorch approximates to a few parts in ten thousand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .special_kernels import digamma

Floats = NDArray[Any]
_LARGE = 2000.0


def gamma_shift(a: Floats, x: Floats) -> Floats:
    """Return dx/da for numbers x of gamma distributions with shape a and rate 1."""
    a64, x64 = np.broadcast_arrays(a.astype(np.float64), x.astype(np.float64))
    found = np.empty(a64.shape)
    large = a64 > _LARGE
    found[large] = _large_gamma(a64[large], x64[large])
    found[~large] = _small_gamma(a64[~large], x64[~large])
    return found.astype(x.dtype)


def _small_gamma(a: Floats, x: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = digamma(a + 1) - np.log(x)
        term = x / a
        total = term * gap
        n = 1.0
        while total.size and n < 1e5:
            gap = gap + 1 / (a + n)
            term = term * (x / (a + n))
            total = total + term * gap
            if not (term * np.abs(gap) > 1e-17 * np.abs(total)).any():
                break
            n += 1
    found: Floats = np.where(x > 0, total, 0.0)
    return found


def _large_gamma(a: Floats, x: Floats) -> Floats:
    # x = a + z sqrt(a) + (z^2 - 1) / 3 + (z^3 - 7 z) / (36 sqrt(a)), solved for z by Newton steps
    root = np.sqrt(a)
    z = (x - a) / root
    for _ in range(4):
        value = a + z * root + (z * z - 1) / 3 + (z**3 - 7 * z) / (36 * root)
        z = z - (value - x) / (root + 2 * z / 3 + (3 * z * z - 7) / (36 * root))
    shift: Floats = 1 + z / (2 * root) - (z**3 - 7 * z) / (72 * a * root)
    return shift


def dirichlet_shift(x: Floats, a: Floats, total: Floats) -> Floats:
    """Return dx/da / (1 - x) for parts x of Dirichlet vectors, as PyTorch's backward wants it."""
    x64, a64, t64 = np.broadcast_arrays(*(v.astype(np.float64) for v in (x, a, total)))
    b64 = t64 - a64
    below = x64 <= np.clip(a64 / t64, 0.05, 0.95)
    found = np.empty(x64.shape)
    found[below] = _beta_below(x64[below], a64[below], b64[below])
    found[~below] = _beta_above(x64[~below], a64[~below], b64[~below])
    return found.astype(x.dtype)


def _beta_below(x: Floats, a: Floats, b: Floats) -> Floats:
    """Sum the series of the lower tail: terms x^(a+n) (1-x)^b G(a+b+n) / (G(a+n+1) G(b))."""
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = digamma(a + 1) - digamma(a + b) - np.log(x)
        return _series(x / a, gap, x, a, b, lambda n: 1 / (a + n) - 1 / (a + b + n - 1))


def _beta_above(x: Floats, a: Floats, b: Floats) -> Floats:
    """Sum the series of the upper tail, where only G(a+b+n) / G(a) moves with a."""
    y = 1 - x
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.log(x) + digamma(a + b) - digamma(a)
        return _series(x / b, gap, y, b, a, lambda n: 1 / (a + b + n - 1))


def _series(first: Floats, gap: Floats, x: Floats, a: Floats, b: Floats, step: Any) -> Floats:
    """Add up terms times gaps; a term is the one before times x (a+b+n-1) / (a+n)."""
    term, total, n = first, first * gap, 1.0
    while total.size and n < 1e5:
        gap = gap + step(n)
        term = term * (x * (a + b + n - 1) / (a + n))
        total = total + term * gap
        if not (np.abs(term * gap) > 1e-17 * np.abs(total)).any():
            break
        n += 1
    return total
