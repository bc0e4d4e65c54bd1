"""Run one expression in PyTorch and here, and tell how the outcomes differ.

Compared are values, dtypes, shapes, strides, which results are views, the chains of nodes, first
derivatives on arrays and on tensors, second derivatives, and for errors the class and the start
of the message.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch as theirs

import autograd_nb as ours
from autograd_nb import autograd, linalg
from autograd_nb.core.tensor import Tensor, wrap
from autograd_nb.nn import functional

TENSORS = (theirs.Tensor, Tensor)
SECOND = ("traced", "second", "derivative error")


class Arguments:
    """The names that expressions use: the same numbers for both libraries."""

    def __init__(self, library: str) -> None:
        self.is_theirs = library == "theirs"
        self.count = 0
        self.leaves: list[Any] = []

    def draw(self, shape: Any, dtype: str, positive: bool = False) -> Any:
        """Return normal numbers, other ones at each call."""
        self.count += 1
        rng = np.random.default_rng(self.count)
        drawn = rng.standard_normal(shape)
        if positive:
            drawn = np.abs(drawn) + 0.3
        if np.dtype(dtype).kind == "c":
            drawn = drawn + 1j * rng.standard_normal(shape)
        return np.asarray(drawn).astype(dtype)

    def make(self, array: Any, leaf: bool = False) -> Any:
        """Return a tensor, one that asks for a gradient if it is a leaf."""
        array = np.array(array)
        tensor = theirs.from_numpy(array) if self.is_theirs else wrap(array)
        if leaf:
            tensor.requires_grad_()
            self.leaves.append(tensor)
        return tensor

    def names(self) -> dict[str, Any]:
        """Return the namespace of an expression."""

        def unit(shape: Any) -> Any:
            return 1 / (1 + np.exp(-self.draw(shape, "float64")))

        def rows(shape: Any) -> Any:
            drawn = self.draw(shape, "float64", True)
            return drawn / drawn.sum(-1, keepdims=True)

        def definite(n: int) -> Any:
            drawn = self.draw((n, n), "float64")
            return drawn @ drawn.T + np.eye(n)

        return {
            "R": lambda *s, dtype="float64": self.make(self.draw(s, dtype), True),
            "P": lambda *s: self.make(self.draw(s, "float64", True), True),
            "N": lambda *s, dtype="float64": self.make(self.draw(s, dtype)),
            "U": lambda *s: self.make(unit(s), True),
            "NU": lambda *s: self.make(unit(s)),
            "PR": lambda *s: self.make(rows(s)),
            "SPD": lambda n: self.make(definite(n), True),
            "I": lambda v, dtype="int64": self.make(np.array(v, dtype)),
            "B": lambda v: self.make(np.array(v, bool)),
            "A": lambda v: self.make(np.array(v, "float64")),
            "np": np,
            "put": put,
            "change": change,
            "torch": theirs if self.is_theirs else ours,
            "F": theirs.nn.functional if self.is_theirs else functional,
            "L": theirs.linalg if self.is_theirs else linalg,
        }


def put(x: Any, key: Any, value: Any) -> Any:
    """Assign into a copy."""
    copy = x.clone()
    copy[key] = value
    return copy


def change(x: Any, function: Any) -> Any:
    """Change a copy in place."""
    copy = x.clone()
    function(copy)
    return copy


def chain(tensor: Any, depth: int = 7) -> str:
    """Return the nodes behind a tensor as text; A is a leaf."""

    def show(node: Any, left: int) -> str:
        if node is None:
            return "-"
        name = node.name()
        if "AccumulateGrad" in name:
            return "A"
        if left == 0:
            return str(name)
        inputs = [show(n, left - 1) + (f":{nr}" if nr else "") for n, nr in node.next_functions]
        return f"{name}({','.join(inputs)})"

    return show(tensor.grad_fn, depth)


def array_of(value: Any) -> Any:
    """Return the NumPy array of a tensor of either library."""
    if isinstance(value, theirs.Tensor):
        return value.detach().numpy(force=True)
    return np.asarray(value._array) if isinstance(value, Tensor) else value


def flat(result: Any) -> list[Any]:
    """Return nested results as one list."""
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in flat(part)]
    return [result]


def outcome(library: str, expression: str) -> dict[str, Any]:
    """Evaluate an expression; return everything that is compared."""
    arguments = Arguments(library)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = eval(expression, arguments.names())
        except Exception as error:
            return {"error": (type(error).__name__, str(error).split("\n")[0][:60])}
        tensors = [x for x in flat(result) if isinstance(x, TENSORS)]
        found: dict[str, Any] = {
            "chains": [chain(x) for x in tensors],
            "values": [array_of(x) for x in flat(result)],
            "dtypes": [str(x.dtype) for x in tensors],
            "layout": [
                (tuple(x.shape), tuple(x.stride()), x._base is not None)
                for x in tensors
                if x.numel() > 1
            ],
        }
        found.update(derivatives(arguments, [x for x in tensors if x.requires_grad]))
    return found


def derivatives(arguments: Arguments, outputs: list[Any]) -> dict[str, Any]:
    """Return first derivatives on arrays and on tensors, and second ones."""
    if not outputs or not arguments.leaves:
        return {}
    rng = np.random.default_rng(99)

    def cotangents(xs: list[Any]) -> list[Any]:
        made = []
        for x in xs:
            kind = array_of(x).dtype
            drawn = rng.standard_normal(tuple(x.shape)) + 0j
            if kind.kind == "c":
                drawn = drawn + 1j * rng.standard_normal(tuple(x.shape))
            made.append(arguments.make(np.asarray(drawn if kind.kind == "c" else drawn.real, kind)))
        return made

    run = theirs.autograd.grad if arguments.is_theirs else autograd.grad
    leaves, found = arguments.leaves, {}
    given = cotangents(outputs)
    try:
        first = run(outputs, leaves, given, retain_graph=True, allow_unused=True)
        found["first"] = [array_of(g) for g in first]
        for g in given:
            g.requires_grad_()
        traced = run(outputs, leaves, given, create_graph=True, allow_unused=True)
        found["traced"] = [array_of(g) for g in traced]
        again = [g for g in traced if g is not None and g.requires_grad]
        if again:
            second = run(again, leaves + given, cotangents(again), allow_unused=True)
            found["second"] = [array_of(g) for g in second]
    except Exception as error:
        found["derivative error"] = (type(error).__name__, str(error)[:150])
    return found


def is_zero(values: Any) -> bool:
    """Say whether gradients are all absent or zero."""
    return values is None or all(v is None or not np.any(v) for v in values)


def agree(a: Any, b: Any) -> bool:
    """Say whether two values are the same up to rounding; a missing gradient equals zeros."""
    if a is None or b is None:
        return is_zero([a]) and is_zero([b])
    if not isinstance(a, np.ndarray):
        return bool(a == b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    tolerance = 2e-5 if a.dtype in (np.float32, np.complex64) else 1e-9
    return np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def differences(expression: str) -> dict[str, tuple[Any, Any]]:
    """Return what differs between PyTorch's outcome and ours."""
    wanted, got = outcome("theirs", expression), outcome("ours", expression)
    found = {}
    if "not implemented" in wanted.get("derivative error", ("", ""))[1]:
        # PyTorch lacks the second derivative; ours may have it.
        wanted, got = ({k: v for k, v in x.items() if k not in SECOND} for x in (wanted, got))
    for key in sorted(wanted.keys() | got.keys()):
        a, b = wanted.get(key), got.get(key)
        if key in ("values", "first", "traced", "second"):
            if (a is None or b is None) and is_zero(a if b is None else b):
                continue
            same = a is not None and b is not None and len(a) == len(b)
            same = same and all(agree(x, y) for x, y in zip(a, b, strict=True))
        else:
            same = a == b
        if not same:
            found[key] = (a, b)
    return found
