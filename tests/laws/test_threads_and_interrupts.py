"""Backward inside backward, in several threads, and stopped in the middle."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import autograd_nb as torch
from autograd_nb.core import accumulate, modes


def nested(levels: int) -> Any:
    """Return a Function whose backward runs a backward of its own, `levels` deep."""

    class Nest(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, level: int) -> Any:
            ctx.level = level
            return x.clone()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            if ctx.level == levels:
                return g * 2, None
            with torch.enable_grad():
                inner = torch.ones(1, requires_grad=True)
                Nest.apply(inner, ctx.level + 1).sum().backward()
            return g * inner.grad, None

    return Nest


def test_backward_inside_backward_two_thousand_deep() -> None:
    x = torch.ones(1, requires_grad=True)
    nested(2_000).apply(x, 0).sum().backward()
    assert x.grad.tolist() == [2.0]


def test_error_deep_inside_comes_out() -> None:
    class Fail(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, level: int) -> Any:
            ctx.level = level
            return x.clone()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            if ctx.level == 300:
                raise LookupError("at the bottom")
            with torch.enable_grad():
                inner = torch.ones(1, requires_grad=True)
                Fail.apply(inner, ctx.level + 1).sum().backward()
            return g, None

    x = torch.ones(1, requires_grad=True)
    with pytest.raises(LookupError, match="at the bottom"):
        Fail.apply(x, 0).sum().backward()
    assert torch.is_grad_enabled()
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3.0]


def test_threads_add_up_on_shared_leaves() -> None:
    w = torch.ones(1000, dtype=torch.float64, requires_grad=True)
    errors: list[BaseException] = []

    def work(scale: float) -> None:
        try:
            for _ in range(50):
                (w * scale).sum().backward()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(float(k),)) for k in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert w.grad.tolist() == [500.0] * 1000


def test_first_gradient_of_another_thread_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.ones(3, requires_grad=True)
    copy = accumulate._like_layout

    def interrupted(value: Any, like: Any) -> Any:
        x.grad = torch.full((3,), 5.0)  # what another thread does between two steps of this one
        return copy(value, like)

    monkeypatch.setattr(accumulate, "_like_layout", interrupted)
    x.backward(torch.ones(3))
    assert x.grad.tolist() == [6.0, 6.0, 6.0]


def test_threads_share_one_graph() -> None:
    x = torch.ones(4, dtype=torch.float64, requires_grad=True)
    y = (x * 3).sin().sum()
    expected = (3 * (x.detach() * 3).cos() * 16).tolist()

    def work() -> None:
        for _ in range(4):
            y.backward(retain_graph=True)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert x.grad.tolist() == pytest.approx(expected)


def test_modes_belong_to_their_thread() -> None:
    seen: list[bool] = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def interrupted(create_graph: bool) -> Any:
    """Stop a pass with Ctrl-C between two leaves; return them and the root."""
    a = torch.ones(3, requires_grad=True)
    b = torch.ones(3, requires_grad=True)
    root = ((a * 2).sin() * (b * 3).exp()).sum()
    calls: list[int] = []

    def stop(grad: Any) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt

    a.register_hook(stop)
    with pytest.raises(KeyboardInterrupt):
        root.backward(retain_graph=True, create_graph=create_graph)
    return a, b, root


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.parametrize("create_graph", [False, True])
def test_interrupt_in_a_hook_leaves_a_usable_state(create_graph: bool) -> None:
    a, b, root = interrupted(create_graph)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    assert a.grad is None
    a.grad = b.grad = None
    root.backward()
    c = torch.ones(3, requires_grad=True)
    d = torch.ones(3, requires_grad=True)
    ((c * 2).sin() * (d * 3).exp()).sum().backward()
    assert a.grad.tolist() == c.grad.tolist()
    assert b.grad.tolist() == d.grad.tolist()


@pytest.mark.parametrize("mode", [torch.no_grad, torch.enable_grad, torch.inference_mode])
def test_interrupt_in_a_formula_restores_every_mode(mode: Any) -> None:
    class Stop(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            with mode():
                raise KeyboardInterrupt

    x = torch.ones(2, requires_grad=True)
    y = Stop.apply(x).sum()
    before = (modes.state.grad_enabled, modes.state.inference, modes.state.special)
    with pytest.raises(KeyboardInterrupt):
        y.backward()
    assert (modes.state.grad_enabled, modes.state.inference, modes.state.special) == before
    assert x.grad is None
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_interrupt_in_forward_restores_recording() -> None:
    class Stop(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            raise KeyboardInterrupt

    x = torch.ones(2, requires_grad=True)
    with pytest.raises(KeyboardInterrupt):
        Stop.apply(x)
    assert torch.is_grad_enabled()
    assert (x * 2).requires_grad


def test_interrupt_while_packing_restores_recording() -> None:
    def pack(tensor: Any) -> Any:
        raise KeyboardInterrupt

    x = torch.ones(2, requires_grad=True)
    with (
        pytest.raises(KeyboardInterrupt),
        torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t),
    ):
        x.sin()
    assert torch.is_grad_enabled()
    assert not modes.state.saved_hooks
    assert not modes.state.special
    assert x.sin().requires_grad
