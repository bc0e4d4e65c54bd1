"""Exponential linear units: ELU, CELU, SELU."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops import kinds, loops
from autograd_nb.ops.choice import at_most, choose
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op

_ALPHA = 1.6732632423543772848170429916717
_SCALE = 1.0507009873554804934193349852946


def _exponential_unit(self, alpha, scale, input_scale):
    kinds.only("f", "elu_cpu", self)
    if loops.suit_single(self):
        return loops.each(loops.activation.elu, self, scale, alpha * scale, input_scale)
    below = at_most(0, self)
    if input_scale != 1:
        below *= input_scale
    below = np.expm1(below)
    if alpha * scale != 1:
        below *= alpha * scale
    above = self if scale == 1 else self * scale
    return choose(self > 0, above, below).astype(self.dtype, copy=False)


@op(node="EluBackwardBackward0", kind="elementwise", public=False)
class elu_backward:
    r"""Gradient of the exponential linear unit.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    self : Tensor of the same shape
        Input of the unit.
    alpha, scale, input_scale : float
        Its scales.

    Notes
    -----
    .. math::

        grad_{grad} = elu\_backward(g, self),\quad
        grad_{self} = g \cdot grad \cdot alpha \cdot scale \cdot s^2\, e^{s\, self}

    the latter below zero; `s` is the input scale.
    """

    def forward(grad, self, alpha, scale, input_scale):
        if loops.suit_single(self, grad):
            scales = scale, alpha * scale, input_scale
            return loops.each(loops.activation.elu_backward, grad, self, *scales)
        below = at_most(0, self)
        if input_scale != 1:
            below *= input_scale
        below = np.exp(below)
        if alpha * scale * input_scale != 1:
            below *= alpha * scale * input_scale
        return grad * choose(self > 0, self.dtype.type(scale), below)

    def vjp_grad(F, grad_output, self, alpha, scale, input_scale):
        return F.elu_backward(grad_output, self, alpha, scale, input_scale)

    def vjp_self(F, grad_output, grad, self, alpha, scale, input_scale):
        bent = F.exp(F.where(self >= 0, 0.0, self) * input_scale)
        factor = alpha * scale * input_scale * input_scale
        return F.where(self >= 0, 0.0, grad_output * grad * bent * factor)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4), 1.5, 2.0, 0.5)]


@op(node="EluBackward0", kind="elementwise", public=False, inplace="EluBackward1")
class elu_scaled:
    r"""Exponential linear unit with its scales.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    alpha, scale, input_scale : float
        ``scale * x`` above zero, ``alpha * scale * (exp(input_scale * x) - 1)`` below.

    Notes
    -----
    .. math:: grad_{self} = g \cdot scale

    above zero, and :math:`g \cdot alpha \cdot scale \cdot s\, e^{s\, self}` below,
    with `s` the input scale.
    """

    def forward(self, alpha=1.0, scale=1.0, input_scale=1.0):
        return _exponential_unit(self, alpha, scale, input_scale)

    def vjp_self(F, grad_output, self, alpha, scale, input_scale):
        return F.elu_backward(grad_output, self, alpha, scale, input_scale)

    torch_name = None
    samples = [Sample(T(3, 4)), Sample(T(), 0.7), Sample(T.of([-1.0, 0.5, 1.0]), 1.5, 2.0, 0.5)]
    error_samples = [Sample(T(2, dtype="int64"))]


@op(node="CeluBackward0", kind="elementwise", public=False, inplace="CeluBackward1")
class celu_record:
    r"""Exponential linear unit, smooth for every `alpha`.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    alpha : float
        ``alpha * (exp(x / alpha) - 1)`` below zero.

    Notes
    -----
    .. math:: grad_{self} = g\,[self > 0] + g\, e^{self / alpha}\,[self \le 0]
    """

    def forward(self, alpha=1.0):
        if alpha == 0:
            raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
        return _exponential_unit(self, alpha, 1.0, 1 / alpha)

    def vjp_self(F, grad_output, self, alpha):
        return F.elu_backward(grad_output, self, alpha, 1.0, 1 / alpha)

    torch_name = "celu"
    samples = [Sample(T(3, 4)), Sample(T(), 0.7), Sample(T.of([-1.0, 0.0, 1.0]), 1.5)]


@composite(functions="elu", namespaces="nn.functional")
def elu(input, alpha=1.0, inplace=False):
    """Exponential linear unit.

    Parameters
    ----------
    input : Tensor of any shape
        Input.
    alpha : float, default 1
        ``alpha * (exp(x) - 1)`` below zero.
    inplace : bool, default False
        Overwrite the input.

    Returns
    -------
    Tensor
        Of the same dtype.
    """
    return (traced.elu_scaled_ if inplace else traced.elu_scaled)(input, alpha)


@composite(functions="celu", namespaces="torch nn.functional")
def celu(input, alpha=1.0, inplace=False):
    """Exponential linear unit, smooth for every `alpha`.

    Parameters
    ----------
    input : Tensor of any shape
        Input.
    alpha : float, default 1
        ``alpha * (exp(x / alpha) - 1)`` below zero.
    inplace : bool, default False
        Overwrite the input.

    Returns
    -------
    Tensor
        Of the same dtype.
    """
    return (traced.celu_record_ if inplace else traced.celu_record)(input, alpha)


@composite(functions="selu", namespaces="torch nn.functional")
def selu(input, inplace=False):
    """Self-normalising exponential linear unit.

    Parameters
    ----------
    input : Tensor of any shape
        Input.
    inplace : bool, default False
        Overwrite the input.

    Returns
    -------
    Tensor
        Of the same dtype.
    """
    return (traced.elu_scaled_ if inplace else traced.elu_scaled)(input, _ALPHA, _SCALE)
