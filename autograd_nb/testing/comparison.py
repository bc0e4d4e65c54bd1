"""Comparing tensors with tolerances that fit their dtype."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_nb.core.tensor import Tensor

__all__ = ["assert_allclose", "assert_close"]

# Relative and absolute tolerance by dtype; anything else is compared exactly.
_TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}


def _array(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().numpy()
    return np.asarray(value)


def _tolerances(a: Any, b: Any, rtol: float | None, atol: float | None) -> tuple[float, float]:
    if (rtol is None) != (atol is None):
        raise ValueError(
            "Both 'rtol' and 'atol' must be either specified or omitted, but got no "
            f"{'rtol' if rtol is None else 'atol'}."
        )
    if rtol is not None and atol is not None:
        return rtol, atol
    pairs = [_TOLERANCES.get(x.dtype.name, (0.0, 0.0)) for x in (a, b)]
    return max(p[0] for p in pairs), max(p[1] for p in pairs)


def _describe(a: Any, b: Any, bad: Any, rtol: float, atol: float, scalar: bool) -> str:
    wide = np.complex128 if "c" in (a.dtype.kind, b.dtype.kind) else np.float64
    away = np.abs(a.astype(wide) - b.astype(wide))
    with np.errstate(all="ignore"):
        ratio = away / np.abs(b.astype(wide))
    away, ratio = np.where(bad, away, 0), np.where(bad, ratio, 0)
    word = "close" if rtol or atol else "equal"
    upto = [f" (up to {limit} allowed)" if rtol or atol else "" for limit in (atol, rtol)]
    if scalar:
        return (
            f"Scalars are not {word}!\n\nExpected {b.item()} but got {a.item()}.\n"
            f"Absolute difference: {away.item()}{upto[0]}\n"
            f"Relative difference: {ratio.item()}{upto[1]}"
        )
    count, size = int(bad.sum()), bad.size
    places = [tuple(int(i) for i in np.unravel_index(x.argmax(), x.shape)) for x in (away, ratio)]
    return (
        f"Tensor-likes are not {word}!\n\n"
        f"Mismatched elements: {count} / {size} ({count / size:.1%})\n"
        f"Greatest absolute difference: {away.max()} at index {places[0]}{upto[0]}\n"
        f"Greatest relative difference: {ratio.max()} at index {places[1]}{upto[1]}"
    )


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Raise unless two tensors, or containers of them, are close.

    Parameters
    ----------
    actual, expected : Tensor, number, array, sequence or mapping
        What to compare.
    allow_subclasses : bool, default True
        Accept tensors of different classes.
    rtol, atol : float, optional
        Tolerances, both or none; by default after the dtype.
    equal_nan : bool, default False
        Whether NaN equals NaN.
    check_device, check_dtype, check_layout, check_stride : bool
        What else has to be equal.
    msg : str or callable, optional
        Message instead, or a function of the message.

    Raises
    ------
    AssertionError
        If they are not close.
    """
    options: Any = {"rtol": rtol, "atol": atol, "equal_nan": equal_nan, "check_dtype": check_dtype,
               "check_stride": check_stride, "msg": msg}  # fmt: skip

    def fail(text: str) -> None:
        raise AssertionError(msg(text) if callable(msg) else msg if msg is not None else text)

    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if set(actual) != set(expected):
            fail("The keys of the mappings do not match.")
        for key in actual:
            assert_close(actual[key], expected[key], **options)
        return
    sequence = (Sequence,)
    if (
        isinstance(actual, sequence)
        and isinstance(expected, sequence)
        and not isinstance(actual, (str, Tensor))
    ):
        if len(actual) != len(expected):
            fail(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}")
        for one, other in zip(actual, expected, strict=True):
            assert_close(one, other, **options)
        return
    a, b = _array(actual), _array(expected)
    if a.dtype.kind == "O" or b.dtype.kind == "O":
        raise TypeError(
            f"No comparison pair was able to handle inputs of type {type(actual)} and "
            f"{type(expected)}."
        )
    if a.shape != b.shape:
        fail(
            "The values for attribute 'shape' do not match: "
            f"torch.Size({list(a.shape)}) != torch.Size({list(b.shape)})."
        )
    numbers = not isinstance(actual, Tensor) and not isinstance(expected, Tensor)
    if check_dtype and not numbers and a.dtype != b.dtype:
        fail(
            "The values for attribute 'dtype' do not match: "
            f"torch.{a.dtype.name} != torch.{b.dtype.name}."
        )
    if check_stride and not numbers and actual.stride() != expected.stride():
        fail(
            f"The values for attribute 'stride()' do not match: {actual.stride()} != "
            f"{expected.stride()}."
        )
    relative, absolute = _tolerances(a, b, rtol, atol)
    bad = ~np.isclose(a, b, relative, absolute, equal_nan)
    if bad.any():
        fail(_describe(a, b, bad, relative, absolute, numbers or a.ndim == 0))


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """Raise unless two tensors are close (deprecated by PyTorch for `assert_close`).

    Parameters
    ----------
    actual, expected : Tensor or array
        What to compare.
    rtol, atol : float, optional
        Tolerances.
    equal_nan : bool, default True
        Whether NaN equals NaN.
    msg : str
        Message instead.
    """
    assert_close(
        actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False,
        msg=msg or None,
    )  # fmt: skip
