"""`torch.fft`: discrete Fourier transforms, from the op table."""

from __future__ import annotations

from .absent import guard
from .ops.registry import FUNCTIONS as _FUNCTIONS

globals().update(_FUNCTIONS["fft"])

__all__ = sorted(_FUNCTIONS["fft"])
__getattr__ = guard(__name__)
