"""Expressions over ``torch``, and their answers as text that JSON can hold.

A subject is a file of expressions, one a line. ``python -m tests.record`` records PyTorch's
answers; a test evaluates the same expressions with this package under the name ``torch``.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parent / "recorded"
SEED = 11


def evaluate(expression: str, torch: Any, show: Callable[[Any, Any], Any]) -> Any:
    """Return what `show` says of the value, or the error's class and the start of its text."""
    names = {"torch": torch, "printed": partial(printed, torch), "nan": np.nan, "inf": np.inf}
    torch.manual_seed(SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return show(eval(expression, names), torch)
        except Exception as error:
            return {"error": type(error).__name__, "text": str(error).partition("\n")[0][:60]}


def printed(torch: Any, value: Any, **options: Any) -> str:
    """Return what `value` prints with the given print options."""
    torch.set_printoptions(**options)
    try:
        return repr(value)
    finally:
        torch.set_printoptions(profile="default")


def as_text(value: Any, torch: Any) -> str:
    """Show a value as it prints."""
    return value if isinstance(value, str) else repr(value)


def as_digest(value: Any, torch: Any) -> dict[str, Any]:
    """Show a tensor by dtype, shape, grad_fn, first numbers, and digests of bytes and generator."""
    state = digest(torch.get_rng_state().numpy())
    if not hasattr(value, "detach"):
        return {"value": repr(value), "state": state}
    array = value.detach().numpy()
    node = value.grad_fn.name()
    return {
        "dtype": str(value.dtype),
        "shape": list(value.shape),
        "stride": list(value.stride()) if value.numel() else None,
        "requires_grad": value.requires_grad,
        "grad_fn": None if node is None else node.name(),
        "first": [repr(number.item()) for number in array.ravel()[:4]],
        "bytes": digest(array),
        "state": state,
    }


def digest(array: np.ndarray[Any, Any]) -> str:
    """Return the start of the SHA-256 of the numbers in row-major order."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:24]


def answers(subject: str, torch: Any) -> dict[str, Any]:
    """Return the answers of all expressions of a subject."""
    expressions, show = SUBJECTS[subject]
    if len(set(expressions)) != len(expressions):
        raise ValueError(f"{subject}: an expression occurs twice")
    return {expression: evaluate(expression, torch, show) for expression in expressions}


def recorded(subject: str) -> dict[str, Any]:
    """Return PyTorch's recorded answers."""
    content = json.loads((RECORDED / f"{subject}.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = content["answers"]
    return found


def _expressions(subject: str) -> list[str]:
    lines = (RECORDED / f"{subject}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and line[0] != "#"]


SUBJECTS: dict[str, tuple[list[str], Callable[[Any, Any], Any]]] = {
    "printing": (_expressions("printing"), as_text),
    "random": (_expressions("random"), as_digest),
}
