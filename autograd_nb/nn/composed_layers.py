"""Functions of layers that are composed of other operations."""

from __future__ import annotations

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

__all__ = [
    "channel_shuffle",
    "gumbel_softmax",
    "pixel_shuffle",
    "pixel_unshuffle",
]


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """Draw from a smooth approximation of a categorical distribution.

    Parameters
    ----------
    logits : Tensor
    tau : float, default: 1
        Temperature.
    hard : bool, default: False
        Whether the values are one-hot, with the gradient of the smooth ones.
    eps : float
        Has no effect.
    dim : int, default: -1
        The dimension of the classes.

    Returns
    -------
    Tensor
    """
    noise = -T.empty_like(logits).exponential_().log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one_hot = T.zeros_like(logits).scatter_(dim, index, 1.0)
    return one_hot - soft.detach() + soft


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Turn channels into pixels: ``(..., C r^2, H, W)`` becomes ``(..., C, H r, W r)``.

    Parameters
    ----------
    input : Tensor
    upscale_factor : int
        The factor ``r``.

    Returns
    -------
    Tensor
    """
    r = upscale_factor
    *batch, channels, height, width = input.shape
    if channels % (r * r) != 0:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square "
            f"of upscale_factor, but input.size(-3)={channels} is not divisible by {r * r}"
        )
    n = len(batch)
    split = input.reshape(*batch, channels // (r * r), r, r, height, width)
    moved = split.permute(*range(n + 1), n + 3, n + 1, n + 4, n + 2)
    return moved.reshape(*batch, channels // (r * r), height * r, width * r)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Turn pixels into channels: ``(..., C, H r, W r)`` becomes ``(..., C r^2, H, W)``.

    Parameters
    ----------
    input : Tensor
    downscale_factor : int
        The divisor ``r``.

    Returns
    -------
    Tensor
    """
    r = downscale_factor
    *batch, channels, height, width = input.shape
    for name, length in (("height", height), ("width", width)):
        if length % r != 0:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                f"input.size({-2 if name == 'height' else -1})={length} is not divisible by {r}"
            )
    n = len(batch)
    split = input.reshape(*batch, channels, height // r, r, width // r, r)
    moved = split.permute(*range(n + 1), n + 2, n + 4, n + 1, n + 3)
    return moved.reshape(*batch, channels * r * r, height // r, width // r)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Interleave the channels of several groups.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...)
    groups : int
        Number of groups.

    Returns
    -------
    Tensor
    """
    count, channels, *rest = input.shape
    if channels % groups != 0:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {channels} channels and "
            f"{groups} groups."
        )
    split = input.reshape(count, groups, channels // groups, *rest)
    return split.transpose(1, 2).reshape(input.shape)
