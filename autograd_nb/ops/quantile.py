"""Quantiles, interpolated between sorted elements."""

from __future__ import annotations

import numpy as np

from ..core.tensor import Tensor, wrap
from .namespaces import T as traced
from .registry import composite
from .sizes import wrap_dim

MODES = ("linear", "lower", "higher", "midpoint", "nearest")
DOC = """Return quantiles of all elements, or along one dimension{nan}.

    Parameters
    ----------
    self : Tensor of float32 or float64
        Elements.
    q : float or Tensor of at most one dimension
        Which quantiles, from 0 to 1.
    dim : int, optional
        Along what; all elements by default.
    keepdim : bool, default False
        Keep that dimension, with size 1.
    interpolation : {{"linear", "lower", "higher", "midpoint", "nearest"}}
        What lies between two elements.

    Returns
    -------
    Tensor
        Of the reduced shape; a first dimension holds the quantiles if `q` has one.

    Raises
    ------
    RuntimeError
        If there are no elements, or `q` is out of range or of another dtype.

    Examples
    --------
    >>> torch.{name}(torch.tensor([0., 1., 3.]), 0.5)
    tensor(1.)
    """


def _checked(name, self, q, interpolation):
    """Return the quantiles' places as a tensor, after PyTorch's checks."""
    if isinstance(q, (int, float)):
        if not 0 <= q <= 1:
            raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
        q = wrap(np.asarray(q, self._array.dtype))
    elif not isinstance(q, Tensor):
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got "
            f"(Tensor, {type(q).__name__})"
        )
    if not self.numel():
        raise RuntimeError("quantile() input tensor must be non-empty")
    if q.ndim > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if self._array.dtype not in (np.float32, np.float64):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if self.dtype is not q.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if interpolation not in MODES:
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, "
            f"but got {interpolation}"
        )
    if not np.all((q._array >= 0) & (q._array <= 1)):
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    return q


def _sorted_rows(self, dim, keepdim):
    """Return the elements in order along a last dimension, the others as the result has them."""
    if dim is None or self.ndim == 0:
        rows, kept = self.flatten(), (1,) * self.ndim if keepdim else ()
    else:
        dim, kept = wrap_dim(dim, self.ndim), list(self.shape)
        kept[dim : dim + 1] = [1] if keepdim else []
        rows = self if dim == self.ndim - 1 else self.unsqueeze(-1).transpose(dim, -1)
    rows = rows.sort()[0]
    return traced.view(rows, (*kept, rows.shape[-1]))


def _ranks(rows, q, ignore_nan):
    """Return where the quantiles lie in the sorted rows; a NaN is behind everything."""
    if ignore_nan:
        ranks = q * (rows.isnan().logical_not().sum(-1, keepdim=True) - 1)
        return ranks.masked_fill(ranks < 0, 0)
    last = rows.shape[-1] - 1
    wide = traced.expand(traced.mul_scalar(q, last), (*rows.shape[:-1], q.numel()))
    return wide.masked_fill(rows.isnan().any(-1, keepdim=True), last)


def _quantile(name, self, q, dim, keepdim, interpolation, ignore_nan):
    q = _checked(name, self, q, interpolation)
    rows = _sorted_rows(self, dim, keepdim)
    ranks = _ranks(rows, q, ignore_nan)
    rounding = {"lower": "floor", "higher": "ceil", "nearest": "round"}.get(interpolation)
    if rounding is not None:
        ranks = getattr(ranks, rounding)()
    below = ranks.long()
    found = rows.gather(-1, below)
    if rounding is None:
        linear = interpolation == "linear"
        weights = ranks - below if linear else wrap(np.full_like(ranks._array, 0.5))
        found.lerp_(rows.gather(-1, ranks.detach().ceil().long()), weights)
    if q.ndim:
        found = found.unsqueeze_(0).transpose_(0, -1)
    return found.squeeze_(-1)


def _reduction(name, nan, ignore_nan):
    def function(self, q, dim=None, keepdim=False, *, interpolation="linear"):
        return _quantile(name, self, q, dim, keepdim, interpolation, ignore_nan)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = DOC.format(name=name, nan=nan)
    return composite(methods=name, functions=name)(function)


quantile = _reduction("quantile", "", False)
nanquantile = _reduction("nanquantile", ", NaN left out", True)
