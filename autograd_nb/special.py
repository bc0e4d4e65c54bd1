"""`torch.special`: special functions, from the op table."""

from __future__ import annotations

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

globals().update({name: FUNCTIONS["torch"][other] for name, other in _ALSO.items()})
globals().update(FUNCTIONS["special"])

__all__ = sorted(name for name in globals() if not name.startswith("_"))
__getattr__ = guard(__name__)
__all__.remove("guard")
__all__.remove("FUNCTIONS")
__all__.remove("annotations")
