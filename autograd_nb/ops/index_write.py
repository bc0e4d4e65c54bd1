"""Reading and writing along one dimension by a vector of indices: index_select and index_*."""

import numpy as np

from ..core.dtypes import NUMBERS
from ..core.errors import OPERAND_OVERLAP
from ..core.warn import warn_once
from .gather import INDEX, at_least_1d
from .namespaces import RAW
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .scatter_kernels import add_at
from .scatter_reduce import reduce_parts
from .sizes import all_within, cast_number, scalar_type, size_text, wrap_dim


def check_vector(name, index):
    """Return an index of at most one dimension as a vector."""
    if index.ndim > 1:
        what = {
            "index_select": "is supposed to be a vector",
            "index_copy_": f"should have dimension 1 or 0 (got {index.ndim})",
        }.get(
            name,
            f"is supposed to be a vector, but got dim: {index.ndim} with type: "
            f"{scalar_type(index)} and size: {size_text(index.shape)}",
        )
        raise IndexError(f"{name}(): Index {what}")
    if name == "index_copy_" and index.dtype != np.int64:
        raise RuntimeError(
            f"{name}(): Expected a long tensor for index, but got {scalar_type(index)}"
        )
    if index.dtype not in (np.int64, np.int32):
        what = (
            "int32 or int64 for index"
            if name == "index_select"
            else f"int32/int64 for index but got: {scalar_type(index)}"
        )
        raise RuntimeError(f"{name}(): Expected dtype {what}")
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
        if not self.ndim and index.size != 1:
            raise RuntimeError(
                f"index_select(): Index to scalar can have only 1 value, got {index.size} value(s)"
            )
        if not all_within(index, size):
            raise unselectable(self, dim, index)
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


def check_copied(array, dim, index, source):
    """Return wrapped dim and index vector after the checks of `index_copy`."""
    dim, index = wrap_dim(dim, array.ndim), check_vector("index_copy_", index)
    if source.ndim == 0 and index.size != 1:
        raise IndexError(
            "index_copy_(): When source is scalar, index should have one element (got "
            f"{index.size})"
        )
    if array.ndim and source.ndim and array.ndim != source.ndim:
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must "
            f"match. Source dimensionality ({source.ndim}), destination dimensionality "
            f"({array.ndim})"
        )
    if source.dtype != array.dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{scalar_type(array)} and (source) {scalar_type(source)}"
        )
    rest = [x.shape[:dim] + x.shape[dim + 1 :] for x in (array, source)]
    if rest[0] != rest[1]:
        sizes = [" ".join(map(str, shape)) for shape in rest]
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination "
            f"slice shape: {sizes[0]} at dimension {dim} and source slice shape: {sizes[1]} at "
            f"dimension {dim if source.ndim else 0}."
        )
    have = source.shape[dim] if source.ndim else 1
    if have != index.size:
        raise IndexError(
            f"index_copy_(): Number of indices ({index.size}) should be equal to source.size(dim) "
            f"({have})"
        )
    bad = outside(array, dim, index)
    if bad is not None:
        raise IndexError(f"index_copy_(): {bad}")
    return dim, index


def check_added(name, array, dim, index, source):
    """Return wrapped dim and index vector after the checks of `index_add` and `index_reduce`."""
    name += "_"
    dim, index = wrap_dim(dim, array.ndim), check_vector(name, index)
    if source.dtype != array.dtype:
        raise RuntimeError(
            f"{name}(): self ({scalar_type(array)}) and source ({scalar_type(source)}) must have "
            "the same scalar type"
        )
    if source.ndim and dim >= source.ndim:
        raise RuntimeError(
            f"{name}(): Indexing dim {dim} is out of bounds of the source tensor with dim "
            f"{source.ndim}"
        )
    have = source.shape[dim] if source.ndim else 1
    if have != index.size:
        raise RuntimeError(
            f"{name}(): Number of indices ({index.size}) should be equal to source.size(dim): "
            f"({have}), for dim: {dim}"
        )
    ours, theirs = array.shape, source.shape
    same_rest = ours[:dim] + ours[dim + 1 :] == theirs[:dim] + theirs[dim + 1 :]
    if not same_rest or len(ours) != len(theirs):
        raise RuntimeError(
            f"source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {size_text(ours)} source.shape = {size_text(theirs)}"
        )
    bad = outside(array, dim, index)
    if bad is not None and name == "index_reduce_":
        raise IndexError("index out of range in self")
    if bad is not None:
        raise RuntimeError(bad)
    return dim, index


def outside(array, dim, index):
    """Return the complaint about the first index that is out of bounds, or None."""
    size = array.shape[dim] if array.ndim else 1
    if all_within(index, size):
        return None
    bad = index[(index < 0) | (index >= size)][0]
    return f"index {bad} is out of bounds for dimension {dim} with size {size}"


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
        dim, index = check_added("index_add", self, dim, index, source)
        result = np.array(self, order="C")
        source = source if alpha == 1 else source * np.asarray(alpha).astype(source.dtype)
        if source.ndim == 0:
            source = np.broadcast_to(source, index.shape if result.ndim else ())
        add_at(at_least_1d(result), [index], (dim,), at_least_1d(source))
        return result

    def forward_(self, dim, index, source, *, alpha=1):
        result = index_add.forward(self, dim, index, source, alpha=alpha)
        # Other complaints come first.
        if np.may_share_memory(self, source) or np.may_share_memory(self, index):
            raise RuntimeError(OPERAND_OVERLAP)
        self[...] = result

    def vjp_self(F, grad_output):
        return grad_output

    def vjp_source(F, grad_output, dim, index, alpha, source):
        grad = F.reshape(F.index_select(grad_output, dim, index), tuple(source.shape))
        return grad if alpha == 1 else grad * alpha

    saved = {"source_dim": ("source", lambda source: source.ndim)}
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

    overlap = "never"

    def forward(self, dim, index, source):
        dim, index = check_copied(self, dim, index, source)
        result = np.array(self)
        at_least_1d(result)[(slice(None),) * dim + (index,)] = source
        return result

    def vjp_self(F, grad_output, dim, index):
        return F.index_fill_value(grad_output, dim, index, 0)

    def vjp_source(F, grad_output, dim, index, source):
        return F.reshape(F.index_select(grad_output, dim, index), tuple(source.shape))

    saved = {"source_dim": ("source", lambda source: source.ndim)}
    samples = [Sample(T(4, 5), 1, T(1, high=4, **INDEX), T(4, 1))]


def unselectable(array, dim, index):
    """Return the error for an index that is out of bounds: PyTorch has a kernel for dimension 1."""
    size = array.shape[dim] if array.ndim else 1
    if array.ndim < 2 or (array.size and dim != 1):
        return IndexError("index out of range in self")
    if not size:
        return RuntimeError("index_select(): self indexing axis dim should be positive")
    bad = index[(index < 0) | (index >= size)][0]
    return RuntimeError(f"INDICES element is out of DATA bounds, id={bad} axis_dim={size}")


def fill_at(array, dim, index, value):
    """Return a copy with one number at the places along a dimension."""
    dim = wrap_dim(dim, array.ndim)
    if index.dtype != np.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    index = at_least_1d(index)
    result = np.array(array)
    size = array.shape[dim] if array.ndim else 1
    if index.size and (index.min() < -size or index.max() >= size):
        bad = index[(index < -size) | (index >= size)][0]
        raise IndexError(f"index {bad} is out of bounds for dimension {dim} with size {size}")
    if np.iscomplexobj(value) and result.dtype.kind != "c":
        raise RuntimeError(
            "index_fill_(): Converting complex Scalar to non-complex type is not supported"
        )
    at_least_1d(result)[(slice(None),) * dim + (index,)] = cast_number(value, result)
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

    overlap = "never"

    def forward(self, dim, index, value):
        return fill_at(self, dim, index, value)

    def vjp_self(F, grad_output, dim, index):
        return F.index_fill_value(grad_output, dim, index, 0)

    jvp_self = vjp_self
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


@op(
    node="IndexReduceBackward0",
    kind="other",
    tensors="index",
    inputs="self source",
    inplace=True,
    methods="index_reduce",
    functions="index_reduce",
)
class index_reduce:
    """Combine the entries of a source at the places along a dimension that a vector names.

    Parameters
    ----------
    self : Tensor
    dim : int
    index : Tensor of int, a vector; places may repeat
    source : Tensor, of the shape of `self` except along `dim`
    reduce : {"prod", "mean", "amax", "amin"}
    include_self : bool, default True
        Whether the present values take part.

    Notes
    -----
    As `scatter_reduce` with the index repeated over the other dimensions.
    """

    def forward(self, dim, index, source, reduce, *, include_self=True):
        if reduce not in ("prod", "mean", "amax", "amin"):
            raise RuntimeError(
                f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got "
                f"{reduce}."
            )
        dim, index = check_added("index_reduce", self, dim, index, source)
        warn_once("index_reduce", "index_reduce() is in beta and the API may change at any time.")
        wide = widened(index, dim, source)
        return RAW.scatter_reduce(self, dim, wide, source, reduce, include_self=include_self)

    def vjp(F, grad_output, self, dim, index, source, reduce, include_self, result, needs):
        dim = dim % max(self.ndim, 1)
        wide = F.constant(widened(np.atleast_1d(F.value(index)), dim, F.value(source)))
        words = "index_reduce", "source"
        grad_self, grad_source = reduce_parts(
            F, grad_output, self, dim, wide, source, reduce, include_self, result, words
        )
        if not include_self:
            grad_self = F.index_fill_value(grad_self, dim, index, 0)
        return grad_self, grad_source

    samples = [
        Sample(T(4, 5), 0, T(3, high=4, **INDEX), T(3, 5), "mean"),
        Sample(T(4, 5), 1, T(2, high=5, **INDEX), T(4, 2), "amax", include_self=False),
    ]


def widened(index, dim, source):
    """Return a vector of indices repeated over the other dimensions of a source."""
    if source.ndim == 0:
        return index.reshape(())
    shape = tuple(-1 if d == dim else 1 for d in range(source.ndim))
    return np.ascontiguousarray(np.broadcast_to(index.reshape(shape), source.shape))
