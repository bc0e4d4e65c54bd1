"""Making tensors: from Python data, from arrays, and filled ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import dtypes, errors, modes
from ..core.batch import Batched, batched, front, whole
from ..core.device import check_device, contiguous_format, preserve_format
from ..core.storage import TypedStorage, UntypedStorage
from ..core.strides import copied, empty_like
from ..core.tensor import Tensor
from ..core.warn import warn, warn_once
from .registry import composite
from .sizes import cast_number


def finish(array: Any, requires_grad: bool = False) -> Tensor:
    """Wrap a fresh array."""
    tensor = Tensor._wrap(array)
    if modes.state.inference:
        tensor._inference = tensor._odd = True
    if requires_grad:
        if array.dtype.kind not in "fc":
            raise RuntimeError(errors.ONLY_FLOATS)
        tensor.requires_grad = True
    return tensor


def numpy_dtype(dtype: Any, default: Any = None) -> Any:
    """Return the NumPy dtype of a dtype argument."""
    if dtype is None:
        return (default or dtypes.get_default_dtype()).numpy
    if isinstance(dtype, dtypes.dtype):
        return dtype.numpy
    if isinstance(dtype, type) and dtype in dtypes.OF_TYPE:
        return dtypes.OF_TYPE[dtype].numpy
    raise TypeError(f"dtype must be a torch.dtype, not {type(dtype).__name__}")


def sizes(args: tuple[Any, ...], name: str = "empty") -> tuple[int, ...]:
    """Return a shape given as separate numbers or as one sequence.

    Raises
    ------
    TypeError, RuntimeError
        If it is no sequence of non-negative integers.
    """
    what = f"{name}(): argument 'size'"
    if len(args) == 1 and not _is_int(args[0]):
        if not isinstance(args[0], (tuple, list)):
            raise TypeError(
                f"{what} (position 1) must be tuple of ints, not {type(args[0]).__name__}"
            )
        args = tuple(args[0])
        for i, n in enumerate(args):
            if not _is_int(n):
                raise TypeError(
                    f"{what} (position 1) must be tuple of ints, but found element of type "
                    f"{type(n).__name__} at pos {i}"
                )
    for i, n in enumerate(args):
        if not _is_int(n):
            raise TypeError(
                f'{what} failed to unpack the object at pos {i + 1} with error "type must be '
                f'tuple of ints,but got {type(n).__name__}"'
            )
    shape = tuple(int(n) for n in args)
    for n in shape:
        if n < 0:
            if name == "zeros":
                raise RuntimeError("zeros: Dimension size must be non-negative.")
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {n}: {list(shape)}"
            )
    return shape


def _is_int(value: Any) -> bool:
    if isinstance(value, Tensor):
        return value.numel() == 1 and value._array.dtype.kind in "iu"
    if isinstance(value, np.ndarray):
        return not value.ndim and value.dtype.kind in "iu"
    return isinstance(value, (int, np.integer))


def infer_array(data: Any, dtype: Any = None) -> Any:
    """Return a fresh array of nested Python data, with PyTorch's dtype rules.

    Raises
    ------
    ValueError
        If the nesting is ragged.
    TypeError
        If an element is no number.
    """
    if isinstance(data, np.ndarray):
        check_memory(data)
    if isinstance(data, (np.ndarray, np.generic)):
        kind = numpy_dtype(dtype) if dtype is not None else dtypes.from_numpy(data.dtype).numpy
        return np.array(data, kind)
    if isinstance(data, (bool, int, float, complex)):
        kind = numpy_dtype(dtype) if dtype is not None else dtypes.of_number(data).numpy
        return _checked(data, kind)
    plain = _plain(data)
    shape = _shape_of(plain)
    found = np.empty(0) if 0 in shape else None
    if dtype is not None:
        kind = numpy_dtype(dtype)
    elif found is not None:
        kind = dtypes.get_default_dtype().numpy
    else:
        kind = _common_kind(plain).numpy
    if found is not None:
        return np.empty(shape, kind)
    return _checked(plain, kind)


def _checked(data: Any, kind: Any) -> Any:
    array = np.asarray(data)
    if kind.kind in "iu":
        _check_integers(array, kind)
    elif kind.kind == "f" and array.dtype.kind == "c":
        raise TypeError("must be real number, not complex")
    return array.astype(kind)


def _check_integers(array: Any, kind: Any) -> None:
    """Raise PyTorch's error unless the numbers fit an integer dtype."""
    found = array.dtype
    if found.kind == "c":
        raise TypeError("'complex' object cannot be interpreted as an integer")
    if found.kind == "O" or (found == np.uint64 and (array > np.iinfo(np.int64).max).any()):
        raise ValueError("Overflow when unpacking long long")
    if found.kind == "b" or found == kind:
        return
    limits = np.iinfo(kind)
    # As in C, integers below zero become unsigned ones by wrapping around; fractions do not.
    low = -limits.max if kind.kind == "u" and found.kind != "f" else limits.min
    if not ((array >= low) & (array <= limits.max)).all():
        raise RuntimeError(f"value cannot be converted to type {kind.name} without overflow")


def _plain(data: Any, first: bool = False, outer: tuple[int, ...] = ()) -> Any:
    """Replace tensors and arrays inside sequences by plain nested lists."""
    if isinstance(data, str):
        if first:  # the shape is read off the first elements, before any number
            raise ValueError("too many dimensions 'str'")
        raise TypeError("new(): invalid data type 'str'")
    if isinstance(data, Tensor):
        if data.numel() != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return data._array.reshape(())[()]
    if isinstance(data, np.ndarray):
        if data.ndim:
            warn_once(
                "arrays in a list",
                "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please "
                "consider converting the list to a single numpy.ndarray with numpy.array() before "
                "converting to a tensor.",
            )
        return data
    if isinstance(data, (list, tuple, range)):
        if len(outer) > 60:  # deeper than arrays can be: only then is it worth a look
            if id(data) in outer:
                raise TypeError("new(): self-referential lists are incompatible")
        outer = (*outer, id(data))
        return [_plain(item, not i, outer) for i, item in enumerate(data)]
    if isinstance(data, (bool, int, float, complex, np.generic)):
        return data
    if hasattr(data, "__array__"):
        return np.asarray(data)
    if hasattr(data, "__dlpack__") and hasattr(data, "__dlpack_device__"):
        return np.from_dlpack(data)
    if hasattr(data, "__getitem__") and hasattr(data, "__len__") and not hasattr(data, "keys"):
        count = len(data)
        try:
            items = [data[i] for i in range(count)]
        except Exception as error:
            shown = type(data).__name__
            raise ValueError(f"could not determine the shape of object type '{shown}'") from error
        return _plain(items, False, outer)
    raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")


def _shape_of(data: Any) -> tuple[int, ...]:
    shape: list[int] = []
    level = data
    while isinstance(level, list):
        shape.append(len(level))
        if not level:
            break
        level = level[0]
    if isinstance(level, np.ndarray):
        shape.extend(level.shape)
    _check_ragged(data, tuple(shape), 0)
    return tuple(shape)


def _check_ragged(data: Any, shape: tuple[int, ...], depth: int) -> None:
    """Raise as PyTorch does if the nesting below `data` does not fit `shape`."""
    if isinstance(data, np.ndarray) and data.shape == shape[depth:]:
        return
    for item in data:
        nested = isinstance(item, list) or (isinstance(item, np.ndarray) and item.ndim)
        length = len(item) if nested else None
        if depth + 1 < len(shape):
            if length is None:
                raise TypeError("not a sequence")
            if length != shape[depth + 1]:
                raise ValueError(
                    f"expected sequence of length {shape[depth + 1]} at dim {depth + 1} (got "
                    f"{length})"
                )
            _check_ragged(item, shape, depth + 1)
        elif length is not None:
            raise TypeError("'list' object cannot be interpreted as an integer")


def _common_kind(data: Any) -> dtypes.dtype:
    """Return bool, int64, the default float or complex: the highest that occurs."""
    kinds: set[dtypes.dtype] = set()
    stack = [data]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, (np.ndarray, np.generic)):
            kinds.add(dtypes.from_numpy(item.dtype))
        else:
            kinds.add(dtypes.of_number(item))
    found = kinds.pop()
    for kind in kinds:
        found = dtypes.promote_types(found, kind)
    return found


@composite(functions="tensor")
def tensor(
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Copy data into a new tensor without history.

    Parameters
    ----------
    data : number, nested sequence, ndarray or Tensor
        Or a storage, whose memory the tensor then shares.
    dtype : dtype, optional
        Inferred if not given: Python floats become the default dtype, integers int64.
    device : optional
        The CPU.
    requires_grad : bool, default False

    Returns
    -------
    Tensor
        A leaf.

    Raises
    ------
    ValueError
        If the nesting is ragged.
    RuntimeError
        If `requires_grad` and the dtype is not floating point or complex.
    """
    check_device(device)
    if isinstance(data, Tensor):
        warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach()."
            "clone() or sourceTensor.detach().clone().requires_grad_(True), rather than "
            "torch.tensor(sourceTensor).",
        )
        kind = data._array.dtype if dtype is None else numpy_dtype(dtype)
        return finish(np.array(data._array, kind), requires_grad)
    if isinstance(data, (TypedStorage, UntypedStorage)):
        return finish(_row_of_storage(data, dtype), requires_grad)
    return finish(infer_array(data, dtype), requires_grad)


def _row_of_storage(storage: Any, dtype: Any) -> Any:
    """Return the memory of a storage as one row of numbers of a dtype."""
    kind = numpy_dtype(dtype, dtypes.get_default_dtype())
    if isinstance(storage, TypedStorage) and storage.dtype.numpy != kind:
        wanted, found = (
            x.tensor_name.removesuffix("Tensor") for x in (dtypes.from_numpy(kind), storage.dtype)
        )
        raise RuntimeError(
            f"Expected a Storage of type {wanted} or an UntypedStorage, but got {found}"
        )
    return storage.untyped()._row.view(kind)


@composite(functions="as_tensor")
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """Return `data` as a tensor, sharing memory where that is possible.

    Parameters
    ----------
    data : number, nested sequence, ndarray or Tensor
    dtype : dtype, optional
    device : optional
        The CPU.
    """
    check_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype is dtype else data.to(dtype)
    if isinstance(data, np.ndarray):
        check_memory(data)
        wanted = dtypes.from_numpy(data.dtype).numpy if dtype is None else numpy_dtype(dtype)
        return finish(np.array(data, wanted, copy=None))
    return finish(infer_array(data, dtype))


def check_memory(array: np.ndarray[Any, Any]) -> None:
    """Raise unless a tensor can lie in the memory of an array; warn if nobody may write there.

    Raises
    ------
    TypeError
        For a dtype that tensors do not have.
    ValueError
        For strides or an order of bytes that tensors do not have.
    """
    try:
        dtypes.from_numpy(array.dtype)
    except TypeError:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{array.dtype.type.__name__}. The only "
            "supported types are: float64, float32, float16, complex64, complex128, int64, int32, "
            "int16, int8, uint64, uint32, uint16, uint8, and bool."
        ) from None
    if any(s % array.itemsize for s in array.strides):
        raise ValueError(
            "given numpy array strides not a multiple of the element byte size. Copy the numpy "
            "array to reallocate the memory."
        )
    if any(s < 0 for s in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are not currently supported. (You can probably work around this by making a "
            "copy of your array  with array.copy().) "
        )
    if not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion "
            "between byte orders is currently not supported."
        )


@composite(functions="from_numpy")
def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """Return a tensor that shares the memory of an array.

    Parameters
    ----------
    ndarray : numpy.ndarray

    Raises
    ------
    TypeError
        If it is no array, or of a dtype that tensors do not have.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    check_memory(ndarray)
    return finish(ndarray)


WITH_FORMAT = frozenset({"empty", "zeros_like", "ones_like", "empty_like"})
"""Functions that take a memory format."""


def filled(make: Any, args: tuple[Any, ...], options: dict[str, Any], name: str) -> Tensor:
    """Return what `make` gives for a size and a dtype, with the options that all makers take."""
    size = options.pop("size", None)
    if size is not None:
        args = (size,)
    out = options.pop("out", None)
    dtype, where = options.pop("dtype", None), options.pop("device", None)
    requires_grad = options.pop("requires_grad", False)
    for ignored in ("layout", "pin_memory"):
        options.pop(ignored, None)
    layout = options.pop("memory_format", None) if name in WITH_FORMAT else None
    if options:
        raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(options))}'")
    check_device(where)
    array = make(sizes(args, name), numpy_dtype(dtype))
    if layout not in (None, preserve_format):
        array = copied(array, array.dtype, layout)
    if out is not None:
        out._array = array.astype(out._array.dtype)
        return out  # type: ignore[no-any-return]
    return finish(array, requires_grad)


@composite(functions="zeros")
def zeros(*size: Any, **options: Any) -> Tensor:
    """Return a tensor of zeros.

    Parameters
    ----------
    *size : int or one sequence of int
    **options
        `dtype`, `device`, `requires_grad`, `out`.
    """
    return filled(np.zeros, size, options, "zeros")


@composite(functions="ones")
def ones(*size: Any, **options: Any) -> Tensor:
    """Return a tensor of ones.

    Parameters
    ----------
    *size : int or one sequence of int
    **options
        `dtype`, `device`, `requires_grad`, `out`.
    """
    return filled(np.ones, size, options, "ones")


@composite(functions="empty")
def empty(*size: Any, **options: Any) -> Tensor:
    """Return a tensor of unspecified numbers (zeros, here: a lesson should not depend on luck).

    Parameters
    ----------
    *size : int or one sequence of int
    **options
        `dtype`, `device`, `requires_grad`, `out`.
    """
    return filled(np.zeros, size, options, "empty")


@composite(functions="full")
def full(size: Any, fill_value: Any, **options: Any) -> Tensor:
    """Return a tensor filled with one number.

    Parameters
    ----------
    size : sequence of int
    fill_value : number
        Decides the dtype if none is given.
    **options
        `dtype`, `device`, `requires_grad`.
    """
    number = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    if options.get("dtype") is None:
        options["dtype"] = dtypes.of_number(number)

    def make(shape: Any, kind: Any) -> Any:
        return np.full(shape, cast_number(number, np.empty(0, kind)), kind)

    return filled(make, (size,), options, "full")


def _like(name: str, number: int, doc: str) -> None:
    def function(input: Tensor, **options: Any) -> Tensor:
        if isinstance(input, Batched):
            return whole(input, lambda x: function(x, **options))
        source = input._array
        options["dtype"] = options.get("dtype") or input.dtype

        def made(_: Any, kind: Any) -> Any:
            array = empty_like(source, kind)
            array.fill(number)
            return array

        return filled(made, (source.shape,), options, name)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    composite(functions=name)(function)


_like("zeros_like", 0, "Return zeros of the shape and dtype of `input`.")
_like("ones_like", 1, "Return ones of the shape and dtype of `input`.")
_like("empty_like", 0, "Return a tensor of the shape and dtype of `input`.")


@composite(functions="full_like")
def full_like(input: Tensor, fill_value: Any, **options: Any) -> Tensor:
    """Return a tensor of the shape and dtype of `input`, filled with one number."""
    if isinstance(input, Batched):
        return whole(input, lambda x: full_like(x, fill_value, **options))
    options["dtype"] = options.get("dtype") or input.dtype
    layout = options.pop("memory_format", None) or preserve_format
    found = full(input.shape, fill_value, **options)
    if layout not in (preserve_format, contiguous_format):
        found._array = copied(found._array, found._array.dtype, layout)
    elif layout is preserve_format and not input.is_contiguous():
        laid = empty_like(input._array, found._array.dtype)
        laid[...] = found._array
        found._array = laid
    return found


def _new(method: str, make: Any) -> None:
    def function(self: Tensor, *args: Any, **options: Any) -> Tensor:
        options["dtype"] = options.get("dtype") or self.dtype
        found: Tensor = make(*args, **options)
        if isinstance(self, Batched):  # each example may be written into
            return batched(front(found, self._levels, expand=True).clone(), self._levels)
        return found

    function.__name__ = function.__qualname__ = method
    function.__doc__ = f"`torch.{method.removeprefix('new_')}` with this tensor's dtype."
    composite(methods=method)(function)


for _name, _make in (
    ("zeros", zeros),
    ("ones", ones),
    ("empty", empty),
    ("full", full),
    ("tensor", tensor),
):
    _new(f"new_{_name}", _make)


@composite(functions="eye")
def eye(n: int, m: int | None = None, **options: Any) -> Tensor:
    """Return the identity matrix, of shape (n, n) or (n, m)."""
    for name, value in (("n", n), ("m", m)):
        if value is not None and value < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {value}")
    return filled(
        lambda _, kind: np.eye(n, m, dtype=kind), ((n, n if m is None else m),), options, "eye"
    )


@composite(functions="scalar_tensor")
def scalar_tensor(value: Any, **options: Any) -> Tensor:
    """Return a 0-d tensor of the default dtype."""
    return full(
        (), value, dtype=options.pop("dtype", None) or dtypes.get_default_dtype(), **options
    )
