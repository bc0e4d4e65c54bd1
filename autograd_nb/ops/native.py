"""Normalizations that give their statistics too: the torch namespace's `native_` functions."""

from ..core import modes
from .create import empty
from .namespaces import T as traced
from .registry import composite


def statistics(input, dims, eps, keepdim=False):
    """Return mean and one over the standard deviation, which have no gradient."""
    with modes.no_grad():
        mean = traced.mean(input, dims, keepdim)
        variance = traced.var(input, dims, correction=0, keepdim=keepdim)
        return mean, traced.rsqrt(variance + eps)


@composite(functions="native_layer_norm")
def layer_norm_with_statistics(input, normalized_shape, weight, bias, eps):
    """Normalize the last dimensions of every row.

    Parameters
    ----------
    input : Tensor of shape (..., *normalized_shape)
    normalized_shape : tuple of int
    weight, bias : Tensor of shape normalized_shape or None
    eps : float

    Returns
    -------
    result, mean, rstd : Tensor
        The latter two with lengths of 1 where it was normalized.
    """
    result = traced.layer_norm(input, normalized_shape, weight, bias, eps)
    dims = tuple(range(-len(normalized_shape), 0))
    return result, *statistics(input, dims, eps, True)


@composite(functions="native_group_norm")
def group_norm_with_statistics(input, weight, bias, N, C, HxW, group, eps):
    """Normalize groups of channels of every instance.

    Parameters
    ----------
    input : Tensor of shape (N, C, ...)
    weight, bias : Tensor of shape (C,) or None
    N, C, HxW : int
        Numbers of instances, channels and positions.
    group : int
        Number of groups.
    eps : float

    Returns
    -------
    result, mean, rstd : Tensor
        The latter two of shape (N, group).
    """
    result = traced.group_norm(input, group, weight, bias, eps)
    rows = traced.reshape(input, (N, group, C // group * HxW))
    return result, *statistics(rows, (2,), eps)


@composite(functions="native_batch_norm")
def batch_norm_with_statistics(
    input, weight, bias, running_mean, running_var, training, momentum, eps
):
    """Normalize every channel of a batch.

    Parameters
    ----------
    input : Tensor of shape (n, c, ...)
    weight, bias, running_mean, running_var : Tensor of shape (c,) or None
    training : bool
    momentum, eps : float

    Returns
    -------
    result, mean, rstd : Tensor
        The latter two of shape (c,), and empty when not training.
    """
    result = traced.batch_norm_torch(
        input, weight, bias, running_mean, running_var, training, momentum, eps
    )
    if not training:
        return result, empty(0, dtype=input.dtype), empty(0, dtype=input.dtype)
    dims = (0, *range(2, input.ndim))
    return result, *statistics(input, dims, eps)
