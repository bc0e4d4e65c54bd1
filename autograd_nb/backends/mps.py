"""`torch.backends.mps`: Apple's GPUs, which NumPy does not use."""

from __future__ import annotations


def is_available() -> bool:
    """Say whether there is such a device: never."""
    return False


def is_built() -> bool:
    """Say whether this was built for such a device: never."""
    return False


def is_macos_or_newer(major: int, minor: int) -> bool:
    """Say whether the system is macOS of a version: not that it would matter."""
    return False
