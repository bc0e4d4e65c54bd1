"""The Kullback-Leibler divergence of two distributions, by their kinds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..core.tensor import Tensor
from ..ops.namespaces import T
from .composed import Independent, _sum_last
from .continuous import Exponential, Laplace, MultivariateNormal, Normal, Uniform
from .discrete import Bernoulli, Categorical, OneHotCategorical, Poisson
from .distribution import Distribution

_RULES: dict[tuple[type, type], Callable[[Any, Any], Any]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Any], Any]:
    """Return a decorator that makes a function the rule for two kinds.

    Parameters
    ----------
    type_p, type_q : type
        The kinds of distribution.
    """

    def decorate(function: Any) -> Any:
        _RULES[type_p, type_q] = function
        return function

    return decorate


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """Return the mean of ``log p - log q`` under p.

    Parameters
    ----------
    p, q : Distribution
        Of kinds for which a rule is known.

    Raises
    ------
    NotImplementedError
        If none is.
    """
    for first in type(p).__mro__:
        for second in type(q).__mro__:
            rule = _RULES.get((first, second))
            if rule is not None:
                return rule(p, q)  # type: ignore[no-any-return]
    raise NotImplementedError(
        f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
    )


@register_kl(Normal, Normal)
def _normals(p: Normal, q: Normal) -> Tensor:
    ratio = (p.scale / q.scale).pow(2)
    away = ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + away - 1 - ratio.log())


@register_kl(Uniform, Uniform)
def _uniforms(p: Uniform, q: Uniform) -> Tensor:
    found = T.log((q.high - q.low) / (p.high - p.low))
    return T.where((q.low > p.low) | (q.high < p.high), math.inf, found)


@register_kl(Normal, Uniform)
def _normal_uniform(p: Normal, q: Uniform) -> Tensor:
    return T.full_like(p.loc + q.low, math.inf)


@register_kl(Exponential, Exponential)
def _exponentials(p: Exponential, q: Exponential) -> Tensor:
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(Laplace, Laplace)
def _laplaces(p: Laplace, q: Laplace) -> Tensor:
    ratio, away = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + away / q.scale + ratio * T.exp(-away / p.scale) - 1


def _softplus(x: Tensor) -> Tensor:
    return T.logaddexp(x, T.zeros_like(x))


@register_kl(Bernoulli, Bernoulli)
def _bernoullis(p: Bernoulli, q: Bernoulli) -> Tensor:
    one = p.probs * (_softplus(-q.logits) - _softplus(-p.logits))
    zero = (1 - p.probs) * (_softplus(q.logits) - _softplus(p.logits))
    one = T.where((p.probs != 0) & (q.probs == 0), math.inf, one)
    return one + T.where((p.probs != 1) & (q.probs == 1), math.inf, zero)


@register_kl(Categorical, Categorical)
def _categoricals(p: Categorical, q: Categorical) -> Tensor:
    terms = p.probs * (p.logits - q.logits)
    terms = T.where((q.probs == 0).expand_as(terms), math.inf, terms)
    return T.where((p.probs == 0).expand_as(terms), 0.0, terms).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hots(p: OneHotCategorical, q: OneHotCategorical) -> Tensor:
    return kl_divergence(p._categorical, q._categorical)


@register_kl(Poisson, Poisson)
def _poissons(p: Poisson, q: Poisson) -> Tensor:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Independent, Independent)
def _independents(p: Independent, q: Independent) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return _sum_last(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate(p: MultivariateNormal, q: MultivariateNormal) -> Tensor:
    if p.event_shape != q.event_shape:
        raise ValueError(
            "KL-divergence between two Multivariate Normals with different event shapes cannot be "
            "computed"
        )
    half = [d._factor.diagonal(dim1=-2, dim2=-1).log().sum(-1) for d in (p, q)]
    spread = T.solve_triangular(q._factor, p._factor, upper=False).pow(2).sum((-2, -1))
    away = T.solve_triangular(q._factor, (q.loc - p.loc).unsqueeze(-1), upper=False)
    n = p.event_shape[0]
    return half[1] - half[0] + 0.5 * (spread + away.squeeze(-1).pow(2).sum(-1) - n)
