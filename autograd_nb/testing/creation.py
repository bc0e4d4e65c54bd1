"""Tensors of random numbers for tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_nb.core.dtypes import dtype as DType
from autograd_nb.core.dtypes import int64
from autograd_nb.core.tensor import Tensor
from autograd_nb.numeric_limits import finfo, iinfo
from autograd_nb.ops.namespaces import T

from ..core.warn import warn

__all__ = ["make_tensor"]


def _reach(dtype: DType) -> tuple[float, float]:
    """Return the lowest number of a dtype and the end of its range, open for whole numbers."""
    if dtype.is_floating_point or dtype.is_complex:
        return finfo(dtype).min, finfo(dtype).max
    if dtype.name == "bool":
        return 0, 2
    # randint takes its bounds as int64, so the largest int64 cannot be drawn.
    return iinfo(dtype).min, iinfo(dtype).max + (dtype is not int64)


def _bounds(
    low: float | None, high: float | None, dtype: DType, inexact: bool
) -> tuple[float, float]:
    """Return the interval to draw from: what was asked for, cut to what the dtype holds."""
    first, end = _reach(dtype)
    boolean = dtype.name == "bool"
    if low is None:
        low = 0 if boolean else -9
    if high is None:
        high = 2 if boolean else 9 if inexact else 10
    if math.isnan(low) or math.isnan(high):
        raise ValueError(f"`low` and `high` cannot be NaN, but got {low=} and {high=}")
    if low == high and inexact:
        warn(
            "Passing `low==high` to `torch.testing.make_tensor` for floating or complex types is "
            "deprecated since 2.1 and will be removed in 2.3. Use `torch.full(...)` instead.",
            FutureWarning,
        )
    elif low >= high:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    elif high < first or low >= end:
        raise ValueError(
            f"The value interval specified by `low` and `high` is [{low}, {high}), "
            f"but {dtype} only supports [{first}, {end})"
        )
    low, high = (min(max(bound, first), end) for bound in (low, high))
    # Rounded up both: nothing below `low` is drawn, and randint never draws `high` itself.
    return (low, high) if inexact else (math.ceil(low), math.ceil(high))


def _uniform(shape: tuple[int, ...], dtype: DType, low: float, high: float) -> Tensor:
    """Draw floating point or complex numbers; the parts of complex ones are drawn in turn."""
    result: Tensor = T.empty(shape, dtype=dtype)
    parts = T.view_as_real(result) if dtype.is_complex else result
    if high - low >= finfo(dtype).max:
        # uniform_ refuses an interval longer than the largest number.
        parts.uniform_(low / 2, high / 2).mul_(2)
    else:
        parts.uniform_(low, high)
    return result


def make_tensor(
    *shape: int | Sequence[int],
    dtype: DType,
    device: Any,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Return a tensor of numbers drawn uniformly from [low, high).

    Parameters
    ----------
    *shape : int or sequence of int
        The sizes.
    dtype : torch.dtype
        Of the result.
    device : str or torch.device
        Of the result.
    low, high : number, optional
        The interval, cut to what the dtype holds. By default 0 to 2 for bools, -9 (0 where there
        are no negative numbers) to 10 for whole numbers and -9 to 9 for all others.
    requires_grad : bool, default False
        Whether operations on the result are recorded.
    noncontiguous : bool, default False
        Whether every second number of a longer tensor is taken; nothing changes for a tensor of
        one number or none.
    exclude_zero : bool, default False
        Whether zeros become 1, or the smallest normal number.
    memory_format : torch.memory_format, optional
        Of the result; not with `noncontiguous`.

    Returns
    -------
    Tensor
        The numbers, the same as PyTorch's after the same seed.

    Raises
    ------
    ValueError
        If the interval is empty, not a number or outside of the dtype's, if whole numbers are to
        require grad, or if both `noncontiguous` and `memory_format` are given.

    Examples
    --------
    >>> import autograd_nb as torch
    >>> torch.testing.make_tensor(2, 3, dtype=torch.float32, device="cpu").shape
    torch.Size([2, 3])
    """
    sizes: Any = shape[0] if len(shape) == 1 and isinstance(shape[0], Sequence) else shape
    sizes = tuple(sizes)
    inexact = dtype.is_floating_point or dtype.is_complex
    if noncontiguous and memory_format is not None:
        raise ValueError(
            "The parameters `noncontiguous` and `memory_format` are mutually exclusive, "
            f"but got {noncontiguous=} and {memory_format=}"
        )
    if requires_grad and not inexact:
        raise ValueError(
            "`requires_grad=True` is not supported for boolean and integral dtypes, but got "
            f"{dtype=}"
        )
    noncontiguous = noncontiguous and math.prod(sizes) > 1
    if noncontiguous:
        sizes = (*sizes[:-1], 2 * sizes[-1])
    low, high = _bounds(low, high, dtype, inexact)
    if inexact:
        result = _uniform(sizes, dtype, low, high)
    else:
        result = T.randint(low, high, sizes, dtype=dtype)
    result = result.to(device)
    if noncontiguous:
        # The odd ones: the storage does not begin with the first number either.
        result = result[..., 1::2]
    elif memory_format is not None:
        result = result.clone(memory_format=memory_format)
    if exclude_zero:
        result[result == 0] = finfo(dtype).tiny if inexact else 1
    return result.requires_grad_(requires_grad)
