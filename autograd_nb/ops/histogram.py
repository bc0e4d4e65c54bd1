"""Counting elements in bins of one or several dimensions."""

from __future__ import annotations

import math

import numpy as np

from ..core.tensor import Tensor, wrap
from . import kinds
from .registry import composite, return_types

_ONE = return_types.make("histogram", ["hist", "bin_edges"])
_MANY = return_types.make("histogramdd", ["hist", "bin_edges"])


def _edges(values, bins, range, kind):
    """Return the edges of bins of equal width."""
    if range is None:
        low, high = (values.min(), values.max()) if values.size else (0.0, 1.0)
    else:
        low, high = range
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"histogramdd(): dimension 0's range [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError("torch.histogramdd: min should not exceed max for dimension 0")
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1).astype(kind)


def _checked(self, what):
    kinds.only("f", what, self._array)
    if self._array.dtype == np.float16:
        raise NotImplementedError(f"\"{what}\" not implemented for 'Half'")


def _weights(weight, count):
    return None if weight is None else np.asarray(weight._array, float).reshape(count)


@composite(methods="histogram", functions="histogram")
def histogram(self, bins, *, range=None, weight=None, density=False):
    """Count elements in bins.

    Parameters
    ----------
    self : Tensor of any shape
        Real.
    bins : int or Tensor of shape (n + 1,)
        How many bins of equal width, or their edges.
    range : tuple of float, optional
        Lowest and highest edge; the extrema of `self` by default.
    weight : Tensor of the shape of `self`, optional
        What each element counts.
    density : bool, default False
        Scale so that the integral is one.

    Returns
    -------
    return_types.histogram
        `hist` of shape (n,) and `bin_edges` of shape (n + 1,).
    """
    _checked(self, "histogramdd")
    values, kind = np.asarray(self._array).ravel(), self._array.dtype
    if isinstance(bins, Tensor):
        edges = bins._array.astype(kind)
    else:
        if bins <= 0:
            raise RuntimeError(
                f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0"
            )
        edges = _edges(values, bins, range, kind)
    found, _ = np.histogram(values, edges, weights=_weights(weight, values.size), density=density)
    return _ONE((wrap(found.astype(kind)), wrap(edges)))


@composite(functions="histogramdd")
def histogramdd(self, bins, *, range=None, weight=None, density=False):
    """Count points in bins of several dimensions.

    Parameters
    ----------
    self : Tensor of shape (..., D)
        Points.
    bins : int, tuple of int, or tuple of Tensor
        How many bins of equal width in each dimension, or their edges.
    range : tuple of float, optional
        Lowest and highest edge of each dimension, one after the other.
    weight : Tensor of shape (...), optional
        What each point counts.
    density : bool, default False
        Scale so that the integral is one.

    Returns
    -------
    return_types.histogramdd
        `hist` of D dimensions and the tuple `bin_edges`.
    """
    _checked(self, "histogramdd")
    if self.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    kind, depth = self._array.dtype, self.shape[-1]
    points = self._array.reshape(-1, depth)
    bins = (bins,) * depth if isinstance(bins, (int, Tensor)) else tuple(bins)
    if len(bins) != depth:
        raise RuntimeError(
            "histogramdd: The size of bins must be equal to the innermost dimension of the input."
            if all(isinstance(n, int) for n in bins)
            else f"torch.histogramdd: expected {depth} sequences of bin edges for a "
            f"{depth}-dimensional histogram but got {len(bins)}"
        )
    edges = []
    for i, spec in enumerate(bins):
        if isinstance(spec, Tensor):
            edges.append(spec._array.astype(kind))
        else:
            here = None if range is None else (range[2 * i], range[2 * i + 1])
            edges.append(_edges(points[:, i], spec, here, kind))
    weights = _weights(weight, len(points))
    found, _ = np.histogramdd(points, edges, weights=weights, density=density)
    return _MANY((wrap(found.astype(kind)), tuple(wrap(e) for e in edges)))
