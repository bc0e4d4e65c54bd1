"""Subclasses of Tensor: each call with one of their tensors goes through `__torch_function__`.

Note [Subclasses]
By default a call with a tensor of a subclass gives tensors of that subclass, and a class that
defines `__torch_function__` itself may do anything.  Tensors of such classes are `_odd`: no fast
path serves them, so calls among plain tensors pay nothing.  The functions of the op table ask in
their public form (:mod:`ops.registry`); what `Tensor` itself defines is put on the first class
that derives from it in a form that asks.  Inside `__torch_function__` nothing is asked.
A mode is asked before them, see :mod:`core.function_modes`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

seen: list[type] = []
"""Classes that take part in calls; while there are none, nobody is asked."""

_OPERATORS = (
    "__getitem__", "__setitem__", "__delitem__", "__reversed__", "__contains__",
    "__len__", "__bool__", "__int__", "__float__", "__complex__", "__index__", "__format__",
    "__repr__", "__deepcopy__",
)  # fmt: skip


class _State(threading.local):
    """Whether calls are handed over in this thread."""

    off = 0

    def __init__(self) -> None:
        self.modes: list[Any] = []  # what takes over any call, the innermost last


state = _State()


class DisableTorchFunctionSubclass:
    """A block in which tensors of subclasses are treated as plain ones."""

    def __enter__(self) -> None:
        state.off += 1

    def __exit__(self, *exc: object) -> None:
        state.off -= 1


def is_asked(kind: type) -> bool:
    """Say whether tensors of a class are asked before a call, here and now.

    Parameters
    ----------
    kind : type

    Returns
    -------
    bool
    """
    return not state.off and getattr(kind, "_takes_calls", False)


def disabled(
    cls: type, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
) -> Any:
    """Call a function as if its arguments were plain tensors, and leave its result as it is."""
    with DisableTorchFunctionSubclass():
        return func(*args, **(kwargs or {}))


def default(
    tensor: type, cls: type, func: Callable[..., Any], types: Any, args: Any, kwargs: Any
) -> Any:
    """Call a function, and give its results the class: `Tensor.__torch_function__`.

    Parameters
    ----------
    tensor : type
        Tensor itself.
    cls : type
    func : callable
    types : iterable of type
        Classes that take part in the call.
    args, kwargs

    Returns
    -------
    object
        NotImplemented where the class does not derive from all others.
    """
    if not all(issubclass(cls, kind) for kind in types):
        return NotImplemented
    with DisableTorchFunctionSubclass():
        found = func(*args, **(kwargs or {}))
        of = getattr(func, "__self__", None)
        keeps = cls is tensor or of in (vars(tensor)["grad"], vars(tensor)["_base"])
        return found if keeps else _converted(found, tensor, cls)


def _converted(found: Any, tensor: type, cls: type) -> Any:
    if isinstance(found, tensor) and not isinstance(found, cls):
        return found.as_subclass(cls)  # type: ignore[attr-defined]
    if isinstance(found, (tuple, list)):
        kind: Any = type(found)
        return kind(_converted(one, tensor, cls) for one in found)
    return found


def begin(cls: Any, tensor: Any) -> None:
    """Prepare a class that derives from Tensor.

    Parameters
    ----------
    cls : type
    tensor : type
        Tensor itself.
    """
    if getattr(cls.__torch_function__, "__func__", None) is disabled:
        return
    cls._takes_calls = cls._odd = True
    if any(base in seen for base in cls.__mro__):
        return
    seen.append(cls)
    for name in {name for kind in tensor.__mro__[:-1] for name in vars(kind)} - set(vars(cls)):
        if name.startswith("_") and name not in _OPERATORS:
            continue
        value = next(vars(kind)[name] for kind in tensor.__mro__ if name in vars(kind))
        own = isinstance(value, FunctionType) and value.__module__.startswith(f"{__package__}.")
        if own or name in _OPERATORS:
            setattr(cls, name, _method(tensor, name))
        elif isinstance(value, property) or hasattr(type(value), "__set__"):
            setattr(cls, name, _property(tensor, name))


def _method(tensor: Any, name: str) -> Any:
    """Return a method in the form that asks."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        function, given = getattr(tensor, name), (self, *args)
        if not are_asked(given):
            return function(*given, **kwargs)
        return ask(function, given, given, kwargs)

    method.__name__ = method.__qualname__ = name
    return method


def _property(tensor: Any, name: str) -> property:
    """Return a property in the form that asks."""

    def found() -> Any:
        return next(vars(kind)[name] for kind in tensor.__mro__ if name in vars(kind))

    def read(self: Any) -> Any:
        function = found().__get__
        return ask(function, (self,), (self,), {}) if is_asked(type(self)) else function(self)

    def write(self: Any, value: Any) -> None:
        found().__set__(self, value)

    def remove(self: Any) -> None:
        found().__delete__(self)

    return property(read, write, remove)


def are_asked(values: Iterable[Any]) -> bool:
    """Say whether a mode is asked, or the class of one of some values, here and now.

    Parameters
    ----------
    values : iterable

    Returns
    -------
    bool
    """
    return bool(state.modes) or any(is_asked(type(value)) for value in values)


def ask(
    function: Any, relevant: tuple[Any, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Hand a call over to the classes of some of its arguments.

    Parameters
    ----------
    function : callable
    relevant : tuple
        Arguments whose classes are asked.
    args, kwargs
        Of the call.

    Raises
    ------
    TypeError
        If none of the classes knows the function.
    """
    answer = asked(function, relevant, args, kwargs)
    if answer is None:
        raise unknown(f"torch.Tensor.{function.__name__}", relevant)
    return answer[0]


def overrides(value: Any) -> bool:
    """Say whether an object's class takes over calls: a subclass of Tensor, or no tensor at all."""
    kind = type(value)
    return is_asked(kind) if hasattr(kind, "_takes_calls") else hasattr(kind, "__torch_function__")


def asked(
    function: Any,
    given: Iterable[Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    tensors: bool = False,
) -> tuple[Any] | None:
    """Ask the innermost mode, then those that take calls over, one of each class.

    Returns the answer in a tuple, or None.

    Functions of PyTorch's that are written in Python count `tensors` among the types.
    """
    takers = _takers(given, tensors)
    types = tuple(map(type, takers))
    if state.modes:
        mode = state.modes.pop()  # what it calls is for the next one
        try:
            answer = mode.__torch_function__(function, types, args, kwargs)
        finally:
            state.modes.append(mode)
        if answer is not NotImplemented:
            return (answer,)
    for taker in filter(overrides, takers):
        try:
            answer = taker.__torch_function__(function, types, args, kwargs or None)
        except Exception as error:
            raise error from None  # the failed call is no part of the story
        if answer is not NotImplemented:
            return (answer,)
    return None


def unknown(name: str, given: Iterable[Any]) -> TypeError:
    """Return the error of a function that no class knows which would take it over."""
    modes = [f"\n  - mode object {mode!r}" for mode in state.modes[-1:]]
    listed = "".join(modes + [f"\n  - tensor subclass {type(t)}" for t in _takers(given)])
    return TypeError(
        f"Multiple dispatch failed for '{name}'; all __torch_function__ handlers returned "
        f"NotImplemented:\n{listed}\n\nFor more information, try re-running with "
        "TORCH_LOGS=not_implemented"
    )


def _takers(given: Iterable[Any], tensors: bool = False) -> list[Any]:
    """Return the first object of each class; a subclass stands before what it derives from."""
    takers: list[Any] = []
    for item in given:
        kind = type(item)
        counts = overrides(item) or (tensors and hasattr(kind, "_takes_calls"))
        if not counts or kind in map(type, takers):
            continue
        bases = [i for i, other in enumerate(takers) if issubclass(kind, type(other))]
        takers.insert(min(bases, default=len(takers)), item)
    return takers
