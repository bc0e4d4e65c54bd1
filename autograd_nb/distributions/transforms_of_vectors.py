"""Transforms of vectors and matrices, and of tensors part by part."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..ops.namespaces import T
from . import constraints
from .constraints import dependent_property
from .distribution import softplus, sum_last
from .transform import Transform
from .transforms_of_numbers import clipped_sigmoid
from .utils import tril_matrix_to_vec, vec_to_tril_matrix


class _Plain(Transform):
    """A transform without parameters: equal to others of its kind."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    __hash__ = None


def _needs(shape: Any, dims: int) -> Any:
    if len(shape) < dims:
        raise ValueError("Too few dimensions on input")
    return shape


class SoftmaxTransform(_Plain):
    """Numbers to probabilities; not one to one: a shift does not matter."""

    domain = constraints.real_vector
    codomain = constraints.simplex

    def _call(self, x: Any) -> Any:
        weights = (x - x.max(-1, True)[0]).exp()
        return weights / weights.sum(-1, True)

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of the value for the shape of an argument."""
        return _needs(shape, 1)

    inverse_shape = forward_shape


class StickBreakingTransform(_Plain):
    """n numbers to n + 1 probabilities: each number breaks a share off what is left."""

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True

    @staticmethod
    def _left(x: Any, count: int) -> Any:
        """Return the logarithms of how many pieces are still to come."""
        ones = x.new_ones(x.shape[-1:])
        return (count - ones.cumsum(-1)).log()

    def _call(self, x: Any) -> Any:
        share = clipped_sigmoid(x - self._left(x, x.shape[-1] + 1))
        rest = (1 - share).cumprod(-1)
        return T.pad(share, [0, 1], value=1) * T.pad(rest, [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        pieces = y[..., :-1]
        rest = T.clamp(1 - pieces.cumsum(-1), min=float(np.finfo(y._nd().dtype).tiny))
        return pieces.log() - rest.log() + self._left(pieces, y.shape[-1])

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``."""
        x = x - self._left(x, x.shape[-1] + 1)
        return (-x + T.logsigmoid(x) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of the value for the shape of an argument."""
        return type(shape)((*_needs(shape, 1)[:-1], shape[-1] + 1))

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of the argument for the shape of a value."""
        return type(shape)((*_needs(shape, 1)[:-1], shape[-1] - 1))


class CorrCholeskyTransform(Transform):
    """Numbers to the Cholesky factor of a correlation matrix, by breaking rows of length one."""

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Any) -> Any:
        eps = float(np.finfo(x._nd().dtype).eps)
        partial = vec_to_tril_matrix(T.tanh(x).clamp(-1 + eps, 1 - eps), diag=-1)
        rest = (1 - partial**2).sqrt().cumprod(-1)
        partial = partial + T.eye(partial.shape[-1], dtype=partial.dtype)
        return partial * T.pad(rest[..., :-1], [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        rest = 1 - T.cumsum(y * y, -1)
        before = tril_matrix_to_vec(T.pad(rest[..., :-1], [1, 0], value=1), diag=-1)
        t = tril_matrix_to_vec(y, diag=-1) / before.sqrt()
        return (t.log1p() - t.neg().log1p()) / 2

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``."""
        rest = tril_matrix_to_vec(1 - (y * y).cumsum(-1), diag=-2)
        stretched = -2 * (x + softplus(-2 * x) - math.log(2.0)).sum(-1)
        return 0.5 * rest.log().sum(-1) + stretched

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of the value for the shape of an argument."""
        count = _needs(shape, 1)[-1]
        size = round((0.25 + 2 * count) ** 0.5 + 0.5)
        if size * (size - 1) // 2 != count:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return type(shape)((*shape[:-1], size, size))

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of the argument for the shape of a value."""
        if _needs(shape, 2)[-2] != shape[-1]:
            raise ValueError("Input is not square")
        return type(shape)((*shape[:-2], shape[-1] * (shape[-1] - 1) // 2))


class LowerCholeskyTransform(_Plain):
    """Matrices to lower triangular ones with a positive diagonal."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky

    def _call(self, x: Any) -> Any:
        return x.tril(-1) + x.diagonal(dim1=-2, dim2=-1).exp().diag_embed()

    def _inverse(self, y: Any) -> Any:
        return y.tril(-1) + y.diagonal(dim1=-2, dim2=-1).log().diag_embed()


class PositiveDefiniteTransform(_Plain):
    """Matrices to symmetric ones with positive eigenvalues."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def _call(self, x: Any) -> Any:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y: Any) -> Any:
        return LowerCholeskyTransform().inv(T.linalg_cholesky(y))


class StackTransform(Transform):
    """A transform for each slice along a dimension.

    Parameters
    ----------
    tseq : sequence of Transform
        One for each slice.
    dim : int, default 0
        The dimension.
    cache_size : int, default 0
        0 or 1.
    """

    _fields: tuple[str, ...] = ("transforms", "dim")

    def __init__(self, tseq: Any, dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.transforms = [t.with_cache(cache_size) for t in tseq] if cache_size else list(tseq)
        self.dim = dim

    def _parts(self, value: Any) -> Any:
        if not -value.ndim <= self.dim < value.ndim:
            raise AssertionError(
                f"dim {self.dim} out of range for tensor with {value.ndim} dimensions"
            )
        if value.shape[self.dim] != len(self.transforms):
            raise AssertionError(
                f"x.size({self.dim}) = {value.shape[self.dim]} must equal len(transforms) "
                f"{len(self.transforms)}"
            )
        return value.unbind(self.dim)

    def _joined(self, parts: list[Any]) -> Any:
        return T.stack(parts, self.dim)

    def _call(self, x: Any) -> Any:
        pairs = zip(self.transforms, self._parts(x), strict=True)
        return self._joined([each(part) for each, part in pairs])

    def _inverse(self, y: Any) -> Any:
        pairs = zip(self.transforms, self._parts(y), strict=True)
        return self._joined([each.inv(part) for each, part in pairs])

    def _jacobians(self, x: Any, y: Any) -> list[Any]:
        triples = zip(self.transforms, self._parts(x), self._parts(y), strict=True)
        return [each.log_abs_det_jacobian(before, after) for each, before, after in triples]

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``."""
        return self._joined(self._jacobians(x, y))

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        """Whether all are."""
        return all(each.bijective for each in self.transforms)

    @dependent_property
    def domain(self) -> Any:
        """Those of the slices."""
        return constraints.stack([each.domain for each in self.transforms], self.dim)

    @dependent_property
    def codomain(self) -> Any:
        """Those of the slices."""
        return constraints.stack([each.codomain for each in self.transforms], self.dim)


class CatTransform(StackTransform):
    """A transform for each block along a dimension.

    Parameters
    ----------
    tseq : sequence of Transform
        One for each block.
    dim : int, default 0
        The dimension.
    lengths : sequence of int, optional
        Of the blocks; one each if not given.
    cache_size : int, default 0
        0 or 1.
    """

    _fields = ("transforms", "dim", "lengths")

    def __init__(self, tseq: Any, dim: int = 0, lengths: Any = None, cache_size: int = 0) -> None:
        super().__init__(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)

    @property
    def length(self) -> int:
        """Size of the dimension."""
        return sum(self.lengths)

    @property
    def event_dim(self) -> int:
        """How many of the last dimensions make one value."""
        return max(each.event_dim for each in self.transforms)

    def _parts(self, value: Any) -> Any:
        if not -value.ndim <= self.dim < value.ndim:
            raise AssertionError(
                f"dim {self.dim} out of range for tensor with {value.ndim} dimensions"
            )
        if value.shape[self.dim] != self.length:
            raise AssertionError(
                f"x.size({self.dim}) = {value.shape[self.dim]} must equal length {self.length}"
            )
        return value.split(self.lengths, self.dim)

    def _joined(self, parts: list[Any]) -> Any:
        return T.cat(parts, self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``; the sum over the blocks if they make up one value."""
        found = [
            sum_last(each, self.event_dim - part.event_dim)
            for each, part in zip(self._jacobians(x, y), self.transforms, strict=True)
        ]
        dim = (self.dim - x.ndim if self.dim >= 0 else self.dim) + self.event_dim
        return T.cat(found, dim) if dim < 0 else sum(found)

    @dependent_property
    def domain(self) -> Any:
        """Those of the blocks."""
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @dependent_property
    def codomain(self) -> Any:
        """Those of the blocks."""
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)


class CumulativeDistributionTransform(Transform):
    """The cumulative distribution function of a distribution.

    Parameters
    ----------
    distribution : Distribution
        Whose.
    cache_size : int, default 0
        0 or 1.
    """

    bijective = True
    codomain = constraints.unit_interval
    sign = 1
    _fields = ("distribution",)

    def __init__(self, distribution: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.distribution = distribution

    @property
    def domain(self) -> Any:
        """Where the distribution is."""
        return self.distribution.support

    def _call(self, x: Any) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Any) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``: the logarithm of the density."""
        return self.distribution.log_prob(x)
