"""Division in all its forms: true, floor, truncating."""

from __future__ import annotations

import numpy as np

from autograd_nb.core import modes
from autograd_nb.ops import kinds
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.pointwise import filled
from autograd_nb.ops.registry import Sample, T, composite, op


@op(
    node="DivBackward1",
    kind="linear",
    pointwise=True,
    promote="self other",
    to_float=True,
    public=False,
)
class div_scalar:
    r"""Divide by a number, as PyTorch's composed ops do.

    Parameters
    ----------
    self : Tensor of any shape
        Dividend.
    other : number
        Divisor.

    Notes
    -----
    .. math:: grad_{self} = g / \overline{other}
    """

    def forward(self, other):
        return self / other

    def vjp_self(F, grad_output, other):
        return grad_output / F.conj(other)

    scalars = "other"
    torch_name = None
    samples = [Sample(T(3), 2.0)]


@op(
    node="DivBackward0",
    kind="elementwise",
    promote="self other",
    to_float=True,
    methods="true_divide __truediv__",
    functions="true_divide",
    inplace=True,
)
class true_divide:
    r"""Divide elementwise; integers are divided as floating point numbers.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Dividend and divisor.

    Notes
    -----
    .. math::

        grad_{self} = g / \overline{other},\quad
        grad_{other} = -g\,\overline{(self / other) / other}
    """

    def forward(self, other):
        return self / other

    def vjp_self(F, grad_output, other):
        return grad_output / F.conj(other)

    def vjp_other(F, grad_output, self, other):
        return -grad_output * F.conj((self / other) / other)

    ufunc = np.divide
    in_formula = "div_scalar"
    samples = [
        Sample(T(3, 4), T(4, low=0.5, high=2)),
        Sample(T(3), 2),
        Sample(T(), T(2, low=0.5, high=2)),
        Sample(T(0), T(1)),
        Sample(T(3, dtype="complex128"), T(3, dtype="complex128", low=0.5, high=2)),
        Sample(T(3, dtype="int64"), T(3, dtype="int64", low=1, high=9)),
    ]


def refuse_zero(self, other):
    """Raise PyTorch's error of integers divided by zero."""
    if kinds.dtype_of(self).kind in "iu" and not np.all(other):
        raise RuntimeError("ZeroDivisionError")


def _divide_floor(self, other):
    kinds.only("uif", "div_floor_cpu", self)
    refuse_zero(self, other)
    return np.floor_divide(self, other)


def _divide_trunc(self, other):
    kinds.only("uif", "div_trunc_cpu", self)
    refuse_zero(self, other)
    if kinds.dtype_of(self).kind == "f":
        return np.trunc(self / other)
    quotient = self // other
    towards_zero = (self % other != 0) & ((self < 0) != (other < 0))
    return quotient + towards_zero.astype(quotient.dtype)


_ROUNDED = {"floor": _divide_floor, "trunc": _divide_trunc}


@op(
    node="DivBackward2",
    kind="elementwise",
    promote="self other",
    public=False,
    inplace=True,
)
class div_rounded:
    r"""Divide elementwise and round the quotient.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Dividend and divisor.
    rounding_mode : {'floor', 'trunc'}
        Direction of rounding.

    Notes
    -----
    The quotient is constant between its jumps: both gradients are zero.
    """

    def forward(self, other, *, rounding_mode):
        try:
            divide = _ROUNDED[rounding_mode]
        except KeyError:
            raise RuntimeError(
                "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
                f"'{rounding_mode}'"
            ) from None
        return divide(self, other)

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    def vjp_other(F, grad_output, other_shape, other_dtype):
        return F.zeros(other_shape, other_dtype)

    torch_name = "div"
    samples = [
        Sample(T(3, 4), T(4, low=0.5, high=2), rounding_mode="floor"),
        Sample(T(3), 0.3, rounding_mode="trunc"),
        Sample(
            T(5, dtype="int64", low=-9, high=9),
            T(5, dtype="int64", low=1, high=4),
            rounding_mode="trunc",
        ),
        Sample(T(5, dtype="int64", low=-9, high=9), -2, rounding_mode="trunc"),
        Sample(T(5, dtype="int64", low=-9, high=9), -2, rounding_mode="floor"),
    ]
    keeps = "rounding_mode"
    error_samples = [Sample(T(2), 2, rounding_mode="up")]


@composite(methods="div divide", functions="div divide")
def div(self, other, *, rounding_mode=None):
    """Divide elementwise.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Dividend and divisor.
    rounding_mode : {None, 'floor', 'trunc'}, default None
        None is true division; else the quotient is rounded in that direction.

    Returns
    -------
    Tensor
        The quotient; floating point for true division of integers.

    Examples
    --------
    >>> torch.div(torch.tensor([7, -7]), 2, rounding_mode='trunc')
    tensor([ 3, -3])
    """
    if rounding_mode is None:
        return traced.true_divide(self, other)
    return traced.div_rounded(self, other, rounding_mode=rounding_mode)


@composite(methods="div_ divide_")
def div_(self, other, *, rounding_mode=None):
    """Divide in place; see `div`.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Dividend and divisor.
    rounding_mode : {None, 'floor', 'trunc'}, default None
        None is true division; else the quotient is rounded in that direction.

    Returns
    -------
    Tensor
        `self`.
    """
    if rounding_mode is None:
        return traced.true_divide_(self, other)
    return traced.div_rounded_(self, other, rounding_mode=rounding_mode)


@composite(methods="__rtruediv__ __rdiv__")
def rtruediv(self, other):
    """Divide a number by the tensor: the number times the reciprocal.

    Parameters
    ----------
    self : Tensor of any shape
        Divisor.
    other : number
        Dividend.

    Returns
    -------
    Tensor
        ``other / self``.
    """
    if modes.state.formula:
        return traced.true_divide(filled(other, self), self)
    return traced.reciprocal(self) * other


def not_differentiable(name):
    """Return a derivative that says that there is none."""

    def vjp(F, grad_output):
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return vjp


@op(
    node="torch::autograd::NotImplemented",
    kind="elementwise",
    promote="self other",
    methods="floor_divide __floordiv__",
    functions="floor_divide",
    inplace=True,
)
class floor_divide:
    """Divide elementwise and round towards minus infinity.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Dividend and divisor.

    Notes
    -----
    PyTorch has no derivative for it: backward raises. ``div(rounding_mode='floor')`` has one.
    """

    def forward(self, other):
        return _divide_floor(self, other)

    vjp_self = not_differentiable("floor_divide")
    vjp_other = not_differentiable("floor_divide")
    differentiable_samples = False
    samples = [
        Sample(T(3, 4), T(4, low=0.5, high=2)),
        Sample(T(3), 0.25),
        Sample(T(4, dtype="int64", low=-9, high=9), 2),
    ]
    error_samples = [Sample(T(2, dtype="int64"), 0)]


@op(
    node="torch::autograd::NotImplemented",
    kind="elementwise",
    promote="self other",
    public=False,
)
class floor_divide_number:
    """Divide a number by a tensor and round towards minus infinity.

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
        return _divide_floor(self, other)

    vjp_other = not_differentiable("floor_divide")
    torch_name = "floor_divide"
    samples = [Sample(7.5, T(3, low=0.5, high=2)), Sample(7, T(3, dtype="int64", low=1, high=4))]


@composite(methods="__rfloordiv__")
def rfloordiv(self, other):
    """Divide a number by the tensor, rounding towards minus infinity.

    Parameters
    ----------
    self : Tensor of any shape
        Divisor.
    other : number
        Dividend.

    Returns
    -------
    Tensor
        ``other // self``.
    """
    return traced.floor_divide_number(other, self)
