"""`torch.signal`: windows."""

from __future__ import annotations

from autograd_nb.absent import guard

from . import windows

__all__ = ["windows"]
__getattr__ = guard(__name__)
