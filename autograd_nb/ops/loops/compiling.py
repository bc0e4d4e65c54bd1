"""How numba compiles the functions of this package; the only file that imports it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import numba
import numpy as np

# What may be changed in float arithmetic: the order of sums, fused multiply-adds, products with
# reciprocals, the sign of zero. NaN and infinity stay what they are.
REORDERED = {"reassoc", "contract", "arcp", "nsz"}


def loop(function: Any = None, *, reordered: bool = True) -> Any:
    """Compile a function that loops over dense arrays and writes into some of them.

    Other threads may run meanwhile. Arguments that are not dense are copied: only inputs may be.

    Parameters
    ----------
    function : callable, optional
        Without it a decorator is returned.
    reordered : bool
        Whether sums may be taken in another order.
    """
    if function is None:
        return partial(loop, reordered=reordered)
    flags = REORDERED if reordered else set()
    compiled = kept(numba.njit, nogil=True, error_model="numpy", fastmath=flags)(function)

    @wraps(function)
    def call(*args: Any) -> None:
        compiled(*(np.ascontiguousarray(a) if type(a) is np.ndarray else a for a in args))

    return call


def part(function: Callable[..., Any]) -> Any:
    """Compile a function that loops and ufuncs call, into its callers."""
    return numba.njit(fastmath=REORDERED, inline="always", error_model="numpy")(function)


def ufunc(function: Callable[..., Any]) -> Any:
    """Make a NumPy ufunc of a function of numbers."""
    return kept(numba.vectorize, fastmath=REORDERED)(function)


def kept(compiler: Any, **options: Any) -> Callable[[Any], Any]:
    """Return a decorator that compiles at the first call and keeps the result on disk."""

    def compile(function: Any) -> Any:
        try:
            return compiler(cache=True, **options)(function)
        except RuntimeError:  # there is no folder to keep it in
            return compiler(**options)(function)

    return compile
