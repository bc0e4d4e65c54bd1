"""Losses with a margin, composed as PyTorch composes them, and those that are one node."""

import numpy as np

from .loss_reduction import check_reduction, chosen_reduction, reduce_tensor, reduced, spread
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import scalar_type, size_text

CLASSES = {"dtype": "int64", "low": 0, "high": 3}


def zeros_like(x):
    """Return zeros of a tensor's shape and dtype."""
    return traced.constant(np.zeros(tuple(x.shape), x._array.dtype))


def number(value, x):
    """Return a number as a tensor of another's dtype."""
    return traced.constant(np.asarray(value, x._array.dtype))


@composite(functions="margin_ranking_loss", namespaces="nn.functional")
def margin_ranking_loss(
    input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"
):
    """Return ``max(0, -target * (input1 - input2) + margin)``, averaged by default.

    Parameters
    ----------
    input1, input2 : Tensor of one shape
    target : Tensor of 1 and -1
        Which one should rank higher.
    margin : float, default 0
    size_average, reduce
        Deprecated spellings of `reduction`.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if input1.ndim != input2.ndim or input1.ndim != target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.shape}, input2: {input2.shape}, target: {target.shape} "
        )
    gap = traced.add_scalar(-target * (input1 - input2), margin)
    return reduce_tensor(traced.clamp_min_scalar(gap, 0), reduction)


@composite(functions="hinge_embedding_loss", namespaces="nn.functional")
def hinge_embedding_loss(
    input, target, margin=1.0, size_average=None, reduce=None, reduction="mean"
):
    """Return the input where the target is 1, ``max(0, margin - input)`` where it is -1.

    Parameters
    ----------
    input : Tensor, usually a distance
    target : Tensor of 1 and -1
    margin : float, default 1
    size_average, reduce
        Deprecated spellings of `reduction`.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    zeros = zeros_like(input)
    far = traced.clamp_min_scalar(number(margin, input) - input, 0)
    other = traced.where(target != 1, far, zeros)
    same = traced.where(target != -1, input, zeros)
    return reduce_tensor(other + same, reduction)


@composite(functions="cosine_embedding_loss", namespaces="nn.functional")
def cosine_embedding_loss(
    input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"
):
    """Return the cosine distance of similar pairs, a hinge of the cosine for dissimilar ones.

    Parameters
    ----------
    input1, input2 : Tensor of shape (n, d) or (d,)
    target : Tensor of 1 and -1, of shape (n,) or ()
    margin : float, default 0
    size_average, reduce
        Deprecated spellings of `reduction`.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if target.ndim not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if target.ndim == 1 and input1.ndim != 2:
        raise RuntimeError(
            "1D target tensor expects 2D input tensors, but found inputs with sizes "
            f"{size_text(input1.shape)} and {size_text(input2.shape)}."
        )
    if target.ndim == 0 and input1.ndim != 1:
        raise RuntimeError(
            "0D target tensor expects 1D input tensors, but found inputs with sizes "
            f"{size_text(input1.shape)} and {size_text(input2.shape)}."
        )
    if input1.ndim != input2.ndim:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found "
            f"inputs with sizes {size_text(input1.shape)} and {size_text(input2.shape)}."
        )
    dim = target.ndim
    product = traced.sum_dim(input1 * input2, (dim,), False)
    first = traced.add_scalar(traced.sum_dim(input1 * input1, (dim,), False), 1e-12)
    second = traced.add_scalar(traced.sum_dim(input2 * input2, (dim,), False), 1e-12)
    cosine = product / traced.sqrt(first * second)
    zeros = zeros_like(cosine)
    near = traced.constant(np.ones_like(zeros._array)) - cosine
    far = traced.clamp_min_scalar(traced.sub_scalar(cosine, margin), 0)
    near = traced.where(target == 1, near, zeros)
    far = traced.where(target == -1, far, zeros)
    return reduce_tensor(near + far, reduction)


@composite(functions="triplet_margin_loss", namespaces="nn.functional")
def triplet_margin_loss(
    anchor,
    positive,
    negative,
    margin=1.0,
    p=2,
    eps=1e-6,
    swap=False,
    size_average=None,
    reduce=None,
    reduction="mean",
):
    """Return ``max(0, |anchor - positive| - |anchor - negative| + margin)``.

    Parameters
    ----------
    anchor, positive, negative : Tensor of shape (n, d) or (d,)
    margin : float, default 1
    p : float, default 2
        Which norm measures the distances.
    eps : float, default 1e-6
        Added to the differences.
    swap : bool, default False
        Take the smaller of the distances of the negative to both others.
    size_average, reduce
        Deprecated spellings of `reduction`.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {anchor.ndim}D, positive {positive.ndim}D, and negative "
            f"{negative.ndim}D inputs"
        )
    near = traced.pairwise_distance(anchor, positive, p, eps)
    far = traced.pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = traced.minimum(far, traced.pairwise_distance(positive, negative, p, eps))
    gap = traced.add_scalar(near, margin) - far
    return reduce_tensor(traced.clamp_min_scalar(gap, 0), reduction)


def check_classes(x, target):
    """Raise PyTorch's error for targets that name no class; return the scores as rows."""
    rows = np.atleast_2d(x)
    if target.size and (target.min() < 0 or target.max() >= rows.shape[1]):
        raise RuntimeError("target out of range")
    return rows


@op(node="MultiMarginLossBackward0", kind="other", tensors="target weight", public=False)
class multi_margin_loss_record:
    r"""Mean over the wrong classes of ``max(0, margin - x[target] + x[i]) ** p``.

    Parameters
    ----------
    self : Tensor of shape (n, c) or (c,)
    target : Tensor of int64
    p : {1, 2}
    margin : float
    weight : Tensor of shape (c,) or None
    reduction : {"none", "mean", "sum"}

    Notes
    -----
    .. math:: grad_{n,i} = \frac{p w}{c} [z > 0] z^{p-1} g, \quad
              grad_{n,t} = -\sum_i grad_{n,i}, \quad z = margin - x_t + x_i
    """

    def forward(self, target, p=1, margin=1.0, weight=None, reduction="mean"):
        rows = check_classes(self, target)
        z = margins(rows, np.atleast_1d(target), margin)
        values = (np.maximum(z, 0) ** p).sum(1) / rows.shape[1]
        if weight is not None:
            values = values * weight[np.atleast_1d(target)]
        return reduced(values.astype(self.dtype).reshape(target.shape), reduction)

    def vjp_self(F, grad_output, self, target, p, margin, weight, reduction):
        raw, where = np.atleast_2d(F.value(self)), np.atleast_1d(F.value(target))
        z = margins(raw, where, margin)
        slope = (z > 0) * (p * np.maximum(z, 0) ** (p - 1)) / raw.shape[1]
        if weight is not None:
            slope = slope * F.value(weight)[where][:, None]
        slope[np.arange(len(where)), where] = 0 - slope.sum(1)  # without a negative zero
        slope = F.constant(slope.astype(raw.dtype).reshape(F.value(self).shape))
        share = spread(grad_output, reduction, len(where))
        if reduction == "none":
            share = F.reshape(share, (-1, 1) if self.ndim > 1 else ())
        return slope * share

    samples = [
        Sample(T(4, 3), T(4, **CLASSES), 1, 1.0, None, "mean"),
        Sample(T(4, 3), T(4, **CLASSES), 1, 0.5, None, "none"),
        Sample(T(), T.of([0], "int64"), 1, 1.0, None, "none"),
    ]


def margins(rows, target, margin):
    """Return ``margin - x[target] + x[i]``, hopelessly small at the target itself."""
    n = np.arange(len(target))
    z = margin - rows[n, target][:, None] + rows
    z[n, target] = -1
    return z


def check_rows(input):
    """Raise PyTorch's error unless the input is one row of classes, or several; or a number."""
    if input.ndim > 2 or (input.ndim and input.shape[-1] == 0):
        raise RuntimeError(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            + size_text(input.shape)
        )


@composite(functions="multi_margin_loss", namespaces="nn.functional")
def multi_margin_loss(
    input, target, p=1, margin=1.0, weight=None, size_average=None, reduce=None, reduction="mean"
):
    """Return a hinge loss of many classes.

    Parameters
    ----------
    input : Tensor of shape (n, c) or (c,)
    target : Tensor of int64, of shape (n,) or ()
    p : {1, 2}
    margin : float, default 1
    weight : Tensor of shape (c,), optional
    size_average, reduce
        Deprecated spellings of `reduction`.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    check_rows(input)
    shape, count = tuple(input.shape), input.shape[0] if input.ndim == 2 else 1
    if target.ndim > 1 or target.numel() != count:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input "
            f"samples (batch size). Expected target size [{count}], but got "
            f"{size_text(target.shape)}. Input has shape {size_text(shape)}."
        )
    classes = shape[-1] if shape else 1
    if weight is not None and weight.numel() != classes:
        raise RuntimeError(
            f"inconsistent weight size, expected {classes} but got {size_text(weight.shape)}"
        )
    if target._array.dtype != np.int64:
        raise RuntimeError(f"expected scalar type Long but found {scalar_type(target._array)}")
    return traced.multi_margin_loss_record(input, target, p, margin, weight, reduction)


@op(node="MultilabelMarginLossBackward0", kind="other", tensors="target", public=False)
class multilabel_margin_loss_record:
    r"""Mean over pairs of a target and another class of ``max(0, 1 - x[target] + x[i])``.

    Parameters
    ----------
    self : Tensor of shape (n, c) or (c,)
    target : Tensor of int64 of the same shape; each row ends at its first -1
    reduction : {"none", "mean", "sum"}

    Notes
    -----
    .. math:: grad_{n,i} = \tfrac1c \sum_t [1 - x_t + x_i > 0] g \text{ for others}, \quad
              grad_{n,t} = -\tfrac1c \sum_i [\dots] g \text{ for targets}
    """

    def forward(self, target, reduction="mean"):
        rows, names = np.atleast_2d(self), np.atleast_2d(target)
        if (self.shape or (1,)) != (target.shape or (1,)):
            raise RuntimeError(
                f"inconsistent target size: {size_text(target.shape)} for input of size: "
                f"{size_text(self.shape)}"
            )
        if names.size and (names.min() < -1 or names.max() >= rows.shape[1]):
            raise RuntimeError("argument #2 'target' is out of range")
        active, _ = label_margins(rows, names)
        values = (np.maximum(active, 0).sum((1, 2)) / rows.shape[1]).astype(self.dtype)
        return reduced(values if self.ndim > 1 else values.reshape(()), reduction)

    def vjp_self(F, grad_output, self, target, reduction):
        raw, names = np.atleast_2d(F.value(self)), np.atleast_2d(F.value(target))
        active, chosen = label_margins(raw, names)
        hit = (active > 0).astype(raw.dtype) / raw.shape[1]
        slope = hit.sum(1)
        for row in range(len(raw)):
            np.add.at(slope[row], chosen[row], -hit[row, : len(chosen[row])].sum(1))
        slope = F.constant(slope.reshape(F.value(self).shape))
        share = spread(grad_output, reduction, len(raw))
        if reduction == "none" and self.ndim > 1:
            share = F.unsqueeze(share, 1)
        return slope * share

    samples = [
        Sample(T(2, 3), T.of([[0, 2, -1], [1, -1, 0]], "int64"), "mean"),
        Sample(T(), T.of([0], "int64"), "mean"),
    ]


def label_margins(rows, names):
    """Return ``1 - x[target] + x[i]`` for targets and other classes, and each row's targets."""
    n, classes = rows.shape
    active = np.full((n, classes, classes), -1.0)
    chosen = []
    for row in range(n):
        stop = np.flatnonzero(names[row] < 0)
        labels = names[row][: stop[0]] if stop.size else names[row]
        others = np.ones(classes, bool)
        others[labels] = False
        values = 1 - rows[row, labels][:, None] + rows[row]
        active[row, : len(labels)] = np.where(others, values, -1)
        chosen.append(labels)
    return active, chosen


@composite(functions="multilabel_margin_loss", namespaces="nn.functional")
def multilabel_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """Return a hinge loss of many classes with several right ones.

    Parameters
    ----------
    input : Tensor of shape (n, c) or (c,)
    target : Tensor of int64 of the same shape; each row ends at its first -1
    size_average, reduce
        Deprecated spellings of `reduction`.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_reduction(reduction)
    check_rows(input)
    return traced.multilabel_margin_loss_record(input, target, reduction)
