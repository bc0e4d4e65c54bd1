"""Softmax and its logarithm in loops over rows, in single precision: see Note [Compiled loops]."""

import numpy as np

from . import PIECE
from .compiling import loop, part
from .elementary import exp, number, order

_LOWEST = np.int32(-(2**31))
_ZERO = np.float32(0)


@part
def largest(row):
    """Return the largest entry; NaN if there is one, but for its sign."""
    top = _LOWEST
    for j in range(row.size):
        top = max(top, order(row[j]))
    return number(top)


@loop
def softmax(x, result):
    """Write exponentials, divided by the sum of their row."""
    rows, width = x.shape
    for i in range(rows):
        top = largest(x[i])
        total = _ZERO
        for start in range(0, width, PIECE):
            piece, out = x[i, start : start + PIECE], result[i, start : start + PIECE]
            share = _ZERO
            for j in range(piece.size):
                raised = exp(piece[j] - top)
                out[j] = raised
                share += raised
            total += share
        factor = np.float32(1) / total
        for j in range(width):
            result[i, j] *= factor


@loop
def softmax_backward(grad, output, result):
    """Write the cotangent of the input of `softmax`."""
    rows, width = output.shape
    for i in range(rows):
        total = _ZERO
        for start in range(0, width, PIECE):
            g, out = grad[i, start : start + PIECE], output[i, start : start + PIECE]
            share = _ZERO
            for j in range(out.size):
                share += g[j] * out[j]
            total += share
        for j in range(width):
            result[i, j] = (grad[i, j] - total) * output[i, j]


@loop
def log_softmax(x, result):
    """Write numbers less the logarithm of the sum of their row's exponentials."""
    rows, width = x.shape
    for i in range(rows):
        top = largest(x[i])
        total = _ZERO
        for start in range(0, width, PIECE):
            piece = x[i, start : start + PIECE]
            share = _ZERO
            for j in range(piece.size):
                share += exp(piece[j] - top)
            total += share
        log = np.log(total)
        for j in range(width):
            result[i, j] = x[i, j] - top - log


@loop
def log_softmax_backward(grad, output, result):
    """Write the cotangent of the input of `log_softmax`."""
    rows, width = output.shape
    for i in range(rows):
        total = _ZERO
        for start in range(0, width, PIECE):
            g = grad[i, start : start + PIECE]
            share = _ZERO
            for j in range(g.size):
                share += g[j]
            total += share
        for j in range(width):
            result[i, j] = grad[i, j] - exp(output[i, j]) * total
