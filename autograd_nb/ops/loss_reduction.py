"""How losses are averaged or added up, and what they check of their sizes."""

import math

import numpy as np

from ..core.summation import add_up
from ..core.warn import warn
from .namespaces import T as traced

REDUCTIONS = ("none", "mean", "sum")


def check_reduction(reduction):
    """Raise PyTorch's error for a reduction that does not exist."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")


def chosen_reduction(size_average, reduce, reduction):
    """Return the reduction that PyTorch's deprecated switches stand for."""
    if size_average is None and reduce is None:
        check_reduction(reduction)
        return reduction
    return reduction_of_switches(size_average, reduce, True)


def reduction_of_switches(size_average, reduce, tell):
    """Return what the switches stand for, with PyTorch's warning if it is to be told."""
    average = True if size_average is None else size_average
    found = "none" if reduce is False else "mean" if average else "sum"
    if tell:
        warn(
            "size_average and reduce args will be deprecated, please use "
            f"reduction='{found}' instead.",
        )
    return found


def reduced(values, reduction):
    """Return an array's mean or sum, or the array itself."""
    if reduction == "none":
        return values
    total = add_up(values)
    if reduction == "sum":
        return total
    return total / values.dtype.type(values.size)


def spread(grad_output, reduction, count):
    """Return the cotangent of each element's loss."""
    return grad_output / count if reduction == "mean" else grad_output


def reduce_tensor(values, reduction):
    """Return a tensor's mean or sum, or the tensor itself; recorded."""
    check_reduction(reduction)
    if reduction == "mean":
        return traced.mean_all(values)
    return traced.sum_all(values) if reduction == "sum" else values


def warn_of_sizes(input, target):
    """Warn as PyTorch does when a loss is going to broadcast."""
    if input.size() != target.size():
        warn(
            f"Using a target size ({target.shape!r}) that is different to the input size "
            f"({input.shape!r}). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
        )


def count_of(self_shape, target_shape):
    """Return how many elements' losses are averaged."""
    return float(math.prod(np.broadcast_shapes(tuple(self_shape), tuple(target_shape)))) or math.nan
