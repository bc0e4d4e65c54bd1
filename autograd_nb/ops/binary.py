"""Functions of two elements: angles, lengths, logarithms of sums, bit-exact neighbours."""

from __future__ import annotations

import numpy as np

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import kinds
from autograd_nb.ops.log_kernels import log_add_exp
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op

_LN2 = float(np.log(2.0))


def _inverse_square(F, self, other):
    """Return ``1 / (self**2 + other**2)``, and 0 at the origin."""
    square = self * self + other * other
    return F.zeroed(F.reciprocal(square), square == 0)


@op(
    node="Atan2Backward0",
    kind="elementwise",
    promote="self other",
    strict="self other",
    to_float=True,
    methods="atan2 arctan2",
    functions="atan2 arctan2",
    inplace=True,
)
class atan2:
    r"""Angle in radians of the point with ordinate `self` and abscissa `other`.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Ordinate and abscissa.

    Notes
    -----
    .. math:: grad_{self} = g \frac{other}{r^2},\quad grad_{other} = -g \frac{self}{r^2}

    with :math:`r^2 = self^2 + other^2`.
    """

    def forward(self, other):
        kind = np.result_type(self, other)
        # NumPy's float32 form is off by a unit in the last place where PyTorch's is not.
        return np.arctan2(self, other, dtype=np.float64).astype(kind)[()]

    inputs = "self other"

    def vjp(F, grad_output, self, other):
        inverse = _inverse_square(F, self, other)
        return grad_output * other * inverse, grad_output * -self * inverse

    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T(), T(2)),
        Sample(T(3, dtype="int64"), T(3, dtype="int64", low=1, high=5)),
    ]


@op(
    node="HypotBackward0",
    kind="elementwise",
    promote="self other",
    strict="self other",
    methods="hypot",
    functions="hypot",
    inplace=True,
)
class hypot:
    r"""Length of the hypotenuse, without overflow in between.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        The legs.

    Notes
    -----
    .. math:: grad_{self} = g\, self / result,\quad grad_{other} = g\, other / result
    """

    def forward(self, other):
        kinds.only("f", "hypot_cpu", self)
        return np.hypot(self, other)

    def vjp_self(F, grad_output, self, result):
        return grad_output * self / result

    def vjp_other(F, grad_output, other, result):
        return grad_output * other / result

    samples = [Sample(T(3, 4), T(4)), Sample(T(), T(2))]
    error_samples = [Sample(T(2, dtype="int64"), T(2, dtype="int64"))]


@op(
    node="LogaddexpBackward0",
    kind="elementwise",
    promote="self other",
    strict="self other",
    methods="logaddexp",
    functions="logaddexp",
)
class logaddexp:
    r"""Logarithm of the sum of exponentials of two elements.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Exponents.

    Notes
    -----
    .. math::

        grad_{self} = \frac{g}{1 + e^{other - self}},\quad
        grad_{other} = \frac{g}{1 + e^{self - other}}
    """

    def forward(self, other):
        kinds.only("fc", "logaddexp_cpu", self)
        if self.dtype.kind == "f":
            return np.logaddexp(self, other)
        return log_add_exp(self, other)

    def vjp_self(F, grad_output, self, other):
        return grad_output / F.conj(1 + F.exp(other - self))

    def vjp_other(F, grad_output, self, other):
        return grad_output / F.conj(1 + F.exp(self - other))

    samples = [Sample(T(3, 4), T(4)), Sample(T(), T(2))]
    error_samples = [Sample(T(2, dtype="int64"), T(2, dtype="int64"))]


@op(
    node="Logaddexp2Backward0",
    kind="elementwise",
    promote="self other",
    strict="self other",
    methods="logaddexp2",
    functions="logaddexp2",
)
class logaddexp2:
    r"""Logarithm to base 2 of the sum of powers of 2 of two elements.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Exponents.

    Notes
    -----
    .. math::

        grad_{self} = \frac{g}{1 + 2^{other - self}},\quad
        grad_{other} = \frac{g}{1 + 2^{self - other}}
    """

    def forward(self, other):
        kinds.only("f", "logaddexp2_cpu", self)
        return np.logaddexp2(self, other)

    def vjp_self(F, grad_output, self, other):
        return grad_output / (1 + F.pow_base(2, other - self))

    def vjp_other(F, grad_output, self, other):
        return grad_output / (1 + F.pow_base(2, self - other))

    samples = [Sample(T(3, 4), T(4)), Sample(T(), T(2))]
    error_samples = [Sample(T(2, dtype="int64"), T(2, dtype="int64"))]


def _sign_ratio(F, grad, self, result):
    return grad * F.zeroed(result / self, self == 0)


@op(
    node="CopysignBackward0",
    kind="elementwise",
    promote="self other",
    strict="self",
    to_float=True,
    public=False,
    inplace=True,
)
class copysign_tensor:
    r"""Size of `self` with the sign of `other`.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Sizes and signs.

    Notes
    -----
    .. math:: grad_{self} = g\, result / self

    and zero at 0; the gradient for `other` is zero.
    """

    def forward(self, other):
        return np.copysign(self, other)

    def vjp_self(F, grad_output, self, result):
        return _sign_ratio(F, grad_output, self, result)

    def vjp_other(F, grad_output, other_shape, other_dtype):
        return F.zeros(other_shape, other_dtype)

    torch_name = "copysign"
    samples = [Sample(T(3, 4), T(4)), Sample(T.of([0.0, 2.0]), T.of([-1.0, -0.0]))]


@op(
    node="CopysignBackward1",
    kind="elementwise",
    promote="self other",
    strict="self",
    to_float=True,
    public=False,
    inplace=True,
)
class copysign_scalar:
    r"""Size of `self` with the sign of a number.

    Parameters
    ----------
    self : Tensor of any shape
        Sizes.
    other : number
        Gives the sign.

    Notes
    -----
    .. math:: grad_{self} = g\, result / self

    and zero at 0.
    """

    def forward(self, other):
        return np.copysign(self, self.dtype.type(other))

    def vjp_self(F, grad_output, self, result):
        return _sign_ratio(F, grad_output, self, result)

    torch_name = "copysign"
    samples = [Sample(T(3, 4), -1.0), Sample(T(3, dtype="int64"), -0.0)]


@composite(methods="copysign", functions="copysign")
def copysign(self, other):
    """Size of `self` with the sign of `other`.

    Parameters
    ----------
    self : Tensor
        Sizes.
    other : Tensor or number
        Signs, in a shape that broadcasts with it.

    Returns
    -------
    Tensor
        Floating point.
    """
    if isinstance(other, Tensor):
        return traced.copysign_tensor(self, other)
    return traced.copysign_scalar(self, other)


@op(
    node="NextafterBackward0",
    kind="elementwise",
    promote="self other",
    strict="self other",
    methods="nextafter",
    functions="nextafter",
    inplace=True,
)
class nextafter:
    """Next representable number after `self` in the direction of `other`.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Start and direction.

    Notes
    -----
    The gradient goes to `self` where both differ; elsewhere, and for `other`, it is zero.
    """

    def forward(self, other):
        kinds.only("f", "nextafter_cpu", self)
        return np.nextafter(self, other)

    stepwise = True  # a neighbour is one in its own precision

    def vjp_self(F, grad_output, self, other):
        return F.where(self == other, 0.0, grad_output)

    def vjp_other(F, grad_output, other_shape, other_dtype):
        return F.zeros(other_shape, other_dtype)

    samples = [Sample(T(3, 4), T(4)), Sample(T.of([1.0, 2.0]), T.of([1.0, 3.0]))]


@op(
    node="LdexpBackward0",
    kind="elementwise",
    promote="self other",
    strict="self other",
    to_float=True,
    methods="ldexp",
    functions="ldexp",
    inplace=True,
)
class ldexp:
    r"""Multiply by a power of 2: ``self * 2 ** other``.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Factor and exponent.

    Notes
    -----
    .. math:: grad_{self} = g\, 2^{other},\quad grad_{other} = g\, result \ln 2

    For integer exponents PyTorch takes the power among integers: 0 for negative ones.
    """

    def forward(self, other):
        return self * np.exp2(other)

    def vjp_self(F, grad_output, other):
        return grad_output * F.conj(F.pow_base(2, other))

    def vjp_other(F, grad_output, result):
        return grad_output * F.conj(result) * _LN2

    samples = [
        Sample(T(3, 4), T(4, dtype="int64", low=-3, high=5)),
        Sample(T(3), T(3)),
    ]


@op(
    node="FrexpBackward0",
    kind="elementwise",
    outputs="mantissa exponent",
    return_type="frexp",
    methods="frexp",
    functions="frexp",
)
class frexp:
    r"""Split into a mantissa between 0.5 and 1 and a power of 2.

    Parameters
    ----------
    self : Tensor of any shape
        Input, floating point.

    Notes
    -----
    .. math:: grad_{self} = g\, 2^{-exponent}
    """

    def forward(self):
        if self.dtype.kind != "f":
            raise RuntimeError("torch.frexp() only supports floating-point dtypes")
        mantissa, exponent = np.frexp(self)
        return mantissa, exponent.astype(np.int32)

    def vjp_self(F, grad_output0, exponent):
        return grad_output0 / F.exp2(exponent)

    stepwise = True  # both results are exact in any precision
    samples = [Sample(T(3, 4)), Sample(T())]
    error_samples = [Sample(T(2, dtype="int64"))]
