"""Matrix products: each on one thread of BLAS, large ones in parts side by side.

Note [One thread of BLAS]
The threads of OpenBLAS, which NumPy's wheels bring, wait for each other by spinning. Where another
process runs on the same processors, a product of 100 microseconds then takes milliseconds, and a
training step of many such products five times as long. So BLAS is held to one thread while a
product of ours runs, and what is worth it is shared with the threads of `sharing`, which sleep
when they wait. `threadpoolctl` knows the libraries; where it knows none, NumPy is left alone.
The sizes were measured with `python -m benchmarks --only MLP matmul LeNet attention`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np

from . import pool, sharing

SMALL = 1 << 18  # multiplications up to which BLAS does not ask its threads anyway
SHARED = 1 << 25  # from here on a second thread is worth waking
BLOCK = 1 << 16  # elements; three such blocks of float32 fit the second cache
# Threads that make many short passes wait for the interpreter's lock at each: where there is
# work for it, two larger blocks for each thread win more than the cache loses.
LARGE_BLOCK = 1 << 18
MANY = 4  # such blocks, several passes over each, are long enough to be shared
ALONE = 1 << 13  # elements up to which BLAS does not share a vector's product with a matrix


def matmul(left: Any, right: Any) -> Any:
    """Return the matrix product of two arrays, by the rules of `numpy.matmul`.

    Parameters
    ----------
    left, right : ndarray of shape (..., n, m) and (..., m, p), or vectors

    Returns
    -------
    ndarray or numpy scalar
    """
    work = left.size * (right.shape[-1] if right.ndim > 1 else 1)
    if work <= SMALL or left.dtype.kind not in "fc":
        return np.matmul(left, right)
    with one_thread:
        if work < SHARED or sharing.threads == 1 or not libraries():
            return np.matmul(left, right, out=_room(left, right))
        return _shared(left, right)


def _room(left: Any, right: Any) -> Any:
    """Return where a large product of two matrices or batches of them goes, or None."""
    lead = left.shape[:-2]
    if left.ndim != right.ndim or left.ndim < 2 or lead != right.shape[:-2]:
        return None
    if left.shape[-1] != right.shape[-2] or left.dtype is not right.dtype:
        return None
    return pool.empty((*lead, left.shape[-2], right.shape[-1]), left.dtype)


def _shared(left: Any, right: Any) -> Any:
    """Compute a large product in parts: twice as many as threads, as one may be kept waiting."""
    n = 2 * sharing.threads
    if left.ndim == right.ndim > 2 and left.shape[:-2] == right.shape[:-2] and len(left) >= n:
        result = pool.empty((*left.shape[:-1], right.shape[-1]), np.result_type(left, right))
        parts = [(left[i], right[i], result[i]) for i in _cuts(len(left), n)]
    elif left.ndim == right.ndim == 2 and left.shape[1] == right.shape[0]:
        result = pool.empty((len(left), right.shape[1]), np.result_type(left, right))
        if len(left) >= right.shape[1]:
            parts = [(left[i], right, result[i]) for i in _cuts(len(left), n)]
        else:
            parts = [(left, right[:, i], result[:, i]) for i in _cuts(right.shape[1], n)]
    else:
        return np.matmul(left, right)
    sharing.side_by_side([partial(np.matmul, a, b, out=out) for a, b, out in parts])
    return result


def over_batch(compute: Callable[[slice], None], length: int, work: int) -> None:
    """Compute for every part of a batch, on one thread of BLAS; parts side by side if it is long.

    Parameters
    ----------
    compute : callable
        Takes a slice of the batch; keeps what it finds by itself, apart from other slices.
    length : int
        Of the batch.
    work : int
        Multiplications in all.
    """
    with one_thread:
        n = min(2 * sharing.threads, length)
        if work < SHARED or sharing.threads == 1 or n < 2:
            compute(slice(0, length))
        else:
            sharing.side_by_side([partial(compute, part) for part in _cuts(length, n)])


def by_blocks(compute: Callable[[Iterator[slice]], None], count: int, each: int) -> None:
    """Compute for blocks of a batch that stay in the cache; side by side if there are many.

    Parameters
    ----------
    compute : callable
        Takes an iterator over slices of the batch, which other threads may draw from, too; makes
        several passes over what each stands for, and keeps what it finds apart from the others.
    count : int
        Items of the batch.
    each : int
        Elements of an item.
    """
    block = min(LARGE_BLOCK, max(BLOCK, count * each // (2 * sharing.threads)))
    step = max(1, block // max(each, 1))
    starts = range(0, count, step)
    parts = [slice(start, min(start + step, count)) for start in starts]
    if count * each <= ALONE:
        return compute(iter(parts))
    with one_thread:
        sharing.share(parts, compute, sharing.LONG if len(parts) >= MANY else 0.0)


def _cuts(length: int, n: int) -> list[slice]:
    """Return `n` slices that cover a length, nearly even."""
    marks = [length * i // n for i in range(n + 1)]
    return [slice(a, b) for a, b in pairwise(marks)]


class _OneThread(threading.local):
    """Hold NumPy's BLAS to one thread for the block; see Note [One thread of BLAS].

    The number belongs to the process, and `threadpoolctl` lets one living thread at a time change
    it: in others the block changes nothing.
    """

    depth = 0

    def __enter__(self) -> None:
        self.depth += 1
        if self.depth == 1:
            self.before = [(library, library.num_threads) for library in libraries()]
            for library, number in self.before:
                if number != 1:
                    library.set_num_threads(1)

    def __exit__(self, *exc: object) -> None:
        self.depth -= 1
        if not self.depth:
            for library, number in self.before:
                if number != 1:
                    library.set_num_threads(number)


@cache
def libraries() -> tuple[Any, ...]:
    """Return the BLAS libraries of NumPy whose threads can be told."""
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    found = ThreadpoolController().select(user_api="blas").lib_controllers
    others = ("scipy.libs", "torch")  # wheels that bring a BLAS of their own
    return tuple(lib for lib in found if not any(name in lib.filepath for name in others))


one_thread = _OneThread()
