"""`torch.special`: special functions, from the op table."""

from __future__ import annotations

from typing import Any

from autograd_nb.absent import guard
from autograd_nb.ops.registry import FUNCTIONS

# Functions that PyTorch offers under a second name here.
_ALSO = {
    "exp2": "exp2",
    "expm1": "expm1",
    "gammainc": "igamma",
    "gammaincc": "igammac",
    "gammaln": "lgamma",
    "log1p": "log1p",
    "multigammaln": "mvlgamma",
    "psi": "digamma",
    "round": "round",
    "sinc": "sinc",
    "i0": "i0",
}

__all__ = sorted({*_ALSO, *FUNCTIONS["special"]})
_own = guard(__name__, FUNCTIONS["special"])


def __getattr__(name: str) -> Any:
    return FUNCTIONS["torch"][_ALSO[name]] if name in _ALSO else _own(name)


def __dir__() -> list[str]:
    return __all__
