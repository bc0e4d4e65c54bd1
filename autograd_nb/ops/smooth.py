"""Smooth activations: logistic units, softplus, the gaussian error unit."""

from __future__ import annotations

import math

import numpy as np

from autograd_nb.core.strides import following
from autograd_nb.ops import gelu_kernels, kinds, loops
from autograd_nb.ops.choice import at_most, choose
from autograd_nb.ops.logistic import logistic
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op

_INVERSE_ROOT_TWO_PI = 1 / math.sqrt(2 * math.pi)
_ROOT_TWO_OVER_PI = math.sqrt(2 / math.pi)
_CUBIC = 0.044715


@op(
    node="GeluBackward0",
    kind="elementwise",
    functions="gelu",
    namespaces="nn.functional",
)
class gelu:
    r"""Gaussian error linear unit: each element times the normal probability of being below it.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    approximate : {'none', 'tanh'}, default 'none'
        Whether a hyperbolic tangent stands for the error function.

    Notes
    -----
    .. math:: grad_{self} = g\,(\Phi(self) + self\,\varphi(self))
    """

    @following()
    def forward(self, *, approximate="none"):
        kinds.only("f", "GeluKernelImpl", self)
        if approximate == "none":
            return gelu_kernels.gelu(self)
        if approximate != "tanh":
            raise RuntimeError("approximate argument must be either none or tanh.")
        if loops.suit_single(self):
            return loops.each(loops.activation.gelu_tanh, self)
        result = np.tanh((self + self * self * self * _CUBIC) * _ROOT_TWO_OVER_PI) + 1
        result *= self
        result *= 0.5
        return result

    def vjp_self(F, grad_output, self, approximate):
        return F.gelu_backward(grad_output, self, approximate)

    torch_name = "nn.functional.gelu"
    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(3, 4), approximate="tanh"),
        Sample(T(0, 2)),
        Sample(T(5, low=-9, high=9)),
    ]
    error_samples = [Sample(T(2), approximate="sigmoid"), Sample(T(2, dtype="int64"))]


def _bend(F, x):
    """Return the hyperbolic tangent in the approximation of gelu, and its argument's slope."""
    square = x * x
    bent = F.tanh((x + x * square * _CUBIC) * _ROOT_TWO_OVER_PI)
    return bent, (square * (3 * _CUBIC) + 1) * _ROOT_TWO_OVER_PI


@op(node="GeluBackwardBackward0", kind="elementwise", public=False)
class gelu_backward:
    r"""Gradient of the gaussian error linear unit.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    self : Tensor of the same shape
        Input of the unit.
    approximate : {'none', 'tanh'}, default 'none'
        Whether a hyperbolic tangent stands for the error function.

    Notes
    -----
    .. math::

        grad_{grad} = gelu\_backward(g, self),\quad
        grad_{self} = g \cdot grad \cdot \varphi(self)\,(2 - self^2)
    """

    def forward(grad, self, approximate="none"):
        if approximate == "none":
            return gelu_kernels.gelu_backward(grad, self)
        if loops.suit_single(self, grad):
            return loops.each(loops.activation.gelu_tanh_backward, grad, self)
        bent, slope = _bend(np, self)
        return grad * 0.5 * (bent + 1 + self * (1 - bent * bent) * slope)

    def vjp_grad(F, grad_output, self, approximate):
        return F.gelu_backward(grad_output, self, approximate)

    def vjp_self(F, grad_output, grad, self, approximate):
        if approximate == "none":
            square = self * self
            density = F.exp(square * -0.5) * _INVERSE_ROOT_TWO_PI
            return grad_output * grad * density * (2 - square)
        bent, slope = _bend(F, self)
        curve = self * (3 * _CUBIC * _ROOT_TWO_OVER_PI) - bent * slope * slope
        return grad_output * grad * (1 - bent * bent) * (slope + self * curve)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4)), Sample(T(3), T(3), "tanh")]


@op(node="SiluBackward0", kind="elementwise", public=False, inplace=True)
class silu_record:
    r"""Sigmoid linear unit: each element times its logistic function.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\, s\,(1 + self\,(1 - s)),\quad s = \sigma(self)
    """

    def forward(self):
        kinds.only("fc", "silu_cpu", self)
        if loops.suit_single(self):
            return loops.each(loops.activation.silu, self)
        return self / (1 + np.exp(-self))

    def vjp_self(F, grad_output, self):
        if not F.is_traced and loops.suit_single(self, grad_output):
            return loops.each(loops.activation.silu_backward, grad_output, self)
        s = F.sigmoid(self)
        if not F.is_traced and s.dtype.kind == "f":
            slope = 1 - s
            slope *= self
            slope += 1
            s *= grad_output
            slope *= s
            return slope
        return grad_output * F.conj(s) * F.conj(1 + self * (1 - s))

    torch_name = "nn.functional.silu"
    samples = [Sample(T(3, 4)), Sample(T()), Sample(T(0, 2))]
    error_samples = [Sample(T(2, dtype="int64"))]


@op(node="MishBackward0", kind="elementwise", public=False, inplace=True)
class mish_record:
    r"""Each element times the hyperbolic tangent of its softplus.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,(t + self\,(1 - t^2)\,\sigma(self))

    with :math:`t = \tanh(\ln(1 + e^{self}))`.
    """

    def forward(self):
        kinds.only("f", "mish_cpu", self)
        if loops.suit_single(self):
            return loops.each(loops.activation.mish, self)
        return self * np.tanh(np.logaddexp(self, 0).astype(self.dtype, copy=False))

    def vjp_self(F, grad_output, self):
        if not F.is_traced and loops.suit_single(self, grad_output):
            return loops.each(loops.activation.mish_backward, grad_output, self)
        # Softplus without a threshold overflows; recorded it is PyTorch's own graph.
        rise = F.log1p(F.exp(self)) if F.is_traced else F.softplus_scaled(self)
        bent = F.tanh(rise)
        return grad_output * (bent + self * F.sigmoid(self) * (1 - bent * bent))

    torch_name = "nn.functional.mish"
    samples = [Sample(T(3, 4)), Sample(T())]
    error_samples = [Sample(T(2, dtype="int64"))]


@composite(functions="silu", namespaces="nn.functional")
def silu(input, inplace=False):
    """Sigmoid linear unit: each element times its logistic function.

    Parameters
    ----------
    input : Tensor of any shape
        Input.
    inplace : bool, default False
        Overwrite the input.

    Returns
    -------
    Tensor
        ``input * sigmoid(input)``.
    """
    return (traced.silu_record_ if inplace else traced.silu_record)(input)


@composite(functions="mish", namespaces="nn.functional")
def mish(input, inplace=False):
    """Each element times the hyperbolic tangent of its softplus.

    Parameters
    ----------
    input : Tensor of any shape
        Input.
    inplace : bool, default False
        Overwrite the input.

    Returns
    -------
    Tensor
        ``input * tanh(softplus(input))``.
    """
    return (traced.mish_record_ if inplace else traced.mish_record)(input)


@op(
    node="SoftplusBackward0",
    kind="elementwise",
    functions="softplus",
    namespaces="nn.functional",
)
class softplus_scaled:
    r"""Smooth rectifier, ``log(1 + exp(beta * x)) / beta``.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    beta : float, default 1
        Sharpness.
    threshold : float, default 20
        Above ``beta * x > threshold`` the function is linear.

    Notes
    -----
    .. math:: grad_{self} = g\,\sigma(beta \cdot self)

    and `g` above the threshold.
    """

    def forward(self, beta=1, threshold=20):
        kinds.only("f", "softplus_cpu", self)
        if loops.suit_single(self):
            return loops.each(loops.activation.softplus, self, beta, threshold)
        scaled = self if beta == 1 else self * beta
        curved = np.log1p(np.exp(at_most(threshold, scaled)))
        if beta != 1:
            curved /= beta
        return choose(scaled > threshold, self, curved).astype(self.dtype, copy=False)

    def vjp_self(F, grad_output, self, beta, threshold):
        return F.softplus_backward(grad_output, self, beta, threshold)

    torch_name = "nn.functional.softplus"
    samples = [Sample(T(3, 4)), Sample(T(), 2.0), Sample(T.of([-30.0, 0.0, 30.0]), 1, 5)]
    error_samples = [Sample(T(2, dtype="int64"))]


@op(node="SoftplusBackwardBackward0", kind="elementwise", public=False)
class softplus_backward:
    r"""Gradient of the smooth rectifier.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    self : Tensor of the same shape
        Input of the rectifier.
    beta, threshold : float
        Its sharpness, and where it is linear.

    Notes
    -----
    .. math::

        grad_{grad} = softplus\_backward(g, self),\quad
        grad_{self} = g \cdot grad \cdot \beta\, s\,(1 - s),\quad s = \sigma(\beta \cdot self)

    the latter up to the threshold.
    """

    def forward(grad, self, beta, threshold):
        if loops.suit_single(self, grad):
            return loops.each(loops.activation.softplus_backward, grad, self, beta, threshold)
        scaled = self * beta
        return choose(scaled > threshold, grad, grad * logistic(scaled))

    def vjp_grad(F, grad_output, self, beta, threshold):
        return F.softplus_backward(grad_output, self, beta, threshold)

    def vjp_self(F, grad_output, grad, self, beta, threshold):
        scaled = self * beta
        s = F.sigmoid(scaled)
        return F.where(scaled > threshold, 0.0, grad_output * grad * (s * (1 - s) * beta))

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4), 2.0, 1.5)]


@op(
    node="LogSigmoidBackward0",
    kind="elementwise",
    functions="logsigmoid",
    namespaces="nn.functional",
)
class logsigmoid:
    r"""Logarithm of the logistic function, without overflow.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\sigma(-self)
    """

    def forward(self):
        kinds.only("f", "log_sigmoid_cpu", self)
        return np.minimum(self, 0) - np.log1p(np.exp(-np.absolute(self)))

    def vjp_self(F, grad_output, self):
        return F.log_sigmoid_backward(grad_output, self)

    torch_name = "nn.functional.logsigmoid"
    samples = [Sample(T(3, 4)), Sample(T()), Sample(T.of([-800.0, 0.0, 800.0]))]
    error_samples = [Sample(T(2, dtype="int64"))]


@op(node="LogSigmoidBackwardBackward0", kind="elementwise", public=False)
class log_sigmoid_backward:
    r"""Gradient of the logarithm of the logistic function.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    self : Tensor of the same shape
        Input of the function.

    Notes
    -----
    .. math::

        grad_{grad} = g\,\sigma(-self),\quad
        grad_{self} = -g \cdot grad \cdot \sigma(self)\,\sigma(-self)
    """

    def forward(grad, self):
        return grad * logistic(-self)

    def vjp_grad(F, grad_output, self):
        return F.log_sigmoid_backward(grad_output, self)

    def vjp_self(F, grad_output, grad, self):
        return -grad_output * grad * F.sigmoid(self) * F.sigmoid(-self)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4))]


@op(
    node="GluBackward0",
    kind="other",
    functions="glu",
    namespaces="nn.functional",
)
class glu:
    r"""Gated linear unit: one half of a dimension times the logistic function of the other.

    Parameters
    ----------
    self : Tensor
        Input; the size along `dim` is even.
    dim : int, default -1
        Which dimension is halved.

    Notes
    -----
    With the halves `a` and `b` and :math:`s = \sigma(b)`:

    .. math:: grad_a = g\, s,\quad grad_b = g\, a\, s\,(1 - s)
    """

    def forward(self, dim=-1):
        if self.ndim == 0:
            raise RuntimeError("glu does not support scalars because halving size must be even")
        if not -self.ndim <= dim < self.ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-self.ndim}, "
                f"{self.ndim - 1}], but got {dim})"
            )
        if self.shape[dim] % 2:
            raise RuntimeError(
                f"Halving dimension must be even, but dimension {dim % self.ndim} is size "
                f"{self.shape[dim]}"
            )
        kinds.only("f", "glu_cpu", self)
        value, gate = np.split(self, 2, dim)
        return value / (1 + np.exp(-gate))

    def vjp_self(F, grad_output, self, dim):
        return F.glu_backward(grad_output, self, dim)

    def jvp_self(F, tangent, self, dim):
        return _glu_tangent(F, tangent, self, dim)

    torch_name = "nn.functional.glu"
    samples = [Sample(T(3, 4)), Sample(T(4, 3), 0)]
    error_samples = [Sample(T(3)), Sample(T())]


def _halves(F, x, dim):
    half = x.shape[dim] // 2
    return F.narrow(x, dim, 0, half), F.narrow(x, dim, half, half)


def _glu_tangent(F, tangent, self, dim):
    """Return the tangent of `glu`."""
    (value, gate), (first, second) = _halves(F, self, dim), _halves(F, tangent, dim)
    s = F.sigmoid(gate)
    return first * s + second * (value * s * (1 - s))


@op(node="GluBackwardBackward0", kind="other", public=False)
class glu_backward:
    r"""Gradient of the gated linear unit.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    self : Tensor
        Input of the unit, twice as long along `dim`.
    dim : int
        Which dimension is halved.

    Notes
    -----
    With the halves `a` and `b` of the input, `u` and `v` of the cotangent, :math:`s = \sigma(b)`:

    .. math::

        grad_{grad} = u\, s + v\, a\, s',\quad grad_a = v \cdot grad \cdot s',\quad
        grad_b = grad \cdot s'\,(u + v\, a\,(1 - 2 s)),\quad s' = s\,(1 - s)
    """

    def forward(grad, self, dim):
        value, gate = np.split(self, 2, dim)
        s = logistic(gate)
        return np.concatenate([grad * s, grad * value * s * (1 - s)], dim)

    def vjp_grad(F, grad_output, self, dim):
        return _glu_tangent(F, grad_output, self, dim)

    def vjp_self(F, grad_output, grad, self, dim):
        (value, gate), (first, second) = _halves(F, self, dim), _halves(F, grad_output, dim)
        s = F.sigmoid(gate)
        slope = grad * s * (1 - s)
        return F.cat([second * slope, slope * (first + second * value * (1 - 2 * s))], dim)

    torch_name = None
    samples = [Sample(T(3, 2), T(3, 4), 1), Sample(T(2, 3), T(4, 3), 0)]
