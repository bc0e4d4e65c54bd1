"""Normalization on arrays, forward and backward, by blocks that stay in the cache.

Note [Rows by blocks]
A whole pass over a large array costs the way to memory and back; normalization needs about ten.
So a block of rows goes through all of them before the next one is begun. Sums of rows are
products with ones, which BLAS does several times quicker than a reduction.
"""

import numpy as np

from ..core import pool
from .sizes import prod

BLOCK = 1 << 16  # elements; three such blocks of float32 fit the second cache


def blocks(count, each):
    """Yield slices of ``count`` items of ``each`` elements, a block's worth at a time."""
    step = max(1, BLOCK // max(each, 1))
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))


def sum_of(x):
    """Return the sum over the last axis, which is kept."""
    return (x.reshape(-1, x.shape[-1]) @ np.ones(x.shape[-1], x.dtype)).reshape(*x.shape[:-1], 1)


def sum_product(x, y):
    """Return the sum of a product over the last axis, which is kept."""
    return np.vecdot(x, y)[..., None]


# -- rows -----------------------------------------------------------------------------------------
# Of shape (n, groups, width); weight and bias are of shape (groups, width). Layer normalization
# has one group.


def normalize_rows(x, weight, bias, eps):
    """Return normalized rows, and of each its mean and inverse deviation, of shape (n, groups, 1).

    Parameters
    ----------
    x : ndarray of shape (n, groups, width)
    weight, bias : ndarray of shape (groups, width), or None
    eps : float
    """
    result = pool.empty(x.shape, x.dtype)
    mean = np.empty((*x.shape[:2], 1), x.dtype)
    scale = np.empty_like(mean)
    width, eps = x.dtype.type(max(x.shape[2], 1)), x.dtype.type(eps)
    for part in blocks(len(x), prod(x.shape[1:])):
        mean[part] = sum_of(x[part]) / width
        block = np.subtract(x[part], mean[part], out=result[part])
        scale[part] = 1 / np.sqrt(sum_product(block, block) / width + eps)
        block *= scale[part]
        if weight is not None:
            block *= weight
        if bias is not None:
            block += bias
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
    shape = x.shape[1:]
    grad_x = pool.empty(x.shape, grad.dtype) if needs[0] else None
    grad_weight = np.zeros(shape, grad.dtype) if needs[1] else None
    grad_bias = np.zeros(shape, grad.dtype) if needs[2] else None
    width = x.dtype.type(max(shape[1], 1))
    for part in blocks(len(x), prod(shape)):
        g, a, centre = grad[part], scale[part], mean[part]
        product = g * x[part]
        if grad_weight is not None:
            grad_weight += over_instances(a, product)
            grad_weight -= over_instances(a * centre, g)
        if grad_bias is not None:
            grad_bias += over_instances(np.ones_like(a), g)
        if grad_x is None:
            continue
        block = grad_x[part]
        if weight is None:
            alone, both = sum_of(g), sum_of(product)
            np.multiply(g, a, out=block)
        else:
            alone, both = sum_product(g, weight), sum_product(product, weight)
            np.multiply(g, weight, out=block)
            block *= a
        slope = (centre * alone - both) * a**3 / width
        np.multiply(x[part], slope, out=product)
        product -= slope * centre + a * alone / width
        block += product
    return grad_x, grad_weight, grad_bias


def over_instances(factors, rows):
    """Return the sum over instances of rows times factors, by one product for each group."""
    return np.matmul(factors.transpose(1, 2, 0), rows.transpose(1, 0, 2))[:, 0]


# -- channels -------------------------------------------------------------------------------------
# Of shape (n, channels, size); what belongs to a channel is of shape (channels, 1).


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
    mean = np.add.reduce(sum_of(x), 0) / count
    squares = np.zeros_like(mean)
    for part in blocks(len(x), prod(x.shape[1:])):
        centred = x[part] - mean
        squares += np.add.reduce(sum_product(centred, centred), 0)
    return mean, squares / count


def normalize_channels(x, mean, scale, weight, bias):
    """Return channels, moved by their means and scaled; weight and bias may be None."""
    slope = scale if weight is None else scale * weight
    start = -mean * slope if bias is None else bias - mean * slope
    result = pool.empty(x.shape, x.dtype)
    for part in blocks(len(x), prod(x.shape[1:])):
        block = np.multiply(x[part], slope, out=result[part])
        block += start
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
    parts = list(blocks(len(x), prod(x.shape[1:])))
    alone = np.add.reduce(sum_of(grad), 0)
    both = np.zeros_like(mean)
    for part in parts:
        both += np.add.reduce(sum_product(grad[part], x[part] - mean), 0)
    both *= scale
    grad_x = None
    if needs[0]:
        grad_x = pool.empty(x.shape, grad.dtype)
        factor = scale if weight is None else scale * weight
        count = x.dtype.type(max(len(x) * x.shape[2], 1))
        slope = both * scale * factor / -count
        start = -slope * mean - alone * factor / count
        for part in parts:
            block = np.multiply(grad[part], factor, out=grad_x[part])
            if training:
                others = x[part] * slope
                others += start
                block += others
    return grad_x, both if needs[1] else None, alone if needs[2] else None
