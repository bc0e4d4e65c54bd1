"""The logistic function and its inverse."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops import kinds, loops
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op


def inverse(x, out=None):
    """Return ``1 / x``; NumPy's reciprocal of complex numbers has zeros of the other sign."""
    return np.divide(1, x, out=out) if x.dtype.kind == "c" else np.reciprocal(x, out=out)


def logistic(x):
    """Return ``1 / (1 + exp(-x))`` with few temporaries."""
    if x.ndim == 0:
        return 1 / (1 + np.exp(-x))
    if loops.suit_single(x):
        return loops.each(loops.activation.sigmoid, x)
    result = np.negative(x)
    np.exp(result, out=result)
    result += 1
    return inverse(result, out=result)


@op(
    node="SigmoidBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="sigmoid",
    functions="sigmoid",
    namespaces="torch nn.functional special",
    inplace=True,
)
class sigmoid:
    r"""Logistic function of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{result (1 - result)}
    """

    def forward(self):
        return logistic(self)

    def vjp_self(F, grad_output, result):
        return F.sigmoid_backward(grad_output, result)

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="SigmoidBackwardBackward0",
    kind="elementwise",
    public=False,
)
class sigmoid_backward:
    r"""Gradient of `sigmoid`, without needless temporaries.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    output : Tensor
        What `sigmoid` returned.

    Notes
    -----
    .. math:: grad\,\overline{output (1 - output)}
    """

    def forward(grad, output):
        if loops.suit_single(output, grad):
            return loops.each(loops.activation.sigmoid_backward, grad, output)
        slope = 1 - output
        if slope.ndim == 0 or grad.dtype != slope.dtype or slope.dtype.kind == "c":
            return grad * np.conjugate(slope * output)
        slope *= output
        return np.multiply(grad, slope, out=slope)

    def vjp_grad(F, grad_output, output):
        return F.sigmoid_backward(grad_output, F.conj(output))

    def vjp_output(F, grad_output, grad, output):
        return F.conj(grad_output) * grad * F.conj(1 - 2 * output)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4)), Sample(T(2, dtype="complex128"), T(2, dtype="complex128"))]


@op(
    node="LogitBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="logit",
    functions="logit",
    namespaces="torch special",
    inplace=True,
)
class logit:
    r"""Logarithm of the odds: the inverse of `sigmoid`.

    Parameters
    ----------
    self : Tensor of any shape
        Probabilities.
    eps : float, optional
        Where given, the input is first clamped to ``[eps, 1 - eps]``; else values outside
        ``[0, 1]`` give NaN.

    Notes
    -----
    .. math:: grad_{self} = \frac{g}{self (1 - self)}

    and zero where `eps` clamped.
    """

    def forward(self, eps=None):
        kinds.only("f", "logit_cpu", self)
        z = self if eps is None else np.minimum(np.maximum(self, eps), 1 - eps)
        return np.log(z / (1 - z))

    def vjp_self(F, grad_output, self, eps):
        slope = grad_output / (self * (1.0 - self))
        if eps is None:
            return F.where((self >= 0) & (self <= 1), slope, float("nan"))
        return F.where((self >= eps) & (self <= 1 - eps), slope, 0.0)

    stepwise = True
    samples = [
        Sample(T(3, 4, low=0.1, high=0.9)),
        Sample(T(low=0.1, high=0.9)),
        Sample(T(5, low=0.0, high=1.0), 0.2),
        Sample(T.of([2.0, 0.5])),
    ]


@composite(functions="expit", namespaces="special")
def expit(input):
    """Logistic function of each element; another name of `sigmoid`.

    Parameters
    ----------
    input : Tensor of any shape
        Input.

    Returns
    -------
    Tensor
        Floating point.
    """
    return traced.sigmoid(input)
