"""The few names of PyTorch's private module that libraries read."""

from __future__ import annotations

from .absent import guard
from .linalg import LinAlgError as _LinAlgError

__all__ = ["_LinAlgError", "_get_tracing_state", "_log_api_usage_once"]

__getattr__ = guard(__name__)


def _get_tracing_state() -> None:
    """Return what records a graph of TorchScript: nothing does."""


def _log_api_usage_once(event: str) -> None:
    """Take the name of something that a library does; it is told nobody."""
