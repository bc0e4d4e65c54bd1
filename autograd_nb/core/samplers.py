"""Distributions of PyTorch's CPU generator, bit for bit, as flat arrays in memory order.

Every function takes a `Stream`, a count and the NumPy dtype of the result, and draws exactly the
words that PyTorch 2.13.0 draws for a tensor of that many numbers.  Parameters are taken as valid:
the tensor-level functions check them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import exactmath, sharing
from .boxmuller import single_normals
from .pool import empty
from .rng import Stream

Array = NDArray[Any]
DType = np.dtype[Any]

_BLOCK = 16
"""The block sampler of the normal distribution turns this many uniforms into normals."""

_BLOCKS = 1 << 13
"""Blocks that are turned into normals together in double precision."""


# ------------------------------------------------------------------------------------- uniform


def uniform(stream: Stream, count: int, dtype: DType, low: float = 0.0, high: float = 1.0) -> Array:
    """Uniform floats in [low, high): one word each, two in double precision."""
    if dtype == np.float64:
        values = exactmath.fma64(stream.unit64(count), high - low, low)
    else:
        span = float(np.float32(high) - np.float32(low))
        values = exactmath.fma32(stream.unit32(count), span, low).astype(dtype, copy=False)
    start, end = values.dtype.type(low), values.dtype.type(high)
    if start != end:
        # Rounding may reach the excluded end; such a number becomes the included one.
        values[values == end] = start
    return values


# ------------------------------------------------------------------------------------ integers


def integers(stream: Stream, count: int, low: int, span: int) -> NDArray[np.int64]:
    """Integers from `low` to ``low + span - 1``; two words each where `span` reaches 2**28."""
    if span < 2**28:
        draws = stream.words(count) % np.uint64(span)
    else:
        draws = stream.words64(count)
        if span == 2**64:
            return draws.view(np.int64)
        draws %= np.uint64(span)
    return draws.view(np.int64) + np.int64(low)


def full_range(stream: Stream, count: int, dtype: DType) -> Array:
    """Draw as ``random_()`` without bounds does: whole numbers that `dtype` holds exactly."""
    if dtype == np.bool_:
        return (stream.words(count) & np.uint64(1)).astype(np.bool_)
    if dtype.kind == "f":
        top = 2 ** (np.finfo(dtype).nmant + 1)
    else:
        top = int(np.iinfo(dtype).max)
    draws = stream.words64(count) if dtype.itemsize == 8 else stream.words(count)
    return (draws % np.uint64(top + 1)).astype(dtype)


def permutation(stream: Stream, count: int) -> NDArray[np.int64]:
    """Shuffle ``0 .. count - 1`` with ``count - 1`` words.

    Step i of the shuffle swaps place i with a later one, ``other[i]``, and nobody touches place i
    again. What step i finds in ``other[i]`` was put there by the step before it that had chosen
    the same place, or has always been there; and that step put what it had found in its own place.
    So all steps are done at once, by following each place to where its content came from.
    """
    places = np.arange(count, dtype=np.int64)
    if count < 2:
        return places
    other = places.copy()
    other[:-1] += stream.words32(count - 1) % (count - places[:-1]).astype(np.uint32)
    by_choice = np.sort(other << 32 | places)
    steps, chosen = by_choice & 0xFFFFFFFF, by_choice >> 32
    before = np.full(count, -1)  # the last step before it that chose the same place
    same = chosen[1:] == chosen[:-1]
    before[steps[1:][same]] = steps[:-1][same]
    # Before step i, place i holds what the last step that chose it had found in its own place.
    source = places.copy()
    source[chosen] = steps
    source = np.where(other == places, before, source)  # that is not step i itself
    source = np.where(source < 0, places, source)
    while not np.array_equal(further := source[source], source):
        source = further
    return np.where(before < 0, other, source[before])


# -------------------------------------------------------------------------------------- normal


def normal(
    stream: Stream,
    count: int,
    dtype: DType,
    mean: float = 0.0,
    std: float = 1.0,
    contiguous: bool = True,
) -> Array:
    """Draw normal floats: in blocks for contiguous tensors of 16 or more, else one by one."""
    if count < _BLOCK or not contiguous:
        return exactmath.narrow(normal_serial(stream, count, mean, std), dtype)
    if dtype == np.float64:
        values: Array = stream.unit64(count)
        tail: Array = stream.unit64(_BLOCK) if count % _BLOCK else values[:0]
        _block_normal64(values, mean, std)
        values[count - tail.size :] = _block_normal64(tail, mean, std)
        return values
    whole = count - count % _BLOCK
    singles: Array = empty((count,), np.dtype(np.float32))
    single_normals(stream.words32, singles[:whole], mean, std)
    if count > whole:
        # The last 16 numbers are redrawn. In single precision the incomplete block was first
        # filled with uniforms, which cost words though nobody sees them.
        if dtype == np.float32:
            stream.words(count - whole)
        single_normals(stream.words32, singles[count - _BLOCK :], mean, std)
    return singles.astype(dtype, copy=False)


def normal_serial(
    stream: Stream, count: int, mean: float = 0.0, std: float = 1.0
) -> NDArray[np.float64]:
    """Draw normal doubles by pairs; a half that is left over waits in the stream."""
    values = np.empty(count, np.float64)
    filled = 0
    if count and stream.cached_normal is not None:
        values[0] = stream.cached_normal
        stream.cached_normal = None
        filled = 1
    pairs = (count - filled + 1) // 2
    if pairs:
        units = stream.unit64(2 * pairs)
        radius = np.sqrt(-2.0 * exactmath.log1p(-units[1::2]))
        cos, sin = exactmath.cos_sin(2.0 * math.pi * units[0::2])
        both = np.stack((radius * cos, radius * sin), axis=1).ravel()
        if both.size > count - filled:
            stream.cached_normal = float(both[-1])
        values[filled:] = both[: count - filled]
    return exactmath.fma64(values, std, mean)


def _block_normal64(values: Array, mean: float, std: float) -> Array:
    """Turn blocks of 16 uniforms into normals in place; an incomplete last block stays."""
    whole = values[: values.size - values.size % _BLOCK].reshape(-1, 2, _BLOCK // 2)

    def work(parts: Iterator[slice]) -> None:
        for part in parts:
            first, second = whole[part, 0].ravel(), whole[part, 1].ravel()
            radius = np.sqrt(-2.0 * exactmath.log(1.0 - first))
            for half, wave in enumerate(exactmath.cos_sin(2.0 * math.pi * second)):
                normals = exactmath.fma64(radius * wave, std, mean)
                whole[part, half] = normals.reshape(-1, _BLOCK // 2)

    starts = range(0, len(whole), _BLOCKS)
    sharing.share([slice(start, start + _BLOCKS) for start in starts], work, sharing.LONG)
    return values


def log_normal(stream: Stream, count: int, dtype: DType, mean: float, std: float) -> Array:
    """Exponential of serial normals."""
    return exactmath.narrow(exactmath.exp(normal_serial(stream, count, mean, std)), dtype)


# ------------------------------------------------------------------------- other continuous ones


def exponential(stream: Stream, count: int, dtype: DType, rate: float = 1.0) -> Array:
    """Exponential numbers by inversion of a double, whatever the dtype."""
    factor = -1.0 / rate

    def fast(units: NDArray[np.float64]) -> NDArray[np.float64]:
        return factor * np.log1p(-units)

    def exact(units: NDArray[np.float64]) -> NDArray[np.float64]:
        return factor * exactmath.log1p(-units)

    return exactmath.rounded(fast, exact, stream.unit64(count), dtype)


def cauchy(stream: Stream, count: int, dtype: DType, median: float, sigma: float) -> Array:
    """Cauchy numbers by inversion of a double."""
    tangents = exactmath.tan(math.pi * (stream.unit64(count) - 0.5))
    return exactmath.narrow(exactmath.fma64(tangents, sigma, median), dtype)


# ---------------------------------------------------------------------------------- counts, coins


def geometric(stream: Stream, count: int, dtype: DType, p: float) -> Array:
    """Draw the number of trials up to the first success, by inversion of a double."""
    units = stream.unit64(count)
    logs = np.full(count, -math.inf)
    positive = units > 0
    logs[positive] = exactmath.log(units[positive])
    trials = np.ceil(logs / math.log1p(-p))
    return exactmath.narrow(trials, dtype) if dtype.kind == "f" else trials.astype(dtype)


def coins(stream: Stream, count: int, p: float) -> NDArray[np.bool_]:
    """Coins that fall on True with one probability: two words each."""
    return stream.unit64(count) < p


def coins_each(stream: Stream, p: Array) -> NDArray[np.bool_]:
    """Coins with a probability each: two words where `p` is in double precision, else one."""
    if p.dtype == np.float64:
        return stream.unit64(p.size) < p
    return stream.unit32(p.size) < p.astype(np.float32)


def race_winners(stream: Stream, weights: Array, count: int) -> NDArray[np.int64]:
    """Draw `count` different columns of each row of `weights`, likelier ones first.

    Every column waits for an exponential time divided by its weight; the first ones win.
    """
    waits = exponential(stream, weights.size, weights.dtype).reshape(weights.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = weights / waits
    if count == 1:
        best: NDArray[np.int64] = scores.argmax(axis=1).reshape(-1, 1)
        return best
    order: NDArray[np.int64] = np.argsort(-scores, axis=1, kind="stable")
    first: NDArray[np.int64] = np.ascontiguousarray(order[:, :count])
    return first


def categories(stream: Stream, weights: Array, count: int) -> NDArray[np.int64]:
    """Draw `count` columns of each row of `weights`, with replacement."""
    if weights.dtype == np.float16:
        weights = weights.astype(np.float32)
    drawn = np.empty((len(weights), count), np.int64)
    for row, chosen in zip(weights, drawn, strict=True):
        cumulative = np.cumsum(row, dtype=row.dtype)
        cumulative /= cumulative[-1]
        cumulative[-1] = 1
        chosen[:] = np.searchsorted(cumulative.astype(np.float64), stream.unit64(count))
    return drawn
