"""Layers that resize or rearrange, and layers that measure."""

from __future__ import annotations

from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn.module import Module

__all__ = [
    "ChannelShuffle",
    "CosineSimilarity",
    "Fold",
    "PairwiseDistance",
    "PixelShuffle",
    "PixelUnshuffle",
    "Unfold",
    "Upsample",
    "UpsamplingBilinear2d",
    "UpsamplingNearest2d",
]


class Upsample(Module):
    """Resize the spatial dimensions.

    Parameters
    ----------
    size : int or tuple of int, optional
        Size of the output.
    scale_factor : float or tuple of float, optional
        Or its ratio to the input.
    mode : str, default: "nearest"
        "nearest", "linear", "bilinear", "bicubic" or "trilinear".
    align_corners : bool, optional
        Whether the corner points of input and output coincide.
    recompute_scale_factor : bool, optional
        Whether the ratio follows from the rounded size.
    """

    def __init__(
        self,
        size: Any = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        if isinstance(scale_factor, tuple):
            self.scale_factor: Any = tuple(float(factor) for factor in scale_factor)
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            recompute_scale_factor=self.recompute_scale_factor,
        )

    def extra_repr(self) -> str:
        """Show size and mode."""
        if self.scale_factor is not None:
            return f"scale_factor={self.scale_factor!r}, mode={self.mode!r}"
        return f"size={self.size!r}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Resize ``(N, C, H, W)`` by repeating the nearest number.

    Parameters
    ----------
    size : int or tuple of int, optional
        Size of the output.
    scale_factor : float or tuple of float, optional
        Or its ratio to the input.
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Resize ``(N, C, H, W)`` bilinearly, corners aligned.

    Parameters
    ----------
    size : int or tuple of int, optional
        Size of the output.
    scale_factor : float or tuple of float, optional
        Or its ratio to the input.
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(Module):
    """Turn channels into pixels.

    Parameters
    ----------
    upscale_factor : int
        Factor of height and width.
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        """Show the argument."""
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Turn pixels into channels.

    Parameters
    ----------
    downscale_factor : int
        Divisor of height and width.
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        """Show the argument."""
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """Interleave the channels of several groups.

    Parameters
    ----------
    groups : int
        Number of groups.
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        """Show the argument."""
        return f"groups={self.groups}"


class _Windows(Module):
    kernel_size: Any
    dilation: Any
    padding: Any
    stride: Any

    def extra_repr(self) -> str:
        """Show the arguments."""
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )


class Unfold(_Windows):
    """Lay the windows of ``(N, C, H, W)`` side by side as columns.

    Parameters
    ----------
    kernel_size : int or tuple of int
        Size of the window.
    dilation : int or tuple of int, default: 1
        Distance between the elements of the window.
    padding : int or tuple of int, default: 0
        Width of the border added on both sides.
    stride : int or tuple of int, default: 1
        Step of the window.
    """

    def __init__(
        self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


class Fold(_Windows):
    """Add columns of windows up to an image: the transpose of :class:`Unfold`.

    Parameters
    ----------
    output_size : int or tuple of int
        Height and width of the image.
    kernel_size : int or tuple of int
        Size of the window.
    dilation : int or tuple of int, default: 1
        Distance between the elements of the window.
    padding : int or tuple of int, default: 0
        Width of the border cut off on both sides.
    stride : int or tuple of int, default: 1
        Step of the window.
    """

    def __init__(
        self,
        output_size: Any,
        kernel_size: Any,
        dilation: Any = 1,
        padding: Any = 0,
        stride: Any = 1,
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.fold(
            input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride
        )

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"output_size={self.output_size}, {super().extra_repr()}"


class CosineSimilarity(Module):
    """Cosine of the angle between vectors.

    Parameters
    ----------
    dim : int, default: 1
        Dimension that holds the vectors.
    eps : float, default: 1e-8
        Smallest length.
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Return the cosines."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """Distance between vectors in the last dimension.

    Parameters
    ----------
    p : float, default: 2.0
        The norm.
    eps : float, default: 1e-6
        Added to the difference.
    keepdim : bool, default: False
        Whether the last dimension stays.
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Return the distances."""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
