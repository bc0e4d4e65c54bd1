"""Scaled dot-product attention, as one node or composed, by PyTorch's rule."""

import math

import numpy as np

from ..core import modes
from . import attention_kernels as kernels
from .dropout import dropout_mask
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import c_type


def stable_softmax(scores):
    """Return the softmax over the last dimension; rows of nothing but -inf become zero."""
    top = np.maximum.reduce(scores, -1, keepdims=True)
    blocked = np.isneginf(top)
    weights = np.exp(scores - np.where(blocked, 0, top))
    total = np.add.reduce(weights, -1, keepdims=True)
    weights /= np.where(blocked, 1, total).astype(weights.dtype)
    return weights


@op(node="SafeSoftmaxBackward0", kind="other", public=False)
class safe_softmax:
    r"""Softmax that gives zeros for a row of nothing but -inf.

    Parameters
    ----------
    self : Tensor
    dim : int, the last one

    Notes
    -----
    .. math:: grad_self = y (g - \sum g y)
    """

    def forward(self, dim=-1):
        return stable_softmax(self)

    def vjp_self(F, grad_output, result, dim):
        return F.softmax_backward(grad_output, result, dim)

    samples = [Sample(T(3, 4))]


@op(
    node="ScaledDotProductFlashAttentionForCpuBackward0",
    kind="other",
    tensors="mask",
    aux="kept",
    public=False,
)
class attention_record:
    r"""Attention of all heads as one node.

    Parameters
    ----------
    self : Tensor of shape (n, h, l, e), queries
    key, value : Tensor of shape (n, h, s, e)
    mask : Tensor added to the scores, or None
    scale : float

    Notes
    -----
    Fewer heads of keys and values serve groups of queries: they are repeated, and their gradients
    summed over each group.

    .. math:: P = softmax(c \, Q K^T + M), \quad grad_V = P^T g, \quad
              grad_Q = c \, D K, \quad grad_K = c \, D^T Q, \quad
              D = P (g V^T - \textstyle\sum g V^T P)

    Weights are kept for backward where they are few; else it makes them again.
    """

    def forward(self, key, value, mask=None, scale=1.0):
        key, value = heads_like(self, key), heads_like(self, value)
        return kernels.attend(self, key, value, mask, scale)

    def vjp(F, grad_output, self, key, value, mask, scale, kept, needs):
        few = tuple(key.shape)[1]
        if few != self.shape[1]:
            key = F.repeat_interleave(key, self.shape[1] // few, 1)
            value = F.repeat_interleave(value, self.shape[1] // few, 1)
        if not F.is_traced:
            found = kernels.attend_backward(grad_output, self, key, value, mask, scale, kept)
            return found[0], by_group(F, found[1], few), by_group(F, found[2], few)
        scores = F.matmul(self, F.transpose(key, -2, -1)) * scale
        weights = F.safe_softmax(scores if mask is None else scores + mask)
        product = F.matmul(grad_output, F.transpose(value, -2, -1)) * weights
        inner = (product - weights * F.sum_dim(product, (-1,), True)) * scale
        return (
            F.matmul(inner, key) if needs[0] else None,
            by_group(F, F.matmul(F.transpose(inner, -2, -1), self), few) if needs[1] else None,
            by_group(F, F.matmul(F.transpose(weights, -2, -1), grad_output), few)
            if needs[2]
            else None,
        )

    inputs = "self key value"
    saved = {"kept": None}
    samples = [Sample(T(1, 2, 3, 4), T(1, 2, 5, 4), T(1, 2, 5, 4), None, 0.5)]


def heads_like(query, x):
    """Return keys or values with every head repeated for its group of queries."""
    times = query.shape[1] // x.shape[1]
    return x if times == 1 else np.repeat(x, times, 1)


def by_group(F, grad, heads):
    """Return a cotangent summed over the groups of heads that shared keys and values."""
    n, many, *rest = grad.shape
    if many == heads:
        return grad
    return F.sum_dim(F.reshape(grad, (n, heads, many // heads, *rest)), (2,), False)


def additive(mask, dtype):
    """Return a boolean mask as numbers to add: 0 where true, -inf where false."""
    if mask is None or mask._array.dtype.kind != "b":
        return mask
    return traced.constant(np.where(mask._array, 0.0, -np.inf).astype(dtype))


def causal(rows, columns, dtype):
    """Return the mask that hides later keys from each query."""
    allowed = np.tri(rows, columns, dtype=bool)
    return traced.constant(np.where(allowed, 0.0, -np.inf).astype(dtype))


KERNELS = {"flash": True, "mem_efficient": True, "math": True, "cudnn": True}
"""Which ways of computing attention are allowed; a CPU has `flash`, one node, and `math`."""


def is_one_node(query, key, value, mask, dropout_p, grouped):
    """Say whether PyTorch runs its fused kernel: four dimensions, equal widths, no dropout."""
    if not KERNELS["flash"] or dropout_p > 0:
        return False
    if not all(x.ndim == 4 for x in (query, key, value)):
        return False
    if query.shape[-1] != value.shape[-1] or query.shape[0] != key.shape[0]:
        return False
    if query.shape[1] != key.shape[1] and not (grouped and query.shape[1] % key.shape[1] == 0):
        return False
    if query._array.size == 0 or key._array.size == 0:
        return False
    return mask is None or not (mask.requires_grad and modes.state.grad_enabled)


@composite(functions="scaled_dot_product_attention", namespaces="nn.functional")
def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False
):
    """Return the values, weighted by how well keys fit queries.

    Parameters
    ----------
    query : Tensor of shape (..., l, e)
    key : Tensor of shape (..., s, e)
    value : Tensor of shape (..., s, v)
    attn_mask : Tensor broadcastable to (..., l, s), optional
        Added to the scores; a boolean one keeps where it is true.
    dropout_p : float, default 0
    is_causal : bool, default False
        Hide later keys from each query.
    scale : float, optional
        ``1 / sqrt(e)`` by default.
    enable_gqa : bool, default False
        Repeat the heads of keys and values for those of the queries.

    Returns
    -------
    Tensor of shape (..., l, v)
    """
    for name, x in (("query", query), ("key", key), ("value", value)):
        if x.ndim < 2:
            raise RuntimeError(
                "Expected query, key, and value to all be  at least 2 dimensional, but got "
                f"{name}.dim: {x.ndim} instead."
            )
    if is_causal and attn_mask is not None:
        raise RuntimeError(
            "_scaled_dot_product_attention: Explicit attn_mask should not be set when "
            "is_causal=True"
        )
    if not query._array.dtype == key._array.dtype == value._array.dtype:
        kinds = [c_type(x._array) for x in (query, key, value)]
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{kinds[0]} key.dtype: {kinds[1]} and value.dtype: {kinds[2]} instead."
        )
    dtype = query._array.dtype
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = (
        causal(query.shape[-2], key.shape[-2], dtype) if is_causal else additive(attn_mask, dtype)
    )
    fused = is_one_node(query, key, value, mask, dropout_p, enable_gqa)
    if fused:
        return traced.attention_record(query, key, value, mask, factor)
    if not KERNELS["math"]:
        raise RuntimeError(
            "No available kernel.  Aborting execution."
            if KERNELS["flash"]
            else "No viable backend for scaled_dot_product_attention was found. This is likely due "
            "to turning off both the math kernel and the fused kernels."
        )
    if enable_gqa and query.ndim >= 3 and query.shape[-3] != key.shape[-3]:
        times = query.shape[-3] // key.shape[-3]
        key = traced.repeat_interleave(key, times, -3)
        value = traced.repeat_interleave(value, times, -3)
    root = math.sqrt(factor)
    left = traced.mul_scalar(query, root)
    right = traced.mul_scalar(traced.transpose(key, -2, -1), root)
    scores = traced.matmul(left, right)
    if mask is not None:
        scores = scores + mask
    weights = traced.safe_softmax(scores, -1)
    if dropout_p > 0:
        weights = weights * traced.constant(dropout_mask(weights._array, dropout_p))
    return traced.matmul(weights, value)
