"""Forward mode: tangents agree with PyTorch's, live, and with the laws of derivatives."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import pytest

import autograd_nb
from autograd_nb.autograd import forward_ad

PRIMAL = [[0.3, -1.2, 2.0, 0.7], [1.5, 0.4, -0.6, 0.9], [0.2, 1.1, 0.8, -2.3]]
TANGENT = [[1.0, 0.5, -1.0, 2.0], [0.1, -0.3, 0.4, 1.5], [-1.0, 2.0, 0.7, 0.2]]

PROGRAMS: dict[str, Callable[[Any, Any], Any]] = {
    "exp": lambda t, d: d.exp(),
    "square": lambda t, d: d * d,
    "affine": lambda t, d: 3 - 2 * d,
    "quotient": lambda t, d: d / (1 + d**2),
    "matmul": lambda t, d: (d @ d.t()).tanh(),
    "sum": lambda t, d: d.sum(0),
    "mean": lambda t, d: d.mean(),
    "std": lambda t, d: d.std(),
    "softmax": lambda t, d: d.softmax(1),
    "max": lambda t, d: d.max(1)[0],
    "cat": lambda t, d: t.cat([d, d.detach() * 2]),
    "stack": lambda t, d: t.stack([d, d]).sum(0),
    "index": lambda t, d: d[1:, 0],
    "where": lambda t, d: t.where(d > 0, d, d * 2),
    "in place": lambda t, d: d.clone().mul_(2).add_(d),
    "cumsum": lambda t, d: d.cumsum(1),
    "reshape": lambda t, d: d.t().reshape(-1)[:3],
}


def tangent_of(torch: Any, ad: Any, program: Callable[[Any, Any], Any]) -> Any:
    with ad.dual_level():
        dual = ad.make_dual(
            torch.tensor(PRIMAL, dtype=torch.float64), torch.tensor(TANGENT, dtype=torch.float64)
        )
        return ad.unpack_dual(program(torch, dual)).tangent


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")  # PyTorch's own
@pytest.mark.parametrize("name", PROGRAMS)
def test_tangents_agree_with_pytorch(name: str) -> None:
    import torch
    from torch.autograd import forward_ad as theirs

    expected = tangent_of(torch, theirs, PROGRAMS[name])
    found = tangent_of(autograd_nb, forward_ad, PROGRAMS[name])
    assert found.grad_fn is None
    assert list(found.shape) == list(expected.shape)
    assert found.numpy() == pytest.approx(expected.numpy(), rel=1e-12, abs=1e-12)


def test_reverse_over_forward_gives_the_second_derivative() -> None:
    x = autograd_nb.tensor([1.0, 2.0], requires_grad=True)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, autograd_nb.ones(2))
        slope = forward_ad.unpack_dual((dual**3).sum()).tangent
        (second,) = autograd_nb.autograd.grad(slope, x)
    assert second.tolist() == [6.0, 12.0]


def test_leaving_the_level_forgets_tangents() -> None:
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(autograd_nb.ones(2), autograd_nb.ones(2))
        assert repr(dual) == "tensor([1., 1.], tangent=tensor([1., 1.]))"
    assert forward_ad.unpack_dual(dual).tangent is None
    assert repr(dual * 2) == "tensor([2., 2.])"


def test_a_custom_function_uses_its_jvp() -> None:
    class Cube(autograd_nb.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_forward(x)
            return x**3

        @staticmethod
        def jvp(ctx: Any, tangent: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x**2 * tangent

    with forward_ad.dual_level():
        dual = forward_ad.make_dual(autograd_nb.tensor([2.0]), autograd_nb.tensor([1.0]))
        assert forward_ad.unpack_dual(Cube.apply(dual)).tangent.tolist() == [12.0]


@pytest.mark.parametrize(
    ("make", "phrase"),
    [
        (lambda ag: forward_ad.make_dual(ag.ones(2), ag.ones(2)), "no level exists"),
        (lambda ag: forward_ad.exit_dual_level(), "Dual level must be a positive number"),
    ],
)
def test_without_a_level_there_is_an_error(make: Any, phrase: str) -> None:
    with pytest.raises(RuntimeError, match=phrase):
        make(autograd_nb)


def test_shapes_must_agree() -> None:
    with forward_ad.dual_level(), pytest.raises(RuntimeError, match="different size"):
        forward_ad.make_dual(autograd_nb.ones(2), autograd_nb.ones(3))
