"""Argument checks of the op table: dimensions, sizes, and PyTorch's words for what is wrong."""

import math
import operator

import numpy as np
from numpy.lib.array_utils import byte_bounds
from numpy.lib.stride_tricks import as_strided

from ..core.dtypes import C_TYPE, from_numpy


def scalar_type(array):
    """Return PyTorch's scalar type name of an array: ``Float`` for float32."""
    return tensor_type(array).removesuffix("Tensor")


def tensor_type(array):
    """Return the legacy type name of an array, ``FloatTensor`` for float32."""
    return from_numpy(array.dtype).tensor_name


def legacy_type(array):
    """Return the name of an array's type in messages of checks from PyTorch's early days."""
    old = array.dtype.kind not in "bc"
    return f"torch.{tensor_type(array)}" if old else f"CPU{scalar_type(array)}Type"


def c_type(array):
    """Return the C++ name of an array's element type, as PyTorch's matmul errors print it."""
    return C_TYPE[array.dtype.name]


def mistyped(wanted, found):
    """Return PyTorch's error for an array that has not the dtype of another."""
    return RuntimeError(
        f"expected scalar type {scalar_type(wanted)} but found {scalar_type(found)}"
    )


# As the messages about numbers that do not fit name the types.
_NUMBER = {"int32": "int", "float16": "c10::Half", "float32": "float", "float64": "double"}


def cast_number(value, array):
    """Return a number in the dtype of an array, if that can hold it; -1 wraps around in uint8."""
    kind = array.dtype
    if isinstance(value, np.ndarray):
        value = value.item()
    if kind.kind not in "cb":
        real = value
        if isinstance(value, (complex, np.complexfloating)):
            real = value.real
        if (real is not value and value.imag) or _overflows(real, kind):
            name = _NUMBER.get(kind.name, f"{kind.name}_t")
            raise RuntimeError(f"value cannot be converted to type {name} without overflow")
        value = real
    return np.asarray(value).astype(kind)


def _overflows(value, kind):
    """Tell whether a real number, but not infinity or nan in a float, is beyond a dtype's range."""
    if kind.kind == "f":
        return math.isfinite(value) and abs(value) > np.finfo(kind).max
    top, bottom = _RANGE[kind]
    if isinstance(value, (int, np.integer)):
        return value > top or value < (bottom or -top)
    return not bottom <= value <= top


_RANGE = {
    np.dtype(name): (int(np.iinfo(name).max), int(np.iinfo(name).min))
    for name in "int8 int16 int32 int64 uint8 uint16 uint32 uint64".split()
}


def size_text(shape):
    """Return a shape as PyTorch's C++ errors print it: ``[2, 3]``."""
    return "[" + ", ".join(str(int(n)) for n in shape) + "]"


def expand_message(shape, target, kind):
    """Return PyTorch's words for a tensor of some kind that does not expand to a shape."""
    if len(shape) > len(target):
        return (
            f"expand({kind}{{{size_text(shape)}}}, size={size_text(target)}): the "
            f"number of sizes provided ({len(target)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({len(shape)})"
        )
    for back in range(1, min(len(shape), len(target)) + 1):
        if shape[-back] not in (1, target[-back]):
            return (
                f"The expanded size of the tensor ({target[-back]}) must match the existing size "
                f"({shape[-back]}) at non-singleton dimension {len(target) - back}.  Target sizes: "
                f"{size_text(target)}.  Tensor sizes: {size_text(shape)}"
            )
    raise ValueError("it does expand")


def wrap_dim(dim, ndim):
    """Return ``dim`` counted from the front; a 0-d tensor accepts -1 and 0.

    Raises
    ------
    IndexError
        When ``dim`` names no dimension.
    """
    dim = operator.index(dim)
    n = ndim or 1
    if not -n <= dim < n:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})"
        )
    return dim + n if dim < 0 else dim


def wrap_dims(dims, ndim):
    """Return every dimension counted from the front.

    Raises
    ------
    RuntimeError
        When a dimension appears twice.
    """
    wrapped = tuple(wrap_dim(d, ndim) for d in dims)
    if len(set(wrapped)) != len(wrapped):
        twice = next(d for i, d in enumerate(wrapped) if d in wrapped[:i])
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return wrapped


def int_args(args):
    """Return ``f(2, 3)`` and ``f((2, 3))`` alike as the tuple ``(2, 3)``."""
    if len(args) == 1 and not _is_int(args[0]):
        args = args[0]
    return tuple(operator.index(a) for a in args)


def _is_int(value):
    # A 0-d integer tensor is a size too, and is not iterable.
    if isinstance(value, (tuple, list)):
        return False
    return getattr(value, "ndim", 0) == 0


def infer_size(shape, numel):
    """Return ``shape`` with a -1 replaced by what ``numel`` elements leave for it.

    Raises
    ------
    RuntimeError
        When the sizes do not fit, or more than one is -1.
    """
    known, hole = 1, None
    for i, n in enumerate(shape):
        if n == -1:
            if hole is not None:
                raise RuntimeError("only one dimension can be inferred")
            hole = i
        elif n < 0:
            raise RuntimeError(
                f"invalid shape dimension {n} at index {i} of shape {size_text(shape)}"
            )
        else:
            known *= n
    if hole is None:
        if known != numel:
            raise RuntimeError(f"shape '{size_text(shape)}' is invalid for input of size {numel}")
        return tuple(shape)
    if known == 0:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {size_text(shape)} because the "
            "unspecified dimension size -1 can be any value and is ambiguous"
            if numel == 0
            else f"shape '{size_text(shape)}' is invalid for input of size {numel}"
        )
    if numel % known:
        raise RuntimeError(f"shape '{size_text(shape)}' is invalid for input of size {numel}")
    return (*shape[:hole], numel // known, *shape[hole + 1 :])


def ntuple(value, n, name="parameter"):
    """Return one number repeated ``n`` times, or the given ``n`` numbers, as a tuple of ints.

    Raises
    ------
    RuntimeError
        When a sequence of another length is given.
    """
    if isinstance(value, (tuple, list)):
        if len(value) == 1:
            return (operator.index(value[0]),) * n
        if len(value) != n:
            raise RuntimeError(f"{name} must be a single int or {n} ints, but got {list(value)}")
        return tuple(operator.index(v) for v in value)
    return (operator.index(value),) * n


def prod(sizes):
    """Return the product of the sizes, 1 for none."""
    result = 1
    for n in sizes:
        result *= int(n)
    return result


def is_float(array):
    """Say whether the array holds floating point or complex numbers."""
    return np.asarray(array).dtype.kind in "fc"


def all_within(index, size):
    """Say whether all of some integers are from 0 to ``size - 1``.

    One comparison does for both ends: as unsigned numbers the negative ones are the largest.
    """
    return not index.size or bool(index.view(f"u{index.itemsize}").max() < size)


def strided(array, shape, steps):
    """Return a view of an array's memory with another shape and other strides, in bytes.

    NumPy's `as_strided` takes ten times as long as the constructor, which wants dense memory.
    """
    if array.flags.c_contiguous and array.size:
        return np.ndarray(shape, array.dtype, array, 0, steps)
    return as_strided(array, shape, steps)


def _memory_under(array):
    """Return what an array is a view of, or None; NumPy's `as_strided` puts a dummy between."""
    base = array.base
    return base if base is None or isinstance(base, np.ndarray) else getattr(base, "base", None)


def storage_of(array):
    """Return the flat memory behind an array and the position of the array's first element."""
    root = array
    while isinstance(base := _memory_under(root), np.ndarray) and base.dtype == array.dtype:
        root = base
    corner = root[(*(0 if s >= 0 else -1 for s in root.strides), ...)] if root.size else root
    low, high = byte_bounds(root)
    flat = as_strided(corner, ((high - low) // array.itemsize,), (array.itemsize,))
    return flat, (address(array) - address(corner)) // array.itemsize


def address(array):
    """Return where the first element lies in memory."""
    return array.__array_interface__["data"][0]
