"""Warnings point at the user's line, whatever functions of the package lie between."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest

import autograd_nb as torch

F = torch.nn.functional
ONE = torch.ones(1, 2)
CALLS: dict[str, Callable[[], object]] = {
    "functional": lambda: F.kl_div(ONE, ONE, reduction="mean"),
    "softmax": lambda: F.softmax(ONE),
    "sizes": lambda: F.mse_loss(ONE, torch.ones(2, 1)),
    "layer": lambda: torch.nn.MSELoss()(ONE, torch.ones(2, 1)),
    "deprecated switches": lambda: F.l1_loss(ONE, ONE, size_average=False),
    "grad of inner": lambda: (torch.ones(1, requires_grad=True) * 2).grad,
    "from_numpy": lambda: torch.tensor(torch.ones(2)),
    "schedule": lambda: torch.optim.lr_scheduler.StepLR(torch.optim.SGD([ONE], 0.1), 1).step(),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_warning_names_this_file(name: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        CALLS[name]()
    assert caught, "nothing was said"
    assert {w.filename for w in caught} == {__file__}


def test_the_default_filter_says_it_once_for_a_line() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            F.softmax(ONE)
    assert len(caught) == 1
