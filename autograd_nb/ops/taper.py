"""Windows of signal processing: hann, hamming, blackman, bartlett, kaiser."""

from __future__ import annotations

import numpy as np

from ..core.device import check_device
from .create import finish, numpy_dtype
from .registry import composite


def _window(name, length, periodic, shape, options):
    """Return a window, computed in its own dtype."""
    if length < 0:
        raise RuntimeError(
            f"{name} requires non-negative window_length, got window_length={length}"
        )
    kind = numpy_dtype(options.get("dtype"))
    if kind.kind not in "f":
        names = {"int64": "long int", "int32": "int", "bool": "bool"}
        raise RuntimeError(
            f"{name} expects floating point dtypes, got: TensorOptions(dtype="
            f"{names.get(kind.name, kind.name)}, device=cpu, layout=Strided (default), "
            "requires_grad=false (default), pinned_memory=false, memory_format=(nullopt))"
        )
    check_device(options.get("device"))
    if length == 0:
        array = np.empty(0, kind)
    elif length == 1:
        array = np.ones(1, kind)
    else:
        points = length + 1 if periodic else length
        array = shape(np.arange(points).astype(kind), points, kind.type)[:length]
    return finish(np.ascontiguousarray(array).astype(kind), options.get("requires_grad", False))


def _cosine(n, points, one, alpha, beta):
    return np.cos(n * one(2 * np.pi / (points - 1))) * one(-beta) + one(alpha)


@composite(functions="hamming_window")
def hamming_window(window_length, periodic=True, alpha=0.54, beta=0.46, **options):
    """Return Hamming's window, ``alpha - beta cos(2 pi n / N)``.

    Parameters
    ----------
    window_length : int
        How many points.
    periodic : bool, default True
        Leave the last point out, so that copies join.
    alpha, beta : float
        The weights.
    **options
        `dtype`, `device`, `requires_grad`.

    Returns
    -------
    Tensor
        Shape (window_length,).
    """

    def shape(n, points, one):
        return _cosine(n, points, one, alpha, beta)

    return _window("hamming_window", window_length, periodic, shape, options)


@composite(functions="hann_window")
def hann_window(window_length, periodic=True, **options):
    """Return Hann's window, ``0.5 - 0.5 cos(2 pi n / N)``.

    Parameters
    ----------
    window_length : int
        How many points.
    periodic : bool, default True
        Leave the last point out, so that copies join.
    **options
        `dtype`, `device`, `requires_grad`.

    Returns
    -------
    Tensor
        Shape (window_length,).
    """

    def shape(n, points, one):
        return _cosine(n, points, one, 0.5, 0.5)

    return _window("hann_window", window_length, periodic, shape, options)


@composite(functions="blackman_window")
def blackman_window(window_length, periodic=True, **options):
    """Return Blackman's window, ``0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N)``.

    Parameters
    ----------
    window_length : int
        How many points.
    periodic : bool, default True
        Leave the last point out, so that copies join.
    **options
        `dtype`, `device`, `requires_grad`.

    Returns
    -------
    Tensor
        Shape (window_length,).
    """

    def shape(n, points, one):
        angle = n * one(np.pi / (points - 1))
        fine, coarse = np.cos(angle * one(4)), np.cos(angle * one(2))
        return fine * one(0.08) - coarse * one(0.5) + one(0.42)

    return _window("blackman_window", window_length, periodic, shape, options)


@composite(functions="bartlett_window")
def bartlett_window(window_length, periodic=True, **options):
    """Return Bartlett's window, a triangle.

    Parameters
    ----------
    window_length : int
        How many points.
    periodic : bool, default True
        Leave the last point out, so that copies join.
    **options
        `dtype`, `device`, `requires_grad`.

    Returns
    -------
    Tensor
        Shape (window_length,).
    """

    def shape(n, points, one):
        rise = n * one(2.0 / (points - 1))
        return np.where(n <= (points - 1) >> 1, rise, one(2) - rise)

    return _window("bartlett_window", window_length, periodic, shape, options)


@composite(functions="kaiser_window")
def kaiser_window(window_length, periodic=True, beta=12.0, **options):
    """Return Kaiser's window, of the modified Bessel function of order 0.

    Parameters
    ----------
    window_length : int
        How many points.
    periodic : bool, default True
        Leave the last point out, so that copies join.
    beta : float, default 12
        How narrow it is.
    **options
        `dtype`, `device`, `requires_grad`.

    Returns
    -------
    Tensor
        Shape (window_length,).
    """

    def shape(n, points, one):
        place = 2.0 * n.astype(float) / (points - 1) - 1
        return np.i0(beta * np.sqrt(np.maximum(0, 1 - place**2))) / np.i0(float(beta))

    return _window("kaiser_window", window_length, periodic, shape, options)
