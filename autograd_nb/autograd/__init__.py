"""`torch.autograd`: backward, grad, custom functions and modes."""

from __future__ import annotations

from ..core.engine import backward, grad
from ..core.function import Function
from ..core.modes import (
    detect_anomaly,
    enable_grad,
    inference_mode,
    no_grad,
    set_detect_anomaly,
    set_grad_enabled,
)

__all__ = ["Function", "backward", "detect_anomaly", "enable_grad", "grad", "inference_mode",
           "no_grad", "set_detect_anomaly", "set_grad_enabled"]
