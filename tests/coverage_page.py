"""The coverage page, made from the table by trying every record.

    python -m tests.coverage_page            writes docs/coverage.md
    python -m tests.coverage_page --check    fails if it is not up to date
    python -m tests.coverage_page --print    prints it

Each record's samples are run: the first that has a gradient decides what is said about orders and
forward mode, so the page says what works, not what is planned.
"""

from __future__ import annotations

import inspect
import json
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

import autograd_nb as ours
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import namespaces
from autograd_nb.ops.registry import FUNCTIONS, SAMPLES, TABLE, Sample, T
from tests.answers import RECORDED

PAGE = Path(__file__).resolve().parents[1] / "docs" / "coverage.md"
# What is no operation on dense tensors of a CPU.
ELSEWHERE = (
    "quantiz", "sparse", "mkldnn", "cudnn", "miopen", "fbgemm", "q_", "int_repr", "col_indices",
    "crow_indices", "row_indices", "coalesce", "fake_", "jagged", "padded", "smm", "xpu", "choose_",
    "_backward", "batch_norm_", "native_", "per_tensor", "per_channel", "dsmm", "spmm", "vulkan",
    "storage", "torch_function", "bfloat16", "chalf", "sym_", "slice_inverse", "reinforce",
)  # fmt: skip


def argument(value: Any, rng: np.random.Generator, leaves: list[Tensor]) -> Any:
    """Return what a sample's argument stands for."""
    if isinstance(value, T):
        tensor = Tensor._wrap(value.array(rng))
        if value.differentiable:
            tensor.requires_grad = True
            leaves.append(tensor)
        return tensor
    if isinstance(value, (list, tuple)) and any(isinstance(v, T) for v in value):
        return type(value)(argument(v, rng, leaves) for v in value)
    return value


def run(record: str, sample: Sample) -> tuple[list[Tensor], Any]:
    """Call a record on a sample; return its leaves and its first result."""
    rng, leaves = np.random.default_rng(0), []
    args = [argument(a, rng, leaves) for a in sample.args]
    options = {k: argument(v, rng, leaves) for k, v in sample.kwargs.items()}
    if TABLE[record].public_name.endswith("_") and args:
        args[0] = args[0].clone()
    found = getattr(namespaces.T, record)(*args, **options)
    if isinstance(found, (tuple, list)):
        found = next((f for f in found if f.requires_grad), found[0])
    return leaves, found


def order(record: str) -> str:
    """Return "-", "1" or "2": how often the record was differentiated on its samples."""
    best = "-"
    for sample in SAMPLES[record]:
        leaves, result = run(record, sample)
        if not leaves or not result.requires_grad or not result.numel():
            continue
        weight = ours.ones_like(result)
        try:
            first = ours.autograd.grad(result, leaves, weight, create_graph=True, allow_unused=True)
            best = "1"
            again = [g for g in first if g is not None and g.requires_grad and g.numel()]
            if again:
                weights = [ours.ones_like(g) for g in again]
                ours.autograd.grad(again, leaves, weights, allow_unused=True)
        except (RuntimeError, NotImplementedError):
            continue  # it says that it has no derivative, as PyTorch's does
        if again or TABLE[record].kind == "linear":
            return "2"  # of what is linear the second derivative is zero, and is known
    return best


def forward_mode(record: str) -> str:
    """Return "yes" if a tangent goes through the record."""
    from autograd_nb.autograd import forward_ad

    for sample in SAMPLES[record]:
        with forward_ad.dual_level():
            rng, leaves = np.random.default_rng(0), []

            def dual(value: Any) -> Any:
                found = argument(value, rng, leaves)  # noqa: B023 - used within this turn
                if isinstance(value, T) and value.differentiable:
                    found = found.detach()
                    return forward_ad.make_dual(found, ours.ones_like(found))
                return found

            args = [dual(a) for a in sample.args]
            options = {k: argument(v, rng, leaves) for k, v in sample.kwargs.items()}
            if not any(isinstance(a, T) and a.differentiable for a in sample.args):
                continue
            try:
                found = getattr(namespaces.T, record)(*args, **options)
            except Exception:
                return "no"
            first = found[0] if isinstance(found, (tuple, list)) else found
            return "yes" if forward_ad.unpack_dual(first).tangent is not None else "-"
    return "-"


def behind(function: Any) -> int:
    """Return which function of the traced namespace stands behind one that users call."""
    return id(getattr(function, "__wrapped__", function))


def names_of() -> dict[int, list[str]]:
    """Return the public spellings of each function."""
    found: dict[int, list[str]] = {}
    for space, functions in FUNCTIONS.items():
        for name, function in functions.items():
            path = f"torch.{name}" if space == "torch" else f"torch.{space}.{name}"
            found.setdefault(behind(function), []).append(path)
    for name in dir(Tensor):
        if not name.startswith("_"):
            method = behind(inspect.getattr_static(Tensor, name))
            found.setdefault(method, []).append(f"Tensor.{name}")
    return found


def rows() -> list[str]:
    """Return the table, one line a record."""
    spelled, lines = names_of(), []
    for name, rule in sorted(TABLE.items()):
        function = getattr(namespaces.T, name)
        names = spelled.get(behind(function), [])
        first = rule.public_name
        # A generated twin stands in the place of the commonest operations' functions.
        if "._hot." in getattr(FUNCTIONS["torch"].get(first), "__module__", ""):
            names = list(dict.fromkeys([f"torch.{first}", *names]))
        node = rule.node_class.namespace + rule.node_class.__name__ if rule.inputs else "-"
        changes = "yes" if hasattr(namespaces.T, f"{name}_") else "-"
        writes = "yes" if any(n.startswith("torch.") for n in names) else "-"
        lines.append(
            f"| `{name}` | {' '.join(f'`{n}`' for n in names[:4])} | {node} | {order(name)} | "
            f"{forward_mode(name)} | {changes} | {writes} |"
        )
    return lines


def documented() -> dict[str, tuple[list[str], list[str]]]:
    """Return per namespace which of PyTorch's overridable functions are here, and which not."""
    import torch
    from torch.overrides import get_overridable_functions

    known = get_overridable_functions()
    found = {}
    for path in ("", "nn.functional", "linalg", "fft", "special", "Tensor"):
        theirs: Any = torch
        mine: Any = ours
        for part in path.split(".") if path else ():
            theirs, mine = getattr(theirs, part), getattr(mine, part)
        prefix = f"{path}_"  # PyTorch knows torch.linalg.inv as linalg_inv
        listed = {
            f.__name__.removeprefix(prefix) for f in known.get(theirs, []) if hasattr(f, "__name__")
        }
        if path == "Tensor":
            listed |= set(dir(theirs))
        names = sorted(
            n for n in listed
            if not n.startswith("_") and hasattr(theirs, n) and not any(e in n for e in ELSEWHERE)
        )  # fmt: skip
        here = [n for n in names if hasattr(mine, n)]
        found[f"torch.{path}".rstrip(".")] = (here, [n for n in names if n not in here])
    return found


def samples_of_pytorch() -> list[str]:
    """Return what the last run of `tests.opinfo` recorded."""
    record = json.loads((RECORDED / "opinfo.json").read_text(encoding="utf-8"))
    kinds = record["operations"].values()
    same = sum(not found for found in kinds)
    often = Counter(kind for found in kinds for kind in found)
    return [
        "## PyTorch's own samples",
        "",
        f"`python -m tests.opinfo --record --dtype {' '.join(record['dtypes'])}` runs the samples "
        f"that PyTorch {record['torch']} tests itself with, in both libraries, and compares "
        "values, dtypes, shapes, strides, views, node names, first and second gradients, methods, "
        "in-place forms, `out=` and errors: "
        f"{record['counts']['runs']} calls of {len(kinds)} operations. "
        f"{same} of them do not differ in anything. The others:",
        "",
        "| what differs | operations | calls |",
        "|---|---|---|",
        *(f"| {kind} | {n} | {record['counts'][kind]} |" for kind, n in often.most_common()),
        "",
    ]


def page() -> str:
    """Return the text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lines = rows()
        spaces = documented()
    count = {
        "records": len(TABLE),
        "with a node of their own": sum(bool(rule.inputs) for rule in TABLE.values()),
        "differentiated twice": sum(line.split("|")[4].strip() == "2" for line in lines),
        "with forward mode": sum(line.split("|")[5].strip() == "yes" for line in lines),
        "with an in-place form": sum(line.split("|")[6].strip() == "yes" for line in lines),
    }
    parts = [
        "# Coverage",
        "",
        "Made by `python -m tests.coverage_page` from the table of operations, by trying each on "
        "its samples. The values and gradients are compared with PyTorch 2.13 by "
        "`tests/ops/test_table.py`.",
        "",
        "## Names",
        "",
        "| namespace | here | missing | share |",
        "|---|---|---|---|",
    ]
    for space, (here, gone) in spaces.items():
        share = len(here) / (len(here) + len(gone))
        parts.append(f"| `{space}` | {len(here)} | {len(gone)} | {share:.0%} |")
    parts += ["", "Missing:", ""]
    for space, (_, gone) in spaces.items():
        if gone:
            parts.append(f"- `{space}`: {', '.join(f'`{n}`' for n in gone)}")
    parts += ["", *samples_of_pytorch(), "## Operations", ""]
    parts += [f"- {number} {what}" for what, number in count.items()]
    parts += [
        "",
        "Order: how often the samples could be differentiated (`-`: not differentiable). Forward: "
        "a tangent goes through. `out=`: it can be given to the functions named.",
        "",
        "| record | names | node | order | forward | in place | `out=` |",
        "|---|---|---|---|---|---|---|",
        *lines,
        "",
    ]
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write, check or print the page."""
    text = page()
    if "--print" in arguments:
        print(text)
        return 0
    if "--check" in arguments:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print("up to date" if fresh else "out of date: python -m tests.coverage_page")
        return 0 if fresh else 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    print(f"written: {PAGE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
