"""Products on one thread of BLAS, and in parts side by side, are the products of NumPy."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from autograd_nb.core import products, sharing

SHAPES = [
    ((3, 4), (4, 5)),
    ((400, 300), (300, 500)),
    ((1000, 200), (200, 700)),
    ((20, 2000), (2000, 1500)),
    ((9, 200, 150), (9, 150, 300)),
    ((2, 5, 200, 150), (2, 5, 150, 300)),
    ((40, 300, 300), (300, 300)),
    ((3000,), (3000, 900)),
    ((900, 3000), (3000,)),
]


@pytest.fixture
def two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share work however many processors there are."""
    monkeypatch.setattr(sharing, "threads", 2)
    monkeypatch.setattr(products, "SHARED", 1 << 16)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "int64"])
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.usefixtures("two_threads")
def test_products_equal_numpys(shapes: tuple[tuple[int, ...], ...], dtype: str) -> None:
    rng = np.random.default_rng(0)
    left, right = (rng.integers(-3, 4, shape).astype(dtype) for shape in shapes)
    found = products.matmul(left, right)
    np.testing.assert_array_equal(found, np.matmul(left, right))  # whole numbers: exact
    assert found.dtype == np.dtype(dtype)
    assert found.flags.c_contiguous


@pytest.mark.usefixtures("two_threads")
def test_transposed_operands_too() -> None:
    rng = np.random.default_rng(0)
    left, right = (rng.integers(-3, 4, (300, 400)).astype("float32") for _ in range(2))
    np.testing.assert_array_equal(products.matmul(left, right.T), left @ right.T)
    np.testing.assert_array_equal(products.matmul(left.T, right), left.T @ right)


def numbers() -> list[int]:
    """Return how many threads each BLAS library has now."""
    return [library.num_threads for library in products.libraries()]


def test_the_number_of_threads_is_set_for_the_block_alone() -> None:
    before = numbers()
    with products.one_thread:
        assert set(numbers()) <= {1}
        with products.one_thread:
            pass
        assert set(numbers()) <= {1}
    assert numbers() == before
    with pytest.raises(ValueError, match="inside"), products.one_thread:
        raise ValueError("inside")
    assert numbers() == before


def test_two_threads_at_once_leave_it_as_it_was() -> None:
    before = numbers()
    entered, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with products.one_thread:
            entered.set()
            leave.wait(10)

    other = threading.Thread(target=stay)
    with products.one_thread:
        other.start()
        entered.wait(10)
    leave.set()
    other.join()
    assert numbers() == before


@pytest.mark.usefixtures("two_threads")
def test_an_error_in_a_part_is_raised_and_nothing_hangs() -> None:
    def fail(part: slice) -> None:
        raise RuntimeError(f"part {part.start}")

    before = numbers()
    with pytest.raises(RuntimeError, match="part"):
        products.over_batch(fail, 10, 1 << 30)
    assert numbers() == before


@pytest.mark.usefixtures("two_threads")
def test_every_part_of_a_batch_is_computed_once() -> None:
    seen: list[int] = []
    products.over_batch(lambda part: seen.extend(range(100)[part]), 100, 1 << 30)
    assert sorted(seen) == list(range(100))


@pytest.mark.parametrize("threads", [1, 2])
def test_blocks_cover_a_batch_once(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "threads", threads)
    seen: list[int] = []

    def compute(parts: Iterator[slice]) -> None:
        for part in parts:
            seen.extend(range(1000)[part])

    products.by_blocks(compute, 1000, products.BLOCK // 10)
    assert sorted(seen) == list(range(1000))
    seen.clear()
    products.by_blocks(compute, 0, 3)
    assert seen == []
