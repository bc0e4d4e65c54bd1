"""The middle and the most frequent elements."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops import kinds
from autograd_nb.ops.extremum import gather_evenly, put_back, share_evenly, take_out
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op
from autograd_nb.ops.sizes import wrap_dim


def _middle_of_all(self, skip_nan):
    kinds.only("uif", "median_cpu", self)
    flat = np.ravel(self)
    nan = np.isnan(flat)
    if skip_nan:
        flat = flat[~nan]
    elif nan.any():
        return flat[nan][0]
    if not flat.size:
        return self.dtype.type(np.nan if self.dtype.kind == "f" else np.iinfo(self.dtype).min)
    middle = (flat.size - 1) // 2
    return np.partition(flat, middle)[middle]


def _middle_along(self, dim, keepdim, skip_nan):
    dim = wrap_dim(dim, self.ndim)
    kinds.only("uif", "median_out_impl", self)
    if not self.ndim:
        return self[()], np.int64(0)
    if self.shape[dim] == 0:
        raise IndexError(f"median(): Expected reduction dim {dim} to have non-zero size.")
    nan = np.isnan(self)
    order = np.argsort(self, axis=dim, kind="stable")  # NaN comes last
    size = self.shape[dim] - np.count_nonzero(nan, axis=dim, keepdims=True)
    if skip_nan:
        middle = np.maximum(size - 1, 0) // 2
    else:
        middle = np.where(size < self.shape[dim], size, (self.shape[dim] - 1) // 2)
    positions = np.take_along_axis(order, middle, dim)
    values = np.take_along_axis(self, positions, dim)
    if not keepdim:
        values, positions = values.squeeze(dim), positions.squeeze(dim)
    return values[()], positions.astype(np.int64, copy=False)[()]


def _records(name, node, skip_nan, summary):
    """Make the two records of a median: of all elements, and along a dimension."""

    class over_all:
        def forward(self):
            return _middle_of_all(self, skip_nan)

        def vjp_self(F, grad_output, self, result):
            return share_evenly(F, grad_output, self, result)

        def jvp_self(F, tangent, self, result):
            return gather_evenly(F, tangent, self, result)

        torch_name = name
        samples = [
            Sample(T(3, 4)),
            Sample(T(5)),
            Sample(T()),
            Sample(T.of([1.0, 2.0, 2.0, 3.0])),
            Sample(T.of([1.0, float("nan"), 2.0])),
            Sample(T(4, dtype="int64")),
        ]
        error_samples = [Sample(T(2, dtype="bool")), Sample(T(2, dtype="complex64"))]

    over_all.__doc__ = f"""{summary}, of all elements.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not bool, not complex.

    Notes
    -----
    .. math:: grad_{{self}} = g\\,[self = result] / n

    where `n` elements are equal to it.
    """

    class over_dim:
        def forward(self, dim=-1, keepdim=False):
            return _middle_along(self, dim, keepdim, skip_nan)

        def vjp_self(F, grad_output0, self_shape, self_dtype, dim, indices, keepdim):
            return put_back(F, grad_output0, self_shape, self_dtype, dim, indices, keepdim)

        def jvp_self(F, tangent, dim, indices, keepdim):
            return take_out(F, tangent, dim, indices, keepdim), None

        torch_name = name
        samples = [
            Sample(T(3, 4), 0),
            Sample(T(3, 5), -1, True),
            Sample(T(), 0),
            Sample(T.of([[1.0, float("nan"), 2.0], [3.0, 1.0, 2.0]]), 1),
        ]
        error_samples = [Sample(T(0, 3), 0), Sample(T(3), 1)]

    over_dim.__doc__ = f"""{summary}, along one dimension.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not bool, not complex.
    dim : int, default -1
        Along what.
    keepdim : bool, default False
        Keep that dimension, with size 1.

    Notes
    -----
    .. math:: grad_{{self}} = scatter(g, dim, indices)
    """
    op(node=f"{node}0", kind="other", public=False, name=f"{name}_all")(over_all)
    op(
        node=f"{node}1",
        kind="other",
        outputs="values indices",
        return_type=name,
        public=False,
        name=f"{name}_dim",
    )(over_dim)


_records("median", "MedianBackward", False, "Middle element, the lower one of two")
_records("nanmedian", "NanmedianBackward", True, "Middle element among the numbers")


@composite(methods="median", functions="median")
def median(self, dim=None, keepdim=False):
    """Middle element, the lower one where there are two.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not bool, not complex.
    dim : int, optional
        Along what, everything by default.
    keepdim : bool, default False
        Keep that dimension, with size 1.

    Returns
    -------
    Tensor, or named tuple (values, indices)
        NaN where there is a NaN.
    """
    return traced.median_all(self) if dim is None else traced.median_dim(self, dim, keepdim)


@composite(methods="nanmedian", functions="nanmedian")
def nanmedian(self, dim=None, keepdim=False):
    """Middle element among those that are not NaN.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not bool, not complex.
    dim : int, optional
        Along what, everything by default.
    keepdim : bool, default False
        Keep that dimension, with size 1.

    Returns
    -------
    Tensor, or named tuple (values, indices)
        NaN where there are only NaNs.
    """
    return traced.nanmedian_all(self) if dim is None else traced.nanmedian_dim(self, dim, keepdim)


@op(
    node="ModeBackward0",
    kind="other",
    outputs="values indices",
    return_type="mode",
    methods="mode",
    functions="mode",
)
class mode:
    r"""Most frequent element along one dimension, the smallest one at a tie.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex.
    dim : int, default -1
        Along what.
    keepdim : bool, default False
        Keep that dimension, with size 1.

    Notes
    -----
    .. math:: grad_{self} = scatter(g, dim, indices)

    The index is that of its last occurrence.
    """

    def forward(self, dim=-1, keepdim=False):
        dim = wrap_dim(dim, self.ndim)
        kinds.only("buif", "mode_cpu", self)
        if not self.ndim:
            return self[()], np.int64(0)
        if self.shape[dim] == 0:
            raise IndexError(f"mode(): Expected reduction dim {dim} to have non-zero size.")
        order = np.argsort(self, axis=dim, kind="stable")
        ranked = np.moveaxis(np.take_along_axis(self, order, dim), dim, -1)
        # How far each element of a sorted row is into its run of equals: the longest run wins.
        place = np.arange(ranked.shape[-1])
        starts = np.ones(ranked.shape, np.bool_)
        starts[..., 1:] = ranked[..., 1:] != ranked[..., :-1]
        run = place - np.maximum.accumulate(np.where(starts, place, 0), axis=-1)
        best = np.moveaxis(np.argmax(run, axis=-1, keepdims=True), -1, dim)
        positions = np.take_along_axis(order, best, dim)
        values = np.take_along_axis(self, positions, dim)
        if not keepdim:
            values, positions = values.squeeze(dim), positions.squeeze(dim)
        return values[()], positions.astype(np.int64, copy=False)[()]

    def vjp_self(F, grad_output0, self_shape, self_dtype, dim, indices, keepdim):
        return put_back(F, grad_output0, self_shape, self_dtype, dim, indices, keepdim)

    def jvp_self(F, tangent, dim, indices, keepdim):
        return take_out(F, tangent, dim, indices, keepdim), None

    samples = [
        Sample(T(3, 4), 0),
        Sample(T.of([3.0, 1.0, 1.0, 3.0, 2.0])),
        Sample(T(4, 6, dtype="int64"), 1, True),
        Sample(T()),
    ]
    error_samples = [Sample(T(0)), Sample(T(3), 1)]
