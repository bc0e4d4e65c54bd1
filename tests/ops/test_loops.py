"""Compiled loops against NumPy's formulas, which are tested against PyTorch."""

import subprocess
import sys

import numpy as np
import pytest

import autograd_nb as torch
from autograd_nb.ops import loops

pytest.importorskip("numba", reason="the loops are those of the extra `fast`")

F = torch.nn.functional

# Name: function of leaves, and their shapes; the first one is large.
CASES = {
    "layer_norm": (
        lambda x, w, b: F.layer_norm(x, (70,), w, b),
        [(12, 50, 70), (70,), (70,)],
    ),
    "layer_norm without weight": (lambda x: F.layer_norm(x, (70,)), [(700, 70)]),
    "layer_norm, long rows": (lambda x: F.layer_norm(x, (33333,)), [(3, 33333)]),
    "layer_norm of columns": (lambda x: F.layer_norm(x.t(), (70,)), [(70, 700)]),
    "group_norm": (lambda x, w, b: F.group_norm(x, 3, w, b), [(5, 6, 40, 40), (6,), (6,)]),
    "group_norm, narrow": (lambda x, w, b: F.group_norm(x, 2, w, b), [(3000, 6, 3), (6,), (6,)]),
    "instance_norm": (
        lambda x, w, b: F.instance_norm(x, None, None, w, b),
        [(5, 7, 999), (7,), (7,)],
    ),
    "batch_norm": (
        lambda x, w, b: F.batch_norm(x, None, None, w, b, True),
        [(9, 6, 30, 30), (6,), (6,)],
    ),
    "batch_norm, narrow": (
        lambda x, w, b: F.batch_norm(x, None, None, w, b, True),
        [(5000, 7, 3), (7,), (7,)],
    ),
    "batch_norm of features": (lambda x: F.batch_norm(x, None, None, training=True), [(900, 77)]),
    "batch_norm, evaluated": (
        lambda x, m, w: F.batch_norm(x, m.detach(), w.detach() ** 2 + 1, w, m),
        [(9, 6, 30, 30), (6,), (6,)],
    ),
}


def outcome(function, arrays):
    """Return the result and the gradients, all as arrays."""
    leaves = [torch.from_numpy(a.copy()).requires_grad_() for a in arrays]
    result = function(*leaves)
    factor = np.random.default_rng(1).standard_normal(tuple(result.shape))
    (result * torch.from_numpy(factor.astype(arrays[0].dtype))).sum().backward()
    return [
        result.detach().numpy(),
        *(leaf.grad.numpy() for leaf in leaves if leaf.grad is not None),
    ]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CASES)
def test_equals_formula(name, dtype, monkeypatch):
    function, shapes = CASES[name]
    rng = np.random.default_rng(0)
    arrays = [(rng.standard_normal(shape) * 2 + 0.5).astype(dtype) for shape in shapes]
    found = outcome(function, arrays)
    monkeypatch.setattr(loops, "installed", lambda: False)
    wanted = outcome(function, arrays)
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
        size = np.abs(b).max()
        np.testing.assert_allclose(a / size, b / size, rtol=0, atol=100 * np.finfo(dtype).eps)


def test_loops_are_used():
    """They are for large arrays of real numbers, and only those are asked for numba."""
    code = (
        "import sys, autograd_nb as torch\n"
        "run = lambda n: torch.nn.functional.layer_norm(torch.ones(n, 64), (64,))\n"
        "run(8); assert 'numba' not in sys.modules\n"
        "run(8000); assert 'numba' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_needs_numba(monkeypatch):
    monkeypatch.setattr(loops, "installed", lambda: False)
    assert not loops.suit(np.ones(loops.LARGE))
