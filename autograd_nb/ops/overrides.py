"""`__torch_function__`: classes that take over the calls they appear in.

Note [Overriding]
PyTorch looks for such arguments before each call. Here a call with an argument that is no tensor
fails, and only then it is handed over: calls among tensors pay nothing. Subclasses of Tensor
are asked before the call, but only once there is such a class; see `core.subclasses`.
"""

from __future__ import annotations

from typing import Any

from ..core.subclasses import are_asked, asked, overrides, state, unknown
from ..core.tensor import Tensor
from .registry import FUNCTIONS

# Methods that PyTorch's operators are named after, where it is not the operator's own name.
_OPERATORS = {"__truediv__": "div", "__mod__": "remainder"}

_NOT_ASKED = frozenset({"as_subclass", "tensor", "as_tensor", "asarray", "from_numpy", "is_tensor"})
"""What subclasses of Tensor do not take over."""

_HIDDEN = frozenset({"as_subclass", "from_numpy", "is_tensor", "manual_seed"})
"""What modes do not take over."""


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
    return _answer(space, name, args, kwargs, given) if any(map(overrides, given)) else None


def _answer(
    space: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], given: list[Any]
) -> tuple[Any]:
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
    given = _given(args, kwargs)
    if name in (_HIDDEN if state.modes else _NOT_ASKED) or not are_asked(given):
        return None
    return _answer(space, name, args, kwargs, given)


def _given(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """Return the arguments of a call, and what is in its lists."""
    given = [*args, *kwargs.values()]
    return given + [item for value in given if isinstance(value, (list, tuple)) for item in value]
