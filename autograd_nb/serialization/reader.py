"""Reading a file in PyTorch's format; see Note [Safe files]."""

from __future__ import annotations

import _compat_pickle
import codecs
import collections
import functools
import inspect
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
_OF_PYTHON = 1 << 9  # the flag of classes that a `class` statement made
_HOOKS = ("__reduce__", "__reduce_ex__", "__setstate__", "__del__")


def allowed_classes() -> list[Any]:
    """Return what the user allowed."""
    return list(MORE.values())


def is_module(kind: Any) -> bool:
    """Say whether a class is that of modules."""
    module = sys.modules.get(f"{_OWN}.nn.module")
    return module is not None and isinstance(kind, type) and issubclass(kind, module.Module)


def is_plain(kind: Any) -> bool:
    """Say whether objects of a class are no more than attributes and elements.

    Nothing of the class runs when one is made and filled.
    """
    if not isinstance(kind, type) or not kind.__flags__ & _OF_PYTHON:
        return False
    named = issubclass(kind, tuple) and hasattr(kind, "_fields")
    made = kind.__new__ in (object.__new__, dict.__new__, list.__new__)
    own = any(getattr(kind, name, None) is not getattr(object, name, None) for name in _HOOKS)
    return (made or named) and not own and not getattr(kind, "__abstractmethods__", None)


def is_name(obj: Any) -> bool:
    """Say whether an object stands in a file as its name alone."""
    return isinstance(obj, (type, types.FunctionType, types.BuiltinFunctionType))


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
    tensor._version_counter = [1]  # its memory was set once
    if requires_grad is True:
        tensor.requires_grad = True
    return tensor


def _parameter(data: Any, requires_grad: Any, hooks: Any = None) -> Parameter:
    _check(isinstance(data, Tensor), "a parameter without data")
    return Parameter(data, requires_grad is True)


def _parameter_with_state(data: Any, requires_grad: Any, hooks: Any, state: Any) -> Parameter:
    return _with_attributes(_parameter(data, requires_grad), state)  # type: ignore[no-any-return]


def _from_type(rebuild: Any, kind: Any, args: Any, state: Any) -> Tensor:
    """Make a tensor of a class, with what the user has put on it."""
    _check(rebuild in (_tensor, _parameter) and isinstance(args, tuple), "a tensor of a class")
    _check(isinstance(kind, type) and issubclass(kind, Tensor), "a class of tensors")
    found = rebuild(*args)
    if type(found) is not kind:
        found = found.as_subclass(kind)
    return _with_attributes(found, state)  # type: ignore[no-any-return]


def _with_attributes(tensor: Any, state: Any) -> Any:
    _check(isinstance(state, dict) and all(type(name) is str for name in state), "attributes")
    _check(not any(hasattr(Tensor, name) for name in state), "attributes that tensors have")
    _check(not state.keys() & Tensor.__annotations__.keys(), "attributes that tensors have")
    tensor.__dict__.update(state)
    return tensor


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    _check(isinstance(text, str) and encoding in ("latin1", "utf-8"), "bytes")
    return bytes(codecs.encode(text, encoding))


def _dtype(name: Any, *flags: Any) -> np.dtype[Any]:
    _check(isinstance(name, str), "dtype")
    found: np.dtype[Any] = np.dtype(name)
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
    "torch.Tensor": Tensor,
    "torch.nn.parameter.Parameter": Parameter,
    "torch._tensor._rebuild_from_type_v2": _from_type,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter_with_state,
    "numpy.dtype": _dtype,
    "numpy.ndarray": np.ndarray,
}
for _kind in (set, frozenset, complex, bytearray, slice, range):
    KNOWN[f"builtins.{_kind.__name__}"] = _kind
for _core in ("numpy._core", "numpy.core"):
    KNOWN[f"{_core}.multiarray._reconstruct"] = _array
    KNOWN[f"{_core}.multiarray.scalar"] = _scalar
for _name, _dtype_object in dtypes.NAMES.items():
    KNOWN[f"torch.{_name}"] = _dtype_object
for _constant in ("strided", "contiguous_format", "preserve_format", "channels_last"):
    KNOWN[f"torch.{_constant}"] = getattr(devices, _constant)


def _method(owner: Any, name: Any) -> Any:
    kind = owner if isinstance(owner, type) else type(owner)
    found = inspect.getattr_static(kind, name, None)
    _check(isinstance(found, (types.FunctionType, classmethod, staticmethod)), "method")
    return getattr(owner, name)


# What may be called besides in a file that is trusted: calls of these run nothing else.
TRUSTED: dict[str, Any] = {
    "builtins.getattr": _method,
    "collections.defaultdict": collections.defaultdict,
    "functools.partial": functools.partial,
    "types.SimpleNamespace": types.SimpleNamespace,
}


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


class _Unpickler(pickle._Unpickler):
    """Runs the pickle, with the list above for all names."""

    dispatch: ClassVar[Any] = dict(pickle._Unpickler.dispatch)

    def __init__(self, file: io.BytesIO, storage: Callable[..., Any], weights_only: bool) -> None:
        super().__init__(file, encoding="utf-8")
        self.storage, self.weights_only = storage, weights_only

    @property
    def tables(self) -> tuple[dict[str, Any], ...]:
        """What a file may name, and call."""
        return (KNOWN, MORE) if self.weights_only else (KNOWN, MORE, TRUSTED)

    def find_class(self, module: str, name: str) -> Any:
        """Return what a name stands for: what is on the list, or there already if trusted."""
        if (module, name) in _compat_pickle.NAME_MAPPING:  # files have Python 2's names
            module, name = _compat_pickle.NAME_MAPPING[module, name]
        module = _compat_pickle.IMPORT_MAPPING.get(module, module)
        path = f"{module}.{name}"
        for table in self.tables:
            if path in table:
                return table[path]
        if not self.weights_only:
            found: Any = sys.modules.get(module)
            for part in name.split("."):
                found = getattr(found, part, None)
            if is_name(found):
                return found
        error = pickle.UnpicklingError(
            f"Weights only load failed. Unsupported global: GLOBAL {path} was not an allowed "
            "global by default."
        )
        error.add_note(
            "autograd_nb runs no code of a file. Modules and objects are read with "
            "weights_only=False, if their class is defined already; a class of your own is allowed "
            "by torch.serialization.add_safe_globals([YourClass]). Best is a state_dict."
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
        elif self._may_be_made(type(found)) or type(found) in TRUSTED.values():
            # The class's own: the file may have put something of that name on the object.
            setstate = getattr(type(found), "__setstate__", None)
            if setstate is not None:
                setstate(found, state)
                return
            state, slots = state if isinstance(state, tuple) else (state, {})
            _check(isinstance(state or {}, dict) and isinstance(slots, dict), "attributes")
            found.__dict__.update(state or {})
            for name, value in slots.items():
                slot = inspect.getattr_static(type(found), name, None)
                _check(isinstance(slot, types.MemberDescriptorType), "slots")
                slot.__set__(found, value)
        else:
            _check(False, f"state of a {type(found).__name__}")

    def _replace(self, old: Any, new: Any) -> None:
        """Let later references find the filled array."""
        for key, value in self.memo.items():
            if value is old:
                self.memo[key] = new

    def load_reduce(self) -> None:
        """Call what is on the list, and nothing that a file names besides."""
        arguments = self.stack.pop()
        function = self.stack[-1]
        listed = any(function is known for table in self.tables for known in table.values())
        _check(listed, f"a call of {function!r}")
        self.stack[-1] = function(*arguments)

    def load_newobj(self) -> None:
        """Make an object of a class without calling the class."""
        arguments = self.stack.pop()
        kind = self.stack[-1]
        _check(self._may_be_made(kind), f"an object of {kind!r}")
        self.stack[-1] = kind.__new__(kind, *arguments)

    def _may_be_made(self, kind: Any) -> bool:
        if is_module(kind) or kind in MORE.values():
            return True
        return not self.weights_only and is_plain(kind)

    def load_append(self) -> None:
        """Fill a list with list's own method, not one that the file has put on it."""
        self._fill(list, [self.stack.pop()])

    def load_appends(self) -> None:
        """Do so with several elements."""
        elements = self.pop_mark()
        self._fill(list, elements)

    def load_additems(self) -> None:
        """Fill a set likewise."""
        elements = self.pop_mark()
        self._fill(set, elements)

    def load_setitem(self) -> None:
        """Fill a dict likewise."""
        value, key = self.stack.pop(), self.stack.pop()
        self._fill(dict, [(key, value)])

    def load_setitems(self) -> None:
        """Do so with several entries."""
        pairs = self.pop_mark()
        self._fill(dict, zip(pairs[::2], pairs[1::2], strict=True))

    def _fill(self, kind: Any, elements: Any) -> None:
        found = self.stack[-1]
        _check(isinstance(found, kind), f"elements of a {type(found).__name__}")
        if kind is not dict:
            (list.extend if kind is list else set.update)(found, elements)
            return
        ordered = isinstance(found, collections.OrderedDict)
        setitem = collections.OrderedDict.__setitem__ if ordered else dict.__setitem__
        for key, value in elements:
            setitem(found, key, value)

    def load_old(self) -> None:
        """Refuse the older ways to make an object: they call its class."""
        _check(False, "an object of pickle's first protocols")

    dispatch[pickle.BUILD[0]] = load_build
    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.APPEND[0]] = load_append
    dispatch[pickle.APPENDS[0]] = load_appends
    dispatch[pickle.ADDITEMS[0]] = load_additems
    dispatch[pickle.SETITEM[0]] = load_setitem
    dispatch[pickle.SETITEMS[0]] = load_setitems
    for _way in (pickle.INST, pickle.OBJ, pickle.NEWOBJ_EX):
        dispatch[_way[0]] = load_old


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
