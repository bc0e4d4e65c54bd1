"""Open the notebooks in JupyterLab, or run them without a browser.

python notebooks/lab.py [NOTEBOOK]            open JupyterLab (the tour by default)
python notebooks/lab.py --check [NOTEBOOK …]  run, print what each cell gave, fail on any error
python notebooks/lab.py --store [NOTEBOOK …]  run and store the outputs (all notebooks by default)
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TOUR = HERE / "00_tour.ipynb"
WIDGET = "application/vnd.jupyter.widget-view+json"


def execute(path: Path, timeout: float) -> Any:
    """Run every cell in a fresh kernel; answer the notebook with the outputs it gave."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        # The stored name says what readers need; here it is this environment that runs.
        kernel_name="python3",
        store_widget_state=False,
        coalesce_streams=True,  # one print may arrive in pieces
        resources={"metadata": {"path": str(path.parent)}},
    )
    return client.execute()


def describe(output: Any) -> str:
    """Say what one output holds, as text."""
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    kinds = [kind for kind in output.data if kind != "text/plain"]
    more = f"   [also {', '.join(kinds)}]" if kinds else ""
    return str(output.data.get("text/plain", "")) + more


def show(notebook: Any) -> None:
    """Print every code cell's first line and what it produced."""
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        print(f"In[{cell.execution_count}]  {cell.source.strip().splitlines()[0]}")
        for output in cell.outputs:
            for line in describe(output).rstrip().splitlines():
                print(f"    {line}")


def check(paths: list[Path], timeout: float) -> int:
    """Run the notebooks and print what they produced; 1 if a cell of any of them failed."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    failed = []
    for path in paths:
        begin = time.perf_counter()
        print(f"== {path.name}")
        try:
            show(execute(path, timeout))
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            print(f"FAILED {path.name}: {error}", file=sys.stderr)
            failed.append(path.name)
        else:
            print(f"== {path.name}: every cell ran, {time.perf_counter() - begin:.1f} s")
    return 1 if failed else 0


def store(paths: list[Path], timeout: float) -> int:
    """Run the notebooks and write their outputs, without what changes from run to run."""
    import nbformat

    for path in paths:
        notebook = execute(path, timeout)
        notebook.metadata.pop("widgets", None)
        for number, cell in enumerate(notebook.cells):
            cell.metadata.pop("execution", None)
            for output in cell.get("outputs", ()):
                # A live view's random id: nothing can be looked up by it once the kernel is gone.
                if WIDGET in output.get("data", {}):
                    output.data[WIDGET]["model_id"] = f"panel-{number}"
        nbformat.write(notebook, path)
        print(f"stored {path.name}")
    return 0


def main() -> int:
    """Run the command line; answer the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true")
    what.add_argument("--store", action="store_true")
    parser.add_argument("--timeout", type=float, default=180, help="seconds for one cell")
    parser.add_argument("notebooks", nargs="*", type=Path)
    args = parser.parse_args()
    paths = [path.resolve() for path in args.notebooks]
    missing = [str(path) for path in paths or [TOUR] if not path.is_file()]
    if missing:
        parser.error(f"no such notebook: {', '.join(missing)}")
    if args.store:
        return store(paths or sorted(HERE.glob("*.ipynb")), args.timeout)
    if args.check:
        return check(paths or [TOUR], args.timeout)
    command = [sys.executable, "-m", "jupyterlab", *map(str, paths or [TOUR])]
    try:
        return subprocess.call(command, cwd=HERE.parent)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
