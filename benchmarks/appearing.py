"""How soon a graph is seen: from the end of the cell's code to its boxes in a real browser.

    python -m benchmarks.appearing                   both engines
    python -m benchmarks.appearing --only torch

A private JupyterLab runs cells that build graphs of 60, 3,000 and 100,000 nodes and a backward
through them.  The last line of each cell reads the clock; the page reads it when the panel says
that the cell is done and draws its boxes.  Both are clocks of one machine.  The 100,000 nodes are a
recurrent loop, of which the panel draws what it can close to a readable picture.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

BEGIN = "%load_ext autograd_nb\nimport time\nimport {module} as torch"
CELL = """%%autograd
w = torch.ones(4, requires_grad=True)
h = torch.ones(4)
for _ in range({turns}):
    h = (h * w + 0.1).tanh()
loss = h.sum()
loss.backward()
ended = time.time()"""
GOALS = {60: 0.1, 3_000: 1.0, 100_000: 5.0}
"""Seconds within which so many nodes are to be seen."""

NOTICE = """() => {
    window.seen = null;
    // The panel of the round before stays until the cell shows another.
    document.querySelectorAll('.agnb').forEach(one => one.classList.add('former'));
    const look = () => {
        const panel = document.querySelector('.agnb:not(.former)');
        const done = panel?.querySelector('.word')?.textContent === 'done';
        // A frame later the browser has drawn what is in the page.
        if (done && panel.querySelector('.node') && !window.seen) {
            window.seen = true;
            requestAnimationFrame(() => { window.seen = Date.now() / 1000; });
        }
    };
    window.notice?.disconnect();
    window.notice = new MutationObserver(look);
    window.notice.observe(document.body, {childList: true, subtree: true, characterData: true});
}"""


def measure(
    lab: Any, page: Any, modules: list[str], nodes: int, rounds: int
) -> dict[str, tuple[list[float], int]]:
    """Return for each engine the seconds of each round, and how many boxes the last one drew.

    The engines take turns in one notebook, after a panel each that does not count: the first
    panel of a browser has the bundle to fetch and to compile, and whoever comes first pays for it.
    """
    turns = (nodes - 2) // 4  # of three operations, and a use of the leaf for each
    cell = CELL.format(turns=turns)
    begins = [BEGIN.format(module=module) for module in modules]
    cells = [source for begin in begins for source in (begin, cell, "print(ended)")]
    lab.open(page, f"appearing-{nodes}.ipynb", cells)
    times: dict[str, list[float]] = {module: [] for module in modules}
    boxes: dict[str, int] = {}
    for turn in range(rounds + 1):
        for place, module in enumerate(modules):
            lab.run(page, 3 * place)
            page.evaluate(NOTICE)
            lab.run(page, 3 * place + 1, seconds=300)
            page.wait_for_function("() => typeof window.seen === 'number'", timeout=120_000)
            boxes[module] = page.locator(".agnb:not(.former) .node").count()
            lab.run(page, 3 * place + 2)
            ended = float(lab.outputs(page, 3 * place + 2)[0]["text"])
            if turn:
                times[module].append(float(page.evaluate("() => window.seen")) - ended)
    return {module: (times[module], boxes[module]) for module in modules}


def main(arguments: list[str]) -> int:
    """Run and print; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.appearing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=5, help="of each size")
    parser.add_argument("--nodes", type=int, nargs="*", help="these sizes alone")
    parser.add_argument("--only", choices=("autograd_nb", "torch"), help="one engine alone")
    options = parser.parse_args(arguments)
    from tests.browser.lab import Lab

    engines = [options.only] if options.only else ["autograd_nb", "torch"]
    print(f"{'':<14}{'nodes':>9}{'best':>10}{'median':>10}{'wanted':>10}{'boxes':>8}")
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as lab, lab.page() as page:
        there = [module for module in engines if importlib.util.find_spec(module) is not None]
        for module in set(engines) - set(there):
            print(f"{module:<14} is not installed: left out")
        for nodes, goal in GOALS.items():
            if nodes not in (options.nodes or GOALS):
                continue
            found = measure(lab, page, there, nodes, options.rounds)
            for module, (times, boxes) in found.items():
                print(
                    f"{module:<14}{nodes:>9,}{min(times) * 1e3:>8.0f}ms"
                    f"{statistics.median(times) * 1e3:>8.0f}ms{goal * 1e3:>8.0f}ms{boxes:>8}",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
