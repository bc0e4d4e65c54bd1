"""Reshaping, reordering and broadcasting dimensions: ops that return views where PyTorch does."""

import numpy as np

from ..core.batch import Batched
from ..core.tensor import Tensor
from ..core.warn import warn
from .namespaces import RAW
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import infer_size, int_args, prod, size_text, storage_of, tensor_type, wrap_dim


def view_or_none(array, shape):
    """Return ``array`` with another shape without copying, or None where that needs a copy."""
    try:
        return np.reshape(array, shape, copy=False)
    except ValueError:
        return None


@op(node="ViewBackward0", kind="linear", view=True, public=False)
class view:
    """Return the same data with another shape; never copies.

    Parameters
    ----------
    self : Tensor
    shape : tuple of int, at most one of them -1

    Notes
    -----
    .. math:: grad_self = reshape(g, shape(self))
    """

    def forward(self, shape):
        result = view_or_none(self, infer_size(shape, self.size))
        if result is None:
            raise RuntimeError(
                "view size is not compatible with input tensor's size and stride (at least one "
                "dimension spans across two contiguous subspaces). Use .reshape(...) instead."
            )
        return result

    def vjp_self(F, grad_output, self_shape):
        return F.reshape(grad_output, self_shape)

    samples = [Sample(T(3, 4), (12,)), Sample(T(2, 6), (-1, 3)), Sample(T(1), ())]


@op(node=None, kind="nondifferentiable", view=True, public=False)
class view_dtype:
    """Return the same bytes read as another dtype.

    Parameters
    ----------
    self : Tensor
    dtype : dtype

    Notes
    -----
    The last dimension grows or shrinks by the ratio of the item sizes. Not differentiable.
    """

    def forward(self, dtype):
        array = np.asarray(self)
        if array.itemsize != dtype.itemsize:
            check_reading(array, dtype)
        return array.view(dtype.numpy)

    samples = ()


def check_reading(array, dtype):
    """Raise unless the bytes of an array can be read as a dtype of another size."""
    names = tensor_type(array).removesuffix("Tensor"), dtype.tensor_name.removesuffix("Tensor")
    end = f"to view {names[0]} as {names[1]} (different element sizes)"
    if not array.ndim:
        raise RuntimeError(f"self.dim() cannot be 0 {end}")
    *steps, last = (step // array.itemsize for step in array.strides)
    ratio = max(dtype.itemsize // array.itemsize, 1)

    def divided(name, value):
        if value % ratio:
            raise RuntimeError(f"self.{name} must be divisible by {ratio} {end}, but got {value}")

    divided("size(-1)", array.shape[-1])
    divided("storage_offset()", storage_of(array)[1])
    if last != 1 and array.shape[-1] != 1:
        raise RuntimeError(f"self.stride(-1) must be 1 {end}, but got {last}")
    for i, step in enumerate(steps):
        divided(f"stride({i})", step)


@op(node="UnsafeViewBackward0", kind="linear", public=False)
class unsafe_view:
    """Reshape a fresh temporary: PyTorch's node for a reshape that had to copy.

    Parameters
    ----------
    self : Tensor, not used by anybody else
    shape : tuple of int

    Notes
    -----
    .. math:: grad_self = reshape(g, shape(self))
    """

    def forward(self, shape):
        return np.reshape(self, infer_size(shape, self.size))

    def vjp_self(F, grad_output, self_shape):
        return F.reshape(grad_output, self_shape)

    samples = [Sample(T(3, 4), (2, 6))]


@op(node="ReshapeAliasBackward0", kind="linear", view=True, public=False)
class reshape_alias:
    """Return a view with another shape of data that is not contiguous.

    Parameters
    ----------
    self : Tensor
    shape : tuple of int

    Notes
    -----
    .. math:: grad_self = reshape(g, shape(self))
    """

    def forward(self, shape):
        return view_or_none(self, shape)

    def vjp_self(F, grad_output, self_shape):
        return F.reshape(grad_output, self_shape)

    samples = [Sample(T(3, 4), (2, 6))]


def is_contiguous(array):
    """Say whether the array lies in memory in row-major order without gaps."""
    return array.flags.c_contiguous


@composite(functions="reshape", methods="reshape")
def reshape(self, *args, shape=None):
    """Return a tensor with the same numbers and another shape; a view whenever that is possible.

    Parameters
    ----------
    self : Tensor
    shape : int... or tuple of int, at most one of them -1

    Returns
    -------
    Tensor

    Notes
    -----
    Contiguous data gives ViewBackward0, other data that can be viewed ReshapeAliasBackward0,
    and a copy gives CloneBackward0 followed by UnsafeViewBackward0.
    """
    shape = infer_size(int_args(args if shape is None else (shape,)), self._array.size)
    array, whole = self._array, shape
    if isinstance(self, Batched):
        # The examples lie together: what one alone would allow, all of them may not.
        array = self._value._array
        whole = (*array.shape[: len(self._levels)], *shape)
    if is_contiguous(array):
        return traced.view(self, shape)
    if view_or_none(array, whole) is not None:
        return traced.reshape_alias(self, shape)
    return traced.unsafe_view(traced.contiguous(self), shape)


def reshape_array(array, shape):
    """Return an array in another shape: ``F.reshape`` where values are arrays."""
    return array.reshape(shape)


RAW.reshape = reshape_array


@composite(methods="view")
def view_method(self, *args, dtype=None, size=None):
    """Return a view with another shape, or the same bytes as another dtype.

    Parameters
    ----------
    self : Tensor
    *args : int..., tuple of int, or dtype

    Returns
    -------
    Tensor

    Raises
    ------
    RuntimeError
        When the shape needs a copy.
    """
    if dtype is None and len(args) == 1 and hasattr(args[0], "is_floating_point"):
        if not hasattr(args[0], "ndim"):
            dtype = args[0]
    if dtype is not None:
        return traced.view_dtype(self, dtype)
    return traced.view(self, int_args(args if size is None else (size,)))


@composite(methods="view_as")
def view_as(self, other):
    """Return a view with the shape of ``other``.

    Parameters
    ----------
    self, other : Tensor

    Returns
    -------
    Tensor
    """
    return traced.view(self, tuple(other.shape))


@composite(methods="reshape_as")
def reshape_as(self, other):
    """Return the same numbers in the shape of ``other``.

    Parameters
    ----------
    self, other : Tensor

    Returns
    -------
    Tensor
    """
    return reshape(self, tuple(other.shape))


@composite(functions="flatten", methods="flatten")
def flatten(self, start_dim=0, end_dim=-1):
    """Join the dimensions from ``start_dim`` to ``end_dim`` into one.

    Parameters
    ----------
    self : Tensor
    start_dim, end_dim : int, default 0 and -1

    Returns
    -------
    Tensor
        ``self`` itself when there is nothing to join.
    """
    start, end = wrap_dim(start_dim, self.ndim), wrap_dim(end_dim, self.ndim)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if self.ndim == 0:
        return reshape(self, (1,))
    if start == end:
        return self
    shape = tuple(self.shape)
    joined = prod(shape[start : end + 1])
    return reshape(self, (*shape[:start], joined, *shape[end + 1 :]))


@composite(functions="unflatten", methods="unflatten")
def unflatten(self, dim, sizes):
    """Split one dimension into several.

    Parameters
    ----------
    self : Tensor
    dim : int
    sizes : tuple of int, at most one of them -1

    Returns
    -------
    Tensor
    """
    if not self.ndim:
        raise RuntimeError(
            f"unflatten got an unexpected error:\nDimension specified as {dim} but tensor has no "
            "dimensions"
        )
    dim = wrap_dim(dim, self.ndim)
    sizes = int_args((sizes,))
    shape = tuple(self.shape)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    known = prod(n for n in sizes if n != -1)
    if (known != shape[dim]) if -1 not in sizes else (not known or shape[dim] % known):
        raise RuntimeError(
            f"unflatten: Provided sizes {size_text(sizes)} don't multiply up to the size of dim "
            f"{dim} ({shape[dim]}) in the input tensor"
        )
    sizes = infer_size(sizes, shape[dim])
    return traced.view(self, (*shape[:dim], *sizes, *shape[dim + 1 :]))


@composite(functions="ravel", methods="ravel")
def ravel(self):
    """Return the numbers in one dimension, as a view when they are contiguous.

    Parameters
    ----------
    self : Tensor

    Returns
    -------
    Tensor
    """
    return traced.view(traced.contiguous(self), (-1,))


@op(
    node="TransposeBackward0",
    kind="linear",
    view=True,
    inplace=False,
    methods="transpose",
    functions="transpose",
)
class transpose:
    """Exchange two dimensions; a view.

    Parameters
    ----------
    self : Tensor
    dim0, dim1 : int

    Notes
    -----
    .. math:: grad_self = transpose(g, dim0, dim1)
    """

    def forward(self, dim0, dim1):
        dim0, dim1 = wrap_dim(dim0, self.ndim), wrap_dim(dim1, self.ndim)
        return np.swapaxes(self, dim0, dim1) if self.ndim else np.asarray(self)[...]

    def vjp_self(F, grad_output, dim0, dim1):
        return F.transpose(grad_output, dim0, dim1)

    samples = [Sample(T(3, 4), 0, 1), Sample(T(2, 3, 4), 0, -1), Sample(T(), 0, -1)]


@composite(functions="swapaxes", methods="swapaxes")
def swapaxes(self, axis0, axis1):
    """Exchange two dimensions; a view, as `transpose` gives.

    Parameters
    ----------
    self : Tensor
    axis0, axis1 : int

    Returns
    -------
    Tensor
    """
    return traced.transpose(self, axis0, axis1)


@composite(functions="swapdims", methods="swapdims")
def swapdims(self, dim0, dim1):
    """Exchange two dimensions; a view, as `transpose` gives.

    Parameters
    ----------
    self : Tensor
    dim0, dim1 : int

    Returns
    -------
    Tensor
    """
    return traced.transpose(self, dim0, dim1)


@op(node="TBackward0", kind="linear", view=True, methods="t", functions="t")
class t:
    """Transpose a matrix; a view. Vectors and numbers stay as they are.

    Parameters
    ----------
    self : Tensor of at most two dimensions

    Notes
    -----
    .. math:: grad_self = g^T
    """

    def forward(self):
        if self.ndim > 2:
            raise RuntimeError(
                f"t() expects a tensor with <= 2 dimensions, but self is {self.ndim}D"
            )
        return np.asarray(self).T

    def vjp_self(F, grad_output):
        return F.t(grad_output)

    samples = [Sample(T(3, 4)), Sample(T(3)), Sample(T())]


@op(
    node="PermuteBackward0",
    kind="linear",
    view=True,
    methods="permute",
    functions="permute",
    varargs="dims",
)
class permute:
    """Reorder all dimensions; a view.

    Parameters
    ----------
    self : Tensor
    dims : tuple of int
        Which dimension of ``self`` becomes each dimension of the result.

    Notes
    -----
    .. math:: grad_self = permute(g, dims^{-1})
    """

    def forward(self, dims):
        if len(dims) != self.ndim:
            raise RuntimeError(
                "permute(sparse_coo): number of dimensions in the tensor input does not match the "
                f"length of the desired ordering of dimensions i.e. input.dim() = {self.ndim} is "
                f"not equal to len(dims) = {len(dims)}"
            )
        return np.asarray(self).transpose(unique_dims(dims, self.ndim))

    def vjp_self(F, grad_output, dims):
        return F.permute(grad_output, inverse_permutation(dims))

    samples = [Sample(T(2, 3, 4), (2, 0, 1)), Sample(T(2, 3), (-1, -2)), Sample(T(), ())]


def unique_dims(dims, ndim):
    """Return wrapped dims of a permutation."""
    wrapped = tuple(wrap_dim(d, ndim) for d in dims)
    if len(set(wrapped)) != len(wrapped):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return wrapped


def inverse_permutation(dims):
    """Return the permutation that undoes ``dims``."""
    dims = [d % len(dims) for d in dims]
    inverse = [0] * len(dims)
    for i, d in enumerate(dims):
        inverse[d] = i
    return tuple(inverse)


@composite(functions="movedim moveaxis", methods="movedim moveaxis")
def movedim(self, source, destination):
    """Move dimensions to new places; the others keep their order.

    Parameters
    ----------
    self : Tensor
    source, destination : int or tuple of int, of equal length

    Returns
    -------
    Tensor
    """
    sources = source if isinstance(source, (tuple, list)) else (source,)
    targets = destination if isinstance(destination, (tuple, list)) else (destination,)
    if len(sources) != len(targets):
        raise RuntimeError(
            "movedim: Invalid source or destination dims: source "
            f"({size_text(sources)} dims) should contain the same number of dims as destination "
            f"({size_text(targets)} dims)"
        )
    if not self.ndim:
        return traced.alias(self)
    sources = tuple(wrap_dim(d, self.ndim) for d in sources)
    targets = tuple(wrap_dim(d, self.ndim) for d in targets)
    for name, dims in (("source", sources), ("destination", targets)):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({size_text(dims)})")
    rest = iter(d for d in range(self.ndim) if d not in sources)
    placed = dict(zip(targets, sources, strict=True))
    return traced.permute(
        self, tuple(placed[i] if i in placed else next(rest) for i in range(self.ndim))
    )


def _numpy_t(self):
    """Return the tensor with its dimensions in reverse order."""
    if self.ndim == 0:
        _warn_of_number("T")
    elif self.ndim != 2:
        warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is "
            "deprecated and it will throw an error in a future release. Consider `x.mT` to "
            "transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to "
            "reverse the dimensions of a tensor.",
        )
    return traced.permute(self, tuple(range(self.ndim - 1, -1, -1)))


def _warn_of_number(name):
    warn(
        f"Tensor.{name} is deprecated on 0-D tensors. This function is the identity in these "
        "cases.",
    )


def _matrix_t(self):
    """Return the tensor with its last two dimensions exchanged."""
    if not self.ndim:
        _warn_of_number("mT")
        return self
    if self.ndim < 2:
        raise RuntimeError(
            "tensor.mT is only supported on matrices or batches of matrices. Got "
            f"{self.ndim}-D tensor."
        )
    return traced.transpose(self, -2, -1)


def _matrix_h(self):
    """Return the conjugate transpose of a matrix."""
    if self.ndim not in (0, 2):
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {self.ndim}-D tensor."
            + " For batches of matrices, consider using tensor.mH" * (self.ndim > 2)
        )
    return adjoint(self) if self.ndim else self


@composite(functions="adjoint", methods="adjoint")
def adjoint(self):
    """Return the conjugate transpose of the last two dimensions.

    Parameters
    ----------
    self : Tensor of at least two dimensions

    Returns
    -------
    Tensor
    """
    if self.ndim < 2:
        raise RuntimeError(
            "tensor.adjoint() is only supported on matrices or batches of matrices. Got "
            f"{self.ndim}-D tensor."
        )
    swapped = traced.transpose(self, -2, -1)
    return traced.conj(swapped) if self.is_complex() else swapped


# Read as attributes, so these are no methods.
Tensor.T = property(_numpy_t, doc=_numpy_t.__doc__)
Tensor.mT = property(_matrix_t, doc=_matrix_t.__doc__)
Tensor.H = property(_matrix_h, doc=_matrix_h.__doc__)
Tensor.mH = property(adjoint, doc="The conjugate transpose of the last two dimensions.")
