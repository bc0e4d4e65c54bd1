"""Entries chosen by a mask: masked_fill, masked_select, masked_scatter, nonzero."""

import numpy as np

from ..core.dtypes import NUMBERS
from ..core.strides import copied
from ..core.tensor import wrap
from .namespaces import T as traced
from .outputs import write_out
from .registry import Sample, T, composite, op
from .sizes import c_type, cast_number, expand_message, scalar_type, size_text

MASK = {"dtype": "bool"}


def broadcasts_to(shape, target):
    """Raise PyTorch's error unless a shape broadcasts to the target without changing it."""
    for back in range(1, min(len(shape), len(target)) + 1):
        if shape[-back] not in (1, target[-back]):
            raise RuntimeError(
                f"The size of tensor a ({target[-back]}) must match the size of tensor b "
                f"({shape[-back]}) at non-singleton dimension {max(len(shape), len(target)) - back}"
            )
    if len(shape) > len(target) and any(n != 1 for n in shape[: len(shape) - len(target)]):
        raise RuntimeError(
            f"output with shape {size_text(target)} doesn't match the broadcast shape "
            f"{size_text(shape)}"
        )


def check_mask(name, mask):
    """Raise unless a mask is boolean."""
    if mask.dtype.kind != "b":
        raise RuntimeError(f"{name}: expected BoolTensor or ByteTensor for mask")


def full_shape(array, mask):
    """Return the shape that an array and a mask broadcast to."""
    try:
        return np.broadcast_shapes(array.shape, mask.shape)
    except ValueError:
        broadcasts_to(array.shape, mask.shape)
        raise


def whole(array, mask):
    """Return a copy in the shape of both; one that had to be stretched is contiguous."""
    shape = full_shape(array, mask)
    if array.shape == shape:
        return np.asarray(copied(array, array.dtype))
    return np.array(np.broadcast_to(array, shape), order="C")


def fill_masked(self, mask, value):
    """Return a copy with one number where the mask is true."""
    result = whole(self, mask)
    if mask.dtype.kind != "b":
        raise RuntimeError(
            "masked_fill_ only supports boolean masks, but got mask with dtype " + c_type(mask)
        )
    result[np.broadcast_to(mask, result.shape)] = cast_number(value, result)
    return result


@op(
    node="MaskedFillBackward0",
    kind="linear",
    pointwise=True,
    tensors="mask",
    inplace=True,
    public=False,
)
class masked_fill_number:
    r"""Write one number where a mask is true.

    Parameters
    ----------
    self : Tensor
    mask : Tensor of bool, broadcastable
    value : number

    Notes
    -----
    .. math:: grad_self = g \text{, 0 where the mask is true}
    """

    overlap = "never"

    def forward(self, mask, value):
        return fill_masked(self, mask, value)

    def vjp_self(F, grad_output, mask):
        return F.masked_fill_number(grad_output, mask, 0)

    jvp_self = vjp_self
    samples = [Sample(T(3, 4), T(3, 4, **MASK), 1.5), Sample(T(3, 4), T(4, **MASK), 0)]


@op(node="MaskedFillBackward1", kind="linear", tensors="mask", inplace=True, public=False)
class masked_fill_tensor:
    r"""Write a 0-d tensor's number where a mask is true.

    Parameters
    ----------
    self : Tensor
    mask : Tensor of bool, broadcastable
    value : Tensor of no dimension

    Notes
    -----
    .. math:: grad_self = g \text{, 0 where the mask is true},\quad grad_value = \sum_{mask} g
    """

    def forward(self, mask, value):
        if value.ndim:
            raise RuntimeError(
                "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{value.ndim} dimension(s)."
            )
        return fill_masked(self, mask, value)

    def vjp_self(F, grad_output, mask):
        return F.masked_fill_number(grad_output, mask, 0)

    def vjp_value(F, grad_output, mask):
        return F.sum_all(F.where(mask, grad_output, F.zeros((), F.value(grad_output).dtype)))

    samples = [Sample(T(3, 4), T(3, 4, **MASK), T())]


@composite(functions="masked_fill", methods="masked_fill")
def masked_fill(self, mask, value):
    """Return a copy with one number where a mask is true.

    Parameters
    ----------
    self : Tensor
    mask : Tensor of bool, broadcastable
    value : number or Tensor of no dimension

    Returns
    -------
    Tensor
    """
    if isinstance(value, NUMBERS):
        return traced.masked_fill_number(self, mask, value)
    return traced.masked_fill_tensor(self, mask, value)


@composite(methods="masked_fill_")
def masked_fill_(self, mask, value):
    """Write one number where a mask is true, in place.

    Parameters
    ----------
    self : Tensor
    mask : Tensor of bool, broadcastable
    value : number or Tensor of no dimension

    Returns
    -------
    Tensor
    """
    if isinstance(value, NUMBERS):
        return traced.masked_fill_number_(self, mask, value)
    return traced.masked_fill_tensor_(self, mask, value)


@op(
    node="MaskedSelectBackward0",
    kind="linear",
    tensors="mask",
    methods="masked_select",
    functions="masked_select",
)
class masked_select:
    r"""Return the entries where a mask is true, as a vector.

    Parameters
    ----------
    self : Tensor
    mask : Tensor of bool, broadcastable

    Notes
    -----
    .. math:: grad_self = 0 \text{ with } g \text{ where the mask is true}
    """

    def forward(self, mask):
        if mask.dtype.kind != "b":
            raise RuntimeError("masked_select: expected BoolTensor for mask")
        shape = full_shape(self, mask)
        return np.broadcast_to(self, shape)[np.broadcast_to(mask, shape)]

    def vjp_self(F, grad_output, self, mask):
        shape = np.broadcast_shapes(tuple(self.shape), tuple(mask.shape))
        return F.masked_scatter(F.zeros(shape, F.value(self).dtype), mask, grad_output)

    samples = [Sample(T(3, 4), T(3, 4, **MASK)), Sample(T(3, 1), T(4, **MASK))]


@op(
    node="MaskedScatterBackward0",
    kind="linear",
    tensors="mask",
    inplace=True,
    methods="masked_scatter",
    functions="masked_scatter",
)
class masked_scatter:
    r"""Write the entries of a source, in order, where a mask is true.

    Parameters
    ----------
    self : Tensor
    mask : Tensor of bool, broadcastable
    source : Tensor, with at least as many entries as the mask has true ones

    Notes
    -----
    .. math:: grad_self = g \text{, 0 where the mask is true},\quad
              grad_source = g[mask] \text{ in order, then zeros}
    """

    def forward(self, mask, source):
        if source.dtype != self.dtype:
            raise RuntimeError(
                "masked_scatter: expected self and source to have same dtypes but got"
                f"{scalar_type(self)} and {scalar_type(source)}"
            )
        if mask.dtype.kind != "b":
            raise RuntimeError(
                "masked_scatter_ only supports boolean masks, but got mask with dtype "
                + scalar_type(mask)
            )
        result = whole(self, mask)
        where = np.broadcast_to(mask, result.shape)
        n = int(np.count_nonzero(where))
        if n > source.size:
            raise RuntimeError("Number of elements of source < number of ones in mask")
        result[where] = source.reshape(-1)[:n]
        return result

    def forward_(self, mask, source):
        try:
            np.broadcast_to(mask, self.shape)
        except ValueError:
            kind = f"CPU{scalar_type(mask)}Type"
            raise RuntimeError(expand_message(mask.shape, self.shape, kind)) from None
        self[...] = masked_scatter.forward(self, mask, source)

    def vjp_self(F, grad_output, mask):
        return F.masked_fill_number(grad_output, mask, 0)

    def vjp_source(F, grad_output, mask, source_shape, source_dtype):
        return F.masked_scatter_backward(grad_output, mask, source_shape)

    samples = [Sample(T(3, 4), T(3, 4, **MASK), T(14))]


@op(node="MaskedScatterBackwardBackward0", kind="linear", tensors="mask", public=False)
class masked_scatter_backward:
    r"""Return the cotangent of the source of ``masked_scatter``.

    Parameters
    ----------
    grad : Tensor
    mask : Tensor of bool
    shape : tuple of int, of the source

    Notes
    -----
    .. math:: grad_{grad} = masked\_scatter(0, mask, g)
    """

    def forward(grad, mask, shape):
        result = np.zeros(shape, grad.dtype)
        chosen = grad[np.broadcast_to(mask, grad.shape)]
        result.reshape(-1)[: chosen.size] = chosen
        return result

    def vjp_grad(F, grad_output, grad_shape, grad_dtype, mask):
        return F.masked_scatter(F.zeros(grad_shape, grad_dtype), mask, grad_output)

    samples = [Sample(T(3, 4), T(3, 4, **MASK), (14,))]


@composite(functions="nonzero", methods="nonzero")
def nonzero(self, *, as_tuple=False, out=None):
    """Return where the entries are not zero.

    Parameters
    ----------
    self : Tensor
    as_tuple : bool, default False
        Give a tuple of index vectors, one for each dimension.
    out : Tensor of int64, optional
        To write into.

    Returns
    -------
    Tensor of shape (count, ndim), or tuple of Tensor
    """
    array = self._array
    if out is not None:
        if as_tuple:
            raise RuntimeError("nonzero does not support the out kwarg when as_tuple is True")
        if out._array.dtype != np.int64:
            raise RuntimeError(
                "nonzero: Expected out tensor to have scalar type Long but got scalar type"
                + scalar_type(out._array)
            )
        return write_out("nonzero", nonzero, (self,), {"out": out})
    if as_tuple:
        where = np.stack(np.nonzero(np.atleast_1d(array))).astype(np.int64, copy=False)
        return traced.unbind(wrap(where.T), 1)
    if array.ndim == 0:
        return wrap(np.zeros((int(bool(array)), 0), np.int64))
    # PyTorch fills one coordinate after the other: the result is the transpose of rows.
    return wrap(np.stack(np.nonzero(array)).astype(np.int64, copy=False).T)


@composite(functions="argwhere", methods="argwhere")
def argwhere(self):
    """Return where the entries are not zero, one row for each.

    Parameters
    ----------
    self : Tensor

    Returns
    -------
    Tensor of shape (count, ndim)
    """
    return nonzero(self)
