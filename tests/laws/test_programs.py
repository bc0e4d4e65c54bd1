"""Random programs print under autograd_nb what they print under PyTorch, live.

AUTOGRAD_NB_PROGRAMS chooses the seeds: ``3000`` for the first 3,000, ``5000:9000`` for a range.
``python -m tests.laws.test_programs 5000 9000`` also shrinks what it finds; ``wider`` at the end of
the line draws from the larger grammar.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import pytest

import autograd_nb
from tests.laws.compare import disagree, run_program
from tests.laws.programs import Wider, Writer

BLOCK = 25


def seeds() -> range:
    """Return the seeds to try."""
    text = os.environ.get("AUTOGRAD_NB_PROGRAMS", "300")
    first, _, last = text.rpartition(":")
    return range(int(first or 0), int(last))


def difference(torch: Any, lines: list[str]) -> Any:
    """Return the first disagreement between the two engines on a program, or None."""
    return disagree(run_program(torch, lines), run_program(autograd_nb, lines))


def shrink(torch: Any, lines: list[str], found: Any) -> list[str]:
    """Leave out statements while the same kind of disagreement remains."""
    kind = found[0]
    smaller = True
    while smaller:
        smaller = False
        for i in reversed(range(len(lines))):
            fewer = lines[:i] + lines[i + 1 :]
            again = difference(torch, fewer)
            if again is not None and again[0] == kind:
                lines, smaller = fewer, True
    return lines


@pytest.mark.parametrize("start", seeds()[::BLOCK])
def test_random_programs_agree(start: int) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for seed in range(start, min(start + BLOCK, seeds().stop)):
        lines = Writer(torch, seed).write()
        found = difference(torch, lines)
        if found is not None:
            lines = shrink(torch, lines, found)
            _, where, theirs, ours = difference(torch, lines)
            program = "\n".join(lines)
            pytest.fail(f"seed {seed}\n{program}\nat: {where}\nPyTorch: {theirs}\nours:    {ours}")


def main(first: int, last: int, writer: type[Writer] = Writer) -> None:
    """Print every disagreement of a range of seeds, shrunk."""
    torch = importlib.import_module("torch")
    failures = 0
    for seed in range(first, last):
        lines = writer(torch, seed).write()
        found = difference(torch, lines)
        if found is None:
            continue
        failures += 1
        lines = shrink(torch, lines, found)
        print(f"=== seed {seed}: {found[0]}", *lines, *difference(torch, lines)[1:], sep="\n")
    print(f"{last - first} programs, {failures} disagree")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Wider if "wider" in sys.argv[3:] else Writer)
