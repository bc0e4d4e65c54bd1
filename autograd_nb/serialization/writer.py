"""Writing a file in PyTorch's format; see Note [Safe files]."""

from __future__ import annotations

import collections
import io
import pickle
import sys
import types
import zipfile
from typing import Any, ClassVar

import numpy as np

from ..core import device as devices
from ..core import dtypes
from ..core.hooks import warn_if_has_hooks
from ..core.size import Size
from ..core.tensor import Tensor
from ..nn.parameter import Parameter
from .reader import STORAGES, TRUSTED, is_module, is_name, is_plain

_PLAIN = (
    type(None), bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset,
    slice, range, collections.OrderedDict, collections.Counter,
)  # fmt: skip


class _Global:
    """A name to be written without the thing that it names: PyTorch may not be installed."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self) -> None:
        """Be callable, as what stands in front of arguments has to be."""


_names: dict[str, _Global] = {}


def _named(path: str) -> _Global:
    if path not in _names:
        module, _, name = path.rpartition(".")
        _names[path] = _Global(module, name)
    return _names[path]


class _Storage:
    """Memory that one or more tensors share."""

    def __init__(self, key: str, array: np.ndarray[Any, Any]) -> None:
        self.key, self.array = key, array


class _Pickler(pickle._Pickler):
    """Describes tensors by PyTorch's names, and refuses what could not be read safely."""

    dispatch: ClassVar[Any] = dict(pickle._Pickler.dispatch)

    def __init__(self, file: io.BytesIO, allowed: Any) -> None:
        super().__init__(file, protocol=2)
        self.allowed = allowed
        self.storages: dict[int, _Storage] = {}

    def _save_global(self, obj: _Global) -> None:
        self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        self.memoize(obj)

    dispatch[_Global] = _save_global

    def persistent_id(self, obj: Any) -> Any:
        """Return how a storage is referred to, or None for anything else."""
        if not isinstance(obj, _Storage):
            return None
        kind = _named(f"torch.{STORAGES[obj.array.dtype.name]}Storage")
        return "storage", kind, obj.key, "cpu", obj.array.size

    def reducer_override(self, obj: Any) -> Any:
        """Say how an object is written, or refuse it."""
        kind = type(obj)
        if kind in _PLAIN or kind is _Global:
            return NotImplemented
        if isinstance(obj, Tensor):
            return self._tensor(obj)
        if isinstance(obj, Size):
            return _named("torch.Size"), (tuple(obj),)
        if isinstance(obj, devices.device):
            index = () if obj.index is None else (obj.index,)
            return _named("torch.device"), (obj.type, *index)
        if isinstance(obj, (np.ndarray, np.generic, np.dtype)) and _safe_kind(obj):
            return NotImplemented
        if is_module(kind) or kind in self.allowed or is_plain(kind):
            return NotImplemented
        if is_name(obj):
            pickle.dumps(obj, protocol=2)  # complains as Python does of what has no name
            return NotImplemented
        if kind is types.MethodType or kind in TRUSTED.values():
            return NotImplemented
        raise _refusal(obj)

    def save(self, obj: Any, save_persistent_id: bool = True) -> Any:
        """Write one object."""
        if isinstance(obj, (dtypes.dtype, devices.layout, devices.memory_format)):
            return super().save(_named(f"torch.{obj.name}"), save_persistent_id)
        return super().save(obj, save_persistent_id)

    def _tensor(self, tensor: Tensor) -> Any:
        hooks: Any = collections.OrderedDict()
        attributes = tensor._attributes()
        if isinstance(tensor, Parameter):
            made = tensor.detach(), tensor.requires_grad, hooks
            if attributes:
                return _named("torch._utils._rebuild_parameter_with_state"), (*made, attributes)
            return _named("torch._utils._rebuild_parameter"), made
        warn_if_has_hooks(tensor)
        rebuild, made = self._plain(tensor, hooks)
        kind = type(tensor) if type(tensor) in self.allowed else _named("torch.Tensor")
        if attributes or kind is type(tensor):
            again = _named("torch._tensor._rebuild_from_type_v2")
            return again, (rebuild, kind, made, attributes)
        return rebuild, made

    def _plain(self, tensor: Tensor, hooks: Any) -> Any:
        array = tensor._nd()
        if array.dtype.name not in STORAGES:
            raise _refusal(tensor, f"a tensor of {tensor.dtype}")
        storage = self._storage(array)
        root = storage.array
        start = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
        step = array.itemsize
        return _named("torch._utils._rebuild_tensor_v2"), (
            storage,
            start // step if array.size else 0,
            tuple(array.shape),
            tuple(n // step for n in array.strides),
            tensor.requires_grad,
            hooks,
        )

    def _storage(self, array: np.ndarray[Any, Any]) -> _Storage:
        """Return the memory of an array: the whole of it, so that views stay views."""
        root = array
        while isinstance(root.base, np.ndarray):
            root = root.base
        whole = root.flags.c_contiguous or root.flags.f_contiguous
        if root.dtype != array.dtype or not whole:
            root = array = np.ascontiguousarray(array)
        found = self.storages.get(id(root))
        if found is None:
            found = self.storages[id(root)] = _Storage(str(len(self.storages)), root)
        return found


def _safe_kind(obj: Any) -> bool:
    return (obj if isinstance(obj, np.dtype) else obj.dtype).kind in "biufcSU"


def _refusal(obj: Any, what: str = "") -> TypeError:
    kind = type(obj)
    what = what or f"an object of type {kind.__module__}.{kind.__qualname__}"
    error = TypeError(f"torch.save: cannot save {what}")
    error.add_note(
        "autograd_nb saves what can be read again without running code of the file's: tensors, "
        "modules, numbers, strings, bytes, containers of them, NumPy arrays, functions and classes "
        "by name, objects that are no more than their attributes. Save a state_dict, or "
        "allow a class of your own: torch.serialization.add_safe_globals([YourClass])."
    )
    return error


def write(obj: Any, file: io.BytesIO, stem: str, allowed: Any) -> None:
    """Write the archive.

    Parameters
    ----------
    obj : object
        What to save.
    file : io.BytesIO
        Where to.
    stem : str
        Name of the folder inside the archive.
    allowed : collection of class
        Further classes that may be written.
    """
    text = io.BytesIO()
    pickler = _Pickler(text, allowed)
    pickler.dump(obj)
    swap = sys.byteorder == "big"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:

        def put(name: str, data: Any) -> None:
            # A fixed date: the same object gives the same bytes.
            archive.writestr(zipfile.ZipInfo(f"{stem}/{name}"), data)

        put("data.pkl", text.getvalue())
        put("byteorder", "little")
        for storage in pickler.storages.values():
            array = storage.array
            flat = array.ravel(order="K")
            put(f"data/{storage.key}", (flat.byteswap() if swap else flat).tobytes())
        put("version", "3\n")
