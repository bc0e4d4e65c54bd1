"""Pooling layers that are asked for an output size."""

from __future__ import annotations

from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
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
]


class AdaptiveAvgPool1d(Module):
    """Mean of windows of ``(N, C, L)`` that give the wanted output size.

    Parameters
    ----------
    output_size : int or tuple of int
        Size of the output; None keeps that of the input.
    """

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.adaptive_avg_pool1d(input, self.output_size)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool2d(Module):
    """Mean of windows of ``(N, C, H, W)`` that give the wanted output size.

    Parameters
    ----------
    output_size : int or tuple of int
        Size of the output; None keeps that of the input.
    """

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.adaptive_avg_pool2d(input, self.output_size)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool3d(Module):
    """Mean of windows of ``(N, C, D, H, W)`` that give the wanted output size.

    Parameters
    ----------
    output_size : int or tuple of int
        Size of the output; None keeps that of the input.
    """

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.adaptive_avg_pool3d(input, self.output_size)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(Module):
    """Largest number of windows of ``(N, C, L)`` that give the wanted output size.

    Parameters
    ----------
    output_size : int or tuple of int
        Size of the output; None keeps that of the input.
    return_indices : bool, default: False
        Whether positions of the maxima are returned too.
    """

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """Apply the layer."""
        return F.adaptive_max_pool1d(input, self.output_size, return_indices=self.return_indices)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"output_size={self.output_size}"


class AdaptiveMaxPool2d(Module):
    """Largest number of windows of ``(N, C, H, W)`` that give the wanted output size.

    Parameters
    ----------
    output_size : int or tuple of int
        Size of the output; None keeps that of the input.
    return_indices : bool, default: False
        Whether positions of the maxima are returned too.
    """

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """Apply the layer."""
        return F.adaptive_max_pool2d(input, self.output_size, return_indices=self.return_indices)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"output_size={self.output_size}"


class AdaptiveMaxPool3d(Module):
    """Largest number of windows of ``(N, C, D, H, W)`` that give the wanted output size.

    Parameters
    ----------
    output_size : int or tuple of int
        Size of the output; None keeps that of the input.
    return_indices : bool, default: False
        Whether positions of the maxima are returned too.
    """

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """Apply the layer."""
        return F.adaptive_max_pool3d(input, self.output_size, return_indices=self.return_indices)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"output_size={self.output_size}"


class _FractionalMaxPool(Module):
    """Largest number of each of windows that lie at random, with a given output size.

    Parameters
    ----------
    kernel_size : int or tuple of int
        Size of the windows.
    output_size : int or tuple of int, optional
        Size of the output.
    output_ratio : float or tuple of float, optional
        Size of the output as a share of the input's, if it is not given.
    return_indices : bool, default: False
        Whether positions of the maxima are returned too.
    """

    _spatial: int

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> None:
        super().__init__()
        n = self._spatial
        self.kernel_size = ntuple(kernel_size, n)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else ntuple(output_size, n)
        self.output_ratio = None if output_ratio is None else ntuple(output_ratio, n)
        kind = f"FractionalMaxPool{n}d"
        if output_size is None and output_ratio is None:
            raise ValueError(
                f"{kind} requires specifying either an output size, or a pooling ratio"
            )
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio and not all(0 < ratio < 1 for ratio in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Any:
        """Apply the layer."""
        pool = getattr(F, f"fractional_max_pool{self._spatial}d")
        return pool(
            input,
            self.kernel_size,
            self.output_size,
            self.output_ratio,
            self.return_indices,
            _random_samples=self._random_samples,
        )


class FractionalMaxPool2d(_FractionalMaxPool):  # noqa: D101 - made from its base
    __doc__ = _FractionalMaxPool.__doc__
    _spatial = 2


class FractionalMaxPool3d(_FractionalMaxPool):  # noqa: D101 - made from its base
    __doc__ = _FractionalMaxPool.__doc__
    _spatial = 3
