"""From what the user wrote to what a record's forward takes: parameters, arrays, one dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .dtypes import NUMBERS
from .op import Op
from .strides import copied
from .tensor import Tensor

# PyTorch's spellings of the same parameter: its own first name, and NumPy's.
KEYWORDS = {
    "input": "self",
    "axis": "dim",
    "keepdims": "keepdim",
    "x": "self",
    "x1": "self",
    "x2": "other",
    "a": "self",
    "tensor": "self",
    "split_size_or_sections": "split_size",
}


def bind(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """Return the arguments in the order of the record's parameters.

    Raises
    ------
    TypeError
        With PyTorch's wording, if they do not fit.
    """
    params = op.params
    if not kwargs and len(args) == len(params) == op.n_positional:
        return list(args)
    if len(args) > op.n_positional:
        given = len(args)
        plural = "" if op.n_positional == 1 else "s"
        raise TypeError(
            f"{op.public_name}() takes {op.n_positional} positional argument{plural} but "
            f"{given} {'was' if given == 1 else 'were'} given"
        )
    values: list[Any] = [_MISSING] * len(params)
    values[: len(args)] = args
    for name, value in kwargs.items():
        position = op.positions.get(name)
        if position is None:
            position = op.positions.get(KEYWORDS.get(name, ""))
        if position is None:
            raise TypeError(f"{op.public_name}() got an unexpected keyword argument '{name}'")
        if values[position] is not _MISSING:
            raise TypeError(f"{op.public_name}() got multiple values for argument '{name}'")
        if isinstance(value, Tensor) and position not in op.tensor_positions and not value.ndim:
            if value.requires_grad:
                raise TypeError(f"{op.public_name}(): argument '{name}' must be Number, not Tensor")
            value = value.item()
        values[position] = value
    missing = []
    for i, value in enumerate(values):
        if value is _MISSING:
            if params[i] in op.defaults:
                values[i] = op.defaults[params[i]]
            else:
                missing.append(params[i])
    if missing:
        names = ", ".join(f'"{"input" if n == "self" else n}"' for n in missing)
        raise TypeError(
            f"{op.public_name}() missing {len(missing)} required positional arguments: {names}"
        )
    return values


_MISSING: Any = object()


def bad_argument(op: Op, position: int, value: Any, wanted: str = "Tensor") -> TypeError:
    """Make the error that names an argument by its place and the type that was given."""
    name = op.params[position]
    return TypeError(
        f"{op.public_name}(): argument '{'input' if name == 'self' else name}' "
        f"(position {position + 1}) must be {wanted}, not {type(value).__name__}"
    )


def unwrap(op: Op, values: list[Any]) -> list[Any]:
    """Return the values with arrays in the place of tensors."""
    arrays = values.copy()
    for position in op.tensor_positions:
        value = values[position]
        if isinstance(value, Tensor):
            arrays[position] = value._array
        elif isinstance(value, NUMBERS):
            if position in op.strict_positions:
                raise bad_argument(op, position, value)
            if type(value) is int and not -(2**63) <= value < 2**64:
                raise OverflowError("int too big to convert")
            if isinstance(value, np.generic):
                arrays[position] = value.item()  # a number, not a 0-d tensor
        elif value is None and op.params[position] in op.defaults:
            pass  # an optional tensor that was left out
        else:
            raise bad_argument(op, position, value)
    if op.list_position is not None:
        tensors = values[op.list_position]
        if isinstance(tensors, Tensor) or not isinstance(tensors, (tuple, list)):
            raise bad_argument(op, op.list_position, tensors, "tuple of Tensors")
        for i, tensor in enumerate(tensors):
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(
                    f"expected Tensor as element {i} in argument {op.list_position}, but got "
                    f"{type(tensor).__name__}"
                )
        arrays[op.list_position] = [None if tensor is None else tensor._array for tensor in tensors]
    return arrays


def promote(op: Op, values: list[Any], arrays: list[Any]) -> None:
    """Cast the promoted arguments, in place in `arrays`, to PyTorch's result type."""
    if op.refuse is not None:
        op.refuse(*arrays)
    # The values decide, not their arrays: a 0-d result's array looks like a plain number.
    operands: list[Any] = []
    for position in op.promote_positions:
        value = values[position]
        if value is not None:
            operands.extend(value) if isinstance(value, (list, tuple)) else operands.append(value)
    common = dtypes.result_type(operands)
    if op.to_float and common.category < dtypes.FLOAT:
        common = dtypes.get_default_dtype()
    target = common.numpy
    for position in op.promote_positions:
        value = arrays[position]
        if type(value) is list:
            arrays[position] = [_cast(item, target) for item in value]
        elif value is not None:
            arrays[position] = _cast(value, target)


def _cast(value: Any, target: Any) -> Any:
    kind = getattr(value, "dtype", None)
    if kind is None:
        # A weak Python number does where NumPy's own rule agrees, and costs nothing.
        if target.kind in "fc" and type(value) in (int, float) and target.itemsize >= 4:
            return value
        return np.asarray(value).astype(target)[()]
    return value if kind == target else copied(value, target)
