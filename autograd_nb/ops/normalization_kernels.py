"""Normalization on arrays, forward and backward, by blocks that stay in the cache.

Note [Rows by blocks]
A whole pass over a large array costs the way to memory and back; normalization needs about ten.
So a block of rows goes through all of them before the next one is begun, and threads share the
blocks. Sums of rows are products with ones, which BLAS does several times quicker than a
reduction. Where a loop is compiled, a block goes through it once or twice instead: see
Note [Compiled loops].
"""

import numpy as np

from ..core import pool, products
from . import loops
from .sizes import prod

WIDE = loops.PIECE
NARROW = 16  # places of a channel up to which sums run over instances first


def by_blocks(compute, x):
    """Compute for blocks of the first dimension, of formulas or of loops."""
    run = loops.by_blocks if loops.suit(x) else products.by_blocks
    run(compute, len(x), prod(x.shape[1:]))


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
    if loops.suit(rows):
        mean, variance = np.empty((2, len(rows), 1), rows.dtype)
        loops.normalization.row_moments(rows, mean[:, 0], variance[:, 0])
        return mean, variance
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
            mean[part], variance = moments(rows)
            scale[part] = 1 / np.sqrt(variance + eps)
            if loops.suit(rows):
                loops.normalization.standardize(rows, mean[part, 0], scale[part, 0], *starts, block)
                continue
            own = room_for(rows)
            np.multiply(scale[part], starts[0], out=own)
            np.multiply(rows, own, out=block)
            factors = np.ones((len(rows), 2), x.dtype)
            np.multiply(scale[part], -mean[part], out=factors[:, :1])
            block += np.matmul(factors, starts, out=own)

    by_blocks(compute, x)
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
            if loops.suit(rows):
                sums = of_weight[part.start], of_bias[part.start] = np.zeros((2, width), g.dtype)
                block = room_for(g) if grad_x is None else grad_x[part]
                loops.normalization.standardize_backward(
                    g, rows, centre[:, 0], a[:, 0], weight, *sums, block
                )
                continue
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

    by_blocks(compute, x)
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


def layout(x, *vectors):
    """Return how loops go over a block: a suffix, the shape, and vectors as they take them.

    Where channels are narrow and the same for all instances, a place of a channel is a column.
    """
    n, channels, size = x.shape
    if size <= NARROW and all(v.ndim == 2 or len(v) == 1 for v in vectors):
        return "columns", (n, channels * size), [np.repeat(v.reshape(-1), size) for v in vectors]
    shape = (n, channels, 1)
    vectors = [np.broadcast_to(v, shape).reshape(-1) for v in vectors]
    return "rows", (n * channels, size), vectors


def moved(x, slope, start, result):
    """Write ``x * slope + start``."""
    if loops.suit(x):
        by, shape, vectors = layout(x, slope, start)
        move = loops.normalization.move_rows if by == "rows" else loops.normalization.move_columns
        return move(x.reshape(shape), *vectors, result.reshape(shape))
    np.multiply(x, slope, out=result)
    result += start


def combined(grad, x, factor, slope, start, result):
    """Write ``grad * factor + x * slope + start``."""
    if loops.suit(x):
        by, shape, vectors = layout(x, factor, slope, start)
        combine = (
            loops.normalization.combine_rows
            if by == "rows"
            else loops.normalization.combine_columns
        )
        return combine(grad.reshape(shape), x.reshape(shape), *vectors, result.reshape(shape))
    np.multiply(grad, factor, out=result)
    rest = np.multiply(x, slope, out=room_for(result))
    rest += start
    result += rest


def sums_about(grad, x, centre):
    """Return for every channel of an instance the sums of grad and of ``grad * (x - centre)``."""
    if loops.suit(x):
        shape = (-1, x.shape[2])
        centre = np.broadcast_to(centre, (*x.shape[:2], 1)).reshape(-1)
        sums = np.empty((2, centre.size), x.dtype)
        loops.normalization.row_sums(grad.reshape(shape), x.reshape(shape), centre, *sums)
        return sums.reshape(2, *x.shape[:2], 1)
    return sum_of(grad), sum_product(grad, np.subtract(x, centre, out=room_for(x)))


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

    by_blocks(compute, x)
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
            alone[part], both[part] = sums_about(g, rows, np.repeat(centre, each, 1))
            if grad_x is None:
                continue
            sums = [s[part] if weight is None else s[part] * weight[part] for s in (alone, both)]
            one, other = (np.add.reduce(in_groups(s, groups), 1).reshape(a.shape) for s in sums)
            slope = other * a**3 / -width
            start = -slope * centre - a * one / width
            a, slope, start = (np.repeat(v, each, 1) for v in (a, slope, start))
            factor = a if weight is None else a * weight[part]
            combined(g, rows, factor, slope, start, grad_x[part])

    by_blocks(compute, x)
    both *= np.repeat(scale, each, 1)
    return grad_x, both if needs[1] else None, alone if needs[2] else None


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


def block_moments(x):
    """Return the mean and the variance of every channel of a block, of shape (channels, 1)."""
    n, channels, size = x.shape
    if size > NARROW:
        return joined(*(v.reshape(n, channels, 1) for v in moments(x.reshape(-1, size))))
    if loops.suit(x):
        found = np.empty((2, channels * size), x.dtype)
        loops.normalization.column_moments(x.reshape(n, -1), *found)
        return joined(*(v.reshape(channels, size).T[..., None] for v in found))
    count = x.dtype.type(n * size)
    mean = channel_sum(x) / count
    centred = np.subtract(x, mean, out=room_for(x))
    return mean, channel_sum_product(centred, centred) / count


def joined(means, variances, counts=None):
    """Return the mean and the variance of all entries of sets of them, along the first dimension.

    Parameters
    ----------
    means, variances : ndarray of shape (sets, channels, 1)
    counts : list of int, optional
        How many entries a set has; the same number by default.
    """
    counts = np.reshape([1] * len(means) if counts is None else counts, (-1, 1, 1))
    share = (counts / np.add.reduce(counts, None)).astype(means.dtype)
    mean = np.add.reduce(means * share, 0)
    return mean, np.add.reduce((variances + (means - mean) ** 2) * share, 0)


def channel_moments(x):
    """Return the mean and the variance of every channel.

    Parameters
    ----------
    x : ndarray of shape (n, channels, size)

    Returns
    -------
    tuple of two ndarrays of shape (channels, 1)
    """
    if not x.size:
        return np.zeros((2, x.shape[1], 1), x.dtype)
    found = {}

    def compute(parts):
        for part in parts:
            found[part.start] = *block_moments(x[part]), len(x[part])

    by_blocks(compute, x)
    means, variances, counts = zip(*(found[start] for start in sorted(found)), strict=True)
    return joined(np.stack(means), np.stack(variances), counts)


def normalize_channels(x, mean, scale, weight, bias):
    """Return channels, moved by their means and scaled; weight and bias may be None."""
    slope = scale if weight is None else scale * weight
    start = -mean * slope if bias is None else bias - mean * slope
    result = pool.empty(x.shape, x.dtype)

    def compute(parts):
        for part in parts:
            moved(x[part], slope, start, result[part])

    by_blocks(compute, x)
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
    sums = {}

    def add(parts):
        for part in parts:
            sums[part.start] = np.array(channel_sums_about(grad[part], x[part], mean))

    by_blocks(add, x)
    alone, both = total(sums, (2, *mean.shape), grad.dtype)
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
                if training:
                    combined(grad[part], x[part], factor, slope, start, grad_x[part])
                else:
                    np.multiply(grad[part], factor, out=grad_x[part])

        by_blocks(compute, x)
    return grad_x, both if needs[1] else None, alone if needs[2] else None


def channel_sums_about(grad, x, centre):
    """Return for every channel the sums of grad and of ``grad * (x - centre)``."""
    if not loops.suit(x):
        centred = np.subtract(x, centre, out=room_for(x))
        return channel_sum(grad), channel_sum_product(grad, centred)
    if x.shape[2] > NARROW:
        return np.add.reduce(sums_about(grad, x, centre), 1)
    _, shape, (centre,) = layout(x, centre)
    sums = np.empty((2, centre.size), x.dtype)
    loops.normalization.column_sums(grad.reshape(shape), x.reshape(shape), centre, *sums)
    return np.add.reduce(sums.reshape(2, *x.shape[1:]), 2, keepdims=True)
