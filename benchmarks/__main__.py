"""Run the workloads and print one table of ratios.

    python -m benchmarks                     everything
    python -m benchmarks --only chain MLP    rows whose name has one of these words
    python -m benchmarks --seconds 1         time per row and engine
    python -m benchmarks --plain             without numba's compiled loops, though it is installed

A ratio is this engine's median time over PyTorch's in the same run; engines alternate, so that
a busy moment of the machine hits all of them. PyTorch's time is the better of one thread and all
threads. Rows whose gradients disagree are not timed: they are reported and the exit code is 1.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import statistics
import sys
import time
from typing import Any

import numpy as np

from autograd_nb.ops import loops

from . import derivatives, indexing, layers, sampling, workloads
from .workloads import Workload

WORKLOADS = [
    workload
    for module in (workloads, layers, derivatives, indexing, sampling)
    for workload in module.WORKLOADS
]

ENGINES = {
    "PyTorch": "torch",
    "autograd_nb": "torch",
    "HIPS autograd": "autograd",
    "MyGrad": "mygrad",
}
MODULES = {
    "PyTorch": "torch",
    "autograd_nb": "autograd_nb",
    "HIPS autograd": "autograd",
    "MyGrad": "mygrad",
}


def engines() -> dict[str, Any]:
    """Import the engines that are installed."""
    found = {}
    for name, module in MODULES.items():
        if importlib.util.find_spec(module) is None:
            print(f"{name} is not installed: left out", file=sys.stderr)
            continue
        found[name] = importlib.import_module(module)
    return found


def timed(step: Any, inner: int) -> float:
    """Return the seconds of one run of `inner` steps, garbage collection as users have it."""
    gc.collect()
    start = time.perf_counter()
    for _ in range(inner):
        step()
    return (time.perf_counter() - start) / inner


def agree(found: Any, wanted: Any) -> bool:
    """Say whether two gradients are equal but for rounding, which grows with the largest entry."""
    size = max(1.0, float(np.abs(wanted).max(initial=0)))
    return bool(np.allclose(found, wanted, rtol=1e-3, atol=1e-5 * size))


def measure(workload: Workload, modules: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return the median seconds by engine, or an error text where gradients disagree."""
    steps: dict[str, Any] = {}
    reference: list[Any] | None = None
    for name, module in modules.items():
        setup = workload.setups.get(ENGINES[name])
        if setup is None:
            continue
        step, gradients = setup(module)
        step()
        found = [np.asarray(g, np.float64) for g in gradients()]
        if reference is None:
            reference = found
        elif not all(agree(a, b) for a, b in zip(found, reference, strict=True)):
            return {"error": f"gradients of {name} differ from PyTorch's"}
        steps[name] = step
    torch: Any = modules.get("PyTorch")
    times: dict[str, list[float]] = {name: [] for name in steps}
    threads = torch.get_num_threads() if torch is not None else 1
    single: list[float] = []
    end = time.perf_counter() + seconds * len(steps)
    rounds = 0
    while rounds < 3 or (time.perf_counter() < end and rounds < 200):
        rounds += 1
        for name, step in steps.items():
            times[name].append(timed(step, workload.inner))
            if name == "PyTorch":
                torch.set_num_threads(1)
                single.append(timed(step, workload.inner))
                torch.set_num_threads(threads)
    medians = {name: statistics.median(values) for name, values in times.items()}
    if single:
        medians["PyTorch"] = min(medians["PyTorch"], statistics.median(single))
    return medians


def main(arguments: list[str]) -> int:
    """Run and print; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="*", default=[], help="words of the rows to run")
    parser.add_argument("--seconds", type=float, default=1.0, help="per row and engine")
    parser.add_argument("--plain", action="store_true", help="without the extra `fast`")
    options = parser.parse_args(arguments)
    modules = engines()
    if options.plain:
        loops.installed = lambda: False
    print(f"compiled loops: {'yes' if loops.installed() else 'no'}")
    others = [name for name in modules if name != "PyTorch"]
    print(
        f"{'time / PyTorch':<40}{'PyTorch':>12}"
        + "".join(f"{n:>15}" for n in others)
        + f"{'goal':>7}"
    )
    failed, ratios, against = False, [], []
    for workload in WORKLOADS:
        named = any(word in workload.name for word in options.only)
        if not (named if options.only else not workload.named):
            continue
        found = measure(workload, modules, options.seconds)
        if "error" in found:
            failed = True
            print(f"{workload.name:<40}  {found['error']}")
            continue
        base = found["PyTorch"]
        row = f"{workload.name:<40}{base * 1e6:>10.0f}us"
        for name in others:
            row += f"{found[name] / base:>15.2f}" if name in found else f"{'-':>15}"
        print(row + f"{workload.goal:>7.2f}", flush=True)
        if "autograd_nb" in found:
            ratios.append(found["autograd_nb"] / base)
            peers = [found[n] for n in ("HIPS autograd", "MyGrad") if n in found]
            if peers:
                against.append(found["autograd_nb"] / min(peers))
    if ratios:
        print(f"\ngeometric mean of autograd_nb / PyTorch: {np.exp(np.mean(np.log(ratios))):.2f}")
    if against:
        mean = np.exp(np.mean(np.log(against)))
        print(f"geometric mean of autograd_nb / best NumPy peer: {mean:.2f}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
