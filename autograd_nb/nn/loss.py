"""Losses of values, of probabilities and of sequences, as layers."""

from __future__ import annotations

from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn.loss_base import _Loss, _WeightedLoss
from autograd_nb.nn.loss_margin import (
    CosineEmbeddingLoss,
    HingeEmbeddingLoss,
    MarginRankingLoss,
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    SoftMarginLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)

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
