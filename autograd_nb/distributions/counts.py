"""Distributions of counts: binomial, negative binomial, geometric, multinomial."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..core import modes
from ..core.size import Size
from ..core.tensor import Tensor
from ..ops.namespaces import T
from . import constraints
from .constraints import Constraint, dependent_property
from .discrete import Categorical
from .distribution import Distribution, Lazy, logits_of, one_of, probs_of, shape_of, tensors
from .gamma import Gamma


class Odds(Distribution):
    """A distribution with a chance, given as `probs` or as `logits`."""

    @Lazy
    def logits(self) -> Tensor:
        """Return the logarithm of the odds."""
        return logits_of(self.probs, is_binary=True)

    @Lazy
    def probs(self) -> Tensor:
        """Return the chance."""
        return probs_of(self.logits, is_binary=True)

    @property
    def param_shape(self) -> Size:
        """Shape of the parameter."""
        return self._param.shape

    @property
    def _param(self) -> Tensor:
        return self.__dict__[self._given]

    _given: str

    def _give(self, probs: Any, logits: Any) -> Any:
        """Note which of the two was given; return it."""
        one_of(probs=probs, logits=logits)
        self._given = "logits" if probs is None else "probs"
        return logits if probs is None else probs


class _Trials(Odds):
    """A distribution with a number of trials and a chance."""

    total_count: Tensor

    def __init__(
        self, total_count: Any, probs: Any, logits: Any, validate_args: bool | None
    ) -> None:
        given = self._give(probs, logits)
        self.total_count, self.__dict__[self._given] = tensors(total_count, given)
        self.total_count = self.total_count.type_as(self._param)
        super().__init__(self._param.shape, (), validate_args)


class Binomial(_Trials):
    """Number of successes in independent trials.

    Parameters
    ----------
    total_count : Tensor or int, default 1
        How many trials.
    probs, logits : Tensor or float, one of them
        The chance of success, or the logarithm of its odds.
    validate_args : bool, optional
        Whether to check.
    """

    has_enumerate_support = True
    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }

    def __init__(
        self,
        total_count: Any = 1,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        super().__init__(total_count, probs, logits, validate_args)

    @dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        """Up to the number of trials."""
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        found = ((self.total_count + 1) * self.probs).floor()
        return found.clamp(max=self.total_count)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values, without history."""
        shape = self._extended_shape(sample_shape)
        with modes.no_grad():
            return T.binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        n, logits = self.total_count, self.logits
        # Of both sides of zero the mean, so that the derivative there is one half.
        above = (logits.clamp(min=0) + logits - logits.clamp(max=0)) / 2
        norm = n * above + n * T.log1p(T.exp(-T.abs(logits))) - T.lgamma(n + 1)
        return value * logits - T.lgamma(value + 1) - T.lgamma(n - value + 1) - norm

    def _one_count(self, name: str) -> int:
        count = int(self.total_count.max())
        if not bool(self.total_count.min() == count):
            raise NotImplementedError(f"Inhomogeneous total count not supported by `{name}`.")
        return count

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        self._one_count("entropy")
        each = self.log_prob(self.enumerate_support(False))
        return -(T.exp(each) * each).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """Return all counts.

        Parameters
        ----------
        expand : bool, default True
            Repeat them for the batch.
        """
        values = T.arange(1 + self._one_count("enumerate_support"), dtype=self._param.dtype)
        values = values.view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1, *self._batch_shape)) if expand else values


class NegativeBinomial(_Trials):
    """Number of successes before a number of failures.

    Parameters
    ----------
    total_count : Tensor or float
        How many failures.
    probs, logits : Tensor or float, one of them
        The chance of success, or the logarithm of its odds.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self,
        total_count: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        super().__init__(total_count, probs, logits, validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.total_count * T.exp(self.logits)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.mean / T.sigmoid(-self.logits)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values, without history: Poisson counts whose rates are gamma numbers."""
        with modes.no_grad():
            rates = Gamma(self.total_count, T.exp(-self.logits), False).sample(sample_shape)
            return T.poisson(rates)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        n = self.total_count
        found = n * T.logsigmoid(-self.logits) + value * T.logsigmoid(self.logits)
        norm = -T.lgamma(n + value) + T.lgamma(1.0 + value) + T.lgamma(n)
        return found - norm.masked_fill(n + value == 0.0, 0.0)


class Geometric(Odds):
    """Number of failures before the first success.

    Parameters
    ----------
    probs, logits : Tensor or float, one of them
        The chance of success, or the logarithm of its odds.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        given = self._give(probs, logits)
        (self.__dict__[self._given],) = tensors(given)
        super().__init__(shape_of((given,), self._param), (), validate_args)
        if self._validate_args and probs is not None and not bool((self.probs > 0).all()):
            raise ValueError(
                f"Expected parameter probs ({type(self.probs).__name__} of shape "
                f"{tuple(self.probs.shape)}) of distribution {self!r} to be positive but found "
                f"invalid values:\n{self.probs.data[~(self.probs > 0)]}"
            )

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Tensor:
        """The most probable value: none."""
        return T.zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values, without history."""
        smallest = float(np.finfo(self.probs._nd().dtype).tiny)
        with modes.no_grad():
            fresh = T.empty(self._extended_shape(sample_shape), dtype=self.probs.dtype)
            return (fresh.uniform_(smallest, 1).log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        value, probs = T.broadcast_tensors(value, self.probs)
        probs = T.where((probs == 1) & (value == 0), 0.0, probs)
        return value * (-probs).log1p() + self.probs.log()

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        each = T.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")
        return each / self.probs


class Multinomial(Distribution):
    """How often each category was drawn in independent trials.

    Parameters
    ----------
    total_count : int, default 1
        How many trials.
    probs, logits : Tensor of shape (..., n), one of them
        Weights of the categories, or their logarithms.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.simplex,
        "logits": constraints.real_vector,
    }

    def __init__(
        self,
        total_count: int = 1,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._categorical = Categorical(probs, logits)
        shape = self._categorical.param_shape
        super().__init__(self._categorical.batch_shape, shape[-1:], validate_args)

    @dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:
        """Return the set of counts that add up to the number of trials."""
        return constraints.multinomial(self.total_count)

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

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        """The variance of each count."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values, without history."""
        drawn = self._categorical.sample((self.total_count, *sample_shape)).movedim(0, -1)
        counts = drawn.new_zeros(self._extended_shape(sample_shape))
        return counts.scatter_add_(-1, drawn, T.ones_like(drawn)).type_as(self.probs)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = T.broadcast_tensors(self.logits, value)
        logits = T.where((value == 0) & (logits == -math.inf), 0.0, logits)
        ways = T.lgamma(value.sum(-1) + 1) - T.lgamma(value + 1).sum(-1)
        return ways + (logits * value).sum(-1)

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        each = Binomial(self.total_count, probs=self.probs)
        counts = each.enumerate_support(expand=False)[1:]
        weights = T.exp(each.log_prob(counts)) * T.lgamma(counts + 1)
        trials = self.total_count * self._categorical.entropy()
        return trials - math.lgamma(self.total_count + 1) + weights.sum((0, -1))
