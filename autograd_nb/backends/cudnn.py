"""`torch.backends.cudnn`: PyTorch's defaults; whatever is assigned here stays assigned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..absent import guard

__getattr__ = guard(__name__)

enabled = True
benchmark = False
benchmark_limit: int | None = None
deterministic = False
allow_tf32 = True

_SWITCHES = ("enabled", "benchmark", "benchmark_limit", "deterministic", "allow_tf32")


def is_available() -> bool:
    """Say whether the library is there: never."""
    return False


def is_acceptable(tensor: Any) -> bool:
    """Say whether the library can serve a tensor: never."""
    return False


def version() -> None:
    """Return the library's version: None."""


@contextmanager
def flags(
    enabled: bool = False,
    benchmark: bool = False,
    benchmark_limit: int | None = 10,
    deterministic: bool = False,
    allow_tf32: bool = True,
    **options: Any,
) -> Iterator[None]:
    """Set the switches inside a block.

    Parameters
    ----------
    enabled, benchmark, benchmark_limit, deterministic, allow_tf32
        The switches.
    **options
        Further switches, accepted.
    """
    given = (enabled, benchmark, benchmark_limit, deterministic, allow_tf32)
    space = globals()
    before = {name: space[name] for name in _SWITCHES}
    space.update(zip(_SWITCHES, given, strict=True))
    try:
        yield
    finally:
        space.update(before)
