"""PyTorch's vectorised normal sampler in single precision, to the last bit.

PyTorch's CPU kernel turns blocks of 16 uniforms into normals by the Box-Muller formula with the
polynomials of Cephes' ``logf`` and ``sincosf``, evaluated with fused multiply-adds.  NumPy has no
fused operation, so each one is emulated: the product of two singles is exact in double precision,
so one double addition and one rounding to single make it, up to ties.

A uniform has 24 bits, so there are 2**24 radii and 2**24 angles.  All of them were compared with
PyTorch 2.13.0: none differs (``python -m tests.exhaustive_normal`` repeats it).  That is what
allows the rounding below to treat ties more simply than IEEE does.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import sharing
from .exactmath import fma32
from .pool import empty

Singles = NDArray[np.float32]
Doubles = NDArray[np.float64]

BLOCK = 16
"""Numbers in a block: eight radii and eight angles in, eight cosine and eight sine normals out."""

_HALF_BLOCK = np.dtype(("V", 4 * BLOCK // 2))
"""Eight words or singles, which are copied as one thing."""

_CHUNK = 1 << 18
"""Numbers in one pass: milliseconds, in calls so long that two threads seldom meet between them."""


def _singles(*coefficients: float) -> tuple[float, ...]:
    return tuple(float(np.float32(c)) for c in coefficients)


# Those of the logarithm are doubled and negated, which changes no rounding.
_LOG = _singles(
    -2 * 7.0376836292e-2,
    2 * 1.1514610310e-1,
    -2 * 1.1676998740e-1,
    2 * 1.2420140846e-1,
    -2 * 1.4249322787e-1,
    2 * 1.6668057665e-1,
    -2 * 2.0000714765e-1,
    2 * 2.4999993993e-1,
    -2 * 3.3333331174e-1,
)
_SIN = _singles(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COS = _singles(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
# ln 2 and pi / 2 in parts: a few leading bits, whose small multiples are exact, and the rest.
# That of ln 2 too is doubled and negated, and is multiplied by exponents 2**23 times as large.
_LN2 = np.float32(-(2**-22) * 0.693359375), np.float32(2**-22 * 2.12194440e-4)
_HALF_PI = (
    np.float32(2 * 0.78515625),
    np.float32(2 * 2.4187564849853515625e-4),
    float(np.float32(2 * 3.77489497744594108e-8)),
)
_SIGN = -1 << 31
_SQRT_HALF_BITS = 0x3F3504F3
_ANGLE_UNIT = np.float32(np.float32(2 * math.pi) * np.float32(2**-24))


def single_normals(
    draw: Callable[[int], NDArray[np.uint32]], normals: Singles, mean: float = 0.0, std: float = 1.0
) -> None:
    """Fill an array with normals made of words of the stream, block by block.

    Parameters
    ----------
    draw : callable
        ``draw(n)`` gives the next n words of 32 bits; they are overwritten.
    normals : array (count,) of float32
        To be filled; count is a multiple of 16.
    mean, std : float, default 0 and 1
    """
    drawing = threading.Lock()

    def work(chunks: Iterator[Singles]) -> None:
        while True:
            with drawing:  # words come one after another; what is made of them is made meanwhile
                out = next(chunks, None)
                if out is None:
                    return
                words = draw(out.size)
            _BoxMuller(out.size // 2)(words.view(np.int32), out)
            if (mean, std) != (0.0, 1.0):
                out[:] = fma32(out, std, mean)

    chunks = [normals[start : start + _CHUNK] for start in range(0, normals.size, _CHUNK)]
    sharing.share(chunks, work, sharing.LONG)


class _BoxMuller:
    """The block formula with its own scratch space, for up to `pairs` pairs at once."""

    def __init__(self, pairs: int) -> None:
        self._ints = empty((2, pairs), np.dtype(np.int32))
        self._singles = empty((7, pairs), np.dtype(np.float32))
        self._doubles = empty((3, pairs), np.dtype(np.float64))

    def __call__(self, words: NDArray[np.int32], out: Singles) -> None:
        words &= 0xFFFFFF
        pairs = words.size // 2
        scratch = self._singles[:, :pairs]
        radius, cosine, sine = scratch[4:]
        whole = self._ints[0, :pairs]
        halves, half = words.view(_HALF_BLOCK), whole.view(_HALF_BLOCK)
        # 1 - u is a whole number of 2**-24; the logarithm takes that number.
        np.copyto(half, halves[0::2])
        np.subtract(2**24, whole, out=whole)
        np.copyto(radius, whole, casting="unsafe")
        self._minus_two_log(radius, scratch)
        np.sqrt(radius, out=radius)
        np.copyto(half, halves[1::2])
        self._cos_sin(whole, cosine, sine, scratch)
        cosine *= radius
        sine *= radius
        normals = out.view(_HALF_BLOCK)
        np.copyto(normals[0::2], cosine.view(_HALF_BLOCK))
        np.copyto(normals[1::2], sine.view(_HALF_BLOCK))
        # Adding the mean turns -0.0 into 0.0, also where the mean is zero.
        out += np.float32(0)

    def _minus_two_log(self, numbers: Singles, scratch: Singles) -> None:
        """Replace whole numbers n by -2 log(n * 2**-24)."""
        exponent = self._ints[0, : numbers.size]
        t, e, y, square = scratch[:4]
        x, wide, other = self._doubles[:, : numbers.size]
        bits = numbers.view(np.int32)
        # n = 2**exponent * (1 + t) with 1 + t in [sqrt(1/2), sqrt(2)). The exponent stays where it
        # is among the bits, and so is 2**23 times as large.
        np.subtract(bits, _SQRT_HALF_BITS, out=exponent)
        exponent &= -1 << 23
        np.subtract(bits, exponent, out=t.view(np.int32))
        t -= np.float32(1)
        exponent -= 24 << 23
        np.copyto(e, exponent, casting="unsafe")
        np.copyto(x, t)
        _polynomial(x, _LOG, wide)
        np.copyto(y, wide, casting="same_kind")
        y *= t
        np.multiply(t, t, out=square)
        np.copyto(wide, y)
        np.copyto(other, square)
        wide *= other
        np.multiply(e, _LN2[1], out=y)
        np.copyto(other, y)
        wide += other
        np.copyto(y, wide, casting="same_kind")
        y += square
        t += t
        y -= t
        e *= _LN2[0]
        np.add(y, e, out=numbers)

    def _cos_sin(
        self, whole: NDArray[np.int32], cosine: Singles, sine: Singles, scratch: Singles
    ) -> None:
        """Fill `cosine` and `sine` for angles of `whole` * 2**-24 turns; `whole` is overwritten."""
        mask = self._ints[1, : whole.size]
        t, turns, c, square = scratch[:4]
        x, wide, z = self._doubles[:, : whole.size]
        np.copyto(cosine, whole, casting="unsafe")
        cosine *= _ANGLE_UNIT
        # The nearest quarter of a turn is in bits 22 and up.
        whole += 1 << 21
        np.right_shift(whole, 22, out=mask)
        np.copyto(turns, mask, casting="unsafe")
        # The angle less a multiple of pi / 2; only the last part of it needs the fused step.
        np.multiply(turns, _HALF_PI[0], out=t)
        np.subtract(cosine, t, out=t)
        np.multiply(turns, _HALF_PI[1], out=c)
        t -= c
        np.copyto(x, t)
        np.copyto(wide, turns)
        wide *= _HALF_PI[2]
        x -= wide
        np.copyto(t, x, casting="same_kind")
        np.copyto(x, t)
        np.multiply(t, t, out=square)
        np.copyto(z, square)

        _polynomial(z, _COS, wide)
        np.copyto(c, wide, casting="same_kind")
        c *= square
        np.copyto(wide, c)
        wide -= 0.5
        wide *= z
        np.copyto(c, wide, casting="same_kind")
        c += np.float32(1)

        s = turns
        _polynomial(z, _SIN, wide)
        np.copyto(s, wide, casting="same_kind")
        s *= square
        np.copyto(wide, s)
        wide += 1.0
        wide *= x
        np.copyto(s, wide, casting="same_kind")

        # Bit 22 swaps the two; bit 23 is the sign of the sine, and the cosine's sign runs a quarter
        # turn ahead.
        whole <<= 8
        c_bits, s_bits, difference = c.view(np.int32), s.view(np.int32), t.view(np.int32)
        np.left_shift(whole, 1, out=mask)
        mask >>= 31
        np.bitwise_xor(c_bits, s_bits, out=difference)
        difference &= mask
        c_bits ^= difference
        s_bits ^= difference
        np.bitwise_and(whole, _SIGN, out=mask)
        np.bitwise_xor(s_bits, mask, out=sine.view(np.int32))
        whole += 1 << 30
        whole &= _SIGN
        np.bitwise_xor(c_bits, whole, out=cosine.view(np.int32))


def _polynomial(x: Doubles, coefficients: tuple[float, ...], out: Doubles) -> None:
    """Evaluate by Horner's rule in single precision, but leave the last sum unrounded."""
    bits: NDArray[Any] = out.view(np.int64)
    np.multiply(x, coefficients[0], out=out)
    for coefficient in coefficients[1:-1]:
        out += coefficient
        # Round to the 24 bits of a single: add half of the last one, clear what follows.
        bits += 1 << 28
        bits &= -(1 << 29)
        out *= x
    out += coefficients[-1]
