"""Storages: the row of numbers, or of bytes, that a tensor and its views lie in.

A storage here is the memory of the base's array. What is written into it is seen by every tensor
that lies there, and noticed by no version counter, as in PyTorch.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import dtypes
from .device import device as _device
from .tensor import Tensor
from .warn import warn

__all__ = ["TypedStorage", "UntypedStorage"]

_Array = npt.NDArray[Any]


def row_of_array(whole: _Array) -> _Array:
    """Return the memory from the first element of an array to its last one, as one row.

    Parameters
    ----------
    whole : ndarray

    Returns
    -------
    ndarray of one dimension
        A view.
    """
    steps = (s * (n - 1) for n, s in zip(whole.shape, whole.strides, strict=True))
    length = 1 + sum(steps) // whole.itemsize if whole.size else 0
    return np.lib.stride_tricks.as_strided(whole, (length,), (whole.itemsize,))


def row_of(tensor: Tensor) -> _Array:
    """Return the memory that a tensor lies in, as one row of its numbers.

    Parameters
    ----------
    tensor : Tensor

    Returns
    -------
    ndarray of one dimension
        A view: what is written there is in the tensor.
    """
    row = row_of_array(tensor._memory())
    kind = tensor._array.dtype
    return row if row.dtype == kind else row.view(kind)


def copied(tensor: Tensor, memo: dict[Any, Any]) -> tuple[_Array, _Array | None]:
    """Copy a tensor's array for `copy.deepcopy`: what lies in one storage does so in the copies.

    Parameters
    ----------
    tensor : Tensor
    memo : dict
        As `copy.deepcopy` hands it on.

    Returns
    -------
    array, storage : ndarray
        The storage is None where it is no more than the array.
    """
    array, whole = tensor._nd(), tensor._memory()
    if not array.size:
        return np.array(array), None
    alone = array is whole and bool(array.flags.c_contiguous)
    copy, first = copied_memory(whole if alone else row_of_array(whole), memo)
    if alone and first:
        return copy, None
    row = row_of_array(copy).view(array.dtype)[tensor.storage_offset() :]
    return np.lib.stride_tricks.as_strided(row, array.shape, array.strides), copy


def copied_memory(whole: _Array, memo: dict[Any, Any]) -> tuple[_Array, bool]:
    """Copy the memory of tensors and storages once for each `copy.deepcopy`.

    Parameters
    ----------
    whole : ndarray
        Starts where the memory does.
    memo : dict
        As `copy.deepcopy` hands it on.

    Returns
    -------
    copy : ndarray
    first : bool
        Whether it was copied now, and so has the shape and dtype of `whole`.
    """
    # The originals are kept too: the address of one that is gone may come again.
    storages = memo.setdefault("storages", {})
    address = whole.__array_interface__["data"][0]
    first = address not in storages
    if first:
        storages[address] = whole, np.array(whole)
    return storages[address][1], first


class _Storage:
    """What both kinds of storage are: a row that is read and written in place."""

    _row: _Array
    device = _device("cpu")
    is_cuda = is_sparse = is_hpu = False

    def __len__(self) -> int:
        return len(self._row)

    def size(self) -> int:
        """Return the number of elements."""
        return len(self._row)

    def nbytes(self) -> int:
        """Return the size in bytes."""
        return self._row.nbytes

    def __sizeof__(self) -> int:
        return super().__sizeof__() + self.nbytes()

    def element_size(self) -> int:
        """Return the bytes of one element."""
        return self._row.itemsize

    def data_ptr(self) -> int:
        """Return the address of the first element."""
        return int(self._row.__array_interface__["data"][0])

    @property
    def _cdata(self) -> int:
        return self.data_ptr()

    def tolist(self) -> list[Any]:
        """Return the elements as Python numbers."""
        found: list[Any] = self._row.tolist()
        return found

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def _like(self, row: _Array) -> Any:
        raise NotImplementedError

    def clone(self) -> Any:
        """Return a copy."""
        return self._like(self._row.copy())

    __copy__ = clone

    def __deepcopy__(self, memo: dict[Any, Any]) -> Any:
        copy = copied_memory(self._row, memo)[0]
        return self._like(row_of_array(copy).view(self._row.dtype))

    def copy_(self, source: Any, non_blocking: bool | None = None) -> Any:
        """Take over the elements of another storage of the same size.

        Parameters
        ----------
        source : TypedStorage or UntypedStorage
        non_blocking : bool, optional
            Without effect.

        Raises
        ------
        RuntimeError
            If the sizes differ.
        """
        if len(source) != len(self):
            raise RuntimeError(
                f"size does not match, self was {len(self)} but src was {len(source)}"
            )
        self._row[...] = source._row
        return self

    def fill_(self, value: Any) -> Any:
        """Set every element to a number."""
        self._row[...] = value
        return self

    def resize_(self, size: int) -> Any:
        """Refuse: the memory belongs to NumPy arrays, which keep their size.

        Raises
        ------
        RuntimeError
            Unless the size is what it is already.
        """
        if size != len(self):
            raise RuntimeError("Trying to resize storage that is not resizable")
        return self

    def cpu(self) -> Any:
        """Return itself: it is there already."""
        return self

    def is_pinned(self, device: Any = "cuda") -> bool:
        """Return False: no memory is locked for a GPU."""
        return False

    def is_shared(self) -> bool:
        """Return False: no other process sees the memory."""
        return False

    def __str__(self) -> str:
        kind = f"device={self.device}"
        if isinstance(self, TypedStorage):
            kind = f"dtype={self.dtype}, {kind}"
        name = type(self).__qualname__
        name = f"{type(self).__module__}.{name}"
        elements = "\n ".join(str(x) for x in self)
        return f" {elements}\n[{name}({kind}) of size {len(self)}]"

    __repr__ = __str__


class UntypedStorage(_Storage):
    """A row of bytes.

    Parameters
    ----------
    size : int or sequence of int, default 0
        Number of bytes, or the bytes.
    """

    def __init__(self, size: Any = 0, *, device: Any = None) -> None:
        self._row = (
            np.array(size, np.uint8)
            if isinstance(size, Sequence)
            else np.empty(operator.index(size), np.uint8)
        )

    @classmethod
    def _of(cls, row: _Array) -> UntypedStorage:
        found = object.__new__(cls)
        found._row = row.view(np.uint8)
        return found

    def _like(self, row: _Array) -> UntypedStorage:
        return self._of(row)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self._of(self._row[index])
        return int(self._row[_checked(self, index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        self._row[index if isinstance(index, slice) else _checked(self, index)] = value

    def untyped(self) -> UntypedStorage:
        """Return itself."""
        return self


class TypedStorage(_Storage):
    """A row of numbers of one dtype.

    Parameters
    ----------
    *args : int, or a sequence of numbers, optional
        Number of elements, or the elements.
    wrap_storage : UntypedStorage, optional
        Bytes to stand on.
    dtype : dtype, optional
        The default one if not given.
    """

    def __init__(
        self,
        *args: Any,
        wrap_storage: UntypedStorage | None = None,
        dtype: Any = None,
        device: Any = None,
        _internal: bool = False,
    ) -> None:
        if not _internal:
            deprecated()
        kind = dtypes.get_default_dtype() if dtype is None else dtype
        if wrap_storage is not None:
            self._row = wrap_storage._row.view(kind.numpy)
        elif not args:
            self._row = np.empty(0, kind.numpy)
        elif isinstance(args[0], Sequence):
            self._row = np.array(args[0], kind.numpy)
        else:
            self._row = np.empty(operator.index(args[0]), kind.numpy)

    @classmethod
    def _of(cls, row: _Array) -> TypedStorage:
        found = object.__new__(TypedStorage)
        found._row = row
        return found

    def _like(self, row: _Array) -> TypedStorage:
        return self._of(row)

    @property
    def dtype(self) -> dtypes.dtype:
        """Of the elements."""
        return dtypes.from_numpy(self._row.dtype)

    def untyped(self) -> UntypedStorage:
        """Return the same memory as bytes."""
        return UntypedStorage._of(self._row)

    @property
    def _untyped_storage(self) -> UntypedStorage:
        return self.untyped()

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        return self._row[_checked(self, index)].item()

    def __setitem__(self, index: Any, value: Any) -> None:
        if not isinstance(index, (int, slice)):
            raise RuntimeError(f"can't index a {type(self)} with {type(index)}")
        if not isinstance(value, (bool, int, float, complex)):
            raise TypeError(
                f"can't assign a {type(value).__name__} to a torch.{self.dtype.tensor_name}"
            )
        self._row[index if isinstance(index, slice) else _checked(self, index)] = value

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """Return the name of the legacy class, or a copy with another dtype.

        Parameters
        ----------
        dtype : dtype, optional
        non_blocking : bool, default False
            Without effect.

        Returns
        -------
        str or TypedStorage
        """
        if dtype is None:
            return "torch." + legacy_name(self.dtype)
        return self if dtype == self.dtype else self._to(dtype)

    def _to(self, kind: dtypes.dtype) -> TypedStorage:
        return self._of(self._row.astype(kind.numpy))


def _checked(storage: _Storage, index: Any) -> int:
    """Return a position in a storage, counted from its start."""
    if not isinstance(index, int):
        raise RuntimeError(f"can't index a {type(storage)} with {type(index)}")
    if not -len(storage) <= index < len(storage):
        raise IndexError(f"index {index} out of range for storage of size {len(storage)}")
    return index


_warned = False


def deprecated() -> None:
    """Say once that typed storages are on their way out, as PyTorch does."""
    global _warned
    if _warned:
        return
    _warned = True
    warn(
        "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be "
        "the only storage class. This should only matter to you if you are using storages "
        "directly.  To access UntypedStorage directly, use tensor.untyped_storage() instead of "
        "tensor.storage()"
    )


# -- legacy classes ------------------------------------------------------------------------------
def legacy_name(kind: dtypes.dtype) -> str:
    """Return `FloatStorage` of ``torch.FloatTensor``."""
    return kind.tensor_name.rpartition(".")[2].replace("Tensor", "Storage")


class _LegacyMeta(type):
    """A class whose instances are typed storages of its dtype."""

    dtype: dtypes.dtype

    def __call__(cls, *args: Any, **kwargs: Any) -> TypedStorage:
        return TypedStorage(*args, dtype=cls.dtype, _internal=True, **kwargs)

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, TypedStorage) and value.dtype == cls.dtype


def _converter(kind: dtypes.dtype) -> Any:
    def convert(self: TypedStorage) -> TypedStorage:
        return self._to(kind)

    convert.__doc__ = f"Return a copy as {kind}."
    return convert


LEGACY = {}
for _kind, _method in {
    dtypes.NAMES[name]: method
    for name, method in {
        "float32": "float",
        "float64": "double",
        "float16": "half",
        "int64": "long",
        "int32": "int",
        "int16": "short",
        "int8": "char",
        "uint8": "byte",
        "bool": "bool",
        "complex64": "complex_float",
        "complex128": "complex_double",
    }.items()
}.items():
    _name = legacy_name(_kind)
    LEGACY[_name] = _LegacyMeta(
        _name, (), {"dtype": _kind, "__module__": "torch", "__doc__": f"Numbers of {_kind}."}
    )
    setattr(TypedStorage, _method, _converter(_kind))

for _class in (TypedStorage, UntypedStorage):
    _class.__module__ = "torch.storage"
