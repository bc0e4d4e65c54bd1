"""`torch.distributions`: probability distributions whose parameters are tensors.

Samples are drawn as PyTorch draws them, so the same seed gives the same numbers.
"""

from __future__ import annotations

import sys

from ..absent import guard
from . import (
    composed,
    constraints,
    continuous,
    counts,
    discrete,
    distribution,
    gamma,
    heavy,
    matrices,
    relaxed,
    transformed,
)
from . import constraint_registry as constraint_registry
from . import kl as kl
from . import transforms as transforms
from . import utils as utils
from .composed import Independent, MixtureSameFamily
from .constraint_registry import biject_to, transform_to
from .continuous import Exponential, Laplace, MultivariateNormal, Normal, Uniform
from .counts import Binomial, Geometric, Multinomial, NegativeBinomial
from .discrete import (
    Bernoulli,
    Categorical,
    OneHotCategorical,
    OneHotCategoricalStraightThrough,
    Poisson,
)
from .distribution import Distribution, ExponentialFamily
from .gamma import Beta, Chi2, Dirichlet, FisherSnedecor, Gamma, StudentT
from .heavy import Cauchy, GeneralizedPareto, VonMises
from .kl import kl_divergence, register_kl
from .matrices import LKJCholesky, LowRankMultivariateNormal, Wishart
from .relaxed import ContinuousBernoulli, RelaxedBernoulli, RelaxedOneHotCategorical
from .transformed import (
    Gumbel,
    HalfCauchy,
    HalfNormal,
    InverseGamma,
    Kumaraswamy,
    LogisticNormal,
    LogNormal,
    Pareto,
    TransformedDistribution,
    Weibull,
)
from .transforms import *  # noqa: F403
from .transforms import __all__ as _transforms

__all__ = [
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Chi2",
    "ContinuousBernoulli",
    "Dirichlet",
    "Distribution",
    "Exponential",
    "ExponentialFamily",
    "FisherSnedecor",
    "Gamma",
    "GeneralizedPareto",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "InverseGamma",
    "Kumaraswamy",
    "LKJCholesky",
    "Laplace",
    "LogNormal",
    "LogisticNormal",
    "LowRankMultivariateNormal",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "Pareto",
    "Poisson",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "StudentT",
    "TransformedDistribution",
    "Uniform",
    "VonMises",
    "Weibull",
    "Wishart",
    "biject_to",
    "constraints",
    "kl_divergence",
    "register_kl",
    "transform_to",
    *_transforms,
]
__getattr__ = guard(__name__)

# PyTorch has a module for each distribution, and notebooks import from these.
_MODULES = {
    composed: "independent mixture_same_family",
    continuous: "exponential laplace multivariate_normal normal uniform",
    counts: "binomial geometric multinomial negative_binomial",
    discrete: "bernoulli categorical one_hot_categorical poisson",
    distribution: "exp_family",
    gamma: "beta chi2 dirichlet fishersnedecor studentT",
    heavy: "cauchy generalized_pareto von_mises",
    matrices: "lkj_cholesky lowrank_multivariate_normal wishart",
    relaxed: "continuous_bernoulli relaxed_bernoulli relaxed_categorical",
    transformed: "gumbel half_cauchy half_normal inverse_gamma kumaraswamy log_normal "
    "logistic_normal pareto transformed_distribution weibull",
}
for _module, _names in _MODULES.items():
    for _name in _names.split():
        globals()[_name] = sys.modules[f"{__name__}.{_name}"] = _module
