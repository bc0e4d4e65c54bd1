"""Distributions with heavy tails, and of angles: Cauchy, generalized Pareto, von Mises."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..core import dtypes, modes
from ..core.tensor import Tensor
from ..ops.namespaces import T
from . import constraints
from .constraints import Constraint, dependent_property
from .continuous import Normal
from .distribution import Distribution, shape_of, tensors


class Cauchy(Distribution):
    """Cauchy distribution, of a ratio of two normal numbers.

    Parameters
    ----------
    loc, scale : Tensor or float
        Median, and half width at half height.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints = Normal.arg_constraints
    support = constraints.real

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = tensors(loc, scale)
        super().__init__(shape_of((loc, scale), self.loc), (), validate_args)

    @property
    def mean(self) -> Tensor:
        """NaN: there is none."""
        return T.full(self._extended_shape(), math.nan, dtype=self.loc.dtype)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """Infinite."""
        return T.full(self._extended_shape(), math.inf, dtype=self.loc.dtype)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        fresh = T.empty(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + fresh.cauchy_() * self.scale

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        away = ((value - self.loc) / self.scale) ** 2
        return -math.log(math.pi) - self.scale.log() - away.log1p()

    def cdf(self, value: Any) -> Tensor:
        """Return the probability of values up to this one."""
        if self._validate_args:
            self._validate_sample(value)
        return T.atan((value - self.loc) / self.scale) / math.pi + 0.5

    def icdf(self, value: Any) -> Tensor:
        """Return the value up to which this is the probability."""
        return T.tan(math.pi * (value - 0.5)) * self.scale + self.loc

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return math.log(4 * math.pi) + self.scale.log()


class GeneralizedPareto(Distribution):
    """Generalized Pareto distribution, of what exceeds a high threshold.

    Parameters
    ----------
    loc, scale, concentration : Tensor or float
        Lower end, width, and shape.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints: ClassVar[dict[str, Constraint]] = {
        **Normal.arg_constraints,
        "concentration": constraints.real,
    }

    def __init__(
        self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None
    ) -> None:
        self.loc, self.scale, self.concentration = tensors(loc, scale, concentration)
        batch = shape_of((loc, scale, concentration), self.loc)
        super().__init__(batch, (), validate_args)

    @dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """From the lower end on, to an upper one if the shape is negative."""
        upper = self.loc - self.scale / self.concentration
        return constraints.interval(self.loc, T.where(self.concentration < 0, upper, math.inf))

    @property
    def mean(self) -> Tensor:
        """The mean; NaN where there is none."""
        found = self.loc + self.scale / (1 - self.concentration)
        return T.where(self.concentration < 1, found, math.nan)

    @property
    def variance(self) -> Tensor:
        """The variance; NaN where there is none."""
        c = self.concentration
        return T.where(c < 0.5, self.scale**2 / ((1 - c) ** 2 * (1 - 2 * c)), math.nan)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.loc

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        return self.icdf(T.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def _safe(self) -> tuple[Tensor, Tensor]:
        """Return where the shape is zero, the exponential case, and a shape without zeros."""
        flat = T.isclose(self.concentration, T.zeros_like(self.concentration))
        return flat, T.where(flat, 1.0, self.concentration)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        flat, c = self._safe()
        away = (value - self.loc) / self.scale
        power = 1 / c + 1
        curved = T.where(power == 0, power, power * T.log1p(c * away))
        return -self.scale.log() - T.where(flat, away, curved)

    def log_survival_function(self, value: Any) -> Tensor:
        """Return the logarithm of the probability of values beyond this one."""
        if self._validate_args:
            self._validate_sample(value)
        flat, c = self._safe()
        away = (value - self.loc) / self.scale
        return T.where(flat, -away, -T.log1p(c * away) / c)

    def log_cdf(self, value: Any) -> Tensor:
        """Return the logarithm of the probability of values up to this one."""
        return T.log1p(-T.exp(self.log_survival_function(value)))

    def cdf(self, value: Any) -> Tensor:
        """Return the probability of values up to this one."""
        return T.exp(self.log_cdf(value))

    def icdf(self, value: Any) -> Tensor:
        """Return the value up to which this is the probability."""
        flat, c = self._safe()
        rest = T.log1p(-value)
        curved = self.loc + self.scale / c * T.expm1(-c * rest)
        return T.where(flat, self.loc - self.scale * rest, curved)

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return (T.log(self.scale) + self.concentration + 1).expand(self._batch_shape)


class VonMises(Distribution):
    """Von Mises distribution, of angles from -pi to pi.

    Parameters
    ----------
    loc, concentration : Tensor or float
        The middle, and how close angles are to it.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "loc": constraints.real,
        "concentration": constraints.positive,
    }
    support = constraints.real

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = tensors(loc, concentration)
        super().__init__(self.loc.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        """The middle."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """The most probable angle."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The circular variance."""
        return 1 - T.special_i1e(self.concentration) / T.special_i0e(self.concentration)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw angles by rejection from a wrapped Cauchy distribution, in double precision."""
        with modes.no_grad():
            loc, kappa = (each.to(dtypes.float64) for each in (self.loc, self.concentration))
            tau = 1 + (1 + 4 * kappa**2).sqrt()
            rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
            width = T.where(kappa < 1e-5, 1 / kappa + kappa, (1 + rho**2) / (2 * rho))
            drawn = T.empty(self._extended_shape(sample_shape), dtype=dtypes.float64)
            done = T.full(drawn.shape, False)
            while not bool(done.all()):
                first, second, third = T.rand((3, *drawn.shape), dtype=drawn.dtype).unbind()
                turn = T.cos(math.pi * first)
                f = (1 + width * turn) / (width + turn)
                c = kappa * (width - f)
                accept = (c * (2 - c) - second > 0) | ((c / second).log() + 1 - c >= 0)
                drawn = T.where(accept, (third - 0.5).sign() * f.acos(), drawn)
                done = done | accept
            return ((drawn + math.pi + loc) % (2 * math.pi) - math.pi).to(self.loc.dtype)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        kappa = self.concentration
        found = kappa * T.cos(value - self.loc) - math.log(2 * math.pi)
        return found - (T.special_i0e(kappa).log() + kappa)
