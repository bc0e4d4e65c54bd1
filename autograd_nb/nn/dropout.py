"""Dropout layers."""

from __future__ import annotations

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn.module import Module

__all__ = [
    "AlphaDropout",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "FeatureAlphaDropout",
]


class _DropoutNd(Module):
    """What all dropout layers share.

    Parameters
    ----------
    p : float, default: 0.5
        Probability of a zero.
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Set numbers to zero at random in training, and scale up the others.

    Parameters
    ----------
    p : float, default: 0.5
        Probability of a zero.
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """Set whole channels of ``(N, C, L)`` to zero at random in training.

    Parameters
    ----------
    p : float, default: 0.5
        Probability of a zero.
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """Set whole channels of ``(N, C, H, W)`` to zero at random in training.

    Parameters
    ----------
    p : float, default: 0.5
        Probability of a zero.
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """Set whole channels of ``(N, C, D, H, W)`` to zero at random in training.

    Parameters
    ----------
    p : float, default: 0.5
        Probability of a zero.
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Dropout that keeps mean and variance of SELU's outputs.

    Parameters
    ----------
    p : float, default: 0.5
        Probability of a zero.
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_DropoutNd):
    """Alpha dropout of whole channels.

    Parameters
    ----------
    p : float, default: 0.5
        Probability of a zero.
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
