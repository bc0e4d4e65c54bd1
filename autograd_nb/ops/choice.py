"""Choosing between values element by element, on arrays.

Note [Chosen by bits]
`np.where` decides for every element, and on a mask without a pattern the processor guesses wrong
every other time. Bit operations do not decide: a mask turned into words of ones and zeros takes the
one or the other, five times as fast. A product with the mask would turn inf into NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import pool
from . import loops

MANY = 4096  # elements that are worth the detour
PIECE = 1 << 15  # elements that go through all passes before the next ones are begun
_WORDS = {1: np.int8, 2: np.int16, 4: np.int32, 8: np.int64}  # by bytes


def choose(mask: Any, x: Any, y: Any) -> Any:
    """Return `x` where a mask is true and `y` elsewhere, as `numpy.where` does.

    Parameters
    ----------
    mask : ndarray of bool
    x, y : ndarray or number
    """
    if getattr(mask, "size", 0) < MANY or not mask.flags.c_contiguous:
        return np.where(mask, x, y)
    kind = np.result_type(x, y)
    if mask.size >= loops.LARGE and loops.installed():
        result = _choose_in_loop(mask, x, y, kind)
        if result is not None:
            return result
    word = _WORDS.get(kind.itemsize)
    words = [_as_words(value, kind, word, mask.shape) for value in (x, y) if word is not None]
    if not words or any(w is None for w in words):
        return np.where(mask, x, y)
    result = pool.empty(mask.shape, kind)
    flat, out = mask.reshape(-1), result.reshape(-1).view(word)
    for start in range(0, out.size, PIECE):
        part = slice(start, start + PIECE)
        a, b = (w[part] if w.ndim else w for w in words)
        _choose_words(flat[part], a, b, out[part])
    return result


def _choose_in_loop(mask: Any, x: Any, y: Any, kind: Any) -> Any:
    """Return the choice by a compiled loop; None where it is not of arrays like the mask."""
    result = pool.empty(mask.shape, kind)
    if not loops.suit(result):
        return None
    flat: list[Any] = []
    for value in (x, y):
        array = np.asarray(value, kind)
        if array.ndim and array.shape != mask.shape:
            return None
        flat.append(array.reshape(-1) if array.ndim else array[()])
    arguments = mask.reshape(-1), *flat, result.reshape(-1)
    if flat[0].ndim and flat[1].ndim:
        loops.choice.select(*arguments)
    elif flat[0].ndim:
        loops.choice.keep(*arguments)
    elif flat[1].ndim:
        loops.choice.drop(*arguments)
    else:
        return None
    return result


def _as_words(value: Any, kind: Any, word: Any, shape: tuple[int, ...]) -> Any:
    """Return the bits of a number, or of an array of the shape, as integers; else None."""
    array = np.asarray(value, kind, order="C")
    if array.ndim == 0:
        return array.view(word)
    return array.reshape(-1).view(word) if array.shape == shape else None


def _choose_words(mask: Any, x: Any, y: Any, out: Any) -> None:
    """Write the words of `x` where a mask is true, and those of `y` elsewhere."""
    out[...] = mask
    if not x.ndim and not x:
        out -= 1
        out &= y
        return
    np.negative(out, out=out)
    if y.ndim or y:
        out &= x ^ y
        out ^= y
    else:
        out &= x


def give_sign(x: Any, out: Any) -> None:
    """Write the signs of `x` to numbers of which none is negative; arrays of one floating dtype.

    As `numpy.copysign`, which decides for every element.
    """
    word: Any = _WORDS[out.itemsize]
    words = out.view(word)
    words |= x.view(word) & np.iinfo(word).min


def keep_where(x: Any, mask: Any) -> Any:
    """Return `x` where `mask` is true and 0 elsewhere."""
    return choose(mask, x, x.dtype.type(0))


def drop_where(x: Any, mask: Any) -> Any:
    """Return `x` where `mask` is false and 0 elsewhere."""
    return choose(mask, x.dtype.type(0), x)


def at_least(bound: Any, x: Any) -> Any:
    """Return the larger one of a number and each element, which stays itself at a tie.

    A zero keeps its sign so: of two equal values `numpy.maximum` takes the second one.
    """
    return _limited(np.maximum, bound, x)


def at_most(bound: Any, x: Any) -> Any:
    """Return the smaller one of a number and each element, which stays itself at a tie."""
    return _limited(np.minimum, bound, x)


def _limited(ufunc: Any, bound: Any, x: Any) -> Any:
    many = type(x) is np.ndarray and x.size >= MANY and x.dtype.kind == "f"
    if not many or not x.flags.c_contiguous:
        return ufunc(bound, x)
    # NumPy's vector kernels want an array on both sides.
    bounds = np.full(min(x.size, PIECE), bound, x.dtype)
    result = pool.empty(x.shape, x.dtype)
    flat, out = x.reshape(-1), result.reshape(-1)
    for start in range(0, out.size, PIECE):
        part = flat[start : start + PIECE]
        ufunc(bounds[: len(part)], part, out=out[start : start + PIECE])
    return result
