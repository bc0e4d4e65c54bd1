"""What libraries import from PyTorch's module of this name."""

from . import collate

__all__ = ["collate"]
