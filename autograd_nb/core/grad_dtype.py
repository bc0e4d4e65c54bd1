"""`Tensor.grad_dtype`: the dtype of `.grad`, where it is not the tensor's own."""

from __future__ import annotations

from typing import Any

from .dtypes import C_TYPE
from .tensor import ANY_DTYPE, Tensor


def _get(tensor: Tensor) -> Any:
    """Return the dtype that gradients are cast to: the tensor's unless set; None for any."""
    if tensor._node_or_none() is not None:
        raise RuntimeError("grad_dtype can only be accessed on leaf tensors.")
    found = tensor._grad_dtype
    return tensor.dtype if found is None else None if found is ANY_DTYPE else found


def _set(tensor: Tensor, value: Any) -> None:
    if tensor._node_or_none() is not None:
        raise RuntimeError("grad_dtype can only be set on leaf tensors.")
    if value is not None and not isinstance(value, type(tensor.dtype)):
        raise RuntimeError(
            f"grad_dtype must be a torch.dtype or None, but got {type(value).__name__}"
        )
    grad = tensor._grad
    if value is not None and grad is not None and grad.dtype is not value:
        name = value.tensor_name.removesuffix("Tensor")
        raise RuntimeError(
            f"Cannot set grad_dtype to '{name}' because there is "
            f"already a gradient with dtype '{C_TYPE[grad.dtype.name]}'. Please clear the "
            "gradient (.grad = None) before changing grad_dtype, or ensure the new grad_dtype "
            "matches the existing gradient's dtype."
        )
    tensor._grad_dtype = ANY_DTYPE if value is None else value
    tensor._accumulator().dtype = tensor._grad_dtype.numpy


grad_dtype = property(_get, _set, doc=_get.__doc__)
