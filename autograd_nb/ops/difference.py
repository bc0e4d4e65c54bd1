"""Numerical gradients, powers as columns, and a few copies under names of their own."""

from __future__ import annotations

import numpy as np

from ..core import dtypes
from ..core.tensor import Tensor, wrap
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import wrap_dim


def _part(self, dim, start, length):
    return traced.narrow(self, dim, start, length)


def _over(self, number):
    return traced.div_scalar(self, number)


def _times(part, number):
    return traced.mul_scalar(part, number)


def _even(self, dim, step, order):
    """Return the gradient on a grid of equal steps."""
    n = self.shape[dim]
    first, second = _part(self, dim, 0, 1), _part(self, dim, 1, 1)
    last, before = _part(self, dim, n - 1, 1), _part(self, dim, n - 2, 1)
    if order == 1:
        head, tail = _over(second - first, step), _over(last - before, step)
    else:
        third, inner = _part(self, dim, 2, 1), _part(self, dim, n - 3, 1)
        head = _times(first, -1.5) + _times(second, 2.0) - _times(third, 0.5)
        tail = _times(inner, 0.5) - _times(before, 2.0) + _times(last, 1.5)
        head, tail = _over(head, step), _over(tail, step)
    centre = _over(_over(_part(self, dim, 2, n - 2) - _part(self, dim, 0, n - 2), step), 2)
    return traced.cat((head, centre, tail), dim)


def _uneven(self, dim, places, order):
    """Return the gradient on a grid whose points are given."""
    n = self.shape[dim]
    shape = [1] * self.ndim
    shape[dim] = -1
    steps = places.diff().reshape(shape)
    left, right = _part(steps, dim, 0, n - 2), _part(steps, dim, 1, n - 2)
    centre = (
        -right / (left * (left + right)) * _part(self, dim, 0, n - 2)
        + (right - left) / (left * right) * _part(self, dim, 1, n - 2)
        + left / (right * (left + right)) * _part(self, dim, 2, n - 2)
    )

    def end(near, far, one, two, three):
        if order == 1:
            return (two - one) / near
        return (
            -(2 * near + far) / (near * (near + far)) * one
            + (near + far) / (near * far) * two
            + -near / (far * (near + far)) * three
        )

    def at(i):
        return _part(self, dim, i, 1)

    def gap(i):
        return _part(steps, dim, i, 1)

    three = 2 if n > 2 else 1
    far = min(1, n - 2)
    head = end(gap(0), gap(far), at(0), at(1), at(three))
    tail = end(-gap(n - 2), -gap(n - 2 - far), at(n - 1), at(n - 2), at(n - 1 - three))
    return traced.cat((head, centre, tail), dim)


@composite(functions="gradient")
def gradient(self, *, spacing=1, dim=None, edge_order=1):
    """Estimate derivatives from values on a grid, by central differences.

    Parameters
    ----------
    self : Tensor
        Values.
    spacing : number, or sequence of numbers or of Tensors, default 1
        Step of the grid in each dimension, or the places of its points.
    dim : int or tuple of int, optional
        Which dimensions; all by default.
    edge_order : {1, 2}
        Order of the one-sided differences at the ends.

    Returns
    -------
    tuple of Tensor
        One for each dimension, of the shape of `self`.

    Raises
    ------
    RuntimeError
        If a dimension has too few points.

    Examples
    --------
    >>> torch.gradient(torch.tensor([1., 4., 9., 16.]))
    (tensor([3., 4., 6., 7.]),)
    """
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    dims = range(self.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    dims = [wrap_dim(d, self.ndim) for d in dims]
    spacing = 1 if spacing is None else spacing
    if len(set(dims)) != len(dims):
        twice = next(d for d in dims if dims.count(d) > 1)
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    listed = isinstance(spacing, (tuple, list))
    spacings = list(spacing) if listed else [spacing] * len(dims)
    if len(spacings) != len(dims):
        if dim is not None:
            raise RuntimeError(
                "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and "
                "dim arguments to have the same length, but got a spacing argument of length "
                f"{len(spacings)} and a dim argument of length {len(dims)}."
            )
        raise RuntimeError(
            f"torch.gradient expected spacing to be unspecified, a scalar, or a list of length "
            f"equal to 'self.dim() = {self.ndim}', since dim argument was not given, but got a "
            f"list of length {len(spacings)}"
        )
    for d in dims:
        if self.shape[d] < edge_order + 1:
            raise RuntimeError(
                "torch.gradient expected each dimension size to be at least edge_order+1"
            )
    return tuple(
        (_uneven if isinstance(step, Tensor) and step.ndim else _even)(self, d, step, edge_order)
        for d, step in zip(dims, spacings, strict=True)
    )


@composite(functions="vander")
def vander(x, N=None, increasing=False):
    """Return powers of the elements as columns.

    Parameters
    ----------
    x : Tensor of shape (M,)
        Base numbers.
    N : int, optional
        How many columns; M by default.
    increasing : bool, default False
        Begin with the power 0.

    Returns
    -------
    Tensor
        Shape (M, N).

    Raises
    ------
    RuntimeError
        If `x` is not one-dimensional, or N is negative.
    """
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    n = x.shape[0] if N is None else N
    if n < 0:
        raise RuntimeError("N must be non-negative.")
    kind = x.dtype
    if kind.category < dtypes.FLOAT:
        kind = dtypes.int64
    found = wrap(np.zeros((x.shape[0], n), kind.numpy))
    if n > 0:
        found.select(1, 0).fill_(1)
    if n > 1:
        rest = traced.slice_(found, 1, 1, n)
        rest.copy_(x.unsqueeze(1))
        rest.copy_(traced.cumprod(traced.slice_(found, 1, 1, n), 1))
    return found if increasing else traced.flip(found, (1,))


@op(node="NarrowCopyBackward0", kind="linear", methods="narrow_copy", functions="narrow_copy")
class narrow_copy:
    """Copy `length` entries from `start` on along a dimension.

    Parameters
    ----------
    self : Tensor
        Input.
    dim, start, length : int
        Along which dimension, from where, how many.

    Notes
    -----
    The gradient is that of the part, among zeros.
    """

    def forward(self, dim, start, length):
        if self.ndim == 0:
            raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
        if dim >= self.ndim:
            raise RuntimeError(
                "Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false. "
                " (Could this error message be improved?  If so, please report an enhancement "
                "request to PyTorch.)"
            )
        dim = wrap_dim(dim, self.ndim)
        size = self.shape[dim]
        if not -size <= start <= size:
            raise IndexError(
                f"start out of range (expected to be in range of [{-size}, {size}], but got "
                f"{start})"
            )
        start = start + size if start < 0 else start
        if length < 0 or start + length > size:
            raise RuntimeError(
                f"start ({start}) + length ({length}) exceeds dimension size ({size})."
            )
        return np.array(self[(slice(None),) * dim + (slice(start, start + length),)])

    def vjp_self(F, grad_output, self_shape, dim, start, length):
        start = start + self_shape[dim] if start < 0 else start
        return F.slice_backward(grad_output, self_shape, dim, start, start + length, 1)

    samples = [Sample(T(3, 4), 1, 0, 2), Sample(T(5), -1, -3, 2)]


@composite(methods="nonzero_static", functions="nonzero_static")
def nonzero_static(self, *, size, fill_value=-1):
    """Return the places of elements that are not zero, as a tensor of fixed size.

    Parameters
    ----------
    self : Tensor
        Input.
    size : int
        How many rows; further places are left out.
    fill_value : int, default -1
        What stands in rows without a place.

    Returns
    -------
    Tensor
        Shape (size, self.ndim), int64.
    """
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    places = np.argwhere(self._array)[:size].astype(np.int64)
    found = np.full((size, self.ndim), fill_value, np.int64)
    found[: len(places)] = places
    return wrap(found)


@composite(functions="norm_except_dim")
def norm_except_dim(v, pow=2, dim=0):
    """Return the norm over all dimensions but one.

    Parameters
    ----------
    v : Tensor
        Input.
    pow : int, default 2
        Which norm.
    dim : int, default 0
        The dimension that stays; -1: none.

    Returns
    -------
    Tensor
        Of size 1 in the other dimensions.
    """
    if dim == -1:
        return traced.norm_record(v, pow)
    if dim == 0:
        shape = (v.shape[0],) + (1,) * (v.ndim - 1)
        return traced.norm_record(v.contiguous().view((v.shape[0], -1)), pow, 1).view(shape)
    if dim == v.ndim - 1:
        shape = (1,) * (v.ndim - 1) + (v.shape[-1],)
        return traced.norm_record(v.contiguous().view((-1, v.shape[-1])), pow, 0).view(shape)
    return norm_except_dim(v.transpose(0, dim), pow, 0).transpose(0, dim)
