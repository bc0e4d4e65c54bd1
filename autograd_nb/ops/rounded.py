"""NumPy's elementary functions, in float32 with the last bit right.

Note [Rounded once]
NumPy's vector kernels for float32 miss the last bit in 10 to 40 % of results, PyTorch's in 1 to
5 %. Computed in float64 and rounded once, 94 to 99.9 % of the results equal PyTorch's (100,000
numbers a function). On arrays that people look at this costs under a microsecond; large ones take
NumPy's float32 kernel, which is twice as fast. Single numbers go through Python's `math`, where
it has an answer: it is three times as fast as NumPy.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.strides import copied

LARGEST = 1024  # elements that are worth the detour
_float32, _float64 = np.float32, np.float64
_FLOAT32 = np.dtype(np.float32)


def _rounded(ufunc: Any, single: Any) -> Any:
    def function(x: Any) -> Any:
        if type(x) is _float32:
            try:
                return _float32(single(x))
            except (ValueError, OverflowError):  # where the result is nan or infinite
                return _float32(ufunc(_float64(x)))
        if x.dtype is _FLOAT32 and x.size <= LARGEST:
            if x.ndim > 1 and 0 in x.strides:
                x = copied(x, _FLOAT32)
            return ufunc(x.astype(_float64)).astype(_float32)
        return ufunc(x)

    function.__name__ = ufunc.__name__
    function.__doc__ = ufunc.__doc__
    return function


exp, exp2 = _rounded(np.exp, math.exp), _rounded(np.exp2, math.exp2)
expm1, log = _rounded(np.expm1, math.expm1), _rounded(np.log, math.log)
log2, log10 = _rounded(np.log2, math.log2), _rounded(np.log10, math.log10)
log1p, sin = _rounded(np.log1p, math.log1p), _rounded(np.sin, math.sin)
cos, tan = _rounded(np.cos, math.cos), _rounded(np.tan, math.tan)
sinh, cosh = _rounded(np.sinh, math.sinh), _rounded(np.cosh, math.cosh)
tanh, arcsin = _rounded(np.tanh, math.tanh), _rounded(np.arcsin, math.asin)
arccos, arctan = _rounded(np.arccos, math.acos), _rounded(np.arctan, math.atan)
arcsinh, arccosh = _rounded(np.arcsinh, math.asinh), _rounded(np.arccosh, math.acosh)
arctanh = _rounded(np.arctanh, math.atanh)
