"""Random graphs as data: drawn once, then built in any torch-like namespace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

# Factors below one keep values small, so that rounding is not amplified by later steps.
UNARY: dict[str, Callable[[Any, Any], Any]] = {
    "sin": lambda torch, x: x.sin(),
    "cos": lambda torch, x: x.cos(),
    "tanh": lambda torch, x: x.tanh(),
    "sigmoid": lambda torch, x: torch.sigmoid(x),
    "relu": lambda torch, x: torch.relu(x),
    "neg": lambda torch, x: -x,
    "scale": lambda torch, x: 0.5 * x,
    "shift": lambda torch, x: x - 1,
    "square": lambda torch, x: x.tanh() ** 2,
    "exp": lambda torch, x: torch.exp(-(x * x)),
    "clone": lambda torch, x: x.clone(),
    "detach": lambda torch, x: x.detach(),
    "sum": lambda torch, x: x.sum() * 0.1,
    "mean": lambda torch, x: x.mean(),
    "row": lambda torch, x: x[..., :1] if x.dim() else x,
    "flat": lambda torch, x: x.reshape(-1)[::2],
    "unsqueeze": lambda torch, x: x.unsqueeze(0).squeeze(0),
    "no_grad": lambda torch, x: _without_grad(torch, x),
}
BINARY: dict[str, Callable[[Any, Any, Any], Any]] = {
    "add": lambda torch, x, y: x + y,
    "sub": lambda torch, x, y: x - y,
    "mul": lambda torch, x, y: 0.25 * x * y,
    "div": lambda torch, x, y: x / (1 + y * y),
    "maximum": lambda torch, x, y: torch.maximum(x, y),
    "where": lambda torch, x, y: torch.where(x > y, x, y * 0.5),
}
INPLACE: dict[str, Callable[[Any, Any], Any]] = {
    "add_": lambda torch, x: x.add_(0.5),
    "mul_": lambda torch, x: x.mul_(0.5),
    "tanh_": lambda torch, x: x.tanh_(),
    "first": lambda torch, x: x[..., :1].mul_(0.5) if x.dim() else x.mul_(0.5),
}


def _without_grad(torch: Any, x: Any) -> Any:
    with torch.no_grad():
        return x * 0.5


@dataclass(frozen=True)
class Dag:
    """A graph to build: leaves as nested lists, then steps (operation, operand positions)."""

    leaves: list[tuple[list[Any], bool]]
    steps: list[tuple[str, tuple[int, ...]]]


@dataclass
class Outcome:
    """What building and differentiating a graph gave."""

    value: list[float] = field(default_factory=list)
    grads: list[Any] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    error: str | None = None


@st.composite
def dags(draw: st.DrawFn, inplace: bool = False) -> Dag:
    """Draw a graph of up to 12 steps over up to 4 leaves of broadcastable shapes."""
    number = st.integers(-8, 8).map(lambda n: n / 4)
    leaves = []
    for _ in range(draw(st.integers(1, 4))):
        rows, columns = draw(st.sampled_from([(0, 0), (0, 3), (2, 3), (2, 1), (1, 1)]))
        row = st.lists(number, min_size=columns, max_size=columns) if columns else number
        leaf = st.lists(row, min_size=rows, max_size=rows) if rows else row
        leaves.append((draw(leaf), draw(st.integers(0, 9)) < 8))
    cuts = ["detach", "no_grad"]
    smooth = [name for name in (*UNARY, *BINARY) if name not in cuts]
    names = [*smooth * 3, *cuts, *(list(INPLACE) * 4 if inplace else [])]
    steps: list[tuple[str, tuple[int, ...]]] = []
    for position in range(len(leaves), len(leaves) + draw(st.integers(1, 12))):
        name = draw(st.sampled_from(names))
        # In place mostly on results: every leaf that needs a gradient refuses alike.
        first = min(len(leaves), position - 1) if name in INPLACE and draw(st.integers(0, 9)) else 0
        operand = st.integers(first, position - 1)
        steps.append((name, tuple(draw(operand) for _ in range(2 if name in BINARY else 1))))
    return Dag(leaves, steps)


def build(torch: Any, dag: Dag) -> tuple[list[Any], list[Any]]:
    """Build the graph; return its leaves and all of its tensors, the leaves first."""
    leaves = [
        torch.tensor(values, dtype=torch.float64, requires_grad=needs)
        for values, needs in dag.leaves
    ]
    tensors = list(leaves)
    for name, operands in dag.steps:
        arguments = [tensors[i] for i in operands]
        if name in INPLACE:
            tensors.append(INPLACE[name](torch, *arguments))
        elif name in UNARY:
            tensors.append(UNARY[name](torch, *arguments))
        else:
            try:
                tensors.append(BINARY[name](torch, *arguments))
            except RuntimeError as error:
                if "must match the size" not in str(error):
                    raise
                tensors.append(arguments[0] * 1)
    return leaves, tensors


def differentiate(torch: Any, dag: Dag, **options: Any) -> Outcome:
    """Build the graph, hook every tensor that needs a gradient, and run backward from the last."""
    outcome = Outcome()
    leaves: list[Any] = []
    try:
        leaves, tensors = build(torch, dag)
        for position, tensor in enumerate(tensors):
            if tensor.requires_grad and not any(tensor is t for t in tensors[:position]):
                # PyTorch 2.13 crashes on a hook for a view whose grad_fn is out of date: asking for
                # it brings it up to date. To be removed when a later version passes without.
                _ = tensor.grad_fn
                tensor.register_hook(lambda g, p=position: outcome.order.append(f"t{p}"))
        root = tensors[-1].sum()
        outcome.value = [root.item()]
        root.backward(**options)
    except RuntimeError as error:
        outcome.error = phrase(str(error))
    outcome.grads = [None if leaf.grad is None else leaf.grad.tolist() for leaf in leaves]
    return outcome


def phrase(message: str) -> str:
    """Return the part of an engine message that PyTorch's users search for."""
    for known in (
        "does not require grad and does not have a grad_fn",
        "modified by an inplace operation",
        "a leaf Variable that requires grad is being used in an in-place operation",
        "a view of a leaf Variable",
        "more than one element of the written-to tensor",
        "A view was created in no_grad mode",
        "doesn't match the broadcast shape",
    ):
        if known in message:
            return known
    return message
