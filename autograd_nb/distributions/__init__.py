"""`torch.distributions`: probability distributions whose parameters are tensors.

Samples are drawn as PyTorch draws them, so the same seed gives the same numbers.
"""

from __future__ import annotations

import sys

from ..absent import guard
from . import composed, constraints, continuous, discrete
from .composed import Independent, MixtureSameFamily
from .continuous import Exponential, Gumbel, Laplace, MultivariateNormal, Normal, Uniform
from .discrete import Bernoulli, Categorical, OneHotCategorical, Poisson
from .distribution import Distribution
from .kl import kl_divergence, register_kl

__all__ = [
    "Bernoulli",
    "Categorical",
    "Distribution",
    "Exponential",
    "Gumbel",
    "Independent",
    "Laplace",
    "MixtureSameFamily",
    "MultivariateNormal",
    "Normal",
    "OneHotCategorical",
    "Poisson",
    "Uniform",
    "constraints",
    "kl_divergence",
    "register_kl",
]
__getattr__ = guard(__name__)

# PyTorch has a module for each distribution, and notebooks import from these.
for _name, _module in {
    "bernoulli": discrete,
    "categorical": discrete,
    "exponential": continuous,
    "gumbel": continuous,
    "independent": composed,
    "laplace": continuous,
    "mixture_same_family": composed,
    "multivariate_normal": continuous,
    "normal": continuous,
    "one_hot_categorical": discrete,
    "poisson": discrete,
    "uniform": continuous,
}.items():
    globals()[_name] = sys.modules[f"{__name__}.{_name}"] = _module
