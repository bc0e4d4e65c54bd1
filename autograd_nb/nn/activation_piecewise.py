"""Activations of straight pieces: clipped, shrunk, cut off."""

from __future__ import annotations

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn.module import Module

__all__ = [
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "ReLU6",
    "Softshrink",
    "Threshold",
]


class ReLU6(Module):
    """Clamp to the interval from 0 to 6.

    Parameters
    ----------
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.relu6(input, inplace=self.inplace)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return "inplace=True" if self.inplace else ""


class Hardtanh(Module):
    """Clamp to an interval.

    Parameters
    ----------
    min_val : float, default: -1.0
        Lower end.
    max_val : float, default: 1.0
        Upper end.
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        """Show the arguments."""
        inplace = ", inplace=True" if self.inplace else ""
        return f"min_val={self.min_val}, max_val={self.max_val}{inplace}"


class Hardsigmoid(Module):
    """A piecewise linear sigmoid.

    Parameters
    ----------
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.hardsigmoid(input, self.inplace)


class Hardswish(Module):
    """A piecewise form of SiLU.

    Parameters
    ----------
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.hardswish(input, self.inplace)


class Hardshrink(Module):
    """Set numbers near zero to zero.

    Parameters
    ----------
    lambd : float, default: 0.5
        Half-width of the zero interval.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"{self.lambd}"


class Softshrink(Module):
    """Move numbers towards zero by a constant.

    Parameters
    ----------
    lambd : float, default: 0.5
        The constant.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return str(self.lambd)


class Threshold(Module):
    """Replace numbers that are not above a threshold.

    Parameters
    ----------
    threshold : float
        The threshold.
    value : float
        The replacement.
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        """Show the arguments."""
        inplace = ", inplace=True" if self.inplace else ""
        return f"threshold={self.threshold}, value={self.value}{inplace}"
