"""`torch.backends.mkldnn`: a library of PyTorch's that is not used here."""

from __future__ import annotations

enabled = False


def is_available() -> bool:
    """Say whether the library is used: never."""
    return False
