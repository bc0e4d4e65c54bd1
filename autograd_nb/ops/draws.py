"""Checked random draws as arrays of a given layout: what the random operations are made of.

A fill follows the memory order of its target, not the logical one, as PyTorch's serial kernels do.
Error texts are PyTorch 2.13.0's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core import rejection, samplers
from ..core.batch import Unbatchable
from ..core.batch_draws import random_levels
from ..core.generator import Generator, default_generator
from ..core.modes import state
from ..core.rng import Stream
from ..core.warn import warn
from .sizes import c_type, scalar_type

Array = NDArray[Any]


def stream_of(generator: Any, name: str) -> Stream:
    """Return the bit stream of a ``generator=`` argument.

    Raises
    ------
    TypeError
        If it is neither None nor a Generator.
    """
    if state.levels and random_levels():
        raise Unbatchable(f"{name}() draws for each example")
    if generator is None:
        return default_generator.stream
    if not isinstance(generator, Generator):
        raise TypeError(
            f"{name}(): argument 'generator' must be torch.Generator, not "
            f"{type(generator).__name__}"
        )
    return generator.stream


def template(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return a contiguous array to be looked at as the target of a draw, but not read or written.

    A large one lies in no memory of its own: to ask the system for megabytes at each draw, and to
    give them back, takes as long as the draw.
    """
    if math.prod(shape) < 1 << 16:
        return np.empty(shape, dtype)
    steps = [dtype.itemsize]
    for length in shape[:0:-1]:
        steps.append(steps[-1] * length)
    return np.lib.stride_tricks.as_strided(np.empty(1, dtype), shape, steps[::-1], writeable=False)


def in_memory_order(target: Array, draw: Callable[[Any], Array]) -> Array:
    """Return an array like ``target`` filled with ``draw(count)`` in the target's memory order.

    Raises
    ------
    RuntimeError
        If several elements of ``target`` share one place in memory.
    """
    lengths = zip(target.strides, target.shape, strict=True)
    if target.size and any(step == 0 and n > 1 for step, n in lengths):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a "
            "single memory location. Please clone() the tensor before performing the operation."
        )
    if target.flags.c_contiguous:
        return draw(target.size).reshape(target.shape)
    order = sorted(range(target.ndim), key=lambda axis: -abs(target.strides[axis]))
    drawn = draw(target.size).reshape([target.shape[axis] for axis in order])
    return drawn.transpose(np.argsort(order))


def unsupported(what: str, array: Array) -> NotImplementedError:
    """Return PyTorch's error for a kernel that lacks a dtype."""
    return NotImplementedError(f"\"{what}\" not implemented for '{scalar_type(array)}'")


def _text(number: Any) -> str:
    return f"{number:g}" if isinstance(number, float) else str(number)


# -- floating point --------------------------------------------------------------------------------
def uniform(target: Array, stream: Stream, low: float = 0.0, high: float = 1.0) -> Array:
    """Draw uniform numbers in [low, high) for a float or complex target."""
    if target.dtype.kind == "c":
        return _complex(target, lambda real: uniform(real, stream, low, high))
    if target.dtype.kind != "f":
        raise unsupported("check_uniform_bounds", target)
    limit = float(np.finfo(target.dtype).max)
    for name, bound in (("from", low), ("to", high)):
        if not -limit <= bound <= limit:
            raise RuntimeError(f"{name} is out of bounds for {c_type(target)}")
    if low > high:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={_text(low)} > "
            f"to={_text(high)}"
        )
    if high - low > limit:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{scalar_type(target)}>::max(), but "
            f"found to={_text(high)} and from={_text(low)} which result in to-from to exceed the "
            "limit"
        )
    return in_memory_order(target, lambda n: samplers.uniform(stream, n, target.dtype, low, high))


def normal(target: Array, stream: Stream, mean: float = 0.0, std: float = 1.0) -> Array:
    """Draw normal numbers for a float or complex target; for the latter `std` is the modulus'."""
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {_text(std)}")
    if target.dtype.kind == "c":
        return _complex(target, lambda real: normal(real, stream, mean, std / math.sqrt(2)))
    if target.dtype.kind != "f":
        raise unsupported("normal_kernel_cpu", target)
    contiguous = target.flags.c_contiguous
    return in_memory_order(
        target,
        lambda n: samplers.normal(stream, n, target.dtype, mean, std, contiguous=contiguous),
    )


def _complex(target: Array, draw: Callable[[Any], Array]) -> Array:
    """Fill real and imaginary parts alternately, as a real array with one more dimension."""
    real = target.real
    pairs = np.lib.stride_tricks.as_strided(
        real, (*real.shape, 2), (*real.strides, real.itemsize), writeable=False
    )
    return np.ascontiguousarray(draw(pairs)).view(target.dtype)[..., 0]


def exponential(target: Array, stream: Stream, lambd: float = 1.0) -> Array:
    """Draw exponential numbers of rate ``lambd``."""
    if target.dtype.kind != "f":
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a "
            f"floating point but you specified {scalar_type(target)}"
        )
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={_text(lambd)}")
    return in_memory_order(target, lambda n: samplers.exponential(stream, n, target.dtype, lambd))


def cauchy(target: Array, stream: Stream, median: float = 0.0, sigma: float = 1.0) -> Array:
    """Draw Cauchy numbers."""
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={_text(sigma)}")
    if target.dtype.kind != "f":
        kind = c_type(target)
        raise RuntimeError(
            "Cauchy distribution is a continuous probability distribution. dtype must be a "
            f"floating point but you specified {kind}"
        )
    return in_memory_order(
        target, lambda n: samplers.cauchy(stream, n, target.dtype, median, sigma)
    )


def log_normal(target: Array, stream: Stream, mean: float = 1.0, std: float = 2.0) -> Array:
    """Draw numbers whose logarithm is normal."""
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={_text(std)}")
    if target.dtype.kind != "f":
        raise unsupported("log_normal_cpu", target)
    return in_memory_order(
        target, lambda n: samplers.log_normal(stream, n, target.dtype, mean, std)
    )


# -- coins and counts ------------------------------------------------------------------------------
def geometric(target: Array, stream: Stream, p: float) -> Array:
    """Draw numbers of trials up to the first success."""
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={_text(p)}")
    if target.dtype.kind not in "fiu":
        raise unsupported("geometric_cpu", target)
    return in_memory_order(target, lambda n: samplers.geometric(stream, n, target.dtype, p))


def coins(target: Array, stream: Stream, p: float = 0.5) -> Array:
    """Draw ones with one probability, else zeros."""
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={_text(p)}")
    if target.dtype.kind == "c":
        raise unsupported("bernoulli_scalar_cpu_", target)
    return in_memory_order(target, lambda n: samplers.coins(stream, n, p).astype(target.dtype))


def coins_each(target: Array, stream: Stream, p: Array) -> Array:
    """Draw ones with a probability each; ``p`` has the target's shape."""
    if target.dtype.kind == "c":
        raise unsupported("bernoulli_tensor_cpu_self_", target)
    if p.dtype.kind != "f":
        raise unsupported("bernoulli_tensor_cpu_p_", p)
    if not ((p >= 0) & (p <= 1)).all():
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    order = sorted(range(target.ndim), key=lambda axis: -abs(target.strides[axis]))
    chances = np.ascontiguousarray(p.transpose(order)).ravel()
    return in_memory_order(
        target, lambda _: samplers.coins_each(stream, chances).astype(target.dtype)
    )


def poisson(rates: Array, stream: Stream) -> Array:
    """Draw a Poisson count for every rate."""
    if rates.dtype.kind != "f":
        raise unsupported("poisson_cpu", rates)
    if not (rates >= 0).all():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    counts = rejection.poisson(stream, np.ascontiguousarray(rates).ravel())
    return counts.astype(rates.dtype).reshape(rates.shape)


def binomial(counts: Array, chances: Array, stream: Stream) -> Array:
    """Draw a number of successes for every number of trials and chance."""
    if counts.dtype.kind != "f":
        raise ValueError(
            f"binomial only supports floating-point dtypes for count, got: {scalar_type(counts)}"
        )
    counts, chances = np.broadcast_arrays(counts, chances)
    drawn = rejection.binomial(
        stream, np.ascontiguousarray(counts).ravel(), np.ascontiguousarray(chances).ravel()
    )
    return drawn.astype(counts.dtype).reshape(counts.shape)


def gamma(shapes: Array, stream: Stream) -> Array:
    """Draw a gamma number for every shape parameter; never zero."""
    if shapes.dtype.kind != "f":
        raise unsupported("gamma_cpu", shapes)
    drawn: Array = rejection.gamma(stream, np.ascontiguousarray(shapes).ravel())
    drawn = drawn.astype(shapes.dtype).reshape(shapes.shape)
    np.maximum(drawn, np.finfo(shapes.dtype).tiny, out=drawn)
    return drawn


def dirichlet(shapes: Array, stream: Stream) -> Array:
    """Draw a vector of parts for every row of shape parameters; no part is zero or one."""
    if shapes.dtype.kind != "f":
        raise unsupported("dirichlet", shapes)
    wide = np.ascontiguousarray(shapes, np.float64)
    drawn = rejection.gamma(stream, wide.ravel()).reshape(shapes.shape)
    np.maximum(drawn, np.finfo(np.float64).tiny, out=drawn)
    parts: Array = (drawn / drawn.sum(-1, keepdims=True)).astype(shapes.dtype)
    below_one = np.nextafter(shapes.dtype.type(1), shapes.dtype.type(0))
    np.clip(parts, np.finfo(shapes.dtype).tiny, below_one, out=parts)
    return parts


# -- integers --------------------------------------------------------------------------------------
def integers(target: Array, stream: Stream, low: int, high: int | None) -> Array:
    """Draw whole numbers from ``low`` to ``high - 1``; ``high=None`` means the dtype's largest."""
    kind = target.dtype
    if kind.kind == "c":
        raise RuntimeError(
            "check_random_bounds handles only integral, floating-point and boolean types"
        )
    if high is None:
        if kind == np.int64 and low == -(2**63):
            span = 2**64
        else:
            span = _last(kind) + 1 - _representable_low(kind, low)
            low = _representable_low(kind, low)
    else:
        if low >= high:
            raise RuntimeError(
                f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
            )
        if kind.kind == "f":
            low, high = _representable_low(kind, low), _representable_high(kind, high)
        _check_bounds(target, low, high)
        span = high - low
    return in_memory_order(target, lambda n: samplers.integers(stream, n, low, span).astype(kind))


def full_range(target: Array, stream: Stream) -> Array:
    """Draw whole numbers from zero to the largest that the dtype counts to without gaps."""
    if target.dtype.kind == "c":
        raise unsupported("random_kernel_cpu", target)
    return in_memory_order(target, lambda n: samplers.full_range(stream, n, target.dtype))


def _last(kind: np.dtype[Any]) -> int:
    if kind.kind == "f":
        return int(2 ** (np.finfo(kind).nmant + 1))
    return 1 if kind.kind == "b" else int(np.iinfo(kind).max)


def _check_bounds(target: Array, low: int, high: int) -> None:
    kind = target.dtype
    if kind.kind == "f":
        first, last = -float(np.finfo(kind).max), float(np.finfo(kind).max)
    elif kind.kind == "b":
        first, last = 0, 1
    else:
        first, last = int(np.iinfo(kind).min), int(np.iinfo(kind).max)
    for name, bound in (("from", low), ("to - 1", high - 1)):
        if not first <= bound <= last:
            raise RuntimeError(f"{name} is out of bounds for {c_type(target)}")
    if kind.kind != "f":
        return
    digits = np.finfo(kind).nmant + 1
    for name, bound in (("from", low), ("to - 1", high - 1)):
        if not -(2**digits) <= bound <= 2**digits:
            warn(
                f"{name} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision "
                f"limitations {c_type(target)} can support discrete uniform distribution only "
                "within this range. This warning will become an error in version 1.7 release, "
                "please fix the code in advance",
            )


def _cast(kind: np.dtype[Any], number: Any) -> int:
    with np.errstate(over="ignore"):
        found = float(kind.type(number))
    return int(found) if math.isfinite(found) else number


def _representable_low(kind: np.dtype[Any], low: int) -> int:
    """Raise a bound to the next float where the dtype skips integers."""
    if kind.kind != "f":
        return low
    after = _cast(kind, low + 1)
    if after < low:
        return after + (1 << (abs(low + 1).bit_length() - 1 - np.finfo(kind).nmant))
    return low


def _representable_high(kind: np.dtype[Any], high: int) -> int:
    before = _cast(kind, high - 1)
    if before >= high:
        return before - (1 << (abs(high - 1).bit_length() - 1 - np.finfo(kind).nmant))
    return high
