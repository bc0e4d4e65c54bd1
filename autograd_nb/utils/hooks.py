"""Handles of hooks, and the hooks that stay behind when a tensor is saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from autograd_nb.core.hooks import RemovableHandle, warn_if_has_hooks
from autograd_nb.nn.hooks import BackwardHook

__all__ = ["BackwardHook", "RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]

_F = TypeVar("_F", bound=Callable[..., Any])


def unserializable_hook(f: _F) -> _F:
    """Mark a hook, so that no warning tells that it is not saved with its tensor.

    Parameters
    ----------
    f : callable
        The hook.

    Returns
    -------
    callable
        The hook itself.
    """
    f.__torch_unserializable__ = True  # type: ignore[attr-defined]
    return f
