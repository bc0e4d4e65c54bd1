"""`torch.compiler`: what code asks of a compiler, where there is none: it runs as it is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from .absent import guard
from .settings import compile

__all__ = [
    "allow_in_graph",
    "assume_constant_result",
    "compile",
    "cudagraph_mark_step_begin",
    "disable",
    "is_compiling",
    "is_dynamo_compiling",
    "is_exporting",
    "list_backends",
    "reset",
    "set_stance",
]

__getattr__ = guard(__name__)


def is_compiling() -> bool:
    """Say whether this is being compiled: never."""
    return False


def is_dynamo_compiling() -> bool:
    """Say whether this is being compiled: never."""
    return False


def is_exporting() -> bool:
    """Say whether this is being exported: never."""
    return False


def disable(
    fn: Callable[..., Any] | None = None, recursive: bool = True, *, reason: str | None = None
) -> Any:
    """Keep a function from being compiled; without effect.

    Parameters
    ----------
    fn : callable, optional
        The function; without it, a decorator is returned.
    recursive, reason
        Accepted.
    """
    return fn if fn is not None else lambda function: function


def allow_in_graph(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Keep a compiler from looking into a function; without effect.

    Parameters
    ----------
    fn : callable
        The function.
    """
    return fn


def assume_constant_result(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Tell a compiler that a function always gives the same; without effect.

    Parameters
    ----------
    fn : callable
        The function.
    """
    return fn


def list_backends(exclude_tags: tuple[str, ...] = ("debug", "experimental")) -> list[str]:
    """Return the names of compilers: there are none.

    Parameters
    ----------
    exclude_tags : tuple of str
        Accepted.
    """
    return []


def reset() -> None:
    """Forget what was compiled; there is nothing."""


def cudagraph_mark_step_begin() -> None:
    """Mark where a step begins; without effect."""


def set_stance(stance: str = "default", **options: Any) -> Any:
    """Say how much is compiled, from here on or inside a block; without effect.

    Parameters
    ----------
    stance : str, default "default"
        How much.
    **options
        Accepted.
    """
    return contextlib.nullcontext()
