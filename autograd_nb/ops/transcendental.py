"""Exponentials, logarithms, and the trigonometric and hyperbolic functions."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops import kinds
from autograd_nb.ops.registry import Sample, T, op

_LN2 = float(np.log(2.0))
_LN10 = float(np.log(10.0))
_RADIANS = np.pi / 180
_DEGREES = 180 / np.pi


@op(
    node="ExpBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="exp",
    functions="exp",
    inplace=True,
)
class exp:
    r"""Exponential of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input; integers are computed in the default dtype.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{result}

    Examples
    --------
    >>> torch.exp(torch.tensor([0., 1.]))
    tensor([1.0000, 2.7183])
    """

    def forward(self):
        return np.exp(self)

    def vjp_self(F, grad_output, result):
        return grad_output * F.conj(result)

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="Exp2Backward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="exp2",
    functions="exp2",
    inplace=True,
)
class exp2:
    r"""Two to the power of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{result}\,\ln 2
    """

    def forward(self):
        return np.exp2(self)

    def vjp_self(F, grad_output, result):
        return grad_output * F.conj(result) * _LN2

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="Expm1Backward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="expm1",
    functions="expm1",
    inplace=True,
)
class expm1:
    r"""Exponential minus one, accurate near zero.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{result + 1}
    """

    def forward(self):
        return np.expm1(self)

    def vjp_self(F, grad_output, result):
        return grad_output * F.conj(result + 1)

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="LogBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="log",
    functions="log",
    inplace=True,
)
class log:
    r"""Natural logarithm of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input; NaN below zero for real numbers.

    Notes
    -----
    .. math:: grad_{self} = g / \overline{self}

    Examples
    --------
    >>> torch.log(torch.tensor([1., 0.]))
    tensor([0., -inf])
    """

    def forward(self):
        return np.log(self)

    def vjp_self(F, grad_output, self):
        return grad_output / F.conj(self)

    samples = [
        Sample(T(3, 4, low=0.5, high=3)),
        Sample(T(low=0.5, high=3)),
        Sample(T(0, 2, low=0.5, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=0.5, high=3)),
    ]


@op(
    node="Log2Backward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="log2",
    functions="log2",
    inplace=True,
)
class log2:
    r"""Logarithm to base 2 of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g / (\overline{self}\,\ln 2)
    """

    def forward(self):
        return np.log2(self)

    def vjp_self(F, grad_output, self):
        return grad_output / (F.conj(self) * _LN2)

    samples = [
        Sample(T(3, 4, low=0.5, high=3)),
        Sample(T(low=0.5, high=3)),
        Sample(T(0, 2, low=0.5, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=0.5, high=3)),
    ]


@op(
    node="Log10Backward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="log10",
    functions="log10",
    inplace=True,
)
class log10:
    r"""Logarithm to base 10 of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g / (\overline{self}\,\ln 10)
    """

    def forward(self):
        return np.log10(self)

    def vjp_self(F, grad_output, self):
        return grad_output / (F.conj(self) * _LN10)

    samples = [
        Sample(T(3, 4, low=0.5, high=3)),
        Sample(T(low=0.5, high=3)),
        Sample(T(0, 2, low=0.5, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=0.5, high=3)),
    ]


@op(
    node="Log1PBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="log1p",
    functions="log1p",
    inplace=True,
)
class log1p:
    r"""Natural logarithm of one plus each element, accurate near zero.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g / \overline{self + 1}
    """

    def forward(self):
        return np.log1p(self)

    def vjp_self(F, grad_output, self):
        return grad_output / F.conj(self + 1)

    samples = [
        Sample(T(3, 4, low=-0.5, high=3)),
        Sample(T(low=-0.5, high=3)),
        Sample(T(0, 2, low=-0.5, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=-0.5, high=3)),
    ]


@op(
    node="SinBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="sin",
    functions="sin",
    inplace=True,
)
class sin:
    r"""Sine of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Angles in radians.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{\cos(self)}
    """

    def forward(self):
        return np.sin(self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.conj(F.cos(self))

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="CosBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="cos",
    functions="cos",
    inplace=True,
)
class cos:
    r"""Cosine of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Angles in radians.

    Notes
    -----
    .. math:: grad_{self} = -g\,\overline{\sin(self)}
    """

    def forward(self):
        return np.cos(self)

    def vjp_self(F, grad_output, self):
        return grad_output * -F.conj(F.sin(self))

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="TanBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="tan",
    functions="tan",
    inplace=True,
)
class tan:
    r"""Tangent of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Angles in radians.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{1 + result^2}
    """

    def forward(self):
        return np.tan(self)

    def vjp_self(F, grad_output, result):
        return grad_output * F.conj(1 + result * result)

    samples = [
        Sample(T(3, 4, low=-1.2, high=1.2)),
        Sample(T(low=-1.2, high=1.2)),
        Sample(T(0, 2, low=-1.2, high=1.2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=-1.2, high=1.2)),
    ]


@op(
    node="AsinBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="asin arcsin",
    functions="asin arcsin",
    inplace=True,
)
class asin:
    r"""Inverse sine of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input between -1 and 1, NaN outside.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{(1 - self^2)^{-1/2}}
    """

    def forward(self):
        return np.arcsin(self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.conj(F.rsqrt(1 - self * self))

    samples = [
        Sample(T(3, 4, low=-0.9, high=0.9)),
        Sample(T(low=-0.9, high=0.9)),
        Sample(T(0, 2, low=-0.9, high=0.9)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=-0.9, high=0.9)),
    ]


@op(
    node="AcosBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="acos arccos",
    functions="acos arccos",
    inplace=True,
)
class acos:
    r"""Inverse cosine of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input between -1 and 1, NaN outside.

    Notes
    -----
    .. math:: grad_{self} = -g\,\overline{(1 - self^2)^{-1/2}}
    """

    def forward(self):
        return np.arccos(self)

    def vjp_self(F, grad_output, self):
        return grad_output * -F.conj(F.rsqrt(1 - self * self))

    samples = [
        Sample(T(3, 4, low=-0.9, high=0.9)),
        Sample(T(low=-0.9, high=0.9)),
        Sample(T(0, 2, low=-0.9, high=0.9)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=-0.9, high=0.9)),
    ]


@op(
    node="AtanBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="atan arctan",
    functions="atan arctan",
    inplace=True,
)
class atan:
    r"""Inverse tangent of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g / \overline{1 + self^2}
    """

    def forward(self):
        return np.arctan(self)

    def vjp_self(F, grad_output, self):
        return grad_output / F.conj(1 + self * self)

    samples = [
        Sample(T(3, 4, low=-0.9, high=0.9)),
        Sample(T(low=-0.9, high=0.9)),
        Sample(T(0, 2, low=-0.9, high=0.9)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=-0.9, high=0.9)),
    ]


@op(
    node="SinhBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="sinh",
    functions="sinh",
    inplace=True,
)
class sinh:
    r"""Hyperbolic sine of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{\cosh(self)}
    """

    def forward(self):
        return np.sinh(self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.conj(F.cosh(self))

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="CoshBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="cosh",
    functions="cosh",
    inplace=True,
)
class cosh:
    r"""Hyperbolic cosine of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{\sinh(self)}
    """

    def forward(self):
        return np.cosh(self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.conj(F.sinh(self))

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="TanhBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="tanh",
    functions="tanh",
    namespaces="torch nn.functional",
    inplace=True,
)
class tanh:
    r"""Hyperbolic tangent of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{1 - result^2}
    """

    def forward(self):
        return np.tanh(self)

    def vjp_self(F, grad_output, result):
        return F.tanh_backward(grad_output, result)

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="AsinhBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="asinh arcsinh",
    functions="asinh arcsinh",
    inplace=True,
)
class asinh:
    r"""Inverse hyperbolic sine of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{(self^2 + 1)^{-1/2}}
    """

    def forward(self):
        return np.arcsinh(self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.conj(F.rsqrt(self * self + 1))

    samples = [
        Sample(T(3, 4, low=-0.9, high=0.9)),
        Sample(T(low=-0.9, high=0.9)),
        Sample(T(0, 2, low=-0.9, high=0.9)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=-0.9, high=0.9)),
    ]


@op(
    node="AcoshBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="acosh arccosh",
    functions="acosh arccosh",
    inplace=True,
)
class acosh:
    r"""Inverse hyperbolic cosine of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input at least 1, NaN below.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{(self^2 - 1)^{-1/2}}
    """

    def forward(self):
        return np.arccosh(self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.conj(F.rsqrt(self * self - 1))

    samples = [
        Sample(T(3, 4, low=1.2, high=3)),
        Sample(T(low=1.2, high=3)),
        Sample(T(0, 2, low=1.2, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@op(
    node="AtanhBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="atanh arctanh",
    functions="atanh arctanh",
    inplace=True,
)
class atanh:
    r"""Inverse hyperbolic tangent of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input between -1 and 1, NaN outside.

    Notes
    -----
    .. math:: grad_{self} = g / \overline{1 - self^2}
    """

    def forward(self):
        return np.arctanh(self)

    def vjp_self(F, grad_output, self):
        return grad_output / F.conj(1 - self * self)

    samples = [
        Sample(T(3, 4, low=-0.9, high=0.9)),
        Sample(T(low=-0.9, high=0.9)),
        Sample(T(0, 2, low=-0.9, high=0.9)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=-0.9, high=0.9)),
    ]


@op(
    node="SincBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="sinc",
    functions="sinc",
    inplace=True,
)
class sinc:
    r"""Normalised sine: ``sin(pi x) / (pi x)``, and 1 at 0.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{(\pi x \cos \pi x - \sin \pi x) / (\pi x^2)},\quad x = self
    """

    def forward(self):
        angle = np.pi * np.where(self == 0, 1, self)
        return np.where(self == 0, 1, np.sin(angle) / angle).astype(self.dtype)[()]

    def vjp_self(F, grad_output, self):
        angle = np.pi * self
        scale = np.pi * self * self
        slope = (angle * F.cos(angle) - F.sin(angle)) / scale
        return F.where(scale == 0, 0.0, grad_output * F.conj(slope))

    samples = [
        Sample(T(3, 4, low=0.2, high=2)),
        Sample(T(low=0.2, high=2)),
        Sample(T.of([-1.5, 0.0, 1.0])),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="Deg2RadBackward0",
    kind="linear",
    promote="self",
    to_float=True,
    methods="deg2rad",
    functions="deg2rad",
    inplace=True,
)
class deg2rad:
    r"""Degrees to radians.

    Parameters
    ----------
    self : Tensor of any shape
        Angles in degrees.

    Notes
    -----
    .. math:: grad_{self} = g\,\pi / 180
    """

    def forward(self):
        return np.multiply(self, _RADIANS, dtype=self.dtype)

    def vjp_self(F, grad_output):
        return grad_output * _RADIANS

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@op(
    node="Rad2DegBackward0",
    kind="linear",
    promote="self",
    to_float=True,
    methods="rad2deg",
    functions="rad2deg",
    inplace=True,
)
class rad2deg:
    r"""Radians to degrees.

    Parameters
    ----------
    self : Tensor of any shape
        Angles in radians.

    Notes
    -----
    .. math:: grad_{self} = g\,180 / \pi
    """

    def forward(self):
        return np.multiply(self, _DEGREES, dtype=self.dtype)

    def vjp_self(F, grad_output):
        return grad_output * _DEGREES

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@op(node="TanhBackwardBackward0", kind="elementwise", public=False)
class tanh_backward:
    r"""Gradient of `tanh`, without needless temporaries.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    output : Tensor
        What `tanh` returned.

    Notes
    -----
    .. math:: grad\,\overline{1 - output^2}
    """

    def forward(grad, output):
        if kinds.dtype_of(output).kind == "c":
            return grad * np.conjugate(1 - output * output)
        slope = output * output
        if slope.ndim == 0:
            return grad * (1 - slope)
        np.subtract(1, slope, out=slope)
        return np.multiply(grad, slope, out=slope) if grad.dtype == slope.dtype else grad * slope

    def vjp_grad(F, grad_output, output):
        return F.tanh_backward(grad_output, F.conj(output))

    def vjp_output(F, grad_output, grad, output):
        return F.conj(grad_output) * grad * -2 * F.conj(output)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4)), Sample(T(3, dtype="complex128"), T(3, dtype="complex128"))]
