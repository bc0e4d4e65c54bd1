"""`torch.distributed`: there is one process, which belongs to no group.

Libraries ask before they talk to other processes, and do without when there are none. What talks
raises what PyTorch raises outside a group.
"""

from __future__ import annotations

import enum
from typing import Any

from ..absent import guard

__all__ = ["ReduceOp", "is_available", "is_initialized"]

_TALK = """all_gather all_gather_object all_reduce all_to_all barrier broadcast
broadcast_object_list gather get_backend get_rank get_world_size new_group recv reduce
reduce_scatter scatter send"""
_missing = guard(__name__)


class ReduceOp(enum.IntEnum):
    """How the numbers of several processes become one."""

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4
    BAND = 5
    BOR = 6
    BXOR = 7


def __getattr__(name: str) -> Any:
    """Return a function that talks to other processes, and can only fail."""
    if name not in _TALK.split():
        return _missing(name)

    def talk(*args: Any, **kwargs: Any) -> Any:
        raise ValueError(
            "Default process group has not been initialized, please make sure to call "
            "init_process_group."
        )

    talk.__name__ = talk.__qualname__ = name
    return talk


def is_available() -> bool:
    """Say whether processes can be joined to a group: no."""
    return False


def is_initialized() -> bool:
    """Say whether this process belongs to a group: no."""
    return False
