"""Batch norms taken into the layer before them, for evaluation; modules without initial values."""

from __future__ import annotations

import copy
from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.module import Module
from autograd_nb.nn.parameter import Parameter
from autograd_nb.ops.namespaces import T
from autograd_nb.random import fork_rng

__all__ = [
    "fuse_conv_bn_eval",
    "fuse_conv_bn_weights",
    "fuse_linear_bn_eval",
    "fuse_linear_bn_weights",
]


def _fused(layer: Module, bn: Module, *rest: Any) -> Any:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    made: Any = copy.deepcopy(layer)
    stats = (bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)
    made.weight, made.bias = fuse_conv_bn_weights(made.weight, made.bias, *stats, *rest)
    return made


def fuse_conv_bn_eval(conv: Module, bn: Module, transpose: bool = False) -> Module:
    """Return a convolution that does what a convolution and its batch norm do in evaluation.

    Parameters
    ----------
    conv, bn : Module
        The two layers, in evaluation mode.
    transpose : bool, default: False
        Whether the convolution is transposed.
    """
    return _fused(conv, bn, transpose)


def fuse_linear_bn_eval(linear: Module, bn: Module) -> Module:
    """Return a linear layer that does what a linear layer and its batch norm do in evaluation.

    Parameters
    ----------
    linear, bn : Module
        The two layers, in evaluation mode.
    """
    if linear.out_features != bn.num_features and bn.num_features != 1:
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
            f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
        )
    return _fused(linear, bn)


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """Return the weight and bias of a layer with the batch norm after it.

    Parameters
    ----------
    conv_w, conv_b : Tensor
        Weight and bias of the layer.
    bn_rm, bn_rv : Tensor
        Running mean and variance.
    bn_eps : float
        Keeps the variance from zero.
    bn_w, bn_b : Tensor, optional
        Weight and bias of the batch norm.
    transpose : bool, default: False
        Whether the outputs are along the second dimension of the weight.
    """
    bias = T.zeros_like(bn_rm) if conv_b is None else conv_b
    factor = (1 if bn_w is None else bn_w) * T.rsqrt(bn_rv + bn_eps)
    shape = [1] * conv_w.ndim
    shape[int(transpose)] = -1
    weight = conv_w * factor.reshape(shape)
    bias_kept = (bias - bn_rm) * factor + (0 if bn_b is None else bn_b)
    return (
        Parameter(weight.to(conv_w.dtype), conv_w.requires_grad),
        Parameter(bias_kept.to(bias.dtype), bias.requires_grad),
    )


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """Return the weight and bias of a linear layer with the batch norm after it.

    Parameters
    ----------
    linear_w, linear_b : Tensor
        Weight and bias of the layer.
    bn_rm, bn_rv, bn_eps, bn_w, bn_b
        See `fuse_conv_bn_weights`.
    """
    return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def skip_init(module_cls: type[Module], *args: Any, **kwargs: Any) -> Module:
    """Make a module without drawing numbers: its parameters hold what PyTorch leaves undefined.

    Parameters
    ----------
    module_cls : type
        The module's class.
    *args, **kwargs
        Its arguments.
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    with fork_rng():
        return module_cls(*args, **kwargs)
