"""`torch.overrides`: modes that take calls over, and what functions ask that let them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from .absent import guard
from .core.function_modes import BaseTorchFunctionMode, TorchFunctionMode
from .core.subclasses import asked, overrides, state, unknown
from .core.tensor import Tensor

__all__ = [
    "BaseTorchFunctionMode",
    "TorchFunctionMode",
    "handle_torch_function",
    "has_torch_function",
    "has_torch_function_unary",
    "has_torch_function_variadic",
    "is_tensor_like",
    "wrap_torch_function",
]

_F = TypeVar("_F", bound=Callable[..., Any])

__getattr__ = guard(__name__)


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Say whether one of several arguments takes calls over.

    Parameters
    ----------
    relevant_args : iterable
        Arguments of a call.
    """
    return bool(state.modes) or any(map(overrides, relevant_args))


def has_torch_function_unary(arg: Any) -> bool:
    """Say whether an argument takes calls over.

    Parameters
    ----------
    arg : object
        Argument of a call.
    """
    return has_torch_function((arg,))


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


def wrap_torch_function(dispatcher: Callable[..., Iterable[Any]]) -> Callable[[_F], _F]:
    """Return a decorator of functions that arguments and modes may take over.

    Parameters
    ----------
    dispatcher : callable
        Given the arguments of a call, returns those that may.
    """

    def inner(func: _F) -> _F:
        @functools.wraps(func)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            relevant = dispatcher(*args, **kwargs)
            if has_torch_function(relevant):
                return handle_torch_function(wrapped, relevant, *args, **kwargs)
            return func(*args, **kwargs)

        return cast("_F", wrapped)

    return inner


def is_tensor_like(inp: Any) -> bool:
    """Say whether an object is a tensor, or takes calls over.

    Parameters
    ----------
    inp : object
        The object.
    """
    return isinstance(inp, Tensor) or overrides(inp)
