"""`torch.distributed`: there is one process, which belongs to no group.

Libraries ask before they talk to other processes, and do without when there are none.
"""

from __future__ import annotations

from ..absent import guard

__all__ = ["is_available", "is_initialized"]

__getattr__ = guard(__name__)


def is_available() -> bool:
    """Say whether processes can be joined to a group: no."""
    return False


def is_initialized() -> bool:
    """Say whether this process belongs to a group: no."""
    return False
