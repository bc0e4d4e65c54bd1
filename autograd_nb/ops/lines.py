"""Numbers in a row: `arange`, `linspace` and their relatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nb.core import dtypes
from autograd_nb.core.tensor import Tensor

from ..core.exactmath import fma64
from ..core.warn import warn
from .create import filled, numpy_dtype
from .registry import composite
from .sizes import c_type


@composite(functions="range")
def range_(start: Any, end: Any = None, step: Any = 1, **options: Any) -> Tensor:
    """Return evenly spaced numbers, the end included; deprecated in favour of `arange`."""
    if end is None:
        start, end = 0, start
    warn(
        "torch.range is deprecated and will be removed in a future release because its behavior "
        "is inconsistent with Python's range builtin. Instead, use torch.arange, which produces "
        "values in [start, end).",
    )
    kind = numpy_dtype(_wanted(options))
    if kind.kind in "iu":
        start, end, step = int(start), int(end), int(step)
    count = int((end - start) / step) + 1
    array = (start + step * np.arange(count, dtype=np.float64)).astype(kind)
    return filled(lambda *_: array, (array.shape,), options, "range")


def _wanted(options: dict[str, Any]) -> Any:
    """Return the dtype that is asked for, by name or by what is to be written; or None."""
    out = options.get("out")
    return options.get("dtype") or (None if out is None else out.dtype)


@composite(functions="arange")
def arange(*bounds: Any, **options: Any) -> Tensor:
    """Return evenly spaced numbers: ``arange(end)`` or ``arange(start, end, step)``.

    Parameters
    ----------
    *bounds : number
        End, or start and end, or start, end and step; the end is not included.
    **options
        `dtype` (int64 if all bounds are integers), `device`, `requires_grad`.

    Raises
    ------
    RuntimeError
        If the step is zero or leads away from the end.
    ValueError
        If the step of numbers of int64 is zero without its decimals.
    """
    named = [options.pop(k) for k in ("start", "end", "step") if k in options]
    values = [b.item() if isinstance(b, Tensor) else b for b in (*bounds, *named)]
    start, end, step = {1: (0, *values, 1), 2: (*values, 1), 3: tuple(values)}[len(values)]
    if not (np.isfinite(start) and np.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if not (step > 0 or step < 0):
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    wanted = _wanted(options)
    if wanted is None:
        integral = all(isinstance(v, (int, np.integer)) for v in (start, end, step))
        wanted = options["dtype"] = dtypes.int64 if integral else dtypes.get_default_dtype()
    kind = numpy_dtype(wanted)
    if kind.kind in "bc":
        shown = wanted.tensor_name.removesuffix("Tensor")
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{shown}'")
    count = int(np.ceil((end - start) / step))
    if kind.kind in "iu":  # numbers lose their decimals; for int64 alone before they are counted
        start, end, step = int(start), int(end), int(step)
        if kind == np.int64:
            if not step:
                raise ValueError("step must be nonzero")
            count = -((start - end) // step)
    line = np.arange(count, dtype=np.float64 if kind.kind == "f" else np.int64)
    array = (start + step * line).astype(kind)
    return filled(lambda *_: array, (array.shape,), options, "arange")


@composite(functions="linspace")
def linspace(start: Any, end: Any, steps: int, **options: Any) -> Tensor:
    """Return `steps` evenly spaced numbers from `start` to `end`, both included.

    Notes
    -----
    As PyTorch does, the second half is computed from the end, so the ends are exact, and each
    number is a fused multiply-add.
    """
    start, end = _ends("linspace", start, end)
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    kind = _kind_of_line("linspace", start, end, options)
    return filled(lambda *_: _line(start, end, steps, kind), ((steps,),), options, "linspace")


def _kind_of_line(name: str, start: Any, end: Any, options: dict[str, Any]) -> Any:
    """Return the dtype of numbers between two others; complex ends need a complex one."""
    wanted = _wanted(options)
    if isinstance(start, complex) or isinstance(end, complex):
        own = dtypes.of_number(1j)
        if wanted is None:
            wanted = options["dtype"] = own
        elif not wanted.is_complex:
            names = c_type(np.empty(0, own.numpy)), wanted.tensor_name.removesuffix("Tensor")
            raise RuntimeError(
                f"torch.{name}(): inferred dtype {names[0]} can't be safely cast to passed dtype "
                f"{names[1]}"
            )
    kind = numpy_dtype(wanted)
    if kind == np.bool_:
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Bool'")
    return kind


def _ends(name: str, *ends: Any) -> list[Any]:
    """Return both ends as numbers."""
    ndims = [v.ndim if isinstance(v, Tensor) else 0 for v in ends]
    if any(ndims):
        raise RuntimeError(
            f"{name} only supports 0-dimensional start and end tensors, but got start with "
            f"{ndims[0]} dimension(s) and end with {ndims[1]} dimension(s)."
        )
    return [v.item() if isinstance(v, Tensor) else v for v in ends]


def _line(start: Any, end: Any, steps: int, kind: Any) -> Any:
    if steps == 1:
        return np.array([start]).astype(kind)
    if kind.kind == "c":
        part = np.empty(0, kind).real.dtype
        ends = np.array([start, end], kind)
        real, imaginary = (_line(a, b, steps, part) for a, b in (ends.real, ends.imag))
        return (real + 1j * imaginary).astype(kind)
    work = np.dtype(np.float64) if kind.kind in "iu" else kind
    if kind.kind in "iu":
        start, end = int(start), int(end)
    step = work.type((work.type(end) - work.type(start)) / work.type(max(steps - 1, 1)))
    index = np.arange(steps, dtype=np.float64)
    fused = fma64 if work == np.float64 else _fused_by_float64
    first = fused(index, float(step), float(work.type(start)))
    second = fused(steps - 1 - index, -float(step), float(work.type(end)))
    return np.where(index < steps // 2, first, second).astype(kind)


def _fused_by_float64(a: Any, b: float, c: float) -> Any:
    """Return ``a * b + c``; of float32 numbers it is exact in float64, to be rounded once."""
    return a * b + c


@composite(functions="logspace")
def logspace(start: Any, end: Any, steps: int, base: float = 10.0, **options: Any) -> Tensor:
    """Return `steps` numbers from ``base**start`` to ``base**end``, evenly spaced in the log."""
    start, end = _ends("logspace", start, end)
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    kind = _kind_of_line("logspace", start, end, options)
    if kind.kind in "iu":
        start, end = int(start), int(end)
    line = _line(start, end, steps, np.dtype("c16" if kind.kind == "c" else "f8"))
    return filled(lambda *_: (base**line).astype(kind), ((steps,),), options, "logspace")
