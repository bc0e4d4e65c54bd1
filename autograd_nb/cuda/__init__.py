"""`torch.cuda`, as on a machine without a GPU: questions are answered, the rest is refused.

Where a build of PyTorch without CUDA fails by accident of its implementation (resetting memory
statistics), this does nothing instead: code that only measures should run.
"""

from __future__ import annotations

import collections
from typing import Any

from ..absent import guard
from ..core.device import ADVICE, NO_CUDA
from ..core.device import device as _device
from ..core.warn import warn
from . import amp, nvtx

__all__ = [
    "Event",
    "Stream",
    "amp",
    "device",
    "device_count",
    "device_of",
    "empty_cache",
    "get_arch_list",
    "get_rng_state_all",
    "is_available",
    "is_bf16_supported",
    "is_initialized",
    "manual_seed",
    "manual_seed_all",
    "max_memory_allocated",
    "max_memory_reserved",
    "memory_allocated",
    "memory_reserved",
    "memory_stats",
    "nvtx",
    "reset_peak_memory_stats",
    "seed",
    "seed_all",
    "set_device",
    "set_rng_state",
    "set_rng_state_all",
    "stream",
]

__getattr__ = guard(__name__)

_initialized = False
has_half = False


def _refusal(message: str = NO_CUDA, kind: type[Exception] = AssertionError) -> Exception:
    error = kind(message)
    error.add_note(ADVICE)
    return error


# -- questions ------------------------------------------------------------------------------------
def is_available() -> bool:
    """Say whether there is a CUDA device: never."""
    return False


def is_initialized() -> bool:
    """Say whether CUDA has been used: never."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Say whether the device computes with bfloat16: there is none."""
    return False


def device_count() -> int:
    """Return how many CUDA devices there are: none."""
    return 0


def get_arch_list() -> list[str]:
    """Return the architectures that this was compiled for: none."""
    return []


def memory_allocated(device: Any = None) -> int:
    """Return the bytes in use on a device: 0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


def memory_stats(device: Any = None) -> collections.OrderedDict[str, Any]:
    """Return no statistics."""
    return collections.OrderedDict()


def memory_cached(device: Any = None) -> int:
    """Return the bytes reserved on a device: 0; deprecated name of `memory_reserved`."""
    warn(
        "`torch.cuda.memory_cached` has been renamed to `torch.cuda.memory_reserved`",
        FutureWarning,
    )
    return 0


# -- without effect -------------------------------------------------------------------------------
def _nothing(*args: Any, **options: Any) -> None:
    """Do nothing: there is no device."""


empty_cache = reset_peak_memory_stats = reset_accumulated_memory_stats = _nothing
reset_max_memory_allocated = reset_max_memory_cached = _nothing
seed = seed_all = set_rng_state = set_rng_state_all = _nothing


def manual_seed(seed: int) -> None:
    """Seed the current device's generator; without a device there is nothing to seed.

    Parameters
    ----------
    seed : int
        The seed.
    """


def manual_seed_all(seed: int) -> None:
    """Seed the generators of all devices; there are none.

    Parameters
    ----------
    seed : int
        The seed.
    """


def get_rng_state_all() -> list[Any]:
    """Return the generator states of all devices: none."""
    return []


# -- refused --------------------------------------------------------------------------------------
def _refused(name: str) -> Any:
    def function(*args: Any, **options: Any) -> Any:
        raise _refusal()

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Refuse: `torch.cuda.{name}` needs a device.

    Raises
    ------
    AssertionError
        Always.
    """
    return function


_NEED_A_DEVICE = (
    "can_device_access_peer current_blas_handle current_device current_stream default_stream "
    "get_device_capability get_device_name get_device_properties get_rng_state init initial_seed "
    "ipc_collect mem_get_info memory_summary memory_snapshot set_per_process_memory_fraction "
    "set_stream synchronize utilization temperature power_draw clock_rate"
).split()
globals().update({name: _refused(name) for name in _NEED_A_DEVICE})


def set_device(device: Any) -> None:
    """Choose the current device.

    Parameters
    ----------
    device : device, str or int
        A negative number does nothing.

    Raises
    ------
    ValueError
        If it names another kind of device.
    AssertionError
        For every CUDA device: there is none.
    """
    if isinstance(device, int):
        if device < 0:
            return
    elif (found := _device(device)).type != "cuda":
        raise ValueError(f"Expected a cuda device, but got: {found}")
    raise _refusal()


class device:
    """Choose a device for a block.

    Parameters
    ----------
    device : device, str, int or None
        A negative number or None leaves everything as it is.
    """

    def __init__(self, device: Any) -> None:
        self.idx = device if isinstance(device, int) else -1 if device is None else 0

    def __enter__(self) -> None:
        if self.idx >= 0:
            raise _refusal("PyTorch was compiled without CUDA support", RuntimeError)

    def __exit__(self, *error: object) -> None:
        pass


class device_of(device):
    """Choose the device of a tensor for a block: tensors live on the CPU.

    Parameters
    ----------
    obj : Tensor
        Any tensor.
    """

    def __init__(self, obj: Any) -> None:
        super().__init__(-1)


class Event:
    """A mark in a stream of work; cannot be made without a device."""

    def __init__(self, *args: Any, **options: Any) -> None:
        raise _refusal(f"Tried to instantiate dummy base class {type(self).__name__}", RuntimeError)


class Stream:
    """A queue of work on a device; cannot be made without one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        raise _refusal("torch.cuda.Stream requires CUDA support", RuntimeError)


class StreamContext:
    """Choose a stream for a block: without effect.

    Parameters
    ----------
    stream : None
        There are no streams.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        pass


def stream(stream: Any) -> StreamContext:
    """Return a block in which a stream is current: without effect.

    Parameters
    ----------
    stream : None
        There are no streams.
    """
    return StreamContext(stream)


def _type(name: str) -> type:
    def new(cls: type, *args: Any, **options: Any) -> Any:
        raise _refusal(f"type torch.cuda.{name} not available. {NO_CUDA}.", TypeError)

    body = {"__new__": new, "__module__": "torch.cuda", "__doc__": "Needs a device to be made."}
    return type(name, (), body)


for _name in (
    "FloatTensor DoubleTensor HalfTensor BFloat16Tensor LongTensor IntTensor ShortTensor "
    "CharTensor ByteTensor BoolTensor"
).split():
    globals()[_name] = _type(_name)
