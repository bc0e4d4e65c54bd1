"""Utilities around models and data."""

from autograd_nb.core import hooks
from autograd_nb.utils import data

__all__ = ["data", "hooks"]
