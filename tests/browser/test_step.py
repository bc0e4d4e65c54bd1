"""A real backward, stepped by the panel's buttons in JupyterLab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.lab import Lab

BUILD = """%load_ext autograd_nb
import {engine} as torch
x = torch.tensor([1., 2.], requires_grad=True)
loss = (x * x).sum()"""
WORDS = ".agnb .stepper [role=status]"


@pytest.mark.parametrize("engine", ["autograd_nb", "torch"])
def test_the_buttons_step_a_backward_between_cells(
    lab: Lab, page: Any, shoot: Callable[[str], None], engine: str
) -> None:
    if engine == "torch":
        pytest.importorskip("torch", reason="PyTorch, the oracle, is not installed")
    cells = [BUILD.format(engine=engine), "%autograd step loss", "print(x.grad)"]
    lab.open(page, f"step_{engine}.ipynb", cells)
    lab.run(page, 0)
    lab.run(page, 1)
    page.wait_for_selector(f"{WORDS}:has-text('SumBackward0')")
    page.click(".agnb .stepper button:has-text('Next')")
    page.wait_for_selector(f"{WORDS}:has-text('MulBackward0')")
    shoot("paused")
    lab.run(page, 2)
    page.wait_for_selector(".jp-OutputArea-output:has-text('None')")
    page.click(".agnb .stepper button:has-text('Run to end')")
    page.wait_for_selector(f"{WORDS}:has-text('3 done'), .agnb .stepper[data-state=done]")
    shoot("done")
    lab.run(page, 2)
    page.wait_for_selector(".jp-OutputArea-output:has-text('tensor([2., 4.])')")
