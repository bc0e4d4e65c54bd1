"""What backward graphs show, as text that JSON can hold.

Of an expression over leaves: the graph of its gradient, as ``create_graph=True`` records it. Of a
sample of the table: what the `grad_fn` of the result keeps under the names ``_saved_...``.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nb.core import dtypes
from autograd_nb.ops.registry import SAMPLES, Sample, T

TEXT = (Path(__file__).parent / "recorded" / "graphs.txt").read_text(encoding="utf-8")
EXPRESSIONS = [line for line in TEXT.splitlines() if line and line[0] != "#"]
# PyTorch shows a complex number in the place of a tensor with memory that nobody wrote.
UNSPECIFIED = {("mul", 5)}
CASES = [
    (record, i)
    for record, samples in SAMPLES.items()
    for i in range(len(samples))
    if (record, i) not in UNSPECIFIED
]
DEPTH = 6
LIMIT = 100  # nodes


def evaluated(expression: str, torch: Any) -> tuple[Any, list[Any]]:
    """Return the value of an expression, and the leaves that it made."""
    rng, leaves = np.random.default_rng(5), []

    def drawn(low: float, high: float) -> Any:
        def make(*shape: int) -> Any:
            leaves.append(torch.from_numpy(rng.uniform(low, high, shape)).requires_grad_())
            return leaves[-1]

        return make

    def integers(*values: Any) -> Any:
        return torch.tensor(list(values))

    torch.manual_seed(3)
    names = {"x": drawn(-2, 2), "p": drawn(0.2, 0.9), "i": integers}
    return eval(expression, {"torch": torch, "F": torch.nn.functional, **names}), leaves


def graph_of_gradient(expression: str, torch: Any) -> list[str]:
    """Return the nodes of the gradient's graph in breadth-first order, with where they lead."""
    try:
        result, leaves = evaluated(expression, torch)
        found = torch.autograd.grad(result.sum(), leaves, create_graph=True, allow_unused=True)
    except RuntimeError as error:
        return [f"{type(error).__name__}: {error}"]
    return described([g.grad_fn for g in found if g is not None and g.grad_fn is not None])


def saved_of_expression(expression: str, torch: Any) -> dict[str, str] | None:
    """Return what the node of an expression's value shows; None if it is refused."""
    try:
        node = evaluated(expression, torch)[0].grad_fn
    except RuntimeError:
        return None
    return {"node": node.name(), **saved_by(node, torch)}


def described(roots: list[Any]) -> list[str]:
    """Return a line for each node: its number, name, and edges; ``3:1`` is output 1 of node 3."""
    numbers: dict[Any, int] = {}
    level, lines = [], []
    for root in roots:
        if root not in numbers:
            numbers[root] = len(numbers)
            level.append(root)
    for _ in range(DEPTH):
        deeper: list[Any] = []
        for node in level:
            edges = []
            for target, nr in node.next_functions:
                if target is not None and target not in numbers:
                    numbers[target] = len(numbers)
                    deeper.append(target)
                place = "-" if target is None else str(numbers[target])
                edges.append(f"{place}:{nr}" if nr and target is not None else place)
            name = node.name().removeprefix("torch::autograd::")
            lines.append(f"{numbers[node]} {name}({' '.join(edges)})")
        level = deeper
    return lines[:LIMIT]


def arguments(record: str, sample: Sample, torch: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return a sample's arguments in one library."""
    rng = np.random.default_rng(zlib.crc32(record.encode()))

    def made(value: Any) -> Any:
        if isinstance(value, T):
            tensor = torch.from_numpy(np.array(value.array(rng)))
            return tensor.requires_grad_() if value.differentiable else tensor
        if isinstance(value, (list, tuple)) and any(isinstance(v, T) for v in value):
            return type(value)(made(v) for v in value)
        if isinstance(value, (dtypes.dtype, np.dtype)):
            return getattr(torch, value.name)
        return value

    return [made(a) for a in sample.args], {k: made(v) for k, v in sample.kwargs.items()}


def saved_of_sample(record: str, index: int, function: Any, torch: Any) -> dict[str, str] | None:
    """Return what the node of a sample's first recorded result shows; None without a node."""
    args, options = arguments(record, SAMPLES[record][index], torch)
    torch.manual_seed(3)
    found = function(*args, **options)
    for result in found if isinstance(found, (tuple, list)) else (found,):
        if getattr(result, "grad_fn", None) is not None:
            return saved_by(result.grad_fn, torch)
    return None


def saved_by(node: Any, torch: Any) -> dict[str, str]:
    """Return the saved attributes of a node as text."""
    names = [name for name in dir(node) if name.startswith("_saved_")]
    return {name.removeprefix("_saved_"): as_text(getattr(node, name), torch) for name in names}


def as_text(value: Any, torch: Any) -> str:
    """Return a saved value as text: a tensor by dtype, shape and its sum."""
    if isinstance(value, torch.Tensor):
        numbers = value.detach().resolve_conj().to(torch.complex128)
        total = complex(numbers.sum())
        sizes = "x".join(str(n) for n in value.shape)
        return (
            f"{str(value.dtype).removeprefix('torch.')}[{sizes}] {total.real:.4g} {total.imag:.4g}"
        )
    if isinstance(value, (tuple, list)):
        return f"({', '.join(as_text(v, torch) for v in value)})"
    return repr(value).removeprefix("torch.")
