"""`torch.multiprocessing`: Python's own; tensors travel between processes as copies."""

from __future__ import annotations

import multiprocessing as _standard
from typing import Any

from .absent import guard

_missing = guard(__name__)


def __getattr__(name: str) -> Any:
    """Return what Python's module has under a name."""
    if name in _standard.__all__:
        return getattr(_standard, name)
    return _missing(name)


def __dir__() -> list[str]:
    return sorted(_standard.__all__)
