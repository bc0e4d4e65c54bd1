"""`__torch_function__`: classes that take over the calls they appear in.

Note [Overriding]
PyTorch looks for such arguments before each call. Here a call with an argument that is no tensor
fails, and only then it is handed over: calls among tensors pay nothing. Subclasses of Tensor
are asked before the call, but only once there is such a class; see `core.subclasses`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.subclasses import is_asked
from ..core.tensor import Tensor
from .registry import FUNCTIONS

# Methods that PyTorch's operators are named after, where it is not the operator's own name.
_OPERATORS = {"__truediv__": "div", "__mod__": "remainder"}

_NOT_ASKED = frozenset({"as_subclass", "tensor", "as_tensor", "asarray", "from_numpy", "is_tensor"})
"""What subclasses of Tensor do not take over."""


def overrides(value: Any) -> bool:
    """Say whether an object's class takes over calls."""
    kind = type(value)
    if isinstance(value, Tensor):
        return is_asked(kind)
    return hasattr(kind, "__torch_function__")


def handed_over(
    space: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any] | None:
    """Return what a class that takes over a failed call answers, in a tuple; None without one.

    Parameters
    ----------
    space : str
        Where the function was found: "torch", "linalg", ..., or "Tensor".
    name : str
        Its name there.
    args, kwargs
        As they were given; of a method with the tensor in front.

    Raises
    ------
    TypeError
        If none of the classes knows the function.
    """
    given = _given(args, kwargs)
    if not any(map(overrides, given)):
        return None
    if space == "Tensor":
        plain = _OPERATORS.get(name, name.strip("_") if name.startswith("__") else name)
        function = getattr(Tensor, plain, None) or getattr(Tensor, name)
    else:
        function = FUNCTIONS[space][name]
    # What was left out may have become None on the way.
    named = {key: value for key, value in kwargs.items() if value is not None}
    answer = asked(function, given, args, named)
    if answer is None:
        shown = "torch.Tensor" if space == "Tensor" else f"torch.{space}".removesuffix(".torch")
        raise unknown(f"{shown}.{function.__name__}", given) from None
    return answer


def taken_over(
    space: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any] | None:
    """Return what a tensor's subclass answers to a call, in a tuple; None where there is none.

    Parameters
    ----------
    space, name, args, kwargs
        As for `handed_over`.
    """
    if name not in _NOT_ASKED and any(is_asked(type(one)) for one in _given(args, kwargs)):
        return handed_over(space, name, args, kwargs)
    return None


def _given(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """Return the arguments of a call, and what is in its lists."""
    given = [*args, *kwargs.values()]
    return given + [item for value in given if isinstance(value, (list, tuple)) for item in value]


def asked(
    function: Any,
    given: Iterable[Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    tensors: bool = False,
) -> tuple[Any] | None:
    """Ask those that take calls over, one of each class; return the answer in a tuple, or None.

    Functions of PyTorch's that are written in Python count `tensors` among the types.
    """
    takers = _takers(given, tensors)
    types = tuple(map(type, takers))
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
    listed = "".join(f"\n  - tensor subclass {type(taker)}" for taker in _takers(given))
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
        counts = overrides(item) or (tensors and isinstance(item, Tensor))
        if not counts or kind in map(type, takers):
            continue
        bases = [i for i, other in enumerate(takers) if issubclass(kind, type(other))]
        takers.insert(min(bases, default=len(takers)), item)
    return takers
