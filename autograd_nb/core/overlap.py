"""Memory that a change in place meets twice: by expanded dimensions, or by an operand."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from . import errors
from .op import Op
from .strides import is_dense
from .tensor import Tensor
from .warn import warn


def overlaps(array: Any) -> bool:
    """Say whether one element of memory stands for several of the array, as after `expand`."""
    return (
        bool(array.size)
        and 0 in array.strides
        and any(
            step == 0 and length > 1
            for step, length in zip(array.strides, array.shape, strict=True)
        )
    )


# What still writes into expanded tensors, and the indexing that does the same.
_EXPANDED = {
    "masked_fill": "tensor[mask] = scalar",
    "index_fill": "tensor[mask] = scalar",
    "index_put": "tensor[indices] = tensor",
}


def check_overlap(op: Op) -> None:
    """Refuse to change an element that stands for several, unless each is written on its own."""
    example = _EXPANDED.get(op.public_name)
    if example is not None:
        warn(
            f"Use of {op.public_name}_ on expanded tensors is deprecated. Please clone() the "
            "tensor before performing this operation. This also applies to advanced indexing e.g. "
            + example,
        )
    elif op.name not in ("refill_scalar", "zero", "tril", "triu"):
        raise RuntimeError(errors.OVERLAP)


def check_operands(op: Op, target: Tensor, values: list[Any]) -> None:
    """Raise if an operand lies in the memory that is to be changed, where PyTorch refuses that.

    Raises
    ------
    RuntimeError
        Unless `op` allows it, or the operand is the target's own memory and that is allowed.
    """
    for position in op.tensor_positions[1:]:
        value = values[position]
        if isinstance(value, Tensor) and meets(target, value, op.overlap != "never"):
            raise RuntimeError(errors.OPERAND_OVERLAP)


def meets(target: Tensor, value: Tensor, unless_same: bool = True) -> bool:
    """Say whether two dense tensors share memory, unless they are one and the same part of it."""
    counter = target._version_counter
    if value is target:
        return not unless_same
    if counter is None or value._version_counter is not counter:
        return False
    ours, theirs = target._array, value._array
    if not (ours.size and theirs.size and is_dense(ours) and is_dense(theirs)):
        return False
    if not np.may_share_memory(ours, theirs):
        return False
    return not (
        unless_same
        and _steps(ours) == _steps(theirs)
        and byte_bounds(ours) == byte_bounds(theirs)
        and ours.ndim == theirs.ndim
    )


def _steps(array: Any) -> list[int]:
    """Return the strides that matter; with one element, those tell how the view was made."""
    steps = zip(array.strides, array.shape, strict=True)
    return [step for step, length in steps if length != 1 or array.size == 1]
