"""The Kullback-Leibler divergence of two distributions, by their kinds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..core import modes
from ..core.engine import grad
from ..core.tensor import Tensor
from ..ops.namespaces import T
from .composed import Independent
from .continuous import EULER, Exponential, Laplace, MultivariateNormal, Normal, Uniform
from .counts import Binomial, Geometric
from .discrete import Bernoulli, Categorical, OneHotCategorical, Poisson
from .distribution import Distribution, ExponentialFamily, sum_last
from .gamma import Beta, Dirichlet, Gamma
from .heavy import Cauchy
from .matrices import LowRankMultivariateNormal, log_diagonal, mahalanobis
from .relaxed import ContinuousBernoulli
from .transformed import Gumbel, Pareto, TransformedDistribution

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
                return rule(p, q)
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
    return sum_last(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


def _check_sizes(p: Any, q: Any, kinds: str) -> int:
    if p.event_shape != q.event_shape:
        raise ValueError(
            f"KL-divergence between two {kinds} with different event shapes cannot be computed"
        )
    return p.event_shape[0]


def _spread(factor: Tensor, of: Tensor) -> Tensor:
    """Return the trace of a covariance, measured by another one's Cholesky factor."""
    return T.solve_triangular(factor, of, upper=False).pow(2).sum((-2, -1))


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate(p: MultivariateNormal, q: MultivariateNormal) -> Tensor:
    n = _check_sizes(p, q, "Multivariate Normals")
    rest = _spread(q._factor, p._factor) + mahalanobis(q._factor, q.loc - p.loc) - n
    return log_diagonal(q._factor) - log_diagonal(p._factor) + 0.5 * rest


@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _low_rank_full(p: LowRankMultivariateNormal, q: MultivariateNormal) -> Tensor:
    n = _check_sizes(p, q, "(Low Rank) Multivariate Normals")
    parts = (p._w, T.diag_embed(p._d.sqrt()))
    spread = sum(_spread(q._factor, each) for each in parts)
    logs = 2 * log_diagonal(q._factor) - p.log_determinant()
    return 0.5 * (logs + spread + mahalanobis(q._factor, q.loc - p.loc) - n)


@register_kl(MultivariateNormal, LowRankMultivariateNormal)
@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _to_low_rank(p: Any, q: LowRankMultivariateNormal) -> Tensor:
    """Use that a low-rank precision is a diagonal less a product."""
    full = isinstance(p, MultivariateNormal)
    n = _check_sizes(
        p, q, "(Low Rank) Multivariate Normals" if full else "Low Rank Multivariate Normals"
    )
    half = T.solve_triangular(q._capacitance, q._w.mT / q._d.unsqueeze(-2), upper=False)
    parts = [p._factor] if full else [p._w, T.diag_embed(p._d.sqrt())]
    spread = sum(
        (each.pow(2) / q._d.unsqueeze(-1)).sum((-2, -1)) - half.matmul(each).pow(2).sum((-2, -1))
        for each in parts
    )
    logs = q.log_determinant() - (2 * log_diagonal(p._factor) if full else p.log_determinant())
    return 0.5 * (logs + spread + q.squared_distance(q.loc - p.loc) - n)


# ------------------------------------------------------------------------- of one kind, continued


@register_kl(ExponentialFamily, ExponentialFamily)
def _exponential_family(p: ExponentialFamily, q: ExponentialFamily) -> Tensor:
    if type(p) is not type(q):
        raise NotImplementedError(
            "The cross KL-divergence between different exponential families cannot be computed "
            "using Bregman divergences"
        )
    with modes.enable_grad():
        natural = [each.detach().requires_grad_() for each in p._natural_params]
        normalizer = p._log_normalizer(*natural)
        slopes = grad(normalizer.sum(), natural, create_graph=True)
    found = q._log_normalizer(*q._natural_params) - normalizer
    for mine, other, slope in zip(natural, q._natural_params, slopes, strict=True):
        found = found - sum_last((other - mine) * slope, len(q.event_shape))
    return found


@register_kl(Beta, Beta)
def _betas(p: Beta, q: Beta) -> Tensor:
    return kl_divergence(p._dirichlet, q._dirichlet)


@register_kl(Dirichlet, Dirichlet)
def _dirichlets(p: Dirichlet, q: Dirichlet) -> Tensor:
    a, b = p.concentration, q.concentration
    found = a.sum(-1).lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1)
    return found + ((a - b) * (a.digamma() - a.sum(-1, True).digamma())).sum(-1)


@register_kl(Binomial, Binomial)
def _binomials(p: Binomial, q: Binomial) -> Tensor:
    logs = T.log1p(-p.probs) - T.log1p(-q.probs)
    found = p.total_count * (p.probs * (p.logits - q.logits) + logs)
    return T.where(p.total_count > q.total_count, math.inf, found)


@register_kl(Cauchy, Cauchy)
def _cauchys(p: Cauchy, q: Cauchy) -> Tensor:
    above = ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log()
    return above - (4 * p.scale * q.scale).log()


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoullis(p: ContinuousBernoulli, q: ContinuousBernoulli) -> Tensor:
    norms = p._log_norm() + T.log1p(-p.probs) - q._log_norm() - T.log1p(-q.probs)
    return p.mean * (p.logits - q.logits) + norms


@register_kl(Gamma, Gamma)
def _gammas(p: Gamma, q: Gamma) -> Tensor:
    a, b = p.concentration, q.concentration
    found = b * (p.rate / q.rate).log() + (T.lgamma(b) - T.lgamma(a))
    return found + (a - b) * T.digamma(a) + (q.rate - p.rate) * (a / p.rate)


@register_kl(Geometric, Geometric)
def _geometrics(p: Geometric, q: Geometric) -> Tensor:
    return -p.entropy() - T.log1p(-q.probs) / p.probs - q.logits


@register_kl(Gumbel, Gumbel)
def _gumbels(p: Gumbel, q: Gumbel) -> Tensor:
    ratio, away = p.scale / q.scale, q.loc / q.scale
    mine = p.loc / q.scale
    found = -ratio.log() - away + mine + ratio * EULER
    return found + T.exp(away + (1 + ratio).lgamma() - mine) - (1 + EULER)


@register_kl(Pareto, Pareto)
def _paretos(p: Pareto, q: Pareto) -> Tensor:
    ratio = q.alpha / p.alpha
    found = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return T.where(p.scale < q.scale, math.inf, found)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: TransformedDistribution, q: TransformedDistribution) -> Tensor:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


# ------------------------------------------------------------------------------- of different kinds


def _x_log_x(x: Tensor) -> Tensor:
    return x * x.log()


# The mean of log x under distributions of positive numbers.
_MEAN_LOG: dict[type, Callable[[Any], Tensor]] = {
    Beta: lambda p: p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma(),
    Exponential: lambda p: -EULER - p.rate.log(),
    Pareto: lambda p: p.scale.log() + p.alpha.reciprocal(),
    Uniform: lambda p: (_x_log_x(p.high) - _x_log_x(p.low)) / (p.high - p.low) - 1,
}


def _below(p: Any, bound: Any, found: Tensor) -> Tensor:
    """Return infinity where a uniform distribution reaches below a bound."""
    return T.where(p.low < bound, math.inf, found) if isinstance(p, Uniform) else found


def _to_normal(p: Any, q: Normal) -> Tensor:
    away = p.variance + (p.mean - q.loc).pow(2)
    norm = 0.5 * math.log(2 * math.pi) + q.scale.log()
    return -p.entropy() + norm + 0.5 * away / q.scale.pow(2)


def _to_exponential(p: Any, q: Exponential) -> Tensor:
    return _below(p, 0.0, -p.entropy() - q.rate.log() + q.rate * p.mean)


def _to_gamma(p: Any, q: Gamma) -> Tensor:
    norm = q.concentration.lgamma() - q.concentration * q.rate.log()
    logs = (q.concentration - 1) * _MEAN_LOG[type(p)](p)
    return _below(p, 0.0, -p.entropy() + norm - logs + q.rate * p.mean)


def _to_uniform(p: Any, q: Uniform) -> Tensor:
    outside = (q.low > 0) | (q.high < 1)
    return T.where(outside, math.inf, -p.entropy() + (q.high - q.low).log())


def _to_continuous_bernoulli(p: Any, q: ContinuousBernoulli) -> Tensor:
    found = -p.entropy() - p.mean * q.logits - T.log1p(-q.probs) - q._log_norm()
    if not isinstance(p, Uniform):
        return found
    return T.where((p.high >= 1) | (p.low <= 0), math.inf, found)


for _q, _rule, _kinds in (
    (
        Normal,
        _to_normal,
        (Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Pareto, Uniform),
    ),
    (Exponential, _to_exponential, (Beta, ContinuousBernoulli, Gamma, Pareto, Uniform)),
    (Gamma, _to_gamma, (Beta, Exponential, Pareto, Uniform)),
    (Uniform, _to_uniform, (Beta, ContinuousBernoulli)),
    (ContinuousBernoulli, _to_continuous_bernoulli, (Beta, Uniform)),
):
    for _p in _kinds:
        register_kl(_p, _q)(_rule)


def _infinite(p: Any, q: Distribution) -> Tensor:
    """One may give what the other one cannot."""
    return T.full_like(p.mean, math.inf)


_REAL = (Gumbel, Laplace, Normal)
_LARGER: dict[Any, tuple[Any, ...]] = {
    Beta: (Pareto,),
    ContinuousBernoulli: (Pareto,),
    Exponential: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gamma: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Pareto: (Beta, ContinuousBernoulli, Uniform),
    Poisson: (Bernoulli, Binomial),
    **dict.fromkeys(_REAL, (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform)),
}
for _p, _others in _LARGER.items():
    for _q in _others:
        register_kl(_p, _q)(_infinite)


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Bernoulli, q: Poisson) -> Tensor:
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


@register_kl(Uniform, Beta)
def _uniform_beta(p: Uniform, q: Beta) -> Tensor:
    width = p.high - p.low
    ones, zeros = q.concentration1, q.concentration0
    mirrored = (_x_log_x(1 - p.low) - _x_log_x(1 - p.high)) / width - 1
    norm = ones.lgamma() + zeros.lgamma() - (ones + zeros).lgamma()
    found = norm - width.log() - (ones - 1) * _MEAN_LOG[Uniform](p) - (zeros - 1) * mirrored
    return T.where((p.high > 1) | (p.low < 0), math.inf, found)


@register_kl(Uniform, Pareto)
def _uniform_pareto(p: Uniform, q: Pareto) -> Tensor:
    norm = (q.alpha * q.scale.pow(q.alpha) * (p.high - p.low)).log()
    return _below(p, q.scale, _MEAN_LOG[Uniform](p) * (q.alpha + 1) - norm)


@register_kl(Normal, Laplace)
def _normal_laplace(p: Normal, q: Laplace) -> Tensor:
    away = p.loc - q.loc
    ratio = away / p.scale
    near = math.sqrt(2 / math.pi) * p.scale * T.exp(-0.5 * ratio.pow(2))
    far = away * T.erf(math.sqrt(0.5) * ratio)
    norm = T.log(p.scale / q.scale) + 0.5 * (1 + math.log(0.5 * math.pi))
    return (near + far) / q.scale - norm


def _to_gumbel(p: Any, q: Gumbel) -> Tensor:
    """Use the mean of exp(-x / scale)."""
    s = q.scale
    if isinstance(p, Normal):
        shrunk = T.exp(-p.loc / s + 0.5 * (p.scale / s).pow(2) + q.loc / s)
    elif isinstance(p, Uniform):
        ends = T.exp((q.loc - p.low) / s) - T.exp((q.loc - p.high) / s)
        shrunk = s / (p.high - p.low) * ends
    else:
        power = p.concentration if isinstance(p, Gamma) else 1.0
        shrunk = T.exp(q.loc / s) * (1 + (p.rate * s).reciprocal()) ** -power
    return -p.entropy() + s.log() + (p.mean - q.loc) / s + shrunk


for _kind in (Normal, Uniform, Exponential, Gamma):
    register_kl(_kind, Gumbel)(_to_gumbel)
