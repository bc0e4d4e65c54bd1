"""`torch.autograd.forward_ad`: dual tensors."""

from __future__ import annotations

from ..core.forward_ad import (
    UnpackedDualTensor,
    dual_level,
    enter_dual_level,
    exit_dual_level,
    make_dual,
    unpack_dual,
)
from ..core.modes import state


def __getattr__(name: str) -> int:
    if name == "_current_level":
        return 0 if state.dual_level else -1
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


__all__ = [
    "UnpackedDualTensor",
    "dual_level",
    "enter_dual_level",
    "exit_dual_level",
    "make_dual",
    "unpack_dual",
]
