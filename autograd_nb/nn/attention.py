"""`torch.nn.attention`: which way `scaled_dot_product_attention` is computed, and recorded."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager

from autograd_nb.ops.attention import KERNELS

__all__ = ["SDPBackend", "sdpa_kernel"]


class SDPBackend(enum.Enum):
    """A way of computing attention; on a CPU there are two.

    ``FLASH_ATTENTION`` is one node of the graph, ``MATH`` a node for each step.
    """

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4

    def __int__(self) -> int:
        return int(self.value)


_SWITCHES = {
    "flash": SDPBackend.FLASH_ATTENTION,
    "mem_efficient": SDPBackend.EFFICIENT_ATTENTION,
    "math": SDPBackend.MATH,
    "cudnn": SDPBackend.CUDNN_ATTENTION,
}


@contextmanager
def sdpa_kernel(
    backends: list[SDPBackend] | SDPBackend, set_priority: bool = False
) -> Iterator[dict[str, bool]]:
    """Allow only some ways of computing attention, inside a block.

    Parameters
    ----------
    backends : SDPBackend or list of SDPBackend
        Those allowed.
    set_priority : bool, default False
        Accepted: on a CPU the order is always the same.
    """
    if not isinstance(backends, (list, SDPBackend)):
        raise AssertionError(
            "Backend must be an instance of SDPBackend or a list of SDPBackend instances, got "
            f"{type(backends).__name__}"
        )
    allowed = [backends] if isinstance(backends, SDPBackend) else backends
    before = dict(KERNELS)
    KERNELS.update({name: backend in allowed for name, backend in _SWITCHES.items()})
    try:
        yield {}
    finally:
        KERNELS.update(before)
