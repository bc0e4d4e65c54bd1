"""`torch.functional`: the functions of `torch` that PyTorch writes in Python."""

from __future__ import annotations

import importlib
from typing import Any

from .absent import guard

__all__ = (
    "atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors "
    "cartesian_prod cdist chain_matmul einsum istft lu meshgrid norm pca_lowrank "
    "split stft svd_lowrank tensordot unique unique_consecutive unravel_index "
).split()
_missing = guard(__name__)


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module(__package__), name)
    return _missing(name)


def __dir__() -> list[str]:
    return __all__
