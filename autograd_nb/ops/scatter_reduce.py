"""Combining values along one dimension where an index says: scatter_reduce."""

import numpy as np

from ..core.node import refused_again
from .gather import INDEX, at_least_1d, check_along, crop
from .registry import Sample, T, op
from .scatter_kernels import along
from .sizes import cast_number


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
        if isinstance(src, np.ndarray) and src.dtype != self.dtype:
            raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
        result = np.array(self, order="C")
        dim = check_along("scatter", result, dim, index)
        if index.size == 0:
            return result
        index = at_least_1d(index)
        values = crop(src, index.shape) if hasattr(src, "shape") else cast_number(src, result)
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
    if dtype.kind == "b":
        return reduce == "amin"
    info = np.iinfo(dtype)
    return info.min if reduce == "amax" else info.max


_SEVERAL_ZEROS = (
    "{0}(): Double backward is unsupported for {1} when >1 zeros in {1} are scattered to the same "
    "position in self"
)
_WORDS = "scatter_reduce", "src"


def reduce_parts(
    F,
    grad_output,
    self,
    dim,
    index,
    src,
    reduce,
    include_self,
    result,
    words=("scatter_reduce", "src"),
):
    """Return the gradients of both inputs of ``scatter_reduce`` as if self took part.

    `words` are what errors say of the function and of `src`.
    """
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
        arguments = grad_output, self, dim, index, src, include_self, result, words
        return grad_self, product_src(F, *arguments)
    chosen = F.value(result)
    mine = F.constant((F.value(self) == chosen).astype(kind))
    theirs = F.constant((F.value(src) == F.value(F.gather(result, dim, index))).astype(kind))
    counts = np.maximum(F.value(F.scatter_add(mine, dim, index, theirs)), 1)
    shared = grad_output / F.constant(counts)
    return mine * shared, theirs * F.gather(shared, dim, index)


def product_src(F, grad_output, self, dim, index, src, include_self, result, words):
    """Return the gradient of the factors; a single zero factor gets the product of the others."""
    kind = F.value(grad_output).dtype
    zero = F.value(src) == 0
    counts = F.scatter_add(
        F.zeros(tuple(self.shape), kind), dim, index, F.constant(zero.astype(kind))
    )
    beside = F.value(F.gather(counts, dim, index))
    alone = zero & (beside == 1)
    filled = F.masked_fill_number(src, F.constant(zero), 1)
    others = F.scatter_reduce(self, dim, index, filled, "prod", include_self=include_self)
    usual = F.gather(grad_output * result, dim, index) / filled
    found = F.where(F.constant(alone), F.gather(grad_output * others, dim, index), usual)
    return refused_again(found, _SEVERAL_ZEROS.format(*words)) if (beside > 1).any() else found
