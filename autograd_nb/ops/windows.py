"""Diagonals and windows of a tensor as views."""

import numpy as np
from numpy.lib.stride_tricks import as_strided as strided

from .registry import Sample, T, op
from .sizes import wrap_dim
from .slices import slice_of


def diagonal_view(array, offset, dim1, dim2):
    """Return the diagonal of two dimensions as a last dimension: a writable view."""
    axes = [d for d in range(array.ndim) if d not in (dim1, dim2)] + [dim1, dim2]
    moved = array.transpose(axes)
    rows, columns = moved.shape[-2:]
    n = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    if n:
        moved = moved[..., offset:] if offset >= 0 else moved[..., -offset:, :]
    return strided(moved, (*moved.shape[:-2], n), (*moved.strides[:-2], sum(moved.strides[-2:])))


def diagonal_dims(ndim, dim1, dim2):
    """Return both dimensions counted from the front; they must differ."""
    first, second = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return first, second


@op(node="DiagonalBackward0", kind="linear", view=True, methods="diagonal", functions="diagonal")
class diagonal:
    r"""Return the diagonal of two dimensions as the last dimension; a view.

    Parameters
    ----------
    self : Tensor of at least two dimensions
    offset : int, default 0
        Positive: above the main diagonal.
    dim1, dim2 : int, default 0 and 1

    Notes
    -----
    .. math:: grad_self = 0 \text{ with } g \text{ on the diagonal}
    """

    def forward(self, offset=0, dim1=0, dim2=1):
        return diagonal_view(self, offset, *diagonal_dims(self.ndim, dim1, dim2))

    def vjp_self(F, grad_output, self_shape, offset, dim1, dim2):
        return F.diagonal_backward(grad_output, self_shape, offset, dim1, dim2)

    samples = [
        Sample(T(3, 4)),
        Sample(T(3, 4), 1),
        Sample(T(2, 3, 4), -1, 0, 2),
        Sample(T(3, 4), 9),
    ]


@op(node="DiagonalBackwardBackward0", kind="linear", public=False)
class diagonal_backward:
    r"""Put a cotangent on the diagonal that ``diagonal`` took, among zeros.

    Parameters
    ----------
    grad_output : Tensor
    shape : tuple of int
    offset, dim1, dim2 : int

    Notes
    -----
    .. math:: grad_{grad\_output} = diagonal(g)
    """

    def forward(grad_output, shape, offset, dim1, dim2):
        result = np.zeros(shape, grad_output.dtype)
        diagonal_view(result, offset, *diagonal_dims(len(shape), dim1, dim2))[...] = grad_output
        return result

    def vjp_grad_output(F, grad_output, offset, dim1, dim2):
        return F.diagonal(grad_output, offset, dim1, dim2)

    samples = [Sample(T(3), (3, 4), 0, 0, 1)]


@op(node="UnfoldBackward0", kind="linear", view=True, methods="unfold")
class unfold_windows:
    r"""Return all windows of ``size`` entries, ``step`` apart, along a dimension; a view.

    Parameters
    ----------
    self : Tensor
    dimension, size, step : int

    Notes
    -----
    The window is the last dimension of the result. Each entry's gradient sums over its windows.

    .. math:: grad_self_i = \sum_{(w, k):\, w \cdot step + k = i} g_{wk}
    """

    def forward(self, dimension, size, step):
        array = np.asarray(self)
        dim = wrap_dim(dimension, array.ndim)
        have = array.shape[dim] if array.ndim else 1
        if size < 0:
            raise RuntimeError(f"size is {size} but must be >= 0")
        if size > have:
            raise RuntimeError(
                f"maximum size for tensor at dimension {dim} is {have} but size is {size}"
            )
        if step <= 0:
            raise RuntimeError(f"step is {step} but must be > 0")
        if array.ndim == 0:
            return array.reshape(1)[:size]
        pace = array.strides[dim]
        shape, steps = list(array.shape), list(array.strides)
        shape[dim], steps[dim] = (have - size) // step + 1, pace * step
        return strided(array, (*shape, size), (*steps, pace))

    def vjp_self(F, grad_output, self_shape, dimension, size, step):
        return F.unfold_backward(grad_output, self_shape, dimension, size, step)

    samples = [Sample(T(5, 2), 0, 2, 1), Sample(T(2, 7), -1, 3, 2), Sample(T(4), 0, 2, 3)]


@op(node="UnfoldBackwardBackward0", kind="linear", public=False)
class unfold_backward:
    r"""Add the windows of a cotangent back to the places they were read from.

    Parameters
    ----------
    grad_output : Tensor, windows in its last dimension
    shape : tuple of int
    dimension, size, step : int

    Notes
    -----
    .. math:: grad_{grad\_output} = unfold(g)
    """

    def forward(grad_output, shape, dimension, size, step):
        if not shape:
            return grad_output.sum().astype(grad_output.dtype)
        dim = wrap_dim(dimension, len(shape))
        result = np.zeros(shape, grad_output.dtype)
        reach = grad_output.shape[dim] * step
        for k in range(size):
            result[slice_of(dim, k, k + reach - step + 1, step)] += grad_output[..., k]
        return result

    def vjp_grad_output(F, grad_output, dimension, size, step):
        return F.unfold_windows(grad_output, dimension, size, step)

    samples = [Sample(T(4, 2, 2), (5, 2), 0, 2, 1)]
