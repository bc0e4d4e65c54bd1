"""Activations as layers; those of straight pieces and softmax have files of their own."""

from __future__ import annotations

from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn.module import Module
from autograd_nb.nn.parameter import Parameter
from autograd_nb.ops.namespaces import T

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "LeakyReLU",
    "LogSigmoid",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "SELU",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Softsign",
    "Tanh",
    "Tanhshrink",
]


class ReLU(Module):
    """Replace negative numbers by zero.

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
        return F.relu(input, inplace=self.inplace)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return "inplace=True" if self.inplace else ""


class LeakyReLU(Module):
    """Multiply negative numbers by a small slope.

    Parameters
    ----------
    negative_slope : float, default: 0.01
        Slope for negative numbers.
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """Show the arguments."""
        inplace = ", inplace=True" if self.inplace else ""
        return f"negative_slope={self.negative_slope}{inplace}"


class RReLU(Module):
    """Multiply negative numbers by a slope that is random in training.

    Parameters
    ----------
    lower : float, default: 1.0 / 8
        Lower bound of the slope.
    upper : float, default: 1.0 / 3
        Upper bound of the slope.
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def __init__(
        self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False
    ) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """Show the arguments."""
        inplace = ", inplace=True" if self.inplace else ""
        return f"lower={self.lower}, upper={self.upper}{inplace}"


class ELU(Module):
    """Bend negative numbers exponentially towards ``-alpha``.

    Parameters
    ----------
    alpha : float, default: 1.0
        Limit for large negative numbers.
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """Show the arguments."""
        inplace = ", inplace=True" if self.inplace else ""
        return f"alpha={self.alpha}{inplace}"


class CELU(Module):
    """ELU with a continuous derivative for every ``alpha``.

    Parameters
    ----------
    alpha : float, default: 1.0
        Limit for large negative numbers.
    inplace : bool, default: False
        Whether the input is overwritten.
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """Show the arguments."""
        inplace = ", inplace=True" if self.inplace else ""
        return f"alpha={self.alpha}{inplace}"


class SELU(Module):
    """Scaled ELU that keeps mean 0 and variance 1.

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
        return F.selu(input, self.inplace)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return "inplace=True" if self.inplace else ""


class GELU(Module):
    """Multiply by the standard normal distribution function.

    Parameters
    ----------
    approximate : str, default: "none"
        ``"none"`` or ``"tanh"``.
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """Multiply by the sigmoid.

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
        return F.silu(input, inplace=self.inplace)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return "inplace=True" if self.inplace else ""


class Mish(Module):
    """Multiply by tanh of softplus.

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
        return F.mish(input, inplace=self.inplace)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return "inplace=True" if self.inplace else ""


class Sigmoid(Module):
    """Apply ``1 / (1 + exp(-x))``."""

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.sigmoid(input)


class Tanh(Module):
    """Apply the hyperbolic tangent."""

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.tanh(input)


class LogSigmoid(Module):
    """Apply the logarithm of the sigmoid."""

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.logsigmoid(input)


class Tanhshrink(Module):
    """Subtract the hyperbolic tangent."""

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.tanhshrink(input)


class Softsign(Module):
    """Apply ``x / (1 + |x|)``."""

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.softsign(input)


class Softplus(Module):
    """A smooth form of ReLU.

    Parameters
    ----------
    beta : float, default: 1.0
        Sharpness.
    threshold : float, default: 20.0
        Above ``threshold / beta`` the function is linear.
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"beta={self.beta}, threshold={self.threshold}"


class GLU(Module):
    """Multiply one half of the input by the sigmoid of the other.

    Parameters
    ----------
    dim : int, default: -1
        The dimension that is halved.
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"dim={self.dim}"


class PReLU(Module):
    """Leaky ReLU whose slope is learned.

    Parameters
    ----------
    num_parameters : int, default: 1
        One slope for all, or one per channel.
    init : float, default: 0.25
        First value of the slope.
    """

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(T.full((num_parameters,), init, dtype=dtype))

    def reset_parameters(self) -> None:
        """Give the slope its first value again."""
        from autograd_nb.nn import init

        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"num_parameters={self.num_parameters}"
