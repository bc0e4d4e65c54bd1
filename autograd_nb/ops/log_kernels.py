"""Logarithms of complex numbers near one, and of sums of complex exponentials."""

from __future__ import annotations

from typing import Any

import numpy as np


def log1p(z: Any) -> Any:
    """Return ``log(1 + z)``, accurate near zero."""
    x, y = np.real(z), np.imag(z)
    near = np.hypot(x, y) < 0.5
    square = np.where(near, x * (2 + x) + y * y, 0)
    with np.errstate(divide="ignore"):
        far = np.log(np.hypot(x + 1, y))
    # Where the square underflows, the real part is all that is left of it.
    length = np.where(near, np.where(square == 0, x, np.log1p(square) / 2), far)
    return _complex(length, np.arctan2(y, x + 1), z)


def log_add_exp(a: Any, b: Any) -> Any:
    """Return ``log(exp(a) + exp(b))`` of complex numbers, infinite ones too, as PyTorch does."""
    swap = np.real(a) < np.real(b)
    low, high = np.where(swap, a, b), np.where(swap, b, a)
    same = (low.real == high.real) & ~np.isfinite(low.real)
    with np.errstate(invalid="ignore", over="ignore"):
        found = log1p(_exp(low - high)) + high
        found = np.where(same, np.log(_exp(low) + _exp(high)), found)
    found = np.where(same & (low.real < 0), a, found)
    return np.where(np.isnan(a) | np.isnan(b), complex(np.nan, np.nan), found).astype(a.dtype)


def _exp(z: Any) -> Any:
    """Return ``exp(z)``, where a part of an infinite number that is none times it is zero."""
    size, cos, sin = np.exp(z.real), np.cos(z.imag), np.sin(z.imag)
    endless = np.isposinf(size)
    found = _complex(
        np.where(endless & (cos == 0), 0, size * cos),
        np.where(endless & (sin == 0), 0, size * sin),
        z,
    )
    return np.where(np.isneginf(z.real), 0, found)


def _complex(real: Any, imag: Any, like: Any) -> Any:
    found = np.empty(np.shape(real), like.dtype)
    found.real, found.imag = real, imag
    return found[()]
