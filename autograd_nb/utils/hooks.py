"""Handles of hooks, and the hooks that stay behind when a tensor is saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from autograd_nb.core.hooks import RemovableHandle
from autograd_nb.nn.hooks import BackwardHook

from ..core.warn import warn

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


def warn_if_has_hooks(tensor: Any) -> None:
    """Warn of each hook of `tensor` that saving the tensor would lose.

    Parameters
    ----------
    tensor : Tensor
        It may have backward hooks.
    """
    for hook in (tensor._backward_hooks or {}).values():
        if not hasattr(hook, "__torch_unserializable__"):
            warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, "
                "you can decorate the function with @torch.utils.hooks.unserializable_hook to "
                "suppress this warning",
            )
