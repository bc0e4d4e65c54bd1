"""Covariances and correlations of variables in rows."""

import numpy as np

from ..core.warn import warn
from .namespaces import T as traced
from .registry import composite


def check_weights(name, weights, count, integral):
    """Raise PyTorch's error unless weights fit the observations."""
    if weights.ndim > 1:
        raise RuntimeError(f"cov(): expected {name} to have one or fewer dimensions")
    if (weights._array.dtype.kind in "iu") != integral:
        kind = "integral" if integral else "floating point"
        raise RuntimeError(f"cov(): expected {name} to have {kind} dtype")
    if weights._array.size != count:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input"
        )
    if weights._array.size and weights._array.min() < 0:
        raise RuntimeError(f"cov(): {name} cannot be negative")


@composite(functions="cov", methods="cov")
def cov(self, *, correction=1, fweights=None, aweights=None):
    """Return the covariances of variables in rows.

    Parameters
    ----------
    self : Tensor of at most two dimensions
        A row for each variable, a column for each observation.
    correction : int, default 1
        Subtracted from the number of observations.
    fweights : Tensor of int, optional
        How often each observation occurred.
    aweights : Tensor, optional
        How much each observation counts.

    Returns
    -------
    Tensor
    """
    if self.ndim > 2:
        raise RuntimeError(
            "cov(): expected input to have two or fewer dimensions but got an input with "
            f"{self.ndim} dimensions"
        )
    if self._array.dtype.kind == "b":
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = traced.view(self, (1, -1)) if self.ndim < 2 else self
    count = rows.shape[1]
    weight = None
    if fweights is not None:
        check_weights("fweights", fweights, count, True)
        weight = fweights
    if aweights is not None:
        check_weights("aweights", aweights, count, False)
        weight = aweights if weight is None else weight * aweights
    kind = rows._array.dtype if rows._array.dtype.kind in "fc" else np.dtype(np.int64)
    if weight is None:
        total = traced.constant(np.asarray(count, kind))
        mean = traced.sum_dim(rows, (1,), False) / total
    else:
        total = traced.sum_all(weight)
        mean = traced.sum_dim(rows * weight, (1,), False) / total
    if aweights is None:
        factor = total - correction
    elif correction != 0:
        factor = total - traced.mul_scalar(traced.sum_all(weight * aweights), correction) / total
    else:
        factor = total
    if float(factor._array.real) <= 0:
        warn(
            "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number "
            "of observations.",
        )
        factor = traced.constant(np.zeros_like(factor._array))
    centred = rows - traced.unsqueeze(mean, 1)
    other = centred if weight is None else centred * weight
    product = traced.mm(centred, traced.conj(traced.t(other)))
    if rows.shape[0] == 1 and product.is_complex():  # a variance has no imaginary part
        length = traced.real(product)
        product = traced.complex(length, traced.constant(np.zeros_like(length._array)))
    return traced.squeeze_all(product / factor)


@composite(functions="corrcoef", methods="corrcoef")
def corrcoef(self):
    """Return the correlations of variables in rows.

    Parameters
    ----------
    self : Tensor of at most two dimensions

    Returns
    -------
    Tensor
    """
    if self.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with "
            f"{self.ndim} dimensions"
        )
    whole = cov(self)
    if whole.ndim == 0:
        return whole / whole
    variances = traced.diagonal(whole)
    if whole.is_complex():
        variances = traced.select(traced.view_as_real(variances), -1, 0)
    spread = traced.sqrt(variances)
    whole = whole / traced.view(spread, (-1, 1)) / traced.view(spread, (1, -1))
    if whole.is_complex():
        parts = (traced.select(traced.view_as_real(whole), -1, i) for i in (0, 1))
        return traced.complex(*(traced.clamp_scalar(part, -1, 1) for part in parts))
    return traced.clamp_scalar(whole, -1, 1)
