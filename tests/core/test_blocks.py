"""Large arrays are computed in pieces; nobody can tell but by the clock."""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nb as torch
from autograd_nb.core import blocks, graph_task, sharing
from autograd_nb.ops import _hot
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import SAMPLES, TABLE, Sample, T

POINTWISE = sorted(name for name, op in TABLE.items() if op.pointwise)
SIZE = 7_000  # elements: several pieces of more than `rounded.LARGEST`
NEVER = 1 << 60


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[bool]]:
    """Return a function that sets the number of threads, 0 for whole arrays.

    It returns a list that grows by True for each run in pieces and by False for each refused.
    """
    counted: list[bool] = []
    run = blocks.run

    def counting(*args: Any, **named: Any) -> Any:
        found = run(*args, **named)
        counted.append(found is not None)
        return found

    def switch(threads: int) -> list[bool]:
        large = 2000 if threads else NEVER
        monkeypatch.setattr(blocks, "LARGE", large)
        monkeypatch.setattr(graph_task, "LARGE", large)
        for name, module in list(sys.modules.items()):
            if name.startswith(f"{_hot.__name__}.") and hasattr(module, "LARGE"):
                monkeypatch.setattr(module, "LARGE", large)
        monkeypatch.setattr(sharing, "threads", threads or 1)
        monkeypatch.setattr(sharing, "LONG", 0.0)
        return counted

    monkeypatch.setattr(blocks, "run", counting)
    monkeypatch.setattr(blocks, "CHUNK", 2048)
    return switch


# -- every record ----------------------------------------------------------------------------------
def enlarged(sample: Sample) -> list[Any] | None:
    """Return the sample's arguments with every dimension longer by one factor, or None."""
    rng = np.random.default_rng(0)
    shapes = [spec.shape for spec in sample.args if isinstance(spec, T)]
    shape = np.broadcast_shapes(*shapes)
    if not shape or 0 in shape:
        return None
    factor = math.ceil((SIZE / math.prod(shape)) ** (1 / len(shape)))
    found: list[Any] = []
    for spec in sample.args:
        if not isinstance(spec, T):
            found.append(spec)
            continue
        shape = tuple(n * factor if n > 1 else n for n in spec.shape)
        if spec.values is None:
            array = T(*shape, dtype=spec.dtype, low=spec.low, high=spec.high).array(rng)
        else:
            array = np.resize(spec.array(rng), shape)
        if array.dtype == np.float64:
            array = array.astype(np.float32)  # where the last bit depends on the size
        found.append(torch.from_numpy(np.asarray(array)))
        if spec.differentiable:
            found[-1].requires_grad_()
    return found


def outcome(name: str, sample: Sample) -> list[Any] | None:
    """Return the result of a record and the gradients of its inputs."""
    args = enlarged(sample)
    if args is None:
        return None
    y = getattr(traced, name)(*args, **sample.kwargs)
    if y.requires_grad and "NotImplemented" not in y.grad_fn.name():
        grad = np.random.default_rng(1).normal(size=y.shape)
        y.backward(torch.from_numpy(grad).to(y.dtype))
    tensors = [a for a in args if isinstance(a, torch.Tensor)]
    return [y.detach().numpy()] + [t.grad.numpy() for t in tensors if t.grad is not None]


@pytest.mark.parametrize("name", POINTWISE)
def test_pieces_give_the_same_bits(name: str, pieces: Any) -> None:
    for sample in SAMPLES[name]:
        pieces(0)
        whole = outcome(name, sample)
        if whole is None:
            continue
        counted = pieces(2)
        for a, b in zip(outcome(name, sample) or [], whole, strict=True):
            assert (a.dtype, a.shape, a.strides) == (b.dtype, b.shape, b.strides)
            np.testing.assert_array_equal(a, b)
            assert a.tobytes() == b.tobytes()
    assert any(counted)


# -- cutting, handing through, writing over --------------------------------------------------------
def cases() -> list[tuple[Any, Any]]:
    """Return pairs of operands that broadcast, some of which cannot be cut."""
    rng = np.random.default_rng(0)

    def new(*shape: int) -> Any:
        return rng.normal(size=shape)

    tall = new(100, 90)
    return [
        (new(9000), new(9000)),
        (tall, new(90)),
        (new(90), tall),
        (tall, new(1, 90)),
        (tall, new(100, 1)),
        (new(20, 5, 90), new(5, 90)),
        (new(20, 5, 90), new(5, 1)),
        (new(20, 5, 90), new(20, 1, 90)),
        (new(1, 9000), new(1, 9000)),
        (new(1, 9000), new(9000)),
        (tall, np.float64(3.0)),
        (tall, 3.0),
        (tall, np.broadcast_to(np.float64(2.0), tall.shape)),
        (tall, np.broadcast_to(new(90), tall.shape)),
        (tall, np.broadcast_to(new(100, 1), tall.shape)),
        (tall.T, new(90, 100)),
        (tall.T, tall.T),
        (tall[:, ::2], new(45)),
        (new(9001), new(9001)),
    ]


@pytest.mark.parametrize("number", range(len(cases())))
@pytest.mark.parametrize("ufunc", [None, np.subtract])
def test_broadcasting_and_layouts(number: int, ufunc: Any, pieces: Any) -> None:
    pieces(2)
    a, b = cases()[number]
    whole = a - b
    for x, y, expected in ((a, b, whole), (b, a, -whole)):
        found = blocks.run(lambda p, q: (p - q,), [x, y], ufunc=ufunc)
        if found is not None:
            assert found[0].strides == expected.strides
            np.testing.assert_array_equal(found[0], expected)


def test_what_is_handed_through_is_the_operand_itself(pieces: Any) -> None:
    pieces(2)
    a = np.ones(9000)
    first, second = blocks.run(lambda x: (x, x + 1), [a], a)
    assert first is a
    assert second is not a
    assert a.sum() == 9000 and second.sum() == 18000


def test_a_view_of_the_operand_that_is_written_over_is_read_first(pieces: Any) -> None:
    pieces(2)
    a = np.arange(9000.0)
    doubled, same = blocks.run(lambda x: (x * 2, x[:]), [a], a)
    assert doubled is a or same is a
    np.testing.assert_array_equal(doubled, np.arange(9000.0) * 2)
    np.testing.assert_array_equal(same, np.arange(9000.0))


# -- gradients -------------------------------------------------------------------------------------
def test_arrays_of_the_user_are_never_written_over(pieces: Any) -> None:
    counted = pieces(2)
    x = torch.linspace(0.1, 1, 9000).requires_grad_()
    grad = np.full(9000, 2, np.float32)
    y = torch.exp(x) * torch.tanh(x)
    saved = y.grad_fn._saved_self.detach().numpy()
    before = saved.copy()
    y.backward(torch.from_numpy(grad))
    assert any(counted)
    assert (grad == 2).all()
    np.testing.assert_array_equal(saved, before)


def test_a_gradient_that_a_hook_kept_stays_as_it_was(pieces: Any) -> None:
    pieces(2)
    x = torch.linspace(0.1, 1, 9000).requires_grad_()
    y = torch.exp(x)
    z = y * 2
    seen: list[Any] = []
    y.register_hook(seen.append)
    z.register_hook(lambda g: seen.append(g) or g)
    y.retain_grad()
    torch.sin(z).sum().backward()
    copies = [g.numpy().copy() for g in seen]
    torch.sin(torch.exp(x) * 2).sum().backward()
    for kept, copy in zip(seen, copies, strict=True):
        np.testing.assert_array_equal(kept.numpy(), copy)
    np.testing.assert_array_equal(y.grad.numpy(), seen[1].numpy())


def test_one_gradient_for_two_inputs_is_not_written_over(pieces: Any) -> None:
    pieces(2)
    a = torch.linspace(0.1, 1, 9000).requires_grad_()
    b = torch.linspace(0.2, 2, 9000).requires_grad_()
    (torch.add(torch.exp(a), torch.exp(b)) * 3).sum().backward()
    np.testing.assert_allclose(a.grad.numpy(), 3 * np.exp(a.detach().numpy()), rtol=1e-6)
    np.testing.assert_allclose(b.grad.numpy(), 3 * np.exp(b.detach().numpy()), rtol=1e-6)


def test_gradients_add_up_in_grad(pieces: Any) -> None:
    pieces(2)
    x = torch.linspace(0.1, 1, 9000).requires_grad_()
    (x * x).sum().backward()
    grad = x.grad
    (x * x * x).sum().backward()
    assert x.grad is grad
    value = x.detach().numpy()
    np.testing.assert_allclose(grad.numpy(), 2 * value + 3 * value**2, rtol=1e-6)


def test_a_retained_graph_gives_the_same_again(pieces: Any) -> None:
    pieces(2)
    x = torch.linspace(0.1, 1, 9000).requires_grad_()
    y = torch.tanh(torch.exp(x) * x).sum()
    (first,) = torch.autograd.grad(y, x, retain_graph=True)
    (second,) = torch.autograd.grad(y, x)
    assert first.numpy().tobytes() == second.numpy().tobytes()


# -- threads ---------------------------------------------------------------------------------------
class Broken(Exception):
    """Raised on purpose."""


@pytest.mark.parametrize("error", [Broken, KeyboardInterrupt])
@pytest.mark.parametrize("helper", [True, False])
def test_an_error_in_any_thread_reaches_the_caller(error: Any, helper: bool, pieces: Any) -> None:
    pieces(2)
    caller = threading.current_thread()
    entered = threading.Event()

    def function(x: Any) -> Any:
        if x[0] >= 2048:  # not the first piece, which the caller computes alone
            if (threading.current_thread() is caller) != helper:
                entered.set()
                raise error
            entered.wait(10)
        return (x + 1,)

    a = np.arange(100_000.0)
    with pytest.raises(error):
        blocks.run(function, [a])
    found = blocks.run(lambda x: (x + 1,), [a])  # the threads are still there
    np.testing.assert_array_equal(found[0], a + 1)


@pytest.mark.filterwarnings("error")
def test_helpers_compute_in_silence_and_the_setting_of_the_user_stays(pieces: Any) -> None:
    counted = pieces(2)
    x = torch.zeros(200_000)
    with np.errstate(all="raise"):
        y = torch.log(x) * 0 / x
        with pytest.raises(FloatingPointError):
            np.log(np.zeros(1))
    assert any(counted)
    assert torch.isnan(y).all()


def test_several_threads_of_the_user_share_the_helpers(pieces: Any) -> None:
    pieces(2)
    a = np.arange(50_000.0)
    wrong: list[Any] = []

    def use(k: int) -> None:
        for _ in range(20):
            found = blocks.run(lambda x: (x * k + 1,), [a])
            if not np.array_equal(found[0], a * k + 1):
                wrong.append(k)

    users = [threading.Thread(target=use, args=(k,)) for k in range(4)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_has_helpers_of_its_own(pieces: Any) -> None:
    pieces(2)
    a = np.arange(50_000.0)
    blocks.run(lambda x: (x + 1,), [a])
    child = os.fork()
    if not child:
        found = blocks.run(lambda x: (x + 1,), [a])
        os._exit(0 if np.array_equal(found[0], a + 1) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_number_of_threads_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "threads", sharing.threads)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        assert sharing.threads == torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
