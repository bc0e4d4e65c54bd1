"""Attention on arrays: a few heads at a time, so that their scores stay in the cache.

Exponentials are not divided by their sums: the much smaller products with values and cotangents
are. Results lie in memory as PyTorch's kernel leaves them: cotangents with the heads of a place
side by side.
"""

import math

import numpy as np

from ..core import products

KEPT = 1 << 22  # scores that are kept for backward at most; more are made again
BLOCK = 1 << 17  # scores; smaller blocks make threads wait for the interpreter's lock


def places_first(shape, dtype):
    """Return an empty array of shape (n, h, l, e) that lies in memory as (n, l, h, e)."""
    n, heads, length, width = shape
    return np.empty((n, length, heads, width), dtype).transpose(0, 2, 1, 3)


def blocks(query, key):
    """Yield the indices of instances and heads whose scores fit a block."""
    n, heads, rows, _ = query.shape
    step = max(1, BLOCK // max(rows * key.shape[2], 1))
    for i in range(n):
        for start in range(0, heads, step):
            yield i, slice(start, min(start + step, heads))


def each(compute, query, key):
    """Call `compute` with the index of every block, by several threads if there is much to do."""
    parts = list(blocks(query, key))

    def share(numbers):
        for part in parts[numbers]:
            compute(part)

    products.over_batch(share, len(parts), 2 * query.size * key.shape[2])


def exponentials(query, key, mask):
    """Return ``exp(scores - row maximum)`` and the rows' sums, at least of one.

    Rows of nothing but -inf become zeros.
    """
    scores = products.matmul(query, key.swapaxes(-1, -2))
    if mask is not None:
        scores = scores + mask
    top = np.maximum.reduce(scores, -1, keepdims=True)
    top[np.isneginf(top)] = 0
    scores -= top
    np.exp(scores, out=scores)
    total = np.matmul(scores, np.ones((scores.shape[-1], 1), scores.dtype))
    total[total == 0] = 1
    return scores, total


def mask_of(mask, shape):
    """Return a mask expanded to the shape of all scores, or None."""
    return None if mask is None else np.broadcast_to(mask, shape)


def attend(query, key, value, mask, scale):
    """Return the values weighted by the softmax of scaled scores; all of four dimensions.

    Returns
    -------
    result : ndarray
    kept : dict or None
        What `exponentials` found for each block, unless that is much.
    """
    # As the query lies in memory, as PyTorch has it.
    result = np.empty_like(query, shape=(*query.shape[:3], value.shape[3]))
    mask = mask_of(mask, (*query.shape[:3], key.shape[2]))
    scale = query.dtype.type(scale)
    few = math.prod(query.shape[:3]) * key.shape[2] <= KEPT
    kept = {} if few else None

    def compute(part):
        weights, total = exponentials(
            query[part] * scale, key[part], None if mask is None else mask[part]
        )
        np.divide(np.matmul(weights, value[part]), total, out=result[part])
        if few:
            kept[part[0], part[1].start] = weights, total

    each(compute, query, key)
    return result, kept


def attend_backward(grad, query, key, value, mask, scale, kept):
    """Return the cotangents of query, key and value of `attend`."""
    results = [places_first(x.shape, grad.dtype) for x in (query, key, value)]
    grad_query, grad_key, grad_value = results
    mask = mask_of(mask, (*query.shape[:3], key.shape[2]))
    scale = query.dtype.type(scale)

    def compute(part):
        scaled = query[part] * scale
        if kept is None:
            weights, total = exponentials(scaled, key[part], None if mask is None else mask[part])
        else:
            weights, total = kept[part[0], part[1].start]
        g = grad[part] / total
        grad_value[part] = np.matmul(weights.swapaxes(-1, -2), g)
        inner = products.matmul(g, value[part].swapaxes(-1, -2))
        inner -= np.vecdot(weights, inner)[..., None] / total
        inner *= weights
        grad_query[part] = np.matmul(inner, key[part]) * scale
        grad_key[part] = np.matmul(inner.swapaxes(-1, -2), scaled)

    each(compute, query, key)
    return results
