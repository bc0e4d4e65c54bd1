"""Counting elements in bins of one or several dimensions."""

from __future__ import annotations

import math

import numpy as np

from ..core.tensor import Tensor, wrap
from . import kinds
from .registry import composite, return_types
from .sizes import scalar_type, size_text

_ONE = return_types.make("histogram", ["hist", "bin_edges"])
_MANY = return_types.make("histogramdd", ["hist", "bin_edges"])


_C_NAMES = {"float64": "double", "float32": "float", "float16": "c10::Half", "int64": "long int"}


def _c_name(tensor):
    return _C_NAMES.get(tensor.dtype.numpy.name, tensor.dtype.numpy.name)


def _bounds(values, low, high, name, short, dim):
    """Return the lowest and the highest edge: those asked for, or else those of the data."""
    if low == high and values.size:
        low, high = float(values.min()), float(values.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        which = f"dimension {dim}'s range" if dim is not None else "range of"
        raise RuntimeError(f"{name}: {which} [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError(short.format(low=low, high=high))
    return (low - 1, high + 1) if low == high and dim is None else (low, high)


def _edges(values, bins, range, kind, dim):
    """Return the edges of bins of equal width."""
    if bins <= 0:
        raise RuntimeError(
            f"torch.histogram(): bins must be > 0, but got {bins} for dimension {dim}"
        )
    name = "torch.histogramdd"
    refusal = f"{name}: min should not exceed max, but got min {{low:g}} max {{high:g}}"
    low, high = range or (0.0, 0.0 if values.size else 1.0)
    low, high = _bounds(values, low, high, name, f"{refusal} for dimension {dim}", dim)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1).astype(kind)


def _given_edges(self, bins, dim):
    """Return the edges that were given for one dimension."""
    if bins.dtype is not self.dtype:
        raise RuntimeError(
            "torch.histogramdd: input tensor and bins tensors should have the same dtype, but "
            f"got input with dtype {_c_name(self)} and bins for dimension {dim} with dtype "
            f"{_c_name(bins)}"
        )
    where = f"in the bins tensor for dimension {dim}"
    if bins.ndim != 1:
        raise RuntimeError(
            "torch.histogramdd: bins tensor should have one dimension, but got "
            f"{bins.ndim} dimensions {where}"
        )
    if not len(bins):
        raise RuntimeError(
            "torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements "
            f"{where}"
        )
    return bins._array.copy()


def _checked(self, what):
    kinds.only("f", what, self._array)
    if self._array.dtype == np.float16:
        raise NotImplementedError(f"\"{what}\" not implemented for 'Half'")


def _weights(self, weight, shape, ravelled=False):
    """Return what each point counts; `shape` is that of all coordinates, `ravelled` or not."""
    if weight is None:
        return None
    if weight.dtype is not self.dtype:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor "
            f"should have the same dtype, but got input({_c_name(self)}), and "
            f"weight({_c_name(weight)})"
        )
    flat = (weight._array.size,) if ravelled else weight.shape
    if tuple(flat) != tuple(shape[:-1]):
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the "
            "input tensor excluding its innermost dimension, but got input with shape "
            f"{size_text(shape)} and weight with shape {size_text(flat)}"
        )
    return np.asarray(weight._array, float).reshape(-1)


def _check_range(range, depth):
    if range is not None and len(range) != 2 * depth:
        raise RuntimeError(
            f"torch.histogramdd: for a {depth}-dimensional histogram range should have "
            f"{2 * depth} elements, but got {len(range)}"
        )


def _histogram(points, edges, weights, density):
    """Count points in bins; edges that do not ascend leave nothing between them."""
    if all((np.diff(e) >= 0).all() and len(e) > 1 for e in edges):
        return np.histogramdd(points, edges, weights=weights, density=density)[0]
    return np.zeros([max(len(e) - 1, 0) for e in edges])


@composite(functions="histc", methods="histc")
def histc(self, bins=100, min=0, max=0):
    """Count the entries in bins of equal width.

    Parameters
    ----------
    self : Tensor of floating point numbers
    bins : int, default 100
    min, max : float, default 0
        Range; that of the data if they are equal. Entries outside are not counted.

    Returns
    -------
    Tensor of shape (bins,)
    """
    array = self._array
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    if array.dtype.kind == "c":
        raise NotImplementedError(f"\"aminmax_cpu\" not implemented for '{scalar_type(array)}'")
    short = "torch.histc: max must be larger than min"
    low, high = _bounds(array, float(min), float(max), "torch.histc", short, None)
    kinds.only("f", "histogram_cpu", array)
    inside = array[(array >= low) & (array <= high)].reshape(-1)
    where = ((inside - low) * bins / (high - low)).astype(np.int64)
    counts = np.bincount(np.minimum(where, bins - 1), minlength=bins)
    return wrap(counts.astype(array.dtype))


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
    _check_range(range, 1)
    weights = _weights(self, weight, (values.size, 1), ravelled=True)
    if isinstance(bins, Tensor):
        edges = _given_edges(self, bins, 0)
    else:
        edges = _edges(values, bins, range, kind, 0)
    found = _histogram(values[:, None], [edges], weights, density)
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
    _check_range(range, depth)
    weights = _weights(self, weight, self.shape)
    edges = []
    for i, spec in enumerate(bins):
        if isinstance(spec, Tensor):
            edges.append(_given_edges(self, spec, i))
        else:
            here = None if range is None else (range[2 * i], range[2 * i + 1])
            edges.append(_edges(points[:, i], spec, here, kind, i))
    found = _histogram(points, edges, weights, density)
    return _MANY((wrap(found.astype(kind)), tuple(wrap(e) for e in edges)))
