"""Utilities around models and data."""

from autograd_nb.utils import checkpoint, data, deterministic, dlpack, hooks
from autograd_nb.utils.swapping import swap_tensors

__all__ = ["checkpoint", "data", "deterministic", "dlpack", "hooks", "swap_tensors"]
