"""Reading a file in PyTorch's format; see Note [Safe files]."""

from __future__ import annotations

import codecs
import collections
import io
import pickle
import sys
import types
import zipfile
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ..core import device as devices
from ..core import dtypes
from ..core.size import Size
from ..core.tensor import Tensor, wrap
from ..nn.parameter import Parameter

# PyTorch's name for memory that holds elements of a dtype.
STORAGES = {
    "float64": "Double",
    "float32": "Float",
    "float16": "Half",
    "complex64": "ComplexFloat",
    "complex128": "ComplexDouble",
    "int64": "Long",
    "int32": "Int",
    "int16": "Short",
    "int8": "Char",
    "uint8": "Byte",
    "bool": "Bool",
}
MORE: dict[str, Any] = {}  # what the user allowed besides
_OWN = __name__.partition(".")[0]


def allowed_classes() -> list[Any]:
    """Return what the user allowed."""
    return list(MORE.values())


def is_module(kind: Any) -> bool:
    """Say whether a class is that of modules."""
    module = sys.modules.get(f"{_OWN}.nn.module")
    return module is not None and isinstance(kind, type) and issubclass(kind, module.Module)


def is_own_function(obj: Any) -> bool:
    """Say whether it is a function of this package: modules keep their activations."""
    where = getattr(obj, "__module__", None) or ""
    return isinstance(obj, types.FunctionType) and where.partition(".")[0] == _OWN


# -- what may stand in a file ---------------------------------------------------------------------
def _check(condition: bool, what: str) -> None:
    if not condition:
        raise pickle.UnpicklingError(f"the file is damaged, or was made to deceive: {what}")


def _ints(values: Any) -> tuple[int, ...]:
    _check(isinstance(values, tuple) and all(type(n) is int for n in values), "sizes")
    return values  # type: ignore[no-any-return]


def _tensor(
    storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any = False,
    hooks: Any = None, metadata: Any = None,
) -> Tensor:  # fmt: skip
    """Make a tensor that lies in a storage; the bounds are checked."""
    _check(isinstance(storage, _Memory), "a tensor without storage")
    size, stride = _ints(size), _ints(stride)
    _check(type(offset) is int and offset >= 0, "offset")
    _check(len(size) == len(stride) and all(n >= 0 for n in (*size, *stride)), "strides")
    array = storage.array
    if 0 in size:
        return wrap(np.empty(size, array.dtype))
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    _check(last < array.size, "a tensor that is larger than its memory")
    step = array.itemsize
    strides = [n * step for n in stride]
    tensor = wrap(np.ndarray(size, array.dtype, array, offset * step, strides))
    tensor._whole = array  # its storage, of which it may be a part
    if requires_grad is True:
        tensor.requires_grad = True
    return tensor


def _parameter(data: Any, requires_grad: Any, hooks: Any = None) -> Parameter:
    _check(isinstance(data, Tensor), "a parameter without data")
    return Parameter(data, requires_grad is True)


def _parameter_with_state(data: Any, requires_grad: Any, hooks: Any, state: Any) -> Parameter:
    return _parameter(data, requires_grad)


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    _check(isinstance(text, str) and encoding in ("latin1", "utf-8"), "bytes")
    return codecs.encode(text, encoding)


def _dtype(name: Any, *flags: Any) -> np.dtype[Any]:
    _check(isinstance(name, str), "dtype")
    found = np.dtype(name)
    _check(found.kind in "biufcSU", f"dtype {name}")
    return found


def _scalar(kind: Any, data: Any) -> Any:
    _check(isinstance(kind, np.dtype) and isinstance(data, bytes), "NumPy number")
    _check(len(data) == kind.itemsize, "NumPy number")
    return np.frombuffer(data, kind)[0]


def _array(cls: Any, shape: Any, code: Any) -> np.ndarray[Any, Any]:
    _check(cls is np.ndarray, "array class")
    return np.empty(0, np.int8)


def _size(values: Any = ()) -> Size:
    return Size(_ints(tuple(values)))


KNOWN: dict[str, Any] = {
    "collections.OrderedDict": collections.OrderedDict,
    "collections.Counter": collections.Counter,
    "_codecs.encode": _encode,
    "torch.Size": _size,
    "torch.device": devices.device,
    "torch.nn.parameter.Parameter": Parameter,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter_with_state,
    "numpy.dtype": _dtype,
    "numpy.ndarray": np.ndarray,
}
for _kind in (set, frozenset, complex, bytearray, slice, range):
    KNOWN[f"builtins.{_kind.__name__}"] = KNOWN[f"__builtin__.{_kind.__name__}"] = _kind
KNOWN["__builtin__.xrange"] = range
for _core in ("numpy._core", "numpy.core"):
    KNOWN[f"{_core}.multiarray._reconstruct"] = _array
    KNOWN[f"{_core}.multiarray.scalar"] = _scalar
for _name, _dtype_object in dtypes.NAMES.items():
    KNOWN[f"torch.{_name}"] = _dtype_object
for _constant in ("strided", "contiguous_format", "preserve_format", "channels_last"):
    KNOWN[f"torch.{_constant}"] = getattr(devices, _constant)


class _Kind:
    """PyTorch's name for memory of a dtype."""

    def __init__(self, dtype: str) -> None:
        self.dtype = np.dtype(dtype)


for _name, _storage in STORAGES.items():
    KNOWN[f"torch.{_storage}Storage"] = _Kind(_name)
KNOWN["torch.storage.UntypedStorage"] = _Kind("uint8")


class _Memory:
    """The elements of a storage."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = array


class _Unpickler(pickle._Unpickler):  # type: ignore[name-defined,misc]
    """Runs the pickle, with the list above for all names."""

    dispatch: ClassVar[Any] = dict(pickle._Unpickler.dispatch)  # type: ignore[attr-defined]

    def __init__(self, file: io.BytesIO, storage: Callable[..., Any], weights_only: bool) -> None:
        super().__init__(file, encoding="utf-8")
        self.storage, self.weights_only = storage, weights_only

    def find_class(self, module: str, name: str) -> Any:
        """Return what a name stands for, from the list alone."""
        path = f"{module}.{name}"
        for table in (KNOWN, MORE):
            if path in table:
                return table[path]
        if not self.weights_only:
            found: Any = sys.modules.get(module)
            for part in name.split("."):
                found = getattr(found, part, None)
            if is_module(found) or is_own_function(found):
                return found
        error = pickle.UnpicklingError(
            f"Weights only load failed. Unsupported global: GLOBAL {path} was not an allowed "
            "global by default."
        )
        error.add_note(
            "autograd_nb runs no code of a file. Modules are read with weights_only=False, if "
            "their class is defined already; a class of your own is allowed by "
            "torch.serialization.add_safe_globals([YourClass]). Best is a state_dict."
        )
        raise error

    def persistent_load(self, pid: Any) -> _Memory:
        """Return the memory that a reference stands for."""
        _check(isinstance(pid, tuple) and len(pid) == 5 and pid[0] == "storage", "reference")
        _, kind, key, place, count = pid
        _check(isinstance(kind, _Kind) and isinstance(key, str), "storage")
        _check(isinstance(place, str) and type(count) is int, "storage")
        return self.storage(kind.dtype, key, place, count)  # type: ignore[no-any-return]

    def load_build(self) -> None:
        """Fill an object with its state, if it is of a kind that may be filled."""
        state = self.stack.pop()
        found = self.stack[-1]
        if isinstance(found, np.dtype):
            _check(isinstance(state, tuple) and state[0] == 3, "dtype")
            self.stack[-1] = found.newbyteorder(state[1])
        elif isinstance(found, np.ndarray):
            self.stack[-1] = _filled(state)
            self._replace(found, self.stack[-1])
        elif isinstance(found, (collections.OrderedDict, Tensor)):
            _check(isinstance(state, dict), "attributes")
            if not isinstance(found, Tensor):
                found.__dict__.update(state)
        elif is_module(type(found)) or type(found) in MORE.values():
            setstate = getattr(found, "__setstate__", None)
            if setstate is not None:
                setstate(state)
            else:
                found.__dict__.update(state)
        else:
            _check(False, f"state of a {type(found).__name__}")

    def _replace(self, old: Any, new: Any) -> None:
        """Let later references find the filled array."""
        for key, value in self.memo.items():
            if value is old:
                self.memo[key] = new

    dispatch[pickle.BUILD[0]] = load_build


def _filled(state: Any) -> np.ndarray[Any, Any]:
    """Return the array that NumPy's state describes."""
    _check(isinstance(state, tuple) and len(state) == 5, "array")
    _, shape, kind, fortran, data = state
    _check(isinstance(kind, np.dtype) and isinstance(data, bytes), "array")
    shape = _ints(shape)
    _check(len(data) == kind.itemsize * int(np.prod(shape, dtype=np.int64)), "array")
    return np.frombuffer(data, kind).reshape(shape, order="F" if fortran else "C").copy("K")


def read(file: io.BytesIO, place: Callable[[str], Any], weights_only: bool) -> Any:
    """Return what an archive holds.

    Parameters
    ----------
    file : io.BytesIO
        The archive.
    place : callable
        Called with the place where each tensor was; raises if it cannot be here.
    weights_only : bool
        Whether modules are refused.

    Raises
    ------
    pickle.UnpicklingError
        If it is not as `torch.save` writes it.
    """
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        heads = [name for name in names if name == "data.pkl" or name.endswith("/data.pkl")]
        if len(heads) != 1:
            raise pickle.UnpicklingError(
                "Weights only load failed. The archive has no data.pkl: torch.save did not write it"
            )
        stem = heads[0].removesuffix("data.pkl")
        order = archive.read(f"{stem}byteorder") if f"{stem}byteorder" in names else b"little"
        swap = order.decode("ascii", "replace") != sys.byteorder
        memories: dict[str, _Memory] = {}

        def storage(kind: np.dtype[Any], key: str, where: str, count: int) -> _Memory:
            if key not in memories:
                place(where)
                entry = f"{stem}data/{key}"
                _check(entry in names, f"storage {key} is missing")
                data = np.frombuffer(archive.read(entry), np.uint8)
                _check(data.size >= count * kind.itemsize, f"storage {key} is too short")
                # A copy owns its memory and is writable: it is the storage of its tensors.
                array = data[: count * kind.itemsize].view(kind).copy()
                memories[key] = _Memory(array.byteswap() if swap else array)
            _check(memories[key].array.dtype == kind, f"storage {key} has two types")
            return memories[key]

        try:
            return _Unpickler(io.BytesIO(archive.read(heads[0])), storage, weights_only).load()
        except (pickle.UnpicklingError, RuntimeError):
            raise
        except Exception as error:  # a pickle that is no sense has no error of its own
            raise pickle.UnpicklingError(
                f"Weights only load failed. {type(error).__name__}: {error}"
            ) from error
