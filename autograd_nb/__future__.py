"""`torch.__future__`: how a module's conversions replace what it holds.

A conversion (``module.double()``, ``module.to(...)``) writes new data into the parameters that are
there. Two switches ask for what PyTorch means to do one day instead.
"""

from __future__ import annotations

__all__ = [
    "get_overwrite_module_params_on_conversion",
    "get_swap_module_params_on_conversion",
    "set_overwrite_module_params_on_conversion",
    "set_swap_module_params_on_conversion",
]

_state = {"overwrite": False, "swap": False}


def set_overwrite_module_params_on_conversion(value: bool) -> None:
    """Let conversions put new parameters in the place of the old ones.

    Parameters
    ----------
    value : bool
        Whether to do so. At first: no.
    """
    _state["overwrite"] = value


def get_overwrite_module_params_on_conversion() -> bool:
    """Say whether conversions put new parameters in the place of the old ones."""
    return _state["overwrite"]


def set_swap_module_params_on_conversion(value: bool) -> None:
    """Let conversions exchange old and new parameters by :func:`torch.utils.swap_tensors`.

    Parameters
    ----------
    value : bool
        Whether to do so; it comes before the other switch. At first: no.
    """
    _state["swap"] = value


def get_swap_module_params_on_conversion() -> bool:
    """Say whether conversions exchange parameters by :func:`torch.utils.swap_tensors`."""
    return _state["swap"]
