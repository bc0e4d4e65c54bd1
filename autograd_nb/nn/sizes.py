"""Arguments that are one number or one number per spatial dimension."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["ntuple"]


def ntuple(value: Any, n: int) -> tuple[Any, ...]:
    """Return `value` as a tuple; a single number is repeated `n` times.

    Parameters
    ----------
    value : number or iterable
        An iterable is taken as it is.
    n : int
        Number of spatial dimensions.

    Returns
    -------
    tuple
    """
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(value)
    return (value,) * n


def _single(value: Any) -> tuple[Any, ...]:
    return ntuple(value, 1)


def _pair(value: Any) -> tuple[Any, ...]:
    return ntuple(value, 2)


def _triple(value: Any) -> tuple[Any, ...]:
    return ntuple(value, 3)
