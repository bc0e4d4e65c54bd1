"""What distributions share: parameters of one shape, probabilities and logits, triangles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.tensor import Tensor
from ..ops.namespaces import T
from .distribution import Lazy as lazy_property
from .distribution import clamp_probs, logits_of, probs_of, sum_last, tensors

__all__ = [
    "broadcast_all",
    "clamp_probs",
    "euler_constant",
    "lazy_property",
    "logits_to_probs",
    "probs_to_logits",
    "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]

euler_constant = float(np.euler_gamma)


def _standard_normal(shape: Any, dtype: Any, device: Any) -> Tensor:
    return T.empty(shape, dtype=dtype, device=device).normal_()


_sum_rightmost = sum_last  # other projects import this one
logits_to_probs = probs_of
probs_to_logits = logits_of


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Return numbers and tensors as tensors of one shape.

    Parameters
    ----------
    *values : Tensor or number
        Parameters.
    """
    return tuple(tensors(*values))


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """Return lower triangular matrices with these numbers, row by row.

    Parameters
    ----------
    vec : Tensor of shape (..., m)
        The numbers.
    diag : int, default 0
        The highest diagonal that is filled.
    """
    count = vec.shape[-1]
    size = (math.sqrt((1 + 2 * diag) ** 2 + 8 * count + 4 * abs(diag) * (diag + 1)) - 1) / 2 - diag
    n = round(size)
    if n - size > float(np.finfo(vec._nd().dtype).eps):
        raise ValueError(
            f"The size of last dimension is {count} which cannot be expressed as the lower "
            "triangular part of a square D x D matrix."
        )
    matrix = vec.new_zeros((*vec.shape[:-1], n, n))
    matrix[..., T.from_numpy(np.tri(n, k=diag, dtype=np.bool_))] = vec
    return matrix


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """Return the numbers of the lower triangle of matrices, row by row.

    Parameters
    ----------
    mat : Tensor of shape (..., n, n)
        The matrices.
    diag : int, default 0
        The highest diagonal that is taken.
    """
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    return mat[..., T.from_numpy(np.tri(n, k=diag, dtype=np.bool_))]
