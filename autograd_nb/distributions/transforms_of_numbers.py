"""Transforms of single numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.size import Size
from ..core.tensor import Tensor
from ..ops.namespaces import T
from . import constraints
from .constraints import Constraint, dependent_property
from .distribution import softplus, tensors
from .transform import Transform, wider


class Elementwise(Transform):
    """A transform of single numbers; two of one kind are equal where their fields are."""

    domain: Constraint = constraints.real
    bijective = True

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return False
        pairs = ((getattr(self, name), getattr(other, name)) for name in self._fields)
        return all(a is b or bool(T.all(T.as_tensor(a) == b)) for a, b in pairs)

    __hash__ = None


class ExpTransform(Elementwise):
    """The exponential."""

    codomain = constraints.positive
    sign = 1

    def _call(self, x: Any) -> Any:
        return x.exp()

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``."""
        return x


class PowerTransform(Elementwise):
    """A power.

    Parameters
    ----------
    exponent : Tensor or float
        Which.
    cache_size : int, default 0
        0 or 1.
    """

    domain = codomain = constraints.positive
    _fields = ("exponent",)

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        (self.exponent,) = tensors(exponent)

    @property
    def sign(self) -> Any:
        """The sign of the exponent."""
        return self.exponent.sign()

    def _call(self, x: Any) -> Any:
        return x.pow(self.exponent)

    def _inverse(self, y: Any) -> Any:
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``."""
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of the value for the shape of an argument."""
        return Size(np.broadcast_shapes(tuple(shape), tuple(self.exponent.shape)))

    inverse_shape = forward_shape


def clipped_sigmoid(x: Any) -> Any:
    """Return the logistic function, kept away from 0 and 1."""
    limits = np.finfo(x._nd().dtype)
    return T.clamp(T.sigmoid(x), float(limits.tiny), 1.0 - float(limits.eps))


class SigmoidTransform(Elementwise):
    """The logistic function."""

    codomain = constraints.unit_interval
    sign = 1

    def _call(self, x: Any) -> Any:
        return clipped_sigmoid(x)

    def _inverse(self, y: Any) -> Any:
        limits = np.finfo(y._nd().dtype)
        y = y.clamp(float(limits.tiny), 1.0 - float(limits.eps))
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``."""
        return -softplus(-x) - softplus(x)


class SoftplusTransform(Elementwise):
    """The logarithm of one plus the exponential."""

    codomain = constraints.positive
    sign = 1

    def _call(self, x: Any) -> Any:
        return softplus(x)

    def _inverse(self, y: Any) -> Any:
        return (-y).expm1().neg().log() + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``."""
        return -softplus(-x)


class TanhTransform(Elementwise):
    """The hyperbolic tangent; by its cache the inverse of large values is exact."""

    codomain = constraints.interval(-1.0, 1.0)
    sign = 1

    def _call(self, x: Any) -> Any:
        return x.tanh()

    def _inverse(self, y: Any) -> Any:
        return T.atanh(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``, in a form that does not lose large arguments."""
        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))


class AbsTransform(Elementwise):
    """The absolute value."""

    codomain = constraints.positive
    bijective = False

    def _call(self, x: Any) -> Any:
        return x.abs()

    def _inverse(self, y: Any) -> Any:
        return y


class AffineTransform(Elementwise):
    """A multiple and a shift.

    Parameters
    ----------
    loc, scale : Tensor or float
        The shift, and the factor.
    event_dim : int, default 0
        How many of the last dimensions make one value.
    cache_size : int, default 0
        0 or 1.
    """

    _fields = ("loc", "scale", "event_dim")

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc, self.scale, self._event_dim = loc, scale, event_dim

    @property
    def event_dim(self) -> int:
        """How many of the last dimensions make one value."""
        return self._event_dim

    @dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """All numbers."""
        return wider(constraints.real, self._event_dim)

    codomain = domain

    @property
    def sign(self) -> Any:
        """The sign of the factor."""
        if isinstance(self.scale, Tensor):
            return self.scale.sign()
        return int(self.scale > 0) - int(self.scale < 0)

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``."""
        shape = tuple(x.shape)
        if isinstance(self.scale, Tensor):
            found = T.abs(self.scale).log()
        else:
            found = T.full_like(x, math.log(abs(self.scale)))
        if self._event_dim:
            found = found.view((*found.shape[: -self._event_dim], -1)).sum(-1)
            shape = shape[: -self._event_dim]
        return found.expand(shape)

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of the value for the shape of an argument."""
        others = (tuple(getattr(each, "shape", ())) for each in (self.loc, self.scale))
        return Size(np.broadcast_shapes(tuple(shape), *others))

    inverse_shape = forward_shape
