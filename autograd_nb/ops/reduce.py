"""Sums and means over all or some dimensions."""

from __future__ import annotations

import builtins
import math

import numpy as np

from autograd_nb.core import pool
from autograd_nb.core.op import listed
from autograd_nb.core.summation import add_up
from autograd_nb.ops import kinds
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.reduced_dims import axes, count, numpy_dtype, restored
from autograd_nb.ops.registry import Sample, T, composite, op

_INT64 = np.dtype(np.int64)


def _sum(self, axis, keepdim, dtype):
    dtype = numpy_dtype(dtype)
    if dtype is None:
        kind = self.dtype.kind
        if kind in "bui":
            dtype = _INT64
        elif self.dtype == np.float16:
            return np.add.reduce(self, axis, np.float32, keepdims=keepdim).astype(np.float16)
    elif self.dtype.kind == "c" and dtype.kind != "c":
        self = self.real
    if dtype is None or dtype == self.dtype:
        return add_up(self, axis, keepdim)
    return np.add.reduce(self, axis, dtype, keepdims=keepdim)


@op(node="SumBackward0", kind="linear", public=False)
class sum_all:
    r"""Sum of all elements.

    Parameters
    ----------
    self : Tensor of any shape
        Input; integers and bools are summed as int64.
    dtype : dtype, optional
        Dtype to sum in.

    Notes
    -----
    .. math:: grad_{self} = expand(g)
    """

    def forward(self, *, dtype=None):
        return _sum(self, None, False, dtype)

    def vjp_self(F, grad_output, self_shape):
        return F.expand(grad_output, self_shape)

    torch_name = "sum"
    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int32")),
        Sample(T(3, dtype="bool")),
        Sample(T(3, dtype="complex128")),
    ]


@op(node="SumBackward1", kind="linear", public=False)
class sum_dim:
    r"""Sum over some dimensions.

    Parameters
    ----------
    self : Tensor of any shape
        Input; integers and bools are summed as int64.
    dim : int or tuple of int
        What to sum over; all for ``()`` or None.
    keepdim : bool, default False
        Keep those dimensions, with size 1.
    dtype : dtype, optional
        Dtype to sum in.

    Notes
    -----
    .. math:: grad_{self} = expand(g)
    """

    def forward(self, dim, keepdim=False, *, dtype=None):
        return _sum(self, axes(self, dim), keepdim, dtype)

    def vjp_self(F, grad_output, self_shape, dim, keepdim):
        return F.expand(restored(F, grad_output, self_shape, dim, keepdim), self_shape)

    saved = {"dim": listed}
    torch_name = "sum"
    samples = [
        Sample(T(3, 4), 0),
        Sample(T(3, 4), -1, True),
        Sample(T(2, 3, 4), (0, 2)),
        Sample(T(2, 3, 4), (0, -1), True),
        Sample(T(3, 4), ()),
        Sample(T(), 0),
        Sample(T(), -1, True),
        Sample(T(0, 3), 0),
        Sample(T(3, 2, dtype="int32"), 1),
    ]
    error_samples = [
        Sample(T(3, 4), 2),
        Sample(T(), 1),
        Sample(T(3, 4), (0, 0)),
        Sample(T(3, 4), (0, -2)),
    ]


@composite(methods="sum", functions="sum")
def sum(self, dim=None, keepdim=False, *, dtype=None):
    """Sum over all or some dimensions.

    Parameters
    ----------
    self : Tensor of any shape
        Input; integers and bools are summed as int64.
    dim : int or tuple of int, optional
        What to sum over, everything by default.
    keepdim : bool, default False
        Keep the dimensions summed over, with size 1.
    dtype : dtype, optional
        Dtype to sum in, and of the result.

    Returns
    -------
    Tensor
        The sums.

    Examples
    --------
    >>> torch.sum(torch.tensor([[1., 2.], [3., 4.]]), dim=0)
    tensor([4., 6.])
    """
    if dim is None and not keepdim:
        return traced.sum_all(self, dtype=dtype)
    return traced.sum_dim(self, (dim,) if isinstance(dim, int) else dim, keepdim, dtype=dtype)


@composite(methods="sum_to_size")
def sum_to_size(self, *size):
    """Sum over what broadcasting from a smaller shape had added.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    *size : int, or one tuple of int
        The smaller shape.

    Returns
    -------
    Tensor
        Of shape `size`.
    """
    size = tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else size
    shape = tuple(self.shape)
    if not size:
        return traced.sum_all(self)
    if shape == size:
        return self
    extra = len(shape) - len(size)
    fits = extra >= 0 and builtins.all(
        n in (1, have) for n, have in zip(size, shape[extra:], strict=True)
    )
    if not fits:
        raise RuntimeError(f"size {{{list(size)}}} is not expandable to size {{{list(shape)}}}.")
    dims = tuple(i for i, n in enumerate(shape) if i < extra or (size[i - extra] == 1 and n != 1))
    kept = traced.sum_dim(self, dims, True) if dims else self
    return traced.reshape(kept, size) if extra else kept


def _mean(self, axis, keepdim, dtype):
    dtype = numpy_dtype(dtype)
    asked = self.dtype if dtype is None else dtype
    if asked.kind not in "fc":
        what = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {what} dtype must be either a floating point "
            f"or complex dtype. Got: {kinds.scalar_type(np.empty(0, asked))}"
        )
    total = _sum(self, axis, keepdim, dtype)
    n = self.size // max(total.size, 1) if self.size else count(self.shape, axis)
    return total / total.dtype.type(n)


@op(node="MeanBackward0", kind="linear", public=False)
class mean_all:
    r"""Mean of all elements.

    Parameters
    ----------
    self : Tensor of any shape
        Input, floating point or complex unless `dtype` is.
    dtype : dtype, optional
        Dtype to compute in.

    Notes
    -----
    .. math:: grad_{self} = expand(g / n)
    """

    def forward(self, *, dtype=None):
        return _mean(self, None, False, dtype)

    def vjp_self(F, grad_output, self_shape):
        if not F.is_traced:  # dense, too, on reused memory
            return pool.expanded(grad_output / count(self_shape, None), tuple(self_shape))
        return F.expand(grad_output, self_shape) / count(self_shape, None)

    saved = {"self_sym_numel": ("self_shape", math.prod)}
    torch_name = "mean"
    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]
    error_samples = [Sample(T(3, dtype="int64")), Sample(T(3, dtype="bool"))]


@op(node="MeanBackward1", kind="linear", public=False)
class mean_dim:
    r"""Mean over some dimensions.

    Parameters
    ----------
    self : Tensor of any shape
        Input, floating point or complex unless `dtype` is.
    dim : int or tuple of int
        What to average over; all for ``()`` or None.
    keepdim : bool, default False
        Keep those dimensions, with size 1.
    dtype : dtype, optional
        Dtype to compute in.

    Notes
    -----
    .. math:: grad_{self} = expand(g / n)
    """

    def forward(self, dim, keepdim=False, *, dtype=None):
        return _mean(self, axes(self, dim), keepdim, dtype)

    def vjp_self(F, grad_output, self_shape, dim, keepdim):
        total, n = restored(F, grad_output, self_shape, dim, keepdim), count(self_shape, dim)
        return (
            F.expand(total, self_shape) / n if F.is_traced else pool.expanded(total / n, self_shape)
        )

    saved = {"dim": listed, "self_sym_numel": ("self_shape", math.prod)}
    torch_name = "mean"
    samples = [
        Sample(T(3, 4), 0),
        Sample(T(3, 4), -1, True),
        Sample(T(2, 3, 4), (0, 2)),
        Sample(T(3, 4), ()),
        Sample(T(), 0),
        Sample(T(0, 3, requires_grad=False), 0),
    ]
    error_samples = [Sample(T(3, 4), 2), Sample(T(3, 4), (0, 0))]


@composite(methods="mean", functions="mean")
def mean(self, dim=None, keepdim=False, *, dtype=None):
    """Mean over all or some dimensions.

    Parameters
    ----------
    self : Tensor of any shape
        Input, floating point or complex unless `dtype` is.
    dim : int or tuple of int, optional
        What to average over, everything by default.
    keepdim : bool, default False
        Keep the dimensions averaged over, with size 1.
    dtype : dtype, optional
        Dtype to compute in, and of the result.

    Returns
    -------
    Tensor
        The means.
    """
    if dim is None and not keepdim:
        return traced.mean_all(self, dtype=dtype)
    return traced.mean_dim(self, dim, keepdim, dtype=dtype)


@op(node="NansumBackward0", kind="other", methods="nansum", functions="nansum")
class nansum:
    r"""Sum that counts NaN as zero.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex.
    dim : int or tuple of int, optional
        What to sum over, everything by default.
    keepdim : bool, default False
        Keep those dimensions, with size 1.
    dtype : dtype, optional
        Dtype to sum in.

    Notes
    -----
    .. math:: grad_{self} = [self \text{ is a number}]\, expand(g)
    """

    def forward(self, dim=None, keepdim=False, *, dtype=None):
        if self.dtype.kind == "c":
            raise RuntimeError("nansum on CPU does not support complex inputs")
        if self.dtype.kind == "f":
            self = np.where(np.isnan(self), self.dtype.type(0), self)
        return _sum(self, axes(self, dim), keepdim, dtype)

    def vjp_self(F, grad_output, self, self_shape, dim, keepdim):
        return restored(F, grad_output, self_shape, dim, keepdim) * (self == self)

    def jvp_self(F, tangent, self, dim, keepdim):
        return F.sum_dim(tangent * (self == self), dim, keepdim)

    saved = {"dim": listed}
    samples = [
        Sample(T(3, 4)),
        Sample(T.of([[1.0, float("nan")], [2.0, 3.0]]), 1),
        Sample(T(3, 4), (0, 1), True),
        Sample(T(3, dtype="int64")),
    ]
    error_samples = [Sample(T(2, dtype="complex64")), Sample(T(3), 1)]


@composite(methods="nanmean", functions="nanmean")
def nanmean(self, dim=None, keepdim=False, *, dtype=None):
    """Mean of the elements that are not NaN.

    Parameters
    ----------
    self : Tensor of any shape
        Input, floating point.
    dim : int or tuple of int, optional
        What to average over, everything by default.
    keepdim : bool, default False
        Keep those dimensions, with size 1.
    dtype : dtype, optional
        Dtype to compute in.

    Returns
    -------
    Tensor
        The means; NaN where there is no number.
    """
    if self._array.dtype.kind not in "fc":
        raise RuntimeError(
            "nanmean(): expected input to have floating point or complex dtype but got "
            f"{kinds.scalar_type(self._array)}"
        )
    total = traced.nansum(self, dim, keepdim, dtype=dtype)
    return total / traced.sum(traced.logical_not(traced.isnan(self)), dim, keepdim)
