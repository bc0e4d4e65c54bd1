"""Batching rules of losses and layers, see `_batching`."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..core.batch import Batch, Batched
from ..core.tensor import Tensor, wrap
from ._batching import Values, again, elementwise, raise_slow, rule, tensor_positions
from .namespaces import T


# -- losses --------------------------------------------------------------------------------------
@rule(
    "mse_loss_record smooth_l1_loss_record huber_loss_record binary_cross_entropy_record "
    "binary_cross_entropy_with_logits_record soft_margin_loss_record"
)
def elementwise_loss(b: Batch, values: Values) -> Any:
    """Reduce every example's losses by themselves."""
    p = b.op.positions["reduction"]
    reduction, values[p] = values[p], "none"
    each = b.wrap(elementwise(b, values))
    return b.full(reduced(each, reduction))


@rule(
    "mse_loss_backward smooth_l1_loss_backward huber_loss_backward binary_cross_entropy_backward "
    "soft_margin_loss_backward"
)
def elementwise_loss_backward(b: Batch, values: Values) -> Any:
    """Divide by the number of one example's losses, before the batch adds to it."""
    p = b.op.positions["reduction"]
    if values[p] == "mean":
        count = prod(np.broadcast_shapes(*[tuple(x.shape) for x in values[1:3]]))
        values[0], values[p] = values[0] / (count or 1), "sum"
    return elementwise(b, values)


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """Return the sum or the mean, or the losses themselves."""
    if reduction == "none":
        return losses
    return T.sum_all(losses) if reduction == "sum" else T.mean_all(losses)  # type: ignore[no-any-return]


@rule("nll_loss_rows nll_loss_maps")
def class_loss(b: Batch, values: Values) -> Any:
    """Join batch and rows; the mean divides by each example's own weights."""
    x, target, weight, reduction, ignored = values
    if isinstance(weight, Batched):
        raise_slow(b)
    count, shape = prod(b.sizes), tuple(x.shape)
    lead = shape[:-1] if b.op.name == "nll_loss_rows" else shape[:1]
    tail = shape[len(lead) :]
    merged = (count * prod(lead), *tail)
    aim = T.reshape(b.full(target), (merged[0], *tuple(target.shape)[len(lead) :]))

    def run(logs: Tensor) -> Tensor:
        found = b.run([T.reshape(logs, merged), aim, weight, "none", ignored])
        return b.wrap(T.reshape(found, (*b.sizes, *target.shape)))  # type: ignore[no-any-return]

    losses = run(b.full(x))
    if reduction != "mean":
        return b.full(reduced(losses, reduction))
    weights = run(wrap(np.full((*b.sizes, *shape), -1, x._array.dtype)))
    return b.full(T.sum_all(losses) / T.sum_all(weights))


# -- layers --------------------------------------------------------------------------------------
def folded(b: Batch, values: Values) -> Any:
    """Join the batch with the first dimension of every tensor."""
    count = prod(b.sizes)
    for p in tensor_positions(b, values):
        x = b.full(values[p])
        k = len(b.sizes)
        values[p] = T.reshape(x, (count * x._array.shape[k], *x._array.shape[k + 1 :]))
    found = b.run(values)

    def split(x: Tensor) -> Any:
        n, *rest = x._array.shape
        return T.reshape(x, (*b.sizes, n // count, *rest))

    return again(found, split)


rule(
    """
    im2col col2im grid_sampler_2d_record grid_sampler_3d_record channel_shuffle
    reflect_pad1d replicate_pad1d reflect_pad2d replicate_pad2d reflect_pad3d replicate_pad3d
    resize_nearest1d resize_nearest2d resize_nearest3d resize_nearest_exact1d
    resize_nearest_exact2d resize_nearest_exact3d resize_linear1d resize_linear2d resize_linear3d
    resize_cubic2d resize_linear_aa2d resize_cubic_aa2d resize_lanczos_aa2d resize_backward
    max_pool2d_record max_pool3d_record adaptive_max_pool2d_record
    adaptive_max_pool3d_record avg_pool2d_record avg_pool3d_record adaptive_avg_pool2d_record
    adaptive_avg_pool3d_record attention_record
    """
)(folded)


@rule("native_layer_norm native_group_norm")
def normalized(b: Batch, values: Values) -> Any:
    """Normalize without weights, which are each example's own, or the same for all."""
    x, sizes, weight, bias, eps = values
    group = b.op.name == "native_group_norm"
    found = (
        folded(b, [x, sizes, None, None, eps])
        if group
        else b.run([b.full(x), sizes, None, None, eps])
    )
    out = b.wrap(found)
    tail = (1,) * (x.ndim - 2) if group else ()
    for vector, multiply in ((weight, True), (bias, False)):
        if vector is not None:
            vector = T.reshape(vector, (*vector.shape, *tail))
            out = out * vector if multiply else out + vector
    return b.full(out)


def as_channels(b: Batch, x: Tensor, dim: int) -> Tensor:
    """Join the batch with one dimension of the examples."""
    k = len(b.sizes)
    value = b.full(x)
    order = (*range(k, k + dim), *range(k), *range(k + dim, value.ndim))
    value = T.permute(value, order)
    shape = value._array.shape
    joined = (*shape[:dim], prod(shape[dim : dim + k + 1]), *shape[dim + k + 1 :])
    return T.reshape(value, joined)  # type: ignore[no-any-return]


def from_channels(b: Batch, value: Tensor, dim: int) -> Tensor:
    """Undo `as_channels` on a result."""
    k, shape = len(b.sizes), value._array.shape
    n = shape[dim] // prod(b.sizes)
    value = T.reshape(value, (*shape[:dim], *b.sizes, n, *shape[dim + 1 :]))
    order = (*range(dim, dim + k), *range(dim), *range(dim + k, value.ndim))
    return T.permute(value, order)  # type: ignore[no-any-return]


@rule("convolution convolution_input convolution_weight")
def convolved(b: Batch, values: Values) -> Any:
    """Examples are instances if they share the kernel, else groups of channels."""
    x, kernel = values[:2]
    groups = b.op.positions["groups"]
    shared = b.op.name != "convolution_weight" and not isinstance(kernel, Batched)
    bias = None
    if b.op.name == "convolution":
        bias, values[2] = values[2], None
    if shared:
        values[0] = as_channels(b, x, 0)
        found = b.wrap(from_channels(b, b.run(values), 0))
    else:
        values[groups] *= prod(b.sizes)
        values[0] = as_channels(b, x, 1)
        of_input = b.op.name == "convolution_weight"
        values[1] = as_channels(b, kernel, 1 if of_input else 0)
        found = b.wrap(from_channels(b, b.run(values), 0 if of_input else 1))
    if bias is not None:
        found = found + T.reshape(bias, (*bias.shape, *(1,) * (x.ndim - 2)))
    return b.full(found)
