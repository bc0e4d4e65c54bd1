"""Cross entropy of scores that a linear layer gives."""

from .linear import linear
from .loss_class import cross_entropy
from .namespaces import T as traced
from .registry import composite
from .sizes import prod


@composite(functions="linear_cross_entropy", namespaces="nn.functional")
def linear_cross_entropy(
    input,
    linear_weight,
    target,
    *,
    linear_bias=None,
    weight=None,
    reduction="mean",
    ignore_index=None,
    label_smoothing=0.0,
    options=None,
):
    """Return the cross entropy of linear functions of an input.

    Parameters
    ----------
    input : Tensor of shape (in_features,) or (n, in_features)
    linear_weight : Tensor of shape (classes, ..., in_features)
    target : Tensor
        Classes (int64) of shape (n, ...), or probabilities of shape (n, classes, ...).
    linear_bias : Tensor of shape (classes, ...), optional
    weight : Tensor of shape (classes,), optional
    reduction : {"mean", "sum", "none"}
    ignore_index : int, optional
        Classes that count for nothing; -100 if not given.
    label_smoothing : float from 0 to 1, default 0
        Share of each target that is spread over all classes.
    options
        Accepted: all scores are computed at once.

    Returns
    -------
    Tensor

    Raises
    ------
    RuntimeError
        If shapes do not fit, or classes are to be ignored where targets are probabilities.

    Notes
    -----
    `cross_entropy` of ``linear(input, linear_weight, linear_bias)``.
    """
    check_shapes(input, linear_weight, linear_bias)
    classes, *places, in_features = linear_weight.shape
    shape = (*input.shape[:-1], classes, *places)
    if ignore_index is not None and tuple(target.shape) == shape:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    if places:
        rows = classes * prod(places)
        linear_weight = traced.reshape(linear_weight, (rows, in_features))
        linear_bias = None if linear_bias is None else traced.reshape(linear_bias, (rows,))
    return cross_entropy(
        traced.reshape(linear(input, linear_weight, linear_bias), shape),
        target,
        weight=weight,
        reduction=reduction,
        ignore_index=-100 if ignore_index is None else ignore_index,
        label_smoothing=label_smoothing,
    )


def check_shapes(input, linear_weight, linear_bias):
    """Raise PyTorch's error unless the shapes of `linear_cross_entropy` fit."""
    if not 1 <= input.ndim <= 2:
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if linear_weight.ndim < 2:
        raise RuntimeError(
            f"expected linear_weight with dimensionality at least 2, got {linear_weight.ndim}"
        )
    classes, *places, in_features = linear_weight.shape
    if input.shape[-1] != in_features:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{input.shape[-1]} and {in_features}, respectively"
        )
    if linear_bias is not None and tuple(linear_bias.shape) != (classes, *places):
        raise RuntimeError(
            f"expected linear_bias shape {(classes, *places)}, got {tuple(linear_bias.shape)}"
        )
    if places and input.ndim == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} "
            f"requires batched input, (N, {in_features}), got unbatched input with shape "
            f"{tuple(input.shape)}"
        )
