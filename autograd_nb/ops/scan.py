"""Running sums, products and extremes, and what is computed from neighbours."""

from __future__ import annotations

import operator
from itertools import pairwise
from types import NoneType

import numpy as np

from autograd_nb.core.tensor import Tensor, wrap
from autograd_nb.ops import kinds
from autograd_nb.ops.log_kernels import log_add_exp
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.reduced_dims import numpy_dtype
from autograd_nb.ops.registry import Sample, T, composite, op
from autograd_nb.ops.sizes import wrap_dim

_INT64 = np.dtype(np.int64)
_WIDER = {"e": np.float32, "f": np.float64, "F": np.complex128}
_WIDE = 256  # entries in a row from which rows are added one by one: NumPy accumulates slowly


def _one_dim(name, dim):
    if isinstance(dim, (tuple, list)):
        raise TypeError(f"{name}(): argument 'dim' must be int, not {type(dim).__name__}")
    return operator.index(dim)


def _accumulated(name, ufunc, self, dim, dtype):
    dim = wrap_dim(_one_dim(name, dim), self.ndim)
    dtype = numpy_dtype(dtype)
    if dtype is None:
        dtype = _INT64 if self.dtype.kind in "bui" else self.dtype
    if not self.ndim:
        return np.asarray(self, dtype)[()].copy()
    kinds.only("uifc", f"{name}_out_cpu", np.empty(0, dtype))
    # As PyTorch's kernels: in twice the precision, from the neutral element on, which takes the
    # sign of zeros at the beginning of a sum.
    wider = _WIDER.get(dtype.char, dtype)
    if self.size > _WIDE * self.shape[dim] and dim != self.ndim - 1:
        along = np.moveaxis(self, dim, 0)
        rows = np.array(along, wider, order="C").reshape(len(along), -1)
        for before, row in pairwise(rows):
            ufunc(before, row, out=row)
        found = np.moveaxis(rows.reshape(along.shape), 0, dim)
    else:
        found = ufunc.accumulate(np.asarray(self, wider), dim)
    if ufunc is np.add and dtype.kind in "fc":
        found += 0
    return found.astype(dtype, order="C", copy=False)


def reversed_scan(F, scan, x, dim):
    """Run a scan from the end of a dimension to its beginning."""
    if not x.ndim:
        return scan(x, dim)
    return F.flip(scan(F.flip(x, (dim,)), dim), (dim,))


@op(node="CumsumBackward0", kind="linear", methods="cumsum", functions="cumsum", inplace=True)
class cumsum:
    r"""Running sum along one dimension.

    Parameters
    ----------
    self : Tensor of any shape
        Input; integers and bools are summed as int64.
    dim : int
        Along what.
    dtype : dtype, optional
        Dtype to sum in.

    Notes
    -----
    .. math:: grad_{self, i} = \sum_{j \ge i} g_j

    Examples
    --------
    >>> torch.cumsum(torch.tensor([1., 2., 3.]), 0)
    tensor([1., 3., 6.])
    """

    def forward(self, dim, *, dtype=None):
        return _accumulated("cumsum", np.add, self, dim, dtype)

    def vjp_self(F, grad_output, dim):
        return reversed_scan(F, F.cumsum, grad_output, dim)

    samples = [
        Sample(T(3, 4), 0),
        Sample(T(3, 4), -1),
        Sample(T(), 0),
        Sample(T(0, 3), 0),
        Sample(T(3, dtype="int32"), 0),
        Sample(T(3, dtype="bool"), 0),
        Sample(T(3, dtype="complex128"), 0),
    ]
    error_samples = [Sample(T(3), 1)]


def _cumprod_with_zeros(F, grad, self, result, dim):
    """Return the gradient of a running product term by term: no division, so zeros do not matter.

    d result[j] / d self[i] is the product of everything up to j but i.
    """
    n = self.shape[dim]
    one = F.ones(tuple(1 if i == dim else m for i, m in enumerate(self.shape)), F.value(self).dtype)
    parts = []
    for i in range(n):
        after = F.cumprod(F.cat([one, F.narrow(self, dim, i + 1, n - i - 1)], dim), dim)
        total = F.sum_dim(F.narrow(grad, dim, i, n - i) * F.conj(after), dim, True)
        parts.append(total if i == 0 else total * F.conj(F.narrow(result, dim, i - 1, 1)))
    return F.cat(parts, dim)


@op(node="CumprodBackward0", kind="other", methods="cumprod", functions="cumprod", inplace=True)
class cumprod:
    r"""Running product along one dimension.

    Parameters
    ----------
    self : Tensor of any shape
        Input; integers and bools are multiplied as int64.
    dim : int
        Along what.
    dtype : dtype, optional
        Dtype to compute in.

    Notes
    -----
    .. math:: grad_{self, i} = \sum_{j \ge i} g_j\,\overline{result_j / self_i}

    computed without division where there are zeros.
    """

    def forward(self, dim, *, dtype=None):
        return _accumulated("cumprod", np.multiply, self, dim, dtype)

    def vjp_self(F, grad_output, self, self_shape, result, dim):
        if not self_shape or 0 in self_shape:
            return grad_output
        dim = wrap_dim(dim, len(self_shape))
        if np.all(F.value(self)):
            weighted = reversed_scan(F, F.cumsum, F.conj(result) * grad_output, dim)
            return weighted / F.conj(self)
        return _cumprod_with_zeros(F, grad_output, self, result, dim)

    def jvp_self(F, tangent, self, self_shape, result, dim):
        if not self_shape or 0 in self_shape:
            return tangent
        if np.all(F.value(self)):
            return result * F.cumsum(tangent / self, dim)
        n, dim = self_shape[dim], wrap_dim(dim, len(self_shape))
        moved = [F.narrow(tangent, dim, 0, 1)]
        for i in range(1, n):
            fresh = F.narrow(result, dim, i - 1, 1) * F.narrow(tangent, dim, i, 1)
            moved.append(moved[-1] * F.narrow(self, dim, i, 1) + fresh)
        return F.cat(moved, dim)

    samples = [
        Sample(T(3, 4), 0),
        Sample(T(3, 4), -1),
        Sample(T(), 0),
        Sample(T(0, 3), 0),
        Sample(T.of([1.0, 0.0, 3.0, 0.0, 2.0]), 0),
        Sample(T(3, dtype="int32"), 0),
        Sample(T(3, dtype="complex128"), 0),
    ]
    error_samples = [Sample(T(3), 1)]


def _running_extreme(name, ufunc, self, dim):
    dim = wrap_dim(_one_dim(name, dim), self.ndim)
    kinds.only("buif", f"{name}_cpu", self)
    if not self.ndim:
        return self[()].copy(), np.int64(0)
    values = ufunc.accumulate(self, dim)
    shape = tuple(-1 if i == dim else 1 for i in range(self.ndim))
    place = np.arange(self.shape[dim]).reshape(shape)
    # Equal and NaN elements take over, so that the last of them is the one found.
    found = (self == values) | np.isnan(self)
    return values, np.maximum.accumulate(np.where(found, place, 0), dim)


def _scattered(F, grad, shape, dtype, dim, indices):
    if not shape or 0 in shape:
        return grad
    return F.scatter_add(F.zeros(shape, dtype), dim, indices, grad)


@op(
    node="CummaxBackward0",
    kind="other",
    outputs="values indices",
    return_type="cummax",
    methods="cummax",
    functions="cummax",
)
class cummax:
    r"""Running maximum along one dimension, and where it was met last.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex.
    dim : int
        Along what.

    Notes
    -----
    .. math:: grad_{self} = scatter\_add(g, dim, indices)
    """

    def forward(self, dim):
        return _running_extreme("cummax", np.maximum, self, dim)

    def vjp_self(F, grad_output0, self_shape, self_dtype, dim, indices):
        return _scattered(F, grad_output0, self_shape, self_dtype, dim, indices)

    def jvp_self(F, tangent, dim, indices):
        return F.gather(tangent, dim, indices), None

    samples = [
        Sample(T(3, 4), 0),
        Sample(T(3, 4), -1),
        Sample(T(), 0),
        Sample(T(0, 3), 0),
        Sample(T.of([1.0, 3.0, 3.0, 2.0]), 0),
        Sample(T.of([1.0, float("nan"), 3.0, 2.0]), 0),
        Sample(T(4, dtype="int64"), 0),
    ]
    error_samples = [Sample(T(3), 1), Sample(T(2, dtype="complex64"), 0)]


@op(
    node="CumminBackward0",
    kind="other",
    outputs="values indices",
    return_type="cummin",
    methods="cummin",
    functions="cummin",
)
class cummin:
    r"""Running minimum along one dimension, and where it was met last.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex.
    dim : int
        Along what.

    Notes
    -----
    .. math:: grad_{self} = scatter\_add(g, dim, indices)
    """

    def forward(self, dim):
        return _running_extreme("cummin", np.minimum, self, dim)

    def vjp_self(F, grad_output0, self_shape, self_dtype, dim, indices):
        return _scattered(F, grad_output0, self_shape, self_dtype, dim, indices)

    def jvp_self(F, tangent, dim, indices):
        return F.gather(tangent, dim, indices), None

    samples = [Sample(T(3, 4), 0), Sample(T.of([1.0, 3.0, 1.0, 1.0]), 0), Sample(T(), 0)]
    error_samples = [Sample(T(3), 1)]


@op(
    node="LogcumsumexpBackward0",
    kind="other",
    methods="logcumsumexp",
    functions="logcumsumexp",
)
class logcumsumexp:
    r"""Logarithm of the running sum of exponentials along one dimension.

    Parameters
    ----------
    self : Tensor of any shape
        Exponents, floating point.
    dim : int
        Along what.

    Notes
    -----
    .. math:: grad_{self, i} = \sum_{j \ge i} g_j\, e^{self_i - result_j}

    summed as logarithms, for positive and negative `g` apart, so that nothing overflows; with
    complex numbers both `g` and the exponentials are conjugated on the way.
    """

    def forward(self, dim):
        dim = wrap_dim(_one_dim("logcumsumexp", dim), self.ndim)
        kinds.only("fc", "logcumsumexp_out_cpu", self)
        if not self.ndim:
            return self[()].copy()
        if self.dtype.kind == "c":
            rows = np.moveaxis(self, dim, 0).copy()
            last = np.full(rows.shape[1:], -np.inf, rows.dtype)  # the logarithm of nothing
            for i, row in enumerate(rows):
                rows[i] = last = log_add_exp(last, row)
            return np.moveaxis(rows, 0, dim)
        found = np.logaddexp.accumulate(self.astype(_WIDER.get(self.dtype.char, self.dtype)), dim)
        return found.astype(self.dtype, copy=False)

    def vjp_self(F, grad_output, self, self_shape, self_dtype, result, dim):
        if not self_shape or 0 in self_shape:
            return grad_output
        if self_dtype.kind == "c":
            log = F.log(F.conj(grad_output)) - result
            return F.conj(F.exp(reversed_scan(F, F.logcumsumexp, log, dim) + self))
        lowest = float(np.finfo(self_dtype).min)
        log = F.log(F.abs(grad_output))
        above = F.where(grad_output > 0, log, lowest)
        below = F.where(grad_output < 0, log, lowest)
        positive = F.exp(reversed_scan(F, F.logcumsumexp, above - result, dim) + self)
        negative = F.exp(reversed_scan(F, F.logcumsumexp, below - result, dim) + self)
        return positive - negative

    def jvp_self(F, tangent, self, result, dim):
        return F.cumsum(tangent * F.exp(self), dim) / F.exp(result)

    samples = [
        Sample(T(3, 4), 0),
        Sample(T(3, 4), -1),
        Sample(T(), 0),
        Sample(T(0, 3), 0),
        Sample(T(3, 4, dtype="complex128"), 1),
    ]
    error_samples = [Sample(T(3), 1), Sample(T(3, dtype="int64"), 0)]


@composite(methods="diff", functions="diff")
def diff(self, n=1, dim=-1, prepend=None, append=None):
    """Differences of neighbours along one dimension.

    Parameters
    ----------
    self : Tensor of at least one dimension
        Input; bools are compared instead.
    n : int, default 1
        How often to take differences.
    dim : int, default -1
        Along what.
    prepend, append : Tensor, optional
        Put before and after the input first.

    Returns
    -------
    Tensor
        `n` elements shorter along `dim`.
    """
    if self.ndim == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = wrap_dim(dim, self.ndim)
    if n == 0:
        return wrap(np.zeros_like(self._array)).copy_(self)
    parts = [part for part in (prepend, self, append) if part is not None]
    if any(part.ndim != self.ndim for part in parts):
        raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    for part in parts:
        for i, (given, wanted) in enumerate(zip(part.shape, self.shape, strict=True)):
            if given != wanted and i != dim:
                raise RuntimeError(
                    "diff expects the shape of tensor to prepend or append to match that of input "
                    f"except along the differencing dimension; input.size({i}) = {wanted}, but got "
                    f"tensor.size({i}) = {given}"
                )
    result = traced.cat(parts, dim) if len(parts) > 1 else self
    for _ in range(min(n, result.shape[dim])):
        size = result.shape[dim]
        after = traced.narrow(result, dim, 1, size - 1)
        before = traced.narrow(result, dim, 0, size - 1)
        if result._array.dtype.kind == "b":
            result = traced.logical_xor(after, before)
        else:
            result = traced.sub(after, before)
    return result


def _steps(name, y, x, dim):
    """Return the distances between sample points, shaped to multiply the samples."""
    if x.ndim == 0 or (x.ndim == 1 and y.ndim > 1):
        if x.ndim and x.shape[0] != y.shape[dim]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        if x.ndim:
            x = traced.reshape(x, (-1,) + (1,) * (y.ndim - dim - 1))
            dim = dim - y.ndim
    elif x.shape[dim - y.ndim] != y.shape[dim]:
        raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
    if dim >= 0:
        dim = dim - y.ndim
    before, after = _sides(x, dim)
    return traced.sub(after, before)


def _samples_along(name, y, x, dx, dim):
    """Return the dimension that samples lie along, once they can be integrated."""
    if isinstance(dx, Tensor) and not dx.ndim:
        dx = dx.item()
    if not isinstance(dx, (NoneType, bool, int, float, complex)) or (
        x is not None and dx is not None
    ):
        raise TypeError(f"{name}() takes one of 'x' and a number 'dx'")
    if y.ndim == 0:
        if name == "trapezoid":
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    if any(samples is not None and samples._array.dtype.kind == "b" for samples in (x, y)):
        letters = "`y`" if x is None else "`x` or `y`"
        raise RuntimeError(
            f"{name}: received a bool input for {letters}, but bool is not supported"
        )
    if isinstance(dx, (bool, complex)):
        raise RuntimeError(f"{name}: Currently, we only support dx as a real number.")
    return wrap_dim(dim, y.ndim)


def _sides(y, dim):
    """Return all samples but the last, and all but the first."""
    n = y.shape[dim]
    if n == 0:
        return y, y
    return traced.narrow(y, dim, 0, n - 1), traced.narrow(y, dim, 1, n - 1)


@composite(functions="trapezoid trapz")
def trapezoid(y, x=None, *, dx=None, dim=-1):
    """Integrate samples along one dimension by the trapezoidal rule.

    Parameters
    ----------
    y : Tensor
        Samples.
    x : Tensor, optional
        Where they were taken.
    dx : float, optional
        Distance between them where `x` is not given: 1 by default.
    dim : int, default -1
        Along what.

    Returns
    -------
    Tensor
        The integrals, with one dimension less.
    """
    dim = _samples_along("trapezoid", y, x, dx, dim)
    n = y.shape[dim]
    if n == 0:
        return traced.sum_dim(y, dim)
    if x is None:
        ends = traced.add(traced.select(y, dim, 0), traced.select(y, dim, n - 1))
        inner = traced.sub(traced.sum_dim(y, dim), traced.mul_scalar(ends, 0.5))
        return traced.mul_scalar(inner, 1.0 if dx is None else dx)
    left, right = _sides(y, dim)
    steps = _steps("trapezoid", y, x, dim)
    return traced.div_scalar(traced.sum_dim(traced.mul(traced.add(right, left), steps), dim), 2.0)


@composite(functions="cumulative_trapezoid")
def cumulative_trapezoid(y, x=None, *, dx=None, dim=-1):
    """Integrate samples along one dimension by the trapezoidal rule, step by step.

    Parameters
    ----------
    y : Tensor
        Samples.
    x : Tensor, optional
        Where they were taken.
    dx : float, optional
        Distance between them where `x` is not given: 1 by default.
    dim : int, default -1
        Along what.

    Returns
    -------
    Tensor
        The integral up to every sample but the first.
    """
    dim = _samples_along("cumulative_trapezoid", y, x, dx, dim)
    left, right = _sides(y, dim)
    if x is None:
        return traced.cumsum(
            traced.mul_scalar(traced.add(right, left), (1.0 if dx is None else dx) / 2), dim
        )
    steps = _steps("cumulative_trapezoid", y, x, dim)
    return traced.div_scalar(traced.cumsum(traced.mul(traced.add(right, left), steps), dim), 2.0)
