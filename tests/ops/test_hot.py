"""The generated fast twins are up to date, and do what the ordinary path does."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nb as torch
from autograd_nb.core.hot import HotNode
from autograd_nb.ops import _generate_hot
from autograd_nb.ops.namespaces import T
from autograd_nb.ops.registry import SAMPLES, TABLE
from autograd_nb.ops.registry import T as Described

SHAPES = [(), (3,), (2, 3)]
BINARY = [hot for hot in _generate_hot.HOT if hot.second == "operand" and TABLE[hot.name].inputs]
SAMPLED = [(hot.name, i) for hot in _generate_hot.HOT for i in range(len(SAMPLES[hot.name]))]


def twins(hot: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the fast function and the ordinary one that it stands for."""
    fast = getattr(T, hot.name)
    return fast, fast.__wrapped__


def operand(described: Any, dtype: str | None, seed: int) -> Any:
    """Make the tensor that a sample describes, its floats of `dtype`."""
    if not isinstance(described, Described):
        return described
    array = described.array(np.random.default_rng(seed))
    tensor = torch.from_numpy(np.array(array))
    if dtype is not None and tensor.is_floating_point():
        tensor = tensor.to(getattr(torch, dtype))
    return tensor.requires_grad_(described.differentiable)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "i"), SAMPLED)
def test_twins_agree_on_the_samples_of_the_table(name: str, i: int, dtype: str) -> None:
    sample = SAMPLES[name][i]

    def outcome(function: Callable[..., Any]) -> list[Any]:
        args = [operand(a, dtype, n) for n, a in enumerate(sample.args)]
        kwargs = {k: operand(v, dtype, 50) for k, v in sample.kwargs.items()}
        tensors = [a for a in (*args, *kwargs.values()) if isinstance(a, torch.Tensor)]
        out = function(*args, **kwargs)
        seen = [repr(out), out.stride(), out._is_view(), out.requires_grad]
        with torch.no_grad():
            seen.append(repr(function(*args, **kwargs)))
        leaves = [t for t in tensors if t.requires_grad]
        return seen + (described(out, leaves) if out.requires_grad else [])

    fast = getattr(T, name)
    assert repr(outcome(fast)) == repr(outcome(fast.__wrapped__))  # NaN equals NaN


def leaf(shape: tuple[int, ...], dtype: str, seed: int) -> Any:
    generator = torch.Generator().manual_seed(seed)
    kind = getattr(torch, dtype)
    return (torch.rand(shape, generator=generator, dtype=kind) + 0.3).requires_grad_()


def trace(function: Callable[..., Any], operands: list[Any]) -> list[Any]:
    """Return everything that can be seen of a call: values, nodes, saved values, derivatives."""
    return described(function(*operands), [o for o in operands if isinstance(o, torch.Tensor)])


def described(out: Any, leaves: list[Any]) -> list[Any]:
    """Return what can be seen of a result and its derivatives."""
    node = out.grad_fn
    slopes = torch.autograd.grad(
        out, leaves, torch.ones_like(out), create_graph=True, allow_unused=True
    )
    seen = [out.tolist(), str(out.dtype), node.name(), type(node).__name__]
    seen += [(type(n).__name__, nr) for n, nr in node.next_functions]
    seen += [repr(getattr(node, name, None)) for name in dir(node) if name.startswith("_saved_")]
    seen += [None if s is None else s.tolist() for s in slopes]
    seen += [None if s is None or s.grad_fn is None else s.grad_fn.name() for s in slopes]
    for slope in slopes:
        if slope is not None and slope.requires_grad:
            second = torch.autograd.grad(
                slope, leaves, torch.ones_like(slope), allow_unused=True, retain_graph=True
            )
            seen.append([None if s is None else s.tolist() for s in second])
    return seen


def test_the_file_is_up_to_date() -> None:
    texts = {p.name: p.read_text(encoding="utf-8") for p in _generate_hot.TARGET.glob("*.py")}
    assert texts == _generate_hot.generate(), "run python -m autograd_nb.ops._generate_hot"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shapes", [((), ()), ((3,), (3,)), ((2, 3), (3,)), ((2, 1), ())], ids=str)
@pytest.mark.parametrize("hot", BINARY, ids=lambda hot: hot.name)
def test_binary_twins_agree(hot: Any, shapes: Any, dtype: str) -> None:
    fast, ordinary = twins(hot)

    def operands() -> list[Any]:
        return [leaf(shape, dtype, i) for i, shape in enumerate(shapes)]

    assert trace(fast, operands()) == trace(ordinary, operands())


@pytest.mark.parametrize("number", [2, 0.5, -3, 0, 1, 10**12, True])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("hot", BINARY, ids=lambda hot: hot.name)
def test_twins_agree_with_numbers(hot: Any, shape: tuple[int, ...], number: Any) -> None:
    fast, ordinary = twins(hot)
    if hot.name == "true_divide" and not number:
        number = 4.0  # inf and nan do not compare
    if hot.name == "sub" and number is True:
        number = 1  # PyTorch subtracts no bool
    assert trace(fast, [leaf(shape, "float32", 0), number]) == trace(
        ordinary, [leaf(shape, "float32", 0), number]
    )


@pytest.mark.parametrize("hot", BINARY, ids=lambda hot: hot.name)
def test_integers_that_no_tensor_holds_are_refused(hot: Any) -> None:
    for function in twins(hot):
        with pytest.raises(OverflowError, match="int too big to convert"):
            function(leaf((2,), "float32", 0), 10**20)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, 0.5, 2.5])
def test_powers_agree(exponent: float) -> None:
    hot = next(h for h in _generate_hot.HOT if h.name == "pow_scalar")
    fast, ordinary = twins(hot)
    assert trace(fast, [leaf((3,), "float32", 0), exponent]) == trace(
        ordinary, [leaf((3,), "float32", 0), exponent]
    )


def test_matrix_products_agree() -> None:
    hot = next(h for h in _generate_hot.HOT if h.name == "mm")
    fast, ordinary = twins(hot)

    def operands() -> list[Any]:
        return [leaf((2, 3), "float64", 0), leaf((3, 4), "float64", 1)]

    assert trace(fast, operands()) == trace(ordinary, operands())


def test_fast_nodes_free_and_check_versions() -> None:
    x = leaf((3,), "float32", 0)
    y = x.exp() * x
    assert type(y.grad_fn).__mro__[1] is HotNode
    y.sum().backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.sum().backward()
    with pytest.raises(RuntimeError, match="a second time"):
        _ = y.grad_fn._saved_self
    a = x * 1
    b = a * a
    a += 1
    with pytest.raises(RuntimeError, match="is at version 1; expected version 0"):
        b.sum().backward()


def test_every_twin_stands_for_a_record() -> None:
    assert {hot.name for hot in _generate_hot.HOT} <= set(TABLE)


def test_numbers_beyond_float32_are_infinite_in_silence() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (torch.ones(2) * 1e39).tolist() == [float("inf")] * 2
