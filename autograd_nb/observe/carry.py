"""The modes of one thread, taken to another: what a pass that runs elsewhere must find there."""

from __future__ import annotations

import contextvars
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeVar

from autograd_nb.core import modes

_R = TypeVar("_R")

# Anomaly mode is every thread's; `special` follows from the others, and `hooked` is counted.
_NOT_OWN = {"detect_anomaly", "check_nan", "special", "hooked"}
_OWN = tuple(
    name
    for name, value in vars(modes.State).items()
    if not name.startswith("__") and not callable(value) and name not in _NOT_OWN
)


def carried() -> Callable[[Callable[[], _R]], _R]:
    """Take the modes of this thread.

    Grad mode, inference mode, anomaly mode, saved-tensor hooks and NumPy's error state come along,
    and those that PyTorch keeps per thread where it has been imported. What both engines keep for
    the whole process, such as the default dtype, needs no carrying.

    Returns
    -------
    callable
        Runs a function, in whichever thread it is called, under these modes.
    """
    own, context = _own_modes(), contextvars.copy_context()
    enter_foreign = _foreign_modes(sys.modules.get("torch"))

    def run(work: Callable[[], _R]) -> _R:
        __tracebackhide__ = True
        before = _own_modes()
        _set_own(own)
        try:
            with ExitStack() as stack:
                enter_foreign(stack)
                return context.run(work)
        finally:
            _set_own(before)

    return run


def _own_modes() -> dict[str, Any]:
    return {name: getattr(modes.state, name) for name in _OWN}


def _set_own(values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(modes.state, name, value)
    modes.state.note_hooks()


def _foreign_modes(torch: Any) -> Callable[[ExitStack], None]:
    if not hasattr(torch, "autograd"):
        return lambda stack: None
    grad, inference = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
    autocast = torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")
    # PyTorch offers hooks and their ban for setting only; what is set is asked behind the scenes.
    inner = torch._C._autograd
    hooks = inner._top_saved_tensors_default_hooks(True)
    ban = inner._saved_tensors_hooks_get_disabled_error_message()

    def enter(stack: ExitStack) -> None:
        graph = torch.autograd.graph
        if inference:
            stack.enter_context(torch.inference_mode())
        stack.enter_context(torch.set_grad_enabled(grad))
        if autocast[0]:
            stack.enter_context(torch.autocast("cpu", dtype=autocast[1]))
        if hooks is not None:
            stack.enter_context(graph.saved_tensors_hooks(*hooks))
        if ban is not None:
            stack.enter_context(graph.disable_saved_tensors_hooks(ban))

    return enter
