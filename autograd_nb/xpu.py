"""`torch.xpu`, for code that asks before it uses one: there is no such device."""

from __future__ import annotations

from typing import Any

from .absent import guard

__all__ = ["device_count", "empty_cache", "is_available", "manual_seed"]

__getattr__ = guard(__name__)


def is_available() -> bool:
    """Say whether there is such a device: never."""
    return False


def device_count() -> int:
    """Return how many there are: none."""
    return 0


def empty_cache() -> None:
    """Do nothing: there is no cache."""


def manual_seed(seed: Any) -> None:
    """Seed its generator; without a device there is nothing to seed.

    Parameters
    ----------
    seed : int
        The seed.
    """
