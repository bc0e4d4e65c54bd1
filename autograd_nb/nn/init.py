"""Initialisation of parameters, drawing the same numbers as PyTorch for the same seed.

Every function fills a tensor in place, without recording, and returns it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nb.core.modes import no_grad
from autograd_nb.core.tensor import Tensor, wrap
from autograd_nb.ops.namespaces import T

from ..core.warn import warn

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

_UNIT_GAIN = (
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "sigmoid",
)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor by which a nonlinearity asks the weights to be larger.

    Parameters
    ----------
    nonlinearity : str
        Name of the function, for example ``"relu"``.
    param : float, optional
        Negative slope, for ``"leaky_relu"``.  Default: 0.01.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the nonlinearity is unknown or the slope is not a number.
    """
    if nonlinearity in _UNIT_GAIN:
        return 1
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "selu":
        return 3.0 / 4
    if nonlinearity == "leaky_relu":
        if param is None:
            slope = 0.01
        elif isinstance(param, int | float) and not isinstance(param, bool):
            slope = param
        else:
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """Return how many inputs feed, and how many outputs leave, one unit of a weight."""
    shape = tuple(tensor.shape)
    if len(shape) < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
        )
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def _fan(tensor: Tensor, mode: str) -> int:
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return fan_in if mode == "fan_in" else fan_out


_calculate_correct_fan = _fan


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with numbers uniform in ``[a, b)``.

    Parameters
    ----------
    tensor : Tensor
    a, b : float, default: 0 and 1
        Bounds.
    generator : Generator, optional
        Source of the numbers.

    Returns
    -------
    Tensor
        `tensor`.
    """
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with normal numbers.

    Parameters
    ----------
    tensor : Tensor
    mean, std : float, default: 0 and 1
        Mean and standard deviation.
    generator : Generator, optional
        Source of the numbers.

    Returns
    -------
    Tensor
        `tensor`.
    """
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> Tensor:
    """Fill with normal numbers, drawn again until all lie in ``[a, b]``.

    Parameters
    ----------
    tensor : Tensor
    mean, std : float, default: 0 and 1
        Mean and standard deviation before the cut.
    a, b : float, default: -2 and 2
        Bounds.
    generator : Generator, optional
        Source of the numbers.

    Returns
    -------
    Tensor
        `tensor`.
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
        )
    with no_grad():
        return _fill_truncated(tensor, mean, std, a, b, generator)


def _fill_truncated(
    tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any
) -> Tensor:
    """Rejection sampling on whole tensors, consuming the random stream as PyTorch 2.13 does."""

    def below(x: float) -> float:
        return (1.0 + math.erf((x - mean) / std / math.sqrt(2.0))) / 2.0

    if below(b) - below(a) > 0.3:
        # Most normal numbers lie inside: draw everything again, keep what is still missing.
        low = tensor.new_tensor(a).item()
        high = tensor.new_tensor(b).item()
        drawn = tensor.normal_(mean, std, generator=generator)
        outside = (drawn < low) | (drawn > high)
        while outside.any():
            again = T.empty_like(drawn).normal_(mean, std, generator=generator)
            drawn = T.where(outside, again, drawn)
            outside = (drawn < low) | (drawn > high)
    else:
        # Few do: draw uniformly, accept with the density relative to its peak inside.
        nearest = max(a, min(mean, b))
        log_peak = -0.5 * ((nearest - mean) / std) ** 2

        def rejected(values: Tensor) -> Tensor:
            log_density = values.sub(mean).div_(std).pow_(2).mul_(-0.5).sub_(log_peak)
            return T.empty_like(values).uniform_(generator=generator).log_().gt(log_density)

        drawn = tensor.uniform_(a, b, generator=generator)
        pending = rejected(drawn)
        while pending.any():
            candidates = T.empty_like(drawn).uniform_(a, b, generator=generator)
            drawn = T.where(pending, candidates, drawn)
            pending = T.where(pending, rejected(candidates), pending)
    if drawn is not tensor:
        tensor.copy_(drawn)
    return tensor


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with `val`.

    Parameters
    ----------
    tensor : Tensor
    val : float
        The value.

    Returns
    -------
    Tensor
        `tensor`.
    """
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones and return `tensor`."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros and return `tensor`."""
    return constant_(tensor, 0.0)


def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with the identity and return it.

    Raises
    ------
    ValueError
        If `tensor` has not two dimensions.
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with no_grad():
        tensor.copy_(T.eye(*tensor.shape, dtype=tensor.dtype))
    return tensor


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill the weight of a convolution so that it passes its input on.

    Parameters
    ----------
    tensor : Tensor, 3 to 5 dimensions
    groups : int, default: 1
        Groups of the convolution.

    Returns
    -------
    Tensor
        `tensor`.
    """
    shape = tuple(tensor.shape)
    if len(shape) not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if shape[0] % groups != 0:
        raise ValueError("dim 0 must be divisible by groups")
    per_group = shape[0] // groups
    middle = tuple(length // 2 for length in shape[2:])
    with no_grad():
        tensor.zero_()
        for group in range(groups):
            for channel in range(min(per_group, shape[1])):
                tensor[(group * per_group + channel, channel, *middle)] = 1
    return tensor


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Fill uniformly so that variances stay equal forward and backward (Glorot and Bengio).

    Parameters
    ----------
    tensor : Tensor, at least 2 dimensions
    gain : float, default: 1
        See :func:`calculate_gain`.
    generator : Generator, optional
        Source of the numbers.

    Returns
    -------
    Tensor
        `tensor`.
    """
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    std = gain * math.sqrt(2.0 / float(fan_in + fan_out))
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Fill normally so that variances stay equal forward and backward (Glorot and Bengio).

    Parameters
    ----------
    tensor : Tensor, at least 2 dimensions
    gain : float, default: 1
        See :func:`calculate_gain`.
    generator : Generator, optional
        Source of the numbers.

    Returns
    -------
    Tensor
        `tensor`.
    """
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / float(fan_in + fan_out)), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Fill uniformly so that a (leaky) ReLU keeps the variance (He and others).

    Parameters
    ----------
    tensor : Tensor, at least 2 dimensions
    a : float, default: 0
        Negative slope of the leaky ReLU that follows.
    mode : {"fan_in", "fan_out"}, default: "fan_in"
        Whether the variance is kept forward or backward.
    nonlinearity : str, default: "leaky_relu"
        See :func:`calculate_gain`.
    generator : Generator, optional
        Source of the numbers.

    Returns
    -------
    Tensor
        `tensor`.
    """
    if 0 in tensor.shape:
        warn("Initializing zero-element tensors is a no-op")
        return tensor
    std = calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode))
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Fill normally so that a (leaky) ReLU keeps the variance (He and others).

    Parameters
    ----------
    tensor : Tensor, at least 2 dimensions
    a : float, default: 0
        Negative slope of the leaky ReLU that follows.
    mode : {"fan_in", "fan_out"}, default: "fan_in"
        Whether the variance is kept forward or backward.
    nonlinearity : str, default: "leaky_relu"
        See :func:`calculate_gain`.
    generator : Generator, optional
        Source of the numbers.

    Returns
    -------
    Tensor
        `tensor`.
    """
    if 0 in tensor.shape:
        warn("Initializing zero-element tensors is a no-op")
        return tensor
    std = calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode))
    return normal_(tensor, 0.0, std, generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Fill with a (semi) orthogonal matrix.

    Parameters
    ----------
    tensor : Tensor, at least 2 dimensions
        Dimensions from the second on are taken together.
    gain : float, default: 1
        Factor.
    generator : Generator, optional
        Source of the numbers.

    Returns
    -------
    Tensor
        `tensor`.
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.shape[0]
    cols = tensor.numel() // rows
    with no_grad():
        flat = T.empty(rows, cols, dtype=tensor.dtype).normal_(0, 1, generator=generator)
        array = flat._nd()
        q, r = np.linalg.qr(array.T if rows < cols else array)
        # Signs are fixed so that the distribution is uniform over orthogonal matrices.
        q = q * np.sign(np.diag(r))
        tensor.copy_(wrap((q.T if rows < cols else q).reshape(tensor.shape)))
        tensor.mul_(gain)
    return tensor


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Fill a matrix with normal numbers and set a share of each column to zero.

    Parameters
    ----------
    tensor : Tensor, 2 dimensions
    sparsity : float
        Share of zeros in each column.
    std : float, default: 0.01
        Standard deviation of the others.
    generator : Generator, optional
        Source of the numbers.

    Returns
    -------
    Tensor
        `tensor`.
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, cols = tensor.shape
    zeros = math.ceil(sparsity * rows)
    with no_grad():
        tensor.normal_(0, std, generator=generator)
        for col in range(cols):
            order = T.randperm(rows)
            tensor[order[:zeros], col] = 0
    return tensor


def _deprecated(fill: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return `fill` under its name without underscore, which warns."""
    new_name = fill.__name__
    old_name = new_name[:-1]

    def old(*args: Any, **kwargs: Any) -> Tensor:
        warn(
            f"`nn.init.{old_name}` is now deprecated in favor of `nn.init.{new_name}`.",
            FutureWarning,
        )
        return fill(*args, **kwargs)

    old.__name__ = old_name
    old.__doc__ = f"Old name of :func:`{new_name}`."
    return old


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)
