"""Pooling layers."""

from __future__ import annotations

from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn.adaptive_pooling import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
    FractionalMaxPool2d,
    FractionalMaxPool3d,
)
from autograd_nb.nn.module import Module
from autograd_nb.nn.sizes import ntuple

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "FractionalMaxPool2d",
    "FractionalMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]


class MaxPool1d(Module):
    """Largest number of each window of ``(N, C, L)``.

    Parameters
    ----------
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: None
        Step of the window.  Default: its size.
    padding : int or tuple of int, default: 0
        Width of the border added on both sides.
    dilation : int or tuple of int, default: 1
        Distance between the elements of the window.
    return_indices : bool, default: False
        Whether positions of the maxima are returned too.
    ceil_mode : bool, default: False
        Whether a window may stick out at the end.
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        """Apply the layer."""
        return F.max_pool1d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )

    def extra_repr(self) -> str:
        """Show the arguments."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool2d(Module):
    """Largest number of each window of ``(N, C, H, W)``.

    Parameters
    ----------
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: None
        Step of the window.  Default: its size.
    padding : int or tuple of int, default: 0
        Width of the border added on both sides.
    dilation : int or tuple of int, default: 1
        Distance between the elements of the window.
    return_indices : bool, default: False
        Whether positions of the maxima are returned too.
    ceil_mode : bool, default: False
        Whether a window may stick out at the end.
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        """Apply the layer."""
        return F.max_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )

    def extra_repr(self) -> str:
        """Show the arguments."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool3d(Module):
    """Largest number of each window of ``(N, C, D, H, W)``.

    Parameters
    ----------
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: None
        Step of the window.  Default: its size.
    padding : int or tuple of int, default: 0
        Width of the border added on both sides.
    dilation : int or tuple of int, default: 1
        Distance between the elements of the window.
    return_indices : bool, default: False
        Whether positions of the maxima are returned too.
    ceil_mode : bool, default: False
        Whether a window may stick out at the end.
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        """Apply the layer."""
        return F.max_pool3d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )

    def extra_repr(self) -> str:
        """Show the arguments."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class AvgPool1d(Module):
    """Mean of each window of ``(N, C, L)``.

    Parameters
    ----------
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: None
        Step of the window.  Default: its size.
    padding : int or tuple of int, default: 0
        Width of the border added on both sides.
    ceil_mode : bool, default: False
        Whether a window may stick out at the end.
    count_include_pad : bool, default: True
        Whether the border counts in the mean.
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = ntuple(kernel_size, 1)
        self.stride = ntuple(stride if stride is not None else kernel_size, 1)
        self.padding = ntuple(padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.avg_pool1d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
        )

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(Module):
    """Mean of each window of ``(N, C, H, W)``.

    Parameters
    ----------
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: None
        Step of the window.  Default: its size.
    padding : int or tuple of int, default: 0
        Width of the border added on both sides.
    ceil_mode : bool, default: False
        Whether a window may stick out at the end.
    count_include_pad : bool, default: True
        Whether the border counts in the mean.
    divisor_override : int, optional, default: None
        Divide by this number instead.
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool3d(Module):
    """Mean of each window of ``(N, C, D, H, W)``.

    Parameters
    ----------
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: None
        Step of the window.  Default: its size.
    padding : int or tuple of int, default: 0
        Width of the border added on both sides.
    ceil_mode : bool, default: False
        Whether a window may stick out at the end.
    count_include_pad : bool, default: True
        Whether the border counts in the mean.
    divisor_override : int, optional, default: None
        Divide by this number instead.
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.avg_pool3d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(Module):
    """Put maxima of ``(N, C, L)`` back to their positions, zeros elsewhere.

    Parameters
    ----------
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: None
        Step of the window.  Default: its size.
    padding : int or tuple of int, default: 0
        Width of the border added on both sides.
    """

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size = ntuple(kernel_size, 1)
        self.stride = ntuple(stride if stride is not None else kernel_size, 1)
        self.padding = ntuple(padding, 1)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """Apply the layer."""
        return F.max_unpool1d(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool2d(Module):
    """Put maxima of ``(N, C, H, W)`` back to their positions, zeros elsewhere.

    Parameters
    ----------
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: None
        Step of the window.  Default: its size.
    padding : int or tuple of int, default: 0
        Width of the border added on both sides.
    """

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size = ntuple(kernel_size, 2)
        self.stride = ntuple(stride if stride is not None else kernel_size, 2)
        self.padding = ntuple(padding, 2)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """Apply the layer."""
        return F.max_unpool2d(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool3d(Module):
    """Put maxima of ``(N, C, D, H, W)`` back to their positions, zeros elsewhere.

    Parameters
    ----------
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: None
        Step of the window.  Default: its size.
    padding : int or tuple of int, default: 0
        Width of the border added on both sides.
    """

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size = ntuple(kernel_size, 3)
        self.stride = ntuple(stride if stride is not None else kernel_size, 3)
        self.padding = ntuple(padding, 3)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """Apply the layer."""
        return F.max_unpool3d(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class LPPool1d(Module):
    """Power mean, without the division, of each window of ``(N, C, L)``.

    Parameters
    ----------
    norm_type : float
        The power.
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: None
        Step of the window.  Default: its size.
    ceil_mode : bool, default: False
        Whether a window may stick out at the end.
    """

    def __init__(
        self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.lp_pool1d(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )

    def extra_repr(self) -> str:
        """Show the arguments."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool2d(Module):
    """Power mean, without the division, of each window of ``(N, C, H, W)``.

    Parameters
    ----------
    norm_type : float
        The power.
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: None
        Step of the window.  Default: its size.
    ceil_mode : bool, default: False
        Whether a window may stick out at the end.
    """

    def __init__(
        self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.lp_pool2d(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )

    def extra_repr(self) -> str:
        """Show the arguments."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool3d(Module):
    """Power mean, without the division, of each window of ``(N, C, D, H, W)``.

    Parameters
    ----------
    norm_type : float
        The power.
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: None
        Step of the window.  Default: its size.
    ceil_mode : bool, default: False
        Whether a window may stick out at the end.
    """

    def __init__(
        self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.lp_pool3d(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )

    def extra_repr(self) -> str:
        """Show the arguments."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )
