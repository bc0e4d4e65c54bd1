"""Switches of `torch.*` that notebooks set on their first lines.

Where a switch asks for something that is true here anyway (deterministic algorithms, the highest
precision), it is stored and reported back; where it asks for something that does not exist, it
says so as PyTorch does.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

from .core import device as devices
from .core import dtypes, sharing
from .core.tensor import Tensor
from .core.warn import say_each_time, warn
from .ops.registry import FUNCTIONS

__all__ = [
    "are_deterministic_algorithms_enabled",
    "compile",
    "compiled_with_cxx11_abi",
    "get_autocast_dtype",
    "get_default_device",
    "get_deterministic_debug_mode",
    "get_device_module",
    "get_float32_matmul_precision",
    "get_num_interop_threads",
    "get_num_threads",
    "is_autocast_enabled",
    "is_deterministic_algorithms_warn_only_enabled",
    "is_storage",
    "is_warn_always_enabled",
    "set_default_device",
    "set_default_tensor_type",
    "set_deterministic_debug_mode",
    "set_float32_matmul_precision",
    "set_flush_denormal",
    "set_num_interop_threads",
    "set_num_threads",
    "set_warn_always",
    "typename",
    "use_deterministic_algorithms",
]

set_default_device = devices.set_default_device

_PRECISIONS = ("highest", "high", "medium")
_DEBUG_MODES = {"default": 0, "warn": 1, "error": 2}
_state: dict[str, Any] = {
    "interop_threads": os.cpu_count() or 1,
    "precision": "highest",
    "deterministic": (False, False),
    "warn_always": False,
    "said_compile": False,
}


def get_default_device() -> devices.device:
    """Return the device on which tensors are made.

    Raises
    ------
    AssertionError, NotImplementedError
        If none can be made there, as where one is made.
    """
    devices.check_device(None)
    return devices.get_default_device()


def _check_threads(name: str, count: int) -> None:
    if not isinstance(count, int) or isinstance(count, bool):
        raise RuntimeError(f"{name} expects an int, but got {type(count).__name__}")
    if count < 1:
        raise RuntimeError(f"{name} expects a positive integer")


def get_num_threads() -> int:
    """Return the number last given to `set_num_threads`; at first, that of the processors."""
    return sharing.threads


def set_num_threads(count: int) -> None:
    """Set how many threads compute a large elementwise operation.

    Parameters
    ----------
    count : int
        At least 1.

    Raises
    ------
    RuntimeError
        If it is no positive integer.

    Notes
    -----
    NumPy's linear algebra library decides by its own variables (``OMP_NUM_THREADS``,
    ``OPENBLAS_NUM_THREADS``), before it is loaded.
    """
    _check_threads("set_num_threads", count)
    sharing.threads = count


def get_num_interop_threads() -> int:
    """Return the number last given to `set_num_interop_threads`."""
    return int(_state["interop_threads"])


def set_num_interop_threads(count: int) -> None:
    """Store a number of threads; operations never run side by side here.

    Parameters
    ----------
    count : int
        At least 1.
    """
    _check_threads("set_num_interop_threads", count)
    _state["interop_threads"] = count


def set_flush_denormal(mode: bool) -> bool:
    """Say whether denormal numbers can be rounded to zero.

    Parameters
    ----------
    mode : bool
        Whether to round them.

    Returns
    -------
    bool
        False where that was asked for and cannot be done: NumPy keeps denormal numbers.
    """
    return not mode


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for algorithms that always give the same result; all of them do here.

    Parameters
    ----------
    mode : bool
        Whether to ask.
    warn_only : bool, default False
        Warn rather than raise where there is none.
    """
    for shown, value in (("'mode' (position 1)", mode), ("'warn_only'", warn_only)):
        if not isinstance(value, bool):
            raise TypeError(
                f"_set_deterministic_algorithms(): argument {shown} must be bool, not "
                f"{type(value).__name__}"
            )
    _state["deterministic"] = mode, warn_only


def are_deterministic_algorithms_enabled() -> bool:
    """Say whether deterministic algorithms were asked for."""
    return bool(_state["deterministic"][0])


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Say whether deterministic algorithms were asked for with `warn_only`."""
    return bool(_state["deterministic"][1])


def get_deterministic_debug_mode() -> int:
    """Return 0, 1 (warn only) or 2."""
    mode, warn_only = _state["deterministic"]
    return (1 if warn_only else 2) if mode else 0


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Ask for deterministic algorithms by number or word.

    Parameters
    ----------
    debug_mode : {0, 1, 2, "default", "warn", "error"}
        As `get_deterministic_debug_mode` returns it.

    Raises
    ------
    RuntimeError
        If it is none of these.
    """
    if isinstance(debug_mode, str):
        if debug_mode not in _DEBUG_MODES:
            raise RuntimeError(
                "invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got "
                + debug_mode
            )
        debug_mode = _DEBUG_MODES[debug_mode]
    if debug_mode not in _DEBUG_MODES.values():
        raise RuntimeError(
            f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}"
        )
    use_deterministic_algorithms(bool(debug_mode), warn_only=debug_mode == 1)


def get_float32_matmul_precision() -> str:
    """Return the word last given to `set_float32_matmul_precision`."""
    return str(_state["precision"])


def set_float32_matmul_precision(precision: str) -> None:
    """Store how precise products of float32 matrices must be; they always are fully.

    Parameters
    ----------
    precision : {"highest", "high", "medium"}
        The least that is asked for.
    """
    if precision not in _PRECISIONS:
        warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the current"
            "setFloat32MatmulPrecision call has no effect.",
        )
        return
    _state["precision"] = precision


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Say whether a block of `torch.autocast` is active: never.

    Parameters
    ----------
    device_type : str
        Kind of device.
    """
    return False


def get_autocast_dtype(device_type: str) -> dtypes.dtype:
    """Return the lower precision of a kind of device, which a block of `torch.autocast` would use.

    Parameters
    ----------
    device_type : str
        Kind of device.

    Returns
    -------
    dtype
        ``bfloat16`` for the CPU, of which there are no tensors here; ``float16`` for the others.

    Raises
    ------
    RuntimeError
        If there is no such kind of device.
    """
    return dtypes.bfloat16 if devices.device(device_type).type == "cpu" else dtypes.float16


def set_warn_always(b: bool, /) -> None:
    """Set whether warnings that PyTorch gives once are wanted each time.

    Parameters
    ----------
    b : bool
        Python's own filters still decide what is shown.
    """
    _state["warn_always"] = bool(b)
    say_each_time(bool(b))


def is_warn_always_enabled() -> bool:
    """Return what `set_warn_always` stored."""
    return bool(_state["warn_always"])


def set_default_tensor_type(t: Any, /) -> None:
    """Set the default dtype by the name of a tensor type (deprecated by PyTorch).

    Parameters
    ----------
    t : str or type
        ``"torch.DoubleTensor"`` or ``torch.DoubleTensor``.

    Raises
    ------
    TypeError
        If it is no floating point type of the CPU.
    """
    name = t.removeprefix("torch.") if isinstance(t, str) else getattr(t, "__name__", "")
    if name.startswith("cuda."):
        raise TypeError(f"type torch.{name} not available. {devices.NO_CUDA}.")
    kind = getattr(FUNCTIONS["torch"].get(name), "dtype", None)
    if kind is None:
        raise TypeError(f"invalid type object: {t!r} is no tensor type")
    if not kind.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use "
        "torch.set_default_dtype() and torch.set_default_device() as alternatives.",
    )
    dtypes.set_default_dtype(kind)


def is_storage(obj: Any, /) -> bool:
    """Say whether `obj` is a storage: see `torch.storage`."""
    from .core.storage import TypedStorage, UntypedStorage

    return isinstance(obj, (TypedStorage, UntypedStorage))


def typename(obj: Any, /) -> str:
    """Return the name of an object's type, as PyTorch would call it.

    Parameters
    ----------
    obj : object
        A tensor, a class, or anything else.
    """
    if isinstance(obj, Tensor):
        return str(obj.type())
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    module, name = named.__module__ or "", named.__qualname__
    if module in ("", "builtins"):
        return name
    own = __name__.partition(".")[0]
    if module == own or module.startswith(own + "."):
        module = "torch" + module.removeprefix(own)
    return f"{module}.{name}"


def compiled_with_cxx11_abi() -> bool:
    """Return True, as PyTorch does on every present platform."""
    return True


def get_device_module(device: Any = None) -> Any:
    """Return the module of a device kind: `torch.cpu`, `torch.cuda`, and so on.

    Parameters
    ----------
    device : device or str, optional
        The default device if not given.

    Raises
    ------
    RuntimeError
        If there is no such module.
    """
    where = devices.get_default_device() if device is None else devices.device(device)
    try:
        return importlib.import_module(f"{__name__.partition('.')[0]}.{where.type}")
    except ModuleNotFoundError:
        raise RuntimeError(
            f"Device '{where.type}' does not have a corresponding module registered as "
            f"'torch.{where.type}'."
        ) from None


def compile(model: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Return a function or module as it is: it runs operation by operation.

    Parameters
    ----------
    model : callable, optional
        What PyTorch would compile; without it, a decorator is returned.
    **options
        `fullgraph`, `dynamic`, `backend`, `mode`, `options`, `disable`: accepted.

    Returns
    -------
    callable
        `model` itself. The numbers are those of the uncompiled model, the time is too; this is
        said once, in a warning.
    """
    if not _state["said_compile"] and not options.get("disable"):
        _state["said_compile"] = True
        warn(
            "torch.compile: autograd_nb does not compile; the model runs as it is, operation by "
            "operation, with the same numbers. Use PyTorch itself to see what compiling gains.",
        )
    if model is None:
        return lambda function: function
    return model
