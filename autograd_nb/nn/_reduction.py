"""The reductions of losses as numbers, for libraries that import PyTorch's private module."""

from __future__ import annotations

from ..ops.loss_reduction import check_reduction, reduction_of_switches

__all__ = ["get_enum", "legacy_get_enum", "legacy_get_string"]

_NUMBERS = {"none": 0, "mean": 1, "sum": 2}


def get_enum(reduction: str) -> int:
    """Return the number of a reduction.

    Parameters
    ----------
    reduction : {"none", "mean", "sum"}

    Raises
    ------
    ValueError
        If there is no such reduction.
    """
    check_reduction(reduction)
    return _NUMBERS[reduction]


def legacy_get_string(
    size_average: bool | None, reduce: bool | None, emit_warning: bool = True
) -> str:
    """Return the reduction that two deprecated switches stand for.

    Parameters
    ----------
    size_average, reduce : bool, optional
        True by default.
    emit_warning : bool
        Whether to tell of it.
    """
    return reduction_of_switches(size_average, reduce, emit_warning)


def legacy_get_enum(
    size_average: bool | None, reduce: bool | None, emit_warning: bool = True
) -> int:
    """Return the number of the reduction that two deprecated switches stand for.

    Parameters
    ----------
    size_average, reduce : bool, optional
        True by default.
    emit_warning : bool
        Whether to tell of it.
    """
    return get_enum(legacy_get_string(size_average, reduce, emit_warning))
