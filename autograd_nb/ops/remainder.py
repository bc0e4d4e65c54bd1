"""The remainder of a division, of the sign of the divisor (remainder) or of the dividend (fmod)."""

from __future__ import annotations

import numpy as np

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import kinds
from autograd_nb.ops.division import not_differentiable, refuse_zero
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op


def _remainder(self, other):
    kinds.only("uif", "remainder_cpu", self)
    refuse_zero(self, other)
    found = np.remainder(self, other)
    if kinds.dtype_of(found).kind == "f":
        # PyTorch corrects C's `fmod`, so that a zero has the sign of the dividend.
        return np.where(found == 0, np.copysign(found, self), found).astype(found.dtype)[()]
    return found


def _fmod(self, other):
    kinds.only("uif", "fmod_cpu", self)
    refuse_zero(self, other)
    return np.fmod(self, other)


@op(node="RemainderBackward0", kind="elementwise", promote="self other", public=False, inplace=True)
class remainder_scalar:
    r"""Remainder of the division by a number, with the sign of the divisor.

    Parameters
    ----------
    self : Tensor of any shape
        Dividend.
    other : number
        Divisor.

    Notes
    -----
    .. math:: grad_{self} = g
    """

    def forward(self, other):
        return _remainder(self, other)

    def vjp_self(F, grad_output):
        return grad_output

    torch_name = "remainder"
    samples = [Sample(T(3, 4), 0.7), Sample(T(4, dtype="int64", low=-9, high=9), 4)]
    error_samples = [Sample(T(2, dtype="int64"), 0), Sample(T(2, dtype="bool"), True)]


@op(node="RemainderBackward1", kind="elementwise", promote="self other", public=False, inplace=True)
class remainder_tensor:
    r"""Remainder of the division, with the sign of the divisor.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Dividend and divisor.

    Notes
    -----
    .. math:: grad_{self} = g,\quad grad_{other} = -g\,\lfloor self / other \rfloor
    """

    def forward(self, other):
        return _remainder(self, other)

    def vjp_self(F, grad_output):
        return grad_output

    def vjp_other(F, grad_output, self, other):
        return -grad_output * F.div_rounded(self, other, rounding_mode="floor")

    torch_name = "remainder"
    samples = [Sample(T(3, 4), T(4, low=0.5, high=2)), Sample(T(), T(2, low=-2, high=-0.5))]


@op(
    node="FmodBackward0",
    kind="elementwise",
    promote="self other",
    strict="self",
    public=False,
    inplace=True,
)
class fmod_scalar:
    r"""Remainder of the division by a number, with the sign of the dividend.

    Parameters
    ----------
    self : Tensor of any shape
        Dividend.
    other : number
        Divisor.

    Notes
    -----
    .. math:: grad_{self} = g
    """

    def forward(self, other):
        return _fmod(self, other)

    def vjp_self(F, grad_output):
        return grad_output

    torch_name = "fmod"
    samples = [Sample(T(3, 4), 0.7), Sample(T(4, dtype="int64", low=-9, high=9), 4)]


@op(
    node="FmodBackward1",
    kind="elementwise",
    promote="self other",
    strict="self",
    public=False,
    inplace=True,
)
class fmod_tensor:
    r"""Remainder of the division, with the sign of the dividend.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Dividend and divisor.

    Notes
    -----
    .. math:: grad_{self} = g,\quad grad_{other} = -g\,\mathrm{trunc}(self / other)
    """

    def forward(self, other):
        return _fmod(self, other)

    def vjp_self(F, grad_output):
        return grad_output

    def vjp_other(F, grad_output, self, other):
        return -grad_output * F.div_rounded(self, other, rounding_mode="trunc")

    torch_name = "fmod"
    samples = [Sample(T(3, 4), T(4, low=0.5, high=2)), Sample(T(), T(2, low=-2, high=-0.5))]


@op(
    node="torch::autograd::NotImplemented",
    kind="elementwise",
    promote="self other",
    public=False,
)
class remainder_number:
    """Remainder of the division of a number by a tensor, with the sign of the tensor.

    Parameters
    ----------
    self : number
        Dividend.
    other : Tensor of any shape
        Divisor.

    Notes
    -----
    PyTorch has no derivative for it: backward raises.
    """

    def forward(self, other):
        return _remainder(self, other)

    vjp_other = not_differentiable("remainder")
    torch_name = "remainder"
    samples = [Sample(7.5, T(3, low=0.5, high=2)), Sample(7, T(3, dtype="int64", low=1, high=4))]


@composite(methods="remainder __mod__", functions="remainder")
def remainder(self, other):
    """Remainder of the division, with the sign of the divisor (Python's ``%``).

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Dividend and divisor.

    Returns
    -------
    Tensor
        ``self - other * floor(self / other)``.

    Examples
    --------
    >>> torch.remainder(torch.tensor([-3., 3.]), 2)
    tensor([1., 1.])
    """
    if not isinstance(other, Tensor):
        return traced.remainder_scalar(self, other)
    if not isinstance(self, Tensor):
        return traced.remainder_number(self, other)
    return traced.remainder_tensor(self, other)


@composite(methods="remainder_ __imod__")
def remainder_(self, other):
    """Remainder in place; see `remainder`.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Dividend and divisor.

    Returns
    -------
    Tensor
        `self`.
    """
    if isinstance(other, Tensor):
        return traced.remainder_tensor_(self, other)
    return traced.remainder_scalar_(self, other)


@composite(methods="__rmod__")
def rmod(self, other):
    """Remainder of a number divided by the tensor.

    Parameters
    ----------
    self : Tensor of any shape
        Divisor.
    other : number
        Dividend.

    Returns
    -------
    Tensor
        ``other % self``.
    """
    return traced.remainder_number(other, self)


@composite(methods="fmod", functions="fmod")
def fmod(self, other):
    """Remainder of the division, with the sign of the dividend (C's ``fmod``).

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Dividend and divisor.

    Returns
    -------
    Tensor
        ``self - other * trunc(self / other)``.

    Examples
    --------
    >>> torch.fmod(torch.tensor([-3., 3.]), 2)
    tensor([-1.,  1.])
    """
    if isinstance(other, Tensor):
        return traced.fmod_tensor(self, other)
    return traced.fmod_scalar(self, other)


@composite(methods="fmod_")
def fmod_(self, other):
    """Remainder in place; see `fmod`.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Dividend and divisor.

    Returns
    -------
    Tensor
        `self`.
    """
    if isinstance(other, Tensor):
        return traced.fmod_tensor_(self, other)
    return traced.fmod_scalar_(self, other)
