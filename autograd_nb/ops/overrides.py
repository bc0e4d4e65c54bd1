"""`__torch_function__` of classes that are no tensors: they take over the calls they appear in.

Note [Overriding]
PyTorch looks for such arguments before each call. Here a call with one of them fails, since it is
no tensor, and only then it is handed over: calls among tensors pay nothing. Subclasses of Tensor
are tensors, and are not asked.
"""

from __future__ import annotations

from typing import Any

from ..core.tensor import Tensor
from .registry import FUNCTIONS

# Methods that PyTorch's operators are named after, where it is not the operator's own name.
_OPERATORS = {"__truediv__": "div", "__mod__": "remainder"}


def overrides(value: Any) -> bool:
    """Say whether an object's class takes over calls."""
    return hasattr(type(value), "__torch_function__")


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
    # Of the first of each class; a subclass is asked before what it derives from.
    takers: list[Any] = []
    for value in (*args, *kwargs.values()):
        for item in value if isinstance(value, (list, tuple)) else (value,):
            kind = type(item)
            if not overrides(item) or kind in map(type, takers):
                continue
            bases = [i for i, other in enumerate(takers) if issubclass(kind, type(other))]
            takers.insert(min(bases, default=len(takers)), item)
    if not takers:
        return None
    if space == "Tensor":
        plain = _OPERATORS.get(name, name.strip("_") if name.startswith("__") else name)
        function = getattr(Tensor, plain, None) or getattr(Tensor, name)
    else:
        function = FUNCTIONS[space][name]
    types = tuple(map(type, takers))
    # What was left out may have become None on the way.
    given = {key: value for key, value in kwargs.items() if value is not None}
    for taker in takers:
        try:
            answer = taker.__torch_function__(function, types, args, given or None)
        except Exception as error:
            raise error from None  # the failed call is no part of the story
        if answer is not NotImplemented:
            return (answer,)
    shown = "torch.Tensor" if space == "Tensor" else f"torch.{space}".removesuffix(".torch")
    listed = "".join(f"\n  - tensor subclass {kind}" for kind in types)
    raise TypeError(
        f"Multiple dispatch failed for '{shown}.{function.__name__}'; all __torch_function__ "
        f"handlers returned NotImplemented:\n{listed}\n\nFor more information, try re-running "
        "with TORCH_LOGS=not_implemented"
    ) from None
