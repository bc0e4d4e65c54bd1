"""`torch.cuda`, for code that asks before it uses one: there is no device but the CPU."""

from __future__ import annotations

from typing import Any

__all__ = ["current_device", "device_count", "is_available", "is_initialized", "manual_seed",
           "manual_seed_all", "synchronize"]  # fmt: skip


def is_available() -> bool:
    """Say whether there is a CUDA device: never."""
    return False


def is_initialized() -> bool:
    """Say whether CUDA has been used: never."""
    return False


def device_count() -> int:
    """Return how many CUDA devices there are: none."""
    return 0


def manual_seed(seed: int) -> None:
    """Seed the current device's generator; does nothing without a device, as in PyTorch."""


def manual_seed_all(seed: int) -> None:
    """Seed the generators of all devices; does nothing without a device, as in PyTorch."""


def current_device() -> int:
    """Return the number of the current device.

    Raises
    ------
    AssertionError
        Always: there is none.
    """
    raise _absent()


def synchronize(device: Any = None) -> None:
    """Wait for a device.

    Raises
    ------
    AssertionError
        Always: there is none.
    """
    raise _absent()


def _absent() -> AssertionError:
    return AssertionError("Torch not compiled with CUDA enabled")
