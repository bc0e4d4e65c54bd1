"""Sines, their inverses, and degrees, for every element."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops import rounded
from autograd_nb.ops.registry import Sample, T, op

_RADIANS = np.pi / 180
_DEGREES = 180 / np.pi


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
        return rounded.sin(self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.conj(F.cos(self))

    ufunc = np.sin
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
        return rounded.cos(self)

    def vjp_self(F, grad_output, self):
        return grad_output * -F.conj(F.sin(self))

    ufunc = np.cos
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
        return rounded.tan(self)

    def vjp_self(F, grad_output, result):
        return grad_output * F.conj(1 + result**2)

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
        return rounded.arcsin(self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.conj(F.rsqrt(-self * self + 1))

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
        return rounded.arccos(self)

    def vjp_self(F, grad_output, self):
        return grad_output * -F.conj(F.rsqrt(-self * self + 1))

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
        return rounded.arctan(self)

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
        square = self * self * np.pi
        slope = (angle * F.cos(angle) - F.sin(angle)) / square
        return F.where(square == 0, 0.0, grad_output * F.conj(slope))

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
