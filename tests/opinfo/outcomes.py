"""What a call gives in either library, and how two outcomes differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch as theirs

import autograd_nb as ours
from autograd_nb.core.tensor import wrap
from tests.opinfo.twins import twin
from tests.ops.compositions import TENSORS, array_of, chain, flat, is_zero

TOLERANCE = {"f2": 4e-3, "f4": 5e-5, "c8": 5e-5, "f8": 1e-8, "c16": 1e-8}
LIBRARIES = (theirs, ours)


def failure(error: Exception) -> tuple[str, str]:
    """Return what is compared of an error."""
    return type(error).__name__, str(error).split("\n")[0]


def outcome(function: Any, given: Any, side: int, form: str = "function") -> dict[str, Any]:
    """Call one library's function on fresh arguments; return everything that is compared."""
    library, leaves = LIBRARIES[side], []
    args = [twin(part, side, leaves) for part in (given.input, *given.args)]
    options = {key: twin(part, side, leaves) for key, part in given.kwargs.items()}
    library.manual_seed(0)
    try:
        if form == "in place":
            args[0] = args[0].clone()
        if form == "out":
            with library.no_grad():
                made = function(*args, **options)
                if not all(isinstance(x, TENSORS) for x in flat(made)):
                    return {}
                blank = [library.empty_like(x) for x in flat(made)]
                library.manual_seed(0)
                function(*args, **options, out=blank[0] if isinstance(made, TENSORS) else blank)
                return {"values": [array_of(x) for x in blank]}
        result = function(*args, **options)
    except Exception as error:
        return {"error": failure(error)}
    tensors = [x for x in flat(result) if isinstance(x, TENSORS)]
    found: dict[str, Any] = {
        "type": type(result).__name__,
        "dtypes": [str(x.dtype) for x in tensors],
        "shapes": [tuple(x.shape) for x in tensors],
        "strides": [tuple(x.stride()) for x in tensors if x.numel() > 1],
        "views": [x._base is not None for x in tensors],
        "requires_grad": [x.requires_grad for x in tensors],
        "names": [chain(x, 2) for x in tensors],
        "values": [array_of(x) for x in flat(result)],
        "itself": result is args[0] if form == "in place" else None,
    }
    outputs = [x for x in tensors if x.requires_grad and not x.is_leaf]
    if form == "function" and outputs and leaves:
        found |= derivatives(library, outputs, leaves, side)
    return found


def derivatives(library: Any, outputs: Any, leaves: Any, side: int) -> dict[str, Any]:
    """Return first and second gradients for the same random cotangents."""
    rng, found, order = np.random.default_rng(1), {}, "first"

    def gradients(tensors: Any, **options: bool) -> Any:
        weights = []
        for x in tensors:
            drawn = rng.uniform(0.5, 1.5, (2, *x.shape))
            drawn = drawn[0] + 1j * drawn[1] if x.is_complex() else drawn[0]
            drawn = np.asarray(drawn, str(x.dtype).removeprefix("torch."))
            weights.append(wrap(drawn) if side else theirs.from_numpy(drawn))
        return library.autograd.grad(tensors, leaves, weights, allow_unused=True, **options)

    try:
        first = gradients(outputs, retain_graph=True)
        found["first"] = [None if g is None else array_of(g) for g in first]
        order = "second"
        traced = gradients(outputs, create_graph=True)
        again = [g for g in traced if g is not None and g.requires_grad]
        if again:
            found["second"] = [None if g is None else array_of(g) for g in gradients(again)]
    except Exception as error:
        found[f"{order} error"] = failure(error)
    return found


def close(a: Any, b: Any) -> bool:
    """Say whether two values are the same up to rounding; a missing gradient equals zeros."""
    if a is None or b is None:
        return is_zero([a]) and is_zero([b])
    if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray):
        return str(a).replace("torch.", "") == str(b).replace("torch.", "") or bool(a == b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    tolerance = TOLERANCE.get(a.dtype.str[1:], 0)
    size = np.abs(a[np.isfinite(a)]).max(initial=1) if tolerance else 0
    return np.allclose(a, b, rtol=tolerance, atol=tolerance * size, equal_nan=True)


def differences(wanted: dict[str, Any], got: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what differs, by kind."""
    a, b = wanted.get("error"), got.get("error")
    if b and b[0] == "AttributeError" and "module" in b[1]:
        return {"missing": (a, b)}
    if not a or not b:
        if a or b:
            return {"accepted" if a else "refused": (a, b)}
    else:
        return {} if a[0] == b[0] and a[1][:40] == b[1][:40] else {"error": (a, b)}
    found = {}
    for key in sorted(wanted.keys() | got.keys()):
        a, b = wanted.get(key), got.get(key)
        if key in ("second", "second error", "first error"):
            # Where PyTorch has no derivative, ours may have one.
            if any(k.endswith(" error") for k in wanted) or (a is None and is_zero(b)):
                continue
        if key in ("values", "first", "second"):
            if b is None or a is None or len(a) != len(b):
                same = is_zero(a) and is_zero(b)
            else:
                pairs = [(x, y) for x, y in zip(a, b, strict=True) if not close(x, y)]
                same, (a, b) = not pairs, zip(*pairs, strict=True) if pairs else (a, b)
        else:
            same = a == b
        if not same:
            found[key] = (a, b)
    first = {key: found[key] for key in ("dtypes", "shapes") if key in found}
    return first or found  # the others follow from these
