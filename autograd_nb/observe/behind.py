"""The user's functions behind hooks that a library registers to call them."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, NamedTuple

from autograd_nb.observe.cells import is_library


class Behind(NamedTuple):
    """What stands behind a library's hook.

    Parameters
    ----------
    kind : str
        ``"multi_grad"``, ``"module_backward"`` or ``"module_backward_pre"``.
    functions : tuple of callable
        The user's; none where a module's border is only listened to, for its other border.
    module : nn.Module or None
    call : object
        The same for all hooks of one registration, None where there is one alone.
    """

    kind: str
    functions: tuple[Any, ...]
    module: Any = None
    call: Any = None


FIRES_AS = {
    "multi_grad": "tensor",
    "module_backward": "node_post",
    "module_backward_pre": "node_pre",
}


def behind(fn: Any, depth: int | None = None) -> Behind | None:
    """Find the user's functions behind a hook; both libraries have the same ones.

    Parameters
    ----------
    fn : callable
        What is registered, or fires.
    depth : int, optional
        Frames of the caller's own to skip; without it, the stack is not looked at.

    Returns
    -------
    Behind or None
        None for a hook that is the user's own.
    """
    of_module = _of_module(fn)
    if of_module is not None or depth is None:
        return of_module
    frame: FrameType | None = sys._getframe(depth + 1)
    while frame is not None and is_library(frame):
        if frame.f_code.co_name == "register_multi_grad_hook":
            known = frame.f_locals
            return Behind("multi_grad", (known.get("fn"),), call=known.get("lock"))
        frame = frame.f_back
    return None


def _of_module(fn: Any) -> Behind | None:
    """Look behind the hooks on both borders of a module with full backward hooks."""
    name = getattr(fn, "__qualname__", None)
    if not isinstance(name, str) or not name.startswith("BackwardHook."):
        return None
    border = getattr(fn, "__self__", None)
    cells = zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True)
    for free, cell in () if border is not None else cells:
        if free == "self":
            border = cell.cell_contents
    hooks = getattr(border, "user_hooks", getattr(border, "hooks", None))
    before = getattr(border, "user_pre_hooks", getattr(border, "pre_hooks", None))
    if border is None or hooks is None or before is None:
        return None
    if "output" not in name:
        return Behind("module_backward", tuple(hooks), border.module)
    places = "input_tensors_index", "input_positions"
    has_input = any(getattr(border, place, None) is not None for place in places)
    # Where no input needs a gradient there is one border, and all hooks are called there.
    return Behind(
        "module_backward_pre",
        (*before, *(() if has_input else hooks)),
        border.module,
    )
