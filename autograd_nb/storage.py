"""``torch.storage``: the memory that tensors lie in, see `core.storage`."""

from .core.storage import LEGACY, TypedStorage, UntypedStorage

__all__ = ["TypedStorage", "UntypedStorage"]
globals().update(LEGACY)
