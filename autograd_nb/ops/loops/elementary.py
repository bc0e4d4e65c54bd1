"""Elementary functions of single precision, without a branch, so that loops run in vectors.

Both sides of a choice are computed before it: what is computed on one side alone is a branch.

The coefficients are those of Moshier's Cephes for `exp`, and a polynomial through Chebyshev points
for `log1p`, right to 5e-9 before rounding.
"""

import numpy as np

from .compiling import part

SMALLEST = np.float32(-103.9)  # the exponential is zero below
LARGEST = np.float32(88.8)  # and infinite above
HALF, ONE, TWO = map(np.float32, (0.5, 1, 2))
_PER_OCTAVE = np.float32(1.4426950408889634)  # 1 / log(2)
_LOG_2 = np.float32(0.693359375), np.float32(-2.12194440e-4)  # in two parts
_ALL_BUT_SIGN = np.int32(0x7FFFFFFF)
_EXP = tuple(
    map(
        np.float32,
        (
            1.9875691500e-4,
            1.3981999507e-3,
            8.3334519073e-3,
            4.1665795894e-2,
            1.6666665459e-1,
            5.0000001201e-1,
        ),
    )
)
_LOG1P = tuple(
    map(
        np.float32,
        (
            -0.0031760570331529664,
            0.019542527351771553,
            -0.05637361305353428,
            0.10543623824392358,
            -0.1526966709602667,
            0.19663274266717698,
            -0.24951616265242238,
            0.333297104992198,
            -0.49999892648078537,
            0.9999999946562932,
        ),
    )
)


@part
def polynomial(coefficients, x):
    """Return a polynomial's value; the coefficient of the highest power comes first."""
    result = coefficients[0]
    for c in coefficients[1:]:
        result = result * x + c
    return result


@part
def power_of_two(k):
    """Return ``2 ** k`` of an integer from -126 to 127: its bits are an exponent's."""
    return np.int32((k + 127) << 23).view(np.float32)


@part
def order(x):
    """Return an integer; of two of them the larger one belongs to the larger number.

    A maximum of integers runs in vectors, one of numbers that may be NaN does not. NaN comes last,
    or first if its sign is set.
    """
    bits = np.float32(x).view(np.int32)
    return np.int32(bits ^ ((bits >> 31) & _ALL_BUT_SIGN))


@part
def number(order):
    """Return the number of an integer from `order`."""
    return np.int32(order ^ ((order >> 31) & _ALL_BUT_SIGN)).view(np.float32)


@part
def exp(x):
    """Return the exponential, right to 2e-7."""
    x = min(max(x, SMALLEST), LARGEST)
    octaves = np.floor(x * _PER_OCTAVE + HALF)
    rest = x - octaves * _LOG_2[0] - octaves * _LOG_2[1]
    result = polynomial(_EXP, rest) * (rest * rest) + rest + ONE
    k = np.int32(octaves)
    half = k >> 1  # 2 ** k itself may be no float, or a subnormal one
    return result * power_of_two(half) * power_of_two(k - half)


@part
def expm1(x):
    """Return ``exp(x) - 1``; right to 3e-7 of itself for small x, too."""
    near = x * (polynomial(_EXP, x) * x + ONE)
    far = exp(x) - ONE
    return near if abs(x) < HALF else far


@part
def log1p(x):
    """Return ``log(1 + x)`` of numbers from 0 to 1."""
    return polynomial(_LOG1P, x) * x


@part
def logistic(x):
    """Return ``1 / (1 + exp(-x))``."""
    return ONE / (ONE + exp(-x))
