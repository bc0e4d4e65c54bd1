"""`torch.random`: seeding, and saving and restoring the state of the default generator.

Examples
--------
>>> import autograd_nb as torch
>>> with torch.random.fork_rng():
...     inside = torch.manual_seed(0).initial_seed()
>>> inside
0
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .core.generator import Generator, default_generator
from .ops.random import get_rng_state, initial_seed, manual_seed, seed, set_rng_state

__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **options: Any) -> Iterator[None]:
    """Put the default generator back, at the end of the block, to where it was.

    Parameters
    ----------
    devices : sequence, optional
        Other devices to put back; there are none.
    enabled : bool, default True
        Whether to do anything.
    **options
        `device_type` and the names that PyTorch uses in warnings; without effect on the CPU.
    """
    if not enabled:
        yield
        return
    state = default_generator.stream.state_bytes()
    try:
        yield
    finally:
        default_generator.stream.restore(state)
