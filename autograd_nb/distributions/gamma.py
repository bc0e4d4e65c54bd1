"""The gamma family: gamma, chi-squared, beta, Dirichlet, Student's t, Fisher's F."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..core.tensor import Tensor
from ..ops.namespaces import T
from . import constraints
from .constraints import Constraint
from .distribution import Distribution, ExponentialFamily, shape_of, standard_normal, tensors


def tiny(value: Any) -> float:
    """Return the smallest ordinary number of a tensor's dtype."""
    return float(np.finfo(value._nd().dtype).tiny)


class Gamma(ExponentialFamily):
    """Gamma distribution.

    Parameters
    ----------
    concentration, rate : Tensor or float
        Shape, and inverse scale.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration": constraints.positive,
        "rate": constraints.positive,
    }
    support = constraints.nonnegative
    _mean_carrier_measure = 0

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = tensors(concentration, rate)
        super().__init__(shape_of((concentration, rate), self.rate), (), validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.concentration / self.rate.pow(2)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        shape = self._extended_shape(sample_shape)
        value = T.standard_gamma(self.concentration.expand(shape)) / self.rate.expand(shape)
        value.detach().clamp_(min=tiny(value))  # the derivative does not see the bound
        return value

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        value = T.as_tensor(value, dtype=self.rate.dtype)
        if self._validate_args:
            self._validate_sample(value)
        found = T.xlogy(self.concentration, self.rate) + T.xlogy(self.concentration - 1, value)
        return found - self.rate * value - T.lgamma(self.concentration)

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        a = self.concentration
        return a - T.log(self.rate) + T.lgamma(a) + (1.0 - a) * T.digamma(a)

    def cdf(self, value: Any) -> Tensor:
        """Return the probability of values up to this one."""
        if self._validate_args:
            self._validate_sample(value)
        return T.igamma(self.concentration, self.rate * value)

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.concentration - 1, -self.rate)

    def _log_normalizer(self, *natural: Any) -> Tensor:
        x, y = natural
        return T.lgamma(x + 1) + (x + 1) * T.log(-y.reciprocal())


class Chi2(Gamma):
    """Distribution of a sum of squares of standard normal numbers.

    Parameters
    ----------
    df : Tensor or float
        How many.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {"df": constraints.positive}

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        super().__init__(0.5 * df, 0.5, validate_args)
        if self._validate_args:
            self._check_parameter("df", constraints.positive)

    @property
    def df(self) -> Tensor:
        """How many squares."""
        return self.concentration * 2


class Dirichlet(ExponentialFamily):
    """Distribution of vectors of parts of a whole.

    Parameters
    ----------
    concentration : Tensor of shape (..., n)
        Shape parameters.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration": constraints.independent(constraints.positive, 1)
    }
    support = constraints.simplex

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        if concentration.ndim < 1:
            raise ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        shape = concentration.shape
        super().__init__(shape[:-1], shape[-1:], validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Tensor:
        """The most probable value; a corner where all parameters are below one."""
        above = (self.concentration - 1).clamp(min=0.0)
        found = above / above.sum(-1, True)
        cornered = (self.concentration < 1).all(-1, True)
        corner = T.one_hot(found.argmax(-1), above.shape[-1]).to(found.dtype)
        return T.where(cornered, corner, found)

    @property
    def variance(self) -> Tensor:
        """The variance of each part."""
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        return T.dirichlet(self.concentration.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        a = self.concentration
        found = T.xlogy(a - 1.0, value).sum(-1) + T.lgamma(a.sum(-1))
        return found - T.lgamma(a).sum(-1)

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        a = self.concentration
        n, total = a.shape[-1], a.sum(-1)
        found = T.lgamma(a).sum(-1) - T.lgamma(total) - (n - total) * T.digamma(total)
        return found - ((a - 1.0) * T.digamma(a)).sum(-1)

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.concentration,)

    def _log_normalizer(self, *natural: Any) -> Tensor:
        return natural[0].lgamma().sum(-1) - T.lgamma(natural[0].sum(-1))


class Beta(ExponentialFamily):
    """Beta distribution: the first part of a Dirichlet vector of two.

    Parameters
    ----------
    concentration1, concentration0 : Tensor or float
        Shape parameters.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval

    def __init__(
        self, concentration1: Any, concentration0: Any, validate_args: bool | None = None
    ) -> None:
        if isinstance(concentration1, Tensor) or isinstance(concentration0, Tensor):
            pair = T.stack(tensors(concentration1, concentration0), -1)
        else:
            pair = T.tensor([float(concentration1), float(concentration0)])
        self._dirichlet = Dirichlet(pair, validate_args)
        super().__init__(self._dirichlet.batch_shape, (), validate_args)

    @property
    def concentration1(self) -> Tensor:
        """The first shape parameter."""
        return self._dirichlet.concentration[..., 0]

    @property
    def concentration0(self) -> Tensor:
        """The second shape parameter."""
        return self._dirichlet.concentration[..., 1]

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self._dirichlet.mode[..., 0]

    @property
    def variance(self) -> Tensor:
        """The variance."""
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        return self._dirichlet.rsample(sample_shape).select(-1, 0)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        return self._dirichlet.log_prob(T.stack([value, 1.0 - value], -1))

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return self._dirichlet.entropy()

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.concentration1, self.concentration0)

    def _log_normalizer(self, *natural: Any) -> Tensor:
        x, y = natural
        return T.lgamma(x) + T.lgamma(y) - T.lgamma(x + y)


class StudentT(Distribution):
    """Student's t distribution.

    Parameters
    ----------
    df : Tensor or float
        Degrees of freedom.
    loc, scale : Tensor or float
        Middle and width.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real

    def __init__(
        self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None
    ) -> None:
        self.df, self.loc, self.scale = tensors(df, loc, scale)
        self._chi2 = Chi2(self.df)
        super().__init__(self.df.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean; NaN where there is none."""
        return T.where(self.df <= 1, math.nan, self.loc)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The variance; NaN where there is none."""
        found = self.scale.pow(2) * self.df / (self.df - 2)
        found = T.where(self.df <= 2, math.inf, found)
        return T.where(self.df <= 1, math.nan, found)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        drawn = standard_normal(self._extended_shape(sample_shape), self.df)
        squares = self._chi2.rsample(sample_shape)
        return self.loc + self.scale * (drawn * T.rsqrt(squares / self.df))

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        away = (value - self.loc) / self.scale
        norm = self.scale.log() + 0.5 * self.df.log() + 0.5 * math.log(math.pi)
        norm = norm + T.lgamma(0.5 * self.df) - T.lgamma(0.5 * (self.df + 1.0))
        return -0.5 * (self.df + 1.0) * T.log1p(away**2.0 / self.df) - norm

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        half, more = 0.5 * self.df, 0.5 * (self.df + 1)
        beta = T.lgamma(half) + math.lgamma(0.5) - T.lgamma(more)
        found = self.scale.log() + 0.5 * (self.df + 1) * (T.digamma(more) - T.digamma(half))
        return found + 0.5 * self.df.log() + beta


class FisherSnedecor(Distribution):
    """Distribution of a ratio of two chi-squared numbers, each by its degrees of freedom.

    Parameters
    ----------
    df1, df2 : Tensor or float
        Degrees of freedom.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "df1": constraints.positive,
        "df2": constraints.positive,
    }
    support = constraints.positive

    def __init__(self, df1: Any, df2: Any, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = tensors(df1, df2)
        self._gamma1 = Gamma(self.df1 * 0.5, self.df1)
        self._gamma2 = Gamma(self.df2 * 0.5, self.df2)
        super().__init__(shape_of((df1, df2), self.df1), (), validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean; NaN where there is none."""
        df2 = T.where(self.df2 <= 2, math.nan, self.df2)
        return df2 / (df2 - 2)

    @property
    def mode(self) -> Tensor:
        """The most probable value; NaN where there is none."""
        found = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return T.where(self.df1 <= 2, math.nan, found)

    @property
    def variance(self) -> Tensor:
        """The variance; NaN where there is none."""
        df2 = T.where(self.df2 <= 4, math.nan, self.df2)
        above = 2 * df2.pow(2) * (self.df1 + df2 - 2)
        return above / (self.df1 * (df2 - 2).pow(2) * (df2 - 4))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        shape = self._extended_shape(sample_shape)
        above = self._gamma1.rsample(sample_shape).view(shape)
        below = self._gamma2.rsample(sample_shape).view(shape).clamp_(min=tiny(above))
        return (above / below).clamp_(min=tiny(above))

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        half1, half2, ratio = self.df1 * 0.5, self.df2 * 0.5, self.df1 / self.df2
        norm = (half1 + half2).lgamma() - half1.lgamma() - half2.lgamma()
        found = norm + (half1 * ratio.log() + (half1 - 1) * T.log(value))
        return found - (half1 + half2) * T.log1p(ratio * value)
