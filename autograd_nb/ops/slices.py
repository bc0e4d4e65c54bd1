"""Parts of a tensor as views: select, slice, narrow, split, chunk, unbind."""

import operator

import numpy as np

from ..core import pool
from ..core.tensor import Tensor
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import int_args, size_text, wrap_dim


@op(node="SelectBackward0", kind="linear", view=True, methods="select", functions="select")
class select:
    r"""Return one slice along a dimension, without that dimension; a view.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : int, negative ones count from the end

    Notes
    -----
    .. math:: grad_self = 0 \text{ with } g \text{ at } index
    """

    def forward(self, dim, index):
        if self.ndim == 0:
            raise IndexError("select() cannot be applied to a 0-dim tensor.")
        dim, index = wrap_dim(dim, self.ndim), operator.index(index)
        if not -self.shape[dim] <= index < self.shape[dim]:
            raise IndexError(
                f"select(): index {index} out of range for tensor of size {size_text(self.shape)} "
                f"at dimension {dim}"
            )
        return self[(slice(None),) * dim + (index, ...)]

    def vjp_self(F, grad_output, self_shape, dim, index):
        return F.select_backward(grad_output, self_shape, dim, index)

    samples = [Sample(T(3, 4), 0, 1), Sample(T(3, 4), -1, -2), Sample(T(3), 0, 0)]


@op(node="SelectBackwardBackward0", kind="linear", public=False)
class select_backward:
    r"""Put a cotangent where ``select`` took its values, among zeros.

    Parameters
    ----------
    grad_output : Tensor
    shape : tuple of int, of the tensor that was selected from
    dim, index : int

    Notes
    -----
    .. math:: grad_{grad\_output} = select(g, dim, index)
    """

    def forward(grad_output, shape, dim, index):
        result = pool.zeros(tuple(shape), grad_output.dtype)
        result[(slice(None),) * wrap_dim(dim, len(shape)) + (index,)] = grad_output
        return result

    def vjp_grad_output(F, grad_output, dim, index):
        return F.select(grad_output, dim, index)

    samples = [Sample(T(4), (3, 4), 0, 1)]


def slice_of(dim, start, end, step):
    """Return the index tuple of a slice along ``dim``."""
    return (slice(None),) * dim + (slice(start, end, step),)


@op(node="SliceBackward0", kind="linear", view=True, public=False)
class slice_:
    r"""Return every ``step``-th entry from ``start`` to before ``end`` along a dimension; a view.

    Parameters
    ----------
    self : Tensor
    dim : int
    start, end : int or None
    step : int, positive

    Notes
    -----
    .. math:: grad_self = 0 \text{ with } g \text{ in the slice}
    """

    def forward(self, dim, start=None, end=None, step=1):
        if self.ndim == 0:
            raise RuntimeError("slice() cannot be applied to a 0-dim tensor.")
        if step <= 0:
            raise RuntimeError("slice step must be positive")
        return self[slice_of(wrap_dim(dim, self.ndim), start, end, step)]

    def vjp_self(F, grad_output, self_shape, dim, start, end, step):
        return F.slice_backward(grad_output, self_shape, dim, start, end, step)

    samples = [Sample(T(5, 4), 0, 1, 3), Sample(T(5, 4), 1, None, None, 2), Sample(T(3), 0, 5, 9)]


@op(node="SliceBackwardBackward0", kind="linear", public=False)
class slice_backward:
    r"""Put a cotangent where ``slice_`` took its values, among zeros.

    Parameters
    ----------
    grad_output : Tensor
    shape : tuple of int, of the tensor that was sliced
    dim : int
    start, end : int or None
    step : int

    Notes
    -----
    .. math:: grad_{grad\_output} = g[start:end:step]
    """

    def forward(grad_output, shape, dim, start, end, step):
        result = pool.zeros(tuple(shape), grad_output.dtype)
        result[slice_of(wrap_dim(dim, len(shape)), start, end, step)] = grad_output
        return result

    def vjp_grad_output(F, grad_output, dim, start, end, step):
        return F.slice_(grad_output, dim, start, end, step)

    samples = [Sample(T(2, 4), (5, 4), 0, 1, 3, 1)]


@composite(functions="narrow", methods="narrow")
def narrow(self, dim, start, length):
    """Return ``length`` entries from ``start`` on along a dimension; a view.

    Parameters
    ----------
    self : Tensor
    dim, start, length : int

    Returns
    -------
    Tensor
    """
    if self.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if isinstance(start, Tensor) and (start.ndim or start._array.dtype.kind not in "iu"):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    start, length = operator.index(start), operator.index(length)
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    size = self.shape[wrap_dim(dim, self.ndim)]
    if not -size <= start <= size:
        raise IndexError(
            f"start out of range (expected to be in range of [{-size}, {size}], but got {start})"
        )
    start = start + size if start < 0 else start
    if start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return traced.slice_(self, dim, start, start + length, 1)


def parts(array, dim, sizes):
    """Return consecutive views of the given sizes along ``dim``."""
    views, at, head = [], 0, (slice(None),) * dim
    for n in sizes:
        views.append(array[(*head, slice(at, at + n))])
        at += n
    return tuple(views)


def join_parts(F, grad_outputs, shape, dtype, dim, sizes):
    """Return the cotangent of a tensor whose parts along ``dim`` got ``grad_outputs``."""
    dim = dim % len(shape)
    pieces = [
        F.zeros((*shape[:dim], n, *shape[dim + 1 :]), dtype) if g is None else g
        for g, n in zip(grad_outputs, sizes, strict=True)
    ]
    return F.cat(pieces, dim)


def even_sizes(shape, split_size, dim):
    """Return the sizes of the parts when each has ``split_size`` and the last the rest."""
    n = shape[dim]
    if split_size == 0:
        return [0]
    return [min(split_size, n - i) for i in range(0, n, split_size)] or [0]


@op(node="SplitBackward0", kind="linear", view=True, outputs="*", public=False)
class split_size:
    r"""Cut a tensor along a dimension into views of one size; the last may be smaller.

    Parameters
    ----------
    self : Tensor
    split_size : int
    dim : int, default 0

    Notes
    -----
    .. math:: grad_self = cat(g_0, g_1, \dots)
    """

    def forward(self, split_size, dim=0):
        if self.ndim == 0:
            raise RuntimeError("split expects at least a 1-dimensional tensor")
        if split_size < 0:
            raise RuntimeError(
                f"split expects split_size be non-negative, but got split_size={split_size}"
            )
        dim = wrap_dim(dim, self.ndim)
        if split_size == 0 and self.shape[dim]:
            raise RuntimeError(
                "split_size can only be 0 if dimension size is 0, but got dimension size of "
                f"{self.shape[dim]}"
            )
        return parts(self, dim, even_sizes(self.shape, split_size, dim))

    def vjp_self(F, grad_outputs, self_shape, self_dtype, split_size, dim):
        sizes = even_sizes(self_shape, split_size, dim)
        return join_parts(F, grad_outputs, self_shape, self_dtype, dim, sizes)

    samples = [Sample(T(5, 2), 2), Sample(T(2, 4), 2, -1)]


@op(
    node="SplitWithSizesBackward0",
    kind="linear",
    view=True,
    outputs="*",
    functions="split_with_sizes",
    methods="split_with_sizes",
)
class split_with_sizes:
    r"""Cut a tensor along a dimension into views of the given sizes.

    Parameters
    ----------
    self : Tensor
    split_sizes : tuple of int
    dim : int, default 0

    Notes
    -----
    .. math:: grad_self = cat(g_0, g_1, \dots)
    """

    def forward(self, split_sizes, dim=0):
        if self.ndim == 0:
            raise RuntimeError("split expects at least a 1-dimensional tensor")
        dim = wrap_dim(dim, self.ndim)
        if any(n < 0 for n in split_sizes):
            raise RuntimeError(
                "split_with_sizes expects split_sizes have only non-negative entries, but got "
                f"split_sizes={size_text(split_sizes)}"
            )
        if sum(split_sizes) != self.shape[dim]:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {self.shape[dim]} (input "
                f"tensor's size at dimension {dim}), but got split_sizes={size_text(split_sizes)}"
            )
        return parts(self, dim, split_sizes)

    def vjp_self(F, grad_outputs, self_shape, self_dtype, split_sizes, dim):
        return join_parts(F, grad_outputs, self_shape, self_dtype, dim, split_sizes)

    samples = [Sample(T(5, 2), (1, 4)), Sample(T(2, 4), (1, 0, 3), 1)]


@composite(functions="split", methods="split")
def split(self, split_size, dim=0):
    """Cut a tensor along a dimension into views.

    Parameters
    ----------
    self : Tensor
    split_size : int or list of int
        Size of every part, or of each.
    dim : int, default 0

    Returns
    -------
    tuple of Tensor
    """
    if isinstance(split_size, (tuple, list)):
        return traced.split_with_sizes(self, int_args((split_size,)), dim)
    return traced.split_size(self, operator.index(split_size), dim)


def chunk_size(tensor, chunks, dim):
    """Return the size of each of ``chunks`` parts but the last."""
    if tensor.ndim == 0:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    return -(-tensor.shape[wrap_dim(dim, tensor.ndim)] // chunks)


@composite(functions="chunk", methods="chunk")
def chunk(self, chunks, dim=0):
    """Cut a tensor along a dimension into at most ``chunks`` views of one size.

    Parameters
    ----------
    self : Tensor
    chunks : int
    dim : int, default 0

    Returns
    -------
    tuple of Tensor
    """
    each = chunk_size(self, chunks, dim)
    if each == 0:
        return traced.split_with_sizes(self, (0,) * chunks, dim)
    return traced.split_size(self, each, dim)


@composite(functions="tensor_split", methods="tensor_split")
def tensor_split(self, indices_or_sections, dim=0, *, indices=None, sections=None):
    """Cut a tensor along a dimension, at the given places or into equal parts.

    Parameters
    ----------
    self : Tensor
    indices_or_sections : int, tuple of int, or Tensor
    dim : int, default 0

    Returns
    -------
    tuple of Tensor
        Views; sizes differ by at most one when a number of parts is given.
    """
    where = indices_or_sections
    if self.ndim == 0:
        raise RuntimeError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"
        )
    size = self.shape[wrap_dim(dim, self.ndim)]
    if isinstance(where, Tensor):
        if where._array.dtype != np.int64:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
                + where.dtype.tensor_name.removesuffix("Tensor")
            )
        if where.ndim > 1:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or "
                f"one-dimensional tensor, but got a tensor with {where.ndim} dims"
            )
        where = where._array.tolist()
    if isinstance(where, (tuple, list)):
        ends = [*(operator.index(i) for i in where), size]
    else:
        n = operator.index(where)
        if n <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {n}")
        each, more = divmod(size, n)
        ends = [each * (i + 1) + min(i + 1, more) for i in range(n)]
    starts = [0, *ends[:-1]]
    return tuple(traced.slice_(self, dim, a, b, 1) for a, b in zip(starts, ends, strict=True))


def _split_along(name, minimum):
    def function(self, indices_or_sections):
        if self.ndim < minimum:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {minimum} dimension, but got a "
                f"tensor with {self.ndim} dimensions!"
            )
        dim = {"hsplit": 0 if self.ndim == 1 else 1, "vsplit": 0, "dsplit": 2}[name]
        if not isinstance(indices_or_sections, (tuple, list)) and (
            indices_or_sections <= 0 or self.shape[dim] % indices_or_sections
        ):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {dim}, but the size of the "
                f"dimension {self.shape[dim]} is not divisible by the split_size "
                f"{indices_or_sections}!"
            )
        return tensor_split(self, indices_or_sections, dim)

    axis = {"hsplit": "horizontally", "vsplit": "vertically", "dsplit": "in depth"}[name]
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Cut a tensor {axis} into views.

    Parameters
    ----------
    self : Tensor
    indices_or_sections : int or tuple of int

    Returns
    -------
    tuple of Tensor
    """
    return composite(functions=name, methods=name)(function)


hsplit = _split_along("hsplit", 1)
vsplit = _split_along("vsplit", 2)
dsplit = _split_along("dsplit", 3)


@op(
    node="UnbindBackward0",
    kind="linear",
    view=True,
    outputs="*",
    methods="unbind",
    functions="unbind",
)
class unbind:
    r"""Return all slices along a dimension, without that dimension; views.

    Parameters
    ----------
    self : Tensor
    dim : int, default 0

    Notes
    -----
    .. math:: grad_self = stack(g_0, g_1, \dots)
    """

    def forward(self, dim=0):
        dim = wrap_dim(dim, self.ndim)
        if self.ndim == 0:
            raise IndexError("Dimension specified as 0 but tensor has no dimensions")
        head = (slice(None),) * dim
        return tuple(self[(*head, i, ...)] for i in range(self.shape[dim]))

    def vjp_self(F, grad_outputs, self_shape, self_dtype, dim):
        dim = dim % len(self_shape)
        if not grad_outputs:
            return F.zeros(self_shape, self_dtype)
        rest = (*self_shape[:dim], *self_shape[dim + 1 :])
        return F.stack([F.zeros(rest, self_dtype) if g is None else g for g in grad_outputs], dim)

    saved = {"self_sym_sizes": None}
    samples = [Sample(T(3, 2)), Sample(T(2, 3), -1)]
