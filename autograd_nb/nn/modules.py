"""PyTorch's names of the files of layers: ``nn.modules.batchnorm.BatchNorm2d`` and so on."""

from __future__ import annotations

import sys as _sys
from types import ModuleType as _ModuleType
from typing import Any as _Any

from autograd_nb import nn as _nn
from autograd_nb.absent import guard as _guard
from autograd_nb.nn import activation as _activation
from autograd_nb.nn import activation_piecewise as _activation_piecewise
from autograd_nb.nn import (
    adaptive,
    dropout,
    loss,
    module,
    padding,
    sparse,
    transformer,
)
from autograd_nb.nn import adaptive_pooling as _adaptive_pooling
from autograd_nb.nn import containers as container
from autograd_nb.nn import conv as _conv
from autograd_nb.nn import geometry as channelshuffle
from autograd_nb.nn import geometry as distance
from autograd_nb.nn import geometry as fold
from autograd_nb.nn import geometry as pixelshuffle
from autograd_nb.nn import geometry as upsampling
from autograd_nb.nn import lazy as _lazy
from autograd_nb.nn import linear as _linear
from autograd_nb.nn import linear as flatten
from autograd_nb.nn import multihead as _multihead
from autograd_nb.nn import norm as _norm
from autograd_nb.nn import norm as normalization
from autograd_nb.nn import pooling as _pooling
from autograd_nb.nn import rnn as _rnn
from autograd_nb.nn import rnn_cells as _rnn_cells
from autograd_nb.nn import sizes as utils
from autograd_nb.nn import softmax as _softmax


class _File(_ModuleType):
    """A file of PyTorch's whose names are in several files here."""

    def __init__(self, name: str, *sources: _ModuleType) -> None:
        super().__init__(f"{__name__}.{name}")
        self._sources = sources
        self._missing = _guard(self.__name__)

    def __getattr__(self, name: str) -> _Any:
        for source in self._sources:
            if name in vars(source):
                return vars(source)[name]
        return self._missing(name)

    def __dir__(self) -> list[str]:
        return sorted({name for source in self._sources for name in vars(source)})


activation = _File("activation", _activation, _activation_piecewise, _softmax, _multihead)
batchnorm = _File("batchnorm", _norm, _lazy)
conv = _File("conv", _conv, _lazy)
instancenorm = _File("instancenorm", _norm, _lazy)
lazy = _lazy
linear = _File("linear", _linear, _lazy)
pooling = _File("pooling", _pooling, _adaptive_pooling)
rnn = _File("rnn", _rnn, _rnn_cells)

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

__path__: list[str] = []  # imported from as a package is
for _name in __all__:  # so that `from torch.nn.modules.conv import ...` finds them
    _sys.modules.setdefault(f"{__name__}.{_name}", globals()[_name])
_missing = _guard(__name__)


def __getattr__(name: str) -> object:
    """Return a layer: PyTorch has them all here, too."""
    if name[0].isupper() and name in _nn.__all__:
        return getattr(_nn, name)
    return _missing(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *(name for name in _nn.__all__ if name[0].isupper())})
