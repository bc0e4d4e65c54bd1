"""`torch.distributions`: probability distributions whose parameters are tensors.

Samples are drawn as PyTorch draws them, so the same seed gives the same numbers.
"""

from __future__ import annotations

from ..absent import guard
from . import constraints
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
