"""Numbers put in another order or on a diagonal: flip, roll, repeat, tril, diag."""

from collections.abc import Sequence

import numpy as np

from ..core.device import check_device, contiguous_format
from ..core.op import listed
from ..core.tensor import wrap
from . import kinds
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import int_args, prod, size_text, wrap_dim, wrap_dims
from .windows import diagonal_view


@op(node="RepeatBackward0", kind="linear", methods="repeat", varargs="repeats")
class repeat:
    """Repeat a tensor along its dimensions, and along new leading ones.

    Parameters
    ----------
    self : Tensor
    repeats : tuple of int, at least one for each dimension

    Notes
    -----
    Each element's gradient is the sum over its copies.
    """

    def forward(self, repeats):
        if len(repeats) < self.ndim:
            raise RuntimeError(
                "Number of dimensions of repeat dims can not be smaller than number of dimensions "
                "of tensor"
            )
        if any(n < 0 for n in repeats):
            raise RuntimeError(
                f"Trying to create tensor with negative dimension: {size_text(repeats)}"
            )
        return np.tile(self, repeats)

    def vjp_self(F, grad_output, self_shape, repeats):
        new = len(repeats) - len(self_shape)
        sizes = (1,) * new + tuple(self_shape)
        split = [n for pair in zip(repeats, sizes, strict=True) for n in pair]
        copies = tuple(range(0, 2 * len(repeats), 2))
        if not copies:
            return grad_output
        total = F.sum_dim(F.reshape(grad_output, tuple(split)), copies, False)
        return F.reshape(total, self_shape)

    samples = [
        Sample(T(3), (2,)),
        Sample(T(3, 2), (2, 1, 3)),
        Sample(T(), (2,)),
        Sample(T(2), (0,)),
    ]


@composite(functions="tile", methods="tile")
def tile(self, *dims):
    """Repeat a tensor along its dimensions; missing counts in front are one.

    Parameters
    ----------
    self : Tensor
    dims : int... or tuple of int

    Returns
    -------
    Tensor
    """
    dims = int_args(dims)
    return traced.repeat(self, (1,) * (self.ndim - len(dims)) + dims)


@composite(functions="repeat_interleave", methods="repeat_interleave")
def repeat_interleave(self, repeats=None, dim=None, *, output_size=None):
    """Repeat each entry along a dimension, the copies next to each other.

    Parameters
    ----------
    self : Tensor
    repeats : int or Tensor of int
        How often, for all entries or for each.
    dim : int, optional
        The tensor is flattened if it is not given.

    Returns
    -------
    Tensor
    """
    if repeats is None:
        counts = self._array
        if counts.ndim != 1:
            raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
        kinds.only("iu", "repeat_interleave_cpu", counts)
        if (counts < 0).any():
            raise RuntimeError("repeats can not be negative")
        return wrap(np.repeat(np.arange(counts.size), counts))
    source = traced.flatten(self) if dim is None else self
    dim = 0 if dim is None else wrap_dim(dim, source.ndim)
    if hasattr(repeats, "_array") or isinstance(repeats, (tuple, list)):
        counts = np.asarray(getattr(repeats, "_array", repeats))
        kinds.only("iu", "repeat_interleave_cpu", counts)
        if (counts < 0).any():
            raise RuntimeError("repeats can not be negative")
        size = source.shape[dim] if source.ndim else 1
        if counts.ndim > 1:
            raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
        if counts.size not in (1, size):
            raise RuntimeError(
                "repeats must have the same size as input along dim, but got repeats.size(0) = "
                f"{counts.size} and input.size({dim}) = {size}"
            )
        index = np.repeat(np.arange(size), counts if counts.ndim else int(counts))
        return traced.index_select(source, dim, wrap(index))
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    if source.ndim == 0:
        source = traced.flatten(source)
    shape = tuple(source.shape)
    wide = (*shape[: dim + 1], int(repeats), *shape[dim + 1 :])
    copies = traced.expand(traced.unsqueeze(source, dim + 1), wide)
    return traced.flatten(traced.clone(copies, memory_format=contiguous_format), dim, dim + 1)


@op(node="FlipBackward0", kind="linear", methods="flip", functions="flip", varargs="dims")
class flip:
    """Reverse the order of the entries along dimensions.

    Parameters
    ----------
    self : Tensor
    dims : tuple of int

    Notes
    -----
    .. math:: grad_self = flip(g, dims)
    """

    def forward(self, dims):
        return np.flip(self, wrap_dims(dims, self.ndim) if self.ndim else ()).copy(order="K")

    def vjp_self(F, grad_output, dims):
        return F.flip(grad_output, dims)

    samples = [Sample(T(3, 4), (0,)), Sample(T(3, 4), (0, -1)), Sample(T(3), ())]


@composite(functions="fliplr", methods="fliplr")
def fliplr(self):
    """Reverse the order of the columns.

    Parameters
    ----------
    self : Tensor of at least two dimensions

    Returns
    -------
    Tensor
    """
    if self.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return traced.flip(self, (1,))


@composite(functions="flipud", methods="flipud")
def flipud(self):
    """Reverse the order of the rows.

    Parameters
    ----------
    self : Tensor of at least one dimension

    Returns
    -------
    Tensor
    """
    if self.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return traced.flip(self, (0,))


@op(node="Rot90Backward0", kind="linear", methods="rot90", functions="rot90")
class rot90:
    """Rotate by quarter turns in the plane of two dimensions.

    Parameters
    ----------
    self : Tensor
    k : int, default 1
    dims : tuple of int, default (0, 1)

    Notes
    -----
    .. math:: grad_self = rot90(g, -k)
    """

    def forward(self, k=1, dims=(0, 1)):
        if len(dims) != 2:
            raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
        if self.ndim < 2:
            raise RuntimeError(f"expected total dims >= 2, but got total dims = {self.ndim}")
        first, second = wrap_dim(dims[0], self.ndim), wrap_dim(dims[1], self.ndim)
        if first == second:
            raise RuntimeError(
                f"expected rotation dims to be different, but got dim0 = {dims[0]} and "
                f"dim1 = {dims[1]}"
            )
        return np.rot90(self, k, (first, second)).copy(order="K")

    def vjp_self(F, grad_output, k, dims):
        return F.rot90(grad_output, -k, dims)

    samples = [Sample(T(3, 4)), Sample(T(3, 4), 2), Sample(T(2, 3, 4), -1, (1, 2))]


@op(node="RollBackward0", kind="linear", methods="roll", functions="roll")
class roll:
    """Shift entries along dimensions; those pushed over the end come back at the front.

    Parameters
    ----------
    self : Tensor
    shifts : int or tuple of int
    dims : int or tuple of int, optional
        Without it the flattened tensor is shifted.

    Notes
    -----
    .. math:: grad_self = roll(g, -shifts)
    """

    def forward(self, shifts, dims=()):
        shifts, dims = int_args((shifts,)), () if dims is None else int_args((dims,))
        if not shifts:
            raise RuntimeError("`shifts` required")
        if not dims and len(shifts) == 1:
            return np.roll(self, shifts[0])
        if len(shifts) != len(dims):
            raise RuntimeError(
                f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}"
            )
        if not self.ndim:
            raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
        return np.roll(self, shifts, tuple(wrap_dim(d, self.ndim) for d in dims))

    def vjp_self(F, grad_output, shifts, dims):
        return F.roll(grad_output, tuple(-s for s in int_args((shifts,))), dims)

    saved = {"shifts": listed, "dims": listed}
    samples = [Sample(T(3, 4), 1), Sample(T(3, 4), 1, 0), Sample(T(3, 4), (1, -2), (0, 1))]


def check_matrix(name, array):
    """Raise unless the array has at least two dimensions."""
    if array.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")


@op(node="TrilBackward0", kind="linear", methods="tril", functions="tril", inplace=True)
class tril:
    """Keep the lower triangle of matrices; zeros above.

    Parameters
    ----------
    self : Tensor of shape ``(..., m, n)``
    diagonal : int, default 0
        The last diagonal that is kept.

    Notes
    -----
    .. math:: grad_self = tril(g)
    """

    def forward(self, diagonal=0):
        check_matrix("tril", self)
        return np.tril(self, diagonal)

    def vjp_self(F, grad_output, diagonal):
        return F.tril(grad_output, diagonal)

    samples = [Sample(T(3, 3)), Sample(T(2, 3, 4), -1)]


@op(node="TriuBackward0", kind="linear", methods="triu", functions="triu", inplace=True)
class triu:
    """Keep the upper triangle of matrices; zeros below.

    Parameters
    ----------
    self : Tensor of shape ``(..., m, n)``
    diagonal : int, default 0
        The first diagonal that is kept.

    Notes
    -----
    .. math:: grad_self = triu(g)
    """

    def forward(self, diagonal=0):
        check_matrix("triu", self)
        return np.triu(self, diagonal)

    def vjp_self(F, grad_output, diagonal):
        return F.triu(grad_output, diagonal)

    samples = [Sample(T(3, 3)), Sample(T(2, 3, 4), 1)]


@op(node="DiagEmbedBackward0", kind="linear", methods="diag_embed", functions="diag_embed")
class diag_embed:
    """Put the last dimension on the diagonal of two dimensions of the result.

    Parameters
    ----------
    self : Tensor
    offset : int, default 0
    dim1, dim2 : int, default -2 and -1

    Notes
    -----
    .. math:: grad_self = diagonal(g)
    """

    def forward(self, offset=0, dim1=-2, dim2=-1):
        ndim = self.ndim + 1
        first, second = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
        if first == second:
            raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
        n = self.shape[-1] + abs(offset)
        rest = iter(self.shape[:-1])
        shape = tuple(n if d in (first, second) else next(rest) for d in range(ndim))
        result = np.zeros(shape, self.dtype)
        diagonal_view(result, offset, first, second)[...] = self
        return result

    def vjp_self(F, grad_output, offset, dim1, dim2):
        return F.diagonal(grad_output, offset, dim1, dim2)

    samples = [Sample(T(3)), Sample(T(2, 3), 1), Sample(T(2, 3), -1, 0, 2)]


@composite(functions="diag", methods="diag")
def diag(self, diagonal=0):
    """Return the diagonal of a matrix as a vector, or a matrix with a vector on its diagonal.

    Parameters
    ----------
    self : Tensor of one or two dimensions
    diagonal : int, default 0

    Returns
    -------
    Tensor
    """
    if self.ndim == 1:
        return traced.diag_embed(self, diagonal)
    if self.ndim == 2:
        return traced.diagonal_copy(self, diagonal)
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {self.ndim}D")


@composite(functions="diagflat", methods="diagflat")
def diagflat(self, offset=0):
    """Return a matrix with the flattened tensor on its diagonal.

    Parameters
    ----------
    self : Tensor
    offset : int, default 0

    Returns
    -------
    Tensor
    """
    return traced.diag_embed(traced.view(traced.contiguous(self), (-1,)), offset)


def triangle(rows, columns, offset, lower):
    """Return the positions of a triangle, row by row."""
    keep = np.tri(rows, columns, offset if lower else offset - 1, dtype=bool)
    return np.stack(np.nonzero(keep if lower else ~keep)).astype(np.int64)


@composite(functions="tril_indices")
def tril_indices(row, col, offset=0, *, dtype=None, device=None):
    """Return the positions of the lower triangle of a matrix.

    Parameters
    ----------
    row, col : int
    offset : int, default 0
    dtype : dtype, default int64

    Returns
    -------
    Tensor
        Shape ``(2, n)``: row numbers, then column numbers.
    """
    check_device(device)
    index = triangle(row, col, offset, True)
    return wrap(index if dtype is None else index.astype(dtype.numpy))


@composite(functions="triu_indices")
def triu_indices(row, col, offset=0, *, dtype=None, device=None):
    """Return the positions of the upper triangle of a matrix.

    Parameters
    ----------
    row, col : int
    offset : int, default 0
    dtype : dtype, default int64

    Returns
    -------
    Tensor
        Shape ``(2, n)``: row numbers, then column numbers.
    """
    check_device(device)
    index = triangle(row, col, offset, False)
    return wrap(index if dtype is None else index.astype(dtype.numpy))


@composite(functions="unravel_index")
def unravel_index(indices, shape):
    """Return the coordinates of flat positions.

    Parameters
    ----------
    indices : Tensor of int
    shape : tuple of int

    Returns
    -------
    tuple of Tensor
        One tensor for each dimension.

    Raises
    ------
    TypeError
        If the positions or the sizes are no whole numbers.
    ValueError
        If a size is negative.
    """
    if indices._array.dtype.kind not in "iu":
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    if not isinstance(shape, (int, Sequence)):
        raise TypeError(f"expected 'shape' to be int or sequence of ints, but got {type(shape)}")
    shape = (shape,) if isinstance(shape, int) else shape
    for size in shape:
        if not isinstance(size, int):
            raise TypeError(f"expected 'shape' sequence to only contain ints, but got {type(size)}")
    if any(size < 0 for size in shape):
        raise ValueError(f"'shape' cannot have negative values, but got {tuple(shape)}")
    flat = np.asarray(indices._array, np.int64)
    found = np.empty((*flat.shape, len(shape)), np.int64)
    for i, n in enumerate(shape):
        found[..., i] = flat // prod(shape[i + 1 :]) % n
    return wrap(found).unbind(-1)
