"""Checkpointed blocks give the gradients of plain ones, and run as often as they should."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import autograd_nb as torch
from autograd_nb.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential


def block(x: Any) -> Any:
    return torch.sin(torch.exp(x)) * x


def plain_gradient() -> Any:
    x = torch.tensor([0.3, -0.7], requires_grad=True)
    block(x).sum().backward()
    return x.grad


@pytest.mark.parametrize("reentrant", [False, True])
def test_gradients_are_those_of_the_plain_block(reentrant: bool) -> None:
    runs = []

    def counted(x: Any) -> Any:
        runs.append(torch.is_grad_enabled())
        return block(x)

    x = torch.tensor([0.3, -0.7], requires_grad=True)
    checkpoint(counted, x, use_reentrant=reentrant).sum().backward()
    assert torch.equal(x.grad, plain_gradient())
    assert runs == [not reentrant, True]


def test_the_rerun_stops_when_all_is_there() -> None:
    steps = []

    def long(x: Any) -> Any:
        y = x.sin()
        steps.append("saved")
        z = y.exp()
        steps.append("late")
        return z + 1

    x = torch.ones(2, requires_grad=True)
    y = checkpoint(long, x, use_reentrant=False)
    y.sum().backward()
    assert steps == ["saved", "late", "saved"]


def test_the_same_random_numbers_are_drawn_again() -> None:
    masks = []

    def noisy(x: Any) -> Any:
        masks.append(torch.rand(3))
        return (x * masks[-1]).exp()

    torch.manual_seed(0)
    x = torch.ones(3, requires_grad=True)
    y = checkpoint(noisy, x, use_reentrant=False)
    after = torch.get_rng_state()
    y.sum().backward()
    assert torch.equal(masks[0], masks[1])
    assert torch.equal(torch.get_rng_state(), after)


def test_second_derivatives_and_nesting() -> None:
    x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)

    def outer(v: Any) -> Any:
        return checkpoint(torch.sin, v, use_reentrant=False) ** 2

    y = checkpoint(outer, x, use_reentrant=False)
    (slope,) = torch.autograd.grad(y, x, create_graph=True)
    (curvature,) = torch.autograd.grad(slope, x)
    assert curvature.item() == pytest.approx(2 * torch.cos(2 * x).item(), rel=1e-12)


def test_a_block_that_changes_is_an_error() -> None:
    runs = []

    def changing(x: Any) -> Any:
        runs.append(1)
        return (x.exp() if len(runs) == 1 else x[:1].exp()).sum()

    x = torch.ones(2, requires_grad=True)
    y = checkpoint(changing, x, use_reentrant=False)
    with pytest.raises(CheckpointError, match="different metadata"):
        y.backward()


def test_arguments_are_checked() -> None:
    x = torch.ones(1, requires_grad=True)
    with pytest.raises(ValueError, match="Unexpected keyword arguments: foo"):
        checkpoint(torch.sin, x, use_reentrant=True, foo=1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        checkpoint(torch.sin, x)
    assert "use_reentrant parameter should be passed explicitly" in str(caught[0].message)


@pytest.mark.parametrize("reentrant", [False, True])
def test_sequential_segments(reentrant: bool) -> None:
    net = torch.nn.Sequential(
        torch.nn.Linear(3, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2), torch.nn.Tanh()
    )
    x = torch.ones(1, 3, requires_grad=True)
    checkpoint_sequential(net, 2, x, use_reentrant=reentrant).sum().backward()
    found = [p.grad.clone() for p in net.parameters()]
    net.zero_grad()
    net(x).sum().backward()
    assert all(torch.allclose(a, p.grad) for a, p in zip(found, net.parameters(), strict=True))
