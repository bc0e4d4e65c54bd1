"""Filled and spaced tensors hold PyTorch's very numbers."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

import autograd_nb

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is not installed"
)


@needs_torch
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_linspace_is_pytorchs_bit_for_bit(dtype: str) -> None:
    import torch

    rng = np.random.default_rng(0)
    for _ in range(100):
        start, end = rng.normal(scale=5, size=2).tolist()
        steps = int(rng.integers(0, 300))
        expected = torch.linspace(start, end, steps, dtype=getattr(torch, dtype)).numpy()
        found = autograd_nb.linspace(start, end, steps, dtype=getattr(autograd_nb, dtype))
        assert np.array_equal(found.numpy(), expected), (start, end, steps)


@needs_torch
@pytest.mark.parametrize(
    "arguments",
    [(5,), (1, 5), (0, 1, 0.25), (5, 1, -1), (0.0, 1.0, 0.1), (1, 1)],
)
def test_arange_is_pytorchs(arguments: tuple[Any, ...]) -> None:
    import torch

    expected, found = torch.arange(*arguments), autograd_nb.arange(*arguments)
    assert str(found.dtype) == str(expected.dtype)
    assert np.array_equal(found.numpy(), expected.numpy())
