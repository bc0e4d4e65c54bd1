"""Learning rate schedules."""

from autograd_nb.optim.lr_scheduler.base import LRScheduler, _LRScheduler
from autograd_nb.optim.lr_scheduler.compose import ChainedScheduler, SequentialLR
from autograd_nb.optim.lr_scheduler.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from autograd_nb.optim.lr_scheduler.cyclic import CyclicLR, OneCycleLR
from autograd_nb.optim.lr_scheduler.plateau import ReduceLROnPlateau
from autograd_nb.optim.lr_scheduler.simple import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
    "_LRScheduler",
]
