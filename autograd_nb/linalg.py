"""`torch.linalg`: linear algebra, from the op table."""

from __future__ import annotations

from autograd_nb.absent import guard as _guard
from autograd_nb.ops.registry import FUNCTIONS

globals().update(FUNCTIONS["linalg"])

__all__ = sorted(name for name in globals() if not name.startswith("_"))
__all__.remove("FUNCTIONS")
__all__.remove("annotations")

__getattr__ = _guard(__name__)
