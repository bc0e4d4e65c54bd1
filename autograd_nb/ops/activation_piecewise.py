"""Activations of straight pieces between corners: hardtanh and its kin, the shrinking ones."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops import kinds
from autograd_nb.ops.choice import at_least, at_most, drop_where
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op

_SIXTH = float(np.float32(1 / 6))  # PyTorch computes with this single precision constant


@op(node="HardtanhBackward0", kind="elementwise", public=False, inplace=True)
class hardtanh_range:
    r"""Limit each element to a range, with gradient zero at its edges.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    min_val, max_val : float
        The range.

    Notes
    -----
    .. math:: grad_{self} = [min < self < max]\, g
    """

    def forward(self, min_val=-1.0, max_val=1.0):
        kind = self.dtype.kind
        if kind == "b":
            raise RuntimeError("Bool inputs not supported for hardtanh")
        if kind == "c":
            raise NotImplementedError("clamp is not supported for complex types")
        return at_most(self.dtype.type(max_val), at_least(self.dtype.type(min_val), self))

    def vjp_self(F, grad_output, self, min_val, max_val):
        return F.hardtanh_backward(grad_output, self, min_val, max_val)

    torch_name = "nn.functional.hardtanh"
    samples = [Sample(T(3, 4)), Sample(T(), -0.5, 0.5), Sample(T.of([-1.0, 0.0, 1.0]))]


@op(node="HardtanhBackwardBackward0", kind="elementwise", public=False)
class hardtanh_backward:
    r"""Gradient of the limit to a range.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    self : Tensor of the same shape
        Input of the function.
    min_val, max_val : float
        The range.

    Notes
    -----
    .. math:: grad_{grad} = [min < self < max]\, g,\quad grad_{self} = 0
    """

    def forward(grad, self, min_val, max_val):
        return drop_where(grad, (self <= min_val) | (self >= max_val))

    def vjp_grad(F, grad_output, self, min_val, max_val):
        return F.hardtanh_backward(grad_output, self, min_val, max_val)

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4), -1.0, 1.0)]


@composite(functions="hardtanh", namespaces="nn.functional")
def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    """Limit each element to a range, as a piecewise linear hyperbolic tangent.

    Parameters
    ----------
    input : Tensor of any shape
        Input.
    min_val, max_val : float
        The range.
    inplace : bool, default False
        Overwrite the input.

    Returns
    -------
    Tensor
        The limited elements.
    """
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return (traced.hardtanh_range_ if inplace else traced.hardtanh_range)(input, min_val, max_val)


@composite(functions="relu6", namespaces="nn.functional")
def relu6(input, inplace=False):
    """Limit each element to the range from 0 to 6.

    Parameters
    ----------
    input : Tensor of any shape
        Input.
    inplace : bool, default False
        Overwrite the input.

    Returns
    -------
    Tensor
        The limited elements.
    """
    return (traced.hardtanh_range_ if inplace else traced.hardtanh_range)(input, 0, 6)


@op(
    node="HardshrinkBackward0",
    kind="elementwise",
    methods="hardshrink",
    functions="hardshrink",
    namespaces="torch nn.functional",
)
class hardshrink:
    r"""Put 0 where the absolute value does not exceed `lambd`.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    lambd : float, default 0.5
        Limit.

    Notes
    -----
    .. math:: grad_{self} = [|self| > lambd]\, g
    """

    def forward(self, lambd=0.5):
        kinds.only("f", "hardshrink_cpu", self)
        return np.where((self >= -lambd) & (self <= lambd), self.dtype.type(0), self)

    def vjp_self(F, grad_output, self, lambd):
        return F.hardshrink_backward(grad_output, self, lambd)

    samples = [Sample(T(3, 4)), Sample(T(), 1.0), Sample(T.of([-0.5, 0.0, 0.6]))]
    error_samples = [Sample(T(2, dtype="int64"))]


class _ShrinkBackward:
    r"""Gradient of `hardshrink` and `softshrink`, which have the same slopes.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    self : Tensor of the same shape
        Input of the function.
    lambd : float
        Limit.

    Notes
    -----
    .. math:: grad_{grad} = [|self| > lambd]\, g,\quad grad_{self} = 0
    """

    def forward(grad, self, lambd):
        return drop_where(grad, (self >= -lambd) & (self <= lambd))

    def vjp_grad(F, grad_output, self, lambd):
        return F.hardshrink_backward(grad_output, self, lambd)

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4), 0.5)]


for _name in ("hardshrink", "softshrink"):
    op(
        name=f"{_name}_backward",
        node=f"{_name.capitalize()}BackwardBackward0",
        kind="elementwise",
        public=False,
    )(_ShrinkBackward)


@op(
    node="SoftshrinkBackward0",
    kind="elementwise",
    functions="softshrink",
    namespaces="nn.functional",
)
class softshrink:
    r"""Move each element towards 0 by `lambd`, stopping there.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    lambd : float, default 0.5
        Distance, not negative.

    Notes
    -----
    .. math:: grad_{self} = [|self| > lambd]\, g
    """

    def forward(self, lambd=0.5):
        kinds.only("f", "softshrink_check", self)
        if lambd < 0:
            limit = float(np.finfo(self.dtype).max)
            raise RuntimeError(
                f"lambda must be in range [0, {limit:g}] for input dtype "
                f"{kinds.scalar_type(self)}, but found {lambd}"
            )
        shifted = self - at_most(lambd, at_least(-lambd, self))
        return shifted.astype(self.dtype, copy=False)

    def vjp_self(F, grad_output, self, lambd):
        return F.softshrink_backward(grad_output, self, lambd)

    torch_name = "nn.functional.softshrink"
    samples = [Sample(T(3, 4)), Sample(T(), 1.0), Sample(T.of([-0.5, 0.0, 0.6]))]
    error_samples = [Sample(T(2), -1), Sample(T(2, dtype="int64"))]


@composite(functions="tanhshrink", namespaces="nn.functional")
def tanhshrink(input):
    """Subtract the hyperbolic tangent from each element.

    Parameters
    ----------
    input : Tensor of any shape
        Input.

    Returns
    -------
    Tensor
        ``input - tanh(input)``.
    """
    return input - traced.tanh(input)


@composite(functions="softsign", namespaces="nn.functional")
def softsign(input):
    """Divide each element by one plus its absolute value.

    Parameters
    ----------
    input : Tensor of any shape
        Input.

    Returns
    -------
    Tensor
        ``input / (1 + abs(input))``.
    """
    return input / (traced.abs(input) + 1)


@op(node="HardsigmoidBackward0", kind="elementwise", public=False, inplace=True)
class hardsigmoid_record:
    r"""Piecewise linear logistic function.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = [-3 < self < 3]\, g / 6
    """

    def forward(self):
        kinds.only("f", "hardsigmoid_cpu", self)
        return at_most(6, at_least(0, self + 3)) / 6

    def vjp_self(F, grad_output, self):
        return F.drop(grad_output * _SIXTH, (self <= -3) | (self >= 3), self)

    torch_name = "nn.functional.hardsigmoid"
    samples = [Sample(T(3, 4, low=-4, high=4)), Sample(T()), Sample(T.of([-3.0, 3.0, 0.0]))]
    error_samples = [Sample(T(2, dtype="int64"))]


@op(node="HardswishBackward0", kind="elementwise", public=False, inplace=True)
class hardswish_record:
    r"""Product of each element and its piecewise linear logistic function.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,(self / 3 + 1/2)

    between -3 and 3, 0 below and `g` above.
    """

    def forward(self):
        kinds.only("f", "hardswish_cpu", self)
        return self * at_most(6, at_least(0, self + 3)) / 6

    def vjp_self(F, grad_output, self):
        return F.hardswish_backward(grad_output, self)

    torch_name = "nn.functional.hardswish"
    samples = [Sample(T(3, 4, low=-4, high=4)), Sample(T()), Sample(T.of([-3.0, 3.0, 0.0]))]
    error_samples = [Sample(T(2, dtype="int64"))]


@op(node="HardswishBackwardBackward0", kind="elementwise", public=False)
class hardswish_backward:
    r"""Gradient of `hardswish`.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    self : Tensor of the same shape
        Input of the function.

    Notes
    -----
    .. math::

        grad_{grad} = hardswish\_backward(g, self),\quad
        grad_{self} = [-3 < self < 3]\, g \cdot grad / 3
    """

    def forward(grad, self):
        inner = grad * (self * (1 / 3) + 0.5)
        return np.where(self >= 3, grad, np.where(self > -3, inner, grad.dtype.type(0)))

    def vjp_grad(F, grad_output, self):
        return F.hardswish_backward(grad_output, self)

    def vjp_self(F, grad_output, grad, self):
        return F.hardtanh_backward(grad_output * grad * (1 / 3), self, -3, 3)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4, low=-4, high=4))]


@composite(functions="hardsigmoid", namespaces="nn.functional")
def hardsigmoid(input, inplace=False):
    """Piecewise linear logistic function.

    Parameters
    ----------
    input : Tensor of any shape
        Input.
    inplace : bool, default False
        Overwrite the input.

    Returns
    -------
    Tensor
        ``clamp(input + 3, 0, 6) / 6``.
    """
    return (traced.hardsigmoid_record_ if inplace else traced.hardsigmoid_record)(input)


@composite(functions="hardswish", namespaces="nn.functional")
def hardswish(input, inplace=False):
    """Product of each element and its piecewise linear logistic function.

    Parameters
    ----------
    input : Tensor of any shape
        Input.
    inplace : bool, default False
        Overwrite the input.

    Returns
    -------
    Tensor
        ``input * hardsigmoid(input)``.
    """
    return (traced.hardswish_record_ if inplace else traced.hardswish_record)(input)
