"""Reading and writing along one dimension by an index tensor: gather, scatter, index_*, take, put."""

import numpy as np

from ..core.dtypes import NUMBERS
from ..core.tensor import Tensor
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .scatter_kernels import add_along, add_at, along
from .sizes import scalar_type, size_text, wrap_dim

INDEX = {"dtype": "int64", "low": 0}


def at_least_1d(array):
    """Return the array with one dimension if it has none."""
    return array.reshape(1) if array.ndim == 0 else array


def check_along(name, array, dim, index, src=None):
    """Return the wrapped dim after the checks that gather and scatter share."""
    dim = wrap_dim(dim, array.ndim)
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int64 for index")
    if index.size == 0:
        return dim
    if max(index.ndim, 1) != max(array.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    if src is not None and max(index.ndim, 1) != max(src.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    for d, n in enumerate(index.shape):
        if (d != dim and n > array.shape[d]) or (src is not None and n > at_least_1d(src).shape[d]):
            what = (
                f" and to be smaller size than src {size_text(src.shape)}"
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
    low, high = index.min(), index.max()
    size = array.shape[dim] if array.ndim else 1
    if low < 0 or high >= size:
        raise RuntimeError(
            f"index {low if low < 0 else high} is out of bounds for dimension {dim} with size {size}"
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
        return flat.take(along(shape, dim, at_least_1d(index))).reshape(index.shape)

    def vjp_self(F, grad_output, self_shape, self_dtype, dim, index):
        return F.scatter_add(F.zeros(self_shape, self_dtype), dim, index, grad_output)

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
            target, index.shape[:dim] + (at_least_1d(target).shape[dim],) + index.shape[dim + 1 :]
        )
        values = crop(src, index.shape) if hasattr(src, "shape") else src
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


def choose_scatter(self, dim, index, src, reduce, suffix):
    """Call the record that PyTorch's overload resolution picks."""
    if reduce is not None:
        if reduce not in ("add", "multiply"):
            raise RuntimeError("reduce argument must be either add or multiply.")
        return getattr(traced, "scatter_combine" + suffix)(self, dim, index, src, reduce)
    if isinstance(src, Tensor):
        return getattr(traced, "scatter_src" + suffix)(self, dim, index, src)
    return getattr(traced, "scatter_value" + suffix)(self, dim, index, src)


@op(
    node="torch::autograd::NotImplemented",
    kind="other",
    tensors="index src",
    inputs="self src",
    inplace=True,
    public=False,
)
class scatter_combine:
    """Add or multiply values along one dimension where an index says.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int
    src : Tensor or number
    reduce : {"add", "multiply"}

    Notes
    -----
    PyTorch gives this overload no derivative; `scatter_add` and `scatter_reduce` have one.
    """

    def forward(self, dim, index, src, reduce):
        result = np.array(self, order="C")
        dim = check_along("scatter", result, dim, index)
        if index.size == 0:
            return result
        index = at_least_1d(index)
        values = crop(src, index.shape) if hasattr(src, "shape") else np.asarray(src, result.dtype)
        values = np.broadcast_to(values, index.shape).reshape(-1)
        combine = np.add if reduce == "add" else np.multiply
        combine.at(result.reshape(-1, copy=False), along(result.shape, dim, index), values)
        return result

    def vjp(F, grad_output, needs):
        raise RuntimeError("derivative for aten::scatter is not implemented")

    samples = ()


REDUCTIONS = {
    "sum": np.add,
    "prod": np.multiply,
    "amax": np.maximum,
    "amin": np.minimum,
    "mean": np.add,
}
START = {"sum": 0, "mean": 0, "prod": 1}


@op(
    node="ScatterReduceBackward0",
    kind="other",
    tensors="index",
    inputs="self src",
    inplace=True,
    methods="scatter_reduce",
    functions="scatter_reduce",
)
class scatter_reduce:
    """Combine values along one dimension where an index says: sum, product, mean or extremes.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int; places may repeat
    src : Tensor
    reduce : {"sum", "prod", "mean", "amax", "amin"}
    include_self : bool, default True
        Whether the present values take part.

    Notes
    -----
    An extreme's gradient is shared evenly by all entries that attain it.
    """

    def forward(self, dim, index, src, reduce, *, include_self=True):
        if reduce not in REDUCTIONS:
            raise RuntimeError(
                f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}"
            )
        if src.dtype != self.dtype:
            raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
        result = np.array(self, order="C")
        dim = check_along("scatter", result, dim, index, src)
        if index.size == 0:
            return result
        index = at_least_1d(index)
        where = along(at_least_1d(result).shape, dim, index)
        flat = result.reshape(-1, copy=False)
        if not include_self:
            flat[where] = START[reduce] if reduce in START else extreme(result.dtype, reduce)
        REDUCTIONS[reduce].at(flat, where, crop(src, index.shape).reshape(-1))
        if reduce == "mean":
            counts = np.bincount(where, minlength=flat.size) + (1 if include_self else 0)
            counts = np.maximum(counts, 1)
            flat[...] = flat / counts if result.dtype.kind in "fc" else flat // counts
        return result

    def vjp(F, grad_output, self, dim, index, src, reduce, include_self, result, needs):
        grad_self, grad_src = reduce_parts(
            F, grad_output, self, dim, index, src, reduce, include_self, result
        )
        if not include_self:
            grad_self = F.scatter_value(grad_self, dim, index, 0)
        return grad_self, grad_src

    samples = [
        Sample(T(4, 5), 0, T(3, 5, high=4, **INDEX), T(3, 5), "sum"),
        Sample(T(4, 5), 0, T(3, 5, high=4, **INDEX), T(3, 5), "mean"),
        Sample(T(4, 5), 1, T(4, 3, high=5, **INDEX), T(4, 3), "amax"),
        Sample(T(4, 5), 1, T(4, 3, high=5, **INDEX), T(4, 3), "amin", include_self=False),
        Sample(T(4, 5), 0, T(3, 5, high=4, **INDEX), T(3, 5), "prod"),
    ]


def extreme(dtype, reduce):
    """Return the number that never wins a maximum or minimum."""
    if dtype.kind == "f":
        return -np.inf if reduce == "amax" else np.inf
    info = np.iinfo(dtype)
    return info.min if reduce == "amax" else info.max


def reduce_parts(F, grad_output, self, dim, index, src, reduce, include_self, result):
    """Return the gradients of both inputs of ``scatter_reduce`` as if self took part."""
    if reduce == "sum":
        return grad_output, F.gather(grad_output, dim, index)
    kind = F.value(grad_output).dtype
    if reduce == "mean":
        start = F.constant(np.full(self.shape, 1 if include_self else 0, kind))
        ones = F.constant(np.ones(tuple(src.shape), kind))
        counts = F.constant(np.maximum(F.value(F.scatter_add(start, dim, index, ones)), 1))
        share = grad_output / counts
        return share, F.gather(share, dim, index)
    if reduce == "prod":
        whole = F.masked_fill_number(self, self == 0, 1)
        product = F.scatter_reduce(whole, dim, index, src, "prod", include_self=include_self)
        grad_self = grad_output * product / whole
        return grad_self, product_src(F, grad_output, self, dim, index, src, include_self, result)
    chosen = F.value(result)
    mine = F.constant((F.value(self) == chosen).astype(kind))
    theirs = F.constant((F.value(src) == F.value(F.gather(result, dim, index))).astype(kind))
    counts = np.maximum(F.value(F.scatter_add(mine, dim, index, theirs)), 1)
    shared = grad_output / F.constant(counts)
    return mine * shared, theirs * F.gather(shared, dim, index)


def product_src(F, grad_output, self, dim, index, src, include_self, result):
    """Return the gradient of the factors; a single zero factor gets the product of the others."""
    kind = F.value(grad_output).dtype
    zero = F.value(src) == 0
    counts = F.scatter_add(
        F.zeros(tuple(self.shape), kind), dim, index, F.constant(zero.astype(kind))
    )
    alone = zero & (F.value(F.gather(counts, dim, index)) == 1)
    filled = F.masked_fill_number(src, F.constant(zero), 1)
    others = F.scatter_reduce(self, dim, index, filled, "prod", include_self=include_self)
    usual = F.gather(grad_output * result, dim, index) / filled
    return F.where(F.constant(alone), F.gather(grad_output * others, dim, index), usual)


def check_vector(name, index):
    """Return an index of at most one dimension as a vector."""
    if index.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector")
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32 or int64 for index")
    return at_least_1d(index)


@op(
    node="IndexSelectBackward0",
    kind="linear",
    tensors="index",
    methods="index_select",
    functions="index_select",
)
class index_select:
    r"""Return the entries along a dimension that a vector of indices names.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int, of at most one dimension

    Notes
    -----
    .. math:: grad_self = index\_add(0, dim, index, g)
    """

    def forward(self, dim, index):
        dim, index = wrap_dim(dim, self.ndim), check_vector("index_select", index)
        size = self.shape[dim] if self.ndim else 1
        if index.size and (index.min() < 0 or index.max() >= size):
            raise IndexError("index out of range in self")
        if self.ndim == 0:
            return np.array(self)
        return self.take(index, dim)

    def vjp_self(F, grad_output, self_shape, self_dtype, dim, index):
        return F.index_add(F.zeros(self_shape, self_dtype), dim, index, grad_output)

    samples = [
        Sample(T(4, 5), 0, T(3, high=4, **INDEX)),
        Sample(T(4, 5), -1, T(2, high=5, **INDEX)),
        Sample(T(4), 0, T(high=4, **INDEX)),
    ]


def check_source(name, array, dim, index, source):
    """Return wrapped dim and index vector after the checks that the index_* writers share."""
    dim, index = wrap_dim(dim, array.ndim), check_vector(name, index)
    if source.dtype != array.dtype:
        raise RuntimeError(
            f"{name}(): self and source expected to have the same dtype, but got (self) "
            f"{scalar_type(array)} and (source) {scalar_type(source)}"
        )
    size = array.shape[dim] if array.ndim else 1
    have = source.shape[dim] if source.ndim else 1
    if source.ndim == 0 and index.size != 1:
        raise IndexError(
            f"{name}_(): When source is scalar, index should have one element (got {index.size})"
        )
    if have != index.size:
        raise RuntimeError(
            f"{name}_(): Number of indices ({index.size}) should be equal to source.size(dim): "
            f"({have}), for dim: {dim}"
        )
    rest = [(a, b) for d, (a, b) in enumerate(zip(array.shape, source.shape)) if d != dim]  # noqa: B905
    if (array.ndim != source.ndim and source.ndim) or any(a != b for a, b in rest):
        raise RuntimeError(
            f"source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {size_text(array.shape)} source.shape = {size_text(source.shape)}"
        )
    if index.size and (index.min() < -size or index.max() >= size):
        raise IndexError("index out of range in self")
    return dim, index


@op(
    node="IndexAddBackward0",
    kind="linear",
    tensors="index",
    inplace=True,
    methods="index_add",
    functions="index_add",
)
class index_add:
    r"""Add the entries of a source at the places along a dimension that a vector names.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int, a vector; places may repeat
    source : Tensor, of the shape of `self` except along `dim`
    alpha : number, default 1

    Notes
    -----
    .. math:: grad_self = g,\quad grad_source = \alpha \cdot index\_select(g, dim, index)
    """

    def forward(self, dim, index, source, *, alpha=1):
        dim, index = check_source("index_add", self, dim, index, source)
        result = np.array(self, order="C")
        source = source if alpha == 1 else source * np.asarray(alpha, source.dtype)
        if source.ndim == 0:
            source = np.broadcast_to(source, index.shape if result.ndim else ())
        add_at(at_least_1d(result), [index], (dim,), at_least_1d(source))
        return result

    def vjp_self(F, grad_output):
        return grad_output

    def vjp_source(F, grad_output, dim, index, alpha, source_shape):
        grad = F.reshape(F.index_select(grad_output, dim, index), source_shape)
        return grad if alpha == 1 else grad * alpha

    samples = [
        Sample(T(4, 5), 0, T(3, high=4, **INDEX), T(3, 5)),
        Sample(T(4, 5), 1, T(2, high=5, **INDEX), T(4, 2), alpha=2.0),
    ]


@op(
    node="IndexCopyBackward0",
    kind="linear",
    tensors="index",
    inplace=True,
    methods="index_copy",
    functions="index_copy",
)
class index_copy:
    r"""Write the entries of a source at the places along a dimension that a vector names.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int, a vector
    source : Tensor, of the shape of `self` except along `dim`

    Notes
    -----
    .. math:: grad_self = index\_fill(g, dim, index, 0),\quad
              grad_source = index\_select(g, dim, index)
    """

    def forward(self, dim, index, source):
        dim, index = check_source("index_copy", self, dim, index, source)
        result = np.array(self)
        at_least_1d(result)[(slice(None),) * dim + (index,)] = source
        return result

    def vjp_self(F, grad_output, dim, index):
        return F.index_fill_value(grad_output, dim, index, 0)

    def vjp_source(F, grad_output, dim, index, source_shape):
        return F.reshape(F.index_select(grad_output, dim, index), source_shape)

    samples = [Sample(T(4, 5), 1, T(1, high=4, **INDEX), T(4, 1))]


def fill_at(array, dim, index, value):
    """Return a copy with one number at the places along a dimension."""
    dim, index = wrap_dim(dim, array.ndim), check_vector("index_fill_", index)
    result = np.array(array)
    size = array.shape[dim] if array.ndim else 1
    if index.size and (index.min() < -size or index.max() >= size):
        raise IndexError("index out of range in self")
    at_least_1d(result)[(slice(None),) * dim + (index,)] = value
    return result


@op(node="IndexFillBackward0", kind="linear", tensors="index", inplace=True, public=False)
class index_fill_value:
    r"""Write one number at the places along a dimension that a vector names.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int, a vector
    value : number

    Notes
    -----
    .. math:: grad_self = index\_fill(g, dim, index, 0)
    """

    def forward(self, dim, index, value):
        return fill_at(self, dim, index, value)

    def vjp_self(F, grad_output, dim, index):
        return F.index_fill_value(grad_output, dim, index, 0)

    samples = [Sample(T(4, 5), 1, T(2, high=4, **INDEX), 3.0)]


@op(node="IndexFillBackward1", kind="linear", tensors="index", inplace=True, public=False)
class index_fill_tensor:
    r"""Write a 0-d tensor at the places along a dimension that a vector names.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int, a vector
    value : Tensor of no dimension

    Notes
    -----
    .. math:: grad_self = index\_fill(g, dim, index, 0),\quad
              grad_value = \sum index\_select(g, dim, index)
    """

    def forward(self, dim, index, value):
        if value.ndim:
            raise RuntimeError(
                "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{value.ndim} dimension(s)."
            )
        return fill_at(self, dim, index, value)

    def vjp_self(F, grad_output, dim, index):
        return F.index_fill_value(grad_output, dim, index, 0)

    def vjp_value(F, grad_output, dim, index):
        once = F.constant(np.unique(F.value(index)))
        return F.sum_all(F.index_select(grad_output, dim, once))

    samples = [Sample(T(4, 5), 1, T(2, high=4, **INDEX), T())]


@composite(functions="index_fill", methods="index_fill")
def index_fill(self, dim, index, value):
    """Write a number at the places along a dimension that a vector names.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int, a vector
    value : number or Tensor of no dimension

    Returns
    -------
    Tensor
    """
    if isinstance(value, NUMBERS):
        return traced.index_fill_value(self, dim, index, value)
    return traced.index_fill_tensor(self, dim, index, value)


@composite(methods="index_fill_")
def index_fill_(self, dim, index, value):
    """Write a number at the places along a dimension that a vector names, in place.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int, a vector
    value : number or Tensor of no dimension

    Returns
    -------
    Tensor
    """
    if isinstance(value, NUMBERS):
        return traced.index_fill_value_(self, dim, index, value)
    return traced.index_fill_tensor_(self, dim, index, value)


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

    def vjp_self(F, grad_output, self_shape, self_dtype, index):
        return F.put(F.zeros(self_shape, self_dtype), index, grad_output, True)

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

    def forward(self, index, source, accumulate=False):
        if index.size != source.size:
            raise RuntimeError(
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
    return traced.gather(traced.expand(self, wide), dim, traced.expand(indices, picks))
