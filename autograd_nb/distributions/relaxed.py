"""Distributions of numbers that stand for choices: relaxed Bernoulli and categorical."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..core import modes
from ..core.size import Size
from ..core.tensor import Tensor
from ..ops.namespaces import T
from . import constraints
from .constraints import Constraint
from .counts import Odds
from .discrete import Bernoulli, Categorical
from .distribution import (
    Distribution,
    ExponentialFamily,
    Lazy,
    clamp_probs,
    probs_of,
    shape_of,
    tensors,
)
from .transformed import TransformedDistribution, of_base
from .transforms import ExpTransform, SigmoidTransform


class LogitRelaxedBernoulli(Odds):
    """Logarithms of the odds of relaxed Bernoulli numbers.

    Parameters
    ----------
    temperature : Tensor
        How far from 0 and 1 they may be.
    probs, logits : Tensor or float, one of them
        The probability of 1, or the logarithm of its odds.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints = Bernoulli.arg_constraints
    support = constraints.real
    _kept = ("temperature",)

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        self.temperature = temperature
        given = self._give(probs, logits)
        (self.__dict__[self._given],) = tensors(given)
        super().__init__(shape_of((given,), self._param), (), validate_args)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        shape = self._extended_shape(sample_shape)
        probs = clamp_probs(self.probs.expand(shape))
        drawn = clamp_probs(T.rand(shape, dtype=probs.dtype))
        odds = drawn.log() - (-drawn).log1p() + probs.log() - (-probs).log1p()
        return odds / self.temperature

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = T.broadcast_tensors(self.logits, value)
        away = logits - value.mul(self.temperature)
        return self.temperature.log() + away - 2 * away.exp().log1p()


class RelaxedBernoulli(TransformedDistribution):
    """Numbers between 0 and 1 whose gradients lead to a probability (concrete distribution).

    Parameters
    ----------
    temperature : Tensor
        How far from 0 and 1 they may be.
    probs, logits : Tensor or float, one of them
        The probability of 1, or the logarithm of its odds.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints = Bernoulli.arg_constraints
    support = constraints.unit_interval
    temperature, logits, probs = of_base("temperature"), of_base("logits"), of_base("probs")

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args)


class ExpRelaxedCategorical(Distribution):
    """Logarithms of relaxed one-hot vectors.

    Parameters
    ----------
    temperature : Tensor
        How far from a corner they may be.
    probs, logits : Tensor of shape (..., n), one of them
        Weights of the categories, or their logarithms.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints = Categorical.arg_constraints
    support = constraints.real_vector
    _kept = ("temperature",)

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        self._categorical = Categorical(probs, logits)
        self.temperature = temperature
        shape = self._categorical.param_shape
        super().__init__(self._categorical.batch_shape, shape[-1:], validate_args)

    @property
    def probs(self) -> Tensor:
        """The categories' probabilities."""
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        """Logarithms of the categories' probabilities."""
        return self._categorical.logits

    @property
    def param_shape(self) -> Size:
        """Shape of the parameter."""
        return self._categorical.param_shape

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        shape = self._extended_shape(sample_shape)
        drawn = clamp_probs(T.rand(shape, dtype=self.logits.dtype))
        scores = (self.logits + -(-drawn.log()).log()) / self.temperature
        return scores - scores.logsumexp(-1, keepdim=True)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        n = self._categorical._num_events
        logits, value = T.broadcast_tensors(self.logits, value)
        norm = T.full_like(self.temperature, float(n)).lgamma()
        norm = norm - self.temperature.log().mul(-(n - 1))
        score = logits - value.mul(self.temperature)
        return (score - score.logsumexp(-1, keepdim=True)).sum(-1) + norm


class RelaxedOneHotCategorical(TransformedDistribution):
    """Vectors near the corners of a simplex whose gradients lead to probabilities.

    Parameters
    ----------
    temperature : Tensor
        How far from a corner they may be.
    probs, logits : Tensor of shape (..., n), one of them
        Weights of the categories, or their logarithms.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints = Categorical.arg_constraints
    support = constraints.simplex
    temperature, logits, probs = of_base("temperature"), of_base("logits"), of_base("probs")

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args)
        super().__init__(base, ExpTransform(), validate_args)


class ContinuousBernoulli(Odds, ExponentialFamily):
    """Numbers from 0 to 1 with the density of a Bernoulli likelihood, made to integrate to one.

    Parameters
    ----------
    probs, logits : Tensor or float, one of them
        The shape, as for `Bernoulli`.
    lims : tuple of float, default (0.499, 0.501)
        Between these, series about one half are used.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints: ClassVar[dict[str, Constraint]] = Bernoulli.arg_constraints
    support = constraints.unit_interval
    _mean_carrier_measure = 0

    def __init__(
        self,
        probs: Any = None,
        logits: Any = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        given = self._give(probs, logits)
        (param,) = tensors(given)
        if probs is not None:
            valid = self.arg_constraints["probs"].check(param)
            if validate_args is not None and not bool(valid.all()):
                raise ValueError("The parameter probs has invalid values")
            param = clamp_probs(param)
        self.__dict__[self._given] = param
        self._lims = lims
        super().__init__(shape_of((given,), param), (), validate_args)

    @Lazy
    def probs(self) -> Tensor:
        """Return the shape as a probability."""
        return clamp_probs(probs_of(self.logits, is_binary=True))

    def _cut(self) -> tuple[Tensor, Tensor]:
        """Return where the closed forms hold, and probabilities at which they can be evaluated."""
        outside = (self.probs <= self._lims[0]) | (self.probs > self._lims[1])
        return outside, T.where(outside, self.probs, self._lims[0])

    def _log_norm(self) -> Tensor:
        outside, p = self._cut()
        below = T.where(p <= 0.5, p, 0.0)
        above = T.where(p >= 0.5, p, 1.0)
        found = T.log(T.abs(T.log1p(-p) - T.log(p)))
        found = found - T.where(p <= 0.5, T.log1p(-2.0 * below), T.log(2.0 * above - 1.0))
        x = T.pow(self.probs - 0.5, 2)
        return T.where(outside, found, math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        outside, p = self._cut()
        found = p / (2.0 * p - 1.0) + 1.0 / (T.log1p(-p) - T.log(p))
        x = self.probs - 0.5
        return T.where(outside, found, 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * T.pow(x, 2)) * x)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        outside, p = self._cut()
        found = p * (p - 1.0) / T.pow(1.0 - 2.0 * p, 2)
        found = found + 1.0 / T.pow(T.log1p(-p) - T.log(p), 2)
        x = T.pow(self.probs - 0.5, 2)
        series = 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x
        return T.where(outside, found, series)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values, without history."""
        with modes.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        return self.icdf(T.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype))

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = T.broadcast_tensors(self.logits, value)
        each = T.binary_cross_entropy_with_logits(logits, value, reduction="none")
        return -each + self._log_norm()

    def cdf(self, value: Any) -> Tensor:
        """Return the probability of values up to this one."""
        if self._validate_args:
            self._validate_sample(value)
        outside, p = self._cut()
        found = T.pow(p, value) * T.pow(1.0 - p, 1.0 - value) + p - 1.0
        found = T.where(outside, found / (2.0 * p - 1.0), value)
        return T.where(value <= 0.0, 0.0, T.where(value >= 1.0, 1.0, found))

    def icdf(self, value: Any) -> Tensor:
        """Return the value up to which this is the probability."""
        outside, p = self._cut()
        found = T.log1p(-p + value * (2.0 * p - 1.0)) - T.log1p(-p)
        return T.where(outside, found / (T.log(p) - T.log1p(-p)), value)

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        no, yes = T.log1p(-self.probs), T.log(self.probs)
        return self.mean * (no - yes) - self._log_norm() - no
