"""`torch.overrides`: what functions ask that let classes which are no tensors take them over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .absent import guard
from .core.subclasses import asked, overrides, unknown
from .core.tensor import Tensor

__all__ = [
    "handle_torch_function",
    "has_torch_function",
    "has_torch_function_unary",
    "has_torch_function_variadic",
    "is_tensor_like",
]

__getattr__ = guard(__name__)


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Say whether one of several arguments takes calls over.

    Parameters
    ----------
    relevant_args : iterable
        Arguments of a call.
    """
    return any(map(overrides, relevant_args))


def has_torch_function_unary(arg: Any) -> bool:
    """Say whether an argument takes calls over.

    Parameters
    ----------
    arg : object
        Argument of a call.
    """
    return overrides(arg)


def has_torch_function_variadic(*args: Any) -> bool:
    """Say whether one of several arguments takes calls over.

    Parameters
    ----------
    *args
        Arguments of a call.
    """
    return has_torch_function(args)


def handle_torch_function(
    public_api: Callable[..., Any], relevant_args: Iterable[Any], *args: Any, **kwargs: Any
) -> Any:
    """Hand a call over to the first of its arguments that knows the function.

    Parameters
    ----------
    public_api : callable
        The function that was called.
    relevant_args : iterable
        Arguments that may take it over.
    *args, **kwargs
        Of the call.

    Raises
    ------
    TypeError
        If none of them knows it.
    """
    relevant = tuple(relevant_args)
    answer = asked(public_api, relevant, args, kwargs, tensors=True)
    if answer is None:
        name = f"{public_api.__module__}.{public_api.__name__}".replace("autograd_nb", "torch", 1)
        raise unknown(name, relevant)
    return answer[0]


def is_tensor_like(inp: Any) -> bool:
    """Say whether an object is a tensor, or takes calls over.

    Parameters
    ----------
    inp : object
        The object.
    """
    return isinstance(inp, Tensor) or overrides(inp)
