"""Tensors put together: cat, stack and their relatives, and grids."""

import itertools

import numpy as np

from ..core.dtypes import result_type
from ..core.tensor import wrap
from ..core.warn import warn_once
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import prod, size_text, wrap_dim


def common_dtype(arrays):
    """Return the arrays in the one dtype that PyTorch computes their union in."""
    first = arrays[0].dtype
    if all(a.dtype == first for a in arrays):
        return arrays
    target = result_type(arrays).numpy
    return [a.astype(target, copy=False) for a in arrays]


def is_legacy_empty(shape):
    """Say whether PyTorch's ``cat`` skips a tensor: those of shape ``(0,)`` fit anything."""
    return tuple(shape) == (0,)


def check_cat(arrays, dim):
    """Return ``dim`` counted from the front, after PyTorch's checks of shapes."""
    for i, a in enumerate(arrays):
        if a.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    first = next((a for a in arrays if not is_legacy_empty(a.shape)), None)
    if first is None:
        return 0  # whatever was asked for
    dim = wrap_dim(dim, first.ndim)
    for i, a in enumerate(arrays):
        if is_legacy_empty(a.shape):
            continue
        if a.ndim != first.ndim:
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {first.ndim} and {a.ndim}"
            )
        for d, (n, m) in enumerate(zip(first.shape, a.shape, strict=True)):
            if d != dim and n != m:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {n} "
                    f"but got size {m} for tensor number {i} in the list."
                )
    return dim


@op(
    node="CatBackward0",
    kind="linear",
    tensor_list="tensors",
    functions="cat concat concatenate",
    namespaces="torch",
)
class cat:
    """Join tensors along an existing dimension.

    Parameters
    ----------
    tensors : sequence of Tensor
        Equal shapes except along ``dim``; tensors of shape ``(0,)`` are skipped.
    dim : int, default 0

    Notes
    -----
    .. math:: grad_i = narrow(g, dim, start_i, size_i)
    """

    def forward(tensors, dim=0):
        if not tensors:
            raise ValueError("torch.cat(): expected a non-empty list of Tensors")
        try:
            return np.concatenate(common_dtype(tensors), dim)
        except ValueError:
            dim = check_cat(tensors, dim)
        kept = [a for a in tensors if not is_legacy_empty(a.shape)] or tensors
        return np.concatenate(common_dtype(kept), dim)

    def vjp_tensors(F, grad_output, tensors_shapes, tensors_dtypes, dim):
        dim = dim % grad_output.ndim
        grads, at = [], 0
        for shape, dtype in zip(tensors_shapes, tensors_dtypes, strict=True):
            if is_legacy_empty(shape) and grad_output.ndim > 1:
                grads.append(F.zeros(shape, dtype))
                continue
            grads.append(F.slice_(grad_output, dim, at, at + shape[dim], 1))
            at += shape[dim]
        return grads

    saved = {"tensors_sym_sizess": None}
    samples = [
        Sample([T(3), T(4)]),
        Sample([T(2, 3), T(2, 1), T(2, 3)], 1),
        Sample([T(2, 3), T(1, 3)], -2),
    ]


@op(node="StackBackward0", kind="linear", tensor_list="tensors", functions="stack")
class stack:
    """Join tensors of one shape along a dimension of its own.

    Parameters
    ----------
    tensors : sequence of Tensor
    dim : int, default 0

    Notes
    -----
    .. math:: grad_i = select(g, dim, i)
    """

    def forward(tensors, dim=0):
        if not tensors:
            raise RuntimeError("stack expects a non-empty TensorList")
        shape = tensors[0].shape
        for i, a in enumerate(tensors):
            if a.shape != shape:
                raise RuntimeError(
                    f"stack expects each tensor to be equal size, but got {size_text(shape)} at "
                    f"entry 0 and {size_text(a.shape)} at entry {i}"
                )
        return np.ascontiguousarray(np.stack(common_dtype(tensors), wrap_dim(dim, len(shape) + 1)))

    def vjp_tensors(F, grad_output, dim):
        return list(F.unbind(grad_output, dim))

    samples = [Sample([T(3), T(3)]), Sample([T(2, 3), T(2, 3)], -1), Sample([T(), T()])]


@composite(functions="hstack")
def hstack(tensors):
    """Join tensors side by side: along the second dimension, or the first of vectors.

    Parameters
    ----------
    tensors : sequence of Tensor

    Returns
    -------
    Tensor
    """
    if not tensors:
        raise RuntimeError("hstack expects a non-empty TensorList")
    tensors = traced.atleast_1d(list(tensors))
    return traced.cat(tensors, 0 if tensors[0].ndim == 1 else 1)


@composite(functions="vstack row_stack")
def vstack(tensors):
    """Join tensors one below the other, along the first dimension.

    Parameters
    ----------
    tensors : sequence of Tensor

    Returns
    -------
    Tensor
    """
    if not tensors:
        raise RuntimeError("vstack expects a non-empty TensorList")
    return traced.cat(traced.atleast_2d(list(tensors)), 0)


@composite(functions="dstack")
def dstack(tensors):
    """Join tensors along the third dimension.

    Parameters
    ----------
    tensors : sequence of Tensor

    Returns
    -------
    Tensor
    """
    if not tensors:
        raise RuntimeError("dstack expects a non-empty TensorList")
    return traced.cat(traced.atleast_3d(list(tensors)), 2)


@composite(functions="column_stack")
def column_stack(tensors):
    """Join vectors as columns, and matrices side by side.

    Parameters
    ----------
    tensors : sequence of Tensor

    Returns
    -------
    Tensor
    """
    if not tensors:
        raise RuntimeError("column_stack expects a non-empty TensorList")
    columns = [traced.reshape(x, (prod(x.shape), 1)) if x.ndim <= 1 else x for x in tensors]
    return traced.cat(columns, 1)


@op(node="BlockDiagBackward0", kind="linear", tensor_list="tensors", public=False)
class block_diag_matrices:
    r"""Put matrices on the diagonal of a larger one.

    Parameters
    ----------
    tensors : sequence of Tensor of at most two dimensions

    Notes
    -----
    .. math:: grad_i = \text{the block of } g
    """

    def forward(tensors):
        blocks = [np.atleast_2d(a) for a in common_dtype(tensors)]
        result = np.zeros(np.sum([b.shape for b in blocks], axis=0), blocks[0].dtype)
        row = column = 0
        for b in blocks:
            result[row : row + b.shape[0], column : column + b.shape[1]] = b
            row, column = row + b.shape[0], column + b.shape[1]
        return result

    def vjp_tensors(F, grad_output, tensors_shapes):
        grads, row, column = [], 0, 0
        for shape in tensors_shapes:
            m, n = (1,) * (2 - len(shape)) + tuple(shape)
            block = grad_output[row : row + m, column : column + n]
            grads.append(F.reshape(block, tuple(shape)))
            row, column = row + m, column + n
        return grads

    samples = [Sample([T(2, 3), T(3), T()])]


@composite(functions="block_diag")
def block_diag(*tensors):
    """Put matrices on the diagonal of a larger one, zeros elsewhere.

    Parameters
    ----------
    *tensors : Tensor of at most two dimensions

    Returns
    -------
    Tensor
    """
    for i, x in enumerate(tensors):
        if x.ndim > 2:
            raise RuntimeError(
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input "
                f"{i} has {x.ndim} dimensions"
            )
    if not tensors:
        return traced.empty(1, 0)
    return traced.block_diag_matrices(list(tensors))


@composite(functions="meshgrid")
def meshgrid(*tensors, indexing=None):
    """Return the coordinates of a grid, one tensor for each axis.

    Parameters
    ----------
    *tensors : Tensor of at most one dimension
    indexing : {"ij", "xy"}, default "ij"
        "xy" exchanges the first two dimensions of the results.

    Returns
    -------
    tuple of Tensor
        Views.
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(
            'torch.meshgrid: indexing must be one of "xy" or "ij", but received: ' + str(indexing)
        )
    if any(x.dtype is not tensors[0].dtype for x in tensors):
        raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    if indexing is None:
        warn_once(
            "meshgrid",
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing "
            "argument.",
        )
    swap = indexing == "xy" and len(tensors) >= 2
    if swap:
        tensors = (tensors[1], tensors[0], *tensors[2:])
    for x in tensors:
        if x.ndim > 1:
            raise RuntimeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {x.ndim}D"
            )
    shape = tuple(prod(x.shape) for x in tensors)
    grids = []
    for i, x in enumerate(tensors):
        own = (1,) * i + (shape[i],) + (1,) * (len(shape) - i - 1)
        grids.append(traced.expand(traced.view(x, own), shape))
    if swap:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


@composite(functions="cartesian_prod")
def cartesian_prod(*tensors):
    """Return every choice of one entry of each vector, as rows.

    Parameters
    ----------
    *tensors : Tensor of one dimension

    Returns
    -------
    Tensor
        Shape ``(n1 * n2 * ..., k)``; the vector itself for one.
    """
    for x in tensors:
        if x.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {size_text(x.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return traced.stack([traced.flatten(g) for g in meshgrid(*tensors, indexing="ij")], 1)


@composite(functions="combinations")
def combinations(input, r=2, with_replacement=False):
    """Return every combination of ``r`` entries of a vector, as rows.

    Parameters
    ----------
    input : Tensor of one dimension
    r : int, default 2
    with_replacement : bool, default False

    Returns
    -------
    Tensor
        Shape ``(number of combinations, r)``.
    """
    if input.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {size_text(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return traced.reshape(traced.slice_(input, 0, 0, 0, 1), (0,))
    n = input.shape[0]
    pick = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    mask = np.zeros((n,) * r, bool)
    rows = np.array(list(pick(range(n), r)), np.int64).reshape(-1, r)
    mask[tuple(rows.T)] = True
    return traced.stack(
        [traced.masked_select(g, wrap(mask)) for g in meshgrid(*[input] * r, indexing="ij")], 1
    )
