"""How tensors print: byte for byte as PyTorch's, observed on PyTorch 2.13.0.

Only the numbers that are shown are ever formatted, so a tensor of any size prints at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from textwrap import indent
from typing import Any

import numpy as np

from .core import dtypes, modes
from .core.batch import Batched
from .core.tensor import Tensor
from .core.within import around, leads_outside

__all__ = ["get_printoptions", "printoptions", "set_printoptions", "tensor_repr"]


@dataclass(frozen=True)
class PrintOptions:
    """What `set_printoptions` sets.

    Parameters
    ----------
    precision : int
        Digits after the point.
    threshold : float
        A tensor of more elements is summarised.
    edgeitems : int
        Numbers shown at each end of a summarised dimension.
    linewidth : int
        Characters in a line.
    sci_mode : bool, optional
        Whether to use exponents; None decides by the numbers.
    """

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


_PROFILES = {
    "default": PrintOptions(),
    "short": PrintOptions(precision=2, edgeitems=2),
    "full": PrintOptions(threshold=math.inf),
}
_options = PrintOptions()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print.

    Parameters
    ----------
    precision : int, optional
        Digits after the point (4 at first).
    threshold : float, optional
        A tensor of more elements than this is summarised (1000 at first).
    edgeitems : int, optional
        Numbers shown at each end of a summarised dimension (3 at first).
    linewidth : int, optional
        Characters in a line (80 at first).
    profile : {"default", "short", "full"}, optional
        Sets all of the above; an unknown name is ignored.
    sci_mode : bool, optional
        Whether to use exponents. None, also when left out, lets the numbers decide.

    Examples
    --------
    >>> set_printoptions(precision=2)
    >>> set_printoptions(profile="default")
    """
    global _options
    chosen = _PROFILES.get((profile or "").lower(), _options)
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    _options = replace(chosen, **changes, sci_mode=sci_mode)


def get_printoptions() -> dict[str, Any]:
    """Return the options now in force, as keyword arguments of `set_printoptions`."""
    return asdict(_options)


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Set print options for the block only.

    Parameters
    ----------
    **options
        As for `set_printoptions`.
    """
    global _options
    before = _options
    set_printoptions(**options)
    try:
        yield
    finally:
        _options = before


# -- numbers -----------------------------------------------------------------------------------
class _Style:
    """How the numbers of one tensor are written, decided from those that are shown."""

    def __init__(self, shown: np.ndarray[Any, Any]) -> None:
        self.floating = shown.dtype.kind == "f"
        self.whole = self.scientific = False
        self.width = 1
        if not self.floating:
            self.width = max(map(len, map(str, shown.ravel().tolist())), default=1)
            return
        values = shown.astype(np.float64).ravel()
        values = values[np.isfinite(values) & (values != 0)]
        self.whole = bool((values == np.ceil(values)).all())
        if values.size:
            sizes = np.abs(values)
            low, high = sizes.min(), sizes.max()
            with np.errstate(over="ignore"):
                wide = bool(high / low > 1000.0 or high > 1e8)
            self.scientific = wide or (not self.whole and bool(low < 1e-4))
            if _options.sci_mode is not None:
                self.scientific = _options.sci_mode
            # Zeros and what is not finite have no say in the width, and are not shortened to it.
            self.width = max(len(self._write(value)) for value in values.tolist())

    def _write(self, value: Any) -> str:
        if not self.floating:
            return str(value)
        if self.scientific:
            return f"{value:.{_options.precision}e}"
        if self.whole:
            return f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}"
        return f"{value:.{_options.precision}f}"

    def write_all(self, values: np.ndarray[Any, Any]) -> list[str]:
        return [self._write(value).rjust(self.width) for value in values.tolist()]


class _Pairs:
    """How complex numbers are written: two styles, joined by the sign."""

    def __init__(self, shown: np.ndarray[Any, Any]) -> None:
        self.real, self.imag = _Style(shown.real), _Style(shown.imag)
        self.width = self.real.width + self.imag.width + 1

    def write_all(self, values: np.ndarray[Any, Any]) -> list[str]:
        both = zip(self.real.write_all(values.real), self.imag.write_all(values.imag), strict=True)
        return [real + _signed(imag.lstrip()) + "j" for real, imag in both]


def _signed(imag: str) -> str:
    return imag if imag[0] in "+-" else "+" + imag


# -- arrays ------------------------------------------------------------------------------------
def _edges(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return what a summary of the array shows."""
    n = _options.edgeitems
    for axis, length in enumerate(array.shape):
        if length > 2 * n:
            ends = np.r_[0:n, length - n : length]
            array = array.take(ends, axis)
    return array


def _body(array: np.ndarray[Any, Any], indent: int, summarise: bool, style: Any) -> str:
    if array.ndim == 0:
        return str(style.write_all(array.reshape(1))[0])
    n = _options.edgeitems
    cut = summarise and len(array) > 2 * n
    if array.ndim == 1:
        return _row(array, indent, cut, style)
    # The last n start at len - n: with n = 0 a slice from -0 would be everything.
    ends = [array[:n], array[len(array) - n :]] if cut else [array]
    groups = [[_body(part, indent + 1, summarise, style) for part in end] for end in ends]
    parts = [*groups[0], "...", *groups[1]] if cut else groups[0]
    between = "," + "\n" * (array.ndim - 1) + " " * (indent + 1)
    return "[" + between.join(parts) + "]"


def _row(array: np.ndarray[Any, Any], indent: int, cut: bool, style: Any) -> str:
    n = _options.edgeitems
    if cut:
        ends = array[:n], array[len(array) - n :]
        words = [*style.write_all(ends[0]), " ..." if n else "...", *style.write_all(ends[1])]
    else:
        words = style.write_all(array)
    per_line = max(1, math.floor((_options.linewidth - indent) / (style.width + 2)))
    lines = [", ".join(words[i : i + per_line]) for i in range(0, len(words), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _array_text(array: np.ndarray[Any, Any], indent: int) -> str:
    summarise = array.size > _options.threshold
    shown = _edges(array) if summarise else array
    style = _Pairs(shown) if array.dtype.kind == "c" else _Style(shown)
    return _body(array, indent, summarise, style)


# -- tensors -----------------------------------------------------------------------------------
def tensor_repr(tensor: Any, *, tensor_contents: str | None = None) -> str:
    """Return what PyTorch prints for such a tensor.

    Parameters
    ----------
    tensor : Tensor
        Anything with `_array`, `dtype`, `shape`, `requires_grad` and `grad_fn`.
    tensor_contents : str, optional
        Text in the place of the numbers.

    Returns
    -------
    str
    """
    if tensor._stands_for is not None and tensor._stands_for[0] in modes.state.transforms:
        transform, source = tensor._stands_for
        return _wrapped(_TRACKING.format(transform.depth), repr(source))
    levels = {transform.depth: _TRACKING for transform in around(tensor)}
    plain = tensor
    if isinstance(tensor, Batched):
        if tensor._laid is not None:
            bdim, source = tensor._laid
            word = f"BatchedTensor(lvl={tensor._levels[-1].depth}, bdim={bdim}"
            return _wrapped(word, repr(source))
        levels |= {level.depth: "BatchedTensor(lvl={}, bdim=0" for level in tensor._levels}
        plain = tensor._value
    text = _plain_repr(plain, tensor_contents)
    for depth in sorted(levels):
        text = _wrapped(levels[depth].format(depth), text)
    return text


_TRACKING = "GradTrackingTensor(lvl={}"


def _wrapped(word: str, text: str) -> str:
    """Return how functions of `torch.func` show what they see."""
    return f"{word}, value=\n{indent(text, '    ')}\n)"


def _plain_repr(tensor: Any, tensor_contents: str | None) -> str:
    own = type(tensor).__module__.partition(".")[0] == __name__.partition(".")[0]
    prefix = "tensor(" if own else f"{type(tensor).__name__}("
    array = np.asarray(tensor._array)
    kind = dtypes.from_numpy(array.dtype)
    default = dtypes.get_default_dtype()
    usual = {default, default.to_complex(), dtypes.int64, dtypes.bool}
    suffixes = []
    if array.size == 0:
        usual = {default}
    # Where the numbers alone do not tell the shape.
    if _options.edgeitems == 0 if array.size else array.ndim != 1:
        suffixes.append(f"size={tuple(array.shape)}")
    if kind not in usual:
        suffixes.append(f"dtype={kind}")
    suffixes += _history(tensor)
    # While tangents are not propagated (inside a `jvp`), they are not shown either.
    # Nor are those of functions of torch.func.
    hidden = modes.state.transforms or not modes.state.dual_level
    tangent = None if hidden else tensor._tangent
    if tangent is not None:
        suffixes.append(f"tangent={tangent}")
    if tensor_contents is not None:
        text = tensor_contents
    else:
        text = _array_text(array, len(prefix)) if array.size else "[]"
    shown = _with_suffixes(prefix + text, suffixes, len(prefix))
    within = None if own else getattr(type(tensor), "_printed_within", None)
    return f"{within}({shown})" if within else shown


def _history(tensor: Any) -> list[str]:
    try:
        node = tensor.grad_fn
    except RuntimeError:
        # A view that was changed in a way that forbids to make its grad_fn again.
        return ["grad_fn=<Invalid>"]
    if around(tensor) and not leads_outside(tensor):
        return []
    if node is not None:
        return [f"grad_fn=<{node.name().rsplit('::', 1)[-1]}>"]
    return ["requires_grad=True"] if tensor.requires_grad else []


def _with_suffixes(text: str, suffixes: list[str], indent: int) -> str:
    column = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if column + len(suffix) + 2 > _options.linewidth:
            text += ",\n" + " " * indent + suffix
            column = indent + len(suffix)
        else:
            text += ", " + suffix
            column += len(suffix) + 2
    return text + ")"


def tensor_format(tensor: Any, spec: str) -> str:
    """Return ``format(tensor, spec)``: a 0-d tensor's is its number's.

    Raises
    ------
    TypeError
        If `spec` is not empty and the tensor has dimensions.
    """
    if tensor._array.ndim == 0 and type(tensor) is Tensor:
        return format(tensor.item(), spec)
    return object.__format__(tensor, spec)


Tensor.__repr__ = tensor_repr  # type: ignore[method-assign]
Tensor.__format__ = tensor_format  # type: ignore[method-assign, assignment]
