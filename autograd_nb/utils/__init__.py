"""Utilities around models and data."""

from autograd_nb.core import hooks
from autograd_nb.utils import checkpoint, data, dlpack

__all__ = ["checkpoint", "data", "dlpack", "hooks"]
