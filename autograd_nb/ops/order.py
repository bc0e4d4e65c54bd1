"""Sorting, the largest entries, distinct entries, and searching in what is sorted."""

import functools
import math

import numpy as np

from ..core.tensor import Tensor, wrap
from ..core.warn import warn
from . import kinds
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import scalar_type, size_text, wrap_dim


def sorted_positions(array, dim, descending):
    """Return the positions that sort an array along a dimension; equal entries keep their order."""
    if not descending:
        return np.argsort(array, dim, kind="stable")
    # Sorting the reversed entries and reversing again keeps the order of equal ones.
    backwards = np.argsort(np.flip(array, dim), dim, kind="stable")
    return array.shape[dim] - 1 - np.flip(backwards, dim)


def sort_forward(self, dim, descending):
    """Return sorted values and positions."""
    if self.dtype.kind == "c":
        raise RuntimeError(" Sort does not support complex dtypes on CPU")
    dim = wrap_dim(dim, self.ndim)
    if self.ndim == 0:
        return np.array(self), np.zeros((), np.int64)
    where = sorted_positions(self, dim, descending)
    return np.take_along_axis(self, where, dim), np.ascontiguousarray(where)


def put_selected(F, grad_output, shape, dtype, dim, indices):
    """Return zeros with a cotangent at the positions that an op along ``dim`` selected."""
    return F.scatter_src(F.zeros(shape, dtype), dim, indices, grad_output)


@op(node="SortBackward0", kind="linear", outputs="values indices", return_type="sort", public=False)
class sort_plain:
    """Sort along a dimension.

    Parameters
    ----------
    self : Tensor
    dim : int
    descending : bool

    Notes
    -----
    .. math:: grad_self = scatter(0, dim, indices, g)
    """

    def forward(self, dim=-1, descending=False):
        return sort_forward(self, dim, descending)

    def vjp_self(F, grad_output0, self_shape, self_dtype, dim, indices):
        return put_selected(F, grad_output0, self_shape, self_dtype, dim, indices)

    samples = [Sample(T(4, 5)), Sample(T(4, 5), 0, True), Sample(T())]


@op(node="SortBackward1", kind="linear", outputs="values indices", return_type="sort", public=False)
class sort_stable:
    """Sort along a dimension; equal entries keep their order.

    Parameters
    ----------
    self : Tensor
    dim : int
    descending : bool

    Notes
    -----
    .. math:: grad_self = scatter(0, dim, indices, g)
    """

    def forward(self, dim=-1, descending=False):
        return sort_forward(self, dim, descending)

    def vjp_self(F, grad_output0, self_shape, self_dtype, dim, indices):
        return put_selected(F, grad_output0, self_shape, self_dtype, dim, indices)

    samples = [Sample(T(4, 5), 0, True)]


@composite(functions="sort", methods="sort")
def sort(self, dim=-1, descending=False, *, stable=None):
    """Sort along a dimension.

    Parameters
    ----------
    self : Tensor
    dim : int, default -1
    descending : bool, default False
    stable : bool, optional
        Equal entries keep their order (here they always do).

    Returns
    -------
    values, indices : Tensor
        A named tuple; NaN counts as larger than every number.
    """
    if stable is None:
        return traced.sort_plain(self, dim, descending)
    return traced.sort_stable(self, dim, descending)


@composite(functions="argsort", methods="argsort")
def argsort(self, dim=-1, descending=False, *, stable=None):
    """Return the positions that sort along a dimension.

    Parameters
    ----------
    self : Tensor
    dim : int, default -1
    descending : bool, default False
    stable : bool, optional
        Equal entries keep their order (here they always do).

    Returns
    -------
    Tensor of int64
    """
    return wrap(sort_forward(self._array, dim, descending)[1])


@composite(functions="msort", methods="msort")
def msort(self):
    """Sort along the first dimension.

    Parameters
    ----------
    self : Tensor

    Returns
    -------
    Tensor
    """
    return traced.sort_plain(self, 0, False)[0]


@op(
    node="TopkBackward0",
    kind="linear",
    outputs="values indices",
    return_type="topk",
    methods="topk",
    functions="topk",
)
class topk:
    """Return the largest or smallest entries along a dimension, in order.

    Parameters
    ----------
    self : Tensor
    k : int
    dim : int, default -1
    largest, sorted : bool, default True

    Notes
    -----
    .. math:: grad_self = scatter(0, dim, indices, g)
    """

    def forward(self, k, dim=-1, largest=True, sorted=True):
        dim = wrap_dim(dim, self.ndim)
        if self.dtype.kind in "bc":
            kind = "bool" if self.dtype.kind == "b" else "complex"
            raise RuntimeError(f"topk does not support {kind} dtypes on CPU")
        size = self.shape[dim] if self.ndim else 1
        if not 0 <= k <= size:
            raise RuntimeError("selected index k out of range")
        if self.ndim == 0:
            return np.array(self), np.zeros((), np.int64)
        if size > 256 and k < size // 4 and self.dtype.kind == "f" and not np.isnan(self).any():
            near = np.argpartition(-self if largest else self, k, dim)
            near = np.sort(near.take(np.arange(k), dim), dim)
            picked = np.take_along_axis(self, near, dim)
            where = np.take_along_axis(near, sorted_positions(picked, dim, largest), dim)
        else:
            where = sorted_positions(self, dim, largest).take(np.arange(k), dim)
        return np.take_along_axis(self, where, dim), np.ascontiguousarray(where)

    def vjp_self(F, grad_output0, self_shape, self_dtype, dim, indices):
        return put_selected(F, grad_output0, self_shape, self_dtype, dim, indices)

    samples = [Sample(T(4, 5), 2), Sample(T(4, 5), 3, 0, False), Sample(T(), 1)]


@op(
    node="KthvalueBackward0",
    kind="linear",
    outputs="values indices",
    return_type="kthvalue",
    methods="kthvalue",
    functions="kthvalue",
)
class kthvalue:
    """Return the k-th smallest entry along a dimension.

    Parameters
    ----------
    self : Tensor
    k : int, from 1
    dim : int, default -1
    keepdim : bool, default False

    Notes
    -----
    .. math:: grad_self = scatter(0, dim, indices, g)
    """

    def forward(self, k, dim=-1, keepdim=False):
        dim = wrap_dim(dim, self.ndim)
        size = self.shape[dim] if self.ndim else 1
        if not size:
            raise IndexError(f"kthvalue(): Expected reduction dim {dim} to have non-zero size.")
        if not 1 <= k <= size:
            raise RuntimeError(
                "kthvalue(): selected number k out of range for dimension " + str(dim)
            )
        if self.dtype.kind in "bc":
            raise NotImplementedError(f"\"kthvalue_cpu\" not implemented for '{scalar_type(self)}'")
        if self.ndim == 0:
            return np.array(self), np.zeros((), np.int64)
        where = sorted_positions(self, dim, False).take([k - 1], dim)
        values = np.take_along_axis(self, where, dim)
        if keepdim:
            return values, where
        return values.squeeze(dim), where.squeeze(dim)

    def vjp_self(F, grad_output0, self_shape, self_dtype, dim, keepdim, indices):
        if not keepdim and len(self_shape):
            grad_output0, indices = F.unsqueeze(grad_output0, dim), F.unsqueeze(indices, dim)
        return put_selected(F, grad_output0, self_shape, self_dtype, dim, indices)

    samples = [Sample(T(4, 5), 2), Sample(T(4, 5), 3, 0, True), Sample(T(), 1)]


def _unique_record(name, node, aten):
    class record:
        def forward(self, dim):
            return distinct(self, dim, consecutive="consecutive" in name)

        def vjp_self(F, grad_output0):
            raise NotImplementedError(f"the derivative for '{aten}' is not implemented.")

        samples = []

    how = "runs of equal entries" if "consecutive" in name else "distinct entries, sorted"
    record.__doc__ = f"""Return the {how}, where each entry went, and how often each occurs.

    Parameters
    ----------
    self : Tensor
    dim : int or None

    Notes
    -----
    Not differentiable: backward raises, as PyTorch's does.
    """
    return op(node=node, outputs="output inverse counts", public=False, name=name)(record)


unique_flat = _unique_record("unique_flat", "Unique2Backward0", "_unique2")
unique_dim = _unique_record("unique_dim", "UniqueDimBackward0", "unique_dim")
unique_consecutive_runs = _unique_record(
    "unique_consecutive_runs", "UniqueConsecutiveBackward0", "unique_consecutive"
)


def distinct(array, dim, consecutive):
    """Return distinct entries (or slices along ``dim``), inverse positions and counts."""
    if dim is None and array.dtype.kind == "c":
        raise NotImplementedError(f"\"unique\" not implemented for '{scalar_type(array)}'")
    flat = np.ravel(array) if dim is None else np.moveaxis(array, dim, 0)
    if dim is not None and 0 in flat.shape[1:]:
        raise RuntimeError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied"
        )
    if dim is not None and not consecutive and flat.dtype.kind == "f" and np.isnan(flat).any():
        order = _order_of_rows(flat)
        found, inverse, counts = distinct(flat[order], 0, True)
        inverse = inverse[np.argsort(order)]
    elif not consecutive:
        found, inverse, counts = np.unique(
            flat,
            return_inverse=True,
            return_counts=True,
            axis=None if dim is None else 0,
            equal_nan=False,
        )
        inverse = inverse.reshape(-1)
    else:
        n = flat.shape[0]
        change = np.ones(n, bool)
        if n > 1:
            change[1:] = (flat[1:] != flat[:-1]).reshape(n - 1, -1).any(1)
        found = flat[change]
        inverse = np.cumsum(change) - 1
        counts = np.diff(np.append(np.flatnonzero(change), n))
    if dim is None:
        inverse = inverse.reshape(array.shape)
    else:
        found = np.ascontiguousarray(np.moveaxis(found, 0, dim))
    return found, inverse.astype(np.int64), counts.astype(np.int64)


def _order_of_rows(flat):
    """Return the positions that sort rows; as in PyTorch, NaN is neither before nor behind."""
    rows = flat.reshape(len(flat), -1).tolist()

    def compare(i, j):
        pairs = zip(rows[i], rows[j], strict=True)
        return next((1 if a > b else -1 for a, b in pairs if a > b or a < b), 0)

    return np.array(sorted(range(len(rows)), key=functools.cmp_to_key(compare)), np.int64)


def chosen_results(found, return_inverse, return_counts):
    """Return the output alone, or a tuple with what else was asked for."""
    output, inverse, counts = found
    if not (return_inverse or return_counts):
        return output
    extra = ((inverse,) if return_inverse else ()) + ((counts,) if return_counts else ())
    return (output, *extra)


@composite(functions="unique", methods="unique")
def unique(self, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """Return the distinct entries, sorted.

    Parameters
    ----------
    self : Tensor
    sorted : bool, default True
        Here they always are.
    return_inverse, return_counts : bool, default False
        Also give where each entry went, and how often each occurs.
    dim : int, optional
        Compare slices along this dimension instead of single entries.

    Returns
    -------
    Tensor or tuple of Tensor
    """
    if dim is None:
        found = traced.unique_flat(self, None)
    else:
        found = traced.unique_dim(self, wrap_dim(dim, self.ndim))
    return chosen_results(found, return_inverse, return_counts)


@composite(functions="unique_consecutive", methods="unique_consecutive")
def unique_consecutive(self, return_inverse=False, return_counts=False, dim=None):
    """Return one entry for each run of equal ones.

    Parameters
    ----------
    self : Tensor
    return_inverse, return_counts : bool, default False
        Also give where each entry went, and how long each run is.
    dim : int, optional
        Compare slices along this dimension instead of single entries.

    Returns
    -------
    Tensor or tuple of Tensor
    """
    found = traced.unique_consecutive_runs(self, None if dim is None else wrap_dim(dim, self.ndim))
    return chosen_results(found, return_inverse, return_counts)


def as_array(value):
    """Return the array of a tensor, or of a number."""
    return np.asarray(value._array if isinstance(value, Tensor) else value)


def _note_copies(**operands):
    """Warn once of each kind of operand that PyTorch has to copy."""
    for name, array in operands.items():
        if array is None or array.flags.c_contiguous or name in _noted:
            continue
        _noted.add(name)
        what = "input value" if name == "input" else name
        warn(
            f"torch.searchsorted(): {what} tensor is non-contiguous, this will lower the "
            "performance due to extra data copy when converting non-contiguous tensor to "
            f"contiguous, please use contiguous {what} tensor if possible. This message will only "
            "appear once per program.",
        )


_noted: set[str] = set()


def checked_sorter(rows, positions):
    """Return the positions that sort rows, or raise PyTorch's error about them."""
    name = "torch.searchsorted(): "
    if rows.shape != positions.shape:
        raise RuntimeError(
            f"{name}boundary and sorter must have the same size, but got boundary tensor "
            f"{size_text(rows.shape)}and got sorter tensor {size_text(positions.shape)}"
        )
    if positions.dtype != np.int64:
        raise RuntimeError(
            f"{name}sorter must be a tensor of long dtype but got dtype {scalar_type(positions)}"
        )
    if ((positions < 0) | (positions >= rows.shape[-1])).any():
        raise RuntimeError(f"{name}sorter index out of range")
    return positions


@composite(functions="searchsorted")
def searchsorted(sorted_sequence, self, *, out_int32=False, right=False, side=None, sorter=None):
    """Return where values belong in sorted rows.

    Parameters
    ----------
    sorted_sequence : Tensor
        Ascending along the last dimension: one row, or as many rows as `self` has.
    self : Tensor or number
        The values.
    out_int32 : bool, default False
        Give int32 instead of int64.
    right : bool, default False
        Behind equal entries instead of before them; ``side="right"`` says the same.
    sorter : Tensor of int64, optional
        Positions that sort `sorted_sequence`.

    Returns
    -------
    Tensor of int
    """
    if side not in (None, "left", "right"):
        raise RuntimeError(
            "torch.searchsorted(): side can only be 'left' or 'right' but got " + str(side)
        )
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left "
            "while right was True"
        )
    rows, values = as_array(sorted_sequence), as_array(self)
    if not rows.ndim:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 "
            "dimension"
        )
    _note_copies(boundary=rows, input=values, sorter=None if sorter is None else as_array(sorter))
    if rows.ndim != 1 and not values.ndim:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor "
            f"dimension is 1, but we got boundaries tensor dim({rows.ndim}) and input value's "
            "dim(0) numel(1)"
        )
    common = np.empty(0, np.result_type(rows.dtype, values.dtype))
    kinds.only("uif", "searchsorted_out_cpu", common)
    if sorter is not None:
        rows = np.take_along_axis(rows, checked_sorter(rows, as_array(sorter)), -1)
    where = "right" if right or side == "right" else "left"
    if rows.ndim == 1:
        found = np.searchsorted(rows, values, where)
    else:
        if rows.shape[:-1] != values.shape[:-1]:
            raise RuntimeError(
                "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 "
                "dimensions of boundaries tensor and input value tensor must match, but we got "
                f"boundaries tensor {size_text(rows.shape)} and input value tensor "
                f"{size_text(values.shape)}"
            )
        count = math.prod(rows.shape[:-1])
        flat = rows.reshape(count, rows.shape[-1])
        wanted = values.reshape(count, values.shape[-1])
        found = np.array([np.searchsorted(r, v, where) for r, v in zip(flat, wanted, strict=True)])
        found = found.reshape(values.shape)
    return wrap(np.asarray(found).astype(np.int32 if out_int32 else np.int64))


@composite(functions="bucketize")
def bucketize(self, boundaries, *, out_int32=False, right=False):
    """Return the bucket of each value, between sorted boundaries.

    Parameters
    ----------
    self : Tensor or number
    boundaries : Tensor of one dimension, ascending
    out_int32 : bool, default False
        Give int32 instead of int64.
    right : bool, default False
        Count a boundary to the bucket on its right.

    Returns
    -------
    Tensor of int
    """
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return searchsorted(boundaries, self, out_int32=out_int32, right=right)


@composite(functions="bincount", methods="bincount")
def bincount(self, weights=None, minlength=0):
    """Count how often each non-negative integer occurs, or sum its weights.

    Parameters
    ----------
    self : Tensor of int, of one dimension
    weights : Tensor, optional
    minlength : int, default 0

    Returns
    -------
    Tensor
    """
    array = self._array
    kinds.only("iu", "bincount_cpu", array)
    if array.ndim != 1 or (array < 0).any():
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if weights is None:
        return wrap(np.bincount(array, minlength=minlength).astype(np.int64, copy=False))
    if tuple(weights.shape) != array.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    sums = np.bincount(array, weights._array, minlength)
    return wrap(sums.astype(np.float32) if weights._array.dtype == np.float32 else sums)


@composite(functions="isin")
def isin(elements, test_elements, *, assume_unique=False, invert=False):
    """Say for each element whether it is among others.

    Parameters
    ----------
    elements, test_elements : Tensor or number
    assume_unique : bool, default False
        Promise that neither repeats.
    invert : bool, default False
        Say whether it is missing.

    Returns
    -------
    Tensor of bool
    """
    arrays = as_array(elements), as_array(test_elements)
    for array in arrays:
        if array.dtype.kind in "bc":
            kind = kinds.scalar_type(array)
            raise RuntimeError(f"Unsupported input type encountered for isin(): {kind}")
    found = np.isin(*arrays, invert=invert)
    return wrap(np.asarray(found))
