"""Elementary functions with the last bit that PyTorch's CPU kernels give.

Random numbers are functions of a few integers, so "same seed, same numbers" needs functions that
agree to the last bit, on every machine.  NumPy's own ``log``, ``sin``, ... choose their code by the
processor's features and differ from the C library in some last bits; what follows does not.

These are the C library's functions, which PyTorch's serial loops call, and fused multiply-adds,
which its compiler makes of ``a * b + c``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32s = NDArray[np.float32]
Float64s = NDArray[np.float64]


def _each(function: Callable[[float], float], x: Float64s) -> Float64s:
    return np.fromiter(map(function, x.tolist()), np.float64, x.size)


def log(x: Float64s) -> Float64s:
    """Natural logarithm of numbers in (0, 1], as the C library rounds it."""
    result = np.empty_like(x)
    # Below one half, clog(x + 0i) is log(hypot(x, 0)) = log(x) of the C library, without a
    # Python call for each number; from one half on it goes by log1p and rounds otherwise.
    small = x < 0.5
    result[small] = np.log(x[small].astype(np.complex128)).real
    large = ~small
    result[large] = _each(math.log, x[large])
    return result


def log1p(x: Float64s) -> Float64s:
    """log(1 + x), as the C library rounds it."""
    return _each(math.log1p, x)


def exp(x: Float64s) -> Float64s:
    """Exponential, as the C library rounds it, infinite where it overflows."""
    values = x.astype(np.complex128)
    return np.exp(values).real


def tan(x: Float64s) -> Float64s:
    """Tangent, as the C library rounds it."""
    return _each(math.tan, x)


def cos_sin(x: Float64s) -> tuple[Float64s, Float64s]:
    """Cosine and sine, as the C library rounds them."""
    # cexp(0 + ix) multiplies the C library's cos(x) and sin(x) by exp(0) = 1, exactly.
    turned = np.zeros(x.shape, np.complex128)
    turned.imag = x
    turned = np.exp(turned)
    return turned.real, turned.imag


def rounded(
    fast: Callable[[Float64s], Float64s],
    exact: Callable[[Float64s], Float64s],
    x: Float64s,
    dtype: np.dtype[Any],
) -> NDArray[Any]:
    """Evaluate `exact` and round to `dtype`, calling it only where the rounding needs it.

    `fast` may be wrong by a few units in the last place of a double. Where moving its result by
    eight such units leaves the rounded number unchanged, so does the exact one.
    """
    if dtype == np.float64:
        return exact(x)
    near = fast(x)
    slack = np.abs(near) * 2.0**-49
    low, high = narrow(near - slack, dtype), narrow(near + slack, dtype)
    unsure = low != high
    if unsure.any():
        low[unsure] = narrow(exact(x[unsure]), dtype)
    return low


def narrow(x: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Cast doubles as PyTorch does: to float16 by way of float32."""
    with np.errstate(over="ignore"):
        if dtype == np.float16:
            x = x.astype(np.float32)
        return x.astype(dtype)


def fma64(a: Float64s, b: float, c: float) -> Float64s:
    """Give ``a * b + c`` with one rounding (Dekker's product and Knuth's sum)."""
    if c == 0.0 or not math.isfinite(b * c):
        return a * b + c
    if b == 1.0:
        return a + c
    product = a * b
    a_high = _high_half(a)
    b_high = float(_high_half(np.float64(b)))
    a_low, b_low = a - a_high, b - b_high
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    total = product + c
    back = total - product
    rest = (product - (total - back)) + (c - back)
    result: Float64s = total + (rest + error)
    return result


def _high_half(x: Any) -> Any:
    spread = x * 134217729.0  # 2**27 + 1 splits 53 bits into two halves
    return spread - (spread - x)


def fma32(a: Float32s, b: float, c: float) -> Float32s:
    """Give ``a * b + c`` in single precision with one rounding; `b` and `c` are cast first."""
    b, c = float(np.float32(b)), float(np.float32(c))
    if b == 1 and c == 0:
        return a + np.float32(0)  # not `a`: adding 0.0 turns -0.0 into 0.0
    result: Float32s = (a.astype(np.float64) * b + c).astype(np.float32)
    return result
