"""`torch.backends.cpu`: what the processor can do."""

from __future__ import annotations


def get_cpu_capability() -> str:
    """Return ``"DEFAULT"``: which instructions are used is NumPy's decision."""
    return "DEFAULT"
