"""Adding many values at few places: the gradients of everything that reads by index.

Note [Adding rows]
``np.add.at`` is fast on vectors only. Few columns are added one by one, two neighbouring real ones
as a complex one. Wide rows are sorted by their place, and the first ones of all places are added,
then the second ones, and so on: each such step is one addition of whole rows. Where SciPy is
installed, large arrays are its product with a sparse matrix of ones, which walks through memory
once. A compiled loop does that without any of this: see Note [Compiled loops]. Every way adds the
values of a place in their order, one after the other, as PyTorch does.
"""

import functools
import importlib
import importlib.util

import numpy as np

from . import loops

SMALL = 4096  # elements below which one call of ``np.add.at`` is quickest
LARGE = 1 << 20  # elements that are worth the import of SciPy
WIDE = 32  # columns from which rows are added whole
FEW = 8  # places that are left when each is added up by itself

_PAIRS = {np.dtype(np.float32): np.complex64, np.dtype(np.float64): np.complex128}


@functools.cache
def _sparse():
    """Return SciPy's sparse arrays, or None where it is not installed."""
    if importlib.util.find_spec("scipy") is None:
        return None
    return importlib.import_module("scipy.sparse")


def add_rows(target, rows, values):
    """Add ``values[i]`` to ``target[rows[i]]`` in place; rows may repeat: see Note [Adding rows].

    Parameters
    ----------
    target : ndarray of shape (m, w)
    rows : ndarray of int of shape (n,), each from 0 to m - 1
    values : ndarray of shape (n, w)
    """
    width = target.shape[1]
    if in_loop(target, values):
        loops.scatter.add_rows(target[None], rows, values[None])
    elif width == 1:
        np.add.at(target[:, 0], rows, values[:, 0])
    elif values.size <= SMALL:
        np.add.at(target, rows, values)
    elif values.size >= LARGE and target.dtype in _PAIRS and _sparse() is not None:
        starts = np.arange(len(rows) + 1)
        ones = np.ones(len(rows), target.dtype)
        shape = (len(target), len(rows))
        target += _sparse().csc_array((ones, rows, starts), shape) @ values
    elif width >= WIDE:
        add_in_rounds(target, rows, values)
    else:
        add_columns(target, rows, values)


def in_loop(target, values):
    """Say whether a compiled loop adds these values: it writes where the target lies."""
    return loops.suit(values) and target.dtype == values.dtype and target.flags.c_contiguous


def add_columns(target, rows, values):
    """Add rows column by column, or pair by pair."""
    pair = _PAIRS.get(target.dtype)
    if pair is not None and target.flags.c_contiguous and target.shape[1] % 2 == 0:
        target, values = target.view(pair), np.ascontiguousarray(values).view(pair)
    for c in range(target.shape[1]):
        np.add.at(target[:, c], rows, values[:, c])


def add_in_rounds(target, rows, values):
    """Add the first row of every place, then the second ones, and so on."""
    count = len(rows)
    bits = count.bit_length()
    keys = rows.astype(np.int64) << bits  # sorted as one number, equal places stay in order
    keys |= np.arange(count)
    keys.sort()
    order, places = keys & ((1 << bits) - 1), keys >> bits
    starts = np.flatnonzero(np.concatenate([[True], places[1:] != places[:-1]]))
    counts = np.diff(starts, append=count)
    frequent = np.argsort(-counts, kind="stable")
    starts, counts = starts[frequent], counts[frequent]
    total = values.take(order[starts], 0)
    done, left = 1, np.searchsorted(-counts, -1)  # places with more than one row come first
    while left >= FEW:
        total[:left] += values.take(order[starts[:left] + done], 0)
        done += 1
        left = np.searchsorted(-counts, -done)
    for i in range(left):
        more = values.take(order[starts[i] + done : starts[i] + counts[i]], 0)
        total[i] = np.add.reduce(np.concatenate([total[i : i + 1], more]), 0)
    target[places[starts]] += total


def flat_positions(indices, sizes):
    """Return one index array for several: positions in the dimensions joined row-major.

    Parameters
    ----------
    indices : list of ndarray of int, broadcastable, each within its size
    sizes : list of int

    Returns
    -------
    ndarray
        Of the indices' common shape; negative indices are counted from the end.
    """
    flat = None
    for index, size in zip(indices, sizes, strict=True):
        index = index.astype(np.int64, copy=False)
        if index.size and index.min() < 0:
            index = np.where(index < 0, index + size, index)
        flat = index if flat is None else flat * size + index
    return flat


def add_at(target, indices, dims, values):
    """Add values in place where ``indices`` along ``dims`` say; places may repeat.

    Parameters
    ----------
    target : ndarray, contiguous
    indices : list of ndarray of int, of one shape once broadcast
    dims : tuple of int, ascending
    values : ndarray of the shape that reading at the indices gives
    """
    first, last = dims[0], dims[-1]
    adjacent = last - first == len(dims) - 1
    rest = [d for d in range(target.ndim) if d not in dims]
    common = np.broadcast_shapes(*(i.shape for i in indices))
    rows = flat_positions(indices, [target.shape[d] for d in dims])
    rows = np.broadcast_to(rows, common).reshape(-1)
    if values.size == 0:
        return
    if adjacent and in_loop(target, values):
        lead = prod_of(target.shape, range(first))
        wide = target.reshape(lead, prod_of(target.shape, dims), -1, copy=False)
        return loops.scatter.add_rows(wide, rows, values.reshape(lead, rows.size, -1))
    if adjacent and first:
        # The index dimensions of the values sit where those of the target sat: bring them first.
        n = len(common)
        values = np.moveaxis(values, range(first, first + n), range(n))
    order = [*dims, *rest]
    if order == list(range(target.ndim)):
        wide = target.reshape(prod_of(target.shape, dims), -1, copy=False)
        add_rows(wide, rows, values.reshape(rows.size, -1))
        return
    moved = np.ascontiguousarray(target.transpose(order))
    wide = moved.reshape(prod_of(target.shape, dims), -1)
    add_rows(wide, rows, values.reshape(rows.size, -1))
    target.transpose(order)[...] = moved


def prod_of(shape, dims):
    """Return the product of the sizes of some dimensions."""
    result = 1
    for d in dims:
        result *= shape[d]
    return result


def add_along(target, dim, index, values):
    """Add ``values[i, j, ..]`` at ``target[i, index[i, j, ..], ..]`` in place.

    Parameters
    ----------
    target : ndarray, contiguous
    dim : int
        The dimension that the index counts.
    index : ndarray of int, of as many dimensions as the target
    values : ndarray of the index's shape
    """
    if index.size == 0:
        return
    others = (*range(dim), *range(dim + 1, target.ndim))
    if in_loop(target, values) and all(target.shape[d] == index.shape[d] for d in others):
        lead, m = prod_of(target.shape, range(dim)), target.shape[dim]
        shape = (lead, index.shape[dim], index.size // lead // index.shape[dim])
        wide = target.reshape(lead, m, -1, copy=False)
        return loops.scatter.add_along(wide, index.reshape(shape), values.reshape(shape))
    np.add.at(target.reshape(-1, copy=False), along(target.shape, dim, index), values.reshape(-1))


def along(shape, dim, index):
    """Return the flat positions that an index along one dimension names, as a vector."""
    step, flat = 1, None
    for d in range(len(shape) - 1, -1, -1):
        if d == dim:
            part = index if step == 1 else index * step
        else:
            part = np.arange(index.shape[d]) * step
            part = part.reshape((-1,) + (1,) * (len(shape) - 1 - d))
        flat = part if flat is None else flat + part
        step *= shape[d]
    if flat is None:
        return np.zeros(index.size, np.int64)
    return flat.reshape(-1)
