"""Functions of layers that are composed of other operations."""

from __future__ import annotations

from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

__all__ = [
    "channel_shuffle",
    "cosine_similarity",
    "gumbel_softmax",
    "local_response_norm",
    "normalize",
    "pairwise_distance",
    "pixel_shuffle",
    "pixel_unshuffle",
]


def normalize(
    input: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Tensor | None = None
) -> Tensor:
    """Divide vectors by their length.

    Parameters
    ----------
    input : Tensor
    p : float, default: 2.0
        The norm.
    dim : int or tuple of int, default: 1
        Dimension that holds the vectors.
    eps : float, default: 1e-12
        Smallest length.
    out : Tensor, optional
        Where the result goes.

    Returns
    -------
    Tensor
    """
    length = T.linalg_vector_norm(input, p, dim, True).clamp_min(eps).expand_as(input)
    result = input / length
    if out is None:
        return result
    return out.copy_(result)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Return the cosine of the angle between vectors.

    Parameters
    ----------
    x1, x2 : Tensor
        Shapes that broadcast together.
    dim : int, default: 1
        Dimension that holds the vectors.
    eps : float, default: 1e-8
        Smallest length.

    Returns
    -------
    Tensor
    """
    x1, x2 = T.broadcast_tensors(x1, x2)
    length1 = T.linalg_vector_norm(x1, 2, dim, True).clamp_min(eps)
    length2 = T.linalg_vector_norm(x2, 2, dim, True).clamp_min(eps)
    return ((x1 / length1) * (x2 / length2)).sum(dim)


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """Return the distance between vectors in the last dimension.

    Parameters
    ----------
    x1, x2 : Tensor
        Shapes that broadcast together.
    p : float, default: 2.0
        The norm.
    eps : float, default: 1e-6
        Added to the difference.
    keepdim : bool, default: False
        Whether the last dimension stays.

    Returns
    -------
    Tensor
    """
    return T.norm(x1 - x2 + eps, p, -1, keepdim)


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


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """Divide each channel by the size of its neighbours.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...)
    size : int
        Number of channels taken together.
    alpha, beta, k : float
        ``(k + alpha * mean of squares) ** beta`` is the divisor.

    Returns
    -------
    Tensor
    """
    if input.dim() < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality input (got {input.dim()} dimensions)"
        )
    if input.numel() == 0:
        return input
    square = input * input
    channels = input.size(1)
    before = size // 2
    edge = T.zeros_like(square[:, :1])
    after = (size - 1) // 2
    padded = T.cat([edge] * before + [square] + [edge] * after, 1)
    mean = sum(padded[:, i : i + channels] for i in range(size)) / size
    return input / (mean * alpha + k) ** beta


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
