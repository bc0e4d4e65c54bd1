"""Convolutions and transposed convolutions."""

from __future__ import annotations

import math
from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn import init
from autograd_nb.nn.module import Module
from autograd_nb.nn.parameter import Parameter
from autograd_nb.nn.sizes import ntuple
from autograd_nb.ops.namespaces import T

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
]

_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What all convolutions share; ``_spatial`` is the number of spatial dimensions."""

    _spatial: int
    _transposed = False

    def _setup(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        output_padding: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
    ) -> None:
        Module.__init__(self)
        n = self._spatial
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups != 0:
            raise ValueError("out_channels must be divisible by groups")
        stride = ntuple(stride, n)
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(
                    f"Invalid padding string {padding!r}, should be one of {{'valid', 'same'}}"
                )
            if padding == "same" and any(step != 1 for step in stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        else:
            padding = ntuple(padding, n)
        if padding_mode not in _PADDING_MODES:
            raise ValueError(
                f"padding_mode must be one of {set(_PADDING_MODES)}, "
                f"but got padding_mode='{padding_mode}'"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = ntuple(kernel_size, n)
        self.stride = stride
        self.padding = padding
        self.dilation = ntuple(dilation, n)
        self.transposed = self._transposed
        self.output_padding = ntuple(output_padding, n)
        self.groups = groups
        self.padding_mode = padding_mode
        self._border = self._find_border()
        self._make_parameters(bias, device, dtype)

    def _find_border(self) -> list[int]:
        """Return what ``F.pad`` needs to lay the border that `padding` means."""
        border: list[int] = []
        for k, d, i in zip(
            reversed(self.kernel_size), reversed(self.dilation), range(10**6), strict=False
        ):
            if self.padding == "valid":
                border += [0, 0]
            elif self.padding == "same":
                total = d * (k - 1)
                border += [total // 2, total - total // 2]
            else:
                width = self.padding[len(self.padding) - 1 - i]
                border += [width, width]
        return border

    def _weight_shape(self) -> tuple[int, ...]:
        if self._transposed:
            return (self.in_channels, self.out_channels // self.groups, *self.kernel_size)
        return (self.out_channels, self.in_channels // self.groups, *self.kernel_size)

    def _make_parameters(self, bias: bool, device: Any, dtype: Any) -> None:
        self.weight = Parameter(T.empty(self._weight_shape(), device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(T.empty(self.out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            if fan_in != 0:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def _convolve(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        convolution = (F.conv1d, F.conv2d, F.conv3d)[self._spatial - 1]
        padding = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._border, mode=self.padding_mode)
            padding = (0,) * self._spatial
        return convolution(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    _conv_forward = _convolve

    def forward(self, input: Tensor) -> Tensor:
        """Apply the convolution."""
        return self._conv_forward(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Show the arguments that are not at their default."""
        n = self._spatial
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}"
        )
        if self.padding != (0,) * n:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * n:
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * n:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class _Conv(_ConvNd):
    r"""Convolution.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of input and output.
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: 1
        Step of the window.
    padding : int, tuple of int, "same" or "valid", default: 0
        Width of the border added on both sides.
    dilation : int or tuple of int, default: 1
        Distance between the elements of the window.
    groups : int, default: 1
        Number of blocks of channels that do not mix.
    bias : bool, default: True
        Whether a bias per output channel is added.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default: "zeros"
        What the border holds.
    device, dtype : optional
        Where and of which type the parameters are made.

    Notes
    -----
    Weight and bias start uniform in :math:`\\pm 1/\\sqrt{fan\\_in}`, weight first.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        self._setup(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            0,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )


class Conv1d(_Conv):  # noqa: D101 - made from its base
    __doc__ = (_Conv.__doc__ or "").replace("Convolution.", "Convolution of ``(N, C, L)``.", 1)
    _spatial = 1


class Conv2d(_Conv):  # noqa: D101 - made from its base
    __doc__ = (_Conv.__doc__ or "").replace("Convolution.", "Convolution of ``(N, C, H, W)``.", 1)
    _spatial = 2


class Conv3d(_Conv):  # noqa: D101 - made from its base
    __doc__ = (_Conv.__doc__ or "").replace(
        "Convolution.", "Convolution of ``(N, C, D, H, W)``.", 1
    )
    _spatial = 3


class _ConvTransposeNd(_ConvNd):
    """Transposed convolution.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of input and output.
    kernel_size : int or tuple of int
        Size of the window.
    stride : int or tuple of int, default: 1
        Step of the window in the output.
    padding : int or tuple of int, default: 0
        Width of the border cut off from the output.
    output_padding : int or tuple of int, default: 0
        Rows added at one side of the output.
    groups : int, default: 1
        Number of blocks of channels that do not mix.
    bias : bool, default: True
        Whether a bias per output channel is added.
    dilation : int or tuple of int, default: 1
        Distance between the elements of the window.
    padding_mode : {"zeros"}, default: "zeros"
        Only zeros are possible.
    device, dtype : optional
        Where and of which type the parameters are made.
    """

    _transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        self._setup(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            output_padding,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _output_padding(self, input: Tensor, output_size: Any) -> tuple[int, ...]:
        """Return the output padding that gives `output_size`."""
        if output_size is None:
            return self.output_padding
        n = self._spatial
        sizes = list(output_size)
        if len(sizes) == input.dim():
            sizes = sizes[-n:]
        if len(sizes) != n:
            raise ValueError(
                f"ConvTranspose{n}D: for {input.dim()}D input, output_size must have {n} or "
                f"{input.dim()} elements (got {len(output_size)})"
            )
        found = []
        for i, size in enumerate(sizes):
            smallest = (
                (input.size(i - n) - 1) * self.stride[i]
                - 2 * self.padding[i]
                + self.dilation[i] * (self.kernel_size[i] - 1)
                + 1
            )
            if not smallest <= size < smallest + self.stride[i]:
                raise ValueError(
                    f"requested an output size of {output_size}, but valid sizes of dimension {i} "
                    f"range from {smallest} to {smallest + self.stride[i] - 1} "
                    f"(for an input of {input.size()[2:]})"
                )
            found.append(size - smallest)
        return tuple(found)

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """Apply the transposed convolution."""
        convolution = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[
            self._spatial - 1
        ]
        return convolution(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._output_padding(input, output_size),
            self.groups,
            self.dilation,
        )


class ConvTranspose1d(_ConvTransposeNd):  # noqa: D101 - made from its base
    __doc__ = (_ConvTransposeNd.__doc__ or "").replace(
        "convolution.", "convolution of ``(N, C, L)``.", 1
    )
    _spatial = 1


class ConvTranspose2d(_ConvTransposeNd):  # noqa: D101 - made from its base
    __doc__ = (_ConvTransposeNd.__doc__ or "").replace(
        "convolution.", "convolution of ``(N, C, H, W)``.", 1
    )
    _spatial = 2


class ConvTranspose3d(_ConvTransposeNd):  # noqa: D101 - made from its base
    __doc__ = (_ConvTransposeNd.__doc__ or "").replace(
        "convolution.", "convolution of ``(N, C, D, H, W)``.", 1
    )
    _spatial = 3
