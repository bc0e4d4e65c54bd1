"""Gradients made to fit the tensors they are for: shape, real or complex, dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .node import Edge, edge_pair


def fit(grad: Any, edge: Edge, traced: bool) -> Any:
    """Make a gradient fit the tensor at the end of an edge; see `fit_meta`."""
    node, nr = edge_pair(edge)
    assert node is not None
    return fit_meta(grad, *node.output_meta(nr), traced)


def fit_meta(grad: Any, shape: tuple[int, ...], kind: Any, traced: bool) -> Any:
    """Undo broadcasting, drop an imaginary part nobody has, and cast: once, for every formula.

    Raises
    ------
    RuntimeError
        If the gradient's shape cannot come from broadcasting `shape`.
    """
    if grad is None:
        return None
    array = grad._array if traced else grad
    if array.shape != shape:
        extra = array.ndim - len(shape)
        stretched = extra <= 0 or array.shape[extra:] != shape
        if stretched and not is_expandable_to(shape, array.shape):
            raise RuntimeError(
                f"returned an invalid gradient at index 0 - got {list(array.shape)} but expected "
                f"shape compatible with {list(shape)}"
            )
        grad = grad.sum_to_size(shape) if traced else sum_to(grad, shape)
        array = grad._array if traced else grad
    if kind is not None and array.dtype != kind:
        if array.dtype.kind == "c" and kind.kind != "c":
            grad = grad.real
        if traced:
            grad = grad.to(dtypes.from_numpy(kind))
        else:
            grad = grad.astype(kind)
    return grad


def is_expandable_to(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Say whether a tensor of `shape` broadcasts to `target`."""
    if len(shape) > len(target):
        return False
    return all(a == b or a == 1 for a, b in zip(reversed(shape), reversed(target), strict=False))


def sum_to(array: Any, shape: tuple[int, ...]) -> Any:
    """Sum an array over the dimensions that broadcasting from `shape` added or stretched."""
    if array.shape == shape:
        return array
    extra = array.ndim - len(shape)
    if array.shape[extra:] == shape:  # nothing was stretched, and the sum owns its memory
        axes = 0 if extra == 1 else tuple(range(extra))
        return np.add.reduce(array, axis=axes, dtype=array.dtype)
    axes = tuple(range(extra)) + tuple(
        i + extra for i, n in enumerate(shape) if n == 1 and array.shape[i + extra] != 1
    )
    return array.sum(axis=axes, keepdims=True, dtype=array.dtype).reshape(shape)
