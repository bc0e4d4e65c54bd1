"""`torch.backends.cuda`: switches of kernels; on a CPU those of attention matter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from ..absent import guard
from ..ops.attention import KERNELS

__getattr__ = guard(__name__)

matmul = SimpleNamespace(
    allow_tf32=False,
    allow_fp16_reduced_precision_reduction=True,
    allow_bf16_reduced_precision_reduction=True,
    fp32_precision="none",
)
cufft_plan_cache = SimpleNamespace(size=0, max_size=0)


def is_built() -> bool:
    """Say whether this was built for CUDA: never."""
    return False


def _switch(kernel: str) -> tuple[Any, Any]:
    def is_enabled() -> bool:
        return KERNELS[kernel]

    def enable(enabled: bool) -> None:
        KERNELS[kernel] = bool(enabled)

    is_enabled.__doc__ = f"Say whether attention may use the {kernel} kernel."
    enable.__doc__ = f"Set whether attention may use the {kernel} kernel."
    return is_enabled, enable


flash_sdp_enabled, enable_flash_sdp = _switch("flash")
mem_efficient_sdp_enabled, enable_mem_efficient_sdp = _switch("mem_efficient")
math_sdp_enabled, enable_math_sdp = _switch("math")
cudnn_sdp_enabled, enable_cudnn_sdp = _switch("cudnn")


@contextmanager
def sdp_kernel(
    enable_flash: bool = True,
    enable_math: bool = True,
    enable_mem_efficient: bool = True,
    enable_cudnn: bool = True,
) -> Iterator[None]:
    """Set which kernels attention may use, inside a block.

    Parameters
    ----------
    enable_flash, enable_math, enable_mem_efficient, enable_cudnn : bool, default True
        On a CPU, `flash` is one node of the graph and `math` a node for each step.
    """
    before = dict(KERNELS)
    given = (enable_flash, enable_mem_efficient, enable_math, enable_cudnn)
    KERNELS.update(zip(KERNELS, given, strict=True))
    try:
        yield
    finally:
        KERNELS.update(before)
