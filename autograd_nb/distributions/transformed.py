"""Distributions of transformed numbers: log-normal, Gumbel, Pareto, Weibull, and their kin."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..core import modes
from ..core.tensor import Tensor
from ..ops.namespaces import T
from . import constraints
from .composed import Independent
from .constraints import Constraint, dependent_property
from .continuous import EULER, Exponential, Normal, Uniform
from .distribution import Distribution, sum_last, tensors
from .gamma import Gamma
from .heavy import Cauchy
from .transforms import (
    AbsTransform,
    AffineTransform,
    ComposeTransform,
    ExpTransform,
    PowerTransform,
    StickBreakingTransform,
    Transform,
)


class TransformedDistribution(Distribution):
    """The distribution of transformed values of another one.

    Parameters
    ----------
    base_distribution : Distribution
        Of the values before.
    transforms : Transform or list of Transform
        Applied one after the other.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {}

    def __init__(
        self, base_distribution: Distribution, transforms: Any, validate_args: bool | None = None
    ) -> None:
        if not isinstance(transforms, (Transform, list)):
            raise ValueError(f"transforms must be a Transform or list, but was {transforms}")
        self.transforms = [transforms] if isinstance(transforms, Transform) else transforms
        if not all(isinstance(each, Transform) for each in self.transforms):
            raise ValueError("transforms must be a Transform or a list of Transforms")
        whole = ComposeTransform(self.transforms)
        shape = base_distribution.batch_shape + base_distribution.event_shape
        dims, taken = len(base_distribution.event_shape), whole.domain.event_dim
        if len(shape) < taken:
            raise ValueError(
                "base_distribution needs to have shape with size at least "
                f"{taken}, but got {shape}."
            )
        given = whole.forward_shape(shape)
        before = whole.inverse_shape(given)
        if tuple(before) != tuple(shape):
            base_distribution = base_distribution.expand(before[: len(before) - dims])
        if taken > dims:
            base_distribution = Independent(base_distribution, taken - dims)
        self.base_dist = base_distribution
        made = max(whole.codomain.event_dim, dims + whole.codomain.event_dim - taken)
        cut = len(given) - made
        super().__init__(given[:cut], given[cut:], validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution for a larger batch."""
        made = super().expand(batch_shape, _instance)
        shape = (*tuple(batch_shape), *self._event_shape)
        for each in reversed(self.transforms):
            shape = each.inverse_shape(shape)
        dims = len(self.base_dist.event_shape)
        made.base_dist = self.base_dist.expand(shape[: len(shape) - dims])
        return made

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether gradients go through samples."""
        return self.base_dist.has_rsample

    @dependent_property(is_discrete=False)
    def support(self) -> Any:
        """Return what the last transform can give."""
        if not self.transforms:
            return self.base_dist.support
        support = self.transforms[-1].codomain
        more = len(self._event_shape) - support.event_dim
        return constraints.independent(support, more) if more > 0 else support

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values, without history."""
        with modes.no_grad():
            return self._after(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        return self._after(self.base_dist.rsample(sample_shape))

    def _after(self, value: Any) -> Any:
        for each in self.transforms:
            value = each(value)
        return value

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density: the base's, less that of the stretching."""
        if self._validate_args:
            self._validate_sample(value)
        dims, found = len(self._event_shape), 0.0
        for each in reversed(self.transforms):
            before = each.inv(value)
            dims += each.domain.event_dim - each.codomain.event_dim
            stretched = each.log_abs_det_jacobian(before, value)
            found = found - sum_last(stretched, dims - each.domain.event_dim)
            value = before
        rest = dims - len(self.base_dist.event_shape)
        return found + sum_last(self.base_dist.log_prob(value), rest)

    def _turned(self, probability: Any) -> Any:
        """Return the probability of the other side if the transforms fall."""
        sign = math.prod(each.sign for each in self.transforms)
        if isinstance(sign, int) and sign == 1:
            return probability
        return sign * (probability - 0.5) + 0.5

    def cdf(self, value: Any) -> Tensor:
        """Return the probability of values up to this one."""
        for each in reversed(self.transforms):
            value = each.inv(value)
        if self._validate_args:
            self.base_dist._validate_sample(value)
        return self._turned(self.base_dist.cdf(value))

    def icdf(self, value: Any) -> Tensor:
        """Return the value up to which this is the probability."""
        return self._after(self.base_dist.icdf(self._turned(value)))


def of_base(name: str) -> Any:
    """Return a property that is the base distribution's attribute of this name."""
    return property(lambda self: getattr(self.base_dist, name), doc=f"The base's `{name}`.")


class LogNormal(TransformedDistribution):
    """Distribution of numbers whose logarithm is normal.

    Parameters
    ----------
    loc, scale : Tensor or float
        Mean and standard deviation of the logarithm.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints = Normal.arg_constraints
    support = constraints.positive
    loc, scale = of_base("loc"), of_base("scale")

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(loc, scale, validate_args), ExpTransform(), validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return (self.loc + self.scale.pow(2) / 2).exp()

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return (self.loc - self.scale.square()).exp()

    @property
    def variance(self) -> Tensor:
        """The variance."""
        squared = self.scale.pow(2)
        return squared.expm1() * (2 * self.loc + squared).exp()

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return self.base_dist.entropy() + self.loc


class LogisticNormal(TransformedDistribution):
    """Distribution of vectors of parts that are broken off by normal numbers.

    Parameters
    ----------
    loc, scale : Tensor or float
        Mean and standard deviation of the numbers.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints = Normal.arg_constraints
    support = constraints.simplex

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args)
        base = base if base.batch_shape else base.expand([1])
        super().__init__(base, StickBreakingTransform(), validate_args)

    @property
    def loc(self) -> Tensor:
        """Means of the numbers."""
        return self.base_dist.base_dist.loc  # type: ignore[attr-defined]

    @property
    def scale(self) -> Tensor:
        """Standard deviations of the numbers."""
        return self.base_dist.base_dist.scale  # type: ignore[attr-defined]


class _Half(TransformedDistribution):
    """The absolute values of a distribution that is even."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"scale": constraints.positive}
    support = constraints.nonnegative
    scale = of_base("scale")

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return T.zeros_like(self.scale)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        value = T.as_tensor(value, dtype=self.scale.dtype)
        return T.where(value >= 0, self.base_dist.log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Any) -> Tensor:
        """Return the probability of values up to this one."""
        if self._validate_args:
            self._validate_sample(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Any) -> Tensor:
        """Return the value up to which this is the probability."""
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return self.base_dist.entropy() - math.log(2)


class HalfNormal(_Half):
    """Distribution of absolute values of normal numbers.

    Parameters
    ----------
    scale : Tensor or float
        Standard deviation of the numbers.
    validate_args : bool, optional
        Whether to check.
    """

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(0, scale, False), AbsTransform(), validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.scale.pow(2) * (1 - 2 / math.pi)


class HalfCauchy(_Half):
    """Distribution of absolute values of Cauchy numbers.

    Parameters
    ----------
    scale : Tensor or float
        Width of the numbers.
    validate_args : bool, optional
        Whether to check.
    """

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, False), AbsTransform(), validate_args)

    @property
    def mean(self) -> Tensor:
        """Infinite."""
        return T.full(self._extended_shape(), math.inf, dtype=self.scale.dtype)

    @property
    def variance(self) -> Tensor:
        """Infinite."""
        return self.base_dist.variance


class InverseGamma(TransformedDistribution):
    """Distribution of reciprocals of gamma numbers.

    Parameters
    ----------
    concentration, rate : Tensor or float
        Shape and inverse scale of the gamma numbers.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints = Gamma.arg_constraints
    support = constraints.positive
    concentration, rate = of_base("concentration"), of_base("rate")

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        base = Gamma(concentration, rate, validate_args)
        minus = -base.rate.new_ones(())
        super().__init__(base, PowerTransform(minus), validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        found = self.rate / (self.concentration - 1)
        return T.where(self.concentration > 1, found, math.inf)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        a = self.concentration
        found = self.rate.square() / ((a - 1).square() * (a - 2))
        return T.where(a > 2, found, math.inf)

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        a = self.concentration
        return a + self.rate.log() + a.lgamma() - (1 + a) * a.digamma()


class Gumbel(TransformedDistribution):
    """Gumbel distribution, of the largest of many numbers.

    Parameters
    ----------
    loc, scale : Tensor or float
        Mode, and width.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints = Normal.arg_constraints
    support = constraints.real

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = tensors(loc, scale)
        limits = np.finfo(self.loc._nd().dtype)
        low: Any = float(limits.tiny)
        high: Any = 1 - float(limits.eps)
        if isinstance(loc, Tensor) or isinstance(scale, Tensor):
            low, high = T.full_like(self.loc, low), T.full_like(self.loc, high)
        super().__init__(
            Uniform(low, high, validate_args=validate_args),
            [
                ExpTransform().inv,
                AffineTransform(0, -T.ones_like(self.scale)),
                ExpTransform().inv,
                AffineTransform(loc, -self.scale),
            ],
            validate_args,
        )

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc + self.scale * EULER

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.loc

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return (math.pi / math.sqrt(6)) * self.scale

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.stddev.pow(2)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        away = (self.loc - value) / self.scale
        return (away - away.exp()) - self.scale.log()

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return self.scale.log() + (1 + EULER)


class Pareto(TransformedDistribution):
    """Pareto distribution: a power law from `scale` on.

    Parameters
    ----------
    scale, alpha : Tensor or float
        The lowest value, and the power.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "alpha": constraints.positive,
        "scale": constraints.positive,
    }

    def __init__(self, scale: Any, alpha: Any, validate_args: bool | None = None) -> None:
        self.scale, self.alpha = tensors(scale, alpha)
        steps = [ExpTransform(), AffineTransform(0, self.scale)]
        super().__init__(Exponential(self.alpha, validate_args), steps, validate_args)

    @dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """Everything from the scale on."""
        return constraints.greater_than_eq(self.scale)

    @property
    def mean(self) -> Tensor:
        """The mean, which may be infinite."""
        a = self.alpha.clamp(min=1)
        return a * self.scale / (a - 1)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.scale

    @property
    def variance(self) -> Tensor:
        """The variance, which may be infinite."""
        a = self.alpha.clamp(min=2)
        return self.scale.pow(2) * a / ((a - 1).pow(2) * (a - 2))

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return (self.scale / self.alpha).log() + (1 + self.alpha.reciprocal())


class Weibull(TransformedDistribution):
    """Weibull distribution, of the smallest of many numbers.

    Parameters
    ----------
    scale, concentration : Tensor or float
        Width, and shape.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "scale": constraints.positive,
        "concentration": constraints.positive,
    }
    support = constraints.positive

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = tensors(scale, concentration)
        self.concentration_reciprocal = self.concentration.reciprocal()
        steps = [PowerTransform(self.concentration_reciprocal), AffineTransform(0, self.scale)]
        base = Exponential(T.ones_like(self.scale), validate_args)
        super().__init__(base, steps, validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.scale * T.exp(T.lgamma(1 + self.concentration_reciprocal))

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        share = (self.concentration - 1) / self.concentration
        return self.scale * share ** self.concentration.reciprocal()

    @property
    def variance(self) -> Tensor:
        """The variance."""
        inverse = self.concentration_reciprocal
        second = T.exp(T.lgamma(1 + 2 * inverse))
        return self.scale.pow(2) * (second - T.exp(2 * T.lgamma(1 + inverse)))

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        inverse = self.concentration_reciprocal
        return EULER * (1 - inverse) + T.log(self.scale * inverse) + 1


class Kumaraswamy(TransformedDistribution):
    """Kumaraswamy distribution: like a beta distribution, with an inverse in closed form.

    Parameters
    ----------
    concentration1, concentration0 : Tensor or float
        Shape parameters.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval

    def __init__(
        self, concentration1: Any, concentration0: Any, validate_args: bool | None = None
    ) -> None:
        self.concentration1, self.concentration0 = tensors(concentration1, concentration0)
        zeros = T.full_like(self.concentration0, 0)
        steps = [
            PowerTransform(self.concentration0.reciprocal()),
            AffineTransform(1.0, -1.0),
            PowerTransform(self.concentration1.reciprocal()),
        ]
        super().__init__(Uniform(zeros, zeros + 1, validate_args), steps, validate_args)

    def _moment(self, n: int) -> Tensor:
        a, b = 1 + n / self.concentration1, self.concentration0
        return b * T.exp(T.lgamma(a) + T.lgamma(b) - T.lgamma(a + b))

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self._moment(1)

    @property
    def mode(self) -> Tensor:
        """The most probable value; NaN where there is none."""
        a, b = self.concentration1, self.concentration0
        found = b.reciprocal() * (-b).log1p() - (-b * a).log1p()
        return T.where((b < 1) | (a < 1), math.nan, found).exp()

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self._moment(2) - T.pow(self.mean, 2)

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        a, b = self.concentration1, self.concentration0
        found = (1 - b.reciprocal()) + (1 - a.reciprocal()) * (T.digamma(b + 1) + EULER)
        return found - T.log(a) - T.log(b)
