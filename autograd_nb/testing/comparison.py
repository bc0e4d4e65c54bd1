"""Comparisons that say how far two results are apart: `assert_close`.

Containers are walked together; what stands at one place in both is a pair, compared as None, as
booleans, as numbers or as tensors, with the messages of PyTorch 2.13.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core import dtypes
from ..core.tensor import Tensor
from ..core.warn import warn
from ..ops.namespaces import T

__all__ = ["assert_allclose", "assert_close"]

_TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}
_TOLERANCES_OF_ALLCLOSE = {
    "float16": (1e-3, 1e-3),
    "float32": (1e-4, 1e-5),
    "float64": (1e-5, 1e-8),
}
_NUMBERS = (int, float, complex, np.number)


def _tolerances(
    kinds: tuple[str, ...], rtol: float | None, atol: float | None, table: Any = _TOLERANCES
) -> tuple[float, float]:
    """Return the tolerances given, or the wider ones of some dtypes."""
    if rtol is not None and atol is not None:
        return rtol, atol
    known = [table.get(kind, (0.0, 0.0)) for kind in kinds]
    return max(r for r, _ in known), max(a for _, a in known)


@dataclass(frozen=True)
class _Comparison:
    """How pairs are compared; the fields are arguments of `assert_close`."""

    allow_subclasses: bool
    rtol: float | None
    atol: float | None
    equal_nan: bool
    check_device: bool
    check_dtype: bool
    check_layout: bool
    check_stride: bool
    msg: str | Callable[[str], str] | None

    def check(self, actual: Any, expected: Any) -> None:
        """Raise the error of the first pair that is not close, in the user's words if any."""
        for way, one, other, path in list(self.pairs(actual, expected)):
            wrong = way(one, other)
            if wrong is not None:
                text = wrong + _place(path)
                raise AssertionError(
                    self.msg(text) if callable(self.msg) else text if self.msg is None else self.msg
                )

    def pairs(
        self, actual: Any, expected: Any, path: tuple[Any, ...] = ()
    ) -> Iterator[tuple[Any, Any, Any, tuple[Any, ...]]]:
        """Yield how to compare, both sides and the place of each pair in two containers."""
        texts = isinstance(actual, str) or isinstance(expected, str)
        if isinstance(actual, Sequence) and isinstance(expected, Sequence) and not texts:
            if len(actual) != len(expected):
                lengths = f"{len(actual)} != {len(expected)}"
                raise AssertionError(
                    f"The length of the sequences mismatch: {lengths}{_place(path)}"
                )
            for i, (one, other) in enumerate(zip(actual, expected, strict=True)):
                yield from self.pairs(one, other, (*path, i))
        elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
            missing, additional = set(expected) - set(actual), set(actual) - set(expected)
            if missing or additional:
                raise AssertionError(
                    "The keys of the mappings do not match:\n"
                    f"Missing keys in the actual mapping: {sorted(missing)}\n"
                    f"Additional keys in the actual mapping: {sorted(additional)}{_place(path)}"
                )
            try:
                keys = sorted(actual)
            except TypeError:  # of different types
                keys = list(actual)
            for key in keys:
                yield from self.pairs(actual[key], expected[key], (*path, key))
        else:
            yield self.way_of(actual, expected, path), actual, expected, path

    def way_of(self, actual: Any, expected: Any, path: tuple[Any, ...]) -> Any:
        """Return the method that compares a pair."""
        if actual is None or expected is None:
            return self.nones
        both = actual, expected
        if all(isinstance(value, (bool, np.bool_)) for value in both):
            return self.booleans
        if all(isinstance(value, _NUMBERS) for value in both):
            return self.numbers
        related = isinstance(actual, type(expected)) or isinstance(expected, type(actual))
        same = self.allow_subclasses or type(actual) is type(expected)
        if related and same and all(isinstance(value, (Tensor, np.ndarray)) for value in both):
            return self.tensors
        raise TypeError(
            f"No comparison pair was able to handle inputs of type {type(actual)} and "
            f"{type(expected)}.{_place(path)}"
        )

    def nones(self, actual: Any, expected: Any) -> str | None:
        """Compare with None."""
        return None if actual is expected else f"None mismatch: {actual} is not {expected}"

    def booleans(self, actual: Any, expected: Any) -> str | None:
        """Compare truth values."""
        actual, expected = bool(actual), bool(expected)
        return None if actual is expected else f"Booleans mismatch: {actual} is not {expected}"

    def numbers(self, actual: Any, expected: Any) -> str | None:
        """Compare numbers of Python or NumPy."""
        actual, expected = (v.item() if isinstance(v, np.number) else v for v in (actual, expected))
        if self.check_dtype and type(actual) is not type(expected):
            return f"The (d)types do not match: {type(actual)} != {type(expected)}."
        kinds = tuple(np.asarray(value).dtype.name for value in (actual, expected))
        rtol, atol = _tolerances(kinds, self.rtol, self.atol)
        if np.isclose(actual, expected, rtol, atol, self.equal_nan):
            return None
        return _of_scalars(actual, expected, rtol, atol)

    def tensors(self, actual: Any, expected: Any) -> str | None:
        """Compare tensors, or arrays."""
        a, b = T.as_tensor(actual), T.as_tensor(expected)
        attributes = (
            ("shape", True, a.shape, b.shape),
            ("layout", self.check_layout, a.layout, b.layout),
            ("stride()", self.check_stride, a.stride(), b.stride()),
            ("device", self.check_device, a.device, b.device),
            ("dtype", self.check_dtype, a.dtype, b.dtype),
        )
        for name, asked, one, other in attributes:
            if asked and one != other:
                return f"The values for attribute '{name}' do not match: {one} != {other}."
        kinds = a._array.dtype.name, b._array.dtype.name
        rtol, atol = _tolerances(kinds, self.rtol, self.atol)
        common = dtypes.promote_types(a.dtype, b.dtype).numpy
        x, y = a._nd().astype(common), b._nd().astype(common)
        close = np.isclose(x, y, rtol, atol, self.equal_nan)
        if close.all():
            return None
        if not x.shape:
            return _of_scalars(x.item(), y.item(), rtol, atol)
        return _of_arrays(x, y, close, rtol, atol)


def _place(path: tuple[Any, ...]) -> str:
    """Return what is said of the place in containers."""
    keys = "".join(str([key]) for key in path)
    return f"\n\nThe failure occurred for item {keys}" if path else ""


def _upto(rtol: float, atol: float) -> tuple[str, str]:
    """Return what is said of the tolerances, absolute and relative."""
    if not (rtol or atol):
        return "", ""
    return f" (up to {atol} allowed)", f" (up to {rtol} allowed)"


def _of_scalars(actual: Any, expected: Any, rtol: float, atol: float) -> str:
    """Return the message about two numbers."""
    away = abs(actual - expected)
    relative = float("inf") if expected == 0 else away / abs(expected)
    absolute_limit, relative_limit = _upto(rtol, atol)
    return (
        f"Scalars are not {'close' if rtol or atol else 'equal'}!\n\n"
        f"Expected {expected} but got {actual}.\n"
        f"Absolute difference: {away}{absolute_limit}\n"
        f"Relative difference: {relative}{relative_limit}"
    )


def _of_arrays(x: Any, y: Any, close: Any, rtol: float, atol: float) -> str:
    """Return the message about two arrays of one dtype, computed in it; integers in int64."""
    if x.dtype.kind in "bui":
        x, y = x.astype(np.int64), y.astype(np.int64)
    with np.errstate(all="ignore"):
        away = np.where(close, 0, np.abs(x - y))
        divided = away.astype(np.float32) if away.dtype.kind == "i" else away
        relative = np.where(close, 0, divided / np.abs(y).astype(divided.dtype))
    places = [
        tuple(int(i) for i in np.unravel_index(d.argmax(), d.shape)) for d in (away, relative)
    ]
    wrong, absolute_limit, relative_limit = int((~close).sum()), *_upto(rtol, atol)
    return (
        f"Tensor-likes are not {'close' if rtol or atol else 'equal'}!\n\n"
        f"Mismatched elements: {wrong} / {x.size} ({wrong / x.size:.1%})\n"
        f"Greatest absolute difference: {away[places[0]].item()} at index {places[0]}"
        f"{absolute_limit}\n"
        f"Greatest relative difference: {relative[places[1]].item()} at index {places[1]}"
        f"{relative_limit}"
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
    r"""Raise unless two tensors, or containers of them, are close.

    Parameters
    ----------
    actual, expected : Tensor, number, bool, None, array, sequence or mapping
        What to compare; both of related types.
    allow_subclasses : bool, default True
        Accept tensors of a class and of one that derives from it.
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
        If they are not close; the message says where in containers.
    TypeError
        If values cannot be compared.
    ValueError
        If one of the tolerances is given.

    Notes
    -----
    Close is :math:`|actual - expected| \le atol + rtol\,|expected|`.
    """
    if (rtol is None) != (atol is None):
        raise ValueError(
            "Both 'rtol' and 'atol' must be either specified or omitted, but got no "
            f"{'rtol' if rtol is None else 'atol'}."
        )
    comparison = _Comparison(
        allow_subclasses, rtol, atol, equal_nan, check_device, check_dtype, check_layout,
        check_stride, msg,
    )  # fmt: skip
    comparison.check(actual, expected)


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
    warn(
        "`torch.testing.assert_allclose()` is deprecated since 1.12 and will be removed in a "
        "future release. Please use `torch.testing.assert_close()` instead. You can find detailed "
        "upgrade instructions in https://github.com/pytorch/pytorch/issues/61844.",
        FutureWarning,
    )
    actual = actual if isinstance(actual, Tensor) else T.tensor(actual)
    if not isinstance(expected, Tensor):
        expected = T.tensor(expected, dtype=actual.dtype)
    if rtol is None and atol is None:
        kinds = actual._array.dtype.name, expected._array.dtype.name
        rtol, atol = _tolerances(kinds, None, None, _TOLERANCES_OF_ALLCLOSE)
    assert_close(
        actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False,
        msg=msg or None,
    )  # fmt: skip
