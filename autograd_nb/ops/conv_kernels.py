"""Convolution on arrays, in any number of dimensions: by blocks of columns and one matrix product.

Note [Columns by blocks]
The windows of the padded input are a strided view of shape (batch, groups, channels, kernel,
places). Copied in blocks of about a megabyte they stay in the cache, and each block is one matrix
product with the weights. Nothing larger than a block is kept: backward makes the columns again.

Note [Whole rows]
With a stride of one, places that follow each other in memory read entries that do so too. Columns
are then copied in runs as long as a plane, not as a row of places; the places that this adds,
where a window reaches over the end of a row, are dropped from the result and get no cotangent.
"""

from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..core import pool, products
from . import loops
from .sizes import prod

BLOCK_BYTES = 1 << 20
LONG = 32  # places in a row that are copied as quickly as a whole plane


def padded(x, padding):
    """Return an array with zeros around its spatial dimensions; itself if there are none."""
    if not any(padding):
        return x
    shape = x.shape[:2] + tuple(n + 2 * p for n, p in zip(x.shape[2:], padding, strict=True))
    result = pool.zeros(shape, x.dtype)
    result[inner(x.shape[2:], padding)] = x
    return result


def inner(sizes, padding):
    """Return the index of the part of a padded array that is not padding."""
    spatial = (slice(p, p + n) for n, p in zip(sizes, padding, strict=True))
    return (slice(None), slice(None), *spatial)


def out_sizes(sizes, kernel, stride, padding, dilation):
    """Return the number of places of the kernel in each spatial dimension."""
    return tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(sizes, kernel, stride, padding, dilation, strict=True)
    )


def windows(xpad, kernel, places, stride, dilation, groups, writeable=False):
    """Return a view of shape (n, groups, channels of a group, *kernel, *places)."""
    n, channels = xpad.shape[:2]
    batch_step, channel_step, *steps = xpad.strides
    each = channels // groups
    return as_strided(
        xpad,
        (n, groups, each, *kernel, *places),
        (
            batch_step,
            each * channel_step,
            channel_step,
            *(s * d for s, d in zip(steps, dilation, strict=True)),
            *(s * t for s, t in zip(steps, stride, strict=True)),
        ),
        writeable=writeable,
    )


def has_whole_rows(whole, places, stride):
    """Say whether columns are better made of whole rows: see Note [Whole rows]."""
    if places[-1] >= LONG or any(s != 1 for s in stride):
        return False
    return prod(places[1:]) < prod(whole[1:]) <= 2 * prod(places[1:])


def columns_of(x, kernel, places, stride, padding, dilation, groups):
    """Return a view of the windows whose copies are columns, and the sizes of its places.

    The view is of shape (n, groups, channels of a group, *kernel, ...); its last dimensions are
    the places, or one that runs over whole rows of them.
    """
    whole = tuple(n + 2 * p for n, p in zip(x.shape[2:], padding, strict=True))
    if not has_whole_rows(whole, places, stride):
        return windows(padded(x, padding), kernel, places, stride, dilation, groups), places
    longer = (whole[0] + 1, *whole[1:])  # the last run reaches over the end of its plane
    source = pool.zeros((*x.shape[:2], *longer), x.dtype)
    source[inner(x.shape[2:], padding)] = x
    run = (places[0], *whole[1:])
    view = windows(source, kernel, places, stride, dilation, groups)
    step = source.strides[-1]
    view = as_strided(
        source,
        (*view.shape[: -len(places)], prod(run)),
        (*view.strides[: -len(places)], step),
        writeable=False,
    )
    return view, run


def cropped(array, run, places):
    """Return the places proper of an array (n, groups, rows, count of a run), a view."""
    return array.reshape(*array.shape[:3], *run)[(..., *(slice(m) for m in places))]


def blocks(count, bytes_each):
    """Yield slices of a batch whose columns fit a block."""
    step = max(1, BLOCK_BYTES // max(bytes_each, 1))
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))


def copies(view, shape):
    """Yield blocks of a batch of windows, each with its columns, of the given shape.

    The columns are overwritten by the next ones: they stand in the same memory.
    """
    room = None
    for part in blocks(len(view), prod(shape) * view.itemsize):
        windows_ = view[part]
        if room is None:
            room = pool.empty(windows_.shape, view.dtype)
        columns = room[: len(windows_)]
        columns[...] = windows_
        yield part, columns.reshape(-1, *shape)


class Spots:
    """Where the windows of a batch lie in memory, as loops take it; found when it is asked for.

    Parameters
    ----------
    view : ndarray of shape (n, channels, *kernel, *places)
    dims : int
        Of the kernel.
    """

    def __init__(self, view, dims):
        self.view = view
        self.ends = 2, 2 + dims, view.ndim - 1

    @cached_property
    def found(self):
        """The memory, where planes, entries of the kernel and rows begin, and the last step."""
        view = self.view
        steps = [step // view.itemsize for step in view.strides]
        extent = 1 + sum((n - 1) * step for n, step in zip(view.shape, steps, strict=True))
        memory = as_strided(view, (extent,), (view.itemsize,))
        places = []
        for begin, end in pairwise((0, *self.ends)):
            spots = np.zeros(1, np.int64)
            for n, step in zip(view.shape[begin:end], steps[begin:end], strict=True):
                spots = (spots[:, None] + np.arange(n) * step).reshape(-1)
            places.append(spots)
        return memory, *places, steps[-1]

    def of(self, part, columns):
        """Return the arguments of a loop over a part of the batch and its columns."""
        memory, planes, reach, rows, step = self.found
        each = len(planes) // len(self.view)
        planes = planes[part.start * each : part.stop * each]
        shape = len(planes), len(reach), len(rows), columns.shape[-1]
        return memory, planes, reach, rows, step, columns.reshape(shape)


def add_columns(view, part, columns, spots):
    """Add columns to the windows of a part of a batch, which overlap.

    Parameters
    ----------
    view, columns : ndarray of shape (n, channels, *kernel, *places)
    part : slice
        Of the view.
    spots : Spots
        Of the view.
    """
    if loops.suit(columns):
        return loops.columns.add_windows(*spots.of(part, columns))
    target = view[part]
    for offset in offsets(view.shape[2 : spots.ends[1]]):
        each = (slice(None), slice(None), *offset)
        target[each] += columns[each]


def product(flat, columns, room):
    """Write the product of a matrix for each group with a block of columns into `room`.

    The room of the first block, None before, is large enough for the others; it is returned.
    """
    if room is None:
        shape = (*columns.shape[:2], flat.shape[1], columns.shape[3])
        room = pool.empty(shape, np.result_type(flat, columns))
    np.matmul(flat, columns, out=room[: len(columns)])
    return room


def is_plain(kernel, stride):
    """Say whether the columns are the input itself."""
    return all(k == 1 for k in kernel) and all(s == 1 for s in stride)


def convolve(x, weight, stride, padding, dilation, groups):
    """Return the cross-correlation of ``x`` (n, c, *sizes) with ``weight`` (o, c / g, *kernel)."""
    n, out_channels, kernel = x.shape[0], weight.shape[0], weight.shape[2:]
    places = out_sizes(x.shape[2:], kernel, stride, padding, dilation)
    if weight.shape[1] == 1 and groups > 1:
        return convolve_depthwise(padded(x, padding), weight, places, stride, dilation, groups)
    rows = out_channels // groups
    inside = weight.shape[1] * prod(kernel)
    flat = weight.reshape(groups, rows, inside)
    result = pool.empty((n, groups, rows, *places), np.result_type(x, weight))
    if is_plain(kernel, stride):
        count = prod(places)
        columns = np.ascontiguousarray(padded(x, padding)).reshape(n, groups, inside, count)
        flat_result = result.reshape(n, groups, rows, count)
        products.over_batch(
            lambda share: np.matmul(flat, columns[share], out=flat_result[share]),
            n,
            n * flat.size * count,
        )
        return result.reshape(n, out_channels, *places)
    view, run = columns_of(x, kernel, places, stride, padding, dilation, groups)
    count = prod(run)

    def compute(share):
        target, room = result[share], None
        for part, columns in copies(view[share], (groups, inside, count)):
            if run == places:
                np.matmul(flat, columns, out=target[part].reshape(-1, groups, rows, count))
            else:
                room = product(flat, columns, room)
                target[part] = cropped(room[: len(columns)], run, places)

    products.over_batch(compute, n, n * flat.size * count)
    return result.reshape(n, out_channels, *places)


def offsets(kernel):
    """Yield every position in the kernel."""
    return np.ndindex(*kernel)


def shifted(offset, places, stride, dilation):
    """Return the index of the input entries that a kernel position reads."""
    spatial = (
        slice(k * d, k * d + (m - 1) * s + 1, s)
        for k, m, s, d in zip(offset, places, stride, dilation, strict=True)
    )
    return (slice(None), slice(None), *spatial)


def convolve_depthwise(xpad, weight, places, stride, dilation, groups):
    """Convolve channel by channel: one scaled, shifted addition for each kernel position."""
    multiple = weight.shape[0] // groups
    n, axes = xpad.shape[0], len(places)
    result = pool.zeros((n, groups, multiple, *places), np.result_type(xpad, weight))
    factors = weight.reshape(groups, multiple, *weight.shape[2:])
    for offset in offsets(weight.shape[2:]):
        part = xpad[shifted(offset, places, stride, dilation)]
        factor = factors[(slice(None), slice(None), *offset)].reshape(
            groups, multiple, *(1,) * axes
        )
        result += part[:, :, None] * factor
    return result.reshape(n, groups * multiple, *places)


def convolve_input(grad, weight, sizes, stride, padding, dilation, groups):
    """Return the cotangent of the input, of spatial ``sizes``: the transposed convolution."""
    n, out_channels, kernel, places = grad.shape[0], grad.shape[1], weight.shape[2:], grad.shape[2:]
    rows, each = out_channels // groups, weight.shape[1]
    inside, count = each * prod(kernel), prod(places)
    flat = weight.reshape(groups, rows, inside).transpose(0, 2, 1)
    grad = np.ascontiguousarray(grad).reshape(n, groups, rows, count)
    kind = np.result_type(grad, weight)
    if is_plain(kernel, stride) and not any(padding) and tuple(sizes) == tuple(places):
        return products.matmul(flat, grad).reshape(n, groups * each, *sizes)
    whole = tuple(m + 2 * p for m, p in zip(sizes, padding, strict=True))
    if all(s == 1 for s in stride):
        result = spread_rows(grad, flat, places, whole, kernel, dilation, kind)
    else:
        result = pool.zeros((n, groups * each, *whole), kind)

        def compute(share):
            source, sums, room = grad[share], result[share], None
            view = windows(sums, kernel, places, stride, dilation, 1, writeable=True)[:, 0]
            spots = Spots(view, len(kernel))
            for part in blocks(len(source), groups * inside * count * kind.itemsize):
                room = product(flat, source[part], room)
                columns = room[: len(source[part])].reshape(-1, *view.shape[1:])
                add_columns(view, part, columns, spots)

        products.over_batch(compute, n, n * flat.size * count)
    # In row-major order, as PyTorch's: who gets it may view it.
    return pool.contiguous(result[inner(sizes, padding)])


def spread_rows(grad, flat, places, whole, kernel, dilation, kind):
    """Return the transposed convolution of stride one, in the padded input's sizes.

    With the cotangent laid out in rows as long as the input's, a kernel position is one distance
    in memory: every addition runs along whole planes instead of short rows.
    """
    n, groups, rows, _ = grad.shape
    wide = pool.zeros((n, groups, rows, places[0], *whole[1:]), kind)
    wide[(..., *(slice(m) for m in places[1:]))] = grad.reshape(n, groups, rows, *places)
    length = prod(wide.shape[3:])
    wide = wide.reshape(n, groups, rows, length)
    steps = [prod(whole[i + 1 :]) for i in range(len(whole))]
    channels = groups * flat.shape[1] // prod(kernel)
    steps = [d * step for d, step in zip(dilation, steps, strict=True)]
    reach = sum((k - 1) * step for k, step in zip(kernel, steps, strict=True))
    result = pool.zeros((n, channels, length + reach), kind)
    *outer, one = result.strides
    view = as_strided(
        result,
        (n, channels, *kernel, length),
        (*outer, *(step * one for step in steps), one),
    )

    def compute(share):
        source, sums, room = wide[share], view[share], None
        spots = Spots(sums, len(kernel))
        for part in blocks(len(source), groups * flat.shape[1] * length * kind.itemsize):
            room = product(flat, source[part], room)
            columns = room[: len(source[part])].reshape(-1, *sums.shape[1:])
            add_columns(sums, part, columns, spots)

    products.over_batch(compute, n, n * flat.size * length)
    return result[:, :, : prod(whole)].reshape(n, channels, *whole)


def convolve_weight(grad, x, kernel, stride, padding, dilation, groups):
    """Return the cotangent of the weight, of the given kernel sizes."""
    n, out_channels, places = grad.shape[0], grad.shape[1], grad.shape[2:]
    rows, each = out_channels // groups, x.shape[1] // groups
    inside = each * prod(kernel)
    kind = np.result_type(grad, x)
    grad = grad.reshape(n, groups, rows, *places)
    view, run = columns_of(x, kernel, places, stride, padding, dilation, groups)
    count = prod(run)
    totals = {}  # by the first instance of the share, so that the sum has one order

    def compute(share):
        total = totals[share.start] = np.zeros((groups, inside, rows), kind)
        source = grad[share]
        for part, columns in copies(view[share], (groups, inside, count)):
            wide = source[part]
            if run != places:
                wide = pool.zeros((*wide.shape[:3], count), kind)
                cropped(wide, run, places)[...] = source[part]
            wide = wide.reshape(-1, groups, rows, count)
            total += np.matmul(columns, wide.swapaxes(2, 3)).sum(0)

    products.over_batch(compute, n, n * out_channels * inside * count)
    total = sum(totals[start] for start in sorted(totals))
    return np.ascontiguousarray(total.swapaxes(1, 2)).reshape(out_channels, each, *kernel)
