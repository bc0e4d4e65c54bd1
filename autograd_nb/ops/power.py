"""Powers and roots."""

from __future__ import annotations

import cmath

import numpy as np

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import kinds
from autograd_nb.ops.logistic import inverse
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op

_INTEGERS = "ui"
_RANK = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


def _number_dtype(self, number):
    """Return the dtype of an array combined with a Python number of a higher category."""
    own, other = kinds.dtype_of(self), kinds.dtype_of(number)
    if _RANK[own.kind] >= _RANK[other.kind]:
        return own
    return np.result_type(own, np.complex64) if own.kind + other.kind == "fc" else other


def _with_number(self, number):
    dtype = _number_dtype(self, number)
    return self if self.dtype == dtype else self.astype(dtype)


def raised(self, exponent):
    """Return an array to the power of a number, by multiplication where that is exact and fast."""
    if exponent == 2:
        return self * self
    if exponent == 1:
        return self.copy()
    if exponent == 3:
        return self * self * self
    if self.dtype.kind in "fc":
        if exponent == 0.5:
            return np.sqrt(self)
        if exponent == -1:
            return inverse(self)
        if exponent == -0.5:
            return inverse(np.sqrt(self))
        if exponent == -2:
            return inverse(self * self)
    elif exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return np.power(self, exponent, dtype=self.dtype)


def integer_power(base, exponent):
    """Return integers to integer powers; where the exponent is negative only 1 and -1 survive."""
    negative = exponent < 0
    if not np.any(negative):
        return np.power(base, exponent)
    result = np.power(base, np.where(negative, 0, exponent))
    odd = np.where(exponent % 2, -1, 1)
    survivors = np.where(base == 1, 1, np.where(base == -1, odd, 0))
    return np.where(negative, survivors, result).astype(result.dtype)[()]


@op(node="PowBackward0", kind="elementwise", public=False, inplace=True)
class pow_scalar:
    r"""Raise to the power of a number.

    Parameters
    ----------
    self : Tensor of any shape
        Base.
    exponent : number
        Exponent.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{exponent \cdot self^{exponent - 1}}

    and zero for exponent 0.
    """

    def forward(self, exponent):
        return raised(_with_number(self, exponent), exponent)

    def vjp_self(F, grad_output, self, self_shape, self_dtype, exponent):
        if exponent == 0:
            return F.zeros(self_shape, self_dtype)
        # Short cuts for arrays only: on tensors they would be another graph than PyTorch's.
        if exponent == 2 and not F.is_traced:
            return grad_output * F.conj(self + self)
        if exponent == 1 and not F.is_traced:
            return grad_output
        slope = F.pow_scalar(self, exponent - 1)
        slope = F.mul_scalar(slope, exponent) if F.is_traced else slope * exponent
        return grad_output * F.conj(slope)

    torch_name = "pow"
    samples = [
        Sample(T(3, 4), 2),
        Sample(T(3, 4), 3),
        Sample(T(3), 0),
        Sample(T(3), 1),
        Sample(T(), 4),
        Sample(T(3, low=0.5, high=2), 0.5),
        Sample(T(3, low=0.5, high=2), -0.5),
        Sample(T(3, low=0.5, high=2), -1),
        Sample(T(3, low=0.5, high=2), -2),
        Sample(T(3, low=0.5, high=2), 2.7),
        Sample(T(3, dtype="complex128"), 2.5),
        Sample(T(3, low=0.5, high=2), 1 + 1j),
        Sample(T(3, dtype="int64"), 3),
        Sample(T(3, dtype="int64", low=1, high=4), 0.5),
        Sample(T(3, dtype="bool"), 2),
        Sample(T.of([0.0, -1.0, 2.0]), 2),
    ]
    error_samples = [Sample(T(3, dtype="int64"), -1)]


def _log_times(F, grad_output, self, exponent, result):
    """Return the gradient of a power for its exponent: zero where 0 is raised to something."""
    flat = (self == 0) & (F.real_part(exponent) >= 0)
    if F.is_complex(exponent) and not F.is_complex(self):  # of a negative number
        self = F.complex(self, F.abs(self) * 0)
    return grad_output * F.conj(F.where(flat, 0.0, result * F.log(self)))


@op(node="PowBackward1", kind="elementwise", promote="self exponent", public=False, inplace=True)
class pow_tensor:
    r"""Raise to the power of a tensor.

    Parameters
    ----------
    self, exponent : Tensor, shapes that broadcast together
        Base and exponent.

    Notes
    -----
    .. math::

        grad_{self} = g\,\overline{exponent \cdot self^{exponent - 1}},\quad
        grad_{exponent} = g\,\overline{result \cdot \ln self}
    """

    def forward(self, exponent):
        kind = kinds.dtype_of(self).kind
        if kind == "b":
            raise NotImplementedError("\"pow\" not implemented for 'Bool'")
        if kind in _INTEGERS:
            return integer_power(self, exponent)
        return np.power(self, exponent)

    def vjp_self(F, grad_output, self, exponent):
        slope = grad_output * F.conj(exponent * F.pow_tensor(self, exponent - 1))
        return F.where(exponent == 0, 0.0, slope)

    def vjp_exponent(F, grad_output, self, exponent, result):
        return _log_times(F, grad_output, self, exponent, result)

    torch_name = "pow"
    samples = [
        Sample(T(3, 4, low=0.5, high=2), T(4)),
        Sample(T(), T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, low=0.5, high=2), T()),
        Sample(T(3, dtype="complex128"), T(3, dtype="complex128")),
        Sample(T(3, dtype="int64"), T(3, dtype="int64", low=0, high=3)),
        Sample(T(4, dtype="int64", low=-2, high=2), T(4, dtype="int64", low=-3, high=-1)),
        Sample(T.of([0.0, 0.0, 2.0]), T.of([3.0, 0.0, 0.0], requires_grad=False)),
    ]
    error_samples = [Sample(T(2, dtype="bool"), T(2, dtype="bool"))]


@op(node="PowBackward2", kind="elementwise", tensors="exponent", public=False)
class pow_base:
    r"""Raise a number to the power of a tensor.

    Parameters
    ----------
    base : number
        Base.
    exponent : Tensor of any shape
        Exponent.

    Notes
    -----
    .. math:: grad_{exponent} = g\,\overline{result \cdot \ln base}

    and zero where the base is 0 and the exponent not negative.
    """

    def forward(base, exponent):
        exponent = _with_number(exponent, base)
        if exponent.dtype.kind in _INTEGERS:
            return integer_power(exponent.dtype.type(base), exponent)
        return np.power(exponent.dtype.type(base), exponent)

    def vjp_exponent(F, grad_output, base, exponent, result):
        if base == 0:
            return F.where(F.real_part(exponent) >= 0, 0.0, grad_output * F.conj(result * -np.inf))
        log = cmath.log(base) if isinstance(base, complex) or base < 0 else float(np.log(base))
        if isinstance(log, complex) and not F.is_complex(result):
            log = float("nan")
        return grad_output * F.conj(result * log)

    saved = {"self": "base", "base": None}
    torch_name = "pow"
    samples = [
        Sample(2, T(3, 4)),
        Sample(0.5, T()),
        Sample(2, T(3, dtype="int64", low=0, high=5)),
        Sample(2.0, T(3, dtype="int64", low=0, high=5)),
        Sample(0, T(3, low=0.5, high=2)),
        Sample(1 + 1j, T(3)),
    ]


@composite(methods="pow __pow__", functions="pow")
def pow(self, exponent):
    """Raise to a power, elementwise.

    Parameters
    ----------
    self, exponent : Tensor or number, shapes that broadcast together
        Base and exponent, one of them a tensor.

    Returns
    -------
    Tensor
        ``self ** exponent``.

    Examples
    --------
    >>> torch.pow(2, torch.tensor([1., 2., 3.]))
    tensor([2., 4., 8.])
    """
    if not isinstance(exponent, Tensor):
        return traced.pow_scalar(self, exponent)
    if isinstance(self, Tensor):
        return traced.pow_tensor(self, exponent)
    return traced.pow_base(self, exponent)


@composite(methods="pow_ __ipow__")
def pow_(self, exponent):
    """Raise to a power in place.

    Parameters
    ----------
    self : Tensor
        Base, overwritten.
    exponent : Tensor or number
        Exponent.

    Returns
    -------
    Tensor
        `self`.
    """
    if isinstance(exponent, Tensor):
        return traced.pow_tensor_(self, exponent)
    return traced.pow_scalar_(self, exponent)


@composite(methods="__rpow__")
def rpow(self, other):
    """Raise a number to the power of the tensor.

    Parameters
    ----------
    self : Tensor of any shape
        Exponent.
    other : number
        Base.

    Returns
    -------
    Tensor
        ``other ** self``.
    """
    if not isinstance(other, (bool, int, float, complex, np.number, np.bool_)):
        return NotImplemented
    return traced.pow_base(other, self)


@composite(methods="float_power", functions="float_power")
def float_power(self, exponent):
    """Raise to a power in double precision.

    Parameters
    ----------
    self, exponent : Tensor or number, shapes that broadcast together
        Base and exponent, one of them a tensor.

    Returns
    -------
    Tensor
        float64, or complex128 if either is complex.
    """
    found = {kinds.dtype_of(getattr(v, "_array", v)).kind for v in (self, exponent)}
    target = np.dtype(np.complex128 if "c" in found else np.float64)

    def widened(value):
        wide = not isinstance(value, Tensor) or value._array.dtype == target
        return value if wide else traced.cast(value, target)

    return pow(widened(self), widened(exponent))


@composite(methods="square", functions="square")
def square(self):
    """Multiply each element by itself.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Returns
    -------
    Tensor
        ``self ** 2``, recorded as a power like PyTorch does.
    """
    return traced.pow_scalar(self, 2)


@composite(methods="square_")
def square_(self):
    """Square in place.

    Parameters
    ----------
    self : Tensor
        Overwritten.

    Returns
    -------
    Tensor
        `self`.
    """
    return traced.pow_scalar_(self, 2)


@op(
    node="SqrtBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="sqrt",
    functions="sqrt",
    inplace=True,
)
class sqrt:
    r"""Square root of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input; real numbers below zero give NaN.

    Notes
    -----
    .. math:: grad_{self} = g / (2\,\overline{result})
    """

    def forward(self):
        return np.sqrt(self)

    def vjp_self(F, grad_output, result):
        return grad_output / (2 * F.conj(result))

    ufunc = np.sqrt
    samples = [
        Sample(T(3, 4, low=0.5, high=2)),
        Sample(T(low=0.5, high=2)),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", low=0, high=9, requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="RsqrtBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="rsqrt",
    functions="rsqrt",
    inplace=True,
)
class rsqrt:
    r"""Reciprocal of the square root of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input; real numbers below zero give NaN.

    Notes
    -----
    .. math:: grad_{self} = -g\,\overline{result^3} / 2
    """

    def forward(self):
        return 1 / np.sqrt(self)

    def vjp_self(F, grad_output, result):
        return grad_output * -0.5 * F.conj(F.pow_scalar(result, 3))

    samples = [
        Sample(T(3, 4, low=0.5, high=2)),
        Sample(T(low=0.5, high=2)),
        Sample(T(3, dtype="int64", low=1, high=9, requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="ReciprocalBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="reciprocal",
    functions="reciprocal",
    inplace=True,
)
class reciprocal:
    r"""One divided by each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input; integers are divided as floating point numbers.

    Notes
    -----
    .. math:: grad_{self} = -g\,\overline{result^2}
    """

    def forward(self):
        return 1 / self

    def vjp_self(F, grad_output, result):
        return -grad_output * F.conj(result * result)

    samples = [
        Sample(T(3, 4, low=0.5, high=2)),
        Sample(T(low=0.5, high=2)),
        Sample(T(3, dtype="int64", low=1, high=9, requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]
