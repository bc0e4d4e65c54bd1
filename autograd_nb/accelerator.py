"""`torch.accelerator`, for code that looks for a GPU first: there is none."""

from __future__ import annotations

from typing import Any

from .absent import guard
from .core import pool
from .core.device import ADVICE, NO_ACCELERATOR

__all__ = [
    "current_accelerator",
    "current_device_idx",
    "current_device_index",
    "current_stream",
    "device_count",
    "device_index",
    "empty_cache",
    "is_available",
    "max_memory_allocated",
    "max_memory_reserved",
    "memory_allocated",
    "memory_reserved",
    "memory_stats",
    "reset_peak_memory_stats",
    "set_device_idx",
    "set_device_index",
    "set_stream",
    "synchronize",
]

__getattr__ = guard(__name__)


def is_available() -> bool:
    """Say whether there is an accelerator: never."""
    return False


def device_count() -> int:
    """Return how many accelerators there are: none."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """Return the kind of accelerator: None.

    Parameters
    ----------
    check_available : bool, default False
        Whether it must be usable now.
    """


def _refuse(*args: Any, **options: Any) -> Any:
    """Refuse, as PyTorch does without an accelerator.

    Raises
    ------
    RuntimeError
        Always.
    """
    error = RuntimeError(NO_ACCELERATOR)
    error.add_note(ADVICE)
    raise error


current_device_index = current_device_idx = current_stream = synchronize = _refuse
set_device_index = set_device_idx = set_stream = _refuse


class device_index:
    """Choose a device for a block; there is none to choose.

    Parameters
    ----------
    device : int or None
        Its number.
    """

    def __init__(self, device: int | None, /) -> None:
        self.idx = device

    def __enter__(self) -> None:
        if self.idx is not None:
            _refuse()

    def __exit__(self, *error: object) -> None:
        pass


def empty_cache() -> None:
    """Give the memory that large arrays left, and that is kept for the next ones, to the system.

    Notes
    -----
    At most 256 MB are kept; no array that can still be seen is touched.
    """
    pool.clear()


def memory_allocated(device_index: Any = None, /) -> int:
    """Return the bytes in use: 0."""
    return 0


max_memory_allocated = max_memory_reserved = memory_reserved = memory_allocated


def memory_stats(device_index: Any = None, /) -> dict[str, int]:
    """Return no statistics."""
    return {}


def reset_peak_memory_stats(device_index: Any = None, /) -> None:
    """Do nothing: nothing is counted."""
