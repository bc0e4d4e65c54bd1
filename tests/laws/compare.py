"""Run a program in two namespaces and compare what the runs logged."""

from __future__ import annotations

import cmath
import math
from typing import Any

from tests.behaviour.corpus import KEY_PHRASES
from tests.laws.running import Run

# From here on the two differ for a reason that docs/limitations.md gives.
GIVE_UP = (
    "self indexing axis dim should be positive",
    "index is out of bounds for dimension with size 0",
    "ZeroTensors are immutable",
    "setStorage: sizes",
    "not implemented for",
    "argmax(): does not support complex input",
    "not supported for complex",
    "unallocated storage",  # PyTorch's gradient of abs at zero, seen by a hook
    "can't be cast to the desired output type",
    "does not support automatic differentiation for outputs with complex dtype",
)


# How far numbers may be apart, relative to one or to their size; with half precision anywhere in a
# program, its rounding reaches the others.
LIMITS = {"torch.float16": 2e-2, "torch.float32": 2e-5}
HALF = dict.fromkeys(("torch.float32", "torch.float64", "torch.complex128"), 2e-2)


def run_program(torch: Any, lines: list[str]) -> list[Any]:
    """Return the log of a program in one namespace."""
    run = Run(torch)
    torch.set_grad_enabled(True)
    try:
        for line in lines:
            run.execute(line)
    finally:
        torch.set_grad_enabled(True)
    run.finish()
    return run.log


def disagree(theirs: list[Any], ours: list[Any]) -> tuple[Any, ...] | None:
    """Return (kind, statement, theirs, ours) of the first difference, or None."""
    line = ""
    limits = LIMITS | (HALF if any("float16" in str(entry) for entry in theirs) else {})
    for a, b in zip(theirs, ours, strict=False):
        if a[0] == "line" and a == b:
            line = a[1]
            continue
        if a[0] == "error" and any(phrase in a[2] for phrase in GIVE_UP):
            return None
        if b[0] == "error" and "not implemented for" in b[2]:
            return None
        if (a[0], b[0]) == ("pack", "error"):
            return None  # PyTorch saves the inputs before it notices that they do not fit
        if a[0] != b[0]:
            return kind_of(line, a, b), line, a, b
        if a[0] == "error":
            if not same_error(a, b):
                return kind_of(line, a, b), line, a, b
        elif not same(a, b, limits):
            return kind_of(line, a, b), line, a, b
    if len(theirs) != len(ours):
        rest = theirs[len(ours) : len(ours) + 1], ours[len(theirs) : len(theirs) + 1]
        return "length", line, *rest
    return None


def kind_of(line: str, a: Any, b: Any) -> str:
    """Return a rough class of a difference."""
    if "error" in (a[0], b[0]):
        texts = (" ".join(map(str, e))[:60] if e[0] == "error" else e[0] for e in (a, b))
        return " / ".join(texts)
    return f"{a[0]}/{b[0]}"


def same_error(a: Any, b: Any) -> bool:
    """Compare class, and text or key phrase."""
    if a[1] != b[1]:
        return False
    # The messages of operations have tests of their own; those of the engine must agree here.
    left, right = ({p for p in KEY_PHRASES if p in text} for text in (a[2], b[2]))
    return a[2] == b[2] or not left or not right or bool(left & right)


def same(a: Any, b: Any, limits: dict[str, float]) -> bool:
    """Compare nested values, numbers up to rounding."""
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        if len(a) == 3 and isinstance(a[0], str) and a[0].startswith("torch."):
            limit = limits.get(a[0], 1e-9)
            return a[0] == b[0] and a[1] == b[1] and close(a[2], b[2], limit)
        return len(a) == len(b) and all(same(x, y, limits) for x, y in zip(a, b, strict=True))
    if isinstance(a, (float, complex)) and isinstance(b, (float, complex)):
        return close(a, b, 1e-5)
    return bool(a == b)


def close(a: Any, b: Any, limit: float) -> bool:
    """Compare nested lists of numbers."""
    if isinstance(a, list):
        return (
            isinstance(b, list)
            and len(a) == len(b)
            and all(close(x, y, limit) for x, y in zip(a, b, strict=True))
        )
    if isinstance(a, complex):
        if cmath.isnan(a) or cmath.isnan(b):
            return True  # NumPy and PyTorch go different ways at complex infinities
        return close(a.real, b.real, limit) and close(a.imag, b.imag, limit)
    if isinstance(a, float):
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) == math.isnan(b)
        return math.isclose(a, b, rel_tol=limit, abs_tol=limit)
    return bool(a == b)
