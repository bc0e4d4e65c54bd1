"""`torch.fft`: discrete Fourier transforms, from the op table."""

from __future__ import annotations

from autograd_nb.absent import guard
from autograd_nb.ops.registry import FUNCTIONS

__all__ = sorted(FUNCTIONS["fft"])
__getattr__ = guard(__name__, FUNCTIONS["fft"])


def __dir__() -> list[str]:
    return __all__
