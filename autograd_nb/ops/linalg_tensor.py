"""Trace, cross products, and linear maps between tensors."""

import numpy as np

from ..core.warn import warn_once
from . import kinds
from .linalg import linalg_inv, linalg_solve
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import prod, wrap_dim


@op(node="TraceBackward0", kind="linear", methods="trace", functions="trace")
class trace:
    """Return the sum of a matrix's diagonal.

    Parameters
    ----------
    self : Tensor of shape (n, m)

    Notes
    -----
    .. math:: grad_self = g I
    """

    def forward(self):
        if self.ndim != 2:
            raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {self.ndim}")
        kinds.only("uifc", "trace", self)
        return np.trace(self, dtype=np.int64 if self.dtype.kind in "bui" else self.dtype)

    def vjp_self(F, grad_output, self_shape):
        wide = F.expand(grad_output, (min(self_shape),))
        return F.diagonal_backward(wide, tuple(self_shape), 0, 0, 1)

    samples = [Sample(T(3, 4)), Sample(T(3, 3))]


@op(node="LinalgCrossBackward0", kind="bilinear", public=False)
class cross_record:
    r"""Return the cross products of vectors of three numbers along a dimension.

    Parameters
    ----------
    self, other : Tensor, broadcastable
    dim : int

    Notes
    -----
    .. math:: grad_self = \overline{other} \times g, \quad grad_other = g \times \overline{self}
    """

    def forward(self, other, dim=-1):
        if self.dtype != other.dtype:
            ours, theirs = kinds.scalar_type(self), kinds.scalar_type(other)
            raise RuntimeError(f"expected scalar type {ours} but found {theirs}")
        a, b = np.broadcast_arrays(self, other)
        dim = wrap_dim(dim, a.ndim)
        before, after = np.roll(a, -1, dim), np.roll(a, 1, dim)
        return before * np.roll(b, 1, dim) - after * np.roll(b, -1, dim)

    def vjp_self(F, grad_output, other, dim):
        return F.cross_record(F.conj(other), grad_output, dim)

    def vjp_other(F, grad_output, self, dim):
        return F.cross_record(grad_output, F.conj(self), dim)

    samples = [Sample(T(2, 3), T(2, 3)), Sample(T(3, 2), T(3, 1), 0)]


@composite(functions="cross", namespaces="linalg")
def linalg_cross(self, other, *, dim=-1):
    """Return the cross products of vectors of three numbers along a dimension.

    Parameters
    ----------
    self, other : Tensor, broadcastable
    dim : int, default -1

    Returns
    -------
    Tensor
    """
    if self.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    at = wrap_dim(dim, self.ndim)
    if self.shape[at] != 3 or other.shape[at] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {self.shape[at]} and "
            f"{other.shape[at]}"
        )
    return traced.cross_record(self, other, at)


@composite(functions="cross", methods="cross")
def cross(self, other, dim=None):
    """Return the cross products of vectors of three numbers along a dimension.

    Parameters
    ----------
    self, other : Tensor, broadcastable
    dim : int, optional
        The first dimension of size three by default.

    Returns
    -------
    Tensor
    """
    if dim is None:
        warn_once(
            "torch.cross",
            "Using torch.cross without specifying the dim arg is deprecated.\n"
            "Please either pass the dim explicitly or simply use torch.linalg.cross.\n"
            "The default value of dim will change to agree with that of linalg.cross in a future "
            "release.",
        )
        dim = next((d for d, n in enumerate(self.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return linalg_cross(self, other, dim=dim)


@composite(functions="diagonal", namespaces="linalg")
def linalg_diagonal(A, *, offset=0, dim1=-2, dim2=-1):
    """Return the diagonals of matrices; a view.

    Parameters
    ----------
    A : Tensor
    offset : int, default 0
    dim1, dim2 : int, default -2 and -1

    Returns
    -------
    Tensor
    """
    return traced.diagonal(A, offset, dim1, dim2)


@composite(functions="tensorinv", namespaces="linalg")
def tensorinv(A, ind=2):
    """Invert a tensor as the map from its last dimensions to its first ones.

    Parameters
    ----------
    A : Tensor
    ind : int, default 2
        How many dimensions are the first ones.

    Returns
    -------
    Tensor
    """
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    first, last = tuple(A.shape[:ind]), tuple(A.shape[ind:])
    if prod(first) != prod(last):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {prod(last)} != {prod(first)}"
        )
    found = linalg_inv(traced.reshape(A, (prod(first), prod(last))))
    return traced.reshape(found, (*last, *first))


@composite(functions="tensorsolve", namespaces="linalg")
def tensorsolve(A, B, dims=None):
    """Solve ``tensordot(A, X) = B``.

    Parameters
    ----------
    A, B : Tensor
    dims : tuple of int, optional
        Dimensions of `A` that are moved to its end first.

    Returns
    -------
    Tensor
    """
    if dims is not None:
        A = traced.movedim(A, tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    shape = tuple(A.shape[B.ndim :])
    if prod(shape) != prod(B.shape):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {prod(shape)} != {prod(B.shape)}"
        )
    matrix = traced.reshape(A, (prod(B.shape), prod(shape)))
    return traced.reshape(linalg_solve(matrix, traced.flatten(B)), shape)


@composite(functions="vander", namespaces="linalg")
def linalg_vander(x, *, N=None):
    """Return the powers of numbers, from 0 to ``N - 1``, along a further dimension.

    Parameters
    ----------
    x : Tensor of shape (..., n)
    N : int, optional
        As many powers as numbers by default.

    Returns
    -------
    Tensor of shape (..., n, N)
    """
    count = N if N is not None else x.shape[-1] if x.ndim else 1
    if count <= 1 and (N is not None or x.ndim == 0):
        raise RuntimeError("N must be greater than 1.")
    if x.ndim == 0:
        x = traced.unsqueeze(x, -1)
    column = traced.unsqueeze(x, -1)
    ones = traced.constant(np.ones(tuple(column.shape), x._array.dtype))
    wide = traced.expand(column, (*x.shape, count - 1))
    return traced.cat([ones, traced.cumprod(wide, -1)], -1)
