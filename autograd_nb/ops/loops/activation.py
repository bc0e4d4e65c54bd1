"""Activations and their derivatives, in single precision: see Note [Compiled loops].

Those of arrays alone are ufuncs. Next to a number a ufunc does not run in vectors, so the others
are loops over flat arrays; the last argument of both is where the result goes.
"""

import math

import numpy as np

from ..gelu_kernels import TAIL
from .compiling import loop, part, ufunc
from .elementary import HALF, ONE, TWO, exp, expm1, log1p, logistic, polynomial

_TAIL = tuple(map(np.float32, TAIL))  # see Note [Normal tail]
_QUARTER = np.float32(0.25)
_DENSITY = np.float32(1 / math.sqrt(2 * math.pi))
_CUBIC = np.float32(0.044715)
_TRIPLE_CUBIC = np.float32(3 * 0.044715)
_SLOPE = np.float32(2 * math.sqrt(2 / math.pi))
_ZERO = np.float32(0)


# -- logistic --------------------------------------------------------------------------------------
@ufunc
def sigmoid(x):
    """Return the logistic function."""
    return logistic(x)


@ufunc
def sigmoid_backward(grad, result):
    """Return the cotangent of the input of `sigmoid`."""
    return grad * (ONE - result) * result


@ufunc
def silu(x):
    """Return x times its logistic function."""
    return x / (ONE + exp(-x))


@ufunc
def silu_backward(grad, x):
    """Return the cotangent of the input of `silu`."""
    s = logistic(x)
    return grad * s * (ONE + x * (ONE - s))


# -- normal ----------------------------------------------------------------------------------------
@part
def tail(x, decay):
    """Return the normal probability beyond ``abs(x)``, where `decay` is ``exp(-x * x / 2)``."""
    t = ONE / (abs(x) * _QUARTER + ONE)
    return polynomial(_TAIL, t) * t * decay


@ufunc
def gelu(x):
    """Return x times the normal probability of being below it."""
    size = abs(x)
    return max(x, _ZERO) - size * tail(x, exp(-HALF * x * x))


@ufunc
def gelu_backward(grad, x):
    """Return the cotangent of the input of `gelu`."""
    decay = exp(-HALF * x * x)
    beyond = tail(x, decay)
    below = beyond if x < _ZERO else ONE - beyond
    return grad * (below + x * decay * _DENSITY)


@ufunc
def gelu_tanh(x):
    """Return the approximation of `gelu` by a hyperbolic tangent: a logistic of twice as much."""
    return x / (ONE + exp(-_SLOPE * (x + _CUBIC * x * x * x)))


@ufunc
def gelu_tanh_backward(grad, x):
    """Return the cotangent of the input of `gelu_tanh`."""
    square = x * x
    s = logistic(_SLOPE * x * (ONE + _CUBIC * square))
    return grad * s * (ONE + x * (ONE - s) * _SLOPE * (ONE + _TRIPLE_CUBIC * square))


# -- softened rectifiers ---------------------------------------------------------------------------
@part
def soft(x):
    """Return ``log(1 + exp(x))``."""
    return max(x, _ZERO) + log1p(exp(-abs(x)))


@loop
def softplus(x, beta, threshold, result):
    """Write ``log(1 + exp(beta * x)) / beta``, or x where ``beta * x`` is above the threshold."""
    for i in range(x.size):
        scaled = x[i] * beta
        curved = soft(scaled) / beta
        result[i] = x[i] if scaled > threshold else curved


@loop
def softplus_backward(grad, x, beta, threshold, result):
    """Write the cotangent of the input of `softplus`."""
    for i in range(x.size):
        scaled = x[i] * beta
        slope = logistic(scaled)
        result[i] = grad[i] * (ONE if scaled > threshold else slope)


@part
def tanh_of_soft(x, e):
    """Return ``tanh(log(1 + exp(x)))`` from ``exp(-abs(x))``: a quotient of polynomials."""
    above = (ONE + TWO * e) / (ONE + TWO * e + TWO * e * e)
    below = e * (e + TWO) / (e * (e + TWO) + TWO)
    return below if x < _ZERO else above


@ufunc
def mish(x):
    """Return ``x * tanh(log(1 + exp(x)))``."""
    return x * tanh_of_soft(x, exp(-abs(x)))


@ufunc
def mish_backward(grad, x):
    """Return the cotangent of the input of `mish`."""
    e = exp(-abs(x))
    bent = tanh_of_soft(x, e)
    s = (e if x < _ZERO else ONE) / (ONE + e)
    return grad * (bent + x * s * (ONE - bent) * (ONE + bent))


@loop
def elu(x, above, below, inner, result):
    """Write ``above * x``, or ``below * (exp(inner * x) - 1)`` where x is not positive."""
    for i in range(x.size):
        curved = below * expm1(inner * x[i])
        result[i] = x[i] * above if x[i] > _ZERO else curved


@loop
def elu_backward(grad, x, above, below, inner, result):
    """Write the cotangent of the input of `elu`."""
    for i in range(x.size):
        slope = below * inner * exp(inner * x[i])
        result[i] = grad[i] * (above if x[i] > _ZERO else slope)
