"""Distributions of integers: Bernoulli, categorical, one-hot, Poisson."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..core import modes
from ..core.size import Size
from ..core.tensor import Tensor
from ..ops.namespaces import T
from . import constraints
from .constraints import Constraint
from .distribution import (
    Distribution,
    ExponentialFamily,
    Lazy,
    logits_of,
    one_of,
    probs_of,
    shape_of,
    tensors,
)


class Bernoulli(ExponentialFamily):
    """1 with a probability, else 0.

    Parameters
    ----------
    probs, logits : Tensor or float, one of them
        The probability, or the logarithm of its odds.
    validate_args : bool, optional
        Whether to check.
    """

    has_enumerate_support = True
    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    support = constraints.boolean

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        one_of(probs=probs, logits=logits)
        given = logits if probs is None else probs
        (self._param,) = tensors(given)
        self.__dict__["logits" if probs is None else "probs"] = self._param
        super().__init__(shape_of((given,), self._param), (), validate_args)

    @Lazy
    def logits(self) -> Tensor:
        """Return the logarithm of the odds."""
        return logits_of(self.probs, is_binary=True)

    @Lazy
    def probs(self) -> Tensor:
        """Return the probability of 1."""
        return probs_of(self.logits, is_binary=True)

    @property
    def param_shape(self) -> Size:
        """Shape of the parameter."""
        return self._param.shape

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.probs

    @property
    def mode(self) -> Tensor:
        """The more probable value; NaN where both are equally probable."""
        found = (self.probs >= 0.5).to(self.probs.dtype)
        return T.where(self.probs == 0.5, float("nan"), found)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values, without history."""
        with modes.no_grad():
            return T.bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = T.broadcast_tensors(self.logits, value)
        return -_cross_entropy(logits, value)

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return _cross_entropy(self.logits, self.probs)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """Return both values.

        Parameters
        ----------
        expand : bool, default True
            Repeat them for the batch.
        """
        values = T.arange(2, dtype=self._param.dtype).view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1, *self._batch_shape)) if expand else values


def _cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    return T.binary_cross_entropy_with_logits(logits, targets, reduction="none")


class Categorical(Distribution):
    """One of several numbers from 0 on, each with its probability.

    Parameters
    ----------
    probs, logits : Tensor of shape (..., n), one of them
        Weights of the numbers, or their logarithms; made to sum to one.
    validate_args : bool, optional
        Whether to check.
    """

    has_enumerate_support = True
    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.simplex,
        "logits": constraints.real_vector,
    }

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        one_of(probs=probs, logits=logits)
        name, given = ("logits", logits) if probs is None else ("probs", probs)
        if given.ndim < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        if probs is None:
            self.__dict__["logits"] = logits - logits.logsumexp(dim=-1, keepdim=True)
        else:
            self.__dict__["probs"] = probs / probs.sum(-1, keepdim=True)
        self._param = given
        self._num_events = given.shape[-1]
        super().__init__(given.shape[:-1], (), validate_args)

    @Lazy
    def logits(self) -> Tensor:
        """Return logarithms of the probabilities."""
        return logits_of(self.probs)

    @Lazy
    def probs(self) -> Tensor:
        """Return the probabilities."""
        return probs_of(self.logits)

    @property
    def support(self) -> Constraint:
        """The numbers."""
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def param_shape(self) -> Size:
        """Shape of the parameter."""
        return self._param.shape

    @property
    def mean(self) -> Tensor:
        """NaN: the numbers are names."""
        return T.full(self._batch_shape, float("nan"), dtype=self.probs.dtype)

    variance = mean

    @property
    def mode(self) -> Tensor:
        """The most probable number."""
        return self.probs.argmax(dim=-1)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values."""
        shape = tuple(sample_shape)
        count = int(np.prod(shape, dtype=np.int64))
        with modes.no_grad():
            rows = self.probs.reshape((-1, self._num_events))
            drawn = T.multinomial(rows, count, True).t()
            return drawn.reshape((*shape, *self._batch_shape))

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        index = value.long().unsqueeze(-1)
        index, table = T.broadcast_tensors(index, self.logits)
        return table.gather(-1, index[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        lowest = float(np.finfo(self.logits._array.dtype).min)
        return -(T.clamp(self.logits, min=lowest) * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """Return all numbers.

        Parameters
        ----------
        expand : bool, default True
            Repeat them for the batch.
        """
        values = T.arange(self._num_events).view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1, *self._batch_shape)) if expand else values


class OneHotCategorical(Distribution):
    """A vector with one 1, at a place drawn by probabilities.

    Parameters
    ----------
    probs, logits : Tensor of shape (..., n), one of them
        Weights of the places, or their logarithms.
    validate_args : bool, optional
        Whether to check.
    """

    has_enumerate_support = True
    arg_constraints = Categorical.arg_constraints
    support = constraints.one_hot

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._categorical = Categorical(probs, logits)
        shape = self._categorical._param.shape
        super().__init__(shape[:-1], shape[-1:], validate_args)

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        """Logarithms of the probabilities."""
        return self._categorical.logits

    @property
    def mean(self) -> Tensor:
        """The probabilities."""
        return self.probs

    @property
    def mode(self) -> Tensor:
        """The most probable vector."""
        return T.one_hot(self.probs.argmax(-1), self._event_shape[0]).to(self.probs.dtype)

    @property
    def variance(self) -> Tensor:
        """The variance of each entry."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values."""
        drawn = self._categorical.sample(sample_shape)
        return T.one_hot(drawn, self._event_shape[0]).to(self.probs.dtype)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        return self._categorical.log_prob(value.max(-1)[1])

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """Return all one-hot vectors.

        Parameters
        ----------
        expand : bool, default True
            Repeat them for the batch.
        """
        n = self._event_shape[0]
        values = T.eye(n, dtype=self.probs.dtype).view((n, *(1,) * len(self._batch_shape), n))
        return values.expand((n, *self._batch_shape, n)) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """One-hot vectors whose gradients are those of the probabilities."""

    has_rsample = True

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        probs: Any = self._categorical.probs
        return self.sample(sample_shape) + (probs - probs.detach())


class Poisson(ExponentialFamily):
    """Poisson distribution.

    Parameters
    ----------
    rate : Tensor or float
        The mean.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = tensors(rate)
        super().__init__(shape_of((rate,), self.rate), (), validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.rate

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values, without history."""
        with modes.no_grad():
            return T.poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        rate, value = T.broadcast_tensors(self.rate, value)
        return value.xlogy(rate) - rate - (value + 1).lgamma()
