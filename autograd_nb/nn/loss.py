"""Loss functions as layers."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn.geometry import PairwiseDistance
from autograd_nb.nn.module import Module

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "NLLLoss2d",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


class _Loss(Module):
    """What all losses share: how the losses of the elements become one number.

    Parameters
    ----------
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    reduction: str

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__()
        if size_average is not None or reduce is not None:
            self.reduction = old_reduction(size_average, reduce)
        else:
            self.reduction = reduction


class _WeightedLoss(_Loss):
    """A loss with a weight per class or element, kept as a buffer."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


def old_reduction(size_average: Any, reduce: Any) -> str:
    """Return the reduction that the old arguments `size_average` and `reduce` mean."""
    average = True if size_average is None else size_average
    reduced = True if reduce is None else reduce
    name = "mean" if average and reduced else "sum" if reduced else "none"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{name}' instead.",
        stacklevel=4,
    )
    return name


class L1Loss(_Loss):
    """Mean absolute error.

    Parameters
    ----------
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.l1_loss(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    """Mean squared error.

    Parameters
    ----------
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.mse_loss(input, target, reduction=self.reduction)


class NLLLoss(_WeightedLoss):
    """Negative log likelihood of the target classes.

    Parameters
    ----------
    weight : Tensor, optional
        Weight of each class.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    ignore_index : int, default: -100
        Target that does not count.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.nll_loss(
            input,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )


class NLLLoss2d(NLLLoss):
    """Old name of :class:`NLLLoss`."""


class CrossEntropyLoss(_WeightedLoss):
    """Cross entropy between logits and target classes or probabilities.

    Parameters
    ----------
    weight : Tensor, optional
        Weight of each class.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    ignore_index : int, default: -100
        Target that does not count.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    label_smoothing : float, default: 0.0
        Share of the target spread over all classes.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.cross_entropy(
            input,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class BCELoss(_WeightedLoss):
    """Binary cross entropy of probabilities.

    Parameters
    ----------
    weight : Tensor, optional
        Weight of each class.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """Binary cross entropy of logits.

    Parameters
    ----------
    weight : Tensor, optional
        Weight of each class.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    pos_weight : Tensor, optional
        Weight of the positive answers.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, pos_weight=self.pos_weight, reduction=self.reduction
        )


class KLDivLoss(_Loss):
    """Kullback-Leibler divergence; the input holds log probabilities.

    Parameters
    ----------
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    log_target : bool, default: False
        Whether the target holds log probabilities too.
    """

    def __init__(
        self,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class SmoothL1Loss(_Loss):
    """Squared error below `beta`, absolute error above.

    Parameters
    ----------
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    beta : float, default: 1.0
        Where the two meet.
    """

    def __init__(
        self,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """Squared error below `delta`, scaled absolute error above.

    Parameters
    ----------
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    delta : float, default: 1.0
        Where the two meet.
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        if not isinstance(delta, (float, int)):
            raise TypeError(f"delta must be a float or int, got: {type(delta)}")
        super().__init__(None, None, reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class PoissonNLLLoss(_Loss):
    """Negative log likelihood of counts.

    Parameters
    ----------
    log_input : bool, default: True
        Whether the input is the logarithm of the rate.
    full : bool, default: False
        Whether Stirling's term is added.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    eps : float, default: 1e-8
        Keeps the logarithm finite.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: Any = None,
        eps: float = 1e-8,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.poisson_nll_loss(
            log_input,
            target,
            log_input=self.log_input,
            full=self.full,
            eps=self.eps,
            reduction=self.reduction,
        )


class GaussianNLLLoss(_Loss):
    """Negative log likelihood of normal numbers with given variances.

    Parameters
    ----------
    full : bool, default: False
        Whether the constant term is added.
    eps : float, default: 1e-6
        Smallest variance.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(None, None, reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        """Return the loss."""
        return F.gaussian_nll_loss(
            input, target, var, full=self.full, eps=self.eps, reduction=self.reduction
        )


class HingeEmbeddingLoss(_Loss):
    """Distance for similar pairs (1), hinge for dissimilar ones (-1).

    Parameters
    ----------
    margin : float, default: 1.0
        Wanted distance of dissimilar pairs.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self,
        margin: float = 1.0,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(_Loss):
    """Cosine distance for similar pairs (1), hinge for dissimilar ones (-1).

    Parameters
    ----------
    margin : float, default: 0.0
        Allowed similarity of dissimilar pairs.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self,
        margin: float = 0.0,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.cosine_embedding_loss(
            input1, input2, target, margin=self.margin, reduction=self.reduction
        )


class MarginRankingLoss(_Loss):
    """Hinge on the order of two scores.

    Parameters
    ----------
    margin : float, default: 0.0
        Wanted difference.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self,
        margin: float = 0.0,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.margin_ranking_loss(
            input1, input2, target, margin=self.margin, reduction=self.reduction
        )


class SoftMarginLoss(_Loss):
    """Logistic loss of targets 1 and -1.

    Parameters
    ----------
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """Mean over classes of the logistic loss.

    Parameters
    ----------
    weight : Tensor, optional
        Weight of each class.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.multilabel_soft_margin_loss(
            input, target, weight=self.weight, reduction=self.reduction
        )


class MultiLabelMarginLoss(_Loss):
    """Hinge between the classes that are true and those that are not.

    Parameters
    ----------
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiMarginLoss(_WeightedLoss):
    """Hinge between the true class and all others.

    Parameters
    ----------
    p : int, default: 1
        Power, 1 or 2.
    margin : float, default: 1.0
        Wanted difference.
    weight : Tensor, optional
        Weight of each class.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.multi_margin_loss(
            input,
            target,
            p=self.p,
            margin=self.margin,
            weight=self.weight,
            reduction=self.reduction,
        )


class TripletMarginLoss(_Loss):
    """Hinge between the distances to a positive and to a negative example.

    Parameters
    ----------
    margin : float, default: 1.0
        Wanted difference.
    p : float, default: 2.0
        Norm of the distance.
    eps : float, default: 1e-6
        Keeps the norm differentiable.
    swap : bool, default: False
        Whether the nearer of anchor and positive is used.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Return the loss."""
        return F.triplet_margin_loss(
            anchor,
            positive,
            negative,
            margin=self.margin,
            p=self.p,
            eps=self.eps,
            swap=self.swap,
            reduction=self.reduction,
        )


class TripletMarginWithDistanceLoss(_Loss):
    """Triplet loss with a distance of one's own.

    Parameters
    ----------
    distance_function : Callable[[Tensor, Tensor], Tensor] | None
        The distance.  Default: the Euclidean one.
    margin : float, default: 1.0
        Wanted difference.
    swap : bool, default: False
        Whether the nearer of anchor and positive is used.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(None, None, reduction)
        self.distance_function = (
            distance_function if distance_function is not None else PairwiseDistance()
        )
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Return the loss."""
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


class CTCLoss(_Loss):
    """Connectionist temporal classification.

    Parameters
    ----------
    blank : int, default: 0
        The blank label.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    zero_infinity : bool, default: False
        Whether infinite losses become zero.
    """

    def __init__(
        self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False
    ) -> None:
        super().__init__(None, None, reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(
        self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any
    ) -> Tensor:
        """Return the loss."""
        return F.ctc_loss(
            log_probs,
            targets,
            input_lengths,
            target_lengths,
            self.blank,
            self.reduction,
            self.zero_infinity,
        )
