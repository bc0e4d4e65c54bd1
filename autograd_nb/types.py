"""`torch.types`: the names that annotations use."""

from __future__ import annotations

import builtins
import os
from collections.abc import Sequence
from typing import IO, Any

from .core.device import device, layout
from .core.dtypes import dtype
from .core.size import Size
from .core.tensor import Tensor
from .storage import TypedStorage, UntypedStorage

__all__ = ["Device", "FileLike", "Number", "Storage"]

Device = device | str | int | None
FileLike = str | os.PathLike[str] | IO[bytes]
Number = int | float | bool
Storage = UntypedStorage | TypedStorage

_int = builtins.int
_float = builtins.float
_bool = builtins.bool
_complex = builtins.complex
_dtype = dtype
_device = device
_layout = layout
_size = Size | list[int] | tuple[int, ...]
_TensorOrTensors = Tensor | Sequence[Tensor]
_TensorOrTensorsOrGradEdge = _TensorOrTensors | Any
