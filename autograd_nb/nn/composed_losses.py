"""Losses that are composed of other operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """Return the losses, their mean or their sum."""
    if reduction == "none":
        return losses
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    raise ValueError(f"{reduction} is not a valid value for reduction")


def _reduction(size_average: Any, reduce: Any, reduction: str) -> str:
    """Return the reduction, from its old form if that was given."""
    if size_average is None and reduce is None:
        return reduction
    from autograd_nb.nn.loss_base import old_reduction

    return old_reduction(size_average, reduce)


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """Return the distance of similar pairs (1), a hinge for dissimilar ones (-1).

    Parameters
    ----------
    input : Tensor
        Distances.
    target : Tensor
        1 or -1.
    margin : float, default: 1.0
        Wanted distance of dissimilar pairs.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"

    Returns
    -------
    Tensor
    """
    reduction = _reduction(size_average, reduce, reduction)
    zeros = T.zeros_like(input)
    far = T.where(target != 1, T.clamp(margin - input, min=0), zeros)
    near = T.where(target != -1, input, zeros)
    return reduced(far + near, reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """Return the cosine distance of similar pairs (1), a hinge for dissimilar ones (-1).

    Parameters
    ----------
    input1, input2 : Tensor
        Vectors, ``(N, D)`` or ``(D,)``.
    target : Tensor
        1 or -1.
    margin : float, default: 0
        Allowed similarity of dissimilar pairs.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"

    Returns
    -------
    Tensor
    """
    reduction = _reduction(size_average, reduce, reduction)
    if target.dim() not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    eps = 1e-12
    product = (input1 * input2).sum(-1)
    lengths = ((input1 * input1).sum(-1) + eps) * ((input2 * input2).sum(-1) + eps)
    cosine = product / T.sqrt(lengths)
    zeros = T.zeros_like(cosine)
    near = T.where(target == 1, 1 - cosine, zeros)
    far = T.where(target == -1, T.clamp(cosine - margin, min=0), zeros)
    return reduced(near + far, reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """Return a hinge on the order of two scores.

    Parameters
    ----------
    input1, input2 : Tensor
        The scores.
    target : Tensor
        1 if the first should be larger, -1 if the second.
    margin : float, default: 0
        Wanted difference.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"

    Returns
    -------
    Tensor
    """
    reduction = _reduction(size_average, reduce, reduction)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    return reduced(T.clamp(-target * (input1 - input2) + margin, min=0), reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """Return the mean over classes of the logistic loss.

    Parameters
    ----------
    input : Tensor
        Logits, classes last.
    target : Tensor
        0 or 1.
    weight : Tensor, optional
        Weight of each class.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"

    Returns
    -------
    Tensor
    """
    reduction = _reduction(size_average, reduce, reduction)
    loss = -(target * T.logsigmoid(input) + (1 - target) * T.logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return reduced(loss.sum(-1) / input.size(-1), reduction)


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """Return a hinge between the classes that are true and those that are not.

    Parameters
    ----------
    input : Tensor, shape (N, C) or (C,)
        Scores.
    target : Tensor of int64, like `input`
        The true classes, then -1.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"

    Returns
    -------
    Tensor
    """
    reduction = _reduction(size_average, reduce, reduction)
    single = input.dim() < 2
    scores, labels = (input.reshape(1, -1), target.reshape(1, -1)) if single else (input, target)
    # Labels count up to the first -1.
    counts = (labels < 0).int().cumsum(1) == 0
    safe = labels.masked_fill(~counts, 0)
    is_true = safe.new_zeros(scores.shape).scatter_add(1, safe, counts.to(safe.dtype))
    picked = scores.gather(1, safe)
    hinge = T.clamp(1 - picked.unsqueeze(2) + scores.unsqueeze(1), min=0)
    compares = counts.unsqueeze(2) & (is_true == 0).unsqueeze(1)
    loss = hinge.masked_fill(~compares, 0).sum((1, 2)) / scores.size(1)
    return reduced(loss.squeeze(0) if single else loss, reduction)


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """Return a hinge between the true class and all others.

    Parameters
    ----------
    input : Tensor, shape (N, C) or (C,)
        Scores.
    target : Tensor of int64, shape (N,) or ()
        The true classes.
    p : {1, 2}, default: 1
        Power.
    margin : float, default: 1.0
        Wanted difference.
    weight : Tensor, optional
        Weight of each class.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"

    Returns
    -------
    Tensor
    """
    reduction = _reduction(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    single = input.dim() < 2
    scores, labels = (input.reshape(1, -1), target.reshape(1)) if single else (input, target)
    labels = labels.unsqueeze(1)
    hinge = T.clamp(margin - scores.gather(1, labels) + scores, min=0)
    if p == 2:
        hinge = hinge * hinge
    if weight is not None:
        hinge = hinge * weight[labels]
    is_true = T.arange(scores.size(1)) == labels
    loss = hinge.masked_fill(is_true, 0).sum(1) / scores.size(1)
    return reduced(loss.squeeze(0) if single else loss, reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """Return a hinge between the distances to a positive and to a negative example.

    Parameters
    ----------
    anchor, positive, negative : Tensor
        Vectors in the last dimension.
    distance_function : callable, optional
        The distance.  Default: the Euclidean one.
    margin : float, default: 1.0
        Wanted difference.
    swap : bool, default: False
        Whether the nearer of anchor and positive is used.
    reduction : {"none", "mean", "sum"}, default: "mean"

    Returns
    -------
    Tensor
    """
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {anchor.ndim}D, positive {positive.ndim}D, and negative "
            f"{negative.ndim}D inputs"
        )
    distance = distance_function if distance_function is not None else T.pairwise_distance
    near = distance(anchor, positive)
    far = distance(anchor, negative)
    if swap:
        far = T.minimum(far, distance(positive, negative))
    return reduced(T.clamp_min(margin + near - far, 0), reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """Return a hinge between the distances to a positive and to a negative example.

    Parameters
    ----------
    anchor, positive, negative : Tensor
        Vectors in the last dimension.
    margin : float, default: 1.0
        Wanted difference; it must be positive.
    p : float, default: 2
        Norm of the distance.
    eps : float, default: 1e-6
        Added to the difference.
    swap : bool, default: False
        Whether the nearer of anchor and positive is used.
    size_average, reduce : bool, optional
        Old form of `reduction`.
    reduction : {"none", "mean", "sum"}, default: "mean"

    Returns
    -------
    Tensor
    """
    return triplet_margin_with_distance_loss(
        anchor,
        positive,
        negative,
        distance_function=lambda x, y: T.pairwise_distance(x, y, p, eps),
        margin=margin,
        swap=swap,
        reduction=_reduction(size_average, reduce, reduction),
    )
