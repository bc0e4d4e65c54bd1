"""Samplers that draw until a number is accepted, one number after another, as PyTorch does.

Note [Rejection samplers]
    How many uniforms a number takes depends on their values, so these cannot be vectorized and
    stay in step with PyTorch. Gamma: G. Marsaglia and W. W. Tsang, 2000. Binomial: geometric
    waiting times where few successes are expected, else W. Hoermann's BTRS, 1993. Poisson: his
    PTRS. Constants that PyTorch writes in single precision are rounded to it here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .rng import Stream

Array = NDArray[Any]
_THIRD = np.float32(1) / np.float32(3)
_SQUEEZE = float(np.float32(0.0331))


def gamma(stream: Stream, shapes: Array) -> NDArray[np.float64]:
    """Gamma numbers with rate 1, one for each shape parameter."""
    boosted = np.where(shapes < 1, shapes + shapes.dtype.type(1), shapes)
    offsets = (boosted - shapes.dtype.type(_THIRD)).astype(np.float64)
    with np.errstate(divide="ignore"):
        powers = (shapes.dtype.type(1) / shapes).astype(np.float64)
    drawn = np.zeros(shapes.shape, np.float64)
    with stream.units64_as_needed() as units:
        for i, (shape, d, power) in enumerate(
            zip(shapes.tolist(), offsets.tolist(), powers.tolist(), strict=True)
        ):
            if shape:
                scale = (1 - next(units)) ** power if shape < 1 else 1.0
                drawn[i] = _gamma_from_one(stream, units, d, scale)
    return drawn


def _gamma_from_one(stream: Stream, units: Iterator[float], d: float, scale: float) -> float:
    """Draw for the shape parameter d + 1/3, which is not below one."""
    c = 1 / math.sqrt(9 * d)
    while True:
        y = 0.0
        while y <= 0:
            x = _normal(stream, units)
            y = 1 + c * x
        v, squared = y * y * y, x * x
        u = 1 - next(units)
        if u < 1 - _SQUEEZE * squared * squared:
            return scale * d * v
        if math.log(u) < 0.5 * squared + d * (1 - v + math.log(v)):
            return scale * d * v


def _normal(stream: Stream, units: Iterator[float]) -> float:
    """Draw one normal number; the second of its pair waits in the stream."""
    if stream.cached_normal is not None:
        drawn, stream.cached_normal = stream.cached_normal, None
        return drawn
    turn, length = 2.0 * math.pi * next(units), math.sqrt(-2.0 * math.log1p(-next(units)))
    stream.cached_normal = length * math.sin(turn)
    return length * math.cos(turn)


def binomial(stream: Stream, counts: Array, chances: Array) -> NDArray[np.float64]:
    """Numbers of successes, one for each number of trials and chance of success."""
    drawn = np.zeros(counts.shape, np.float64)
    with stream.units64_as_needed() as units:
        for i, (count, p) in enumerate(zip(counts.tolist(), chances.tolist(), strict=True)):
            if count <= 0 or p <= 0:
                continue
            if p >= 1:
                drawn[i] = count
            elif p <= 0.5:
                drawn[i] = _successes(count, p, units)
            elif p > 0.5:
                rarer = float(chances.dtype.type(1) - chances.dtype.type(p))
                drawn[i] = count - _successes(count, rarer, units)
            else:
                drawn[i] = math.nan
    return drawn


def _successes(count: float, p: float, units: Iterator[float]) -> float:
    """Draw for a chance of at most one half."""
    if count * p >= 10:
        return _many_successes(count, p, units)
    rate, waited, found = math.log1p(-p), 0.0, 0
    while True:
        u = next(units)
        waited += math.ceil(math.log(u) / rate) if u else math.inf
        if waited > count:
            return float(found)
        found += 1


def _stirling_rest(k: float) -> float:
    """Return what Stirling's formula lacks: log k! - (k + 1/2) log(k+1) + (k+1) - log(2 pi)/2."""
    if k <= 9:
        base = (k + 0.5) * math.log(k + 1) - (k + 1) + 0.5 * math.log(2 * math.pi)
        return math.lgamma(k + 1) - base
    square = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)


def _many_successes(count: float, p: float, units: Iterator[float]) -> float:
    """Draw by transformed rejection (BTRS)."""
    deviation = math.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = count * p + 0.5
    accept, odds = 0.92 - 4.2 / b, p / (1 - p)
    alpha = (2.83 + 5.1 / b) * deviation
    mode = math.floor((count + 1) * p)
    while True:
        u, v = next(units) - 0.5, next(units)
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + c) if us else -1
        if k < 0 or k > count:
            continue
        if us >= 0.07 and v <= accept:
            return float(k)
        bound = (
            (mode + 0.5) * math.log((mode + 1) / (odds * (count - mode + 1)))
            + (count + 1) * math.log((count - mode + 1) / (count - k + 1))
            + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
            + _stirling_rest(mode)
            + _stirling_rest(count - mode)
            - _stirling_rest(k)
            - _stirling_rest(count - k)
        )
        if v == 0 or math.log(v * alpha / (a / (us * us) + b)) <= bound:
            return float(k)


def poisson(stream: Stream, rates: Array) -> NDArray[np.float64]:
    """Poisson counts, one for each rate."""
    with stream.units64_as_needed() as units:
        counts = [_poisson_one(rate, units) for rate in rates.tolist()]
    return np.array(counts, np.float64)


def _poisson_one(rate: float, units: Iterator[float]) -> float:
    if rate >= 10:
        return _poisson_large(rate, units)
    if rate == 0:
        return 0.0
    bound, product, events = math.exp(-rate), 1.0, 0
    while True:
        product *= next(units)
        if not product > bound:
            return float(events)
        events += 1


def _poisson_large(rate: float, units: Iterator[float]) -> float:
    """Draw by transformed rejection (W. Hoermann, 1993, algorithm PTRS)."""
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    accept = 0.9277 - 3.6224 / (b - 2)
    while True:
        u = next(units) - 0.5
        v = next(units)
        us = 0.5 - abs(u)
        if us == 0.0:
            continue
        k = float(math.floor((2 * a / us + b) * u + rate + 0.43))
        if us >= 0.07 and v <= accept:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        hat = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if hat <= -rate + k * math.log(rate) - math.lgamma(k + 1):
            return k
