"""Products over dimensions."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.reduced_dims import numpy_dtype, restored
from autograd_nb.ops.registry import Sample, T, composite, op
from autograd_nb.ops.sizes import wrap_dim


def _prod(self, axis, keepdim, dtype):
    dtype = numpy_dtype(dtype)
    if dtype is None and self.dtype.kind in "bui":
        dtype = np.int64
    return np.multiply.reduce(self, axis, dtype, keepdims=keepdim)


def _others(F, self, dim):
    """Return for each element the product of all others along `dim`, zeros or not."""
    n = self.shape[dim]
    one = F.ones(tuple(1 if i == dim else m for i, m in enumerate(self.shape)), F.value(self).dtype)
    before = F.cumprod(F.cat([one, F.narrow(self, dim, 0, n - 1)], dim), dim)
    turned = F.flip(F.narrow(self, dim, 1, n - 1), (dim,))
    after = F.flip(F.cumprod(F.cat([one, turned], dim), dim), (dim,))
    return before * after


@op(node="ProdBackward0", kind="other", public=False)
class prod_all:
    r"""Product of all elements.

    Parameters
    ----------
    self : Tensor of any shape
        Input; integers and bools are multiplied as int64.
    dtype : dtype, optional
        Dtype to compute in.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{result / self}

    computed from the products of the others where there are zeros.
    """

    def forward(self, *, dtype=None):
        return _prod(self, None, False, dtype)

    def vjp_self(F, grad_output, self, self_shape, result):
        if np.all(F.value(self)):
            return grad_output * F.conj(result / self)
        if not self_shape:
            return grad_output
        others = _others(F, F.reshape(self, (-1,)), 0)
        return grad_output * F.conj(F.reshape(others, self_shape))

    def jvp_self(F, tangent, self, self_shape, result):
        slope = prod_all.formulas["self"](F, F.conj(tangent), self, self_shape, result)
        return F.sum_all(F.conj(slope))

    torch_name = "prod"
    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T.of([1.0, 0.0, 3.0])),
        Sample(T.of([[1.0, 0.0], [0.0, 2.0]])),
        Sample(T(3, dtype="int32")),
        Sample(T(3, dtype="complex128")),
    ]


@op(node="ProdBackward1", kind="other", public=False)
class prod_dim:
    r"""Product over one dimension.

    Parameters
    ----------
    self : Tensor of any shape
        Input; integers and bools are multiplied as int64.
    dim : int
        What to multiply over.
    keepdim : bool, default False
        Keep that dimension, with size 1.
    dtype : dtype, optional
        Dtype to compute in.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{result / self}

    computed from the products of the others where there are zeros.
    """

    def forward(self, dim, keepdim=False, *, dtype=None):
        dim = wrap_dim(dim, self.ndim)
        return _prod(self, dim if self.ndim else None, keepdim, dtype)

    def vjp_self(F, grad_output, self, self_shape, result, dim, keepdim):
        if not self_shape:
            return grad_output
        grad_output = restored(F, grad_output, self_shape, dim, keepdim)
        if np.all(F.value(self)):
            result = restored(F, result, self_shape, dim, keepdim)
            return grad_output * F.conj(result / self)
        return grad_output * F.conj(_others(F, self, wrap_dim(dim, len(self_shape))))

    def jvp_self(F, tangent, self, self_shape, result, dim, keepdim):
        others = (
            result / self
            if not self_shape
            else restored(F, result, self_shape, dim, keepdim) / self
            if np.all(F.value(self))
            else _others(F, self, wrap_dim(dim, len(self_shape)))
        )
        return F.sum_dim(tangent * others, dim, keepdim)

    torch_name = "prod"
    samples = [
        Sample(T(3, 4), 0),
        Sample(T(3, 4), -1, True),
        Sample(T(), 0),
        Sample(T(0, 3), 0),
        Sample(T.of([[1.0, 0.0, 2.0], [0.0, 2.0, 0.0]]), 1),
        Sample(T(3, 2, dtype="int32"), 1),
    ]
    error_samples = [Sample(T(3, 4), 2)]


@composite(methods="prod", functions="prod")
def prod(self, dim=None, keepdim=False, *, dtype=None):
    """Product over all elements or one dimension.

    Parameters
    ----------
    self : Tensor of any shape
        Input; integers and bools are multiplied as int64.
    dim : int, optional
        What to multiply over, everything by default.
    keepdim : bool, default False
        Keep that dimension, with size 1.
    dtype : dtype, optional
        Dtype to compute in, and of the result.

    Returns
    -------
    Tensor
        The products.
    """
    if isinstance(dim, (tuple, list)):
        raise TypeError(
            "prod() received an invalid combination of arguments - got "
            f"({type(dim).__name__}), but expected one int dim"
        )
    if dim is None:
        if keepdim:
            raise TypeError(
                "prod() received an invalid combination of arguments - `keepdim` needs a `dim`"
            )
        return traced.prod_all(self, dtype=dtype)
    return traced.prod_dim(self, dim, keepdim, dtype=dtype)
