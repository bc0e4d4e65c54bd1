"""No warning of NumPy reaches the user, whatever is set for warnings and for NumPy's errors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nb as torch
from autograd_nb.core import quiet

HUGE = 3e38
COMPUTATIONS: list[Callable[[], Any]] = [
    lambda: torch.tensor([HUGE]) * HUGE,
    lambda: torch.tensor([HUGE]).mul_(HUGE),
    lambda: torch.tensor(HUGE) * HUGE,
    lambda: torch.tensor([100.0]).exp(),
    lambda: torch.tensor([-1.0]).log(),
    lambda: torch.tensor([-1.0]).sqrt(),
    lambda: torch.tensor([0.0]) / 0,
    lambda: torch.tensor([[HUGE, HUGE]]).expand(2, 2).sum(),  # inside a function of NumPy
    lambda: (torch.tensor([HUGE], requires_grad=True) * HUGE).sum().backward(),
    lambda: torch.nn.functional.softmax(torch.tensor([HUGE, -HUGE]), 0),
]


@pytest.mark.parametrize("compute", COMPUTATIONS)
@pytest.mark.parametrize("action", ["always", "default", "error"])
def test_no_warning_whatever_the_filter(compute: Callable[[], Any], action: Any) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action)
        compute()
    assert not caught


@pytest.mark.parametrize("compute", COMPUTATIONS)
def test_numpy_errors_of_the_user_are_of_his_own_arrays(compute: Callable[[], Any]) -> None:
    with np.errstate(all="raise"):
        compute()
        with pytest.raises(FloatingPointError):
            np.float32([HUGE]) * np.float32(HUGE)


def test_warnings_of_the_users_own_arrays_are_shown() -> None:
    with pytest.warns(RuntimeWarning, match="overflow"):
        np.float32([HUGE]) * np.float32(HUGE)
    with pytest.warns(RuntimeWarning, match="overflow"):
        np.sum(np.float32([HUGE, HUGE]))


def test_they_are_shown_when_the_package_has_been_imported_again() -> None:
    quiet.keep_numpy_silent()
    test_warnings_of_the_users_own_arrays_are_shown()
    assert not hasattr(warnings, "_showwarnmsg") or warnings._showwarnmsg.__module__ == (
        "autograd_nb.core.quiet"
    )
