"""PyTorch's names of the files of layers: ``nn.modules.batchnorm.BatchNorm2d`` and so on."""

from __future__ import annotations

from autograd_nb import nn as _nn
from autograd_nb.absent import guard as _guard
from autograd_nb.nn import (
    activation,
    adaptive,
    conv,
    dropout,
    lazy,
    linear,
    loss,
    module,
    padding,
    pooling,
    rnn,
    sparse,
    transformer,
)
from autograd_nb.nn import containers as container
from autograd_nb.nn import geometry as channelshuffle
from autograd_nb.nn import geometry as distance
from autograd_nb.nn import geometry as fold
from autograd_nb.nn import geometry as pixelshuffle
from autograd_nb.nn import geometry as upsampling
from autograd_nb.nn import linear as flatten
from autograd_nb.nn import norm as batchnorm
from autograd_nb.nn import norm as instancenorm
from autograd_nb.nn import norm as normalization
from autograd_nb.nn import sizes as utils

__all__ = [
    "activation",
    "adaptive",
    "batchnorm",
    "channelshuffle",
    "container",
    "conv",
    "distance",
    "dropout",
    "flatten",
    "fold",
    "instancenorm",
    "lazy",
    "linear",
    "loss",
    "module",
    "normalization",
    "padding",
    "pixelshuffle",
    "pooling",
    "rnn",
    "sparse",
    "transformer",
    "upsampling",
    "utils",
]

_missing = _guard(__name__)


def __getattr__(name: str) -> object:
    """Return a layer: PyTorch has them all here, too."""
    if name[0].isupper() and name in _nn.__all__:
        return getattr(_nn, name)
    return _missing(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *(name for name in _nn.__all__ if name[0].isupper())})
