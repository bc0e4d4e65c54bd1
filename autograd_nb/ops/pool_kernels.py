"""Pooling on arrays, in any number of dimensions: one pass for each position in the window."""

import numpy as np

from ..core import pool
from .choice import choose
from .conv_kernels import inner, offsets
from .sizes import prod


def pooled_sizes(sizes, kernel, stride, padding, dilation, ceil_mode):
    """Return how many windows fit each dimension; with ``ceil_mode`` the last may reach out."""
    result = []
    for n, k, s, p, d in zip(sizes, kernel, stride, padding, dilation, strict=True):
        count = (n + 2 * p - d * (k - 1) - 1 + (s - 1 if ceil_mode else 0)) // s + 1
        if ceil_mode and (count - 1) * s >= n + p:
            count -= 1  # a window must start inside the input or its left border
        result.append(count)
    return tuple(result)


def surrounded(x, kernel, stride, padding, dilation, places, value):
    """Return the input with a border wide enough for every window."""
    dims = len(kernel)
    sizes = x.shape[-dims:]
    need = [
        max((m - 1) * s + d * (k - 1) + 1, n + p)
        for m, s, d, k, n, p in zip(places, stride, dilation, kernel, sizes, padding, strict=True)
    ]
    if not any(padding) and tuple(need) == sizes:
        return x
    result = np.full((*x.shape[:-dims], *need), value, x.dtype)
    result[(..., *(slice(p, p + n) for p, n in zip(padding, sizes, strict=True)))] = x
    return result


def reached(offset, places, stride, dilation):
    """Return the index of the entries that a window position reads."""
    return (
        ...,
        *(
            slice(k * d, k * d + (m - 1) * s + 1, s)
            for k, m, s, d in zip(offset, places, stride, dilation, strict=True)
        ),
    )


def lowest(dtype):
    """Return a value that no entry is below."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def max_pool(x, kernel, stride, padding, dilation, ceil_mode):
    """Return the largest entry of each window, and its flat position in the input's planes."""
    dims = len(kernel)
    sizes = x.shape[-dims:]
    places = pooled_sizes(sizes, kernel, stride, padding, dilation, ceil_mode)
    has_nan = x.dtype.kind == "f" and bool(np.isnan(np.add.reduce(x, None)))
    side_by_side = stride == kernel and not any(padding) and all(d == 1 for d in dilation)
    if side_by_side and not has_nan and prod(sizes) < 1 << 31:
        if all(m * k <= n for m, k, n in zip(places, kernel, sizes, strict=True)):
            return separate_windows(x, kernel, places)
    source = surrounded(x, kernel, stride, padding, dilation, places, lowest(x.dtype))
    best = which = None
    for number, offset in enumerate(offsets(kernel)):
        part = source[reached(offset, places, stride, dilation)]
        if best is None:
            best, which = np.array(part, order="C"), np.zeros(part.shape, np.int32)
            continue
        better = part > best
        if has_nan:
            better |= np.isnan(part)
        best = np.maximum(best, part)
        which = choose(better, np.int32(number), which)
    return best, flat_positions(best, which, sizes, kernel, stride, padding, dilation, places)


def separate_windows(x, kernel, places):
    """Return the same as `max_pool` for windows side by side: one dimension after the other."""
    dims = len(kernel)
    sizes = x.shape[-dims:]
    best, where = x, np.int32(0)
    for d in reversed(range(dims)):
        head = (slice(None),) * (x.ndim - dims + d)
        step, stop = prod(sizes[d + 1 :]), places[d] * kernel[d]
        top = best[(*head, slice(0, stop, kernel[d]))]
        spot = where if where.ndim == 0 else where[(*head, slice(0, stop, kernel[d]))]
        for j in range(1, kernel[d]):
            cut = (*head, slice(j, stop, kernel[d]))
            better = best[cut] > top
            other = np.int32(j * step) + (where if where.ndim == 0 else where[cut])
            # Of equals the first one stays, so rows are compared after the entries of a row.
            spot = choose(better, other, spot)
            top = np.maximum(top, best[cut])
        best, where = top, spot
    corner = np.zeros((), np.int64)
    for d in range(dims):
        start = np.arange(places[d]) * (kernel[d] * prod(sizes[d + 1 :]))
        corner = corner[..., None] + start
    return np.array(best, order="C"), np.broadcast_to(where, best.shape) + corner


def flat_positions(best, which, sizes, kernel, stride, padding, dilation, places):
    """Return the positions in the unpadded planes of the chosen window entries."""
    dims = len(kernel)
    steps = [prod(sizes[i + 1 :]) for i in range(dims)]
    table = np.array(
        [
            sum(k * d * t for k, d, t in zip(o, dilation, steps, strict=True))
            for o in offsets(kernel)
        ]
    )
    corner = np.zeros((), np.int64)
    for m, s, p, t in zip(places, stride, padding, steps, strict=True):
        corner = corner[..., None] + (np.arange(m) * s - p) * t
    result = table[which] + corner
    if any(padding):
        empty = best == lowest(best.dtype)
        if empty.any():
            # A window of nothing but -inf points at its first entry inside, not into the border.
            first = np.zeros((), np.int64)
            for m, s, p, d, t in zip(places, stride, padding, dilation, steps, strict=True):
                start = np.arange(m) * s - p
                start = np.where(start < 0, start + -(start // d) * d, start)
                first = first[..., None] + start * t
            result = np.where(empty, first, result)
    return result


def window_sums(x, kernel, stride, places):
    """Return the sum of each window, dimension by dimension."""
    dims = len(kernel)
    for i, (k, s, m) in enumerate(zip(kernel, stride, places, strict=True)):
        axis = x.ndim - dims + i
        head = (slice(None),) * axis
        total = np.array(x[(*head, slice(0, (m - 1) * s + 1, s))], order="C")
        for j in range(1, k):
            total += x[(*head, slice(j, j + (m - 1) * s + 1, s))]
        x = total
    return x


def spread_windows(grad, sizes, kernel, stride, places):
    """Return the transpose of `window_sums`, for an input of the given spatial sizes."""
    dims = len(kernel)
    for i, (n, k, s, m) in enumerate(zip(sizes, kernel, stride, places, strict=True)):
        axis = grad.ndim - dims + i
        head = (slice(None),) * axis
        total = pool.zeros((*grad.shape[:axis], n, *grad.shape[axis + 1 :]), grad.dtype)
        for j in range(k):
            total[(*head, slice(j, j + (m - 1) * s + 1, s))] += grad
        grad = total
    return grad


def divisors(sizes, kernel, stride, padding, places, count_include_pad, override):
    """Return what the windows' sums are divided by: a number, or an array of the places' shape."""
    if override is not None:
        return override
    result = np.ones(())
    for n, k, s, p, m in zip(sizes, kernel, stride, padding, places, strict=True):
        start = np.arange(m) * s - p
        stop = np.minimum(start + k, n + p)
        if not count_include_pad:
            start, stop = np.maximum(start, 0), np.minimum(stop, n)
        result = result[..., None] * (stop - start)
    area = prod(kernel)
    return area if (result == area).all() else result


def avg_pool(x, kernel, stride, padding, ceil_mode, count_include_pad, override):
    """Return the mean of each window."""
    if x.dtype == np.float16:  # sums of halves would be rounded at every step
        rest = stride, padding, ceil_mode, count_include_pad, override
        return avg_pool(x.astype(np.float32), kernel, *rest).astype(np.float16)
    dims = len(kernel)
    sizes = x.shape[-dims:]
    ones = (1,) * dims
    places = pooled_sizes(sizes, kernel, stride, padding, ones, ceil_mode)
    source = surrounded(x, kernel, stride, padding, ones, places, 0)
    by = divisors(sizes, kernel, stride, padding, places, count_include_pad, override)
    return window_sums(source, kernel, stride, places) / np.asarray(by).astype(x.dtype)


def avg_pool_backward(grad, sizes, kernel, stride, padding, ceil_mode, count_include_pad, override):
    """Return the cotangent of the input of `avg_pool`."""
    dims = len(kernel)
    places = grad.shape[-dims:]
    by = divisors(sizes, kernel, stride, padding, places, count_include_pad, override)
    whole = [
        max((m - 1) * s + k, n + p)
        for m, s, k, n, p in zip(places, stride, kernel, sizes, padding, strict=True)
    ]
    spread = spread_windows(grad / np.asarray(by).astype(grad.dtype), whole, kernel, stride, places)
    return spread[(..., *inner(sizes, padding)[2:])]


def bins(size, count):
    """Return where each of ``count`` adaptive windows starts and stops."""
    numbers = np.arange(count)
    return numbers * size // count, -((-(numbers + 1) * size) // count)


def adaptive_mean(x, counts):
    """Return the means over adaptive windows."""
    if x.dtype == np.float16:
        return adaptive_mean(x.astype(np.float32), counts).astype(np.float16)
    dims = len(counts)
    for i, count in enumerate(counts):
        axis = x.ndim - dims + i
        head = (slice(None),) * axis
        parts = [
            x[(*head, slice(a, b))].mean(axis, dtype=x.dtype)
            for a, b in zip(*bins(x.shape[axis], count), strict=True)
        ]
        x = np.stack(parts, axis) if parts else x[(*head, slice(0, 0))]
    return np.ascontiguousarray(x)


def adaptive_mean_backward(grad, sizes):
    """Return the transpose of `adaptive_mean`."""
    dims = len(sizes)
    for i, size in enumerate(sizes):
        axis = grad.ndim - dims + i
        head = (slice(None),) * axis
        result = pool.zeros((*grad.shape[:axis], size, *grad.shape[axis + 1 :]), grad.dtype)
        for j, (a, b) in enumerate(zip(*bins(size, grad.shape[axis]), strict=True)):
            part = grad[(*head, slice(j, j + 1))]
            result[(*head, slice(a, b))] += part / grad.dtype.type(b - a)
        grad = result
    return grad


def adaptive_max(x, counts):
    """Return the largest entry of each adaptive window, and its flat position in the plane."""
    dims = len(counts)
    sizes, lead = x.shape[-dims:], x.shape[:-dims]
    edges = [bins(n, m) for n, m in zip(sizes, counts, strict=True)]
    best = np.empty((*lead, *counts), x.dtype)
    where = np.empty((*lead, *counts), np.int64)
    numbers = np.arange(prod(sizes)).reshape(sizes)
    for place in np.ndindex(*counts):
        cut = tuple(slice(e[0][j], e[1][j]) for e, j in zip(edges, place, strict=True))
        flat = x[(..., *cut)].reshape(*lead, numbers[cut].size)
        top = flat.argmax(-1)
        best[(..., *place)] = np.take_along_axis(flat, top[..., None], -1)[..., 0]
        where[(..., *place)] = numbers[cut].reshape(-1)[top]
    return best, where


def put_back(grad, indices, shape, dims):
    """Return zeros of ``shape`` with every cotangent added at its position in the plane."""
    area = prod(shape[-dims:])
    planes = prod(shape[:-dims])
    flat = pool.zeros((planes * area,), grad.dtype)
    start = (np.arange(planes) * area).reshape(-1, 1)
    where = (indices.reshape(planes, indices.size // max(planes, 1)) + start).reshape(-1)
    np.add.at(flat, where, grad.reshape(-1))
    return flat.reshape(shape)
