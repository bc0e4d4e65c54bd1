"""`torch.cuda.nvtx`: marks for NVIDIA's profiler, which refuse to be set without CUDA."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NoReturn

__all__ = ["mark", "range", "range_end", "range_pop", "range_push", "range_start"]


def _refuse(*args: Any, **kwargs: Any) -> NoReturn:
    raise RuntimeError("NVTX functions not installed. Are you sure you have a CUDA build?")


def mark(msg: str) -> None:
    """Refuse to mark a moment.

    Parameters
    ----------
    msg : str
    """
    _refuse()


range_push = range_pop = range_start = range_end = _refuse


@contextlib.contextmanager
def range(msg: str, *args: Any, **kwargs: Any) -> Iterator[None]:
    """Refuse to mark what happens in the block.

    Parameters
    ----------
    msg : str
    *args, **kwargs
        For the message's format.
    """
    range_push(msg.format(*args, **kwargs))
    yield
    range_pop()
