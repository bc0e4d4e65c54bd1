"""Every operation tells its results inside which transformations they were made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nb as torch
from autograd_nb.core.modes import state, telling_threads
from autograd_nb.core.within import around
from autograd_nb.nests import tensors
from autograd_nb.ops.namespaces import T
from autograd_nb.ops.registry import SAMPLES
from autograd_nb.ops.registry import T as Described

CASES = [(name, i) for name, samples in SAMPLES.items() for i in range(len(samples))]


def made(described: Any, seed: int) -> Any:
    """Return the tensors that a sample's argument describes."""
    if isinstance(described, Described):
        return torch.from_numpy(np.array(described.array(np.random.default_rng(seed))))
    if isinstance(described, list | tuple):
        return type(described)(made(part, seed + i) for i, part in enumerate(described))
    return described


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize(("name", "i"), CASES)
def test_results_are_made_inside(name: str, i: int, recorded: bool) -> None:
    sample = SAMPLES[name][i]
    args = [made(a, n) for n, a in enumerate(sample.args)]
    kwargs = {k: made(v, 50) for k, v in sample.kwargs.items()}
    given = tensors((args, kwargs))
    for x in given:
        if recorded and x.is_floating_point():
            x.requires_grad_()

    def inside(x: torch.Tensor) -> torch.Tensor:
        for out in tensors(getattr(T, name)(*args, **kwargs)):
            assert any(out is x for x in given) or around(out) == state.transforms
        return x.sum()

    torch.func.grad(inside)(torch.ones(2))


def test_nothing_is_told_afterwards() -> None:
    with torch.inference_mode():
        torch.func.grad(torch.sum)(torch.ones(2))
    with pytest.raises(ZeroDivisionError):
        torch.func.grad(lambda x: x.sum() / (1 // 0))(torch.ones(2))
    assert not telling_threads[0]
    assert not state.telling
