"""Helpers for gradients, parameters, weights and sequences."""

from autograd_nb.absent import guard as _guard
from autograd_nb.nn.utils import convert as convert_parameters
from autograd_nb.nn.utils import (
    fusion,
    parametrizations,
    parametrize,
    prune,
    rnn,
)
from autograd_nb.nn.utils.clip_grad import (
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from autograd_nb.nn.utils.convert import parameters_to_vector, vector_to_parameters
from autograd_nb.nn.utils.fusion import (
    fuse_conv_bn_eval,
    fuse_conv_bn_weights,
    fuse_linear_bn_eval,
    fuse_linear_bn_weights,
    skip_init,
)
from autograd_nb.nn.utils.weight_norms import (
    remove_spectral_norm,
    remove_weight_norm,
    spectral_norm,
    weight_norm,
)

__all__ = [
    "clip_grad_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "convert_parameters",
    "fuse_conv_bn_eval",
    "fuse_conv_bn_weights",
    "fuse_linear_bn_eval",
    "fuse_linear_bn_weights",
    "fusion",
    "get_total_norm",
    "parameters_to_vector",
    "parametrizations",
    "parametrize",
    "prune",
    "remove_spectral_norm",
    "remove_weight_norm",
    "rnn",
    "skip_init",
    "spectral_norm",
    "stateless",
    "vector_to_parameters",
    "weight_norm",
]


def __getattr__(name: str) -> object:
    if name == "stateless":  # it needs `torch.func`, which needs this package
        import importlib

        return importlib.import_module(f"{__name__}.stateless")
    return _guard(__name__)(name)
