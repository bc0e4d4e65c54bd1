"""LU factorization and what is solved with it, against PyTorch."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd_nb as ours

torch: Any = pytest.importorskip("torch", reason="PyTorch, the reference, is not installed")

PROGRAMS = """
torch.linalg.lu_factor(a)
torch.linalg.lu_factor_ex(a)
torch.linalg.lu_factor(m)
torch.linalg.lu_factor(m.mT)
torch.linalg.lu_factor(c)
torch.linalg.lu(a)
torch.linalg.lu(m)
torch.linalg.lu(m.mT)
torch.linalg.lu(torch.stack([a, a.mT]))
torch.lu_unpack(*torch.linalg.lu_factor(a))
torch.lu_unpack(*torch.linalg.lu_factor(m))
torch.lu_unpack(*torch.linalg.lu_factor(m.mT))
torch.lu_unpack(*torch.linalg.lu_factor(a.detach()), unpack_data=False)
torch.lu_unpack(*torch.linalg.lu_factor(a), unpack_pivots=False)
torch.linalg.lu_solve(*torch.linalg.lu_factor(a), b)
torch.linalg.lu_solve(*torch.linalg.lu_factor(a), b, adjoint=True)
torch.linalg.lu_solve(*torch.linalg.lu_factor(a), b.mT, left=False).clone()
torch.lu_solve(b, *torch.linalg.lu_factor(a))
torch.lu(a)
torch.lu(a, get_infos=True)
torch.linalg.solve_ex(a, b)
torch.linalg.solve_ex(z, b, check_errors=True)
torch.linalg.lu_factor(z)
torch.linalg.lu_factor_ex(z)
torch.linalg.lu(z)
torch.linalg.lu_factor(torch.stack([a, z]))
torch.linalg.lu_factor(torch.ones(2))
torch.linalg.lu_factor(torch.ones(2, 2, dtype=torch.int64))
torch.linalg.lu(a, pivot=False)
torch.linalg.lu_factor(torch.zeros(0, 3))
torch.linalg.lu_solve(torch.ones(2, 2), torch.ones(2, dtype=torch.int32), torch.ones(3, 1))
torch.linalg.lu_solve(torch.ones(2, 2), torch.ones(2), torch.ones(2, 1))
torch.lu_unpack(torch.ones(2, 2), torch.ones(2, dtype=torch.int64))
""".strip().splitlines()


@pytest.mark.parametrize("program", PROGRAMS)
def test_as_pytorch_with_first_and_second_derivatives(program: str) -> None:
    found = []
    for library in (ours, torch):
        rng = np.random.default_rng(3)
        leaves = [
            library.from_numpy(x).requires_grad_()
            for x in (
                rng.normal(size=(4, 4)),
                rng.normal(size=(4, 2)),
                rng.normal(size=(3, 5)),
                rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)),
            )
        ]
        space = dict(zip("abmc", leaves, strict=True))
        space |= {"torch": library, "z": library.zeros(4, 4, dtype=library.float64)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                result = eval(program, space)
            except Exception as error:
                found.append((f"{type(error).__name__}: {str(error)[:80]}".lstrip("_"), []))
                continue
        results = tuple(result) if isinstance(result, tuple) else (result,)
        named = [(str(r.dtype), r.grad_fn.name() if r.grad_fn else "") for r in results]
        arrays = [r.detach().numpy() for r in results]
        roots = [(r.abs() ** 2).sum() for r in results if r.requires_grad]
        if roots:
            first = library.autograd.grad(sum(roots), leaves, create_graph=True, allow_unused=True)
            again = sum((g.abs() ** 2).sum() for g in first if g is not None)
            second = library.autograd.grad(again, leaves, allow_unused=True)
            for g in (*first, *second):
                arrays.append(np.zeros(1) if g is None else g.detach().numpy())
        found.append((f"{type(result).__name__}{named}", arrays))
    assert found[0][0] == found[1][0]
    for mine, theirs in zip(found[0][1], found[1][1], strict=True):
        scale = max(1.0, abs(theirs).max(initial=0.0))
        np.testing.assert_allclose(mine / scale, theirs / scale, rtol=1e-8, atol=1e-8)
