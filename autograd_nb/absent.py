"""What PyTorch has and this package has not: the same error, and a note that leads on.

The message is PyTorch's own for an unknown name. The note names the nearest names that exist,
or, for a part that is left out on purpose, says why and what serves instead.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from .core.tensor import Tensor

_NOTHING: Mapping[str, Any] = {}
__all__ = ["PARTS", "guard", "missing"]

_ITSELF = "Use PyTorch itself for it: `%load_ext autograd_nb` gives the same magics and views there"
_QUANTIZED = "Quantized numbers are not supported."
_ONE_PROCESS = "There is one process here."
_INTERPRETED = "There is no compiler here: call the function or the module itself."
_DENSE = "All tensors are dense here."
# Parts of PyTorch that are left out on purpose, with the reason.
PARTS = {
    "ao": _QUANTIZED,
    "init_process_group": _ONE_PROCESS,
    "DistributedDataParallel": _ONE_PROCESS,
    "export": "There is nothing to export to.",
    "float8_e4m3fn": "NumPy has no 8-bit floating point numbers.",
    "float8_e5m2": "NumPy has no 8-bit floating point numbers.",
    "fx": "Operations run as they are called; `%%autograd` shows the graph.",
    "hub": "autograd_nb downloads nothing.",
    "library": "A new operation is a class: see torch.autograd.Function.",
    "nested": "Pad, and keep the lengths.",
    "onnx": "There is nothing to export to.",
    "ops": "Operations are Python functions here: call torch.<name>.",
    "package": "See torch.save.",
    "qint8": _QUANTIZED,
    "quantization": _QUANTIZED,
    "quantize_per_tensor": _QUANTIZED,
    "quint8": _QUANTIZED,
    "sparse": _DENSE,
    "sparse_coo": _DENSE,
    "sparse_coo_tensor": _DENSE,
    "sparse_csr_tensor": _DENSE,
    "to_sparse": _DENSE,
    **dict.fromkeys(("CompilationUnit", "freeze", "trace_module"), _INTERPRETED),
}


class Missing(AttributeError):
    """A name that is not there; its note is written when it is read, for `hasattr` reads none."""

    name: str
    within: Any
    where: str

    @cached_property
    def __notes__(self) -> list[str]:  # type: ignore[override]
        reason = PARTS.get(self.name)
        if reason is not None:
            return [f"autograd_nb leaves this part of PyTorch out. {reason} {_ITSELF}."]
        import difflib

        # Of `linear`, a module, and `Linear`, a class, the one spelled more alike.
        upper = self.name[:1].isupper()
        names = (name for name in dir(self.within) if name[:1] != "_")
        spelled = sorted(names, key=lambda name: name[:1].isupper() == upper)
        lower = {name.lower(): name for name in spelled}
        near = difflib.get_close_matches(self.name.lower(), lower, n=3, cutoff=0.7)
        if near:
            listed = ", ".join(self.where + lower[name] for name in near)
            return [f"The nearest names that autograd_nb has: {listed}."]
        return [f"If PyTorch has it, autograd_nb has not, yet. {_ITSELF}."]


Missing.__name__ = Missing.__qualname__ = AttributeError.__name__
Missing.__module__ = AttributeError.__module__


def missing(message: str, name: str, within: Any, where: str, obj: Any = None) -> AttributeError:
    """Return the error for a name that is not there.

    Parameters
    ----------
    message : str
        PyTorch's.
    name : str
        What was asked for.
    within : class or module
        What has the names that are there.
    where : str
        What stands before them, for the note.
    obj : object, optional
        What was asked.

    Returns
    -------
    AttributeError
        With its note.
    """
    error = Missing(message, name=name, obj=obj)
    error.within, error.where = within, where
    return error


def guard(module: str, functions: Mapping[str, Any] = _NOTHING) -> Callable[[str], Any]:
    """Return a `__getattr__` for a module: gives functions by name; its errors carry a note.

    Parameters
    ----------
    module : str
        Its ``__name__``.
    functions : mapping of str to callable
        What the module has beside what stands in it; put there when first asked for.
    """
    public = "torch" + module.removeprefix(__name__.partition(".")[0])

    def __getattr__(name: str) -> Any:
        if name in functions:
            found = functions[name]
            setattr(sys.modules[module], name, found)
            return found
        message = f"module '{public}' has no attribute '{name}'"
        if name.startswith("_"):  # probes of Python and IPython: nobody reads those
            raise AttributeError(message)
        raise missing(message, name, sys.modules[module], public + ".")

    return __getattr__


def _tensor_attribute(self: Tensor, name: str) -> Any:
    message = f"'{type(self).__name__}' object has no attribute '{name}'"
    if name.startswith("_"):
        raise AttributeError(message)
    raise missing(message, name, type(self), "Tensor.", self)


_tensor_attribute.__name__ = "__getattr__"
Tensor.__getattr__ = _tensor_attribute  # type: ignore[method-assign, assignment]
