"""Rectifiers and their relatives: activations that are linear in pieces."""

from __future__ import annotations

import numpy as np

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import kinds
from autograd_nb.ops.choice import at_least, choose
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op


@op(
    node="ReluBackward0",
    kind="elementwise",
    methods="relu",
    functions="relu",
    inplace=True,
)
class relu:
    r"""Rectifier: the positive part of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not bool, not complex.

    Notes
    -----
    .. math:: grad_{self} = [result > 0]\, g

    The gradient at 0 is 0.

    Examples
    --------
    >>> torch.relu(torch.tensor([-1., 0., 2.]))
    tensor([0., 0., 2.])
    """

    def forward(self):
        kind = self.dtype.kind
        if kind == "b":
            raise RuntimeError("Boolean inputs not supported for relu")
        if kind == "c":
            raise NotImplementedError("clamp is not supported for complex types")
        return at_least(0, self)

    def forward_(self):
        kind = self.dtype.kind
        if kind == "b":
            raise RuntimeError("Boolean inputs not supported for relu")
        if kind == "c":
            raise NotImplementedError("clamp is not supported for complex types")
        return np.maximum(0, self, out=self)

    def vjp_self(F, grad_output, result):
        return F.drop(grad_output, result <= 0, result)

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T.of([-1.0, 0.0, 2.0, float("nan")])),
        Sample(T(3, dtype="int64")),
    ]
    error_samples = [Sample(T(2, dtype="bool")), Sample(T(2, dtype="complex64"))]


@composite(functions="relu", namespaces="nn.functional")
def relu_functional(input, inplace=False):
    """Rectifier: the positive part of each element.

    Parameters
    ----------
    input : Tensor of any shape
        Input.
    inplace : bool, default False
        Overwrite the input.

    Returns
    -------
    Tensor
        ``maximum(input, 0)``.
    """
    return traced.relu_(input) if inplace else traced.relu(input)


@op(node="LeakyReluBackward0", kind="elementwise", public=False, inplace="LeakyReluBackward1")
class leaky_relu_slope:
    r"""Rectifier with a small slope for negative elements.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    negative_slope : float
        Slope below zero.

    Notes
    -----
    .. math:: grad_{self} = g\,[self > 0] + slope\, g\,[self \le 0]
    """

    def forward(self, negative_slope=0.01):
        kinds.only("f", "leaky_relu_cpu", self)
        if 0 < negative_slope <= 1:
            return np.maximum(self, self * negative_slope)
        return choose(self > 0, self, self * negative_slope)

    def vjp_self(F, grad_output, self, negative_slope):
        return F.leaky_relu_backward(grad_output, self, negative_slope)

    torch_name = "nn.functional.leaky_relu"
    samples = [Sample(T(3, 4)), Sample(T(), 0.2), Sample(T.of([-1.0, 0.0, 1.0]), 2.0)]
    error_samples = [Sample(T(2, dtype="int64"))]


@op(node="LeakyReluBackwardBackward0", kind="linear", pointwise=True, tensors="self", public=False)
class leaky_relu_backward:
    r"""Gradient of the leaky rectifier.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    self : Tensor of the same shape
        Input of the rectifier.
    negative_slope : float
        Slope below zero.

    Notes
    -----
    .. math:: grad_{grad} = leaky\_relu\_backward(g, self),\quad grad_{self} = 0
    """

    def forward(grad, self, negative_slope):
        return choose(self > 0, grad, grad * negative_slope)

    def vjp_grad(F, grad_output, self, negative_slope):
        return F.leaky_relu_backward(grad_output, self, negative_slope)

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    def jvp_grad(F, tangent, self, negative_slope):
        return F.leaky_relu_backward(tangent, self, negative_slope)

    def jvp_self(F, tangent, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4), 0.1)]


@composite(functions="leaky_relu", namespaces="nn.functional")
def leaky_relu(input, negative_slope=0.01, inplace=False):
    """Rectifier with a small slope for negative elements.

    Parameters
    ----------
    input : Tensor of any shape
        Input.
    negative_slope : float, default 0.01
        Slope below zero.
    inplace : bool, default False
        Overwrite the input.

    Returns
    -------
    Tensor
        ``input`` where positive, else ``negative_slope * input``.
    """
    run = traced.leaky_relu_slope_ if inplace else traced.leaky_relu_slope
    return run(input, negative_slope)


@op(
    node="ThresholdBackward0",
    kind="elementwise",
    public=False,
    inplace="ThresholdBackward1",
)
class threshold_value:
    r"""Replace elements that do not exceed a threshold.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    threshold, value : number
        What to exceed, and what replaces the others.

    Notes
    -----
    .. math:: grad_{self} = [self > threshold]\, g
    """

    def forward(self, threshold, value):
        kinds.only("uif", "threshold_cpu", self)
        return np.where(self <= threshold, self.dtype.type(value), self)

    def vjp_self(F, grad_output, self, threshold):
        return F.drop(grad_output, self <= threshold, self)

    torch_name = "nn.functional.threshold"
    samples = [Sample(T(3, 4), 0.1, 2), Sample(T(), 0, -1), Sample(T(3, dtype="int64"), 1, 5)]


@composite(functions="threshold", namespaces="torch nn.functional")
def threshold(input, threshold, value, inplace=False):
    """Replace elements that do not exceed a threshold.

    Parameters
    ----------
    input : Tensor of any shape
        Input.
    threshold, value : number
        What to exceed, and what replaces the others.
    inplace : bool, default False
        Overwrite the input.

    Returns
    -------
    Tensor
        Of the same dtype.
    """
    for at, (name, number) in enumerate({"threshold": threshold, "value": value}.items()):
        if isinstance(number, Tensor) and number.ndim:
            raise TypeError(
                f"threshold(): argument '{name}' (position {at + 2}) must be Number, not Tensor"
            )
    run = traced.threshold_value_ if inplace else traced.threshold_value
    return run(input, threshold, value)


@op(node="PreluKernelBackward0", kind="elementwise", promote="self weight", public=False)
class prelu_kernel:
    r"""Rectifier with learnable slopes below zero.

    Parameters
    ----------
    self, weight : Tensor, shapes that broadcast together
        Input and slopes.

    Notes
    -----
    .. math::

        grad_{self} = g\,([self > 0] + weight\,[self \le 0]),\quad
        grad_{weight} = g\, self\,[self \le 0]
    """

    def forward(self, weight):
        return np.where(self > 0, self, weight * self)

    inputs = "self weight"

    def vjp(F, grad_output, self, weight):
        return F.prelu_kernel_backward(grad_output, self, weight)

    torch_name = None
    samples = [Sample(T(3, 4), T(4)), Sample(T(), T(1))]


@op(
    node="PreluKernelBackwardBackward0",
    kind="elementwise",
    outputs="grad_self grad_weight",
    public=False,
)
class prelu_kernel_backward:
    r"""Gradients of the rectifier with learnable slopes.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    self, weight : Tensor, shapes that broadcast together
        Input and slopes.

    Notes
    -----
    With the cotangents `u` and `v` of the two results, where `self` is not positive:

    .. math::

        grad_{grad} = u \cdot weight + v \cdot self,\quad
        grad_{self} = v \cdot grad,\quad grad_{weight} = u \cdot grad

    else :math:`grad_{grad} = u` and the others are zero.
    """

    def forward(grad, self, weight):
        above = self > 0
        first = np.where(above, grad, weight * grad)
        return first, np.broadcast_to(np.where(above, 0, self * grad), first.shape)

    def vjp_grad(F, grad_output0, grad_output1, self, weight):
        above = self > 0
        found = 0.0
        if grad_output0 is not None:
            found = F.where(above, grad_output0, weight * grad_output0) + found
        if grad_output1 is not None:
            found = F.where(above, 0.0, self * grad_output1) + found
        return found

    def vjp_self(F, grad_output1, grad, self):
        return None if grad_output1 is None else F.where(self > 0, 0.0, grad * grad_output1)

    def vjp_weight(F, grad_output0, grad, self):
        return None if grad_output0 is None else F.where(self > 0, 0.0, grad * grad_output0)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4), T(4))]


@composite(methods="prelu", functions="prelu", namespaces="torch nn.functional")
def prelu(self, weight):
    """Rectifier with learnable slopes below zero.

    Parameters
    ----------
    self : Tensor, shape (N, C, *) or any
        Input.
    weight : Tensor, one element or C
        Slope of every channel.

    Returns
    -------
    Tensor
        ``self`` where positive, else ``weight * self``.
    """
    count, ndim = weight.numel(), weight.ndim
    if self.dtype is not weight.dtype:
        raise RuntimeError(
            "prelu: Type promoting not supported. Got "
            f"{kinds.scalar_type(self._array)} and {kinds.scalar_type(weight._array)}"
        )
    if count != 1:
        if self.ndim == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = self.shape[1] if self.ndim > 1 else 1
        if count != channels:
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{count} and channel size = {channels}."
            )
    if ndim > 1:
        raise RuntimeError(
            f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {ndim}"
        )
    if self.ndim == 0:
        weight = traced.reshape(weight, ()) if ndim else weight
    elif self.ndim == 1:
        weight = weight if ndim else traced.reshape(weight, (1,))
    else:
        weight = traced.reshape(weight, (1, count) + (1,) * (self.ndim - 2))
    return traced.prelu_kernel(self, weight)
