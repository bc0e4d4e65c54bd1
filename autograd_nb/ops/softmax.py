"""Softmax, its logarithm, and the logarithm of sums of exponentials."""

from __future__ import annotations

import numpy as np

from autograd_nb.core import dtypes, pool
from autograd_nb.core.op import listed
from autograd_nb.core.products import by_blocks
from autograd_nb.ops import kinds, loops
from autograd_nb.ops.cast import in_dtype
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.reduced_dims import axes, numpy_dtype, restored
from autograd_nb.ops.registry import Sample, T, composite, op
from autograd_nb.ops.sizes import wrap_dim

from ..core.warn import warn


def _prepared(name, self, dim):
    kinds.only("f", f"{name}_lastdim_kernel_impl", self)
    dim = wrap_dim(dim, self.ndim)
    return np.asarray(self, np.float32) if self.dtype == np.float16 else self, dim


def _in_rows(name, *arrays, dim):
    """Return what a compiled loop over rows gives, or None."""
    x = arrays[-1]
    if dim in (-1, x.ndim - 1) and loops.suit_single(x, *arrays[:-1]):
        return loops.each(getattr(loops.softmax, name), *arrays, width=x.shape[-1])
    return None


def _by_blocks(compute, x, dim):
    """Compute for slices of the first dimension that stay in the cache; for all if `dim` is it."""
    if dim in (0, -x.ndim):
        compute(iter([slice(None)]))
    else:
        by_blocks(compute, len(x), x.size // max(len(x), 1))


@op(node="SoftmaxBackward0", kind="other", public=False)
class softmax_record:
    r"""Exponentials along a dimension, divided by their sum.

    Parameters
    ----------
    self : Tensor of any shape
        Floating point.
    dim : int
        Along what the results sum to one.

    Notes
    -----
    .. math:: grad_{self} = result \cdot (g - \sum_{dim} g \cdot result)
    """

    def forward(self, dim):
        x, dim = _prepared("softmax", self, dim)
        found = _in_rows("softmax", x, dim=dim)
        if found is not None:
            return found.astype(self.dtype, copy=False)
        if not x.ndim or not x.size:
            return np.exp(x - x).astype(self.dtype, copy=False)
        result = pool.empty(x.shape, x.dtype)

        def compute(parts):
            for part in parts:
                top = np.maximum.reduce(x[part], dim, keepdims=True)
                block = np.subtract(x[part], top, out=result[part])
                np.exp(block, out=block)
                block /= np.add.reduce(block, dim, keepdims=True)

        _by_blocks(compute, x, dim)
        return result.astype(self.dtype, copy=False)

    def vjp_self(F, grad_output, result, dim):
        return F.softmax_backward(grad_output, result, dim)

    def jvp_self(F, tangent, result, dim):
        return F.softmax_backward(tangent, result, dim)

    torch_name = "softmax"
    samples = [
        Sample(T(3, 4), 0),
        Sample(T(3, 4), -1),
        Sample(T(2, 3, 4), 1),
        Sample(T(), 0),
        Sample(T(0, 3), 0),
        Sample(T.of([1000.0, 0.0, -1000.0]), 0),
    ]
    error_samples = [Sample(T(3), 1), Sample(T(3, dtype="int64"), 0)]


@op(node="SoftmaxBackwardDataBackward0", kind="other", public=False)
class softmax_backward:
    r"""Gradient of softmax.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    output : Tensor
        What softmax returned.
    dim : int
        Along what it summed to one.

    Notes
    -----
    .. math:: output \cdot (grad - \sum_{dim} grad \cdot output)
    """

    def forward(grad, output, dim):
        if not output.ndim:
            return grad * output - output * (grad * output)
        found = _in_rows("softmax_backward", grad, output, dim=dim)
        if found is not None:
            return found
        result = pool.empty(output.shape, output.dtype)

        def compute(parts):
            for part in parts:
                weighted = np.multiply(grad[part], output[part], out=result[part])
                share = np.add.reduce(weighted, dim, keepdims=True)
                room = pool.empty(weighted.shape, weighted.dtype)
                weighted -= np.multiply(output[part], share, out=room)

        _by_blocks(compute, output, dim)
        return result

    def vjp_grad(F, grad_output, output, dim):
        return F.softmax_backward(grad_output, output, dim)

    def vjp_output(F, grad_output, grad, output, dim):
        inner = F.sum_dim(grad * output, dim, True)
        outer = F.sum_dim(grad_output * output, dim, True)
        return grad_output * (grad - inner) - grad * outer

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4), 1)]


@op(node="LogSoftmaxBackward0", kind="other", public=False)
class log_softmax_record:
    r"""Logarithm of softmax, without overflow.

    Parameters
    ----------
    self : Tensor of any shape
        Floating point.
    dim : int
        Along what the exponentials of the results sum to one.

    Notes
    -----
    .. math:: grad_{self} = g - e^{result} \sum_{dim} g
    """

    def forward(self, dim):
        x, dim = _prepared("log_softmax", self, dim)
        found = _in_rows("log_softmax", x, dim=dim)
        if found is not None:
            return found.astype(self.dtype, copy=False)
        if not x.ndim or not x.size:
            return (x - x).astype(self.dtype, copy=False)
        result = pool.empty(x.shape, x.dtype)

        def compute(parts):
            for part in parts:
                top = np.maximum.reduce(x[part], dim, keepdims=True)
                block = np.subtract(x[part], top, out=result[part])
                raised = np.exp(block, out=pool.empty(block.shape, block.dtype))
                block -= np.log(np.add.reduce(raised, dim, keepdims=True))

        _by_blocks(compute, x, dim)
        return result.astype(self.dtype, copy=False)

    def vjp_self(F, grad_output, result, dim):
        return F.log_softmax_backward(grad_output, result, dim)

    def jvp_self(F, tangent, result, dim):
        return tangent - F.sum_dim(tangent * F.exp(result), dim, True)

    torch_name = "log_softmax"
    samples = [
        Sample(T(3, 4), 0),
        Sample(T(3, 4), -1),
        Sample(T(), 0),
        Sample(T(0, 3), 0),
        Sample(T.of([1000.0, 0.0, -1000.0]), 0),
    ]
    error_samples = [Sample(T(3), 1), Sample(T(3, dtype="int64"), 0)]


@op(node="LogSoftmaxBackwardDataBackward0", kind="other", public=False)
class log_softmax_backward:
    r"""Gradient of the logarithm of softmax.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    output : Tensor
        What the function returned.
    dim : int
        Along what its exponentials summed to one.

    Notes
    -----
    .. math:: grad - e^{output} \sum_{dim} grad
    """

    def forward(grad, output, dim):
        if not output.ndim:
            return grad - np.exp(output) * grad
        found = _in_rows("log_softmax_backward", grad, output, dim=dim)
        if found is not None:
            return found
        result = pool.empty(output.shape, output.dtype)

        def compute(parts):
            for part in parts:
                block = np.exp(output[part], out=result[part])
                block *= np.add.reduce(grad[part], dim, keepdims=True)
                np.subtract(grad[part], block, out=block)

        _by_blocks(compute, output, dim)
        return result

    def vjp_grad(F, grad_output, output, dim):
        return grad_output - F.sum_dim(grad_output * F.exp(output), dim, True)

    def vjp_output(F, grad_output, grad, output, dim):
        return -grad_output * F.exp(output) * F.sum_dim(grad, dim, True)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4), 1)]


def _implicit_dim(name, self):
    """Choose the dimension as PyTorch does where none is given, with its warning."""
    warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include "
        "dim=X as an argument.",
        UserWarning,
    )
    return 0 if self.ndim in (0, 1, 3) else 1


def _in(self, dtype):
    return self if dtype is None else in_dtype(self, dtypes.from_numpy(numpy_dtype(dtype)))


@composite(methods="softmax", functions="softmax", namespaces="torch special")
def softmax(self, dim, dtype=None):
    """Exponentials along a dimension, divided by their sum.

    Parameters
    ----------
    self : Tensor of any shape
        Floating point unless `dtype` is given.
    dim : int
        Along what the results sum to one.
    dtype : dtype, optional
        Dtype to cast to first.

    Returns
    -------
    Tensor
        Of the same shape.
    """
    return traced.softmax_record(_in(self, dtype), dim)


@composite(methods="log_softmax", functions="log_softmax", namespaces="torch special")
def log_softmax(self, dim, dtype=None):
    """Logarithm of softmax along a dimension, without overflow.

    Parameters
    ----------
    self : Tensor of any shape
        Floating point unless `dtype` is given.
    dim : int
        Along what the exponentials of the results sum to one.
    dtype : dtype, optional
        Dtype to cast to first.

    Returns
    -------
    Tensor
        Of the same shape.
    """
    return traced.log_softmax_record(_in(self, dtype), dim)


@composite(functions="softmax", namespaces="nn.functional")
def softmax_functional(input, dim=None, _stacklevel=3, dtype=None):
    """Exponentials along a dimension, divided by their sum.

    Parameters
    ----------
    input : Tensor of any shape
        Floating point unless `dtype` is given.
    dim : int
        Along what the results sum to one.
    dtype : dtype, optional
        Dtype to cast to first.

    Returns
    -------
    Tensor
        Of the same shape.
    """
    dim = _implicit_dim("softmax", input) if dim is None else dim
    return traced.softmax_record(_in(input, dtype), dim)


@composite(functions="log_softmax", namespaces="nn.functional")
def log_softmax_functional(input, dim=None, _stacklevel=3, dtype=None):
    """Logarithm of softmax along a dimension, without overflow.

    Parameters
    ----------
    input : Tensor of any shape
        Floating point unless `dtype` is given.
    dim : int
        Along what the exponentials of the results sum to one.
    dtype : dtype, optional
        Dtype to cast to first.

    Returns
    -------
    Tensor
        Of the same shape.
    """
    dim = _implicit_dim("log_softmax", input) if dim is None else dim
    return traced.log_softmax_record(_in(input, dtype), dim)


@composite(functions="softmin", namespaces="nn.functional")
def softmin(input, dim=None, _stacklevel=3, dtype=None):
    """Softmax of the negated input.

    Parameters
    ----------
    input : Tensor of any shape
        Floating point unless `dtype` is given.
    dim : int
        Along what the results sum to one.
    dtype : dtype, optional
        Dtype to cast to first.

    Returns
    -------
    Tensor
        Of the same shape.
    """
    dim = _implicit_dim("softmin", input) if dim is None else dim
    return traced.softmax_record(_in(-input, dtype), dim)


@op(
    node="LogsumexpBackward0",
    kind="other",
    promote="self",
    to_float=True,
    methods="logsumexp",
    functions="logsumexp",
    namespaces="torch special",
)
class logsumexp:
    r"""Logarithm of the sum of exponentials over some dimensions, without overflow.

    Parameters
    ----------
    self : Tensor of any shape
        Exponents.
    dim : int or tuple of int
        What to sum over.
    keepdim : bool, default False
        Keep those dimensions, with size 1.

    Notes
    -----
    .. math:: grad_{self} = g\, e^{self - result}
    """

    def forward(self, dim, keepdim=False):
        axis = axes(self, dim)
        if not self.size:
            return np.log(np.add.reduce(np.exp(self), axis, keepdims=keepdim))
        top = np.maximum.reduce(self.real, axis, keepdims=True)
        top = np.where(np.isinf(top), top.dtype.type(0), top)
        total = np.log(np.add.reduce(np.exp(self - top), axis, keepdims=True)) + top
        return total if keepdim else np.squeeze(total, axis)[()]

    def vjp_self(F, grad_output, self, self_shape, result, dim, keepdim):
        grad = restored(F, grad_output, self_shape, dim, keepdim)
        return grad * F.conj(F.exp(self - restored(F, result, self_shape, dim, keepdim)))

    def jvp_self(F, tangent, self, self_shape, result, dim, keepdim):
        weight = F.exp(self - restored(F, result, self_shape, dim, keepdim))
        return F.sum_dim(tangent * weight, dim, keepdim)

    saved = {"dim": listed}
    samples = [
        Sample(T(3, 4), 0),
        Sample(T(3, 4), (0, 1), True),
        Sample(T(), 0),
        Sample(T(2, 0), 1),
        Sample(T.of([1000.0, 0.0]), 0),
        Sample(T.of([-float("inf"), 1.0]), 0),
        Sample(T(3, dtype="int64", requires_grad=False), 0),
    ]
    error_samples = [Sample(T(3), 1)]
