"""Memory of large arrays, used again instead of given back to the system.

Note [Large buffers]
The system hands out fresh memory page by page and zeroed: for a large array that costs as much as
the arithmetic. So the engine takes arrays of `SMALLEST` bytes or more from here. Such an array
stands on a lease, and every view of it, the user's slices, `.numpy()` and `.grad` too, holds the
array. When the last of them is gone, the lease returns its memory: what anybody can still see is
never handed out again.

Everything here is one atomic step on a list or a dict, without a lock: a lease may end in any
thread, in the middle of any of these functions, or in the child after a fork.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

SMALLEST = 160 << 10  # bytes; the C library keeps smaller pieces for the next one who asks
LIMIT = 256 << 20  # bytes of free memory that are kept
# Bytes: a page. A result that begins a cache line further on its page than an operand, as memory
# fresh from the C library does if rounded up to lines, makes the processor take each load for one
# of what was just stored: an exponential of a million numbers takes 540 us then, and else 445.
ALIGNMENT = 4096
STEPS = 256  # sizes are rounded up to this part of a power of two, so that they meet again

_free: dict[int, list[_Memory]] = {}  # by size


class _Memory:
    """A piece of memory.

    Attributes
    ----------
    size, address : int
        In bytes.
    """

    __slots__ = ("_owner", "address", "size")

    def __init__(self, size: int) -> None:
        self._owner = np.empty(size + ALIGNMENT, np.uint8)
        address = self._owner.ctypes.data
        self.address = address + -address % ALIGNMENT
        self.size = size


class _Lease:
    """What an array from the pool has as its `base`: ends when the array and its views do."""

    __slots__ = ("__array_interface__", "_memory")

    def __init__(self, memory: _Memory, shape: tuple[int, ...], kind: np.dtype[Any]) -> None:
        self._memory = memory
        self.__array_interface__ = {
            "version": 3,
            "shape": shape,
            "typestr": kind.str,
            "data": (memory.address, False),
        }

    def __del__(self, at_end: Any = sys.is_finalizing) -> None:
        if not at_end():  # when Python ends, the names of this file are gone before the last array
            _give_back(self._memory)


def empty(shape: tuple[int, ...], kind: np.dtype[Any]) -> Any:
    """Return an uninitialised C-contiguous array, on reused memory if it is large.

    Parameters
    ----------
    shape : tuple of int
    kind : numpy.dtype

    Returns
    -------
    ndarray
    """
    size = math.prod(shape) * kind.itemsize
    if size < SMALLEST:
        return np.empty(shape, kind)
    step = (1 << size.bit_length() - 1) // STEPS
    size = -(-size // step) * step
    try:
        pieces = _free[size]
        memory = pieces.pop()
        if not pieces:  # sizes that nobody asks for again are not counted for ever
            _free.pop(size, None)
    except (KeyError, IndexError):
        memory = _Memory(size)
    return np.asarray(_Lease(memory, shape, kind))


def zeros(shape: tuple[int, ...], kind: Any) -> Any:
    """Return zeros, on reused memory if they are many: writing them costs less than fresh pages.

    Parameters
    ----------
    shape : tuple of int
    kind : numpy.dtype or what stands for one

    Returns
    -------
    ndarray
    """
    kind = np.dtype(kind)
    if math.prod(shape) * kind.itemsize < SMALLEST:
        return np.zeros(shape, kind)
    result = empty(shape, kind)
    result.fill(0)
    return result


def expanded(array: Any, shape: tuple[int, ...]) -> Any:
    """Return an array's numbers written out in a larger shape.

    Parameters
    ----------
    array : ndarray or numpy scalar, broadcastable to `shape`
    shape : tuple of int

    Returns
    -------
    ndarray
        C-contiguous.
    """
    result = empty(shape, array.dtype)
    result[...] = array
    return result


def contiguous(array: Any) -> Any:
    """Return an array in row-major order: itself if it is, else a copy.

    Parameters
    ----------
    array : ndarray

    Returns
    -------
    ndarray
        C-contiguous.
    """
    return array if array.flags.c_contiguous else expanded(array, array.shape)


def is_own(array: Any) -> bool:
    """Say whether an array holds its memory by itself: all who see it hold the array, too.

    Parameters
    ----------
    array : ndarray

    Returns
    -------
    bool
        True for an array that owns its memory, for one that `empty` made, and for such a one in
        another shape if nobody else holds it; not for other views.
    """
    base = array.base
    if base is None:
        return bool(array.flags.owndata)
    if type(base) is not np.ndarray:
        return type(base) is _Lease
    whole = base.size == array.size and array.flags.forc
    return whole and sys.getrefcount(base) == 3 and is_own(base)


def held() -> int:
    """Return how many bytes are kept for later use."""
    return sum(size * len(pieces) for size, pieces in list(_free.items()))


def clear() -> None:
    """Give the memory that is kept for later use back to the system."""
    _free.clear()


def _give_back(memory: _Memory) -> None:
    """Keep a piece of memory; at the limit, in the place of pieces of other sizes."""
    size = memory.size
    excess = held() + size - LIMIT
    if excess > 0:
        for other, pieces in list(_free.items()):
            while other != size and pieces and excess > 0:
                try:
                    pieces.pop()
                except IndexError:  # another thread was faster
                    break
                excess -= other
    if excess <= 0:
        _free.setdefault(size, []).append(memory)
