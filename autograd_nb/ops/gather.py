"""Reading and writing along one dimension by an index tensor: gather, scatter, take, put."""

import numpy as np

from ..core import pool
from ..core.tensor import Tensor, wrap
from ..core.warn import warn
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .scatter_kernels import add_along, along
from .sizes import all_within, cast_number, scalar_type, size_text, wrap_dim

INDEX = {"dtype": "int64", "low": 0}


def at_least_1d(array):
    """Return the array with one dimension if it has none."""
    return array.reshape(1) if array.ndim == 0 else array


def check_along(name, array, dim, index, src=None):
    """Return the wrapped dim after the checks that gather and scatter share."""
    dim = wrap_dim(dim, array.ndim)
    if index.size == 0:
        return dim
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if max(index.ndim, 1) != max(array.ndim, 1):
        whose = "input" if name == "gather" else "self"
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as {whose} tensor"
        )
    if src is not None and max(index.ndim, 1) != max(src.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    for d, n in enumerate(index.shape):
        if (d != dim and n > array.shape[d]) or (src is not None and n > at_least_1d(src).shape[d]):
            what = (
                f" and to be no larger size than src {size_text(src.shape)}"
                if src is not None
                else ""
            )
            if name == "gather":
                raise RuntimeError(
                    f"Size does not match at dimension {d} expected index {size_text(index.shape)} "
                    f"to be no larger than self {size_text(array.shape)} apart from dimension {dim}"
                )
            raise RuntimeError(
                f"Expected index {size_text(index.shape)} to be no larger than self "
                f"{size_text(array.shape)} apart from dimension {dim}{what}"
            )
    size = array.shape[dim] if array.ndim else 1
    if not all_within(index, size):
        low, high = index.min(), index.max()
        raise RuntimeError(
            f"index {low if low < 0 else high} is out of bounds for dimension {dim} with size "
            f"{size}"
        )
    return dim


def crop(array, shape):
    """Return the leading part of an array of the given shape, a view."""
    array = at_least_1d(array)
    return array if array.shape == shape else array[tuple(slice(n) for n in shape)]


@op(node="GatherBackward0", kind="linear", tensors="index", methods="gather", functions="gather")
class gather:
    r"""Read along one dimension: ``out[i][j] = self[index[i][j]][j]`` for dim 0.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int, of as many dimensions, no larger than `self` except along `dim`
    sparse_grad : bool, default False
        Accepted and without effect.

    Notes
    -----
    .. math:: grad_self = scatter\_add(0, dim, index, g)
    """

    def forward(self, dim, index, *, sparse_grad=False):
        dim = check_along("gather", self, dim, index)
        if index.size == 0:
            return np.zeros(index.shape, self.dtype)
        flat = np.ravel(self)
        shape = at_least_1d(self).shape
        # The positions are reshaped, not the result: as a view of another array it had to be copied
        # where it becomes a gradient.
        positions = along(shape, dim, at_least_1d(index)).reshape(index.shape)
        found = pool.empty(index.shape, self.dtype)
        flat.take(positions, out=found, mode="clip")  # checked: nothing is clipped
        return found

    def vjp_self(F, grad_output, self, dim, index):
        zeros = F.zeros(self.shape, F.value(self).dtype)
        return F.scatter_add(zeros, dim, index, grad_output)

    saved = {"sparse_grad": ("dim", lambda dim: False)}
    samples = [
        Sample(T(4, 5), 0, T(2, 3, high=4, **INDEX)),
        Sample(T(4, 5), -1, T(4, 2, high=5, **INDEX)),
        Sample(T(), 0, T(high=1, **INDEX)),
    ]


@op(node="ScatterBackward0", kind="linear", tensors="index", inplace=True, public=False)
class scatter_src:
    r"""Write along one dimension: ``self[index[i][j]][j] = src[i][j]`` for dim 0.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int
    src : Tensor, at least as large as the index

    Notes
    -----
    .. math:: grad_self = scatter(g, dim, index, 0),\quad grad_src = gather(g, dim, index)
    """

    overlap = "never"

    def forward(self, dim, index, src):
        return scatter_into(np.array(self), dim, index, src)

    def forward_(self, dim, index, src):
        return scatter_into(self, dim, index, src)

    def vjp_self(F, grad_output, dim, index):
        return F.scatter_value(grad_output, dim, index, 0)

    def vjp_src(F, grad_output, dim, index):
        return F.gather(grad_output, dim, index)

    samples = [Sample(T(4, 5), 0, T(1, 5, high=4, **INDEX), T(1, 5))]


def scatter_into(target, dim, index, src):
    """Write ``src`` (array or number) where the index says, in place."""
    if isinstance(src, (np.ndarray, np.generic)) and src.dtype != target.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    dim = check_along("scatter", target, dim, index, src if hasattr(src, "shape") else None)
    if index.size:
        index = at_least_1d(index)
        view = crop(
            target, (*index.shape[:dim], at_least_1d(target).shape[dim], *index.shape[dim + 1 :])
        )
        values = crop(src, index.shape) if hasattr(src, "shape") else cast_number(src, target)
        np.put_along_axis(view, index, values, dim)
    return target


@op(node="ScatterBackward1", kind="linear", tensors="index", inplace=True, public=False)
class scatter_value:
    """Write one number along one dimension where an index says.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int
    value : number

    Notes
    -----
    .. math:: grad_self = scatter(g, dim, index, 0)
    """

    def forward(self, dim, index, value):
        return scatter_into(np.array(self), dim, index, value)

    def forward_(self, dim, index, value):
        return scatter_into(self, dim, index, value)

    def vjp_self(F, grad_output, dim, index):
        return F.scatter_value(grad_output, dim, index, 0)

    jvp_self = vjp_self
    samples = [Sample(T(4, 5), 0, T(2, 5, high=4, **INDEX), 1.5)]


@op(
    node="ScatterAddBackward0",
    kind="linear",
    tensors="index",
    inplace=True,
    methods="scatter_add",
    functions="scatter_add",
)
class scatter_add:
    r"""Add along one dimension: ``self[index[i][j]][j] += src[i][j]`` for dim 0.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int; places may repeat
    src : Tensor, at least as large as the index

    Notes
    -----
    .. math:: grad_self = g,\quad grad_src = gather(g, dim, index)
    """

    overlap = "never"

    def forward(self, dim, index, src):
        return scatter_add_into(np.array(self, order="C"), dim, index, src)

    def vjp_self(F, grad_output):
        return grad_output

    def vjp_src(F, grad_output, dim, index):
        return F.gather(grad_output, dim, index)

    samples = [
        Sample(T(4, 5), 0, T(3, 5, high=4, **INDEX), T(3, 5)),
        Sample(T(4, 5), 1, T(2, 3, high=5, **INDEX), T(2, 3)),
    ]


def scatter_add_into(target, dim, index, src):
    """Add where the index says, in place, to a contiguous array."""
    if src.dtype != target.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    dim = check_along("scatter", target, dim, index, src)
    if index.size:
        index = at_least_1d(index)
        add_along(at_least_1d(target), dim, index, crop(src, index.shape))
    return target


@composite(functions="scatter", methods="scatter")
def scatter(self, dim, index, src=None, *, value=None, reduce=None):
    """Write values along one dimension where an index says.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int
    src : Tensor or number
    reduce : {"add", "multiply"}, optional
        Combine with what is there; not differentiable.

    Returns
    -------
    Tensor
    """
    return choose_scatter(self, dim, index, value if src is None else src, reduce, "")


@composite(methods="scatter_")
def scatter_(self, dim, index, src=None, *, value=None, reduce=None):
    """Write values along one dimension where an index says, in place.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int
    src : Tensor or number
    reduce : {"add", "multiply"}, optional
        Combine with what is there; not differentiable.

    Returns
    -------
    Tensor
    """
    return choose_scatter(self, dim, index, value if src is None else src, reduce, "_")


_OLD_REDUCE = (
    "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a "
    "future PyTorch release. Use torch.scatter_reduce instead for more reduction options."
)


def choose_scatter(self, dim, index, src, reduce, suffix):
    """Call the record that PyTorch's overload resolution picks."""
    if reduce is not None:
        if isinstance(src, Tensor):
            warn(_OLD_REDUCE)
        if reduce not in ("add", "multiply"):
            raise RuntimeError("reduce argument must be either add or multiply.")
        return getattr(traced, "scatter_combine" + suffix)(self, dim, index, src, reduce)
    if isinstance(src, Tensor):
        return getattr(traced, "scatter_src" + suffix)(self, dim, index, src)
    return getattr(traced, "scatter_value" + suffix)(self, dim, index, src)


def check_flat(name, array, index):
    """Return flat positions counted from the front, after the checks of take and put."""
    if index.dtype != np.int64:
        raise RuntimeError(
            f"{name}(): Expected a long tensor for index, but got {scalar_type(index)}"
        )
    if index.size and array.size == 0:
        raise IndexError(f"{name}(): tried to {name} from an empty tensor")
    bad = (index < -array.size) | (index >= array.size)
    if bad.any():
        raise IndexError(
            "out of range: tried to access index "
            f"{index[bad].flat[0]} on a tensor of {array.size} elements."
        )
    return index


@op(node="TakeBackward0", kind="linear", tensors="index", methods="take", functions="take")
class take:
    """Read entries by their position in the flattened tensor.

    Parameters
    ----------
    self : Tensor
    index : Tensor of int64, any shape

    Notes
    -----
    .. math:: grad_self = put(0, index, g, accumulate)
    """

    def forward(self, index):
        return np.ravel(self).take(check_flat("take", self, index))

    def vjp_self(F, grad_output, self, index):
        return F.put(F.zeros(self.shape, F.value(self).dtype), index, grad_output, True)

    samples = [Sample(T(4, 5), T(2, 3, high=20, **INDEX))]


@op(
    node="PutBackward0",
    kind="linear",
    tensors="index",
    inplace=True,
    methods="put",
    functions="put",
)
class put:
    r"""Write entries at their positions in the flattened tensor.

    Parameters
    ----------
    self : Tensor
    index : Tensor of int64
    source : Tensor, of as many elements
    accumulate : bool, default False
        Add instead of replacing.

    Notes
    -----
    .. math:: grad_self = g \text{ (0 at the places unless accumulating)},\quad
              grad_source = take(g, index)
    """

    overlap = "never"

    def forward(self, index, source, accumulate=False):
        if source.dtype != self.dtype:
            raise RuntimeError(
                "put_(): self and source expected to have the same dtype, but got self.dtype = "
                f"{scalar_type(self)} and source.dtype = {scalar_type(source)}"
            )
        if index.size != source.size:
            raise IndexError(
                "put_(): Expected source and index to have the same number of elements, but got "
                f"source.numel() = {source.size}, index.numel() = {index.size}"
            )
        where = check_flat("put", self, index).reshape(-1)
        result = np.array(self, order="C")
        flat = result.reshape(-1, copy=False)
        if accumulate:
            np.add.at(flat, where, source.reshape(-1))
        else:
            flat[where] = source.reshape(-1)
        return result

    def vjp_self(F, grad_output, index, accumulate, source_dtype):
        if accumulate:
            return grad_output
        return F.put(grad_output, index, F.zeros(tuple(index.shape), source_dtype), False)

    def vjp_source(F, grad_output, index, source_shape):
        return F.reshape(F.take(grad_output, index), source_shape)

    samples = [Sample(T(4, 5), T(3, high=20, **INDEX), T(3), True)]


@composite(functions="take_along_dim", methods="take_along_dim")
def take_along_dim(self, indices, dim=None):
    """Read along one dimension, the other dimensions broadcast against the index.

    Parameters
    ----------
    self : Tensor
    indices : Tensor of int64
    dim : int, optional
        The flattened tensor is read without it.

    Returns
    -------
    Tensor
    """
    if dim is None:
        return traced.gather(
            traced.view(traced.contiguous(self), (-1,)), 0, traced.reshape(indices, (-1,))
        )
    if indices._array.dtype != np.int64:
        raise RuntimeError(
            "torch.take_along_dim(): dtype of indices should be Long but got "
            + scalar_type(indices._array)
        )
    if self.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            f"but got {self.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    dim = wrap_dim(dim, self.ndim)
    ours, theirs = list(self.shape), list(indices.shape)
    common = []
    for d, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if d != dim and a != b and 1 not in (a, b):
            raise RuntimeError(
                f"The size of tensor a ({a}) must match the size of tensor b ({b}) at "
                f"non-singleton dimension {d}"
            )
        common.append(b if a == 1 else a)
    wide = (*common[:dim], ours[dim], *common[dim + 1 :])
    picks = (*common[:dim], theirs[dim], *common[dim + 1 :])
    places = indices._array
    if (places < 0).any():
        indices = wrap(np.where(places < 0, places + ours[dim], places))
    return traced.gather(traced.expand(self, wide), dim, traced.expand(indices, picks))
