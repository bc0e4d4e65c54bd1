"""Distributions of real numbers: normal, uniform, exponential, Laplace."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..core import modes
from ..core.tensor import Tensor
from ..ops.namespaces import T
from . import constraints
from .constraints import Constraint
from .distribution import Distribution, ExponentialFamily, shape_of, standard_normal, tensors

EULER = 0.5772156649015329


class Normal(ExponentialFamily):
    """Normal distribution.

    Parameters
    ----------
    loc, scale : Tensor or float
        Mean and standard deviation.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = tensors(loc, scale)
        super().__init__(shape_of((loc, scale), self.loc), (), validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc

    mode = mean

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return self.scale

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.stddev.pow(2)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values, without history."""
        shape = self._extended_shape(sample_shape)
        with modes.no_grad():
            return T.normal(self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        return self.loc + standard_normal(self._extended_shape(sample_shape), self.loc) * self.scale

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        away = (value - self.loc) ** 2
        return -away / (2 * self.variance) - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value: Any) -> Tensor:
        """Return the probability of values up to this one."""
        if self._validate_args:
            self._validate_sample(value)
        return 0.5 * (1 + T.erf((value - self.loc) * self.scale.reciprocal() / math.sqrt(2)))

    def icdf(self, value: Any) -> Tensor:
        """Return the value up to which this is the probability."""
        return self.loc + self.scale * T.erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + T.log(self.scale)


class Uniform(Distribution):
    """Uniform distribution from `low` to `high`.

    Parameters
    ----------
    low, high : Tensor or float
        The ends.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True

    @property
    def arg_constraints(self) -> dict[str, Constraint]:  # type: ignore[override]
        """Each end bounds the other."""
        return {
            "low": constraints.less_than(self.high),
            "high": constraints.greater_than(self.low),
        }

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = tensors(low, high)
        super().__init__(shape_of((low, high), self.low), (), validate_args)

    @property
    def mode(self) -> Tensor:
        """NaN: all values are equally probable."""
        return math.nan * self.high

    @property
    def support(self) -> Constraint:
        """The interval."""
        return constraints.interval(self.low, self.high)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return (self.high + self.low) / 2

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return (self.high - self.low).pow(2) / 12

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        drawn = T.rand(self._extended_shape(sample_shape), dtype=self.low.dtype)
        return self.low + drawn * (self.high - self.low)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        inside = self.low.le(value).type_as(self.low) * self.high.gt(value).type_as(self.low)
        return T.log(inside) - T.log(self.high - self.low)

    def cdf(self, value: Any) -> Tensor:
        """Return the probability of values up to this one."""
        if self._validate_args:
            self._validate_sample(value)
        return ((value - self.low) / (self.high - self.low)).clamp(min=0, max=1)

    def icdf(self, value: Any) -> Tensor:
        """Return the value up to which this is the probability."""
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return T.log(self.high - self.low)


class Exponential(ExponentialFamily):
    """Exponential distribution.

    Parameters
    ----------
    rate : Tensor or float
        One over the mean.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints: ClassVar[dict[str, Constraint]] = {"rate": constraints.positive}
    support = constraints.nonnegative

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = tensors(rate)
        super().__init__(shape_of((rate,), self.rate), (), validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.rate.reciprocal()

    @property
    def mode(self) -> Tensor:
        """The most probable value: 0."""
        return T.zeros_like(self.rate)

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return self.rate.reciprocal()

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.rate.pow(-2)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        fresh = T.empty(self._extended_shape(sample_shape), dtype=self.rate.dtype)
        return fresh.exponential_() / self.rate

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        return self.rate.log() - self.rate * value

    def cdf(self, value: Any) -> Tensor:
        """Return the probability of values up to this one."""
        if self._validate_args:
            self._validate_sample(value)
        return 1 - T.exp(-self.rate * value)

    def icdf(self, value: Any) -> Tensor:
        """Return the value up to which this is the probability."""
        return -T.log1p(-value) / self.rate

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return 1.0 - T.log(self.rate)


class Laplace(Distribution):
    """Laplace distribution.

    Parameters
    ----------
    loc, scale : Tensor or float
        Mean, and mean distance from it.
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
        """The mean."""
        return self.loc

    mode = mean

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return 2 * self.scale.pow(2)

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return 2**0.5 * self.scale

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        shape = self._extended_shape(sample_shape)
        eps = float(np.finfo(self.loc._array.dtype).eps)
        drawn = T.empty(shape, dtype=self.loc.dtype).uniform_(eps - 1, 1)
        return self.loc - self.scale * drawn.sign() * T.log1p(-drawn.abs())

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        return -T.log(2 * self.scale) - T.abs(value - self.loc) / self.scale

    def cdf(self, value: Any) -> Tensor:
        """Return the probability of values up to this one."""
        away = value - self.loc
        return 0.5 - 0.5 * away.sign() * T.expm1(-away.abs() / self.scale)

    def icdf(self, value: Any) -> Tensor:
        """Return the value up to which this is the probability."""
        term = value - 0.5
        return self.loc - self.scale * term.sign() * T.log1p(-2 * term.abs())

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        return 1 + T.log(2 * self.scale)


class MultivariateNormal(Distribution):
    """Normal distribution of vectors.

    Parameters
    ----------
    loc : Tensor of shape (..., n)
        Mean.
    covariance_matrix, precision_matrix, scale_tril : Tensor of shape (..., n, n), one of them
        The covariance, its inverse, or its Cholesky factor.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        if loc.ndim < 1:
            raise ValueError("loc must be at least one-dimensional.")
        given = {
            "covariance_matrix": covariance_matrix,
            "precision_matrix": precision_matrix,
            "scale_tril": scale_tril,
        }
        chosen = [(name, matrix) for name, matrix in given.items() if matrix is not None]
        if len(chosen) != 1:
            raise ValueError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be "
                "specified."
            )
        name, matrix = chosen[0]
        if matrix.ndim < 2:
            raise ValueError(
                f"{name} must be at least two-dimensional, with optional leading batch dimensions"
            )
        batch = np.broadcast_shapes(tuple(matrix.shape[:-2]), tuple(loc.shape[:-1]))
        self.loc = loc.expand((*batch, loc.shape[-1]))
        setattr(self, name, matrix.expand((*batch, *matrix.shape[-2:])))
        super().__init__(batch, loc.shape[-1:], validate_args)
        if name == "scale_tril":
            self._factor = matrix
        elif name == "covariance_matrix":
            self._factor = T.linalg_cholesky(matrix)
        else:
            self._factor = _precision_to_scale_tril(matrix)
        self._given = name

    def __getattr__(self, name: str) -> Any:
        if name == "scale_tril":
            return self._factor.expand((*self._batch_shape, *self._event_shape * 2))
        if name == "covariance_matrix":
            found = self._factor @ self._factor.mT
            return found.expand((*self._batch_shape, *self._event_shape * 2))
        if name == "precision_matrix":
            found = T.cholesky_inverse(self._factor)
            return found.expand((*self._batch_shape, *self._event_shape * 2))
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc

    mode = mean

    @property
    def variance(self) -> Tensor:
        """The variance of each entry."""
        found = self._factor.pow(2).sum(-1)
        return found.expand((*self._batch_shape, *self._event_shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        drawn = standard_normal(self._extended_shape(sample_shape), self.loc)
        return self.loc + _batch_mv(self._factor, drawn)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        distance = _batch_mahalanobis(self._factor, value - self.loc)
        half = self._factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        n = self._event_shape[0]
        return -0.5 * (n * math.log(2 * math.pi) + distance) - half

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        half = self._factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        found = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + half
        return found if not self._batch_shape else found.expand(self._batch_shape)


# The next three have PyTorch's names: libraries of probability import them.
def _batch_mv(bmat: Tensor, bvec: Tensor) -> Tensor:
    """Return the products of matrices and vectors, whose batches broadcast."""
    return T.matmul(bmat, bvec.unsqueeze(-1)).squeeze(-1)


def _batch_mahalanobis(bL: Tensor, bx: Tensor) -> Tensor:
    """Return the squared lengths of vectors where the Cholesky factor of the metric is given."""
    solved = T.solve_triangular(bL, bx.unsqueeze(-1), upper=False).squeeze(-1)
    return solved.pow(2).sum(-1)


def _precision_to_scale_tril(matrix: Tensor) -> Tensor:
    """Return the Cholesky factor of an inverse, by that of the matrix turned round."""
    turned = T.linalg_cholesky(T.flip(matrix, (-2, -1)))
    inverse = T.transpose(T.flip(turned, (-2, -1)), -2, -1)
    unit = T.eye(matrix.shape[-1], dtype=matrix.dtype)
    return T.solve_triangular(inverse, unit.expand(matrix.shape), upper=False)
