"""Layers that learn the number of their channels from the first input."""

from __future__ import annotations

from typing import Any

from autograd_nb.nn.conv import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    _ConvNd,
)
from autograd_nb.nn.module import Module
from autograd_nb.nn.norm import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
    _ChannelNorm,
)
from autograd_nb.nn.parameter import UninitializedParameter

__all__ = [
    "LazyBatchNorm1d",
    "LazyBatchNorm2d",
    "LazyBatchNorm3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
]


class _LazyConv(_ConvNd):
    """A convolution that learns ``in_channels`` from its first input.

    Parameters
    ----------
    out_channels : int
        Channels of the output.
    kernel_size : int or tuple of int
        Size of the window.
    **kwargs
        The other arguments of the convolution.
    """

    _eager: type
    _spatial: int

    def __init__(self, out_channels: int, kernel_size: Any, *args: Any, **kwargs: Any) -> None:
        # One channel per group satisfies the checks; the true number comes with the first input.
        super().__init__(kwargs.get("groups", 1), out_channels, kernel_size, *args, **kwargs)
        self.in_channels = 0

    def _make_parameters(self, bias: bool, device: Any, dtype: Any) -> None:
        self.weight = UninitializedParameter(dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(dtype=dtype)
        else:
            self.register_parameter("bias", None)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if isinstance(self.weight, UninitializedParameter):
            self.in_channels = args[0].shape[-1 - self._spatial]
            if self.in_channels % self.groups != 0:
                raise ValueError("in_channels must be divisible by groups")
            self.weight.materialize(self._weight_shape())
            if self.bias is not None:
                self.bias.materialize((self.out_channels,))
            self.reset_parameters()
            self.__class__ = self._eager
        return Module.__call__(self, *args, **kwargs)  # of the new class


class _LazyNorm(_ChannelNorm):
    """A norm that learns ``num_features`` from its first input.

    Parameters
    ----------
    eps, momentum, affine, track_running_stats
        As in the layer that is not lazy.
    """

    _eager: type

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self._wants_bias = bias
        self._dtype = dtype
        if affine:
            self.weight = UninitializedParameter(dtype=dtype)
            if bias:
                self.bias = UninitializedParameter(dtype=dtype)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.num_features == 0:
            self._check_input_dim(args[0])
            training = self.training
            self.__class__ = self._eager
            self.__init__(  # type: ignore[misc]
                args[0].shape[1],
                self.eps,
                self.momentum,
                self.affine,
                self.track_running_stats,
                dtype=self._dtype,
                bias=self._wants_bias,
            )
            self.training = training
        return Module.__call__(self, *args, **kwargs)  # of the new class


class LazyConv1d(_LazyConv, Conv1d):  # noqa: D101 - made from its base
    __doc__ = _LazyConv.__doc__
    _eager = Conv1d


class LazyConv2d(_LazyConv, Conv2d):  # noqa: D101 - made from its base
    __doc__ = _LazyConv.__doc__
    _eager = Conv2d


class LazyConv3d(_LazyConv, Conv3d):  # noqa: D101 - made from its base
    __doc__ = _LazyConv.__doc__
    _eager = Conv3d


class LazyConvTranspose1d(_LazyConv, ConvTranspose1d):  # noqa: D101 - made from its base
    __doc__ = _LazyConv.__doc__
    _eager = ConvTranspose1d


class LazyConvTranspose2d(_LazyConv, ConvTranspose2d):  # noqa: D101 - made from its base
    __doc__ = _LazyConv.__doc__
    _eager = ConvTranspose2d


class LazyConvTranspose3d(_LazyConv, ConvTranspose3d):  # noqa: D101 - made from its base
    __doc__ = _LazyConv.__doc__
    _eager = ConvTranspose3d


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):  # noqa: D101 - made from its base
    __doc__ = _LazyNorm.__doc__
    _eager = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):  # noqa: D101 - made from its base
    __doc__ = _LazyNorm.__doc__
    _eager = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):  # noqa: D101 - made from its base
    __doc__ = _LazyNorm.__doc__
    _eager = BatchNorm3d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):  # noqa: D101 - made from its base
    __doc__ = _LazyNorm.__doc__
    _eager = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):  # noqa: D101 - made from its base
    __doc__ = _LazyNorm.__doc__
    _eager = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):  # noqa: D101 - made from its base
    __doc__ = _LazyNorm.__doc__
    _eager = InstanceNorm3d
