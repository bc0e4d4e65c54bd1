"""`torch.utils.dlpack`: memory shared with other libraries."""

from __future__ import annotations

from typing import Any

from ..core.tensor import Tensor
from ..ops.registry import FUNCTIONS

__all__ = ["from_dlpack", "to_dlpack"]

from_dlpack = FUNCTIONS["torch"]["from_dlpack"]


def to_dlpack(tensor: Tensor) -> Any:
    """Return a capsule that another library's ``from_dlpack`` takes over.

    Parameters
    ----------
    tensor : Tensor
        Without `requires_grad`.
    """
    return tensor.__dlpack__()
