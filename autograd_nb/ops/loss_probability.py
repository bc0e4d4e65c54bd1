"""Losses of probabilities: cross entropy of two classes, divergence, likelihoods."""

import math

import numpy as np

from ..core.warn import warn
from . import kinds
from .loss_reduction import (
    REDUCTIONS,
    chosen_reduction,
    count_of,
    reduce_tensor,
    reduced,
    spread,
)
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import scalar_type


@op(node="BinaryCrossEntropyBackward0", kind="other", tensors="weight", public=False)
class binary_cross_entropy_record:
    r"""Cross entropy of probabilities against probabilities, of two classes.

    Parameters
    ----------
    self : Tensor of numbers from 0 to 1
    target : Tensor of the same shape
    weight : Tensor or None
    reduction : {"none", "mean", "sum"}

    Notes
    -----
    Logarithms are clamped at -100, as PyTorch does, so that a sure mistake stays finite.

    .. math:: grad_self = g \, w \frac{self - target}{self (1 - self)}, \quad
              grad_target = g \, w (\ln(1 - self) - \ln self)
    """

    def forward(self, target, weight=None, reduction="mean"):
        if self.size and not ((self >= 0) & (self <= 1)).all():
            raise RuntimeError("all elements of input should be between 0 and 1")
        log, log_other = np.maximum(np.log(self), -100), np.maximum(np.log1p(-self), -100)
        values = (target - 1) * log_other - target * log
        return reduced(values if weight is None else values * weight, reduction)

    def vjp_self(F, grad_output, self, target, weight, reduction):
        return F.binary_cross_entropy_backward(grad_output, self, target, weight, reduction)

    def vjp_target(F, grad_output, self, weight, reduction):
        found = -F.logit(self) * grad_output
        found = found if weight is None else found * weight
        return spread(found, reduction, math.prod(self.shape))

    samples = [
        Sample(T(3, 2, low=0.1, high=0.9), T(3, 2, low=0.1, high=0.9), None, r) for r in REDUCTIONS
    ]


@op(node="BinaryCrossEntropyBackwardBackward0", tensors="weight", public=False)
class binary_cross_entropy_backward:
    r"""Gradient of the cross entropy for the probabilities.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the loss.
    self, target : Tensor of one shape
    weight : Tensor or None
    reduction : {"none", "mean", "sum"}

    Notes
    -----
    With :math:`v = self\,(1 - self)`:

    .. math::

        grad_{grad} = \sum g\, w\,(self - target) / v,\quad
        grad_{target} = -g \cdot grad \cdot w / v,\quad
        grad_{self} = g \cdot grad \cdot w\,(v - (self - target)(1 - 2 self)) / v^2
    """

    def forward(grad, self, target, weight=None, reduction="mean"):
        return (
            _shared(grad, weight, reduction, self)
            * (self - target)
            / np.maximum((1 - self) * self, 1e-12)
        )

    def vjp_grad(F, grad_output, self, target, weight, reduction):
        return F.binary_cross_entropy_backward(grad_output, self, target, weight, reduction)

    def vjp_self(F, grad_output, grad, self, target, weight, reduction):
        variance = F.clamp_min((1 - self) * self, 1e-12)
        slope = (variance - (self - target) * (1 - 2 * self)) / (variance * variance)
        return _shared(grad_output * grad, weight, reduction, self) * slope

    def vjp_target(F, grad_output, grad, self, weight, reduction):
        variance = F.clamp_min((1 - self) * self, 1e-12)
        return -_shared(grad_output * grad, weight, reduction, self) / variance

    torch_name = None
    samples = [
        Sample(T(), T(3, low=0.1, high=0.9), T(3, low=0.1, high=0.9), None, "mean"),
        Sample(
            T(3),
            T(3, low=0.1, high=0.9),
            T(3, low=0.1, high=0.9),
            T(3, low=0.5, requires_grad=False),
            "none",
        ),
    ]


def _shared(product, weight, reduction, like):
    """Return each element's share of a cotangent, times its weight."""
    share = spread(product, reduction, math.prod(like.shape))
    return share if weight is None else share * weight


@composite(functions="binary_cross_entropy", namespaces="nn.functional")
def binary_cross_entropy(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean"
):
    """Return the cross entropy of probabilities of two classes.

    Parameters
    ----------
    input, target : Tensor of numbers from 0 to 1, of one shape
    weight : Tensor, optional
        Factor of each element.
    size_average, reduce
        Deprecated spellings of `reduction`.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if input.size() != target.size():
        raise ValueError(
            f"Using a target size ({target.shape!r}) that is different to the input size "
            f"({input.shape!r}) is deprecated. Please ensure they have the same size."
        )
    if target._array.dtype != input._array.dtype:
        raise RuntimeError(
            f"Found dtype {scalar_type(target._array)} but expected {scalar_type(input._array)}"
        )
    return traced.binary_cross_entropy_record(input, target, weight, reduction)


@op(
    node="BinaryCrossEntropyWithLogitsBackward0",
    kind="other",
    tensors="weight pos_weight",
    public=False,
)
class binary_cross_entropy_with_logits_record:
    r"""Cross entropy of two classes from log-odds, without overflow.

    Parameters
    ----------
    self : Tensor, log-odds
    target : Tensor of the same shape
    weight, pos_weight : Tensor or None
        Factors of each element, and of the positive class.
    reduction : {"none", "mean", "sum"}

    Notes
    -----
    .. math:: grad_self = g \, w (\sigma(self)(p t + 1 - t) - p t), \quad
              grad_target = g \, w (\ln \sigma(-self) - p \ln \sigma(self))
    """

    def forward(self, target, weight=None, pos_weight=None, reduction="mean"):
        # ln sigmoid(x) = min(x, 0) - log1p(exp(-|x|)) never overflows.
        kinds.only("f", "log_sigmoid_cpu", self)
        log_sigmoid = np.minimum(self, 0) - np.log1p(np.exp(-np.abs(self)))
        if pos_weight is None:
            values = (1 - target) * self - log_sigmoid
        else:
            factor = (pos_weight - 1) * target + 1
            values = (1 - target) * self - factor * log_sigmoid
        values = values if weight is None else values * weight
        # PyTorch multiplies in place, beginning with 1 - target.
        return reduced(values.astype(target.dtype, copy=False), reduction)

    def vjp_self(F, grad_output, self, target, weight, pos_weight, reduction):
        if pos_weight is None:
            found = (F.sigmoid(self) - target) * grad_output
        else:
            positive = pos_weight * target
            found = ((positive + 1 - target) * F.sigmoid(self) - positive) * grad_output
        found = found if weight is None else found * weight
        return spread(found, reduction, count_of(self.shape, target.shape))

    def vjp_target(F, grad_output, self, weight, pos_weight, reduction):
        if pos_weight is None:
            found = -self * grad_output
        else:
            found = (F.logsigmoid(-self) - F.logsigmoid(self) * pos_weight) * grad_output
        found = found if weight is None else found * weight
        return spread(found, reduction, math.prod(self.shape))

    samples = [
        Sample(T(3, 2), T(3, 2, low=0.1, high=0.9), None, None, "mean"),
        Sample(
            T(3, 2), T(3, 2, low=0.1, high=0.9), None, T(2, low=0.5, requires_grad=False), "sum"
        ),
        Sample(
            T(3, 2), T(3, 2, low=0.1, high=0.9), T(3, 2, low=0.5, requires_grad=False), None, "none"
        ),
    ]


@composite(functions="binary_cross_entropy_with_logits", namespaces="nn.functional")
def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):
    """Return the cross entropy of two classes from log-odds.

    Parameters
    ----------
    input : Tensor, log-odds
    target : Tensor of the same shape, from 0 to 1
    weight : Tensor, optional
        Factor of each element.
    size_average, reduce
        Deprecated spellings of `reduction`.
    reduction : {"mean", "sum", "none"}
    pos_weight : Tensor, optional
        Factor of the positive class.

    Returns
    -------
    Tensor
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if input.size() != target.size():
        raise ValueError(
            f"Target size ({target.shape!r}) must be the same as input size ({input.shape!r})"
        )
    if not (target.is_floating_point() or target.is_complex()):
        raise RuntimeError(
            f"result type {scalar_type(input._array)} can't be cast to the desired output type "
            f"{scalar_type((1 - target)._array)}"
        )
    return traced.binary_cross_entropy_with_logits_record(
        input, target, weight, pos_weight, reduction
    )


@op(node="SoftMarginLossBackward0", kind="other", tensors="target", public=False)
class soft_margin_loss_record:
    r"""Logistic loss of a number against a sign: ``log(1 + exp(-target * self))``.

    Parameters
    ----------
    self : Tensor
    target : Tensor of signs
    reduction : {"none", "mean", "sum"}

    Notes
    -----
    .. math:: grad_self = -g \, target \, \sigma(-target \cdot self)
    """

    def forward(self, target, reduction="mean"):
        margin = -target.astype(self.dtype) * self
        return reduced(np.log1p(np.exp(margin)), reduction)  # infinite where PyTorch's is

    def vjp_self(F, grad_output, self, target, reduction):
        return F.soft_margin_loss_backward(grad_output, self, target, reduction)

    samples = [
        Sample(T(4), T.of([1.0, -1.0, 1.0, -1.0], requires_grad=False), r) for r in REDUCTIONS
    ]


@op(node="SoftMarginLossBackwardBackward0", tensors="target", public=False)
class soft_margin_loss_backward:
    r"""Gradient of the logistic loss against signs.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the loss.
    self : Tensor
    target : Tensor of signs
    reduction : {"none", "mean", "sum"}

    Notes
    -----
    With :math:`s = \sigma(-target \cdot self)`:

    .. math::

        grad_{grad} = -\sum g\, target \cdot s / n,\quad
        grad_{self} = g \cdot grad \cdot target^2\, s\,(1 - s) / n
    """

    def forward(grad, self, target, reduction):
        share = spread(grad, reduction, math.prod(self.shape))
        target = target.astype(self.dtype)
        z = np.exp(-target * self)
        return -target * z / (z + 1) * share

    def vjp_grad(F, grad_output, self, target, reduction):
        return F.soft_margin_loss_backward(grad_output, self, target, reduction)

    def vjp_self(F, grad_output, grad, self, target, reduction):
        share = spread(grad_output * grad, reduction, math.prod(self.shape))
        s = F.sigmoid(-target * self)
        return target * target * s * (1 - s) * share

    torch_name = None
    samples = [Sample(T(), T(3), T.of([1.0, -1.0, 1.0], requires_grad=False), "mean")]


@composite(functions="soft_margin_loss", namespaces="nn.functional")
def soft_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """Return the logistic loss of numbers against signs.

    Parameters
    ----------
    input : Tensor
    target : Tensor of 1 and -1
    size_average, reduce
        Deprecated spellings of `reduction`.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    return traced.soft_margin_loss_record(input, target, reduction)


@composite(functions="kl_div", namespaces="nn.functional")
def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    """Return the Kullback-Leibler divergence of log-probabilities from probabilities.

    Parameters
    ----------
    input : Tensor of log-probabilities
    target : Tensor of probabilities, or of their logarithms with `log_target`
    size_average, reduce
        Deprecated spellings of `reduction`.
    reduction : {"mean", "batchmean", "sum", "none"}
        "batchmean" is the divergence by its definition; "mean" divides by all elements.
    log_target : bool, default False

    Returns
    -------
    Tensor
    """
    if reduction == "mean" and size_average is None and reduce is None:
        warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math "
            "definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
        )
    batch = reduction == "batchmean"
    reduction = "sum" if batch else chosen_reduction(size_average, reduce, reduction)
    if not all(x.is_floating_point() or x.is_complex() for x in (input, target)):
        raise RuntimeError("kl_div: Integral inputs not supported.")
    if log_target:
        # In C++ the right operand comes first: later gradients are added in that order.
        gap = target - input
        values = traced.exp(target) * gap
    else:
        product = target * input
        values = traced.xlogy(target, target) - product
    result = reduce_tensor(values, reduction)
    if batch and input.ndim:
        result = result / input.shape[0]
    return result


@composite(functions="poisson_nll_loss", namespaces="nn.functional")
def poisson_nll_loss(
    input,
    target,
    log_input=True,
    full=False,
    size_average=None,
    eps=1e-8,
    reduce=None,
    reduction="mean",
):
    """Return the negative log-likelihood of counts under a Poisson distribution.

    Parameters
    ----------
    input : Tensor, the rate or its logarithm
    target : Tensor of counts
    log_input : bool, default True
        `input` is the logarithm of the rate.
    full : bool, default False
        Add Stirling's approximation of the constant term.
    size_average, reduce
        Deprecated spellings of `reduction`.
    eps : float, default 1e-8
        Keeps the logarithm finite.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if log_input:
        product = target * input  # first, as in C++: gradients are added in that order
        loss = traced.exp(input) - product
    else:
        loss = input - target * traced.log(traced.add_scalar(input, eps))
    if full:
        stirling = target * traced.log(target) - target + 0.5 * traced.log(2 * math.pi * target)
        loss = loss + traced.masked_fill(stirling, target <= 1, 0)
    return reduce_tensor(loss, reduction)


@composite(functions="gaussian_nll_loss", namespaces="nn.functional")
def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """Return the negative log-likelihood of numbers under normal distributions.

    Parameters
    ----------
    input : Tensor, the expectation
    target : Tensor
    var : Tensor or float, the variance, at least 0
    full : bool, default False
        Add the constant term.
    eps : float, default 1e-6
        Smallest variance; the clamping passes gradients unchanged.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor
    """
    from ..core.modes import no_grad

    if not hasattr(var, "_array"):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = input.new_full(tuple(input.shape), var)
    elif bool((var._array < 0).any()):
        raise ValueError("var has negative entry/entries")
    if tuple(var.shape) != tuple(input.shape):
        if tuple(input.shape[:-1]) == tuple(var.shape):
            var = traced.unsqueeze(var, -1)
        elif (
            input.ndim != var.ndim
            or sum(v for n, v in zip(input.shape, var.shape, strict=True) if n != v) != 1
        ):
            raise ValueError("var is of incorrect size")
    if reduction not in REDUCTIONS:
        raise ValueError(reduction + " is not valid")
    var = traced.clone(var)
    with no_grad():
        var.clamp_(min=eps)
    loss = 0.5 * (traced.log(var) + (input - target) ** 2 / var)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return reduce_tensor(loss, reduction)
