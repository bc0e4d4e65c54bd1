"""Normalization in loops, one or two passes over memory: see Note [Compiled loops].

Arrays are of shape (rows, width). In functions by row, what belongs to a row is of shape (rows,);
in functions by column, what belongs to a column is of shape (width,).
"""

from . import PIECE
from .compiling import loop

# -- by row ----------------------------------------------------------------------------------------


@loop
def row_moments(x, mean, variance):
    """Write the mean and the variance of every row."""
    rows, width = x.shape
    of_one = x.dtype.type(1) / x.dtype.type(width)
    for i in range(rows):
        total = x.dtype.type(0)
        for start in range(0, width, PIECE):
            part = x.dtype.type(0)
            piece = x[i, start : start + PIECE]
            for j in range(piece.size):
                part += piece[j]
            total += part
        centre = total * of_one
        total = x.dtype.type(0)
        for start in range(0, width, PIECE):
            part = x.dtype.type(0)
            piece = x[i, start : start + PIECE]
            for j in range(piece.size):
                part += (piece[j] - centre) * (piece[j] - centre)
            total += part
        mean[i] = centre
        variance[i] = total * of_one


@loop
def row_sums(grad, x, centre, alone, both):
    """Write for every row the sums of ``grad`` and of ``grad * (x - centre)``."""
    rows, width = x.shape
    for i in range(rows):
        c = centre[i]
        one = other = x.dtype.type(0)
        for start in range(0, width, PIECE):
            part = product = x.dtype.type(0)
            piece, g = x[i, start : start + PIECE], grad[i, start : start + PIECE]
            for j in range(piece.size):
                part += g[j]
                product += g[j] * (piece[j] - c)
            one += part
            other += product
        alone[i] = one
        both[i] = other


@loop
def move_rows(x, slope, start, result):
    """Write ``x * slope + start``."""
    rows, width = x.shape
    for i in range(rows):
        a, b = slope[i], start[i]
        for j in range(width):
            result[i, j] = x[i, j] * a + b


@loop
def combine_rows(grad, x, factor, slope, start, result):
    """Write ``grad * factor + x * slope + start``."""
    rows, width = x.shape
    for i in range(rows):
        a, b, c = factor[i], slope[i], start[i]
        for j in range(width):
            result[i, j] = grad[i, j] * a + x[i, j] * b + c


# -- by column -------------------------------------------------------------------------------------


@loop
def column_moments(x, mean, variance):
    """Write the mean and the variance of every column."""
    rows, width = x.shape
    of_one = x.dtype.type(1) / x.dtype.type(rows)
    mean[:] = 0
    variance[:] = 0
    for i in range(rows):
        for j in range(width):
            mean[j] += x[i, j]
    for j in range(width):
        mean[j] *= of_one
    for i in range(rows):
        for j in range(width):
            variance[j] += (x[i, j] - mean[j]) * (x[i, j] - mean[j])
    for j in range(width):
        variance[j] *= of_one


@loop
def column_sums(grad, x, centre, alone, both):
    """Write for every column the sums of ``grad`` and of ``grad * (x - centre)``."""
    rows, width = x.shape
    alone[:] = 0
    both[:] = 0
    for i in range(rows):
        for j in range(width):
            alone[j] += grad[i, j]
            both[j] += grad[i, j] * (x[i, j] - centre[j])


@loop
def move_columns(x, slope, start, result):
    """Write ``x * slope + start``."""
    rows, width = x.shape
    for i in range(rows):
        for j in range(width):
            result[i, j] = x[i, j] * slope[j] + start[j]


@loop
def combine_columns(grad, x, factor, slope, start, result):
    """Write ``grad * factor + x * slope + start``."""
    rows, width = x.shape
    for i in range(rows):
        for j in range(width):
            result[i, j] = grad[i, j] * factor[j] + x[i, j] * slope[j] + start[j]


# -- statistics by row, weights by column ----------------------------------------------------------


@loop
def standardize(x, mean, scale, weight, bias, result):
    """Write ``(x - mean) * scale * weight + bias``."""
    rows, width = x.shape
    for i in range(rows):
        centre, a = mean[i], scale[i]
        for j in range(width):
            result[i, j] = (x[i, j] - centre) * a * weight[j] + bias[j]


@loop
def standardize_backward(grad, x, mean, scale, weight, grad_weight, grad_bias, result):
    """Write the cotangent of ``x`` in `standardize`; add those of weight and bias."""
    rows, width = x.shape
    of_one = x.dtype.type(1) / x.dtype.type(width)
    for i in range(rows):
        centre, a = mean[i], scale[i]
        alone = both = x.dtype.type(0)
        for start in range(0, width, PIECE):
            part = product = x.dtype.type(0)
            piece, g = x[i, start : start + PIECE], grad[i, start : start + PIECE]
            w = weight[start : start + PIECE]
            of_weight = grad_weight[start : start + PIECE]
            of_bias = grad_bias[start : start + PIECE]
            for j in range(piece.size):
                normal = (piece[j] - centre) * a
                of_weight[j] += g[j] * normal
                of_bias[j] += g[j]
                part += g[j] * w[j]
                product += g[j] * w[j] * normal
            alone += part
            both += product
        alone *= of_one
        both *= of_one
        for j in range(width):
            normal = (x[i, j] - centre) * a
            result[i, j] = (grad[i, j] * weight[j] - alone - normal * both) * a
