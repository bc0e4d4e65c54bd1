"""Reductions of segments of a dimension."""

import numpy as np

from ..core.tensor import Tensor
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import wrap_dim

# What an empty segment gives, and what each element of others is combined by.
REDUCTIONS = {
    "sum": (0, np.add),
    "mean": (np.nan, np.add),
    "max": (-np.inf, np.maximum),
    "min": (np.inf, np.minimum),
    "prod": (1, np.multiply),
}


def by_rows(array, lengths):
    """Return the array with the dimensions up to that of the segments made one."""
    return array.reshape(-1, *array.shape[lengths.ndim :])


def _products_of_others(rows, counts, initial):
    """Return where a product cannot be divided by the element, and the others' product there."""
    bad = (rows == 0) | np.isnan(rows)
    others = np.ones_like(rows)
    stops = np.cumsum(counts)
    for row, *place in np.argwhere(bad):
        i = np.searchsorted(stops, row, "right")
        segment = rows[(slice(stops[i] - counts[i], stops[i]), *place)]
        rest = np.delete(segment, row - (stops[i] - counts[i]))
        others[(row, *place)] = rest.prod() * (1 if initial is None else initial)
    return bad, others


@op(node="SegmentReduceBackward0", kind="other", tensors="lengths", public=False)
class segment_reduce_record:
    r"""Reduce consecutive segments of a dimension: the last of `lengths`.

    Parameters
    ----------
    data : Tensor of shape (..., n, ...)
    reduce : {"sum", "mean", "max", "min", "prod"}
    lengths : Tensor of int, of shape (..., segments)
        Their sums are n.
    initial : float or None
        Where the reduction begins.

    Notes
    -----
    An element gets its segment's gradient: a share of it in means and among the equal largest,
    and times the product of the others in products.
    """

    def forward(data, reduce, lengths, initial=None):
        empty, combine = REDUCTIONS[reduce]
        begin = empty if initial is None else initial
        rows, counts = by_rows(data, lengths), lengths.reshape(-1)
        result = np.full((counts.size, *rows.shape[1:]), begin, data.dtype)
        for i, (stop, count) in enumerate(zip(np.cumsum(counts), counts, strict=True)):
            if count:
                found = combine.reduce(rows[stop - count : stop], 0)
                result[i] = found if initial is None else combine(found, initial)
                if reduce == "mean":
                    result[i] /= count
        return result.reshape(*lengths.shape, *rows.shape[1:])

    def vjp_data(F, grad_output, data, reduce, lengths, initial, result):
        # One row for each element of the dimension, whatever stands before it.
        rows, counts = by_rows(F.value(data), F.value(lengths)), F.value(lengths).reshape(-1)
        owner = np.repeat(np.arange(counts.size), counts)
        places, shape = F.constant(owner), (counts.size, *rows.shape[1:])
        grad = F.index_select(F.reshape(grad_output, shape), 0, places)
        if reduce == "mean":
            sizes = counts[owner].astype(rows.dtype).reshape(-1, *(1,) * (rows.ndim - 1))
            grad = grad / F.constant(sizes)
        elif reduce != "sum":
            found = F.index_select(F.reshape(result, shape), 0, places)
            if reduce == "prod":
                bad, others = _products_of_others(rows, counts, initial)
                divisor = F.where(F.constant(bad), 1.0, F.reshape(data, rows.shape))
                grad = grad * F.where(F.constant(bad), F.constant(others), found / divisor)
            else:
                chosen = (rows == F.value(found)) | np.isnan(rows)
                shares = np.zeros(shape, rows.dtype)
                np.add.at(shares, owner, chosen)
                grad = grad * F.constant((chosen / np.maximum(shares, 1)[owner]).astype(rows.dtype))
        return F.reshape(grad, tuple(data.shape))

    samples = [
        Sample(T(5, 2), "sum", T.of([2, 0, 3])),
        Sample(T(5, 2), "max", T.of([2, 3])),
        Sample(T(5, 2), "min", T.of([2, 3])),
        Sample(T(5, 2), "prod", T.of([2, 0, 3])),
        Sample(T(2, 3), "mean", T.of([[2, 1], [1, 2]])),
        Sample(T(5), "sum", T.of([2, 3]), 1.5),
    ]
    torch_name = None


@composite(functions="segment_reduce")
def segment_reduce(
    data, reduce, *, lengths=None, indices=None, offsets=None, axis=0, unsafe=False, initial=None
):
    """Reduce consecutive segments of a dimension.

    Parameters
    ----------
    data : Tensor
    reduce : {"sum", "mean", "max", "min", "prod"}
    lengths : Tensor of int, optional
        Lengths of the segments, for each index of the dimensions before `axis`.
    indices
        Not supported, as in PyTorch.
    offsets : Tensor of int, optional
        Instead of `lengths`: where each begins, and where the last ends.
    axis : int, default 0
    unsafe : bool, default False
        The lengths are not checked.
    initial : float, optional
        Where the reduction begins.

    Returns
    -------
    Tensor
    """
    axis = wrap_dim(axis, data.ndim)
    if reduce not in REDUCTIONS:
        raise RuntimeError(
            f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}"
        )
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    if lengths is None and offsets is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    counts = np.diff(offsets._nd()) if lengths is None else lengths._nd()
    if counts.ndim - 1 != axis:
        given = "offsets" if lengths is None else "lengths"
        raise RuntimeError(
            f"segment_reduce(): Expected axis to be the last dimension of {given} but got {axis}."
        )
    if not unsafe:
        if counts.size and counts.min() < 0:
            raise RuntimeError("lengths contains negative value!")
        if (counts.sum(-1) != data.shape[axis]).any():
            raise RuntimeError(
                "segment_reduce(): Expected all rows of lengths along axis to sum to "
                "data.size(lengths.dim()-1) when !unsafe."
            )
    lengths = Tensor._wrap(np.ascontiguousarray(counts))
    return traced.segment_reduce_record(data, reduce, lengths, initial)
