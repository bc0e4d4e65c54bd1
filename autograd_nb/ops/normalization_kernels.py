"""Normalization on arrays, forward and backward, by blocks that stay in the cache.

Note [Rows by blocks]
A whole pass over a large array costs the way to memory and back; normalization needs about ten.
So a block of rows goes through all of them before the next one is begun, and threads share the
blocks. Sums of rows are products with ones, which BLAS does several times quicker than a
reduction.
"""

import numpy as np

from ..core import pool
from ..core.products import by_blocks
from .sizes import prod

WIDE = 4096  # entries that are summed one after the other, along vector lanes
NARROW = 16  # places of a channel up to which sums run over instances first


def room_for(block):
    """Return an uninitialised array like a block, on memory that is used again."""
    return pool.empty(block.shape, block.dtype)


def sum_of(x):
    """Return the sum over the last axis, which is kept."""
    width = x.shape[-1]
    if width == 1:
        return x
    if width > WIDE:
        return in_pieces(sum_of, x)
    return np.matmul(x, np.ones(width, x.dtype))[..., None]


def sum_product(x, y):
    """Return the sum of a product over the last axis, which is kept."""
    if x.shape[-1] == 1:
        return x * y
    return in_pieces(sum_product, x, y) if x.shape[-1] > WIDE else np.vecdot(x, y)[..., None]


def in_pieces(function, *arrays):
    """Return a sum over the last axis as one of sums: one after the other loses digits."""
    *lead, width = arrays[0].shape
    whole = width // WIDE * WIDE
    pieces = [a[..., :whole].reshape(*lead, whole // WIDE, WIDE) for a in arrays]
    found = sum_of(function(*pieces)[..., 0])
    return found + function(*(a[..., whole:] for a in arrays)) if whole < width else found


def total(parts, shape, dtype):
    """Return the sum of what blocks found, by the start of the block: always in one order."""
    result = np.zeros(shape, dtype)
    for start in sorted(parts):
        result += parts[start]
    return result


def moments(rows):
    """Return the mean and the variance of every row of (n, width), of shape (n, 1).

    The mean of the squares, less the square of the mean, is as exact as the mean square of the
    differences while the mean is no larger than the deviation. Elsewhere differences are taken.
    """
    width = rows.dtype.type(max(rows.shape[1], 1))
    mean = sum_of(rows) / width
    square = mean * mean
    variance = sum_product(rows, rows) / width - square
    if not np.less_equal(square, variance).all():
        centred = np.subtract(rows, mean, out=room_for(rows))
        variance = sum_product(centred, centred) / width
    return mean, variance


# -- rows -----------------------------------------------------------------------------------------
# Of shape (n, width); weight and bias are of shape (width,).


def normalize_rows(x, weight, bias, eps):
    """Return normalized rows, and of each its mean and inverse deviation, of shape (n, 1).

    Parameters
    ----------
    x : ndarray of shape (n, width)
    weight, bias : ndarray of shape (width,), or None
    eps : float
    """
    result = pool.empty(x.shape, x.dtype)
    mean = np.empty((len(x), 1), x.dtype)
    scale = np.empty_like(mean)
    starts = np.empty((2, x.shape[1]), x.dtype)
    starts[0] = 1 if weight is None else weight
    starts[1] = 0 if bias is None else bias
    eps = x.dtype.type(eps)

    def compute(parts):
        for part in parts:
            rows, block = x[part], result[part]
            own = room_for(rows)
            mean[part], variance = moments(rows)
            scale[part] = 1 / np.sqrt(variance + eps)
            np.multiply(scale[part], starts[0], out=own)
            np.multiply(rows, own, out=block)
            factors = np.ones((len(rows), 2), x.dtype)
            np.multiply(scale[part], -mean[part], out=factors[:, :1])
            block += np.matmul(factors, starts, out=own)

    by_blocks(compute, *x.shape)
    return result, mean, scale


def normalize_rows_backward(grad, x, weight, mean, scale, needs):
    r"""Return the cotangents of input, weight and bias of `normalize_rows`; None if not needed.

    Notes
    -----
    With ``a`` the inverse deviation and sums over a row of ``width`` entries,

    .. math:: grad_x = a w g + b x + c, \quad
              b = \frac{a^3}{width} (\mu \sum w g - \sum w g x), \quad
              c = -b \mu - \frac{a}{width} \sum w g
    """
    width = x.shape[1]
    grad_x = pool.empty(x.shape, grad.dtype) if needs[0] else None
    of_weight, of_bias = {}, {}
    if weight is None:
        weight = np.ones(width, grad.dtype)

    def compute(parts):
        for part in parts:
            g, rows, a, centre = grad[part], x[part], scale[part], mean[part]
            product, own = np.multiply(g, rows, out=room_for(g)), room_for(g)
            if needs[1]:
                of_weight[part.start] = a[:, 0] @ product - (a * centre)[:, 0] @ g
            if needs[2]:
                of_bias[part.start] = np.ones(len(g), g.dtype) @ g
            if grad_x is None:
                continue
            alone, both = (g @ weight)[:, None], (product @ weight)[:, None]
            slope = (centre * alone - both) * a**3 / width
            np.multiply(a, weight, out=own)
            block = np.multiply(g, own, out=grad_x[part])
            np.multiply(rows, slope, out=product)
            product -= slope * centre + a * alone / width
            block += product

    by_blocks(compute, *x.shape)
    grad_weight, grad_bias = (
        total(found, width, grad.dtype) if need else None
        for found, need in ((of_weight, needs[1]), (of_bias, needs[2]))
    )
    return grad_x, grad_weight, grad_bias


# -- groups of channels ---------------------------------------------------------------------------
# Of shape (n, channels, size); what belongs to a channel is of shape (channels, 1), or of shape
# (n, channels, 1) where instances differ.


def in_groups(x, groups):
    """Return what belongs to channels as a row for each group of an instance."""
    return x.reshape(-1, prod(x.shape[1:]) // groups)


def moved(x, slope, start, result):
    """Write ``x * slope + start``."""
    np.multiply(x, slope, out=result)
    result += start


def normalize_groups(x, groups, weight, bias, eps):
    """Return normalized groups, and their means and inverse deviations, of shape (n, groups, 1).

    Parameters
    ----------
    x : ndarray of shape (n, channels, size)
    groups : int
        A divisor of the channels.
    weight, bias : ndarray of shape (channels, 1) or (n, channels, 1), or None
    eps : float
    """
    n, channels = x.shape[:2]
    result = pool.empty(x.shape, x.dtype)
    mean = np.empty((n, groups, 1), x.dtype)
    scale = np.empty_like(mean)
    weight, bias = (by_instance(v, n) for v in (weight, bias))
    eps = x.dtype.type(eps)

    def compute(parts):
        for part in parts:
            rows, own = x[part], (-1, groups, 1)
            centre, variance = (v.reshape(own) for v in moments(in_groups(rows, groups)))
            a = 1 / np.sqrt(variance + eps)
            mean[part], scale[part] = centre, a
            slope = np.repeat(a, channels // groups, 1)
            slope = slope if weight is None else slope * weight[part]
            start = -np.repeat(centre, channels // groups, 1) * slope
            moved(rows, slope, start if bias is None else start + bias[part], result[part])

    by_blocks(compute, n, prod(x.shape[1:]))
    return result, mean, scale


def normalize_groups_backward(grad, x, weight, mean, scale, needs):
    """Return the cotangents of input, weight and bias of `normalize_groups`; None if not needed.

    Those of weight and bias are of shape (n, channels, 1): of every instance by itself. For the
    formula see `normalize_rows_backward`.
    """
    n, channels = x.shape[:2]
    groups = mean.shape[1]
    each = channels // groups
    grad_x = pool.empty(x.shape, grad.dtype) if needs[0] else None
    alone, both = np.empty((2, n, channels, 1), grad.dtype)
    weight = by_instance(weight, n)
    width = grad.dtype.type(max(prod(x.shape[1:]) // max(groups, 1), 1))

    def compute(parts):
        for part in parts:
            g, rows, a, centre = grad[part], x[part], scale[part], mean[part]
            alone[part], both[part] = sum_of(g), sum_product(g, rows)
            if grad_x is None:
                continue
            sums = [s[part] if weight is None else s[part] * weight[part] for s in (alone, both)]
            one, other = (np.add.reduce(in_groups(s, groups), 1).reshape(a.shape) for s in sums)
            slope = (centre * one - other) * a**3 / width
            start = -slope * centre - a * one / width
            a, slope, start = (np.repeat(v, each, 1) for v in (a, slope, start))
            block = np.multiply(g, a if weight is None else a * weight[part], out=grad_x[part])
            rest = np.multiply(rows, slope, out=room_for(block))
            rest += start
            block += rest

    by_blocks(compute, n, prod(x.shape[1:]))
    found = both - np.repeat(mean, each, 1) * alone
    found *= np.repeat(scale, each, 1)
    return grad_x, found if needs[1] else None, alone if needs[2] else None


def by_instance(vector, n):
    """Return what belongs to channels once for every instance, a view; None stays None."""
    return None if vector is None else np.broadcast_to(vector, (n, *vector.shape[-2:]))


# -- channels -------------------------------------------------------------------------------------
# Of shape (n, channels, size); what belongs to a channel is of shape (channels, 1).


def channel_sum(x):
    """Return the sum of every channel."""
    if x.shape[2] > NARROW:
        return np.add.reduce(sum_of(x), 0)
    flat = (np.ones(len(x), x.dtype) @ x.reshape(len(x), -1)).reshape(x.shape[1:])
    return flat if x.shape[2] == 1 else np.add.reduce(flat, 1, keepdims=True)


def channel_sum_product(x, y):
    """Return the sum of a product for every channel."""
    return np.add.reduce(sum_product(x, y), 0) if x.shape[2] > NARROW else channel_sum(x * y)


def channel_moments(x):
    """Return the mean and the variance of every channel.

    Parameters
    ----------
    x : ndarray of shape (n, channels, size)

    Returns
    -------
    tuple of two ndarrays of shape (channels, 1)
    """
    count = x.dtype.type(max(len(x) * x.shape[2], 1))
    shape, each = (x.shape[1], 1), prod(x.shape[1:])
    sums, squares = {}, {}

    def add(parts):
        for part in parts:
            sums[part.start] = channel_sum(x[part])

    by_blocks(add, len(x), each)
    mean = total(sums, shape, x.dtype) / count

    def add_squares(parts):
        for part in parts:
            centred = np.subtract(x[part], mean, out=room_for(x[part]))
            squares[part.start] = channel_sum_product(centred, centred)

    by_blocks(add_squares, len(x), each)
    return mean, total(squares, shape, x.dtype) / count


def normalize_channels(x, mean, scale, weight, bias):
    """Return channels, moved by their means and scaled; weight and bias may be None."""
    slope = scale if weight is None else scale * weight
    start = -mean * slope if bias is None else bias - mean * slope
    result = pool.empty(x.shape, x.dtype)

    def compute(parts):
        for part in parts:
            moved(x[part], slope, start, result[part])

    by_blocks(compute, len(x), prod(x.shape[1:]))
    return result


def normalize_channels_backward(grad, x, weight, mean, scale, training, needs):
    """Return the cotangents of input, weight and bias of batch normalization.

    Parameters
    ----------
    grad, x : ndarray of shape (n, channels, size)
    weight, mean, scale : ndarray of shape (channels, 1); the weight may be None
    training : bool
        Whether mean and scale are functions of the input.
    needs : tuple of three bools

    Returns
    -------
    tuple of ndarray or None
        Those of weight and bias are of shape (channels, 1).
    """
    each = prod(x.shape[1:])
    sums, products = {}, {}

    def add(parts):
        for part in parts:
            sums[part.start] = channel_sum(grad[part])
            centred = np.subtract(x[part], mean, out=room_for(x[part]))
            products[part.start] = channel_sum_product(grad[part], centred)

    by_blocks(add, len(x), each)
    alone, both = (total(found, mean.shape, grad.dtype) for found in (sums, products))
    both *= scale
    grad_x = None
    if needs[0]:
        grad_x = pool.empty(x.shape, grad.dtype)
        factor = scale if weight is None else scale * weight
        count = x.dtype.type(max(len(x) * x.shape[2], 1))
        slope = both * scale * factor / -count
        start = -slope * mean - alone * factor / count

        def compute(parts):
            for part in parts:
                block = np.multiply(grad[part], factor, out=grad_x[part])
                if training:
                    others = np.multiply(x[part], slope, out=room_for(block))
                    others += start
                    block += others

        by_blocks(compute, len(x), each)
    return grad_x, both if needs[1] else None, alone if needs[2] else None
