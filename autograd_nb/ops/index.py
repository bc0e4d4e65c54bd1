"""Reading and writing by ``tensor[...]``, composed of view ops and of ``index`` as PyTorch does."""

import numpy as np

from ..core.dispatch import check_inplace
from ..core.dtypes import NUMBERS
from ..core.errors import OPERAND_OVERLAP
from ..core.op import OfNode
from ..core.tensor import Tensor, wrap
from .index_key import apply_parts, as_parts, index_list, select_at, slice_at
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .scatter_kernels import add_at, flat_positions
from .sizes import cast_number, size_text, tensor_type


def index_tuple(indices, dims, ndim):
    """Return NumPy's index for index arrays along dims, full slices elsewhere."""
    where = [slice(None)] * ndim
    for i, d in zip(indices, dims, strict=True):
        where[d] = i
    return tuple(where)


def check_bounds(indices, dims, shape):
    """Raise PyTorch's IndexError for the first index that is out of bounds.

    Where other dimensions leave nothing to read, PyTorch looks at no index.
    """
    if 0 in shape:
        if 0 in [shape[d] for d in dims] and all(i.size for i in indices):
            raise IndexError("index is out of bounds for dimension with size 0")
        return
    for index, d in zip(indices, dims, strict=True):
        size = shape[d]
        if index.size and (index.min() < -size or index.max() >= size):
            bad = (index < -size) | (index >= size)
            raise IndexError(
                f"index {index[bad].flat[0]} is out of bounds for dimension {d} with size {size}"
            )


def by_dimension(node, indices):
    """Return a node's indices with None where a dimension before the last of them has none.

    A mask counts as one index, of several dimensions.
    """
    dims = node.saved_by_name()["dims"]
    saved = node.saved_values()[node.plan.names.index("indices")]
    if isinstance(indices, list):  # not those that hooks can be put on
        indices = saved.shown(node)
    found, after = [], 0
    for index, item in zip(indices, saved.items, strict=True):
        found += [None] * (dims[0] - after) + [index]
        width = getattr(item, "dims", 1)
        after, dims = dims[0] + width, dims[width:]
    return tuple(found)


@op(node="IndexBackward0", kind="linear", tensor_list="indices", inputs="self", public=False)
class index:
    r"""Read entries at integer indices along some dimensions.

    Parameters
    ----------
    self : Tensor
    indices : list of Tensor of int, broadcastable
    dims : tuple of int, ascending
        The dimension that each index counts.

    Notes
    -----
    .. math:: grad_self = 0 \text{ with every } g_i \text{ added at its place}
    """

    def forward(self, indices, dims):
        try:
            if len(dims) == 1:
                return self.take(indices[0], dims[0])
            if dims == tuple(range(len(dims))) and self.flags.c_contiguous and self.size:
                check_bounds(indices, dims, self.shape)
                flat = flat_positions(indices, self.shape[: len(dims)])
                return self.reshape(-1, *self.shape[len(dims) :]).take(flat, 0)
            return np.ascontiguousarray(self[index_tuple(indices, dims, self.ndim)])
        except (IndexError, ValueError):
            shape = result_shape(indices, dims, self.shape)
            check_bounds(indices, dims, self.shape)
            return np.empty(shape, self.dtype)

    def vjp_self(F, grad_output, self_shape, self_dtype, indices, dims):
        zeros = F.zeros(self_shape, self_dtype)
        if not F.is_traced:
            return put_into(zeros, indices, dims, grad_output, True)
        return F.index_put(zeros, indices, dims, grad_output, True)

    saved = {"dims": None, "indices": OfNode(by_dimension)}
    samples = [
        Sample(T(4, 5), [T(3, dtype="int64", low=0, high=4)], (0,)),
        Sample(T(4, 5), [T(2, dtype="int64", low=0, high=5)], (1,)),
        Sample(
            T(4, 5),
            [T(3, dtype="int64", low=0, high=4), T(3, dtype="int64", low=0, high=5)],
            (0, 1),
        ),
        Sample(
            T(4, 2, 5),
            [T(3, 1, dtype="int64", low=0, high=4), T(2, dtype="int64", low=0, high=5)],
            (0, 2),
        ),
    ]


@op(
    node="IndexPutBackward0",
    kind="linear",
    tensor_list="indices",
    inputs="self values",
    inplace=True,
    public=False,
)
class index_put:
    r"""Write values at integer indices along some dimensions.

    Parameters
    ----------
    self : Tensor
    indices : list of Tensor of int, broadcastable
    dims : tuple of int, ascending
    values : Tensor, broadcastable to the indexed part
    accumulate : bool, default False
        Add instead of replacing; then places may repeat.

    Notes
    -----
    .. math:: grad_self = g \text{ (0 at the places unless accumulating)},\quad
              grad_values = g[indices]
    """

    overlap = "never"

    def forward(self, indices, dims, values, accumulate=False):
        return put_into(np.array(self), indices, dims, values, accumulate)

    def forward_(self, indices, dims, values, accumulate=False):
        if any(np.may_share_memory(self, i) for i in indices):
            raise RuntimeError(OPERAND_OVERLAP)
        return put_into(self, indices, dims, values, accumulate)

    def vjp_self(F, grad_output, indices, dims, accumulate):
        if accumulate:
            return grad_output
        zero = F.zeros((), F.value(grad_output).dtype)
        return F.index_put(grad_output, indices, dims, zero, False)

    def vjp_values(F, grad_output, indices, dims):
        return F.index(grad_output, indices, dims)

    # Of values that go to the same place one is written, of their gradients each is read: these
    # are no transposes of those.
    def jvp_self(F, tangent, indices, dims, accumulate):
        zero = F.zeros((), F.value(tangent).dtype)
        return F.index_put(tangent, indices, dims, zero, accumulate)

    def jvp_values(F, tangent, self_shape, self_dtype, indices, dims, accumulate):
        return F.index_put(F.zeros(self_shape, self_dtype), indices, dims, tangent, accumulate)

    saved = {"dims": None, "indices": OfNode(by_dimension)}
    samples = [
        Sample(T(4, 5), [T(3, dtype="int64", low=0, high=4)], (0,), T(5), True),
        Sample(T(4, 5), [T(1, dtype="int64", low=0, high=5)], (1,), T(4, 1)),
        Sample(
            T(4, 5),
            [T(3, dtype="int64", low=0, high=4), T(3, dtype="int64", low=0, high=5)],
            (0, 1),
            T(3),
            True,
        ),
    ]


def put_into(target, indices, dims, values, accumulate):
    """Write values at the indices into an array and return it."""
    where = index_tuple(indices, dims, target.ndim)
    values = np.asarray(values)
    shape = result_shape(indices, dims, target.shape)
    try:
        full = np.broadcast_to(values, shape)
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {size_text(values.shape)} cannot be broadcast "
            f"to indexing result of shape {size_text(shape)}"
        ) from None
    if values.dtype != target.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{tensor_type(target).removesuffix('Tensor')} for the destination and "
            f"{tensor_type(values).removesuffix('Tensor')} for the source."
        )
    check_bounds(indices, dims, target.shape)
    if not accumulate:
        target[where] = values
    elif target.flags.c_contiguous:
        add_at(target, indices, dims, full)
    else:
        np.add.at(target, where, full)
    return target


def result_shape(indices, dims, shape):
    """Return the shape that reading at the indices gives."""
    try:
        common = np.broadcast_shapes(*(i.shape for i in indices))
    except ValueError:
        shapes = ", ".join(size_text(i.shape) for i in indices)
        raise IndexError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes " + shapes
        ) from None
    if not dims:
        return shape
    adjacent = dims[-1] - dims[0] == len(dims) - 1
    rest = [n for d, n in enumerate(shape) if d not in dims]
    at = dims[0] if adjacent else 0
    return (*rest[:at], *common, *rest[at:])


@op(node="AliasBackward0", kind="linear", view=True, public=False)
class alias:
    """Return the same data as another tensor: what an index that selects everything gives.

    Parameters
    ----------
    self : Tensor

    Notes
    -----
    .. math:: grad_self = g
    """

    def forward(self):
        return np.asarray(self)[...]

    def vjp_self(F, grad_output):
        return grad_output

    samples = [Sample(T(3)), Sample(T())]


@composite(methods="__getitem__")
def getitem(self, key):
    """Return the part of the tensor that the key names.

    Parameters
    ----------
    self : Tensor
    key : int, slice, None, ``...``, bool, sequence, Tensor, or a tuple of them

    Returns
    -------
    Tensor
        A view unless an index array or mask takes part.

    Raises
    ------
    IndexError
        When an index is out of bounds or no index at all.
    """
    kind = type(key)
    if kind is int:
        return select_at(self, 0, key, 0)
    if kind is slice:
        return slice_at(self, 0, key, False)
    if key is None:
        return traced.unsqueeze(self, 0)
    if key is Ellipsis:
        return traced.alias(self)
    result, arrays = apply_parts(self, as_parts(key))
    if arrays:
        return traced.index(result, *index_list(arrays))
    return traced.alias(result) if result is self else result


def as_value(self, value):
    """Return what is assigned as a tensor, in the dtype of ``self`` for Python numbers."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, NUMBERS):
        return wrap(cast_number(value, self._array))
    kind = f"{type(value).__module__}.{type(value).__name__}".removeprefix("builtins.")
    raise TypeError(f"can't assign a {kind} to a torch.{tensor_type(self._array)}")


def copy_to(target, value):
    """Write a value into a view: PyTorch's chain of copy, fill, view and expand."""
    if tuple(value.shape) == tuple(target.shape):
        target.copy_(value)
    elif value.ndim == 0:
        target.fill_(value)
    else:
        value = traced.view(value, strip_ones(value.shape))
        if tuple(value.shape) != tuple(target.shape):
            value = traced.expand(value, tuple(target.shape))
        target.copy_(value)


def strip_ones(shape):
    """Return a shape without its leading ones."""
    shape = tuple(shape)
    while shape and shape[0] == 1:
        shape = shape[1:]
    return shape


@composite(methods="__setitem__")
def setitem(self, key, value):
    """Write into the part of the tensor that the key names.

    Parameters
    ----------
    self : Tensor
    key : int, slice, None, ``...``, bool, sequence, Tensor, or a tuple of them
    value : Tensor or number, broadcastable to that part

    Raises
    ------
    IndexError
        When an index is out of bounds or no index at all.
    RuntimeError
        When the value does not broadcast, or the tensor must not be changed in place.
    """
    value = as_value(self, value)
    if key is False:
        return
    if key is Ellipsis:
        copy_to(self, value)
        return
    if key is None or key is True:
        copy_to(traced.unsqueeze(self, 0), value)
        return
    if type(key) is int:
        copy_to(select_at(self, 0, key, 0), value)
        return
    if type(key) is slice:
        copy_to(slice_at(self, 0, key, True), value)
        return
    parts = as_parts(key)
    if value._array.size == 1:
        _refuse_bytes(parts)
    result, arrays = apply_parts(self, parts)
    if not arrays:
        copy_to(result, value)
        return
    indices, dims = index_list(arrays)
    shape = tuple(value.shape)
    if shape and shape[0] == 1:
        value = traced.view(value, strip_ones(shape))
    mask = key._array if isinstance(key, Tensor) else None
    if mask is not None and mask.dtype.kind == "b" and mask.ndim and value._array.size == 1:
        traced.index_put_number_(result, indices, dims, value)
    else:
        traced.index_put_(result, indices, dims, value)


def _refuse_bytes(parts):
    """Refuse a mask of bytes as the only index: one element is written where a mask is true."""
    found = [p for p in parts if (p.dim() if isinstance(p, Tensor) else isinstance(p, list))]
    if len(found) == 1 and isinstance(found[0], Tensor) and found[0]._array.dtype == np.uint8:
        raise RuntimeError(
            "masked_fill_ only supports boolean masks, but got mask with dtype unsigned char"
        )


@op(
    node="IndexPutBackward0",
    kind="linear",
    tensor_list="indices",
    inputs="self values",
    inplace=True,
    public=False,
)
class index_put_number:
    r"""Write a tensor of one element where a mask is true.

    Parameters
    ----------
    self : Tensor
    indices : list of Tensor of int, broadcastable
    dims : tuple of int, ascending
    values : Tensor of one element, of any dtype

    Notes
    -----
    .. math:: grad_self = g \text{, 0 at the places},\quad grad_values = \sum g[indices]
    """

    def forward(self, indices, dims, values):
        return put_into(np.array(self), indices, dims, values.reshape(()).astype(self.dtype), False)

    def forward_(self, indices, dims, values):
        return put_into(self, indices, dims, values.reshape(()).astype(self.dtype), False)

    def vjp_self(F, grad_output, indices, dims):
        zero = F.zeros((), F.value(grad_output).dtype)
        return F.index_put(grad_output, indices, dims, zero, False)

    vjp_values = index_put.formulas["values"]
    saved = {
        "accumulate": OfNode(lambda node, value: False),
        "dims": None,
        "indices": OfNode(by_dimension),
    }
    samples = [Sample(T(4, 5), [T(3, dtype="int64", low=0, high=4)], (0,), T(1))]


def put_arguments(self, indices):
    """Return the view, index tensors and dims for indices given one for each leading dimension."""
    if not isinstance(indices, (tuple, list)):
        raise TypeError(
            "index_put(): argument 'indices' must be tuple of Tensors, not "
            f"{type(indices).__name__}"
        )
    for place, index in enumerate(indices):
        if not isinstance(index, Tensor):
            raise TypeError(
                f"expected Tensor as element {place} in argument 0, but got {type(index).__name__}"
            )
    if len(indices) > self.ndim:
        raise IndexError(
            f"too many indices for tensor of dimension {self.ndim} (got {len(indices)})"
        )
    result, arrays = apply_parts(self, [as_vector(index) for index in indices])
    return result, *index_list(arrays)


def as_vector(index):
    """Return an index with at least one dimension, so that it counts as an index array."""
    return traced.reshape(index, (1,)) if index.ndim == 0 else index


def fills(indices, values, accumulate):
    """Say whether a call fills where a mask is true, with one number of any dtype."""
    return (
        not accumulate
        and len(indices) == 1
        and isinstance(indices[0], Tensor)
        and indices[0]._array.dtype.kind == "b"
        and values._array.size == 1
    )


@composite(methods="__delitem__")
def delitem(self, key):
    """Refuse to take a part out of a tensor.

    Parameters
    ----------
    self : Tensor
    key : object

    Raises
    ------
    TypeError
        Always.
    """
    raise TypeError("Tensor does not support deleting items")


@composite(functions="index_put", methods="index_put")
def index_put_public(self, indices, values, accumulate=False):
    """Return a copy with values written at integer indices or masks.

    Parameters
    ----------
    self : Tensor
    indices : tuple of Tensor, one for each leading dimension
    values : Tensor, broadcastable to the indexed part
    accumulate : bool, default False
        Add instead of replacing.

    Returns
    -------
    Tensor
    """
    _, tensors, dims = put_arguments(self, indices)
    if fills(indices, values, accumulate):
        return traced.index_put_number(self, tensors, dims, values)
    return traced.index_put(self, tensors, dims, values, accumulate)


@composite(functions="index_put_", methods="index_put_")
def index_put_public_(self, indices, values, accumulate=False):
    """Write values at integer indices or masks, in place.

    Parameters
    ----------
    self : Tensor
    indices : tuple of Tensor, one for each leading dimension
    values : Tensor, broadcastable to the indexed part
    accumulate : bool, default False
        Add instead of replacing.

    Returns
    -------
    Tensor
    """
    check_inplace(self, values.requires_grad, "index_put")
    _, tensors, dims = put_arguments(self, indices)
    if fills(indices, values, accumulate):
        return traced.index_put_number_(self, tensors, dims, values)
    return traced.index_put_(self, tensors, dims, values, accumulate)
