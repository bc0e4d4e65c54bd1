"""Dtype questions of the pointwise and reducing ops: kinds, default types, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nb.core import dtypes

__all__ = ["default_float", "dtype_of", "only", "scalar_type"]

BOOL = np.dtype(np.bool_)
_INT = np.dtype(np.int64)


def default_float() -> np.dtype[Any]:
    """Return the NumPy dtype of the default dtype."""
    return dtypes.get_default_dtype().numpy


def dtype_of(value: Any) -> np.dtype[Any]:
    """Return the dtype of an array, or the one that a Python number stands for."""
    found = getattr(value, "dtype", None)
    if found is not None:
        return found  # type: ignore[no-any-return]
    return dtypes.of_number(value).numpy


def scalar_type(value: Any) -> str:
    """Return PyTorch's kernel name of an array's element type: ``Float`` for float32."""
    return dtypes.from_numpy(dtype_of(value)).tensor_name.removesuffix("Tensor")


def only(kinds: str, kernel: str, *arrays: Any) -> None:
    """Raise PyTorch's NotImplementedError unless every array's dtype kind is one of `kinds`.

    Parameters
    ----------
    kinds : str
        Letters of NumPy dtype kinds: ``b`` bool, ``u`` and ``i`` integers, ``f`` floating,
        ``c`` complex.
    kernel : str
        The kernel's name in PyTorch's message.
    *arrays : ndarray or number
        The operands.
    """
    for array in arrays:
        if dtype_of(array).kind not in kinds:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_type(array)}'")
