"""Losses of one number against another: squared, absolute, Huber."""

import numpy as np

from ..core.dtypes import can_cast, promote_types
from . import kinds
from .choice import at_most
from .loss_reduction import (
    REDUCTIONS,
    check_reduction,
    chosen_reduction,
    count_of,
    reduce_tensor,
    reduced,
    spread,
    warn_of_sizes,
)
from .namespaces import T as traced
from .registry import Sample, T, composite, op


@op(node="MseLossBackward0", kind="other", promote="self target", public=False)
class mse_loss_record:
    r"""Squared differences, summed or averaged.

    Parameters
    ----------
    self, target : Tensor
    reduction : {"none", "mean", "sum"}

    Notes
    -----
    .. math:: grad_self = 2 (self - target) \, g / n, \quad grad_target = -grad_self
    """

    def forward(self, target, reduction="mean"):
        if self.dtype.kind != "f":
            kinds.only("f", "mse_cpu", self)
        difference = np.subtract(self, target)
        if reduction == "mean" and difference.size and difference.flags.c_contiguous:
            flat = difference.reshape(-1)
            return np.dot(flat, flat) / difference.dtype.type(difference.size)
        return reduced(difference * difference, reduction)

    def vjp_self(F, grad_output, self, target, reduction):
        return F.mse_loss_backward(grad_output, self, target, reduction)

    def vjp_target(F, grad_output, self, target, reduction):
        return F.mse_loss_backward(grad_output, target, self, reduction)

    samples = [Sample(T(3, 2), T(3, 2), r) for r in REDUCTIONS]


@op(node="MseLossBackwardBackward0", public=False)
class mse_loss_backward:
    r"""Gradient of the squared differences.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the loss.
    self, target : Tensor
    reduction : {"none", "mean", "sum"}

    Notes
    -----
    .. math::

        grad_{grad} = \sum 2 g\,(self - target) / n,\quad
        grad_{self} = 2 g \cdot grad / n = -grad_{target}
    """

    def forward(grad, self, target, reduction):
        factor = 2.0 / count_of(self.shape, target.shape) if reduction == "mean" else 2.0
        return (self - target) * (grad * factor)

    def vjp_grad(F, grad_output, self, target, reduction):
        return F.mse_loss_backward(grad_output, self, target, reduction)

    def vjp_self(F, grad_output, grad, self_shape, target_shape, reduction):
        return 2 * spread(grad_output * grad, reduction, count_of(self_shape, target_shape))

    def vjp_target(F, grad_output, grad, self_shape, target_shape, reduction):
        return -2 * spread(grad_output * grad, reduction, count_of(self_shape, target_shape))

    torch_name = None
    samples = [
        Sample(T(3, 2), T(3, 2), T(3, 2), "none"),
        *[Sample(T(), T(3, 2), T(3, 2), r) for r in ("mean", "sum")],
    ]


@composite(functions="mse_loss", namespaces="nn.functional")
def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """Return the squared differences, averaged by default.

    Parameters
    ----------
    input, target : Tensor
    size_average, reduce
        Deprecated spellings of `reduction`.
    reduction : {"mean", "sum", "none"}
    weight : Tensor, optional
        Factor of each element.

    Returns
    -------
    Tensor
    """
    warn_of_sizes(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if weight is not None:
        squared = (input - target) ** 2 * weight
        if reduction == "mean":
            return traced.sum_all(squared) / traced.sum_all(weight)
        return reduce_tensor(squared, reduction)
    return traced.mse_loss_record(*traced.broadcast_tensors(input, target), reduction)


@composite(functions="l1_loss", namespaces="nn.functional")
def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """Return the absolute differences, averaged by default.

    Parameters
    ----------
    input, target : Tensor
    size_average, reduce
        Deprecated spellings of `reduction`.
    reduction : {"mean", "sum", "none"}
    weight : Tensor, optional
        Factor of each element.

    Returns
    -------
    Tensor
    """
    warn_of_sizes(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    input, target = traced.broadcast_tensors(input, target)
    difference = (input - target).abs()
    if weight is not None:
        difference = difference * weight
        if reduction == "mean":
            return traced.sum_all(difference) / traced.sum_all(weight)
    return reduce_tensor(difference, reduction)


def bend(x, corner, slope_scale):
    """Return a quadratic inside ``|x| < corner`` and its tangent outside."""
    size = np.abs(x)
    inside = at_most(corner, size)  # beyond the corner the one factor stays, the other goes on
    result = (size - 0.5 * inside) * (inside / slope_scale)
    return result.astype(x.dtype, copy=False)[()]


class _BendBackward:
    r"""Gradient of a loss that is quadratic up to a corner and straight beyond.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the loss.
    self, target : Tensor
    reduction : {"none", "mean", "sum"}
    corner, slope_scale : float
        Where the parabola ends, and what its slope is divided by.

    Notes
    -----
    .. math::

        grad_{grad} = \sum g \cdot clip(self - target, -c, c) / (s n),\quad
        grad_{self} = [|self - target| < c]\, g \cdot grad / (s n) = -grad_{target}
    """

    def forward(grad, self, target, reduction, corner, slope_scale):
        difference = self - target
        slope = np.clip(difference, -corner, corner) / slope_scale
        share = spread(grad, reduction, count_of(self.shape, target.shape))
        return (slope * share).astype(difference.dtype, copy=False)

    def vjp_grad(F, grad_output, self, target, reduction, corner, slope_scale):
        backward = F.smooth_l1_loss_backward
        return backward(grad_output, self, target, reduction, corner, slope_scale)

    def vjp_self(F, grad_output, grad, self, target, reduction, corner, slope_scale):
        return _bend_curve(F, grad_output * grad, self, target, reduction, corner, slope_scale)

    def vjp_target(F, grad_output, grad, self, target, reduction, corner, slope_scale):
        return -_bend_curve(F, grad_output * grad, self, target, reduction, corner, slope_scale)

    torch_name = None
    samples = [
        Sample(T(3, 2), T(3, 2), T(3, 2), "none", 0.5, 0.5),
        *[Sample(T(), T(3, 2), T(3, 2), r, 0.7, 1.0) for r in ("mean", "sum")],
    ]


def _bend_curve(F, product, self, target, reduction, corner, slope_scale):
    gap = F.value(self) - F.value(target)
    inside = F.constant((np.abs(gap) < corner).astype(gap.dtype) / gap.dtype.type(slope_scale))
    return inside * spread(product, reduction, count_of(self.shape, target.shape))


for _name, _node in (("smooth_l1", "SmoothL1"), ("huber", "Huber")):
    op(name=f"{_name}_loss_backward", node=f"{_node}LossBackwardBackward0", public=False)(
        _BendBackward
    )


@op(node="SmoothL1LossBackward0", kind="other", promote="self target", public=False)
class smooth_l1_loss_record:
    r"""Quadratic below `beta`, absolute above, summed or averaged.

    Parameters
    ----------
    self, target : Tensor
    reduction : {"none", "mean", "sum"}
    beta : float

    Notes
    -----
    .. math:: grad_self = g \cdot clip((self - target) / \beta, -1, 1), \quad
              grad_target = -grad_self
    """

    def forward(self, target, reduction="mean", beta=1.0):
        kinds.only("f", "smooth_l1_cpu", self)
        return reduced(bend(np.subtract(self, target), beta, beta), reduction)

    def vjp_self(F, grad_output, self, target, reduction, beta):
        return F.smooth_l1_loss_backward(grad_output, self, target, reduction, beta, beta)

    def vjp_target(F, grad_output, self, target, reduction, beta):
        return F.smooth_l1_loss_backward(grad_output, target, self, reduction, beta, beta)

    samples = [Sample(T(3, 2), T(3, 2), r, 0.5) for r in REDUCTIONS]


@composite(functions="smooth_l1_loss", namespaces="nn.functional")
def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    """Return a loss that is quadratic below `beta` and absolute above.

    Parameters
    ----------
    input, target : Tensor
    size_average, reduce
        Deprecated spellings of `reduction`.
    reduction : {"mean", "sum", "none"}
    beta : float, default 1

    Returns
    -------
    Tensor
    """
    warn_of_sizes(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if beta == 0.0:
        return l1_loss(input, target, reduction=reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    return traced.smooth_l1_loss_record(*traced.broadcast_tensors(input, target), reduction, beta)


@op(node="HuberLossBackward0", kind="other", promote="self target", public=False)
class huber_loss_record:
    r"""Quadratic below `delta`, linear above with slope `delta`, summed or averaged.

    Parameters
    ----------
    self, target : Tensor
    reduction : {"none", "mean", "sum"}
    delta : float

    Notes
    -----
    .. math:: grad_self = g \cdot clip(self - target, -\delta, \delta), \quad
              grad_target = -grad_self
    """

    def forward(self, target, reduction="mean", delta=1.0):
        kinds.only("f", "huber_cpu", self)
        return reduced(bend(np.subtract(self, target), delta, 1.0), reduction)

    def vjp_self(F, grad_output, self, target, reduction, delta):
        return F.huber_loss_backward(grad_output, self, target, reduction, delta, 1.0)

    def vjp_target(F, grad_output, self, target, reduction, delta):
        return F.huber_loss_backward(grad_output, target, self, reduction, delta, 1.0)

    samples = [Sample(T(3, 2), T(3, 2), r, 0.7) for r in REDUCTIONS]


@composite(functions="huber_loss", namespaces="nn.functional")
def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """Return a loss that is quadratic below `delta` and linear above.

    Parameters
    ----------
    input, target : Tensor
    reduction : {"mean", "sum", "none"}
    delta : float, default 1
    weight : Tensor, optional
        Factor of each element.

    Returns
    -------
    Tensor
    """
    warn_of_sizes(input, target)
    check_reduction(reduction)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    both = traced.broadcast_tensors(input, target)
    common = promote_types(input.dtype, target.dtype)
    if not can_cast(common, input.dtype):
        names = [kind.tensor_name.removesuffix("Tensor") for kind in (common, input.dtype)]
        raise RuntimeError(
            "result type {} can't be cast to the desired output type {}".format(*names)
        )
    if weight is None:
        found = traced.huber_loss_record(*both, reduction, delta)
        return found if common is input.dtype else found.to(input.dtype)
    values = traced.huber_loss_record(input, target, "none", delta) * weight
    if reduction == "mean":
        return traced.sum_all(values) / traced.sum_all(weight)
    return reduce_tensor(values, reduction)
