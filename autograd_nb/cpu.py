"""`torch.cpu`: the one device there is, asked as if it were an accelerator."""

from __future__ import annotations

from typing import Any

from .absent import guard

__all__ = ["current_device", "device_count", "is_available", "set_device", "synchronize"]

__getattr__ = guard(__name__)


def is_available() -> bool:
    """Say whether there is a CPU."""
    return True


def device_count() -> int:
    """Return 1: all cores are one device."""
    return 1


def current_device() -> str:
    """Return ``"cpu"``."""
    return "cpu"


def synchronize(device: Any = None) -> None:
    """Do nothing: operations are finished when they return."""


def set_device(device: Any) -> None:
    """Do nothing: there is one device."""
