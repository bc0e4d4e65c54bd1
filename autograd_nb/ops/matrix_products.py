"""Products of vectors and matrices that are composed of others."""

import itertools

import numpy as np

from ..core.warn import warn_once
from . import linalg_kernels as kernels
from .einsum import contract
from .matmul import matmul
from .namespaces import T as traced
from .registry import composite
from .sizes import c_type, size_text, wrap_dim
from .squeeze import broadcast_shapes


@composite(functions="inner", methods="inner")
def inner(self, other):
    """Sum the product of two tensors over their last dimensions.

    Parameters
    ----------
    self, other : Tensor

    Returns
    -------
    Tensor
    """
    if 0 in (self.dim(), other.dim()):  # a number has no dimensions to ask for
        return self * other
    if self.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{size_text(self.shape)} and {size_text(other.shape)}"
        )
    return contract(self, other, [-1], [-1])


@composite(functions="outer ger", methods="outer ger")
def outer(self, vec2):
    """Return every product of the entries of two vectors.

    Parameters
    ----------
    self : Tensor of shape (n,)
    vec2 : Tensor of shape (m,)

    Returns
    -------
    Tensor of shape (n, m)
    """
    for name, x in (("self", self), ("vec2", vec2)):
        if x.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x.ndim}-D")
    return traced.reshape(self, (self.shape[0], 1)) * vec2


@composite(functions="kron", methods="kron")
def kron(self, other):
    """Return the Kronecker product: `other` scaled by every entry of `self`.

    Parameters
    ----------
    self, other : Tensor

    Returns
    -------
    Tensor
    """
    ndim = max(self.ndim, other.ndim)
    ours = (1,) * (ndim - self.ndim) + tuple(self.shape)
    theirs = (1,) * (ndim - other.ndim) + tuple(other.shape)
    left = traced.unsafe_view(self, tuple(n for m in ours for n in (m, 1)))
    right = traced.unsafe_view(other, tuple(n for m in theirs for n in (1, m)))
    shape = tuple(m * n for m, n in zip(ours, theirs, strict=True))
    return traced.unsafe_view(left * right, shape)


def chain_order(sizes):
    """Return where to split each run of factors for the fewest multiplications."""
    n = len(sizes) - 1
    cost = [[0] * n for _ in range(n)]
    split = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i][j], split[i][j] = min(
                (cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            )
    return split


def multiply_chain(matrices):
    """Multiply matrices in the cheapest order."""
    sizes = [matrices[0].shape[0], *(m.shape[1] for m in matrices)]
    split = chain_order(sizes)
    if len(matrices) == 3:  # of three, PyTorch begins at the left where both ways cost the same
        a, b, c, d = sizes
        split[0][2] = 0 if a * c * (b + d) > b * d * (a + c) else 1

    def run(i, j):
        if i == j:
            return matrices[i]
        k = split[i][j]
        return traced.mm(run(i, k), run(k + 1, j))

    return run(0, len(matrices) - 1)


@composite(functions="multi_dot", namespaces="linalg")
def multi_dot(tensors):
    """Multiply several matrices in the cheapest order.

    Parameters
    ----------
    tensors : sequence of Tensor
        Matrices; the first and the last may be vectors.

    Returns
    -------
    Tensor
    """
    tensors = list(tensors)
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    for i, x in enumerate(tensors):
        end = {0: "the first tensor", len(tensors) - 1: "the last tensor"}.get(i)
        if end is not None and x.ndim not in (1, 2):
            raise RuntimeError(f"multi_dot(): {end} must be 1D or 2D but got {x.ndim}D")
        if end is None and x.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {x.ndim}D")
    for i, (x, y) in enumerate(itertools.pairwise(tensors)):
        if y.dtype is not tensors[0].dtype:
            raise RuntimeError(
                "multi_dot(): all tensors must have be the same dtype but tensor 0 is "
                f"{c_type(tensors[0]._array)} and tensor {i + 1} {c_type(y._array)}"
            )
        if x.shape[-1] != y.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i} and {i + 1} with shapes {size_text(x.shape)} and "
                f"{size_text(y.shape)} cannot be multiplied"
            )
    shape = (*tensors[0].shape[:-1], *tensors[-1].shape[1:])
    if tensors[0].ndim == 1:
        tensors[0] = traced.unsqueeze(tensors[0], 0)
    if tensors[-1].ndim == 1:
        tensors[-1] = traced.unsqueeze(tensors[-1], -1)
    if len(tensors) == 2:
        product = traced.mm(*tensors)
    else:
        product = multiply_chain(tensors)
    return traced.view(product, shape)


@composite(functions="chain_matmul")
def chain_matmul(*matrices):
    """Multiply several matrices in the cheapest order.

    Parameters
    ----------
    *matrices : Tensor of two dimensions

    Returns
    -------
    Tensor
    """
    warn_once(
        "torch.chain_matmul",
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use "
        "torch.linalg.multi_dot instead, which accepts a list of two or more tensors rather than "
        "multiple parameters.",
    )
    for matrix in matrices:
        if matrix.ndim != 2:
            raise RuntimeError(f"Tensor dimension is {matrix.ndim}, expected 2 instead.")
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    if len(matrices) == 1:
        return matrices[0]
    return multi_dot(list(matrices))


@composite(functions="vecdot", namespaces="linalg")
def vecdot(x, y, *, dim=-1):
    """Return the dot products along a dimension, the first factor conjugated.

    Parameters
    ----------
    x, y : Tensor, broadcastable
    dim : int, default -1

    Returns
    -------
    Tensor
    """
    kernels.check_float("linalg.vecdot", x._array)
    kernels.check_same_dtype("linalg.vecdot: ", x._array, y._array, "xy")
    if x.ndim == y.ndim == 1:
        return traced.vdot(x, y)
    shape = broadcast_shapes(tuple(x.shape), tuple(y.shape))
    return traced.sum_dim(traced.conj(x) * y, (wrap_dim(dim, len(shape)),), False)


@composite(functions="matrix_power", methods="matrix_power", namespaces="torch linalg")
def matrix_power(self, n):
    """Multiply square matrices by themselves.

    Parameters
    ----------
    self : Tensor of shape (..., m, m)
    n : int
        The power; negative ones invert first.

    Returns
    -------
    Tensor
    """
    shape = tuple(self.shape)
    if len(shape) < 2:
        raise RuntimeError(
            "linalg.matrix_power: The input tensor A must have at least 2 dimensions."
        )
    if shape[-1] != shape[-2]:
        raise RuntimeError(
            "linalg.matrix_power: A must be batches of square matrices, but they are "
            f"{shape[-2]} by {shape[-1]} matrices"
        )
    if n == 0:
        return traced.clone(self).copy_(unit_like(self))
    if n == 1:
        return traced.clone(self)
    if n == -1:
        return traced.linalg_inv(self)
    if n < 0:
        self, n = traced.linalg_inv(self), -n
    if n == 3:
        return matmul(matmul(self, self), self)
    result = square = None
    while n:
        square = self if square is None else matmul(square, square)
        if n % 2:
            result = square if result is None else matmul(result, square)
        n //= 2
    return result


def unit_like(tensor):
    """Return identity matrices of a tensor's shape and dtype."""
    array = tensor._array
    return traced.constant(np.broadcast_to(np.eye(array.shape[-1], dtype=array.dtype), array.shape))
