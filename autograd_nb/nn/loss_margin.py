"""Losses by margins, as layers: of rankings, of embeddings, of several labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn.geometry import PairwiseDistance
from autograd_nb.nn.loss_base import _Loss, _WeightedLoss

__all__ = [
    "CosineEmbeddingLoss",
    "HingeEmbeddingLoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


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
