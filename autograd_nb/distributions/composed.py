"""Distributions made of others: independent entries, mixtures."""

from __future__ import annotations

from typing import Any, ClassVar

from ..core import modes
from ..core.tensor import Tensor
from ..ops.namespaces import T
from . import constraints
from .constraints import Constraint
from .discrete import Categorical
from .distribution import Distribution, sum_last


class Independent(Distribution):
    """The last dimensions of a batch as one value.

    Parameters
    ----------
    base_distribution : Distribution
        Whose batch.
    reinterpreted_batch_ndims : int
        How many dimensions of it.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {}

    def __init__(
        self,
        base_distribution: Distribution,
        reinterpreted_batch_ndims: int,
        validate_args: bool | None = None,
    ) -> None:
        batch = base_distribution.batch_shape
        if reinterpreted_batch_ndims > len(batch):
            raise ValueError(
                "Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), "
                f"actual {reinterpreted_batch_ndims} vs {len(batch)}"
            )
        keep = len(batch) - reinterpreted_batch_ndims
        self.base_dist = base_distribution
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        event = (*batch[keep:], *base_distribution.event_shape)
        super().__init__(batch[:keep], event, validate_args)

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether gradients go through samples."""
        return self.base_dist.has_rsample

    @property
    def has_enumerate_support(self) -> bool:  # type: ignore[override]
        """Whether all values can be listed."""
        return not self.reinterpreted_batch_ndims and self.base_dist.has_enumerate_support

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """Return all values.

        Parameters
        ----------
        expand : bool, default True
            Repeat them for the batch.
        """
        if self.reinterpreted_batch_ndims:
            raise NotImplementedError("Enumeration over cartesian product is not implemented")
        return self.base_dist.enumerate_support(expand)

    @property
    def support(self) -> Constraint:
        """That of the entries, for all of them."""
        base = self.base_dist.support
        if not self.reinterpreted_batch_ndims:
            return base
        return constraints.independent(base, self.reinterpreted_batch_ndims)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.base_dist.mean

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.base_dist.mode

    @property
    def variance(self) -> Tensor:
        """The variance of each entry."""
        return self.base_dist.variance

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values, without history."""
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        return sum_last(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return sum_last(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def __repr__(self) -> str:
        return f"Independent({self.base_dist}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamily(Distribution):
    """One of several distributions of the same kind, chosen by weights.

    Parameters
    ----------
    mixture_distribution : Categorical
        Chooses.
    component_distribution : Distribution
        Its last batch dimension counts the components.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {}

    def __init__(
        self,
        mixture_distribution: Categorical,
        component_distribution: Distribution,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(
                " The Mixture distribution needs to be an  instance of "
                "torch.distributions.Categorical"
            )
        if not isinstance(component_distribution, Distribution):
            raise ValueError(
                "The Component distribution need to be an instance of "
                "torch.distributions.Distribution"
            )
        parts = component_distribution.batch_shape
        if mixture_distribution.param_shape[-1] != parts[-1]:
            raise ValueError(
                f"`mixture_distribution component` ({mixture_distribution.param_shape[-1]}) does "
                f"not equal `component_distribution.batch_shape[-1]` ({parts[-1]})"
            )
        self._mixture, self._parts = mixture_distribution, component_distribution
        self._events = len(component_distribution.event_shape)
        super().__init__(parts[:-1], component_distribution.event_shape, validate_args)

    @property
    def mixture_distribution(self) -> Categorical:
        """What chooses."""
        return self._mixture

    @property
    def component_distribution(self) -> Distribution:
        """What is chosen from."""
        return self._parts

    @property
    def support(self) -> Constraint:
        """That of the components."""
        return constraints.MixtureSameFamilyConstraint(self._parts.support)

    def _weights(self) -> Tensor:
        probs = self._mixture.probs
        return probs.reshape((*probs.shape, *(1,) * self._events))

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return (self._weights() * self._parts.mean).sum(-1 - self._events)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        axis = -1 - self._events
        inside = (self._weights() * self._parts.variance).sum(axis)
        away = self._parts.mean - self.mean.unsqueeze(axis)
        return inside + (self._weights() * away.pow(2)).sum(axis)

    def cdf(self, value: Any) -> Tensor:
        """Return the probability of values up to this one."""
        each = self._parts.cdf(value.unsqueeze(-1 - self._events))
        return T.sum(each * self._mixture.probs, -1)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        each = self._parts.log_prob(value.unsqueeze(-1 - self._events))
        return T.logsumexp(each + T.log_softmax(self._mixture.logits, -1), -1)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values, without history."""
        with modes.no_grad():
            axis = len(tuple(sample_shape)) + len(self._batch_shape)
            chosen = self._mixture.sample(sample_shape)
            drawn = self._parts.sample(sample_shape)
            index = chosen.reshape((*chosen.shape, *(1,) * (self._events + 1)))
            index = index.expand((*chosen.shape, 1, *self._event_shape))
            return T.gather(drawn, axis, index).squeeze(axis)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self._mixture},\n  {self._parts})"
