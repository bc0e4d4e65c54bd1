"""Beside the transforms: frequencies of the points, and putting zero in the middle."""

from __future__ import annotations

import numpy as np

from ..core.device import check_device
from .create import finish, numpy_dtype, sizes
from .namespaces import T as traced
from .registry import composite


def _frequencies(name, make, n, d, options):
    dtype, where = options.pop("dtype", None), options.pop("device", None)
    requires_grad = options.pop("requires_grad", False)
    for ignored in ("layout", "pin_memory"):
        options.pop(ignored, None)
    if options:
        raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(options))}'")
    check_device(where)
    kind = numpy_dtype(dtype)
    if kind.kind not in "fc":
        raise RuntimeError(f"{name} requires a floating point or complex dtype")
    (n,) = sizes((n,), name)
    # PyTorch multiplies in the dtype of the result.
    return finish(make(n).astype(kind) * kind.type(1.0 / (n * d) if n else 0.0), requires_grad)


@composite(functions="fftfreq", namespaces="fft")
def fftfreq(n, d=1.0, **options):
    """Return the frequencies of the points of `fft`: zero, positive, then negative ones.

    Parameters
    ----------
    n : int
        How many points.
    d : float, default 1
        Distance of the samples.
    **options
        `dtype`, `device`, `requires_grad`.

    Returns
    -------
    Tensor
        Shape (n,).
    """

    def make(n):
        count = np.arange(n)
        return np.where(count < (n + 1) // 2, count, count - n)

    return _frequencies("fftfreq", make, n, d, options)


@composite(functions="rfftfreq", namespaces="fft")
def rfftfreq(n, d=1.0, **options):
    """Return the frequencies of the points of `rfft`: zero and the positive ones.

    Parameters
    ----------
    n : int
        How many points the real signal has.
    d : float, default 1
        Distance of the samples.
    **options
        `dtype`, `device`, `requires_grad`.

    Returns
    -------
    Tensor
        Shape (n // 2 + 1,).
    """
    return _frequencies("rfftfreq", lambda n: np.arange(n // 2 + 1), n, d, options)


def _shifted(self, dim, amount):
    dims = tuple(range(self.ndim)) if dim is None else (dim,) if isinstance(dim, int) else dim
    return traced.roll(self, tuple(amount(self.shape[d]) for d in dims), tuple(dims))


@composite(functions="fftshift", namespaces="fft")
def fftshift(self, dim=None):
    """Put the zero frequency in the middle.

    Parameters
    ----------
    self : Tensor
        In the order of `fftfreq`.
    dim : int or tuple of int, optional
        Along which dimensions; all by default.

    Returns
    -------
    Tensor
        Of the same shape.
    """
    return _shifted(self, dim, lambda n: n // 2)


@composite(functions="ifftshift", namespaces="fft")
def ifftshift(self, dim=None):
    """Inverse of `fftshift`.

    Parameters
    ----------
    self : Tensor
        With the zero frequency in the middle.
    dim : int or tuple of int, optional
        Along which dimensions; all by default.

    Returns
    -------
    Tensor
        Of the same shape.
    """
    return _shifted(self, dim, lambda n: (n + 1) // 2)
