"""`torch.autograd`: backward, grad, custom functions, modes, and checks of gradients."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from ..absent import guard as _guard
from ..core import function
from ..core import modes as anomaly_mode
from ..core import modes as grad_mode
from ..core.engine import backward, grad
from ..core.function import Function
from ..core.modes import (
    detect_anomaly,
    enable_grad,
    inference_mode,
    is_multithreading_enabled,
    no_grad,
    set_detect_anomaly,
    set_grad_enabled,
    set_multithreading_enabled,
)
from ..core.saved_tensor import SavedTensor
from . import forward_ad, functional, graph
from .gradcheck import GradcheckError, gradcheck, gradgradcheck
from .graph import _unsafe_preserve_version_counter as _unsafe_preserve_version_counter
from .variable import Variable

__all__ = [
    "Function",
    "GradcheckError",
    "SavedTensor",
    "Variable",
    "anomaly_mode",
    "backward",
    "detect_anomaly",
    "forward_ad",
    "enable_grad",
    "function",
    "functional",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_multithreading_enabled",
    "no_grad",
    "profiler",
    "set_detect_anomaly",
    "set_grad_enabled",
    "set_multithreading_enabled",
]

# Notebooks import from these, too.
for _name, _module in {
    "anomaly_mode": anomaly_mode,
    "function": function,
    "grad_mode": grad_mode,
}.items():
    sys.modules[f"{__name__}.{_name}"] = _module

_LAZY = ("profiler", "profiler_util")
_missing = _guard(__name__)


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(f"{__name__}.{name}")
    return _missing(name)
