"""Weights of attention that are kept for backward, and weights that are made again."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_nb as torch
from autograd_nb.ops import attention_kernels as kernels


@pytest.mark.parametrize("masked", [False, True])
def test_gradients_do_not_depend_on_what_is_kept(
    masked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    leaves = [torch.randn(2, 3, 5, 4, requires_grad=True) for _ in range(3)]
    mask = torch.randn(5, 5) if masked else None
    found = []
    for limit in (0, kernels.KEPT):
        monkeypatch.setattr(kernels, "KEPT", limit)
        y = torch.nn.functional.scaled_dot_product_attention(*leaves, mask)
        assert (y.grad_fn.saved[y.grad_fn.plan.names.index("kept")] is None) == (limit == 0)
        grads = torch.autograd.grad(y.sin().sum(), leaves, retain_graph=True)
        again = torch.autograd.grad(y.sin().sum(), leaves)
        found.append([grad.numpy() for grad in (*grads, *again)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
