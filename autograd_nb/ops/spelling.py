"""In-place operations under their other names: methods of composites, functions of methods.

Imported after the modules whose operations it names.
"""

from __future__ import annotations

from ..core.tensor import Tensor
from . import (  # noqa: F401 - they must have installed what is named here
    activation,
    binary,
    clamp,
    division,
    entropy,
    join,
    pointwise,
    power,
    rounding,
    shape_inplace,
    squeeze,
    statistic,
    strided,
    trigonometric,
    windows,
)
from .namespaces import T as traced
from .registry import FUNCTIONS, composite

# PyTorch has these methods as functions too.
_FUNCTIONS = """
    addmv_ clamp_ clamp_max_ clamp_min_ clip_ detach detach_ gcd_ lcm_ ldexp_ resize_as_ round_
    square_ zero_
""".split()
for _name in _FUNCTIONS:
    FUNCTIONS["torch"].setdefault(_name, getattr(Tensor, _name))


@composite(methods="xlogy_", functions="xlogy_")
def xlogy_in_place(self, other):
    """Multiply in place by a logarithm, with 0 where `self` is 0.

    Parameters
    ----------
    self : Tensor
        Changed in place.
    other : Tensor or number
        Argument of the logarithm.

    Returns
    -------
    Tensor
        `self`.
    """
    change = traced.xlogy_tensor_ if isinstance(other, Tensor) else traced.xlogy_scalar_
    return change(self, other)


@composite(methods="copysign_")
def copysign_in_place(self, other):
    """Give each element the sign of another, in place.

    Parameters
    ----------
    self : Tensor
        Changed in place.
    other : Tensor or number
        Signs.

    Returns
    -------
    Tensor
        `self`.
    """
    change = traced.copysign_tensor_ if isinstance(other, Tensor) else traced.copysign_scalar_
    return change(self, other)


@composite(methods="float_power_")
def float_power_in_place(self, exponent):
    """Raise to a power in double precision, in place.

    Parameters
    ----------
    self : Tensor of dtype float64 or complex128
        Changed in place.
    exponent : Tensor or number
        The power.

    Returns
    -------
    Tensor
        `self`.

    Raises
    ------
    RuntimeError
        If `self` is of another dtype.
    """
    complex_ = any(
        isinstance(value, complex) or getattr(value, "is_complex", lambda: False)()
        for value in (self, exponent)
    )
    wanted = "ComplexDouble" if complex_ else "Double"
    given = self.dtype.tensor_name.removesuffix("Tensor")
    if given != wanted:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {given} but the operation's result "
            f"requires dtype {wanted}"
        )
    return self.pow_(exponent.to(self.dtype) if isinstance(exponent, Tensor) else exponent)
