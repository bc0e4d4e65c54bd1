"""What watching costs: a training loop in a real kernel, unwatched and watched.

    python -m benchmarks.watching                    both engines
    python -m benchmarks.watching --cpu              processor time, for a busy machine
    python -m benchmarks.watching --static           without the live panel

The step is one of a multilayer perceptron, with as many rows of input as make it take about a
millisecond on the machine at hand (``--batch`` gives another number). Each round trains the same
network from the same seed three times: with the extension not loaded, loaded but not watching, and
under ``%%autograd``; ratios are medians over the rounds of ratios within one round.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
from typing import Any

SETUP = """
import {module} as torch, time
torch.manual_seed(0)
net = torch.nn.Sequential(
    torch.nn.Linear(64, 128), torch.nn.Tanh(), torch.nn.Linear(128, 128), torch.nn.Tanh(),
    torch.nn.Linear(128, 10))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
x, y = torch.randn({batch}, 64), torch.randn({batch}, 10)
"""

LOOP = """
_begun = time.{clock}()
for step in range({steps}):
    opt.zero_grad()
    loss = ((net(x) - y) ** 2).mean()
    loss.backward()
    opt.step()
_taken = time.{clock}() - _begun
"""

WAYS = ("not loaded", "loaded", "watching")

STEP = 1e-3
"""Seconds that a step should take."""

BATCHES = [32 * 5**n // 4**n for n in range(20)]
"""Rows of input that are tried, each a quarter more than the one before."""


class Kernel:
    """A kernel that answers what a variable holds.

    Parameters
    ----------
    module : str
        The engine that its cells import as `torch`.
    clock : str
        Function of `time` that the loop reads.
    batch : int
        Rows of the input.
    """

    def __init__(self, module: str, clock: str, batch: int = BATCHES[0]) -> None:
        self.module = module
        self.clock = clock
        self.batch = batch
        from jupyter_client.manager import start_new_kernel

        # One thread each: at this size more only wait for one another.
        alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self.manager, self.client = start_new_kernel(
            kernel_name="python3", env={**os.environ, **alone}, stderr=subprocess.DEVNULL
        )

    def fit(self) -> None:
        """Take the fewest rows of which a step takes about a millisecond."""
        for self.batch in BATCHES:
            if min(self.loop("not loaded", 100, "") for _ in range(3)) >= 0.95 * STEP:
                return

    def run(self, code: str, wanted: str = "") -> float:
        """Run a cell and return the value of one expression afterwards."""
        asked = {"wanted": wanted} if wanted else {}
        reply = self.client.execute_interactive(
            code, output_hook=lambda message: None, user_expressions=asked, timeout=300
        )
        content: dict[str, Any] = reply["content"]
        if content["status"] != "ok":
            raise RuntimeError("\n".join(content["traceback"]))
        if not wanted:
            return 0.0
        return float(content["user_expressions"]["wanted"]["data"]["text/plain"])

    def loop(self, way: str, steps: int, options: str) -> float:
        """Return the seconds of one step of a network's first ones."""
        self.run(SETUP.format(module=self.module, batch=self.batch))
        self.run("%load_ext autograd_nb" if way != "not loaded" else "pass")
        top = f"%%autograd {options}\n" if way == "watching" else ""
        taken = self.run(top + LOOP.format(steps=steps, clock=self.clock), "_taken")
        self.run("%unload_ext autograd_nb" if way != "not loaded" else "pass")
        return taken / steps

    def close(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def measure(
    module: str, rounds: int, steps: int, batch: int | None, options: str, clock: str
) -> tuple[int, dict[str, list[float]]]:
    """Time the ways of running in turn, each round in another order.

    Returns
    -------
    tuple of (int, dict)
        Rows of input, and for each way the seconds of one step in each round.
    """
    kernel = Kernel(module, clock, batch or BATCHES[0])
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    try:
        if batch is None:
            kernel.fit()
        for way in WAYS:
            kernel.loop(way, 50, options)
        for number in range(rounds):
            for shift in range(len(WAYS)):
                way = WAYS[(number + shift) % len(WAYS)]
                times[way].append(kernel.loop(way, steps, options))
    finally:
        kernel.close()
    return kernel.batch, times


def main(arguments: list[str]) -> int:
    """Run and print; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.watching",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=10, help="per engine")
    parser.add_argument("--steps", type=int, default=1500, help="of the loop, each time")
    parser.add_argument("--batch", type=int, help="rows of the input")
    parser.add_argument("--only", choices=("autograd_nb", "torch"), help="one engine alone")
    parser.add_argument("--cpu", action="store_true", help="processor time, on a busy machine")
    parser.add_argument("--static", action="store_true", help="without the live panel")
    options = parser.parse_args(arguments)
    engines = [options.only] if options.only else ["autograd_nb", "torch"]
    print(
        f"{'':<14}{'rows':>6}"
        + "".join(f"{way:>14}" for way in WAYS)
        + f"{'off':>10}{'on':>10}{'best':>8}"
    )
    for module in engines:
        if importlib.util.find_spec(module) is None:
            print(f"{module:<14} is not installed: left out")
            continue
        told = "--static" if options.static else ""
        clock = "process_time" if options.cpu else "perf_counter"
        batch, times = measure(module, options.rounds, options.steps, options.batch, told, clock)
        base = times["not loaded"]
        ratio = {
            way: statistics.median(a / b for a, b in zip(times[way], base, strict=True))
            for way in WAYS
        }
        best = min(times["watching"]) / min(base)
        row = "".join(f"{statistics.median(times[way]) * 1e6:>12.0f}us" for way in WAYS)
        shares = f"{ratio['loaded'] - 1:>+10.1%}{ratio['watching'] - 1:>+10.1%}{best - 1:>+8.1%}"
        print(f"{module:<14}{batch:>6}{row}{shares}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
