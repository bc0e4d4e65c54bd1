"""Raw arrays for optimizer steps.

A step records nothing, so it works on NumPy arrays in place.  Large arrays are walked through in
blocks that stay in the processor's cache: an Adam step reads every number about a dozen times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd_nb.core.tensor import Tensor, wrap
from autograd_nb.ops import loops

__all__ = ["blocks", "constant", "gradient", "number", "stepped", "target", "zeros_like"]

Array = np.ndarray[Any, Any]

_BLOCK = 1 << 15
_constants: dict[tuple[float, str], Array] = {}
_CONSTANTS_KEPT = 256


def number(value: Any) -> float:
    """Return a hyperparameter, given as a number or as a tensor with one element."""
    return float(value.item()) if isinstance(value, Tensor) else value


def constant(value: float, array: Array) -> Array:
    """Return `value` as a 0-d array of the type of `array`.

    NumPy converts a Python number anew in every operation; a 0-d array of the right type costs
    half of that.
    """
    key = (value, array.dtype.char)
    found = _constants.get(key)
    if found is None:
        if len(_constants) >= _CONSTANTS_KEPT:
            _constants.clear()
        found = _constants[key] = np.asarray(value, array.dtype)
    return found


def target(tensor: Tensor) -> Array:
    """Return the memory of a parameter or state tensor, to be written to.

    Complex numbers come as pairs of real ones.  A single number comes in one dimension: NumPy's
    results of operations on 0-d arrays are scalars, which cannot be written to.
    """
    array = tensor._nd()
    if array.dtype.kind == "c":
        return array[..., None].view(array.real.dtype)
    return array if array.ndim else array.reshape(1)


def gradient(grad: Tensor, maximize: bool) -> Array:
    """Return a gradient as an array of real numbers, negated if it is to be climbed."""
    array = target(grad)
    return np.negative(array) if maximize else array


def zeros_like(param: Tensor) -> Tensor:
    """Return a state tensor of zeros in the memory order of `param`."""
    return wrap(np.zeros_like(param._nd()))


def blocks(*arrays: Array | None) -> Iterator[tuple[Any, ...]]:
    """Yield the same part of each array, in blocks if they are large and contiguous.

    Parameters
    ----------
    *arrays : ndarray or None
        Arrays of one shape; None stays None.

    Yields
    ------
    tuple of ndarray or None
    """
    first = arrays[0]
    assert first is not None
    size = first.size
    if size <= 2 * _BLOCK:
        yield arrays
        return
    if not all(a is None or a.flags.c_contiguous for a in arrays):
        yield arrays
        return
    flat = [None if a is None else a.reshape(-1) for a in arrays]
    for start in range(0, size, _BLOCK):
        part = slice(start, start + _BLOCK)
        yield tuple(None if a is None else a[part] for a in flat)


def stepped(name: str, arrays: Sequence[Any], *numbers: Any) -> bool:
    """Make a step by a compiled loop, if there is one for such arrays, and say so.

    Parameters
    ----------
    name : str
        Of the loop, in `loops.stepping`.
    arrays : sequence of ndarray
        What it reads and writes.
    *numbers : float
        Its other arguments.
    """
    first = arrays[0]
    if not loops.suit(first):
        return False
    if not all(a.dtype == first.dtype and a.flags.c_contiguous for a in arrays):
        return False
    run, flat = getattr(loops.stepping, name), [a.reshape(-1) for a in arrays]
    values = [first.dtype.type(number) for number in numbers]

    def compute(parts: Iterator[slice]) -> None:
        for part in parts:
            run(*(a[part] for a in flat), *values)

    loops.by_blocks(compute, first.size, 1)
    return True
