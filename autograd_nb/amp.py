"""`torch.amp`: mixed precision, which only accelerators gain from.

On the CPU PyTorch computes in bfloat16 inside such a block, a type that NumPy does not have; so
only blocks that are switched off are possible here, which is what code for GPUs gets.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable
from typing import Any

from .absent import guard
from .core import dtypes
from .core.device import ADVICE
from .core.warn import warn

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]

__getattr__ = guard(__name__)

__path__: list[str] = []  # PyTorch has a file for each of the two
for _file in ("autocast_mode", "grad_scaler"):
    globals()[_file] = sys.modules.setdefault(f"{__name__}.{_file}", sys.modules[__name__])

_LOW = {"cuda": dtypes.float16}


class autocast:
    """Compute in lower precision inside a block, or a decorated function.

    Parameters
    ----------
    device_type : str
        Kind of device.
    dtype : dtype, optional
        The lower precision.
    enabled : bool, default True
        Whether to do anything.
    cache_enabled : bool, optional
        Accepted.

    Raises
    ------
    RuntimeError
        On entering a block for the CPU that is not switched off.
    """

    def __init__(
        self,
        device_type: str,
        dtype: Any = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        _check_type(device_type)
        if device_type == "cuda" and enabled:
            warn("CUDA is not available or torch_xla is imported. Disabling autocast.")
            enabled = False
        self.device = device_type
        self.fast_dtype = dtype or _LOW.get(device_type)
        self._enabled = enabled

    def __enter__(self) -> autocast:
        if self._enabled:
            error = RuntimeError(
                f"autocast for '{self.device}' computes in bfloat16 or float16; autograd_nb has "
                "no bfloat16, and does not cast by itself"
            )
            error.add_note(f"Pass enabled=False, or leave the block out. {ADVICE}")
            raise error
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a function."""

        @functools.wraps(func)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return inside


def is_autocast_available(device_type: str) -> bool:
    """Say whether a device can compute in mixed precision: no.

    Parameters
    ----------
    device_type : str
        Kind of device.
    """
    return False


def custom_fwd(fwd: Any = None, *, device_type: str, cast_inputs: Any = None) -> Any:
    """Decorate the `forward` of a custom Function that mixed precision may meet.

    Parameters
    ----------
    fwd : callable, optional
        The static method; without it, a decorator is returned.
    device_type : str
        Kind of device.
    cast_inputs : dtype, optional
        What tensors would be cast to inside a block of `autocast`: no such block can be open.

    Raises
    ------
    ValueError
        If `device_type` is no string.
    """
    _check_type(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        args[0]._dtype = _LOW.get(device_type, dtypes.bfloat16)
        args[0]._fwd_used_autocast = False
        return fwd(*args, **kwargs)

    return decorated


def custom_bwd(bwd: Any = None, *, device_type: str) -> Any:
    """Decorate the `backward` that belongs to a `forward` decorated by `custom_fwd`.

    Parameters
    ----------
    bwd : callable, optional
        The static method; without it, a decorator is returned.
    device_type : str
        Kind of device.

    Raises
    ------
    ValueError
        If `device_type` is no string.
    """
    _check_type(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        context = args[0]
        with autocast(device_type, enabled=context._fwd_used_autocast, dtype=context._dtype):
            return bwd(*args, **kwargs)

    return decorated


def _check_type(device_type: Any) -> None:
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")


class GradScaler:
    """Scale losses so that float16 gradients do not vanish.

    For ``"cuda"`` it switches itself off with a warning, as PyTorch's does without a device:
    losses pass unchanged and `step` calls the optimizer. For ``"cpu"`` it scales.

    Parameters
    ----------
    device : str, default "cuda"
        Kind of device.
    init_scale : float
        First factor.
    growth_factor, backoff_factor : float
        By what the factor changes after many good steps, and after a bad one.
    growth_interval : int
        How many good steps in a row make it grow.
    enabled : bool, default True
        Whether to do anything.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled and device == "cuda":
            warn(
                "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.",
            )
            enabled = False
        self._device = device
        self._enabled = enabled
        self._scale = float(init_scale)
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval, self._growth_tracker = growth_interval, 0
        self._bad: dict[int, bool] = {}  # by optimizer whose gradients are unscaled already

    def is_enabled(self) -> bool:
        """Say whether it does anything."""
        return self._enabled

    def get_scale(self) -> float:
        """Return the present factor; 1 when switched off."""
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """Return by what the factor grows."""
        return self._growth_factor

    def get_backoff_factor(self) -> float:
        """Return by what the factor shrinks."""
        return self._backoff_factor

    def get_growth_interval(self) -> int:
        """Return how many good steps in a row make the factor grow."""
        return self._growth_interval

    def scale(self, outputs: Any) -> Any:
        """Return the loss times the factor.

        Parameters
        ----------
        outputs : Tensor or iterable of Tensor
            Losses.

        Raises
        ------
        ValueError
            If it is neither.
        """
        if not self._enabled:
            return outputs
        if hasattr(outputs, "_array"):
            return outputs * self._scale
        if isinstance(outputs, Iterable):
            return type(outputs)(self.scale(item) for item in outputs)  # type: ignore[call-arg]
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of an optimizer's parameters by the factor.

        Parameters
        ----------
        optimizer : Optimizer
            Whose gradients.

        Raises
        ------
        RuntimeError
            If that was done already since the last `update`.
        """
        if not self._enabled:
            return
        if id(optimizer) in self._bad:
            raise RuntimeError(
                "unscale_() has already been called on this optimizer since the last update()."
            )
        bad = False
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if parameter._grad is not None:
                    gradient = parameter._grad.data
                    gradient.mul_(1.0 / self._scale)
                    bad = bad or not bool(gradient.isfinite().all())
        self._bad[id(optimizer)] = bad

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Let the optimizer step, unless a gradient is infinite or NaN.

        Parameters
        ----------
        optimizer : Optimizer
            Which one.
        *args, **kwargs
            For its `step`.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if id(optimizer) not in self._bad:
            self.unscale_(optimizer)
        return None if self._bad[id(optimizer)] else optimizer.step(*args, **kwargs)

    def update(self, new_scale: float | None = None) -> None:
        """Change the factor after what the steps found.

        Parameters
        ----------
        new_scale : float, optional
            The factor to set instead.

        Raises
        ------
        AssertionError
            If no optimizer stepped since the last time.
        """
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif not self._bad:
            raise AssertionError("No inf checks were recorded prior to update.")
        elif any(self._bad.values()):
            self._scale *= self._backoff_factor
            self._growth_tracker = 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                self._scale *= self._growth_factor
                self._growth_tracker = 0
        self._bad.clear()

    def state_dict(self) -> dict[str, Any]:
        """Return the factor and its rules; empty when switched off."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned.

        Parameters
        ----------
        state_dict : dict
            Of a scaler that was switched on.

        Raises
        ------
        RuntimeError
            If it is empty.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled "
                "instance of GradScaler."
            )
        self._scale = state_dict["scale"]
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._growth_tracker = state_dict["_growth_tracker"]
