"""Layers that learn the number of their channels from the first input."""

from __future__ import annotations

from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.conv import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    _ConvNd,
)
from autograd_nb.nn.linear import Linear
from autograd_nb.nn.module import Module
from autograd_nb.nn.norm import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
    _NormBase,
)
from autograd_nb.nn.parameter import UninitializedBuffer, UninitializedParameter, is_lazy
from autograd_nb.ops.namespaces import T

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
    "LazyLinear",
    "LazyModuleMixin",
]


class LazyModuleMixin(Module):
    """What makes a module lazy: its first call finds the shapes of its parameters.

    A subclass gives ``initialize_parameters``, which is called with what the module is called
    with, and `cls_to_become`, the class that the module then has.
    """

    cls_to_become: type[Any] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._load_hook = self._register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook = self.register_forward_pre_hook(
            self._infer_parameters, with_kwargs=True
        )

    def _tensors(self) -> list[tuple[str, Any]]:
        both = (*self._parameters.items(), *self._buffers.items())
        return [(name, tensor) for name, tensor in both if tensor is not None]

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        for name, tensor in self._tensors():
            if name not in self._non_persistent_buffers_set:
                keeps = keep_vars or is_lazy(tensor)
                destination[prefix + name] = tensor if keeps else tensor.detach()

    def _lazy_load_hook(self, state_dict: Any, prefix: str, *_: Any) -> None:
        """Give those that have no shape yet the shapes of what is loaded."""
        for name, tensor in self._tensors():
            value = state_dict.get(prefix + name)
            if is_lazy(tensor) and value is not None and not is_lazy(value):
                tensor.materialize(value.shape)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Find the shapes from the first input; a subclass overrides it."""
        raise NotImplementedError(
            f"initialize_parameters is not implemented for {type(self).__name__}"
        )

    def has_uninitialized_params(self) -> bool:
        """Return whether a parameter or a buffer has no shape yet."""
        return any(is_lazy(tensor) for _, tensor in self._tensors())

    def _infer_parameters(self, module: Any, args: Any, kwargs: Any = None) -> None:
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {self._get_name()} has not been fully initialized")
        for name in ("_initialize_hook", "_load_hook"):
            getattr(module, name).remove()
            delattr(module, name)
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become


class LazyLinear(LazyModuleMixin, Linear):
    """A linear layer that learns ``in_features`` from its first input.

    Parameters
    ----------
    out_features : int
        Size of the last dimension of the output.
    bias : bool, default: True
        Whether a bias is added.
    """

    cls_to_become = Linear

    def __init__(
        self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(0, 0, False)
        self.weight = UninitializedParameter(dtype=dtype)
        self.out_features = out_features
        if bias:
            self.bias = UninitializedParameter(dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw the parameters anew, once their shape is known."""
        if not self.has_uninitialized_params() and self.in_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Make the parameters for inputs like `input`."""
        width = input.shape[-1]
        if self.has_uninitialized_params():
            self.in_features = width
            self.weight.materialize((self.out_features, width))
            if self.bias is not None:
                self.bias.materialize((self.out_features,))
            self.reset_parameters()
        elif self.in_features == 0:
            if width != self.weight.shape[-1]:
                raise AssertionError(
                    f"The in_features inferred from input: {width} is not equal to in_features "
                    f"from self.weight: {self.weight.shape[-1]}"
                )
            self.in_features = width


class _LazyConv(LazyModuleMixin, _ConvNd):
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

    def reset_parameters(self) -> None:
        """Draw the parameters anew, once their shape is known."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Make the parameters for inputs like `input`."""
        if not self.has_uninitialized_params():
            return
        single, batch = self._spatial + 1, self._spatial + 2
        if input.dim() not in (single, batch):
            raise RuntimeError(
                f"Expected {single}D (unbatched) or {batch}D (batched) input to "
                f"{type(self).__name__}, but got input of size: {input.shape}"
            )
        self.in_channels = input.shape[-single]
        if self.in_channels % self.groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        self.weight.materialize(self._weight_shape())
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))
        self.reset_parameters()


class _LazyNorm(LazyModuleMixin, _NormBase):
    """A norm that learns ``num_features`` from its first input.

    Parameters
    ----------
    eps, momentum, affine, track_running_stats
        As in the layer that is not lazy.
    """

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
        super().__init__(0, eps, momentum, False, False, device, dtype)
        self.affine = affine
        self.track_running_stats = track_running_stats
        if affine:
            self.weight = UninitializedParameter(dtype=dtype)
            if bias:
                self.bias = UninitializedParameter(dtype=dtype)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(dtype=dtype)
            self.running_var = UninitializedBuffer(dtype=dtype)
            self.num_batches_tracked = T.tensor(0)

    def reset_parameters(self) -> None:
        """Forget the statistics; scale 1, shift 0; once the shapes are known."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Make parameters and statistics for inputs like `input`."""
        if not self.has_uninitialized_params():
            return
        self.num_features = input.shape[1]
        for _, tensor in self._tensors():
            if is_lazy(tensor):
                tensor.materialize((self.num_features,))
        self.reset_parameters()


class LazyConv1d(_LazyConv, Conv1d):  # noqa: D101 - made from its base
    __doc__ = str(_LazyConv.__doc__)
    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):  # noqa: D101 - made from its base
    __doc__ = str(_LazyConv.__doc__)
    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):  # noqa: D101 - made from its base
    __doc__ = str(_LazyConv.__doc__)
    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConv, ConvTranspose1d):  # noqa: D101 - made from its base
    __doc__ = str(_LazyConv.__doc__)
    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConv, ConvTranspose2d):  # noqa: D101 - made from its base
    __doc__ = str(_LazyConv.__doc__)
    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConv, ConvTranspose3d):  # noqa: D101 - made from its base
    __doc__ = str(_LazyConv.__doc__)
    cls_to_become = ConvTranspose3d


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):  # noqa: D101 - made from its base
    __doc__ = str(_LazyNorm.__doc__)
    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):  # noqa: D101 - made from its base
    __doc__ = str(_LazyNorm.__doc__)
    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):  # noqa: D101 - made from its base
    __doc__ = str(_LazyNorm.__doc__)
    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):  # noqa: D101 - made from its base
    __doc__ = str(_LazyNorm.__doc__)
    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):  # noqa: D101 - made from its base
    __doc__ = str(_LazyNorm.__doc__)
    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):  # noqa: D101 - made from its base
    __doc__ = str(_LazyNorm.__doc__)
    cls_to_become = InstanceNorm3d
