"""Attention with several heads as a function."""

from __future__ import annotations

import math
from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

from ..core.warn import warn

__all__ = ["multi_head_attention_forward"]


def additive_mask(mask: Tensor | None, dtype: Any, name: str = "attn_mask") -> Tensor | None:
    """Return a mask to add to scores: true becomes minus infinity, false zero.

    Parameters
    ----------
    mask : Tensor of bool or float, optional
    dtype : dtype
        Type of the result.
    name : str, default: "attn_mask"
        What a complaint calls it.

    Returns
    -------
    Tensor or None
    """
    if mask is None or mask.is_floating_point():
        return mask
    if mask.dtype.numpy.kind != "b":
        raise AssertionError(f"only bool and floating types of {name} are supported")
    return T.full(mask.shape, 0.0, dtype=dtype).masked_fill_(mask, -math.inf)


def _projected(
    inputs: tuple[Tensor, Tensor, Tensor],
    weight: Tensor | None,
    separate: tuple[Any, Any, Any],
    bias: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return queries, keys and values."""
    query, key, value = inputs
    if weight is None:
        biases = (None,) * 3 if bias is None else bias.chunk(3)
        q, k, v = (T.linear(x, w, b) for x, w, b in zip(inputs, separate, biases, strict=True))
    elif key is not value:
        biases = (None,) * 3 if bias is None else bias.chunk(3)
        q, k, v = (
            T.linear(x, w, b) for x, w, b in zip(inputs, weight.chunk(3), biases, strict=True)
        )
    elif query is key:
        q, k, v = _unpacked(T.linear(query, weight, bias), 3)
    else:
        width = query.size(-1)
        parts = [width, 2 * width]
        own, shared = weight.split(parts)
        own_bias, shared_bias = (None, None) if bias is None else bias.split(parts)
        q = T.linear(query, own, own_bias)
        k, v = _unpacked(T.linear(key, shared, shared_bias), 2)
    return q, k, v


def _unpacked(packed: Tensor, count: int) -> tuple[Tensor, ...]:
    """Return the projections that one product made side by side, each dense in memory."""
    parts = packed.unflatten(-1, (count, packed.size(-1) // count))
    parts = parts.unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
    return tuple(parts[i] for i in range(count))


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Project, attend with several heads, project back.

    Parameters
    ----------
    query, key, value : Tensor
        ``(L, N, E)``, ``(S, N, E)`` and ``(S, N, E)``, or without the batch ``N``.
    embed_dim_to_check : int
        The length ``E`` of query vectors.
    num_heads : int
        Number of heads; it divides ``E``.
    in_proj_weight, in_proj_bias : Tensor, optional
        The three projections, stacked.
    bias_k, bias_v : Tensor, optional
        A key and a value put at the end of every sequence.
    add_zero_attn : bool
        Whether a zero key and value are put at the end.
    dropout_p : float
        Dropout of the attention weights.
    out_proj_weight, out_proj_bias : Tensor
        The projection back.
    training : bool, default: True
        Whether dropout is on.
    key_padding_mask : Tensor, shape (N, S), optional
        True, or minus infinity, where a key does not count.
    need_weights : bool, default: True
        Whether the attention weights are returned.
    attn_mask : Tensor, shape (L, S) or (N * heads, L, S), optional
        True, or minus infinity, where attention is not allowed.
    use_separate_proj_weight : bool, default: False
        Whether the three following weights replace `in_proj_weight`.
    q_proj_weight, k_proj_weight, v_proj_weight : Tensor, optional
    static_k, static_v : Tensor, shape (N * heads, S, E / heads), optional
        Keys and values that are projected already.
    average_attn_weights : bool, default: True
        Whether the weights are averaged over the heads.
    is_causal : bool, default: False
        A hint that `attn_mask` is causal; without weights and padding it is believed.

    Returns
    -------
    output : Tensor, like `query`
    weights : Tensor or None
    """
    _check_dimensions(query, key, value, key_padding_mask, attn_mask, num_heads)
    batched = query.dim() == 3
    if not batched:
        query, key, value = (x.unsqueeze(1) for x in (query, key, value))
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    length, count, width = query.shape
    if width != embed_dim_to_check:
        raise AssertionError(
            f"was expecting embedding dimension of {embed_dim_to_check}, but got {width}"
        )
    head = width // num_heads
    if head * num_heads != width:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module "
            "method `generate_square_subsequent_mask` to create this mask."
        )
    if use_separate_proj_weight:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(
                f"key's sequence and batch dims {key.shape[:2]} do not match value's "
                f"{value.shape[:2]}"
            )
    elif key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
    if key_padding_mask is not None and attn_mask is not None:
        if key_padding_mask.dtype != attn_mask.dtype:
            warn(
                "Support for mismatched key_padding_mask and attn_mask is deprecated. Use same "
                "type for both instead.",
            )
    q, k, v = _projected(
        (query, key, value),
        None if use_separate_proj_weight else in_proj_weight,
        (q_proj_weight, k_proj_weight, v_proj_weight),
        in_proj_bias,
    )
    hinted = is_causal and key_padding_mask is None and not need_weights
    # The hint is believed: the mask is not looked at where attention hides later keys itself.
    mask = None if hinted else additive_mask(attn_mask, query.dtype)
    padding = additive_mask(key_padding_mask, query.dtype, "key_padding_mask")
    if mask is not None:
        wanted: tuple[int, ...] = (length, key.shape[0])
        if mask.dim() == 3:
            wanted = (count * num_heads, *wanted)
        if mask.shape != wanted:
            raise RuntimeError(
                f"The shape of the {mask.dim()}D attn_mask is {mask.shape}, but should be {wanted}."
            )
    _check_static(static_k, static_v, (count * num_heads, head), bias_k, bias_v)
    if bias_k is not None and bias_v is not None:
        k = T.cat([k, bias_k.repeat(1, count, 1)])
        v = T.cat([v, bias_v.repeat(1, count, 1)])
        mask, padding = _one_more(mask), _one_more(padding)

    def heads(x: Tensor) -> Tensor:
        return x.view(x.shape[0], count * num_heads, head).transpose(0, 1)

    q = heads(q)
    k = heads(k) if static_k is None else static_k
    v = heads(v) if static_v is None else static_v
    if add_zero_attn:
        zero = k.new_zeros((count * num_heads, 1, head))
        k, v = T.cat([k, zero], 1), T.cat([v, zero], 1)
        mask, padding = _one_more(mask), _one_more(padding)
    source = k.size(1)
    if mask is not None and mask.dim() == 2:
        mask = mask.unsqueeze(0)
    if padding is not None:
        for dim, size in enumerate((count, source)):
            if padding.shape[dim] != size:
                raise AssertionError(
                    f"Expected key_padded_mask.shape[{dim}] to be {size}, but got "
                    f"{padding.shape[dim]}"
                )
        padding = padding.view(count, 1, 1, source).expand(count, num_heads, 1, source)
        padding = padding.reshape(count * num_heads, 1, source)
        mask = padding if mask is None else mask + padding
    dropout_p = dropout_p if training else 0.0
    if need_weights:
        scaled, keys = q * math.sqrt(1.0 / head), k.transpose(-2, -1)
        scores = T.bmm(scaled, keys) if mask is None else T.baddbmm(mask, scaled, keys)
        weights = scores.softmax(-1)
        if dropout_p > 0.0:
            weights = T.dropout(weights, dropout_p)
        output = T.bmm(weights, v).transpose(0, 1)
    else:
        if mask is not None:
            single = mask.size(0) == 1
            mask = mask.unsqueeze(0) if single else mask.view(count, num_heads, -1, source)
        q, k, v = (x.view(count, num_heads, -1, head) for x in (q, k, v))
        output = T.scaled_dot_product_attention(q, k, v, mask, dropout_p, hinted)
        output = output.permute(2, 0, 1, 3)
    output = T.linear(output.reshape(length * count, width), out_proj_weight, out_proj_bias)
    output = output.view(length, count, output.size(1))
    if not batched:
        output = output.squeeze(1)
    if not need_weights:
        return output, None
    weights = weights.view(count, num_heads, length, source)
    if average_attn_weights:
        weights = weights.mean(1)
    return output, weights if batched else weights.squeeze(0)


def _check_dimensions(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Tensor | None,
    attn_mask: Tensor | None,
    num_heads: int,
) -> None:
    """Raise PyTorch's error where the numbers of dimensions do not go together."""
    dims = query.dim()
    if dims not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {dims}-D query tensor"
        )
    subject = f"For {'batched' if dims == 3 else 'unbatched'} ({dims}-D) `query`, expected "
    if key.dim() != dims or value.dim() != dims:
        raise AssertionError(
            f"{subject}`key` and `value` to be {dims}-D but found {key.dim()}-D and "
            f"{value.dim()}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != dims - 1:
        raise AssertionError(
            f"{subject}`key_padding_mask` to be `None` or {dims - 1}-D but found "
            f"{key_padding_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None:
        if attn_mask.dim() not in (2, 3):
            raise AssertionError(
                f"{subject}`attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.dim()}-D "
                "tensor instead"
            )
        wanted = (num_heads, query.shape[0], key.shape[0])
        if dims == 2 and attn_mask.dim() == 3 and attn_mask.shape != wanted:
            raise AssertionError(
                f"Expected `attn_mask` shape to be {wanted} but got {attn_mask.shape}"
            )


def _check_static(
    static_k: Tensor | None, static_v: Tensor | None, wanted: tuple[int, int], *biases: Any
) -> None:
    """Raise PyTorch's error where projected keys or values, or their biases, do not fit."""
    given = [bias is not None for bias in biases]
    if any(given) and not all(given):
        has, lacks = ("bias_k", "bias_v") if given[0] else ("bias_v", "bias_k")
        raise AssertionError(f"{has} is set but {lacks} is None")
    for name, what, static in (("static_k", "key", static_k), ("static_v", "value", static_v)):
        if static is None:
            continue
        if all(given):
            raise AssertionError(f"bias cannot be added to static {what}.")
        for dim, size in zip((0, 2), wanted, strict=True):
            if static.size(dim) != size:
                raise AssertionError(
                    f"expecting {name}.size({dim}) of {size}, but got {static.size(dim)}"
                )


def _one_more(mask: Tensor | None) -> Tensor | None:
    """Return a mask with one more key, which counts."""
    if mask is None:
        return None
    return T.cat([mask, mask.new_zeros((*mask.shape[:-1], 1))], -1)
