"""Dimensions of size one: squeeze, unsqueeze, expand, and what is composed of them."""

import numpy as np

from ..core.size import Size
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import int_args, size_text, strided, tensor_type, wrap_dim

# Note [Strides of size-one dimensions]
# PyTorch gives a dimension of size one a stride as if it were to grow; NumPy writes 0 or anything.
# ``Tensor.stride()`` is public, so views that NumPy would give other strides are built by hand.


@op(node="SqueezeBackward0", kind="linear", view=True, public=False)
class squeeze_all:
    """Drop every dimension of size one; a view.

    Parameters
    ----------
    self : Tensor

    Notes
    -----
    .. math:: grad_self = reshape(g, shape(self))
    """

    def forward(self):
        return np.squeeze(self)

    def vjp_self(F, grad_output, self_shape):
        return F.reshape(grad_output, self_shape)

    samples = [Sample(T(1, 3, 1)), Sample(T(2, 3)), Sample(T(1, 1))]


@op(node="SqueezeBackward1", kind="linear", view=True, public=False)
class squeeze_dim:
    """Drop one dimension if its size is one; a view.

    Parameters
    ----------
    self : Tensor
    dim : int

    Notes
    -----
    .. math:: grad_self = reshape(g, shape(self))
    """

    def forward(self, dim):
        return drop_dims(self, (dim,))

    def vjp_self(F, grad_output, self_shape, dim):
        if not F.is_traced:
            return F.reshape(grad_output, self_shape)
        ones = self_shape and self_shape[dim] == 1
        return F.unsqueeze(grad_output, dim) if ones else grad_output

    samples = [Sample(T(2, 1, 3), 1), Sample(T(2, 1), -1), Sample(T(2, 3), 0), Sample(T(), 0)]


@op(node="SqueezeBackward2", kind="linear", view=True, public=False)
class squeeze_dims:
    """Drop those of the named dimensions whose size is one; a view.

    Parameters
    ----------
    self : Tensor
    dims : tuple of int

    Notes
    -----
    .. math:: grad_self = reshape(g, shape(self))
    """

    def forward(self, dims):
        return drop_dims(self, dims)

    def vjp_self(F, grad_output, self_shape):
        return F.reshape(grad_output, self_shape)

    keeps = "dims"
    saved = {"dim": "dims", "dims": None}
    samples = [Sample(T(1, 3, 1), (0, 2)), Sample(T(2, 1, 1), (0, -1))]


@op(node="SqueezeBackward4", kind="linear", public=False)
class squeeze_dim_inplace:
    """Drop one dimension of a fresh temporary: PyTorch's node inside vector-matrix products.

    Parameters
    ----------
    self : Tensor, not used by anybody else
    dim : int

    Notes
    -----
    .. math:: grad_self = unsqueeze(g, dim)
    """

    def forward(self, dim):
        return drop_dims(self, (dim,))

    def vjp_self(F, grad_output, self_shape):
        return F.reshape(grad_output, self_shape)

    samples = [Sample(T(1, 3), 0)]


def drop_dims(array, dims):
    """Return a view without those of ``dims`` that have size one."""
    array = np.asarray(array)
    wrapped = tuple(wrap_dim(d, array.ndim) for d in dims)
    for d in wrapped:
        if wrapped.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    ones = tuple(d for d in wrapped if array.ndim and array.shape[d] == 1)
    return np.squeeze(array, ones) if ones else array[...]


@composite(functions="squeeze", methods="squeeze")
def squeeze(self, dim=None):
    """Drop dimensions of size one: all of them, or those named.

    Parameters
    ----------
    self : Tensor
    dim : int or tuple of int, optional

    Returns
    -------
    Tensor
        A view.
    """
    if dim is None:
        return traced.squeeze_all(self)
    if isinstance(dim, (tuple, list)):
        return traced.squeeze_dims(self, tuple(dim))
    return traced.squeeze_dim(self, dim)


@op(node="UnsqueezeBackward0", kind="linear", view=True, methods="unsqueeze", functions="unsqueeze")
class unsqueeze:
    """Insert a dimension of size one; a view.

    Parameters
    ----------
    self : Tensor
    dim : int, from ``-ndim - 1`` to ``ndim``

    Notes
    -----
    .. math:: grad_self = squeeze(g, dim)
    """

    def forward(self, dim):
        array = np.asarray(self)
        dim = wrap_dim(dim, array.ndim + 1)
        shape = (*array.shape[:dim], 1, *array.shape[dim:])
        if array.flags.c_contiguous:
            return array.reshape(shape)
        # See Note [Strides of size-one dimensions].
        at_end = dim == array.ndim
        step = array.itemsize if at_end else array.shape[dim] * array.strides[dim]
        return strided(array, shape, (*array.strides[:dim], step, *array.strides[dim:]))

    def vjp_self(F, grad_output, dim, self_shape):
        return F.squeeze_dim(grad_output, dim)

    saved = {"self_sym_sizes": None}
    samples = [Sample(T(3, 4), 1), Sample(T(3), -1), Sample(T(), 0)]


@op(node="ExpandBackward0", kind="linear", view=True, methods="expand", varargs="shape")
class expand:
    r"""Repeat along dimensions of size one, and along new leading ones, without copying; a view.

    Parameters
    ----------
    self : Tensor
    shape : tuple of int, -1 keeps a dimension

    Notes
    -----
    .. math:: grad_self = sum\_to(g, shape(self))
    """

    def forward(self, shape, implicit=False):
        array = np.asarray(self)
        if not array.ndim and -1 not in shape:
            return strided(array, tuple(shape), (0,) * len(shape))
        new = len(shape) - array.ndim
        if new < 0:
            raise RuntimeError(
                f"expand(torch.{tensor_type(array)}{{{size_text(array.shape)}}}, "
                f"size={size_text(shape)}): the number of sizes provided ({len(shape)}) must be "
                f"greater or equal to the number of dimensions in the tensor ({array.ndim})"
            )
        sizes, steps = list(shape), [0] * len(shape)
        for i in range(len(shape) - 1, -1, -1):
            n = shape[i]
            have = array.shape[i - new] if i >= new else 1
            # See Note [Strides of size-one dimensions].
            after = sizes[i + 1] * steps[i + 1] if i + 1 < len(shape) else array.itemsize
            if n == -1 and i < new:
                raise RuntimeError(
                    "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing "
                    f"dimension {i}"
                )
            if n in (-1, have):
                sizes[i] = have
                steps[i] = array.strides[i - new] if i >= new else after
            elif have != 1:
                raise RuntimeError(
                    f"The expanded size of the tensor ({n}) must match the existing size ({have}) "
                    f"at non-singleton dimension {i}.  Target sizes: {size_text(shape)}.  "
                    f"Tensor sizes: {size_text(array.shape)}"
                )
        return strided(array, tuple(sizes), tuple(steps))

    def vjp_self(F, grad_output, self_shape):
        return F.sum_to(grad_output, self_shape)

    samples = [
        Sample(T(3, 1), (3, 4)),
        Sample(T(3, 1), (2, -1, 4)),
        Sample(T(), (2, 2)),
        Sample(T(1), (0,)),
    ]


@composite(methods="expand_as")
def expand_as(self, other):
    """Expand to the shape of ``other``.

    Parameters
    ----------
    self, other : Tensor

    Returns
    -------
    Tensor
        A view.
    """
    return traced.expand(self, tuple(other.shape))


@composite(functions="broadcast_to", methods="broadcast_to")
def broadcast_to(self, *args, size=None):
    """Expand to the given shape.

    Parameters
    ----------
    self : Tensor
    size : tuple of int

    Returns
    -------
    Tensor
        A view.
    """
    return traced.expand(self, int_args(args if size is None else (size,)))


@composite(functions="broadcast_tensors")
def broadcast_tensors(*tensors):
    """Expand several tensors to their common shape.

    Parameters
    ----------
    *tensors : Tensor

    Returns
    -------
    tuple of Tensor
        Views.
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    shape = broadcast_shapes(*(t.shape for t in tensors))
    return tuple(traced.expand(t, shape) if tuple(t.shape) != shape else t for t in tensors)


@composite(functions="broadcast_shapes")
def common_shape(*shapes):
    """Return the shape that the given shapes broadcast to.

    Parameters
    ----------
    *shapes : tuple of int, or int

    Returns
    -------
    Size
    """
    shapes = [(s,) if isinstance(s, int) else s for s in shapes]
    result = [1] * max(map(len, shapes), default=0)
    for number, shape in enumerate(shapes):
        for back in range(1, len(shape) + 1):
            n = shape[-back]
            if n < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            if n != 1 and result[-back] not in (1, n):
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {n} at {-back}! Mismatching "
                    f"argument at index {number} had {shape}; but expected shape should be "
                    f"broadcastable to {result}"
                )
            result[-back] = n if n != 1 else result[-back]
    return Size(result)


def broadcast_shapes(*shapes):
    """Return the shape that the given shapes broadcast to.

    Raises
    ------
    RuntimeError
        When two sizes differ and neither is one.
    """
    ndim = max((len(s) for s in shapes), default=0)
    result = [1] * ndim
    for shape in shapes:
        for i, n in reversed([*enumerate(shape, ndim - len(shape))]):
            if n != 1 and result[i] not in (1, n):
                raise RuntimeError(
                    f"The size of tensor a ({result[i]}) must match the size of tensor b ({n}) at "
                    f"non-singleton dimension {i}"
                )
            if n != 1:
                result[i] = int(n)
    return tuple(result)


@composite(functions="atleast_1d")
def atleast_1d(*tensors):
    """Give numbers one dimension.

    Parameters
    ----------
    *tensors : Tensor

    Returns
    -------
    Tensor or tuple of Tensor
    """
    return _each(lambda x: traced.reshape(x, (1,)) if x.ndim == 0 else x, tensors)


@composite(functions="atleast_2d")
def atleast_2d(*tensors):
    """Give numbers and vectors leading dimensions, two in all.

    Parameters
    ----------
    *tensors : Tensor

    Returns
    -------
    Tensor or tuple of Tensor
    """

    def one(x):
        if x.ndim == 0:
            return traced.reshape(x, (1, 1))
        return traced.unsqueeze(x, 0) if x.ndim == 1 else x

    return _each(one, tensors)


@composite(functions="atleast_3d")
def atleast_3d(*tensors):
    """Give tensors three dimensions: ``(n,)`` becomes ``(1, n, 1)``, ``(m, n)`` ``(m, n, 1)``.

    Parameters
    ----------
    *tensors : Tensor

    Returns
    -------
    Tensor or tuple of Tensor
    """

    def one(x):
        if x.ndim == 0:
            return traced.reshape(x, (1, 1, 1))
        if x.ndim == 1:
            return traced.unsqueeze(traced.unsqueeze(x, 0), -1)
        return traced.unsqueeze(x, -1) if x.ndim == 2 else x

    return _each(one, tensors)


def _each(function, tensors):
    if len(tensors) == 1:
        if isinstance(tensors[0], (tuple, list)):
            return tuple(function(x) for x in tensors[0])
        return function(tensors[0])
    return tuple(function(x) for x in tensors)
