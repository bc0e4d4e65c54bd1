"""Loops over large arrays that numba compiles, where it is installed (the extra `fast`).

Note [Compiled loops]
NumPy makes one pass over memory for every step of a formula: about ten for a normalization, twenty
for a GELU. Where numba is installed, large arrays go through loops that make one or two. A loop is
compiled when it is first called, which takes a second or less, and kept on disk for the next
process. What it computes differs from NumPy's formula by rounding alone.

Nothing needs numba: `suit` says no without it, and the caller goes on in NumPy. The modules of this
package import numba, so each is imported when it is first asked for: `loops.normalization`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from ...core import pool, sharing

LARGE = 1 << 13  # elements from which a loop is worth its call, and numba its import
BLOCK = 1 << 18  # elements of a block that another thread may take; each costs 20 us of Python
PIECE = 4096  # entries that are summed one after the other, along vector lanes: longer loses digits

_REAL = frozenset(map(np.dtype, (np.float32, np.float64)))
_SINGLE = np.dtype(np.float32)


@cache
def installed() -> bool:
    """Say whether numba can be imported; it is not imported yet."""
    import importlib.util

    return importlib.util.find_spec("numba") is not None


def suit(array: Any) -> bool:
    """Say whether compiled loops are there for an array, which is large and real."""
    return array.size >= LARGE and array.dtype in _REAL and installed()


def suit_single(array: Any, *others: Any) -> bool:
    """Say whether elementwise ones are: for arrays of one shape, row-major, in single precision.

    Single precision alone, as a function like `exp` must be written without a branch to run in
    vectors: what that takes in double precision, NumPy does as quickly. The other arrays may have
    any strides.
    """
    return (
        array.size >= LARGE
        and array.dtype == _SINGLE
        and array.flags.c_contiguous
        and all(other.shape == array.shape and other.dtype == _SINGLE for other in others)
        and installed()
    )


def each(function: Callable[..., Any], *args: Any, width: int = 1) -> Any:
    """Return what a function of elements or of rows gives, by blocks that threads share.

    Parameters
    ----------
    function : callable
        A ufunc or a loop; the place of the result is its last argument.
    *args
        Arrays that `suit_single`, and numbers.
    width : int
        Entries of a row; 1 for a function of elements, which gets flat arrays.

    Returns
    -------
    ndarray
    """
    result = pool.empty(args[0].shape, _SINGLE)
    shape = (-1,) if width == 1 else (-1, width)
    flat: list[Any] = [
        a.reshape(shape) if type(a) is np.ndarray else _SINGLE.type(a) for a in (*args, result)
    ]

    def compute(parts: Iterator[slice]) -> None:
        for part in parts:
            function(*(a[part] if a.ndim else a for a in flat))

    by_blocks(compute, result.size // width, width)
    return result


def by_blocks(compute: Callable[[Iterator[slice]], None], count: int, each: int) -> None:
    """Compute for blocks of `count` items of `each` elements; side by side if it takes long.

    As `products.by_blocks`, whose work is long enough if it is of so many elements: here the first
    block tells.
    """
    step = max(1, BLOCK // max(each, 1))
    sharing.share([slice(i, min(i + step, count)) for i in range(0, count, step)], compute)


def __getattr__(name: str) -> ModuleType:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{__name__}.{name}")
