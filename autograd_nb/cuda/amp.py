"""`torch.cuda.amp`: the older names of `torch.amp`, for a device that is not there."""

from __future__ import annotations

import sys
from typing import Any

from .. import amp
from ..core.warn import warn

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]


__path__: list[str] = []  # PyTorch has a file for each of the two
for _file in ("autocast_mode", "grad_scaler"):
    globals()[_file] = sys.modules.setdefault(f"{__name__}.{_file}", sys.modules[__name__])


def _deprecated(name: str, arguments: str = "'cuda', args...") -> None:
    warn(
        f"`torch.cuda.amp.{name}(args...)` is deprecated. Please use `torch.amp.{name}("
        f"{arguments})` instead.",
        FutureWarning,
    )


class autocast(amp.autocast):
    """Lower precision for a block on a CUDA device: switches itself off, with a warning.

    Parameters
    ----------
    enabled : bool, default True
        Whether to ask for it.
    dtype : dtype, optional
        The lower precision.
    cache_enabled : bool, default True
        Accepted.
    """

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        _deprecated("autocast")
        super().__init__("cuda", dtype=dtype, enabled=enabled, cache_enabled=cache_enabled)


class GradScaler(amp.GradScaler):
    """Loss scaling for float16 on a CUDA device: switches itself off, with a warning.

    Parameters
    ----------
    init_scale, growth_factor, backoff_factor, growth_interval
        As for `torch.amp.GradScaler`.
    enabled : bool, default True
        Whether to ask for it.
    """

    def __init__(
        self, init_scale: float = 2.0**16, growth_factor: float = 2.0,
        backoff_factor: float = 0.5, growth_interval: int = 2000, enabled: bool = True,
    ) -> None:  # fmt: skip
        _deprecated("GradScaler")
        super().__init__(
            "cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled
        )


def custom_fwd(fwd: Any = None, *, cast_inputs: Any = None) -> Any:
    """Decorate a `forward`, as `torch.amp.custom_fwd` does.

    Parameters
    ----------
    fwd : callable, optional
        The static method; without it, a decorator is returned.
    cast_inputs : dtype, optional
        As there.
    """
    _deprecated("custom_fwd", "args..., device_type='cuda'")
    return amp.custom_fwd(fwd, device_type="cuda", cast_inputs=cast_inputs)


def custom_bwd(bwd: Any) -> Any:
    """Decorate a `backward`, as `torch.amp.custom_bwd` does.

    Parameters
    ----------
    bwd : callable
        The static method.
    """
    _deprecated("custom_bwd", "args..., device_type='cuda'")
    return amp.custom_bwd(bwd, device_type="cuda")
