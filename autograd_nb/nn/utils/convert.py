"""Parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Return all numbers of `parameters` in one vector.

    Parameters
    ----------
    parameters : iterable of Tensor

    Returns
    -------
    Tensor
    """
    return T.cat([param.view(-1) for param in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Make slices of a vector the data of `parameters`.

    Parameters
    ----------
    vec : Tensor
        As :func:`parameters_to_vector` gave it.
    parameters : iterable of Tensor
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for param in parameters:
        count = param.numel()
        param.data = vec[start : start + count].view_as(param).data
        start += count
