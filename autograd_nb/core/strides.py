"""In which order copies lay out the dimensions of what they copy, as PyTorch's do."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def copied(array: Array, dtype: np.dtype[Any]) -> Array:
    """Return a copy in a dtype whose dimensions lie in memory in the order of the original's.

    NumPy does the same, but for expanded dimensions, whose stride is zero: PyTorch leaves those
    where they stand, NumPy puts them innermost.
    """
    if array.ndim < 2 or 0 not in array.strides:
        return array.astype(dtype)
    order = _outer_first(array)
    memory = np.empty([array.shape[d] for d in order], dtype)
    copy = memory.transpose(np.argsort(order))
    np.copyto(copy, array, casting="unsafe")
    return copy


def _outer_first(array: Array) -> list[int]:
    """Sort dimensions by their strides, outermost first, where strides tell."""
    order = list(reversed(range(array.ndim)))
    strides, sizes = array.strides, array.shape
    for i in range(1, array.ndim):
        at = i
        for before in reversed(range(i)):
            inner, outer = order[before], order[at]
            if not strides[inner] or not strides[outer]:
                continue
            larger = strides[inner] - strides[outer]
            if larger > 0 or (not larger and sizes[inner] > sizes[outer]):
                order[before], order[at] = outer, inner
                at = before
            elif larger < 0:
                break
    return order[::-1]
