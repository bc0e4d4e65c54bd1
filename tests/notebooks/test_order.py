"""Every cell of a notebook stands on its own: any order after the first cell, and twice."""

from __future__ import annotations

import os
import random
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.kernel
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_run_in_scrambled_order_and_twice(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, search)))
    notebook = nbformat.read(path, as_version=4)
    first, *rest = (cell for cell in notebook.cells if cell.cell_type == "code")
    scrambled = list(rest)
    random.Random(0).shuffle(scrambled)
    notebook.cells = [
        nbformat.v4.new_code_cell(cell.source) for cell in (first, *scrambled, first, *rest)
    ]
    # Raises with the cell and its traceback if one fails.
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_outputs_are_complete_and_clean(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert "widgets" not in notebook.metadata
    text = path.read_text(encoding="utf-8")
    assert "/home/" not in text and "site-packages" not in text and "Traceback" not in text
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
