"""Hyperbolic functions of every element."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops import kinds, rounded
from autograd_nb.ops.registry import Sample, T, op


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
        return rounded.sinh(self)

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
        return rounded.cosh(self)

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
        return rounded.tanh(self)

    def vjp_self(F, grad_output, result):
        return F.tanh_backward(grad_output, result)

    ufunc = np.tanh
    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


def unwritten(name):
    """Return the formula of an in-place form that PyTorch gave none."""

    def vjp_self(F, grad_output):
        raise NotImplementedError(
            f"the derivative for 'inplace version of {name}' is not implemented."
        )

    return vjp_self


@op(
    node="AsinhBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="asinh arcsinh",
    functions="asinh arcsinh",
    inplace="AsinhBackward1",
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
        return rounded.arcsinh(self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.conj(F.rsqrt(self**2 + 1))

    in_place_vjp_self = unwritten("asinh")

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
    inplace="AcoshBackward1",
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
        return rounded.arccosh(self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.conj(F.rsqrt(self * self - 1))

    in_place_vjp_self = unwritten("acosh")

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
    inplace="AtanhBackward1",
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
        return rounded.arctanh(self)

    def vjp_self(F, grad_output, self):
        return grad_output / F.conj(1 - self**2)

    in_place_vjp_self = unwritten("atanh")

    samples = [
        Sample(T(3, 4, low=-0.9, high=0.9)),
        Sample(T(low=-0.9, high=0.9)),
        Sample(T(0, 2, low=-0.9, high=0.9)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=-0.9, high=0.9)),
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
