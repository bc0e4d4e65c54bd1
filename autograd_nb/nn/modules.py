"""PyTorch's names of the files of layers: ``nn.modules.batchnorm.BatchNorm2d`` and so on."""

from autograd_nb.nn import (
    activation,
    conv,
    dropout,
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
from autograd_nb.nn import geometry as pixelshuffle
from autograd_nb.nn import geometry as upsampling
from autograd_nb.nn import linear as flatten
from autograd_nb.nn import norm as batchnorm
from autograd_nb.nn import norm as instancenorm
from autograd_nb.nn import norm as normalization
from autograd_nb.nn import sizes as utils
from autograd_nb.nn.containers import ModuleDict, ModuleList, Sequential
from autograd_nb.nn.conv import Conv1d, Conv2d, Conv3d
from autograd_nb.nn.linear import Linear
from autograd_nb.nn.module import Module

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "Linear",
    "Module",
    "ModuleDict",
    "ModuleList",
    "Sequential",
    "activation",
    "batchnorm",
    "container",
    "conv",
    "dropout",
    "flatten",
    "instancenorm",
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
