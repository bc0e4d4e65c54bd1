"""The layers of transformers."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.core.warn import warn
from autograd_nb.nn import functional as F
from autograd_nb.nn import init
from autograd_nb.nn.activation import GELU, ReLU
from autograd_nb.nn.composed_attention import additive_mask
from autograd_nb.nn.containers import ModuleList
from autograd_nb.nn.dropout import Dropout
from autograd_nb.nn.linear import Linear
from autograd_nb.nn.module import Module
from autograd_nb.nn.multihead import MultiheadAttention
from autograd_nb.nn.norm import LayerNorm
from autograd_nb.ops.namespaces import T

__all__ = [
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]

Activation = str | Callable[[Tensor], Tensor]


def _get_activation_fn(activation: Activation) -> Callable[[Tensor], Tensor]:
    if callable(activation):
        return activation
    if activation in ("relu", "gelu"):
        return getattr(F, activation)
    raise RuntimeError(f"activation should be relu/gelu, not {activation}")


def _get_clones(module: Module, N: int) -> ModuleList:
    return ModuleList([copy.deepcopy(module) for _ in range(N)])


def _causal(length: int, dtype: Any = None) -> Tensor:
    return T.triu(T.full((length, length), -math.inf, dtype=dtype), 1)


def _is_causal(mask: Tensor | None, hint: bool | None) -> bool:
    """Return the hint, or find out whether `mask` lets every place see only what came before."""
    if hint is not None or mask is None or mask.dim() != 2:
        return bool(hint)
    if mask.size(0) != mask.size(1):
        return False
    return bool((mask == _causal(mask.size(0), mask.dtype)).all())


class _Layer(Module):
    """Attention and two linear maps, each around a normalisation and a sum."""

    def _make(
        self,
        attentions: tuple[str, ...],
        d_model: int,
        nhead: int,
        dim_feedforward: int,
        dropout: float,
        activation: Activation,
        layer_norm_eps: float,
        batch_first: bool,
        norm_first: bool,
        bias: bool,
        device: Any,
        dtype: Any,
    ) -> None:
        kind: dict[str, Any] = {"device": device, "dtype": dtype}
        for name in attentions:
            attention = MultiheadAttention(
                d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first, **kind
            )
            setattr(self, name, attention)
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, **kind)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, **kind)
        self.norm_first = norm_first
        steps = range(1, len(attentions) + 2)
        for i in steps:
            norm = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **kind)
            setattr(self, f"norm{i}", norm)
        for i in steps:
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.activation = _get_activation_fn(activation)

    def _around(self, i: int, x: Tensor, step: Callable[[Tensor], Tensor]) -> Tensor:
        """Return ``x`` plus the step of it, normalised before or after."""
        norm, dropout = getattr(self, f"norm{i}"), getattr(self, f"dropout{i}")
        if self.norm_first:
            return x + dropout(step(norm(x)))
        return norm(x + dropout(step(x)))

    def _feed_forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    """Self-attention and a feed-forward part.

    Parameters
    ----------
    d_model : int
        Length of the vectors.
    nhead : int
        Number of heads.
    dim_feedforward : int, default: 2048
        Length inside the feed-forward part.
    dropout : float, default: 0.1
        Probability of a zero.
    activation : str or callable, default: relu
        The nonlinearity.
    layer_norm_eps : float, default: 1e-5
        Of the normalisations.
    batch_first : bool, default: False
        Whether inputs are ``(N, L, E)`` instead of ``(L, N, E)``.
    norm_first : bool, default: False
        Whether normalisation comes before each part instead of after.
    bias : bool, default: True
        Whether the linear maps and normalisations have biases.
    device, dtype : optional
        Where and of which type the parameters are made.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._make(
            ("self_attn",),
            d_model,
            nhead,
            dim_feedforward,
            dropout,
            activation,
            layer_norm_eps,
            batch_first,
            norm_first,
            bias,
            device,
            dtype,
        )

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """Return the encoded sequence."""
        padding = additive_mask(src_key_padding_mask, src.dtype, "src_key_padding_mask")
        mask = additive_mask(src_mask, src.dtype, "src_mask")

        def attend(x: Tensor) -> Tensor:
            return self.self_attn(
                x,
                x,
                x,
                key_padding_mask=padding,
                need_weights=False,
                attn_mask=mask,
                is_causal=is_causal,
            )[0]

        return self._around(2, self._around(1, src, attend), self._feed_forward)


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to a memory, and a feed-forward part.

    Parameters
    ----------
    d_model : int
        Length of the vectors.
    nhead : int
        Number of heads.
    dim_feedforward : int, default: 2048
        Length inside the feed-forward part.
    dropout : float, default: 0.1
        Probability of a zero.
    activation : str or callable, default: relu
        The nonlinearity.
    layer_norm_eps : float, default: 1e-5
        Of the normalisations.
    batch_first : bool, default: False
        Whether inputs are ``(N, L, E)`` instead of ``(L, N, E)``.
    norm_first : bool, default: False
        Whether normalisation comes before each part instead of after.
    bias : bool, default: True
        Whether the linear maps and normalisations have biases.
    device, dtype : optional
        Where and of which type the parameters are made.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._make(
            ("self_attn", "multihead_attn"),
            d_model,
            nhead,
            dim_feedforward,
            dropout,
            activation,
            layer_norm_eps,
            batch_first,
            norm_first,
            bias,
            device,
            dtype,
        )

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Return the decoded sequence."""

        def attend(x: Tensor) -> Tensor:
            return self.self_attn(
                x,
                x,
                x,
                attn_mask=tgt_mask,
                key_padding_mask=tgt_key_padding_mask,
                is_causal=tgt_is_causal,
                need_weights=False,
            )[0]

        def look(x: Tensor) -> Tensor:
            return self.multihead_attn(
                x,
                memory,
                memory,
                attn_mask=memory_mask,
                key_padding_mask=memory_key_padding_mask,
                is_causal=memory_is_causal,
                need_weights=False,
            )[0]

        x = self._around(2, self._around(1, tgt, attend), look)
        return self._around(3, x, self._feed_forward)


class _Stack(Module):
    """Copies of one layer, and a normalisation at the end."""

    def _make(self, layer: Module, num_layers: int, norm: Module | None) -> None:
        self.layers = _get_clones(layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def _finished(self, x: Tensor) -> Tensor:
        return x if self.norm is None else self.norm(x)


def _slow_because(layer: Module) -> str:
    """Return what keeps PyTorch from its faster way of encoding padded sequences, or nothing."""
    if not isinstance(layer, TransformerEncoderLayer):
        return " was not TransformerEncoderLayer"
    attention, activation = layer.self_attn, layer.activation
    fast = activation in (F.relu, F.gelu) or isinstance(activation, (ReLU, GELU))
    reasons = {
        ".norm_first was True": layer.norm_first,
        ".self_attn.batch_first was not True"
        "(use batch_first for better inference performance)": not attention.batch_first,
        ".self_attn._qkv_same_embed_dim was not True": not attention._qkv_same_embed_dim,
        ".self_attn was passed bias=False": attention.in_proj_bias is None,
        ".activation_relu_or_gelu was not True": not fast,
        ".norm1.eps was not equal to encoder_layer.norm2.eps": layer.norm1.eps != layer.norm2.eps,
        ".self_attn.num_heads is odd": attention.num_heads % 2 == 1,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


class TransformerEncoder(_Stack):
    """Several encoder layers.

    Parameters
    ----------
    encoder_layer : TransformerEncoderLayer
        The layer that is copied.
    num_layers : int
        Number of copies.
    norm : Module, optional
        Normalisation at the end.
    enable_nested_tensor : bool, default: True
        Warn where PyTorch could not encode padded sequences in its faster way.
    mask_check : bool, default: True
        Accepted.
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self._make(encoder_layer, num_layers, norm)
        why = _slow_because(encoder_layer)
        if enable_nested_tensor and why:
            warn(
                "enable_nested_tensor is True, but self.use_nested_tensor is False because "
                f"encoder_layer{why}"
            )

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """Return the encoded sequence."""
        causal = _is_causal(mask, is_causal)
        for layer in self.layers:
            src = layer(
                src,
                src_mask=mask,
                is_causal=causal,
                src_key_padding_mask=src_key_padding_mask,
            )
        return self._finished(src)


class TransformerDecoder(_Stack):
    """Several decoder layers.

    Parameters
    ----------
    decoder_layer : TransformerDecoderLayer
        The layer that is copied.
    num_layers : int
        Number of copies.
    norm : Module, optional
        Normalisation at the end.
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self._make(decoder_layer, num_layers, norm)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Return the decoded sequence."""
        causal = _is_causal(tgt_mask, tgt_is_causal)
        for layer in self.layers:
            tgt = layer(
                tgt,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=causal,
                memory_is_causal=memory_is_causal,
            )
        return self._finished(tgt)


class Transformer(Module):
    """An encoder and a decoder.

    Parameters
    ----------
    d_model : int, default: 512
        Length of the vectors.
    nhead : int, default: 8
        Number of heads.
    num_encoder_layers, num_decoder_layers : int, default: 6
        Numbers of layers.
    dim_feedforward : int, default: 2048
        Length inside the feed-forward parts.
    dropout : float, default: 0.1
        Probability of a zero.
    activation : str or callable, default: relu
        The nonlinearity.
    custom_encoder, custom_decoder : Module, optional
        Used in place of the usual ones.
    layer_norm_eps : float, default: 1e-5
        Of the normalisations.
    batch_first : bool, default: False
        Whether inputs are ``(N, L, E)`` instead of ``(L, N, E)``.
    norm_first : bool, default: False
        Whether normalisation comes before each part instead of after.
    bias : bool, default: True
        Whether the linear maps and normalisations have biases.
    device, dtype : optional
        Where and of which type the parameters are made.
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = "relu",
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        arguments = (
            d_model,
            nhead,
            dim_feedforward,
            dropout,
            activation,
            layer_norm_eps,
            batch_first,
            norm_first,
            bias,
            device,
            dtype,
        )

        def last_norm() -> LayerNorm:
            return LayerNorm(d_model, eps=layer_norm_eps, bias=bias, device=device, dtype=dtype)

        if custom_encoder is not None:
            self.encoder = custom_encoder
        else:
            encoder_layer = TransformerEncoderLayer(*arguments)
            self.encoder = TransformerEncoder(encoder_layer, num_encoder_layers, last_norm())
        if custom_decoder is not None:
            self.decoder = custom_decoder
        else:
            decoder_layer = TransformerDecoderLayer(*arguments)
            self.decoder = TransformerDecoder(decoder_layer, num_decoder_layers, last_norm())
        for param in self.parameters():
            if param.dim() > 1:
                init.xavier_uniform_(param)
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Encode `src`, decode `tgt`."""
        batch = 0 if self.batch_first else 1
        if src.dim() == 3 and src.size(batch) != tgt.size(batch):
            raise RuntimeError("the batch number of src and tgt must be equal")
        if src.size(-1) != self.d_model or tgt.size(-1) != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """Return a mask that lets every place see only itself and what came before.

        Parameters
        ----------
        sz : int
            Length of the sequence.
        device, dtype : optional
            Where and of which type it is made.

        Returns
        -------
        Tensor, shape (sz, sz)
        """
        return _causal(sz, dtype)
