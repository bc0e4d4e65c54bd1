"""Softmax in its forms."""

from __future__ import annotations

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn.module import Module

__all__ = [
    "LogSoftmax",
    "Softmax",
    "Softmax2d",
    "Softmin",
]


class Softmin(Module):
    """Softmax of the negated input.

    Parameters
    ----------
    dim : int, optional, default: None
        The dimension that sums to 1.
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.softmin(input, self.dim)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"dim={self.dim}"


class Softmax(Module):
    """Exponentials divided by their sum.

    Parameters
    ----------
    dim : int, optional, default: None
        The dimension that sums to 1.
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """Logarithm of the softmax.

    Parameters
    ----------
    dim : int, optional, default: None
        The dimension that sums to 1.
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"dim={self.dim}"


class Softmax2d(Module):
    """Softmax over the channels of an image, ``(N, C, H, W)`` or ``(C, H, W)``."""

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        if input.dim() not in (3, 4):
            raise ValueError(
                f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead"
            )
        return F.softmax(input, -3)
