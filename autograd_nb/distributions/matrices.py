"""Distributions of matrices, and of vectors with a covariance of low rank."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..core.size import Size
from ..core.tensor import Tensor
from ..core.warn import warn
from ..ops.namespaces import T
from . import constraints
from .constraints import Constraint
from .continuous import _precision_to_scale_tril
from .distribution import Distribution, ExponentialFamily, Lazy, standard_normal, tensors
from .gamma import Beta, Chi2, tiny


def log_diagonal(factor: Tensor) -> Tensor:
    """Return the sum of the logarithms of the diagonals of matrices."""
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _times(matrix: Tensor, vector: Tensor) -> Tensor:
    return T.matmul(matrix, vector.unsqueeze(-1)).squeeze(-1)


def mahalanobis(factor: Tensor, away: Tensor) -> Tensor:
    """Return squared distances, measured by Cholesky factors of covariances."""
    return T.solve_triangular(factor, away.unsqueeze(-1), upper=False).squeeze(-1).pow(2).sum(-1)


class LowRankMultivariateNormal(Distribution):
    """Normal distribution of vectors whose covariance is a diagonal plus a product of low rank.

    Parameters
    ----------
    loc : Tensor of shape (..., n)
        Mean.
    cov_factor : Tensor of shape (..., n, m)
        The product is this times its transpose.
    cov_diag : Tensor of shape (..., n)
        The diagonal.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector

    def __init__(
        self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: bool | None = None
    ) -> None:
        if loc.ndim < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event = loc.shape[-1:]
        if cov_factor.ndim < 2:
            raise ValueError(
                "cov_factor must be at least two-dimensional, with optional leading batch "
                "dimensions"
            )
        if cov_factor.shape[-2:-1] != event:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event[0]} x m")
        if cov_diag.shape[-1:] != event:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event}")
        try:
            wide = T.broadcast_tensors(loc.unsqueeze(-1), cov_factor, cov_diag.unsqueeze(-1))
        except RuntimeError as error:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, "
                f"cov_diag {cov_diag.shape}"
            ) from error
        self.loc, self.cov_factor, self.cov_diag = wide[0][..., 0], wide[1], wide[2][..., 0]
        self._w, self._d = cov_factor, cov_diag
        rank = cov_factor.shape[-1]
        self._capacitance = T.linalg_cholesky(
            self._w.mT / self._d.unsqueeze(-2) @ self._w + T.eye(rank, dtype=cov_factor.dtype)
        )
        super().__init__(self.loc.shape[:-1], event, validate_args)

    _kept = ("_w", "_d", "_capacitance")

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc

    mode = mean

    @property
    def variance(self) -> Tensor:
        """The variance of each entry."""
        found = self._w.pow(2).sum(-1) + self._d
        return found.expand(self._batch_shape + self._event_shape)

    @property
    def covariance_matrix(self) -> Tensor:
        """The covariance."""
        found = T.matmul(self._w, self._w.mT) + T.diag_embed(self._d)
        return found.expand(self._batch_shape + self._event_shape * 2)

    @property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance."""
        half = T.solve_triangular(
            self._capacitance, self._w.mT / self._d.unsqueeze(-2), upper=False
        )
        found = T.diag_embed(self._d.reciprocal()) - half.mT @ half
        return found.expand(self._batch_shape + self._event_shape * 2)

    @property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of the covariance."""
        root = self._d.sqrt().unsqueeze(-1)
        scaled = self._w / root
        inside = T.matmul(scaled, scaled.mT) + T.eye(self._event_shape[0], dtype=root.dtype)
        found = root * T.linalg_cholesky(inside)
        return found.expand(self._batch_shape + self._event_shape * 2)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters."""
        shape = self._extended_shape(sample_shape)
        along = standard_normal((*shape[:-1], self.cov_factor.shape[-1]), self.loc)
        each = standard_normal(shape, self.loc)
        return self.loc + _times(self._w, along) + self._d.sqrt() * each

    def log_determinant(self) -> Tensor:
        """Return the logarithm of the covariance's determinant."""
        return 2 * log_diagonal(self._capacitance) + self._d.log().sum(-1)

    def squared_distance(self, away: Tensor) -> Tensor:
        """Return squared distances, measured by the covariance."""
        along = _times(self._w.mT / self._d.unsqueeze(-2), away)
        return (away.pow(2) / self._d).sum(-1) - mahalanobis(self._capacitance, along)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        distance = self.squared_distance(value - self.loc)
        norm = self._event_shape[0] * math.log(2 * math.pi) + self.log_determinant()
        return -0.5 * (norm + distance)

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        norm = self._event_shape[0] * (1.0 + math.log(2 * math.pi))
        found = 0.5 * (norm + self.log_determinant())
        return found.expand(self._batch_shape) if self._batch_shape else found


class Wishart(ExponentialFamily):
    """Distribution of sums of outer products of normal vectors.

    Parameters
    ----------
    df : Tensor or float
        Degrees of freedom.
    covariance_matrix, precision_matrix, scale_tril : Tensor of shape (..., n, n), one of them
        The vectors' covariance, its inverse, or its Cholesky factor.
    validate_args : bool, optional
        Whether to check.
    """

    has_rsample = True
    support = constraints.positive_definite
    _mean_carrier_measure = 0

    @property
    def arg_constraints(self) -> dict[str, Constraint]:  # type: ignore[override]
        """The degrees of freedom depend on the matrices' size."""
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self.event_shape[-1] - 1),
        }

    def __init__(
        self,
        df: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        given = {
            "covariance_matrix": covariance_matrix,
            "precision_matrix": precision_matrix,
            "scale_tril": scale_tril,
        }
        chosen = {name: matrix for name, matrix in given.items() if matrix is not None}
        if len(chosen) != 1:
            raise AssertionError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be "
                "specified."
            )
        ((name, matrix),) = chosen.items()
        if matrix.ndim < 2:
            raise ValueError(
                "scale_tril must be at least two-dimensional, with optional leading batch "
                "dimensions"
            )
        n, batch = matrix.shape[-1], matrix.shape[:-2]
        if isinstance(df, Tensor):
            batch = Size(np.broadcast_shapes(tuple(batch), tuple(df.shape)))
            self.df = df.expand(batch)
        else:
            self.df = T.tensor(df, dtype=matrix.dtype)
        if bool((self.df <= n - 1).any()):
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {n - 1}.")
        self.__dict__[name] = matrix.expand((*batch, n, n))
        if bool((self.df < n).any()):
            warn(
                "Low df values detected. Singular samples are highly likely to occur for "
                "ndim - 1 < df < ndim.",
            )
        super().__init__(batch, matrix.shape[-2:], validate_args)
        if name == "covariance_matrix":
            matrix = T.linalg_cholesky(matrix)
        elif name == "precision_matrix":
            matrix = _precision_to_scale_tril(matrix)
        self._factor = matrix
        steps = T.arange(n, dtype=matrix.dtype).expand((*batch, n))
        self._chi2 = Chi2(self.df.unsqueeze(-1) - steps)

    @Lazy
    def scale_tril(self) -> Tensor:
        """Return the Cholesky factor of the covariance."""
        return self._factor.expand(self._extended_shape())

    @Lazy
    def covariance_matrix(self) -> Tensor:
        """Return the vectors' covariance."""
        return (self._factor @ self._factor.mT).expand(self._extended_shape())

    @Lazy
    def precision_matrix(self) -> Tensor:
        """Return the inverse of the vectors' covariance."""
        return T.cholesky_inverse(self._factor).expand(self._extended_shape())

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.df.view((*self._batch_shape, 1, 1)) * self.covariance_matrix

    @property
    def mode(self) -> Tensor:
        """The most probable value; NaN where there is none."""
        factor = self.df - self._event_shape[-1] - 1
        factor = T.where(factor <= 0, math.nan, factor)
        return factor.view((*self._batch_shape, 1, 1)) * self.covariance_matrix

    @property
    def variance(self) -> Tensor:
        """The variance of each entry."""
        matrix: Any = self.covariance_matrix
        diagonal = matrix.diagonal(dim1=-2, dim2=-1)
        outer = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self.df.view((*self._batch_shape, 1, 1)) * (matrix.pow(2) + outer)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values whose gradients lead to the parameters.

        PyTorch takes samples that it finds definite for singular: it warns and draws anew, until
        one is found singular or, as here, its check is asked of new ones. So do we: the same seed
        gives the same numbers.
        """
        drawn = self._drawn(sample_shape)
        again = self._any_of_batch(self.support.check(drawn))
        if bool(again.any()):
            warn("Singular sample detected.")
            for _ in range(10):
                chosen, again = again, again.clone()
                drawn[chosen] = fresh = self._drawn(again[chosen].shape)
                again[chosen] = self._any_of_batch(~self.support.check(fresh))
                if not bool(again.any()):
                    break
        return drawn

    def _any_of_batch(self, found: Tensor) -> Tensor:
        axes = tuple(range(-len(self._batch_shape), 0))
        return found.amax(axes) if axes else found

    def _drawn(self, sample_shape: Any) -> Tensor:
        """Draw by Bartlett's decomposition: a triangle of normal numbers over chi-squared ones."""
        n = self._event_shape[-1]
        eps = float(np.finfo(self._factor._nd().dtype).eps)
        noise = self._chi2.rsample(sample_shape).sqrt().clamp(min=eps).diag_embed()
        shape = (*sample_shape, *self._batch_shape, n * (n - 1) // 2)
        below = T.from_numpy(np.tri(n, k=-1, dtype=np.bool_))
        noise[..., below] = T.randn(shape, dtype=noise.dtype)
        factor = self._factor @ noise
        return factor @ factor.mT

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        df, n = self.df, self._event_shape[-1]
        norm = df * (n * math.log(2) / 2 + log_diagonal(self._factor))
        norm = norm + T.mvlgamma(df / 2, n)
        spread = T.cholesky_solve(value, self._factor).diagonal(dim1=-2, dim2=-1).sum(-1)
        return -norm + (df - n - 1) / 2 * T.slogdet(value)[1] - spread / 2

    def entropy(self) -> Tensor:
        """Return the entropy in nats."""
        df, n = self.df, self._event_shape[-1]
        halves = T.arange(n, dtype=df.dtype) / 2
        digammas = T.digamma((df / 2).unsqueeze(-1) - halves).sum(-1)
        found = (n + 1) * (n * math.log(2) / 2 + log_diagonal(self._factor))
        found = found + T.mvlgamma(df / 2, n) - (df - n - 1) / 2 * digammas
        return found + df * n / 2

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        precision: Any = self.precision_matrix
        return (-precision / 2, (self.df - self._event_shape[-1] - 1) / 2)

    def _log_normalizer(self, *natural: Any) -> Tensor:
        x, y = natural
        n = self._event_shape[-1]
        half = y + (n + 1) / 2
        return half * (math.log(2) * n - T.slogdet(-2 * x)[1]) + T.mvlgamma(half, n)


class LKJCholesky(Distribution):
    """Distribution of Cholesky factors of correlation matrices.

    Parameters
    ----------
    dim : int
        Size of the matrices.
    concentration : Tensor or float, default 1.0
        Above one, small correlations are likelier.
    validate_args : bool, optional
        Whether to check.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(
        self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None
    ) -> None:
        if dim < 2:
            raise ValueError(
                f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}."
            )
        self.dim = dim
        (self.concentration,) = tensors(concentration)
        kind = self.concentration.dtype
        offset = T.arange(dim - 1, dtype=kind)
        offset = T.cat([offset.new_zeros(1), offset])
        middle = self.concentration + 0.5 * (dim - 2)
        self._beta = Beta(offset + 0.5, middle.unsqueeze(-1) - 0.5 * offset)
        super().__init__(self.concentration.shape, (dim, dim), validate_args)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values by the onion method: a row's length, then its direction."""
        lengths = self._beta.sample(sample_shape).unsqueeze(-1)
        rows = T.randn(self._extended_shape(sample_shape), dtype=lengths.dtype).tril(-1)
        rows = rows / rows.square().sum(-1, True).sqrt()
        rows[..., 0, :] = 0.0
        rows = T.sqrt(lengths) * rows
        rest = T.clamp(1 - T.sum(rows**2, -1), min=tiny(rows)).sqrt()
        return rows + T.diag_embed(rest)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        rest, n = value.diagonal(dim1=-1, dim2=-2)[..., 1:], self.dim - 1
        order = T.arange(2, self.dim + 1)
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - order
        alpha = self.concentration + 0.5 * n
        norm = 0.5 * n * math.log(math.pi) + T.mvlgamma(alpha - 0.5, n) - T.lgamma(alpha) * n
        return T.sum(order * rest.log(), -1) - norm
