"""PyTorch's own samples of layers and optimizers give here what they give there."""

from __future__ import annotations

import functools
import warnings
from collections import defaultdict
from typing import Any

import pytest

pytest.importorskip("torch", reason="PyTorch, the reference, is not installed")
pytest.importorskip("expecttest", reason="PyTorch's samples need it")

from tests.opinfo.modules import differences, runs

# Of each layer every so manieth sample: `python -m tests.opinfo.modules` runs them all.
STEP = 7


@functools.cache
def chosen() -> dict[str, list[Any]]:
    found = defaultdict(list)
    for name, what, run in runs():
        found[name].append((what, run))
    return {name: cases[::STEP] for name, cases in found.items()}


@pytest.mark.parametrize("name", sorted(chosen()))
def test_samples_of_pytorch(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for what, run in chosen()[name]:
            try:
                outcomes = [run(side) for side in (0, 1)]
            except NotImplementedError:
                continue  # an argument that NumPy cannot hold
            assert not differences(*outcomes), f"{name}: {what}"
