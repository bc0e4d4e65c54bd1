"""Functions of less use, and second names of others, against PyTorch."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd_nb as ours

torch: Any = pytest.importorskip("torch", reason="PyTorch, the reference, is not installed")

PROGRAMS = """
torch.gradient(m)
torch.gradient(m, spacing=2., dim=1)
torch.gradient(m, spacing=2., dim=1, edge_order=2)
torch.gradient(m, spacing=(0.5, 2.))
torch.gradient(y, spacing=(p,))
torch.gradient(y, spacing=(p,), edge_order=2)
torch.gradient(y[:1])
torch.gradient(y, edge_order=3)
torch.vander(y.detach())
torch.vander(y.detach(), 3, increasing=True)
torch.vander(torch.arange(3))
torch.vander(m)
torch.vander(y, 0)
torch.narrow_copy(m, 0, 1, 2)
m.narrow_copy(1, -3, 2)
m.narrow_copy(1, 2, 3)
torch.nonzero_static(m, size=2)
m.nonzero_static(size=14, fill_value=7)
torch.norm_except_dim(m, 2, 0)
torch.norm_except_dim(m, 2, 1)
torch.norm_except_dim(m[None], 2, 1)
torch.norm_except_dim(m.detach(), 2, -1)
torch.clamp_(c, 0, 1)
torch.clamp_min_(c, 0)
torch.clip_(c, -1, 0.5)
torch.square_(c)
torch.round_(c)
torch.zero_(c)
torch.xlogy_(c, 2.)
c.xlogy_(m.abs())
c.copysign_(-1.)
c.copysign_(m * -1)
c.float_power_(2)
c.float_power_(m.detach().abs())
m.float().detach().float_power_(2)
(m * 0 + 2.5).mvlgamma_(1)
torch.detach(c)
torch.detach_(c)
torch.gcd_(torch.tensor([4]), torch.tensor([6]))
torch.lcm_(torch.tensor([4]), torch.tensor([6]))
""".strip().splitlines()


def chain(node: Any) -> list[str]:
    names = []
    while node is not None:
        names.append(node.name())
        node = node.next_functions[0][0] if node.next_functions else None
    return names


@pytest.mark.parametrize("program", PROGRAMS)
def test_as_pytorch(program: str) -> None:
    found = []
    for library in (ours, torch):
        rng = np.random.default_rng(0)
        m = library.from_numpy(rng.normal(size=(3, 4))).requires_grad_()
        y = library.from_numpy(rng.normal(size=5)).requires_grad_()
        p = library.from_numpy(np.sort(rng.normal(size=5)))
        space = {"torch": library, "m": m, "y": y, "p": p, "c": m.clone()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                result = eval(program, space)
            except Exception as error:
                found.append((f"{type(error).__name__}: {str(error)[:60]}", []))
                continue
        results = result if isinstance(result, tuple) else (result,)
        named = [(str(r.dtype), chain(r.grad_fn)) for r in results]
        arrays = [r.detach().numpy() for r in results]
        roots = [(r**2).sum() for r in results if r.requires_grad]
        if roots:
            got = library.autograd.grad(roots, (m, y), allow_unused=True)
            arrays += [np.zeros(1) if g is None else g.numpy() for g in got]
        found.append((str(named), arrays))
    assert found[0][0] == found[1][0]
    for mine, theirs in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-10)
