"""The gaussian error linear unit on arrays, forward and backward.

Note [Normal tail]
The probability that a normal number lies beyond a >= 0 is ``exp(-a * a / 2)`` times a smooth
function. In single precision that is a polynomial in ``t = 1 / (1 + a / 4)``, fitted in double
precision to a relative error of 4e-8, and the exponential serves the derivative too. In double
precision it is left to the complementary error function.
"""

from __future__ import annotations

import math

import numpy as np

from autograd_nb.ops import loops
from autograd_nb.ops.choice import at_least, give_sign
from autograd_nb.ops.special_kernels import blockwise, erfc

TAIL = (
    -0.0960663791,
    0.361957873,
    -0.305067355,
    0.318537062,
    0.00455325661,
    0.117926259,
    0.0981592662,
)
_ROOT_HALF = math.sqrt(0.5)
_DENSITY = 1 / math.sqrt(2 * math.pi)


def _tail(x, size):
    """Return the probability beyond `size`, the absolute value of x, and ``exp(-x * x / 2)``."""
    decay = x * x
    decay *= -0.5
    np.exp(decay, out=decay)
    if x.dtype == np.float64:
        return erfc(size * _ROOT_HALF) * 0.5, decay
    t = size * 0.25
    t += 1
    np.reciprocal(t, out=t)
    tail = t * TAIL[0]
    for c in TAIL[1:]:
        tail += c
        tail *= t
    tail *= decay
    return tail, decay


def _gelu_block(x):
    size = np.absolute(x)
    tail, _ = _tail(x, size)
    tail *= size
    result = at_least(0, x)
    result -= tail
    return result


def _slope_block(x):
    tail, decay = _tail(x, np.absolute(x))
    decay *= x
    decay *= _DENSITY
    np.subtract(0.5, tail, out=tail)
    give_sign(x, tail)
    decay += tail
    decay += 0.5
    return decay


def gelu(x):
    """Return each element times the normal probability of being below it."""
    if loops.suit_single(x):
        return loops.each(loops.activation.gelu, x)
    return blockwise(_gelu_block, x)


def gelu_backward(grad, x):
    """Return the cotangent of the input of `gelu`."""
    if loops.suit_single(x, grad):
        return loops.each(loops.activation.gelu_backward, grad, x)
    return grad * blockwise(_slope_block, x)
