"""Normalisation layers."""

from __future__ import annotations

import numbers
from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn import init
from autograd_nb.nn.module import Module
from autograd_nb.nn.parameter import Parameter
from autograd_nb.ops.namespaces import T

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "CrossMapLRN2d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
    "LocalResponseNorm",
    "RMSNorm",
    "SyncBatchNorm",
]


class _Affine(Module):
    """A layer with an optional scale and shift of a given shape."""

    def _make_affine(self, shape: Any, scale: bool, shift: bool, dtype: Any) -> None:
        for name, wanted in (("weight", scale), ("bias", shift)):
            value = Parameter(T.empty(shape, dtype=dtype)) if wanted else None
            self.register_parameter(name, value)

    def _reset_affine(self) -> None:
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


class _NormBase(_Affine):
    """What batch and instance norm share: running statistics per channel.

    Parameters
    ----------
    num_features : int
        Number of channels.
    eps : float, default: 1e-5
        Added to the variance.
    momentum : float or None, default: 0.1
        Weight of the newest statistics; None averages all.
    affine : bool
        Whether a scale and a shift per channel are learned.
    track_running_stats : bool
        Whether statistics are kept for evaluation.
    bias : bool, default: True
        Whether the shift is learned, if `affine`.
    device, dtype : optional
        Where and of which type the parameters are made.
    """

    _version = 2
    _dims: tuple[int, ...]

    def __init__(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self._make_affine(num_features, affine, affine and bias, dtype)
        if track_running_stats:
            self.register_buffer("running_mean", T.full((num_features,), 0.0, dtype=dtype))
            self.register_buffer("running_var", T.full((num_features,), 1.0, dtype=dtype))
            self.register_buffer("num_batches_tracked", T.tensor(0))
        else:
            for name in ("running_mean", "running_var", "num_batches_tracked"):
                self.register_buffer(name, None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the statistics."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Forget the statistics; scale 1, shift 0."""
        self.reset_running_stats()
        if self.affine:
            self._reset_affine()

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, *report: Any
    ) -> None:
        # What was saved at version 1 has no count of batches.
        key = prefix + "num_batches_tracked"
        if (local_metadata.get("version") or 0) < 2 and self.track_running_stats:
            state_dict.setdefault(key, self.num_batches_tracked)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *report)

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() not in self._dims:
            wanted = " or ".join(f"{dims}D" for dims in self._dims)
            raise ValueError(f"expected {wanted} input (got {input.dim()}D input)")

    def extra_repr(self) -> str:
        """Show the arguments."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_NormBase):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def forward(self, input: Tensor) -> Tensor:
        """Normalise each channel over batch and space."""
        self._check_input_dim(input)
        share = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                share = 1.0 / float(self.num_batches_tracked)
        kept = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            self.running_mean if kept else None,
            self.running_var if kept else None,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            share,
            self.eps,
        )


_BATCH_DOC = (_NormBase.__doc__ or "").replace(
    "What batch and instance norm share: running statistics per channel.",
    "Normalise each channel of {} over the batch.",
)


class BatchNorm1d(_BatchNorm):  # noqa: D101 - made from its base
    __doc__ = _BATCH_DOC.format("``(N, C)`` or ``(N, C, L)``")
    _dims = (2, 3)


class BatchNorm2d(_BatchNorm):  # noqa: D101 - made from its base
    __doc__ = _BATCH_DOC.format("``(N, C, H, W)``")
    _dims = (4,)


class BatchNorm3d(_BatchNorm):  # noqa: D101 - made from its base
    __doc__ = _BATCH_DOC.format("``(N, C, D, H, W)``")
    _dims = (5,)


class SyncBatchNorm(_BatchNorm):  # noqa: D101 - made from its base
    __doc__ = _BATCH_DOC.format("``(N, C, ...)``")

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() < 2:
            raise ValueError(f"expected at least 2D input (got {input.dim()}D input)")

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """Return `module`: one process has nothing to synchronise with."""
        return module


class _InstanceNorm(_NormBase):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def forward(self, input: Tensor) -> Tensor:
        """Normalise each channel of each example over space."""
        self._check_input_dim(input)
        single = input.dim() == min(self._dims)
        if single:
            input = input.unsqueeze(0)
        result = F.instance_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum if self.momentum is not None else 0.0,
            self.eps,
        )
        return result.squeeze(0) if single else result


_INSTANCE_DOC = (_NormBase.__doc__ or "").replace(
    "What batch and instance norm share: running statistics per channel.",
    "Normalise each channel of each example of {}.",
)


class InstanceNorm1d(_InstanceNorm):  # noqa: D101 - made from its base
    __doc__ = _INSTANCE_DOC.format("``(N, C, L)`` or ``(C, L)``")
    _dims = (2, 3)


class InstanceNorm2d(_InstanceNorm):  # noqa: D101 - made from its base
    __doc__ = _INSTANCE_DOC.format("``(N, C, H, W)`` or ``(C, H, W)``")
    _dims = (3, 4)


class InstanceNorm3d(_InstanceNorm):  # noqa: D101 - made from its base
    __doc__ = _INSTANCE_DOC.format("``(N, C, D, H, W)`` or ``(C, D, H, W)``")
    _dims = (4, 5)


class GroupNorm(_Affine):
    """Normalise groups of channels of each example.

    Parameters
    ----------
    num_groups : int
        Number of groups.
    num_channels : int
        Number of channels, divisible by it.
    eps : float, default: 1e-5
        Added to the variance.
    affine : bool, default: True
        Whether a scale and a shift per channel are learned.
    bias : bool, default: True
        Whether the shift is learned, if `affine`.
    device, dtype : optional
        Where and of which type the parameters are made.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups != 0:
            raise ValueError(
                f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self._make_affine(num_channels, affine, affine and bias, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Scale 1, shift 0."""
        self._reset_affine()

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


def _shape(value: Any) -> tuple[int, ...]:
    return (int(value),) if isinstance(value, numbers.Integral) else tuple(value)


class LayerNorm(_Affine):
    """Normalise each example over its last dimensions.

    Parameters
    ----------
    normalized_shape : int or tuple of int
        Sizes of these dimensions.
    eps : float, default: 1e-5
        Added to the variance.
    elementwise_affine : bool, default: True
        Whether a scale and a shift per element are learned.
    bias : bool, default: True
        Whether the shift is learned, if `elementwise_affine`.
    device, dtype : optional
        Where and of which type the parameters are made.
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self._make_affine(
            self.normalized_shape, elementwise_affine, elementwise_affine and bias, dtype
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Scale 1, shift 0."""
        self._reset_affine()

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(_Affine):
    """Divide each example by the root of the mean square over its last dimensions.

    Parameters
    ----------
    normalized_shape : int or tuple of int
        Sizes of these dimensions.
    eps : float, optional
        Added to the mean square.  Default: the smallest step of the dtype.
    elementwise_affine : bool, default: True
        Whether a scale per element is learned.
    device, dtype : optional
        Where and of which type the parameters are made.
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        weight = Parameter(T.empty(self.normalized_shape, dtype=dtype))
        self.register_parameter("weight", weight if elementwise_affine else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Scale 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class LocalResponseNorm(Module):
    """Divide each channel by the size of its neighbours.

    Parameters
    ----------
    size : int
        Number of channels taken together.
    alpha : float, default: 1e-4
        Factor.
    beta : float, default: 0.75
        Power.
    k : float, default: 1.0
        Added before the power.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(LocalResponseNorm):
    """The older name of :class:`LocalResponseNorm`.

    Parameters
    ----------
    size : int
        Number of channels taken together.
    alpha, beta, k : float
        Factor, power, and what is added before the power.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__(size, alpha, beta, k)
