"""What all layers that compute a loss share."""

from __future__ import annotations

from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.module import Module

from ..core.warn import warn


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
    warn(
        f"size_average and reduce args will be deprecated, please use reduction='{name}' instead.",
    )
    return name
