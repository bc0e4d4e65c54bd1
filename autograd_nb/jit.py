"""`torch.jit`: the decorators of TorchScript, which leave functions and modules as they are.

Code that was written to be compiled runs as Python: scripted functions have the meaning of their
Python text. Recording (`trace`) and files of compiled code are not here.
"""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from .absent import guard
from .nn.module import Module

__all__ = [
    "Attribute",
    "Error",
    "Final",
    "ScriptFunction",
    "ScriptModule",
    "annotate",
    "export",
    "ignore",
    "interface",
    "is_scripting",
    "is_tracing",
    "isinstance",
    "script",
    "script_if_tracing",
    "script_method",
    "unused",
]

__getattr__ = guard(__name__)


class Error(RuntimeError):
    """What compiled code raises; nothing is compiled here."""


class ScriptFunction:
    """The type of compiled functions: no function is one here."""


class ScriptModule(Module):
    """A module whose methods PyTorch compiles: an ordinary module here."""


RecursiveScriptModule = ScriptModule


class Attribute(NamedTuple):
    """A value and the type that compiled code takes it for.

    Parameters
    ----------
    value : object
        What is stored.
    type : type
        Its type.
    """

    value: Any
    type: Any


def script(
    obj: Any,
    optimize: Any = None,
    _frames_up: int = 0,
    _rcb: Any = None,
    example_inputs: Any = None,
) -> Any:
    """Return a function, class or module as it is: it runs as Python.

    Parameters
    ----------
    obj : callable
        What PyTorch would compile.
    optimize, example_inputs
        Accepted.
    """
    _tell_deprecated("script", "switch to `torch.compile` or `torch.export`")
    return obj


def _tell_deprecated(name: str, instead: str) -> None:
    """Warn in PyTorch's words, and as there from this file: it is shown where one looks for it."""
    warnings.warn(
        f"`torch.jit.{name}` is deprecated. Please {instead}.", DeprecationWarning, stacklevel=1
    )


def script_method(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of a `ScriptModule` as it is.

    Parameters
    ----------
    fn : callable
        What PyTorch would compile.
    """
    _tell_deprecated("script_method", "switch to `torch.compile` or `torch.export`")
    return fn


def interface(obj: Any) -> Any:
    """Return a class that describes what compiled modules offer, as it is.

    Parameters
    ----------
    obj : type
        The class.
    """
    _tell_deprecated("interface", "use `torch.compile` instead")
    return obj


def script_if_tracing(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function as it is.

    Parameters
    ----------
    fn : callable
        What PyTorch would compile while something is traced.
    """
    return fn


def export(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a method of a module to be compiled too; without effect.

    Parameters
    ----------
    fn : callable
        The method.
    """
    return fn


def unused(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a method that compiled code may not call; without effect.

    Parameters
    ----------
    fn : callable
        The method.
    """
    return fn


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """Mark a function that stays Python; without effect.

    Parameters
    ----------
    drop : bool or callable, default False
        Whether compiled code may not even call it; or the function itself.
    **kwargs
        Accepted.

    Raises
    ------
    RuntimeError
        If `drop` is neither.
    """
    if callable(drop):
        return drop
    if not builtins.isinstance(drop, bool):
        raise RuntimeError(
            f"Argument to @torch.jit.ignore must be a bool or a function but got {drop}"
        )
    return lambda function: function


def annotate(the_type: Any, the_value: Any) -> Any:
    """Return a value, to which compiled code gives a type.

    Parameters
    ----------
    the_type : type
        The type.
    the_value : object
        The value.
    """
    return the_value


def isinstance(obj: Any, target_type: Any) -> bool:
    """Say whether an object is of a type, or of one of several.

    Parameters
    ----------
    obj : object
        The object.
    target_type : type or tuple of type
        Types without parameters.
    """
    return builtins.isinstance(obj, target_type)


def is_scripting() -> bool:
    """Say whether this is compiled code: never."""
    return False


def is_tracing() -> bool:
    """Say whether calls are being recorded: never."""
    return False
