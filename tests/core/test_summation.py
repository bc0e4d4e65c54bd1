"""Sums are rounded as PyTorch rounds them: same order of addition, bit for bit."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from autograd_nb.core.summation import GRAIN_SIZE, add_up

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is not installed"
)
SIZES = [*range(1, 70), 100, 255, 256, 257, 1000, 1024, 4097, 10_000, GRAIN_SIZE - 1]


def numbers(*shape: int, dtype: str) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(dtype)


@needs_torch
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sums_of_vectors_equal_pytorchs(dtype: str) -> None:
    import torch

    for size in SIZES:
        array = numbers(size, dtype=dtype)
        assert add_up(array) == torch.from_numpy(array).sum().numpy(), size


@needs_torch
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("transposed", [False, True])
def test_sums_of_rows_and_columns_equal_pytorchs(dtype: str, axis: int, transposed: bool) -> None:
    import torch

    for n in (1, 2, 5, 8, 33, 100):
        for m in (1, 3, 7, 8, 9, 31, 32, 40, 65):
            array = numbers(n, m, dtype=dtype)
            array = array.T if transposed else array
            found = add_up(array, (axis,))
            assert np.array_equal(found, torch.from_numpy(array).sum(axis).numpy()), (n, m)


def test_fifty_fiftieths_are_one() -> None:
    assert add_up(np.full(50, 0.02, np.float32)) == np.float32(1.0)


@pytest.mark.parametrize("axes", [None, (0,), (2,), (0, 2), (1, 2), (0, 1, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_every_layout_agrees_with_numpy(axes: tuple[int, ...] | None, keepdims: bool) -> None:
    array = numbers(4, 7, 9, dtype="float64")
    for view in (array, array.transpose(2, 0, 1), array[:, ::2], array[:0]):
        found = add_up(view, axes, keepdims)
        assert np.shape(found) == view.sum(axis=axes, keepdims=keepdims).shape
        assert np.allclose(found, view.sum(axis=axes, keepdims=keepdims), rtol=1e-13, atol=1e-13)


def test_other_types_are_summed_by_numpy() -> None:
    assert add_up(np.arange(5)) == 10
    assert add_up(np.float32(2.5)) == np.float32(2.5)
    assert add_up(np.array([1 + 2j, 3j])) == 1 + 5j


@pytest.mark.parametrize(
    "shape", [(1000, 1000), (3, 20_000), (40_000, 2), (2, 50, 1031), (5000, 300)]
)
def test_large_sums_are_as_exact_as_numpys(shape: tuple[int, ...]) -> None:
    array = numbers(*shape, dtype="float32") + 1
    for axes in (None, (0,), (len(shape) - 1,), tuple(range(1, len(shape)))):
        exact = array.sum(axis=axes, dtype=np.float64)
        allowed = 2 * np.abs(array.sum(axis=axes) - exact).max() + 1e-6 * np.abs(exact).max()
        for keepdims in (False, True):
            found = add_up(array, axes, keepdims)
            assert np.shape(found) == array.sum(axis=axes, keepdims=keepdims).shape
            assert np.abs(np.reshape(found, exact.shape) - exact).max() <= allowed
    assert add_up(np.full(shape, np.inf, np.float32)) == np.inf
