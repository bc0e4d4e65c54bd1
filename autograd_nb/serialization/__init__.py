"""`torch.save` and `torch.load`: PyTorch's own file format, read without running any code in it.

Note [Safe files]
A file is a zip archive as PyTorch writes it: raw numbers, and one pickle that says how they fit
together. A pickle is a program. Here only a fixed list of names may occur in it (containers,
tensors, parameters, dtypes, arrays), each replaced by a function of ours that checks its
arguments; everything else is refused before anything is made of it. So PyTorch's files can be
read here, and ours by PyTorch, with its ``weights_only=True``.

Whole modules, and objects that are no more than their attributes, are read with
``weights_only=False`` if their classes are there already: nothing is imported for a file, a
function or class that it names is not called, and no object is made by calling its class. What
runs besides is a module's own ``__setstate__`` and the ``__hash__`` of objects that are keys.
"""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..core.device import NO_CUDA, device
from . import reader, writer

__all__ = [
    "add_safe_globals",
    "clear_safe_globals",
    "get_safe_globals",
    "load",
    "safe_globals",
    "save",
]

MAP_LOCATION = Any  # what `map_location` may be, for annotations


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Write tensors, state dicts, modules and containers of them to a file.

    Parameters
    ----------
    obj : object
        Made of tensors, parameters, modules, numbers, strings, bytes, None, lists, tuples,
        dicts, sets, sizes, dtypes, devices, NumPy arrays and numbers.
    f : str, path or file object
        Where to.
    pickle_module, pickle_protocol, _use_new_zipfile_serialization
        Accepted, as in PyTorch; without effect.

    Raises
    ------
    TypeError
        If something in `obj` could not be read again without running code of its own.
    RuntimeError
        If the folder of the file does not exist.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> torch.save({"w": torch.ones(2)}, file)
    >>> _ = file.seek(0)
    >>> torch.load(file)
    {'w': tensor([1., 1.])}
    """
    if not isinstance(f, (str, os.PathLike)) and not hasattr(f, "write"):
        raise AttributeError(
            "expected 'f' to be string, path, or a file-like object with a 'write' attribute"
        )
    # The whole archive is made first: what cannot be saved must not spoil an older file.
    archive = io.BytesIO()
    stem = os.path.splitext(os.path.basename(f))[0] if isinstance(f, (str, os.PathLike)) else ""
    writer.write(obj, archive, str(stem) or "archive", reader.allowed_classes())
    if hasattr(f, "write"):
        f.write(archive.getbuffer())
        return
    folder = os.path.dirname(os.path.abspath(f))
    if not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {os.path.dirname(f)} does not exist.")
    with open(f, "wb") as file:
        file.write(archive.getbuffer())


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save` wrote, here or in PyTorch.

    Parameters
    ----------
    f : str, path or file object
        Where from.
    map_location : device, str, dict or callable, optional
        Where the tensors shall live; only the CPU exists.
    pickle_module, mmap, **pickle_load_args
        Accepted, as in PyTorch; without effect.
    weights_only : bool, default True
        Whether modules are refused.

    Returns
    -------
    object
        As it was saved. Tensors that shared memory share it again.

    Raises
    ------
    pickle.UnpicklingError
        If it is no such file, or names something that is not on the list.
    RuntimeError
        If tensors of a GPU are not mapped to the CPU.
    """
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            data = file.read()
    elif hasattr(f, "seek") and hasattr(f, "read"):
        data = f.read()
    else:
        raise AttributeError(
            f"'{type(f).__name__}' object has no attribute 'seek'. You can only torch.load from a "
            "file that is seekable. Please pre-load the data into a buffer like io.BytesIO and "
            "try to load from it instead."
        )
    if not data:
        raise EOFError("Ran out of input")
    if not zipfile.is_zipfile(io.BytesIO(data)):
        error = pickle.UnpicklingError(
            "Weights only load failed. This is not a zip archive as torch.save writes it."
        )
        error.add_note("Files of PyTorch before 1.6, and bare pickles, can be converted by "
                       "PyTorch itself: torch.save(torch.load(old), new).")  # fmt: skip
        raise error
    return reader.read(io.BytesIO(data), _where(map_location), weights_only is not False)


def _where(map_location: Any) -> Any:
    """Return a function from the place where a tensor was to the one where it shall be."""
    if map_location is None:
        return _on_cpu
    if callable(map_location):
        return lambda place: None  # it would be given storages, and could only leave them here
    if isinstance(map_location, dict):
        known = {str(key): str(value) for key, value in map_location.items()}
        return lambda place: _on_cpu(known.get(place, place))
    wanted = str(device(map_location) if isinstance(map_location, str) else map_location)
    return lambda place: _on_cpu(wanted)


def _on_cpu(place: Any) -> None:
    kind = place.partition(":")[0]
    if kind == "cuda":
        error = RuntimeError(
            "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is "
            "False. If you are running on a CPU-only machine, please use torch.load with "
            "map_location=torch.device('cpu') to map your storages to the CPU."
        )
        error.add_note(NO_CUDA)
        raise error
    if kind not in ("cpu", "meta"):
        raise RuntimeError(
            f"don't know how to restore data location of torch.storage.UntypedStorage (tagged "
            f"with {place})"
        )


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Allow more classes or functions in files.

    Parameters
    ----------
    safe_globals : list of class, or of (class, name)
        What to allow. Reading a file may call these.
    """
    for item in safe_globals:
        found, name = item if isinstance(item, tuple) else (item, None)
        reader.MORE[name or f"{found.__module__}.{found.__qualname__}"] = found


def get_safe_globals() -> list[Any]:
    """Return what `add_safe_globals` allowed."""
    return list(reader.MORE.values())


def clear_safe_globals() -> None:
    """Forget what `add_safe_globals` allowed."""
    reader.MORE.clear()


@contextmanager
def _safe_globals(more: list[Any]) -> Iterator[None]:
    before = dict(reader.MORE)
    add_safe_globals(more)
    try:
        yield
    finally:
        reader.MORE.clear()
        reader.MORE.update(before)


class safe_globals:
    """Allow more classes or functions in files, inside a block.

    Parameters
    ----------
    safe_globals : list of class
        What to allow.
    """

    def __init__(self, safe_globals: list[Any]) -> None:
        self._block = _safe_globals(safe_globals)

    def __enter__(self) -> None:
        self._block.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._block.__exit__(*error)
