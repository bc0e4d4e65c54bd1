"""Sums with PyTorch's rounding: its order of addition, vectorised.

Note [Order of addition]
The last bit of a float32 sum depends on the order in which numbers are added, and it shows:
fifty fiftieths print `1.` or `1.0000`. PyTorch's CPU kernel (`SumKernel.cpp`) adds along vector
lanes of 32 bytes, four vectors at a time, in a cascade of four levels; rows are summed the same
way down each column. Adding whole rows with NumPy is sequential, so the same order costs
little. From 32,768 numbers on PyTorch splits the work among its threads, so that the order is the
machine's; there the fastest order that is as exact is taken. Tested bit for bit against PyTorch
2.13.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import blocks, sharing

PIECE = 4096  # numbers that are added along vector lanes, one after the other
GRAIN_SIZE = 32768  # PyTorch: from here on several threads share a reduction
LEVELS = 4
STEP = 16  # numbers that are added one after the other before the next level, at least
UNROLLED = 4  # vectors that are added side by side
_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
_reduce = np.add.reduce


def add_up(array: Any, axes: tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """Return the sum over some axes, all by default.

    Parameters
    ----------
    array : ndarray or numpy scalar
        Real float32 or float64 is added in PyTorch's order where it is dense in memory;
        anything else as NumPy does.
    axes : tuple of int, optional
        Not negative, without repeats.
    keepdims : bool, default False
        Keep the summed axes, with length 1.

    Returns
    -------
    ndarray or numpy scalar of the array's dtype
    """
    if type(array) is not np.ndarray or array.dtype not in _FLOATS or not array.size:
        return _by_numpy(array, axes, keepdims)
    if array.size >= GRAIN_SIZE:
        return _large(array, axes, keepdims)
    if axes is None or len(axes) == array.ndim:
        if array.flags.c_contiguous or array.flags.f_contiguous:
            found = total(array.ravel("K"))
            return found.reshape((1,) * array.ndim) if keepdims else found
        axes = tuple(range(array.ndim))
    shape = array.shape
    if axes and array.flags.c_contiguous and 1 not in shape:
        n, ndim = len(axes), len(shape)
        if axes[0] == ndim - n:  # the last ones
            found = inner(array.reshape(math.prod(shape[:-n]), -1)).reshape(shape[:-n])
            return np.expand_dims(found, axes) if keepdims else found
        if axes[-1] == n - 1:  # the first ones
            found = outer(array.reshape(-1, math.prod(shape[n:]))).reshape(shape[n:])
            return np.expand_dims(found, axes) if keepdims else found
    # In the order of memory, with neighbours of one kind taken together.
    order = sorted(range(array.ndim), key=lambda axis: -array.strides[axis])
    dense = array.transpose(order)
    if not dense.flags.c_contiguous:
        return _by_numpy(array, axes, keepdims)
    groups: list[list[int]] = []  # [summed, length]
    for axis in order:
        length, summed = array.shape[axis], int(axis in axes)
        if length == 1:
            continue
        if groups and groups[-1][0] == summed:
            groups[-1][1] *= length
        else:
            groups.append([summed, length])
    kinds = [summed for summed, _ in groups]
    lengths = [length for _, length in groups]
    if kinds in ([], [0]):
        found = dense.copy()  # a sum is never a view of what was summed
    elif kinds == [1]:
        found = total(dense.ravel())
    elif kinds == [0, 1]:
        found = inner(dense.reshape(lengths))
    elif kinds == [1, 0]:
        found = outer(dense.reshape(lengths))
    elif kinds == [0, 1, 0]:
        found = outer(dense.reshape(lengths).transpose(1, 0, 2))
    else:
        return _by_numpy(array, axes, keepdims)
    kept = [axis for axis in order if axis not in axes]
    found = found.reshape([array.shape[axis] for axis in kept])
    if kept != sorted(kept):
        found = found.transpose(np.argsort(kept))
    return np.expand_dims(found, axes) if keepdims else found[()]


def _by_numpy(array: Any, axes: tuple[int, ...] | None, keepdims: bool) -> Any:
    # Not np.sum: what NumPy warns about in a function of its own cannot be filtered by module.
    kept: Any = keepdims
    return np.add.reduce(array, axes, array.dtype, keepdims=kept)


# -- in any order ----------------------------------------------------------------------------------
def _large(array: Any, axes: tuple[int, ...] | None, keepdims: bool) -> Any:
    """Sum in an order of our own: `einsum` adds along vector lanes, faster than `add.reduce`."""
    shape, ndim = array.shape, array.ndim
    n = ndim if axes is None else len(axes)
    last = axes is None or (n > 0 and axes[0] == ndim - n)
    if not last or not array.flags.c_contiguous:
        return _by_numpy(array, axes, keepdims)
    if n == ndim:
        found = _by_numpy(_rows_added(array.reshape(1, -1)), None, False)
        return found.reshape((1,) * ndim) if keepdims else found
    assert axes is not None
    found = _rows_added(array.reshape(math.prod(shape[:-n]), -1))
    found = _by_numpy(found, (1,), False).reshape(shape[:-n])
    return np.expand_dims(found, axes) if keepdims else found


def _rows_added(rows: Any) -> Any:
    """Return the sums of short pieces of each row: a row of them for each row, maybe of one."""
    n, m = rows.shape
    piece = min(m, PIECE)
    whole, rest = divmod(m, piece)
    body = rows[:, : m - rest].reshape(n, whole, piece)
    found = np.empty((n, whole + (rest > 0)), rows.dtype)
    axis = 0 if n >= whole else 1  # the longer one is shared by the threads
    length = body.shape[axis]
    parts = min(max(rows.size // blocks.LARGE, 1), length)
    edges = [length * i // parts for i in range(parts + 1)]

    def add(bounds: Iterator[tuple[int, int]]) -> None:
        for ends in bounds:
            part = (slice(None),) * axis + (slice(*ends),)
            np.einsum("nkp->nk", body[part], out=found[:, :whole][part])

    sharing.share(list(itertools.pairwise(edges)), add)
    if rest:
        np.einsum("np->n", rows[:, m - rest :], out=found[:, -1])
    return found


# -- in PyTorch's order ----------------------------------------------------------------------------
def total(flat: Any) -> Any:
    """Return the sum of all elements of a contiguous vector."""
    n = flat.shape[0]
    lanes = 32 // flat.itemsize
    if n < lanes:
        if n > UNROLLED:
            flat = np.concatenate([flat[:1], flat[UNROLLED:], flat[1:UNROLLED]])
        return np.add.accumulate(flat)[-1]
    vectors = n // lanes
    if n == vectors * lanes:
        return np.add.accumulate(_unrolled(flat.reshape(vectors, lanes)))[-1]
    sums = _unrolled(flat[: vectors * lanes].reshape(vectors, lanes))
    tail = flat[vectors * lanes :]
    return np.add.accumulate(np.concatenate([tail, sums]))[-1]


def inner(rows: Any) -> Any:
    """Return the sum of each row of a matrix, of shape (n, m), contiguous in memory."""
    n, m = rows.shape
    lanes = 32 // rows.itemsize
    vectors = m // lanes
    if not vectors:
        return _unrolled(rows.T)
    body = rows[:, : vectors * lanes].reshape(n, vectors, lanes)
    sums = _unrolled(body.transpose(1, 0, 2))
    tail = rows[:, vectors * lanes :]
    # A copy, not a column that holds on to all the partial sums.
    return np.add.accumulate(np.concatenate([tail, sums], axis=1), axis=1)[:, -1].copy()


def outer(rows: Any) -> Any:
    """Return the sum over the first axis of an array whose last axis is contiguous."""
    m = rows.shape[-1]
    lanes = 32 // rows.itemsize
    block = UNROLLED if m < lanes else UNROLLED * lanes
    wide = m // block * block
    if wide == m:
        return _cascade(rows)
    if not wide:
        return _unrolled(rows)
    return np.concatenate([_cascade(rows[..., :wide]), _unrolled(rows[..., wide:])], axis=-1)


def _in_order(items: Any) -> Any:
    """Add along the first axis, one after the other."""
    if items[0].size == 1:
        # NumPy would add a single column pairwise; accumulate never does.
        return np.add.accumulate(items, axis=0)[-1]
    return _reduce(items, axis=0)


def _unrolled(items: Any) -> Any:
    """Add along the first axis as four interleaved cascades, then those."""
    size = items.shape[0] // UNROLLED
    rest = items[size * UNROLLED :]
    if not size:
        return _in_order(rest)
    groups = items[: size * UNROLLED].reshape(size, UNROLLED, *items.shape[1:])
    partial = _reduce(groups, axis=0) if size < STEP else _cascade(groups)
    if not len(rest):
        return _in_order(partial)
    return _in_order(np.concatenate([partial[:1], rest, partial[1:]]))


def _cascade(items: Any) -> Any:
    """Add along the first axis in blocks, blocks of blocks, and so on, four levels deep."""
    size = items.shape[0]
    step = max(STEP, 1 << (size - 1).bit_length() // LEVELS) if size > 1 else STEP
    result = None
    level: Any = items
    for depth in range(LEVELS):
        count = level.shape[0] // step if depth < LEVELS - 1 else 0
        rest = level[count * step :]
        part = _in_order(rest) if len(rest) else None
        if part is not None:
            result = part if result is None else result + part
        if not count:
            break
        blocks = level[: count * step].reshape(count, step, *level.shape[1:])
        level = _block_sums(blocks)
    return result


def _block_sums(blocks: Any) -> Any:
    """Add each block along its first axis, one after the other."""
    if blocks[0, 0].size == 1:
        return np.add.accumulate(blocks, axis=1)[:, -1]
    return _reduce(blocks, axis=1)
