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
import importlib.util
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

LARGE = 1 << 15  # elements from which a loop is worth its call, and numba its import
PIECE = 4096  # entries that are summed one after the other, along vector lanes: longer loses digits

_DTYPES = frozenset(map(np.dtype, (np.float32, np.float64)))


@cache
def installed() -> bool:
    """Say whether numba can be imported; it is not imported yet."""
    return importlib.util.find_spec("numba") is not None


def suit(array: Any) -> bool:
    """Say whether compiled loops are there for an array, which is large and real."""
    return array.size >= LARGE and array.dtype in _DTYPES and installed()


def __getattr__(name: str) -> ModuleType:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{__name__}.{name}")
