"""A weight of its direction and its norms."""

from __future__ import annotations

import numpy as np

from .namespaces import T as traced
from .registry import Sample, T, composite, op


def _others(ndim, dim):
    return tuple(axis for axis in range(ndim) if axis != dim % ndim)


@op(
    node="WeightNormInterfaceBackward0",
    kind="other",
    tensors="v g",
    functions="",
    public=False,
)
class weight_norm_interface:
    """Give a tensor the direction of one, slice by slice, and the lengths of another."""

    inputs = "v g"

    def forward(v, g, dim):
        length = np.sqrt((v * v).sum(_others(v.ndim, dim), keepdims=True))
        return v * (g / length)

    def vjp(F, grad_output, v, g, dim, needs):
        axes = _others(v.ndim, dim)
        length = F.sqrt(F.sum_dim(v * v, axes, True))
        along = F.sum_dim(grad_output * v, axes, True)
        turned = (g / length) * (grad_output - v * (along / (length * length)))
        return turned, along / length

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 1), 0), Sample(T(3, 4, 2), T(1, 1, 2), 2)]


@composite(functions="_weight_norm")
def weight_norm(v, g, dim=0):
    """Return a tensor with the direction of one and the norms of another.

    Parameters
    ----------
    v : Tensor
        The direction.
    g : Tensor
        The norms.
    dim : int, default 0
        The dimension along which there are several norms; -1: one norm.
    """
    if dim in (0, v.ndim - 1):
        return traced.weight_norm_interface(v, g, dim)
    return v * (g / traced.norm_except_dim(v, 2, dim))
