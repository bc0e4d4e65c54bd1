"""Which names that public notebooks use are here, weighted by how many notebooks use them.

    python -m tests.census [shared/api_census.tsv]

The census is a table of names and counts. Names that PyTorch itself does not know (it counts
attributes by their spelling alone) are left out where PyTorch is installed.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import autograd_nb
from autograd_nb.absent import PARTS

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "api_census.tsv"


@dataclass(frozen=True)
class Entry:
    """One name of the census, and how many notebooks use it."""

    name: str
    notebooks: int

    @property
    def left_out(self) -> bool:
        """Whether it belongs to a part of PyTorch that is left out on purpose."""
        parts = self.name.split(".")
        private = any(p.startswith("_") for p in parts[1:-1]) or parts[-1].startswith("_C")
        return private or any(p in PARTS for p in parts)


def read(path: Path = DEFAULT) -> list[Entry]:
    """Return the census."""
    rows = [line.split("\t") for line in path.read_text().splitlines()[1:]]
    return [Entry(name, int(count)) for name, count in rows]


def examples(library: Any) -> dict[str, Any]:
    """Return an object for each first part of a name that is no module."""
    layer = library.nn.Linear(1, 1)
    optimizer = library.optim.SGD(layer.parameters(), lr=0.1)
    seen: list[Any] = []

    class Probe(library.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            seen.append(ctx)
            ctx.save_for_backward(x)
            return x * 1

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            return gradient

    tensor = Probe.apply(library.ones(1, requires_grad=True))
    return {
        "torch": library,
        "Tensor": library.ones(1),
        "Module": layer,
        "Optimizer": optimizer,
        "Scheduler": library.optim.lr_scheduler.StepLR(optimizer, 1),
        "ctx": seen[0],
        "Node": tensor.grad_fn,
    }


def has(roots: dict[str, Any], name: str) -> bool:
    """Say whether a dotted name is there."""
    first, *rest = name.split(".")
    found: Any = roots.get(first)
    for part in rest:
        try:
            found = getattr(found, part)
        except Exception:
            return False
    return found is not None


@dataclass(frozen=True)
class Result:
    """The census by what became of its names."""

    present: list[Entry]
    left_out: list[Entry]
    missing: list[Entry]

    @property
    def shares(self) -> tuple[float, float]:
        """Part of the names, and of their uses, that is present; without what is left out."""
        here, away = len(self.present), len(self.missing)
        used, unused = (sum(e.notebooks for e in es) for es in (self.present, self.missing))
        return here / (here + away), used / (used + unused)


def take(entries: list[Entry], reference: Any = None) -> Result:
    """Look every name up.

    Parameters
    ----------
    entries : list of Entry
    reference : module, optional
        PyTorch, to leave out what it does not know.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = examples(autograd_nb)
        theirs = examples(reference) if reference is not None else None
        groups: tuple[list[Entry], ...] = ([], [], [])
        for entry in entries:
            if has(ours, entry.name):
                groups[0].append(entry)
            elif theirs is None or has(theirs, entry.name):
                groups[1 if entry.left_out else 2].append(entry)
    return Result(*groups)


def main(arguments: list[str]) -> None:
    try:
        import torch
    except ImportError:
        torch = None  # type: ignore[assignment]
    result = take(read(Path(arguments[0]) if arguments else DEFAULT), torch)
    names, uses = result.shares
    print(f"{len(result.present)} names are here: {names:.1%}, and {uses:.1%} of the uses")
    for title, entries in (("missing", result.missing), ("left out", result.left_out)):
        print(f"\n{title}: {len(entries)} names, {sum(e.notebooks for e in entries)} uses")
        for entry in sorted(entries, key=lambda e: -e.notebooks):
            print(f"  {entry.notebooks:5d}  {entry.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
