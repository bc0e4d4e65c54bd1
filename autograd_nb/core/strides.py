"""In which order results lay out their dimensions in memory, as PyTorch's do.

Note [Channels last]
Images (n, c, h, w) and volumes (n, c, d, h, w) may lie in memory with their channels innermost.
Strides alone say so: there is no mark on the tensor, and layers give their results in the order
that the strides of their input suggest.  Where the strides allow both readings, as those of a
single channel do, row-major order is meant.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from .device import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    memory_format,
    preserve_format,
)

Array = np.ndarray[Any, Any]

_CHANNELS_LAST = {4: channels_last, 5: channels_last_3d}
"""What it is called, by the number of dimensions."""


# -- formats ---------------------------------------------------------------------------------------
def shaped(row: Array, shape: Sequence[int], layout: memory_format | None) -> Array:
    """Return a view of a row of elements, in row-major order or with the channels last.

    Raises
    ------
    RuntimeError
        If the number of dimensions is not that of the format.
    """
    if layout in (None, contiguous_format, preserve_format):
        return row.reshape(shape)
    for rank, known in _CHANNELS_LAST.items():
        if layout is known and len(shape) != rank:
            raise RuntimeError(f"required rank {rank} tensor to use {known.name} format")
    return np.ndarray(shape, row.dtype, row, 0, _last_strides(shape, row.itemsize))


def empty(shape: Sequence[int], dtype: np.dtype[Any], layout: memory_format) -> Array:
    """Return an uninitialised array; see `shaped`."""
    return shaped(np.empty(prod(shape), dtype), shape, layout)


def copied(array: Array, dtype: np.dtype[Any], layout: memory_format = preserve_format) -> Array:
    """Return a copy in a dtype and a memory format.

    Where the format is to be preserved, dimensions lie in memory as those of `empty_like` do.
    """
    if layout is preserve_format and (array.ndim < 2 or 0 not in array.strides):
        return array.astype(dtype)
    made = layout is preserve_format
    copy = empty_like(array, dtype) if made else empty(array.shape, dtype, layout)
    np.copyto(copy, array, casting="unsafe")
    return copy


def empty_like(array: Array, dtype: np.dtype[Any]) -> Array:
    """Return an uninitialised array whose dimensions lie in memory in the order of another's.

    NumPy has the same, but for expanded dimensions, whose stride is zero: PyTorch leaves those
    where they stand, NumPy puts them innermost.
    """
    if array.ndim < 2 or 0 not in array.strides:
        return np.empty_like(array, dtype, subok=False)
    order = _outer_first(array)
    memory = np.empty([array.shape[d] for d in order], dtype)
    return memory.transpose(np.argsort(order))


def is_in(array: Any, layout: memory_format) -> bool:
    """Say whether the elements lie without gaps in the order of a format."""
    if layout is contiguous_format or layout is preserve_format:
        return type(array) is not np.ndarray or bool(array.flags.c_contiguous)
    if _CHANNELS_LAST.get(array.ndim) is not layout:
        return False
    wanted = _last_strides(array.shape, array.itemsize)
    return all(
        n == 1 or step == due
        for n, step, due in zip(array.shape, array.strides, wanted, strict=True)
    )


def is_dense(array: Any) -> bool:
    """Say whether the elements fill a stretch of memory, in whatever order of dimensions."""
    if type(array) is not np.ndarray:
        return True
    step = array.itemsize
    for stride, n in sorted(zip(array.strides, array.shape, strict=True)):
        if n != 1:
            if stride != step:
                return False
            step *= n
    return True


def suggested(array: Any) -> memory_format:
    """Return the format that the strides of an array suggest for what is made of it."""
    if array.ndim not in _CHANNELS_LAST or array.flags.c_contiguous or not array.size:
        return contiguous_format
    least = 0
    for d in (1, *range(array.ndim - 1, 1, -1), 0):
        step = array.strides[d]
        if step < max(least, 1) or (d == 0 and least == array.strides[1]):
            return contiguous_format
        least = step * array.shape[d]
    return _CHANNELS_LAST[array.ndim]


def following(count: int = 1) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Lay out what a function of arrays returns as the first of its operands suggest.

    Parameters
    ----------
    count : int, default 1
        Operands of which one is enough to have the channels last.

    Returns
    -------
    callable
        A decorator of functions that return an array, or a tuple whose first is the result.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **named: Any) -> Any:
            found = function(*args, **named)
            for operand in args[:count]:
                if type(operand) is np.ndarray and operand.ndim >= 4:
                    layout = suggested(operand)
                    if layout is not contiguous_format:
                        return _laid_out(found, layout)
            return found

        return call

    return decorate


def _laid_out(found: Any, layout: memory_format) -> Any:
    if type(found) is tuple:
        like = found[0].shape
        return tuple(_laid_out(a, layout) if a.shape == like else a for a in found)
    if _CHANNELS_LAST.get(found.ndim) is not layout:
        return found
    if found.strides == _last_strides(found.shape, found.itemsize):
        return found
    return copied(found, found.dtype, layout)


def _last_strides(shape: Sequence[int], step: int) -> tuple[int, ...]:
    """Return the strides, in bytes, of an array with the channels last."""
    strides = [0] * len(shape)
    for d in (1, *range(len(shape) - 1, 1, -1), 0):
        strides[d] = step
        step *= max(shape[d], 1)
    return tuple(strides)


# -- orders ----------------------------------------------------------------------------------------


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
