"""The cross entropy of a linear layer's scores as one layer."""

from __future__ import annotations

import math
from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn.linear import Linear
from autograd_nb.nn.loss_base import _WeightedLoss

__all__ = ["LinearCrossEntropyLoss"]


class LinearCrossEntropyLoss(_WeightedLoss):
    """A linear layer whose scores are compared with targets.

    Parameters
    ----------
    in_features : int
        Size of each input.
    num_classes : int
        How many classes.
    out_features : tuple of int, default: ()
        Further dimensions of the scores and targets.
    bias : bool, default: False
        Whether the layer has one.
    device, dtype : optional
        Where and of which type the layer's parameters are.
    reduction : {"none", "mean", "sum"}, default: "mean"
        Keep all losses, average them, or add them.
    weight : Tensor of shape (num_classes,), optional
        Weight of each class.
    ignore_index : int, optional
        Target that does not count; -100 if not given.
    label_smoothing : float, default: 0.0
        Share of the target spread over all classes.
    options : optional
        Accepted: all scores are computed at once.

    Raises
    ------
    RuntimeError
        If `weight` is of another shape, or `label_smoothing` not between 0 and 1.
    """

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: Any = None,
    ) -> None:
        if weight is not None and weight.shape != (num_classes,):
            raise RuntimeError(
                f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}"
            )
        if label_smoothing < 0 or label_smoothing > 1.0:
            raise RuntimeError(
                f"expected label_smoothing to be in range [0, 1], got {label_smoothing}"
            )
        super().__init__(weight=weight, reduction=reduction)
        self.num_classes = num_classes
        self.out_features = out_features
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        rows = math.prod(out_features, start=num_classes)
        self.linear = Linear(in_features, rows, bias=bias, device=device, dtype=dtype)
        self.options = options

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        shape, layer = (self.num_classes, *self.out_features), self.linear
        return F.linear_cross_entropy(
            input,
            layer.weight.reshape((*shape, layer.in_features)),
            target,
            linear_bias=None if layer.bias is None else layer.bias.reshape(shape),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            options=self.options,
        )

    def extra_repr(self) -> str:
        """Return the arguments that the printed form shows."""
        shown = {
            "in_features": self.linear.in_features,
            "num_classes": self.num_classes,
            "out_features": self.out_features,
            "bias": self.linear.bias is not None,
            "reduction": self.reduction,
            "ignore_index": self.ignore_index,
            "label_smoothing": self.label_smoothing,
            "options": self.options,
        }
        return ", ".join(f"{name}={value}" for name, value in shown.items())
