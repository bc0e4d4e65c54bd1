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
    "softmax": (lambda x: x.softmax(-1), [(20, 30, 70)]),
    "softmax, long rows": (lambda x: x.softmax(1), [(3, 9999)]),
    "log_softmax": (lambda x: x.log_softmax(-1), [(20, 30, 70)]),
    "cross_entropy": (lambda x: F.cross_entropy(x, torch.arange(600) % 70), [(600, 70)]),
    "embedding": (lambda w: F.embedding(torch.arange(900) % 7, w), [(7, 70)]),
    "x[:, index]": (lambda x: x[:, torch.arange(70) % 3 - 1], [(400, 5)]),
    "x[:, index, index]": (
        lambda x: x[:, torch.arange(70) % 5, torch.arange(70) % 3],
        [(400, 5, 3)],
    ),
    "x[index, :, index]": (
        lambda x: x[torch.arange(70) % 3, :, torch.arange(70) % 3],
        [(3, 400, 3)],
    ),
    "gather": (lambda x: x.gather(1, torch.arange(28000).reshape(400, 70) % 5), [(400, 5)]),
    "gather, middle": (
        lambda x: x.gather(1, torch.arange(28000).reshape(4, 70, 100) % 5),
        [(4, 5, 100)],
    ),
    "gather of a part": (
        lambda x: x.gather(1, torch.arange(21000).reshape(3, 70, 100) % 5),
        [(4, 5, 101)],
    ),
    "conv1d": (lambda x, w: F.conv1d(x, w, stride=2, padding=1), [(20, 4, 500), (6, 4, 5)]),
    "conv2d": (lambda x, w, b: F.conv2d(x, w, b), [(20, 4, 30, 30), (6, 4, 5, 3), (6,)]),
    "conv2d, narrow": (lambda x, w: F.conv2d(x, w, padding=2), [(50, 4, 8, 9), (6, 4, 5, 5)]),
    "conv2d, strided": (
        lambda x, w: F.conv2d(x, w, stride=(2, 3), padding=(0, 2), dilation=(1, 2), groups=2),
        [(20, 4, 40, 40), (6, 2, 3, 4)],
    ),
    "conv3d": (lambda x, w: F.conv3d(x, w, padding=1), [(3, 4, 11, 12, 13), (5, 4, 3, 2, 3)]),
    "conv_transpose2d": (
        lambda x, w: F.conv_transpose2d(x, w, stride=2, padding=1, output_padding=1),
        [(20, 4, 20, 20), (4, 6, 3, 3)],
    ),
    "relu": (F.relu, [(300, 80)]),
    "where": (lambda x, y: torch.where(x > 0, x, y), [(300, 80), (300, 80)]),
    **{
        name: (function, [(300, 80)])
        for name, function in {
            "sigmoid": torch.sigmoid,
            "silu": F.silu,
            "gelu": F.gelu,
            "gelu by tanh": lambda x: F.gelu(x, approximate="tanh"),
            "mish": F.mish,
            "softplus": F.softplus,
            "softplus, sharp": lambda x: F.softplus(x, 3.0, 4.0),
            "elu": F.elu,
            "selu": F.selu,
            "celu": lambda x: F.celu(x, 0.3),
            "hardtanh": F.hardtanh,
            "leaky_relu": F.leaky_relu,
        }.items()
    },
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


ODD = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-20, -1e-20, -1e-4, 90.0, -90.0, 104.0, -104.0, 1e30]


@pytest.mark.parametrize("name", [name for name, (_, shapes) in CASES.items() if len(shapes) == 1])
def test_odd_numbers(name, monkeypatch):
    """Results are as finite as without loops; gradients, too."""
    function, (shape,) = CASES[name]
    array = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    rows = array.reshape(-1, shape[-1])
    for i, number in enumerate(ODD):
        rows[i % len(rows), i % shape[-1]] = number
    found = outcome(function, [array])
    monkeypatch.setattr(loops, "installed", lambda: False)
    for a, b in zip(found, outcome(function, [array]), strict=True):
        with np.errstate(invalid="ignore"):
            close = np.isclose(a, b, rtol=1e-4, atol=1e-5, equal_nan=True)
        assert close.all(), (array[~close], a[~close], b[~close])


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


RULES = {
    "SGD": {"lr": 0.1},
    "SGD uphill": {"lr": 0.1, "maximize": True},
    "SGD with momentum": {"lr": 0.1, "momentum": 0.9, "dampening": 0.1, "weight_decay": 0.01},
    "SGD by Nesterov": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    "Adam": {},
    "Adam with decay": {"weight_decay": 0.01, "betas": (0.8, 0.99)},
    "AdamW": {"lr": 0.01},
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", RULES)
def test_steps_are_equal_to_the_last_bit(name, dtype, monkeypatch):
    start, *grads = np.random.default_rng(0).standard_normal((4, 20_000)).astype(dtype)

    def trained():
        param = torch.from_numpy(start.copy()).requires_grad_()
        optimizer = getattr(torch.optim, name.split()[0])([param], **RULES[name])
        for grad in grads:
            param.grad = torch.from_numpy(grad)
            optimizer.step()
        return param.detach().numpy()

    found = trained()
    monkeypatch.setattr(loops, "installed", lambda: False)
    assert np.array_equal(found, trained())
