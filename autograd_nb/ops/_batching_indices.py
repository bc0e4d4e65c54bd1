"""Batching rules of what is read and written by indices, see `_batching`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..core.batch import Batch, Batched
from ..core.tensor import Tensor, wrap
from ._batching import Values, raise_slow, rule
from .namespaces import T
from .sizes import wrap_dim


# -- indices -------------------------------------------------------------------------------------
def plan_of_index(
    b: Batch, ndim: int, indices: list[Any], dims: tuple[int, ...], shared: bool
) -> tuple[list[Tensor], tuple[int, ...], tuple[int, ...]]:
    """Return indices and dims for all examples at once, and how the result's dims lie.

    The last is a permutation: it takes NumPy's result to the batch, then the example's result.
    With `shared`, the indexed tensor is the same for all examples.
    """
    k = len(b.sizes)
    m = max(i.ndim for i in indices)
    adjacent = all(y == x + 1 for x, y in pairwise(dims))
    before = dims[0] if adjacent else 0  # dimensions of the example in front of the indices
    rest = ndim - len(dims) - before
    if not any(isinstance(i, Batched) for i in indices):
        moved = tuple(d + k for d in dims)
        if adjacent:
            return indices, moved, tuple(range(k + before + m + rest))
        return indices, moved, (*range(m, m + k), *range(m), *range(m + k, m + k + rest))
    lifted = [b.front(i, m) for i in indices]
    if shared:
        if adjacent:
            lead = (*range(before, before + k), *range(before))
            return lifted, dims, (*lead, *range(before + k, before + k + m + rest))
        return lifted, dims, tuple(range(k + m + rest))
    for i, n in enumerate(b.sizes):
        shape = (1,) * i + (n,) + (1,) * (k - i - 1 + m)
        lifted.insert(i, wrap(np.arange(n).reshape(shape)))
    moved = (*range(k), *(d + k for d in dims))
    # The indices of batch and example are adjacent only if the example's come first.
    lead = (*range(k), *range(k + m, k + m + before), *range(k, k + m))
    return lifted, moved, (*lead, *range(k + m + before, k + m + before + rest))


@rule("index")
def indexed(b: Batch, values: Values) -> Any:
    """Read with indices that the examples share, or with each example's own."""
    x, indices, dims = values
    shared = not isinstance(x, Batched)
    lifted, moved, order = plan_of_index(b, x.ndim, indices, dims, shared)
    found = b.run([x if shared else b.full(x), lifted, moved])
    return found if order == tuple(range(found.ndim)) else T.permute(found, order)


@rule("index_put")
def index_written(b: Batch, values: Values) -> Any:
    """Write with indices that the examples share, or with each example's own."""
    x, indices, dims, given, accumulate = values
    lifted, moved, order = plan_of_index(b, x.ndim, indices, dims, False)
    if isinstance(given, Batched):
        given = b.front(given, len(order) - len(b.sizes))
        back = tuple(int(i) for i in np.argsort(order))
        given = given if back == tuple(range(len(back))) else T.permute(given, back)
    elif order != tuple(range(len(order))):
        given = T.permute(b.front(given, len(order) - len(b.sizes)), tuple(np.argsort(order)))
    return b.run([b.full(x), lifted, moved, given, accumulate])


def per_entry(x: Tensor, dim: int, index: Tensor) -> Tensor:
    """Return an index of whole slices as an index of every entry, for gather and scatter."""
    shape = list(x.shape)
    shape[dim] = index.shape[0]
    ones = [1] * x.ndim
    ones[dim] = index.shape[0]
    return T.expand(T.reshape(index, tuple(ones)), tuple(shape))  # type: ignore[no-any-return]


@rule("index_select index_add index_copy index_fill_value index_fill_tensor index_reduce")
def slices_indexed(b: Batch, values: Values) -> Any:
    """Read or write slices; an index of each example's own becomes one of every entry."""
    name = b.op.name
    x, dim, index = values[:3]
    if x.ndim == 0 or index.ndim != 1:
        values[0], values[2] = (T.reshape(v, (1,)) if v.ndim == 0 else v for v in (x, index))
        if name in ("index_add", "index_copy", "index_reduce") and values[3].ndim == 0:
            values[3] = T.reshape(values[3], (1,))
        found = slices_indexed(b, values)
        return T.reshape(found, b.sizes) if x.ndim == 0 else found
    dim = wrap_dim(dim, x.ndim)
    if not isinstance(index, Batched) and not isinstance(values[-1], Batched):
        for p in (0, 3):
            if p < len(values) and isinstance(values[p], Tensor) and values[p].ndim:
                values[p] = b.full(values[p])
        return b.run([values[0], dim - x.ndim, *values[2:]])
    if name == "index_fill_tensor":
        there = T.index_fill_value(T.zeros_like(x), dim, index, 1) > 0
        found = T.where(there, values[3], x)
        return T.copy_(b.full(x), b.full(found)) if b.inplace else b.full(found)
    every = per_entry(x, dim, index)
    if name == "index_select":
        return b.full(T.gather(x, dim, every))
    if name == "index_fill_value":
        found = T.scatter_value(x, dim, every, values[3])
    elif name == "index_copy":
        found = T.scatter_src(x, dim, every, values[3])
    elif name == "index_add":
        source = values[3] if values[4] == 1 else values[3] * values[4]
        found = T.scatter_add(x, dim, every, source)
    else:
        reduce, include_self = values[4:]
        found = T.scatter_reduce(x, dim, every, values[3], reduce, include_self=include_self)
    return T.copy_(b.full(x), b.full(found)) if b.inplace else b.full(found)


@rule("take")
def taken(b: Batch, values: Values) -> Any:
    """Read places of every example's row."""
    x, places = values
    if not isinstance(x, Batched):
        return T.take(x, b.full(places))
    n = x.numel()
    row = T.reshape(places, (places.numel(),))
    found = T.gather(T.reshape(x, (n,)), 0, T.where(row < 0, row + n, row))
    return b.full(T.reshape(found, tuple(places.shape)))


@rule("embedding_rows")
def embedded(b: Batch, values: Values) -> Any:
    """Read rows of one table, or of each example's own."""
    weight, places = values[:2]
    if not isinstance(weight, Batched):
        return b.run([weight, b.full(places), *values[2:]])
    if values[2] >= 0 or values[3]:
        raise_slow(b)
    return b.full(T.index(weight, [places], (0,)))
