"""``torch.storage``: the memory that tensors lie in, see `core.storage`."""

from typing import Any

from .core.dtypes import get_default_dtype
from .core.storage import LEGACY, TypedStorage, UntypedStorage, legacy_name

__all__ = ["TypedStorage", "UntypedStorage"]
globals().update(LEGACY)


def __getattr__(name: str) -> Any:
    if name == "Storage":  # of the numbers that a tensor made without a dtype has
        return LEGACY[legacy_name(get_default_dtype())]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
