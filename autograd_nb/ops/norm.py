"""Vector norms and distances."""

from __future__ import annotations

import math

import numpy as np

from autograd_nb.core import dtypes
from autograd_nb.core.op import listed
from autograd_nb.ops import kinds
from autograd_nb.ops.cast import in_dtype
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.reduced_dims import axes, dims_of, numpy_dtype, restored
from autograd_nb.ops.registry import Sample, T, composite, op


def vector_length(self, ord, axis, keepdim):
    """Return the norm of order `ord` over some axes of an array."""
    if self.dtype == np.float16:  # powers would overflow
        return vector_length(self.astype(np.float32), ord, axis, keepdim).astype(np.float16)
    size = np.absolute(self)
    if ord == 2:
        square = size * size if self.dtype.kind != "c" else self.real**2 + self.imag**2
        return np.sqrt(np.add.reduce(square, axis, keepdims=keepdim))
    if ord == 1:
        return np.add.reduce(size, axis, keepdims=keepdim)
    if ord == 0:
        return np.add.reduce(size != 0, axis, size.dtype, keepdims=keepdim)
    if math.isinf(ord):
        reduce = np.maximum.reduce if ord > 0 else np.minimum.reduce
        return reduce(size, axis, keepdims=keepdim)
    return np.add.reduce(size**ord, axis, keepdims=keepdim) ** (1.0 / ord)


def norm_gradient(F, grad, self, result, ord, shape, dim, keepdim):
    """Return the gradient of a norm, with PyTorch's choice at zero."""
    if dim is not None:  # one number for everything broadcasts as it is
        grad = restored(F, grad, shape, dim, keepdim)
        result = restored(F, result, shape, dim, keepdim)
    if ord == 2:
        return grad * F.zeroed(self / result, result == 0)
    if ord == 1:
        return F.sgn(self) * grad
    if ord == 0:
        return F.zeros(shape, F.value(self).dtype)
    size = F.abs(self)
    if math.isinf(ord):
        lengths, chosen = F.value(size), F.value(result)
        mask = (lengths == chosen) | (np.isnan(lengths) & np.isnan(chosen))
        ties = np.count_nonzero(mask, axis=dims_of(dim, len(shape)), keepdims=True)
        share = grad / F.constant(np.asarray(ties, lengths.dtype))
        return F.sgn(self) * (share * F.constant(mask))
    if ord < 1:
        scaled = F.sgn(self) * F.zeroed(F.pow_scalar(size, ord - 1), size == 0)
        return scaled * grad * F.pow_scalar(result, 1 - ord)
    if ord < 2:
        scaled = F.sgn(self) * F.pow_scalar(size, ord - 1)
    else:
        scaled = self * F.pow_scalar(size, ord - 2)
    return scaled * F.zeroed(grad / F.pow_scalar(result, ord - 1), result == 0)


def check_order(name, ord):
    """Raise PyTorch's error for a complex order."""
    if isinstance(ord, complex):
        raise RuntimeError(f"{name}: Expected a non-complex scalar as the order of norm.")


def _check_empty(self, ord, dim):
    if self.size or (ord >= 0 and not math.isinf(ord)):
        return
    if dim is None:
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {_short(ord)} norm on an empty tensor because "
            "the operation does not have an identity"
        )
    for d in dims_of(dim, self.ndim):
        if self.shape[d] == 0:
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {_short(ord)} norm on the dimension {d} "
                "because this dimension is empty and the operation does not have an identity"
            )


def _short(ord):
    return f"{ord:g}"


@op(node="LinalgVectorNormBackward0", kind="other", public=False)
class linalg_vector_norm:
    r"""Norm of all elements, or of the vectors along some dimensions.

    Parameters
    ----------
    self : Tensor of any shape
        Floating point or complex.
    ord : number, default 2
        Order: 2 is the length, 1 the sum of absolute values, infinity their maximum.
    dim : int or tuple of int, optional
        Over what, everything by default.
    keepdim : bool, default False
        Keep those dimensions, with size 1.
    dtype : dtype, optional
        Dtype to compute in.

    Notes
    -----
    .. math::

        grad_{self} = g\, \mathrm{sgn}(self) \left(\frac{|self|}{result}\right)^{ord - 1}

    and zero where the result is zero.
    """

    def forward(self, ord=2, dim=None, keepdim=False, *, dtype=None):
        if self.dtype.kind not in "fc":
            raise RuntimeError(
                "linalg.vector_norm: Expected a floating point or complex tensor as input. Got "
                f"{kinds.scalar_type(self)}"
            )
        check_order("linalg.vector_norm", ord)
        if dtype is not None:
            self = self.astype(numpy_dtype(dtype))
        _check_empty(self, ord, dim)
        found = vector_length(self, ord, axes(self, dim), keepdim)
        return found.astype(self.real.dtype, copy=False)

    def vjp_self(F, grad_output, self, self_shape, result, ord, dim, keepdim):
        return norm_gradient(F, grad_output, self, result, ord, self_shape, dim, keepdim)

    def jvp_self(F, tangent, self, self_shape, result, ord, dim, keepdim):
        one = F.constant(np.ones_like(F.value(result)))
        slope = norm_gradient(F, one, self, result, ord, self_shape, dim, keepdim)
        return F.sum_dim(F.real_part(F.conj(slope) * tangent), dim, keepdim)

    saved = {"dim": listed}
    torch_name = "linalg.vector_norm"
    samples = [
        Sample(T(3, 4)),
        Sample(T(3, 4), 1),
        Sample(T(3, 4), 3, 0),
        Sample(T(3, 4), 1.5, -1, True),
        Sample(T(3, 4), 0.5, (0, 1)),
        Sample(T(3, 4), float("inf"), 1),
        Sample(T(3, 4), -float("inf")),
        Sample(T(3, 4, requires_grad=False), 0),
        Sample(T.of([0.0, 0.0])),
        Sample(T.of([3.0, -3.0, 2.0]), float("inf")),
        Sample(T()),
        Sample(T(0, 3), 2, 0),
        Sample(T(3, dtype="complex128")),
        Sample(T(3, dtype="complex128"), 1),
    ]
    error_samples = [
        Sample(T(3, dtype="int64")),
        Sample(T(0), float("inf")),
        Sample(T(0, 2), float("inf"), 0),
    ]


@op(node="NormBackward1", kind="other", public=False)
class norm_record:
    r"""Norm along some dimensions, by the older name of its node.

    Parameters
    ----------
    self : Tensor of any shape
        Floating point or complex.
    ord : number, default 2
        Order.
    dim : int or tuple of int, optional
        Over what, everything by default.
    keepdim : bool, default False
        Keep those dimensions, with size 1.

    Notes
    -----
    The gradient is that of `linalg_vector_norm`.
    """

    def forward(self, ord=2, dim=None, keepdim=False):
        return linalg_vector_norm.forward(self, ord, dim, keepdim)

    def vjp_self(F, grad_output, self, self_shape, result, ord, dim, keepdim):
        return norm_gradient(F, grad_output, self, result, ord, self_shape, dim, keepdim)

    saved = {"p": "ord", "ord": None, "dim": listed}
    torch_name = None
    samples = [Sample(T(3, 4), 2, 1), Sample(T(3, 4), 3, (0,), True)]


@composite(functions="vector_norm", namespaces="linalg")
def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    """Norm of all elements, or of the vectors along some dimensions.

    Parameters
    ----------
    x : Tensor of any shape
        Floating point or complex.
    ord : number, default 2
        Order of the norm.
    dim : int or tuple of int, optional
        Over what, everything by default.
    keepdim : bool, default False
        Keep those dimensions, with size 1.
    dtype : dtype, optional
        Dtype to compute in.

    Returns
    -------
    Tensor
        Real, not negative.
    """
    return traced.linalg_vector_norm(x, ord, dim, keepdim, dtype=dtype)


@composite(methods="norm", functions="norm")
def norm(self, p="fro", dim=None, keepdim=False, dtype=None):
    """Norm of all elements, or of the vectors along some dimensions.

    Parameters
    ----------
    self : Tensor of any shape
        Floating point or complex.
    p : number, 'fro' or 'nuc', default 'fro'
        Order; ``'fro'`` is the length, ``'nuc'`` the sum of a matrix's singular values.
    dim : int or tuple of int, optional
        Over what, everything by default.
    keepdim : bool, default False
        Keep those dimensions, with size 1.
    dtype : dtype, optional
        Dtype to compute in, and of the result.

    Returns
    -------
    Tensor
        Real, not negative.

    Examples
    --------
    >>> torch.norm(torch.tensor([3., 4.]))
    tensor(5.)
    """
    if p == "nuc":
        if dtype is not None:
            self = in_dtype(self, dtypes.from_numpy(numpy_dtype(dtype)))
        return traced.matrix_norm(self, "nuc", (-2, -1) if dim is None else dim, keepdim)
    if p is None or p == "fro":
        p = 2
    elif isinstance(p, str):
        raise RuntimeError(f"linalg.matrix_norm: Order {p} not supported.")
    return traced.linalg_vector_norm(self, p, dim, keepdim, dtype=dtype)


@op(
    node="DistBackward0",
    kind="other",
    promote="self other",
    strict="self other",
    methods="dist",
    functions="dist",
)
class dist:
    r"""Norm of the difference of two tensors.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        The two points.
    p : number, default 2
        Order of the norm.

    Notes
    -----
    .. math:: grad_{self} = g\, \nabla_p(self - other),\quad grad_{other} = -grad_{self}
    """

    def forward(self, other, p=2):
        if self.dtype.kind not in "fc":
            raise RuntimeError(
                "norm(): input dtype should be either floating point or complex. Got "
                f"{kinds.scalar_type(self)} instead."
            )
        return vector_length(self - other, p, None, False)

    def vjp_self(F, grad_output, self, other, result, p):
        gap = self - other
        return norm_gradient(F, grad_output, gap, result, p, tuple(gap.shape), None, False)

    def vjp_other(F, grad_output, self, other, result, p):
        gap = self - other
        return -norm_gradient(F, grad_output, gap, result, p, tuple(gap.shape), None, False)

    def jvp_self(F, tangent, self, other, result, p):
        slope = dist.formulas["self"](F, F.ones((), F.value(result).dtype), self, other, result, p)
        return F.sum_all(F.real_part(F.conj(slope) * tangent))

    def jvp_other(F, tangent, self, other, result, p):
        slope = dist.formulas["other"](F, F.ones((), F.value(result).dtype), self, other, result, p)
        return F.sum_all(F.real_part(F.conj(slope) * tangent))

    samples = [Sample(T(3, 4), T(3, 4)), Sample(T(3), T(2, 3), 3), Sample(T(2), T(2), 1)]
