"""From the key of ``tensor[key]`` to views and index arrays."""

import operator
import sys

import numpy as np

from ..core.batch import REFUSED, Batched
from ..core.saved import places_of
from ..core.tensor import Tensor, wrap
from ..core.view import refresh_if_recording
from ..core.warn import warn
from .namespaces import T as traced
from .sizes import size_text

INVALID = (
    "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
    "indices (got {})"
)


def type_name(value):
    """Return the name of a value's type as C code prints it: NumPy's with the module."""
    name = type(value).__name__
    return f"numpy.{name}" if isinstance(value, np.generic) else name


_SEQUENCE = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in "
    "pytorch 2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as "
    "tensor index, x[torch.tensor(seq)], which will result either in an error or a different result"
)


def as_parts(key):
    """Return the key as a list of parts, by the rule of NumPy before 1.23 for lists.

    A list that holds a list, a slice, a tensor, None or ... counts as a tuple.
    """
    if isinstance(key, tuple):
        return list(key)
    if isinstance(key, list) and len(key) < 32:
        nested = (list, tuple, slice, Tensor, type(None), type(...), np.ndarray)
        if any(isinstance(part, nested) for part in key):
            warn(_SEQUENCE)
            return list(key)
    return [key]


def as_index_array(part):
    """Return a sequence or array as an index array; None if the part is no such thing."""
    if isinstance(part, Tensor):
        return part._array
    if isinstance(part, np.ndarray):
        return part
    if isinstance(part, (list, tuple, range)):
        array = np.array([p._array if isinstance(p, Tensor) else p for p in part])
        if array.size == 0 or array.dtype.kind == "f":
            return array.astype(np.int64)
        return array
    if isinstance(part, str):
        raise TypeError("new(): invalid data type 'str'")
    return None


def consumed(part):
    """Return how many dimensions of the tensor a part of the key uses up."""
    if part is None or part is Ellipsis or isinstance(part, (bool, np.bool_)):
        return 0
    array = as_index_array(part)
    return array.ndim if array is not None and is_mask(array) else 1


def is_mask(array):
    """Say whether an index array tells which entries to take, instead of where they are."""
    return array.dtype in (np.bool_, np.uint8)


def select_at(tensor, dim, number, real_dim):
    """Select with the error message of indexing."""
    shape = tensor._array.shape
    if not shape:
        if number:
            raise IndexError(
                f"index {number} is out of bounds for dimension {real_dim} with size 0"
            )
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
            "`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"
        )
    size = shape[dim]
    if not -size <= number < size:
        raise IndexError(
            f"index {number} is out of bounds for dimension {real_dim} with size {size}"
        )
    return traced.select(tensor, dim, number)


def slice_at(tensor, dim, part, skip_full):
    """Slice with Python's rules, without a node if a tuple's slice keeps everything."""
    if tensor.ndim == 0:
        refresh_if_recording(tensor)
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    step = 1 if part.step is None else operator.index(part.step)
    if step == 0:
        raise ValueError("slice step cannot be zero")
    if step < 0:
        raise ValueError("step must be greater than zero")
    size = tensor._array.shape[dim]
    start = 0 if part.start is None else slice_bound(part.start)
    stop = sys.maxsize if part.stop is None else slice_bound(part.stop)
    if skip_full and start == 0 and step == 1 and stop >= size:
        return tensor
    return traced.slice_(tensor, dim, start, stop, step)


def slice_bound(value):
    """Return a slice bound as int, or raise as Python does."""
    if not hasattr(value, "__index__"):
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    return operator.index(value)


def apply_parts(tensor, parts):
    """Apply the parts that are views; return the tensor, the index arrays and their dims."""
    used = sum(consumed(p) for p in parts)
    if used > tensor.ndim:
        raise IndexError(f"too many indices for tensor of dimension {tensor.ndim}")
    result, dim, real_dim, arrays = tensor, 0, 0, []
    for part in parts:
        if isinstance(part, Batched):
            if part._array.dtype.kind == "b":
                raise RuntimeError(REFUSED["getitem"])
        elif isinstance(part, Tensor) and part._array.ndim == 0 and not is_mask(part._array):
            if part._array.dtype.kind in "iu":
                part = int(part._array)
        if part is None:
            result = traced.unsqueeze(result, dim)
            dim += 1
        elif part is Ellipsis:
            dim += tensor.ndim - used
            real_dim += tensor.ndim - used
        elif isinstance(part, slice):
            result = slice_at(result, dim, part, True)
            dim, real_dim = dim + 1, real_dim + 1
        elif isinstance(part, bool):
            result = traced.unsqueeze(result, dim)
            arrays.append((np.zeros(1 if part else 0, np.int64), dim))
            dim += 1
        elif isinstance(part, (int, np.integer)):
            result = select_at(result, dim, int(part), real_dim)
            real_dim += 1
        else:
            result, dim = add_array(result, part, dim, arrays)
            real_dim += consumed(part)
    return result, arrays


def add_array(result, part, dim, arrays):
    """Collect an index array; a mask becomes one array for each of its dimensions."""
    array = as_index_array(part)
    if array is None:
        raise IndexError(INVALID.format(type_name(part)))
    if is_mask(array):
        if array.dtype == np.uint8 and array.ndim:
            warn(
                "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool "
                "instead.",
            )
        array = array.astype(bool, copy=False)
        if array.ndim == 0:
            arrays.append((np.flatnonzero(array), dim))
            return traced.unsqueeze(result, dim), dim + 1
        for i, n in enumerate(array.shape):
            if result._array.shape[dim + i] != n:
                raise IndexError(
                    f"The shape of the mask {size_text(array.shape)} at index {i} does not match "
                    f"the shape of the indexed tensor {size_text(result._array.shape)} at index "
                    f"{dim + i}"
                )
        mask = part if isinstance(part, Tensor) and part._array is array else wrap(array)
        places = (places_of(mask, where) for where in nonzero(array))
        arrays.extend((where, dim + i) for i, where in enumerate(places))
        return result, dim + array.ndim
    if array.dtype not in (np.int64, np.int32):
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    # The tensor itself is kept, so that backward notices when it was changed.
    arrays.append((part if isinstance(part, Tensor) else array, dim))
    return result, dim + 1


def nonzero(mask):
    """Return the places of the true entries as `numpy.nonzero` does, quicker for long rows."""
    if mask.ndim < 2 or mask.size < 1 << 12:
        return np.nonzero(mask)
    *lead, width = mask.shape
    rows = mask.reshape(-1, width)
    counts = np.count_nonzero(rows, axis=1)
    numbers = np.arange(len(rows))
    last = np.flatnonzero(rows) - np.repeat(numbers * width, counts)
    return (*(np.repeat(i, counts) for i in np.unravel_index(numbers, lead)), last)


def index_list(arrays):
    """Split collected index arrays into tensors and dims."""
    tensors = [a if isinstance(a, Tensor) else wrap(a) for a, _ in arrays]
    return tensors, tuple(d for _, d in arrays)
