"""`torch.testing`: comparing tensors with tolerances that fit their dtype, and making tensors."""

from __future__ import annotations

from autograd_nb.absent import guard

from .comparison import assert_allclose, assert_close
from .creation import make_tensor

__all__ = ["assert_allclose", "assert_close", "make_tensor"]
__getattr__ = guard(__name__)
