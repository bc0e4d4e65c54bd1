"""Batching rules: every record that has one, on every sample, against the loop over examples."""

from __future__ import annotations

import itertools
import warnings
import zlib
from typing import Any

import numpy as np
import pytest

import autograd_nb as torch
from autograd_nb.core.batch import RULES, Batch
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import namespaces
from autograd_nb.ops.registry import SAMPLES, TABLE, Sample, T

SIZE = 3
Batch.load_rules()
# Results that are not unique (a factor's sign, the order of equal entries) or unspecified.
# Under vmap PyTorch gives the gradient of equal entries to one of them.
TIES = {"max_all", "min_all", "median_all", "nanmedian_all"}
NOT_UNIQUE = {"svd_record", "eigh_record", "eig_record"}
CASES = [(name, i) for name in sorted(RULES) if name in TABLE for i in range(len(SAMPLES[name]))]


def test_rules_are_of_records() -> None:
    assert set(RULES) <= set(TABLE)


def described(sample: Sample) -> list[T]:
    """The tensors that a sample describes, in order."""
    found: list[T] = []

    def walk(value: Any) -> None:
        if isinstance(value, T):
            found.append(value)
        elif type(value) in (list, tuple):
            for part in value:
                walk(part)

    walk([*sample.args, *sample.kwargs.values()])
    return found


def filled(sample: Sample, tensors: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """The sample's arguments with tensors in their places."""
    left = iter(tensors)

    def walk(value: Any) -> Any:
        if isinstance(value, T):
            return next(left)
        if type(value) in (list, tuple):
            return type(value)(walk(part) for part in value)
        return value

    return [walk(a) for a in sample.args], {k: walk(v) for k, v in sample.kwargs.items()}


def outputs(found: Any) -> list[Any]:
    parts = list(found) if isinstance(found, (tuple, list)) else [found]
    return [part for part in parts if isinstance(part, Tensor)]


def masks(n: int) -> list[tuple[bool, ...]]:
    """Which tensors are batched: all, and each alone."""
    if n == 1:
        return [(True,)]
    alone = [tuple(i == j for j in range(n)) for i in range(min(n, 4))]
    return [(True,) * n, *alone]


def gradients(found: list[Any], leaves: list[Any]) -> list[Any]:
    """First- and second-order gradients of one weighted sum of the results."""
    total: Any = 0.0
    for i, out in enumerate(found):
        if out.requires_grad:
            weights = torch.linspace(0.5, 1.5, out.numel(), dtype=torch.float64)
            part = (out * weights.reshape(out.shape)).sum()
            total = total + (part.real if part.is_complex() else part) * (i + 1)
    if not isinstance(total, Tensor):
        return []
    first = torch.autograd.grad(total, leaves, create_graph=True, allow_unused=True)
    again: Any = 0.0
    for g in first:
        if g is not None and g.requires_grad:
            size = g.abs() if g.is_complex() else g
            again = again + (size * size).sum()
    second: Any = [None] * len(leaves)
    if isinstance(again, Tensor):
        second = torch.autograd.grad(again, leaves, allow_unused=True)
    return [*first, *second]


def check_close(ours: list[Any], loop: list[Any], what: str) -> None:
    assert len(ours) == len(loop), what
    for a, b in zip(ours, loop, strict=True):
        if a is None or b is None:
            for only in (a, b):
                assert only is None or np.abs(only.detach().numpy()).max(initial=0) < 1e-12, what
            continue
        assert a.dtype == b.dtype and a.shape == b.shape, (what, a.dtype, b.dtype, a.shape, b.shape)
        np.testing.assert_allclose(
            a.detach().numpy(), b.detach().numpy(), rtol=2e-5, atol=1e-6, err_msg=what
        )


@pytest.mark.parametrize(("name", "number"), CASES, ids=lambda v: str(v))
@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.filterwarnings("ignore:Casting complex values")
def test_a_rule_equals_the_loop(name: str, number: int) -> None:
    sample, function = SAMPLES[name][number], getattr(namespaces.T, name)
    kinds = described(sample)
    for mask in masks(len(kinds)):
        rng = np.random.default_rng(zlib.crc32(f"{name}{number}".encode()))
        values = []
        for kind, is_batched in zip(kinds, mask, strict=True):
            count = SIZE if is_batched else 1
            drawn = np.stack([np.asarray(kind.array(rng)) for _ in range(count)])
            tensor = torch.from_numpy(np.asarray(drawn if is_batched else drawn[0]))
            values.append(tensor.requires_grad_(kind.differentiable))
        leaves = [v for v in values if v.requires_grad]

        def once(*tensors: Any) -> Any:
            args, kwargs = filled(sample, list(tensors))
            return tuple(outputs(function(*args, **kwargs)))

        dims = tuple(0 if m else None for m in mask)
        picked = [
            [v[i] if m else v for v, m in zip(values, mask, strict=True)] for i in range(SIZE)
        ]
        try:
            rows = [once(*p) for p in picked]
        except RuntimeError:
            continue  # arguments that only this sample's own numbers make valid
        loop = [torch.stack(list(column)) for column in zip(*rows, strict=True)]
        ours = list(torch.vmap(once, dims)(*values))
        what = f"{name} {sample} batched {mask}"
        if name in NOT_UNIQUE:
            continue
        check_close(ours, loop, what)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                wanted = gradients(loop, leaves) if leaves else []
            except (RuntimeError, NotImplementedError):
                continue  # no derivative, or none of second order
        if leaves and name not in TIES:
            check_close(gradients(ours, leaves), wanted, what + " gradients")


@pytest.mark.parametrize("name", sorted(n for n in RULES if n in TABLE and SAMPLES[n]))
@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.filterwarnings("ignore:Casting complex values")
def test_nested_levels_equal_the_nested_loop(name: str) -> None:
    sample, function = SAMPLES[name][0], getattr(namespaces.T, name)
    kinds = described(sample)
    if name in NOT_UNIQUE or not kinds:
        return
    rng = np.random.default_rng(0)
    # The first tensor has both levels, the others in turn the inner, the outer, none.
    shapes = [(2, SIZE), (SIZE,), (2,), ()]
    values = []
    for i, kind in enumerate(kinds):
        lead = shapes[min(i, 3)]
        drawn = [np.asarray(kind.array(rng)) for _ in range(int(np.prod(lead)))]
        values.append(torch.from_numpy(np.stack(drawn).reshape(*lead, *kind.shape)))

    def once(*tensors: Any) -> Any:
        args, kwargs = filled(sample, list(tensors))
        return tuple(outputs(function(*args, **kwargs)))

    outer = tuple(0 if i in (0, 2) else None for i in range(len(kinds)))
    inner = tuple(0 if i in (0, 1) else None for i in range(len(kinds)))
    rows = []
    for i, j in itertools.product(range(2), range(SIZE)):
        parts = [v if o is None else v[i] for v, o in zip(values, outer, strict=True)]
        parts = [v if n is None else v[j] for v, n in zip(parts, inner, strict=True)]
        try:
            rows.append(once(*parts))
        except RuntimeError:
            return
    loop = [
        torch.stack(list(column)).reshape(2, SIZE, *column[0].shape)
        for column in zip(*rows, strict=True)
    ]
    check_close(list(torch.vmap(torch.vmap(once, inner), outer)(*values)), loop, name)
