"""What importing costs beyond NumPy: processor time and resident memory, in fresh processes.

    python -m benchmarks.import_time             21 processes for each line
    python -m benchmarks.import_time --runs 51

The first run of each line only writes the bytecode; PYTHONDONTWRITEBYTECODE is taken out of the
environment, since an installed package has its bytecode. Medians are printed, and the least time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys

# Memory is read as Linux tells it; elsewhere the greatest so far serves.
PROBE = """
import resource, sys, time
import numpy
def resident():
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
memory, start = resident(), time.process_time()
{code}
print(time.process_time() - start, resident() - memory)
"""
STEP = """
import autograd_nb as torch
x = torch.ones(3, requires_grad=True)
(x * x).sum().backward()
"""
TRAINING = """
import autograd_nb as torch
from autograd_nb import nn
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loss = nn.functional.mse_loss(model(torch.randn(16, 4)), torch.zeros(16, 1))
loss.backward()
optimizer.step()
"""
PROGRAMS = {
    "import autograd_nb": "import autograd_nb",
    "import autograd_nb.nn": "import autograd_nb.nn",
    "import, and one backward": STEP,
    "import, and one step of training": TRAINING,
    "the whole table": "import autograd_nb.ops.loading as l\nl.load_all()",
}


def measure(code: str, runs: int) -> list[tuple[float, float]]:
    """Return (milliseconds, megabytes) of each run of a program, the first one aside."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    found = []
    for _ in range(runs + 1):
        done = subprocess.run(
            [sys.executable, "-c", PROBE.format(code=code)],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        seconds, size = map(float, done.stdout.split())
        found.append((seconds * 1e3, size / 2**20))
    return found[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=21, help="processes for each line")
    runs = parser.parse_args().runs
    print(f"{'beyond import numpy':34}{'ms':>8}{'least':>8}{'MB':>8}")
    for name, code in PROGRAMS.items():
        times, sizes = zip(*measure(code, runs), strict=True)
        line = (statistics.median(times), min(times), statistics.median(sizes))
        print(f"{name:34}{line[0]:8.1f}{line[1]:8.1f}{line[2]:8.1f}")


if __name__ == "__main__":
    main()
