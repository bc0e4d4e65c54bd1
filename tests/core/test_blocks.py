"""Large arrays are computed in pieces; nobody can tell but by the clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nb as torch
from autograd_nb.core import blocks, graph_task
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

    def counting(*args: Any) -> Any:
        found = run(*args)
        counted.append(found is not None)
        return found

    def switch(threads: int) -> list[bool]:
        large = 2000 if threads else NEVER
        monkeypatch.setattr(blocks, "LARGE", large)
        monkeypatch.setattr(graph_task, "LARGE", large)
        monkeypatch.setattr(_hot, "LARGE", large)
        monkeypatch.setattr(blocks, "threads", threads)
        return counted

    monkeypatch.setattr(blocks, "run", counting)
    monkeypatch.setattr(blocks, "CHUNK", 2048)
    monkeypatch.setattr(blocks, "SHARED", 0)
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
