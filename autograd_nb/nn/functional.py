"""`torch.nn.functional`: what the op table gives, and what is composed of it.

The operations with a node of their own are records of the table and come from there; here stand
the ones that PyTorch builds from others.
"""

from __future__ import annotations

from collections.abc import Callable as _Callable
from typing import Any as _Any

from autograd_nb.absent import guard as _guard
from autograd_nb.nn import composed_attention as _attention
from autograd_nb.nn import composed_layers as _layers
from autograd_nb.nn import composed_losses as _losses
from autograd_nb.nn import grad as grad
from autograd_nb.ops.registry import FUNCTIONS as _FUNCTIONS

_RECORDS = _FUNCTIONS["nn.functional"]
for _module in (_losses, _layers, _attention):
    _composed = {name: getattr(_module, name) for name in _module.__all__}
    globals().update({k: v for k, v in _composed.items() if k not in _RECORDS})


def _in_place(name: str) -> _Callable[..., _Any]:
    """Return the function `name` that overwrites its input."""

    def apply(input: _Any, *args: _Any, **kwargs: _Any) -> _Any:
        function = globals().get(name) or _RECORDS[name]
        return function(input, *args, **kwargs, inplace=True)

    apply.__name__ = f"{name}_"
    apply.__doc__ = f"Apply :func:`{name}` in place."
    return apply


for _name in ("celu", "elu", "hardtanh", "leaky_relu", "relu", "rrelu", "selu", "threshold"):
    if f"{_name}_" not in _RECORDS:
        globals().setdefault(f"{_name}_", _in_place(_name))

__all__ = sorted(
    {name for name in globals() if not name.startswith("_") and name != "annotations"}.union(
        _RECORDS
    )
)

__getattr__ = _guard(__name__, _RECORDS)


def __dir__() -> list[str]:
    return sorted({*globals(), *_RECORDS})
