"""`torch.signal.windows`: weights that fade a piece of a signal in and out.

A symmetric window of length M rises and falls within its M points; one that is not, for spectra,
is the first M points of the symmetric window of length M + 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import pi, sqrt
from typing import Any

from autograd_nb.absent import guard
from autograd_nb.core import dtypes
from autograd_nb.core.device import strided
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.registry import FUNCTIONS

__all__ = [
    "bartlett",
    "blackman",
    "cosine",
    "exponential",
    "gaussian",
    "general_cosine",
    "general_hamming",
    "hamming",
    "hann",
    "kaiser",
    "nuttall",
]
_ops = FUNCTIONS["torch"]


def _options(name: str, M: int, given: dict[str, Any]) -> dict[str, Any]:
    """Check what every window is given; return how to make a tensor."""
    unknown = given.keys() - {"dtype", "layout", "device", "requires_grad"}
    if unknown:
        raise TypeError(f"{name}() got an unexpected keyword argument {min(unknown)!r}")
    kind = given.get("dtype") or dtypes.get_default_dtype()
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    layout = given.get("layout", strided)
    if layout is not strided:
        raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
    if kind not in (dtypes.float32, dtypes.float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {kind}")
    return {**given, "dtype": kind}


def _span(M: int, sym: bool) -> int:
    """Return the number of steps from the window's first point to its last one, or round."""
    return M - 1 if sym or M == 1 else M


def exponential(
    M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, **options: Any
) -> Tensor:
    """Return ``exp(-|n - center| / tau)``.

    Parameters
    ----------
    M : int
        Number of points.
    center : float, optional
        Of a window that is not symmetric; the middle by default.
    tau : float, default 1.0
        How slowly it falls.
    sym : bool, default True
        Whether it is symmetric, or for spectra.
    **options
        `dtype`, `device`, `layout`, `requires_grad`.

    Returns
    -------
    Tensor
        Vector of M weights.
    """
    options = _options("exponential", M, options)
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    if M == 0:
        return _ops["empty"]((0,), **options)  # type: ignore[no-any-return]
    if center is None:
        center = _span(M, sym) / 2.0
    rate = 1 / tau
    points = _ops["linspace"](-center * rate, (-center + (M - 1)) * rate, M, **options)
    return (-points.abs()).exp()  # type: ignore[no-any-return]


def cosine(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """Return half a period of the sine.

    Parameters
    ----------
    M : int
        Number of points.
    sym : bool, default True
        Whether it is symmetric, or for spectra.
    **options
        `dtype`, `device`, `layout`, `requires_grad`.

    Returns
    -------
    Tensor
        Vector of M weights.
    """
    options = _options("cosine", M, options)
    if M == 0:
        return _ops["empty"]((0,), **options)  # type: ignore[no-any-return]
    step = pi / (_span(M, sym) + 1)
    points = _ops["linspace"](0.5 * step, (0.5 + (M - 1)) * step, M, **options)
    return points.sin()  # type: ignore[no-any-return]


def gaussian(M: int, *, std: float = 1.0, sym: bool = True, **options: Any) -> Tensor:
    """Return a bell curve.

    Parameters
    ----------
    M : int
        Number of points.
    std : float, default 1.0
        Its width, in points.
    sym : bool, default True
        Whether it is symmetric, or for spectra.
    **options
        `dtype`, `device`, `layout`, `requires_grad`.

    Returns
    -------
    Tensor
        Vector of M weights.
    """
    options = _options("gaussian", M, options)
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    if M == 0:
        return _ops["empty"]((0,), **options)  # type: ignore[no-any-return]
    start, step = -_span(M, sym) / 2.0, 1 / (std * sqrt(2))
    points = _ops["linspace"](start * step, (start + (M - 1)) * step, M, **options)
    return (-(points**2)).exp()  # type: ignore[no-any-return]


def kaiser(M: int, *, beta: float = 12.0, sym: bool = True, **options: Any) -> Tensor:
    """Return Kaiser's window, by Bessel functions.

    Parameters
    ----------
    M : int
        Number of points.
    beta : float, default 12.0
        How much it suppresses beside the main lobe.
    sym : bool, default True
        Whether it is symmetric, or for spectra.
    **options
        `dtype`, `device`, `layout`, `requires_grad`.

    Returns
    -------
    Tensor
        Vector of M weights.
    """
    options = _options("kaiser", M, options)
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    if M < 2:
        return _ops["ones"]((M,), **options)  # type: ignore[no-any-return]
    # In the window's own dtype: the last point must not lie beyond beta by a rounding error.
    width = _ops["tensor"](beta, dtype=options["dtype"])
    end = _ops["minimum"](width, -width + (M - 1) * (2.0 * width / _span(M, sym)))
    points = _ops["linspace"](-width, end, M, **options)
    return (width * width - points**2).sqrt().i0() / width.i0()  # type: ignore[no-any-return]


def bartlett(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """Return a triangle.

    Parameters
    ----------
    M : int
        Number of points.
    sym : bool, default True
        Whether it is symmetric, or for spectra.
    **options
        `dtype`, `device`, `layout`, `requires_grad`.

    Returns
    -------
    Tensor
        Vector of M weights.
    """
    options = _options("bartlett", M, options)
    if M < 2:
        return _ops["ones"]((M,), **options)  # type: ignore[no-any-return]
    end = -1 + (M - 1) * (2 / _span(M, sym))
    return 1 - _ops["linspace"](-1, end, M, **options).abs()  # type: ignore[no-any-return]


def general_cosine(M: int, *, a: Iterable[float], sym: bool = True, **options: Any) -> Tensor:
    """Return a sum of cosines with alternating signs.

    Parameters
    ----------
    M : int
        Number of points.
    a : iterable of float
        Weights of the cosines, the constant first.
    sym : bool, default True
        Whether it is symmetric, or for spectra.
    **options
        `dtype`, `device`, `layout`, `requires_grad`.

    Returns
    -------
    Tensor
        Vector of M weights.
    """
    options = _options("general_cosine", M, options)
    if M < 2:
        return _ops["ones"]((M,), **options)  # type: ignore[no-any-return]
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    if not a:
        raise ValueError("Coefficients cannot be empty")
    points = _ops["linspace"](0, (M - 1) * (2 * pi / _span(M, sym)), M, **options)
    made = {key: value for key, value in options.items() if key != "layout"}
    weights = _ops["tensor"]([(-1) ** i * w for i, w in enumerate(a)], **made)
    order = _ops["arange"](len(weights), **options)
    return (weights.unsqueeze(-1) * (order.unsqueeze(-1) * points).cos()).sum(0)  # type: ignore[no-any-return]


def general_hamming(M: int, *, alpha: float = 0.54, sym: bool = True, **options: Any) -> Tensor:
    """Return a raised cosine.

    Parameters
    ----------
    M : int
        Number of points.
    alpha : float, default 0.54
        The constant; the rest is the cosine's.
    sym : bool, default True
        Whether it is symmetric, or for spectra.
    **options
        `dtype`, `device`, `layout`, `requires_grad`.

    Returns
    -------
    Tensor
        Vector of M weights.
    """
    return general_cosine(M, a=[alpha, 1.0 - alpha], sym=sym, **options)


def _named(name: str, about: str, weights: list[float], complains: str = "general_cosine") -> Any:
    """Return a sum of cosines with known weights."""

    def window(M: int, *, sym: bool = True, **options: Any) -> Tensor:
        options = _options(complains, M, options)
        return general_cosine(M, a=weights, sym=sym, **options)

    window.__name__ = window.__qualname__ = name
    window.__doc__ = f"""Return {about}.

    Parameters
    ----------
    M : int
        Number of points.
    sym : bool, default True
        Whether it is symmetric, or for spectra.
    **options
        `dtype`, `device`, `layout`, `requires_grad`.

    Returns
    -------
    Tensor
        Vector of M weights.
    """
    return window


hamming = _named("hamming", "Hamming's window", [0.54, 0.46])
hann = _named("hann", "Hann's window, a raised cosine that begins with 0", [0.5, 0.5])
blackman = _named("blackman", "Blackman's window", [0.42, 0.5, 0.08], complains="blackman")
nuttall = _named(
    "nuttall", "Nuttall's window of four terms", [0.3635819, 0.4891775, 0.1365995, 0.0106411]
)
__getattr__ = guard(__name__)
