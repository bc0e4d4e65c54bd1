"""Rounding to integers and to decimals, and what it leaves over."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops import kinds
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op


def _rounded(name, ufunc, self):
    kind = kinds.dtype_of(self).kind
    if kind == "c" and name != "round":
        raise NotImplementedError(f"{name} is not supported for complex inputs")
    kinds.only("uif", f"{name}_vml_cpu", self)
    return ufunc(self) if kind == "f" else self.copy()


@op(node="FloorBackward0", kind="elementwise", methods="floor", functions="floor", inplace=True)
class floor:
    r"""Largest integer not above each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex; integers stay as they are.

    Notes
    -----
    Constant between its jumps: the gradient is zero.
    """

    def forward(self):
        return _rounded("floor", np.floor, self)

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    samples = [Sample(T(3, 4, low=-3, high=3)), Sample(T()), Sample(T(3, dtype="int64"))]
    error_samples = [Sample(T(2, dtype="bool")), Sample(T(2, dtype="complex64"))]


@op(node="CeilBackward0", kind="elementwise", methods="ceil", functions="ceil", inplace=True)
class ceil:
    r"""Smallest integer not below each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex; integers stay as they are.

    Notes
    -----
    Constant between its jumps: the gradient is zero.
    """

    def forward(self):
        return _rounded("ceil", np.ceil, self)

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    samples = [Sample(T(3, 4, low=-3, high=3)), Sample(T()), Sample(T(3, dtype="int64"))]
    error_samples = [Sample(T(2, dtype="bool")), Sample(T(2, dtype="complex64"))]


@op(
    node="TruncBackward0",
    kind="elementwise",
    methods="trunc fix",
    functions="trunc fix",
    inplace=True,
)
class trunc:
    r"""Integer part of each element, towards zero.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex; integers stay as they are.

    Notes
    -----
    Constant between its jumps: the gradient is zero.
    """

    def forward(self):
        return _rounded("trunc", np.trunc, self)

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    samples = [Sample(T(3, 4, low=-3, high=3)), Sample(T()), Sample(T(3, dtype="int64"))]
    error_samples = [Sample(T(2, dtype="bool")), Sample(T(2, dtype="complex64"))]


@op(node="RoundBackward0", kind="elementwise", public=False, inplace=True)
class round_half_even:
    r"""Nearest integer to each element, the even one at a tie.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex; integers stay as they are.

    Notes
    -----
    Constant between its jumps: the gradient is zero.
    """

    def forward(self):
        return _rounded("round", np.rint, self)

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    torch_name = "round"
    samples = [Sample(T(3, 4, low=-3, high=3)), Sample(T()), Sample(T(3, dtype="int64"))]
    error_samples = [Sample(T(2, dtype="bool")), Sample(T(2, dtype="complex64"))]


@op(node="RoundBackward1", kind="elementwise", public=False, inplace=True)
class round_decimals:
    r"""Nearest decimal number to each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex.
    decimals : int
        Digits after the point; negative ones round to tens, hundreds, and so on.

    Notes
    -----
    Constant between its jumps: the gradient is zero.
    """

    def forward(self, *, decimals):
        if kinds.dtype_of(self).kind == "c":
            raise NotImplementedError("round is not supported for complex inputs")
        if kinds.dtype_of(self).kind != "f":
            raise NotImplementedError(
                f"\"round_cpu\" not implemented for '{kinds.scalar_type(self)}'"
            )
        ten = self.dtype.type(10.0 ** abs(decimals))
        return np.rint(self * ten) / ten if decimals > 0 else np.rint(self / ten) * ten

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    torch_name = "round"
    samples = [Sample(T(3, 4), decimals=1), Sample(T(3, low=-300, high=300), decimals=-2)]


@composite(methods="round", functions="round")
def round(self, *, decimals=None):
    """Round each element to the nearest integer or decimal, the even one at a tie.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex.
    decimals : int, optional
        Digits after the point, none by default.

    Returns
    -------
    Tensor
        Of the same dtype.

    Examples
    --------
    >>> torch.round(torch.tensor([0.5, 1.5, -2.7]))
    tensor([ 0.,  2., -3.])
    """
    if decimals is None:
        return traced.round_half_even(self)
    return traced.round_decimals(self, decimals=decimals)


@composite(methods="round_")
def round_(self, *, decimals=None):
    """Round in place; see `round`.

    Parameters
    ----------
    self : Tensor
        Overwritten.
    decimals : int, optional
        Digits after the point, none by default.

    Returns
    -------
    Tensor
        `self`.
    """
    if decimals is None:
        return traced.round_half_even_(self)
    return traced.round_decimals_(self, decimals=decimals)


@op(node="FracBackward0", kind="elementwise", methods="frac", functions="frac", inplace=True)
class frac:
    r"""Fractional part of each element, with its sign.

    Parameters
    ----------
    self : Tensor of any shape
        Input, floating point.

    Notes
    -----
    .. math:: grad_{self} = g
    """

    def forward(self):
        kinds.only("f", "frac_cpu", self)
        return self - np.trunc(self)

    def vjp_self(F, grad_output):
        return grad_output

    samples = [Sample(T(3, 4, low=-3, high=3)), Sample(T())]
    error_samples = [Sample(T(2, dtype="int64"))]
