"""Initialisation draws PyTorch's numbers."""

import numpy as np
import pytest

import autograd_nb

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")

FILLS = [
    "uniform_(w, -1, 2)",
    "normal_(w, 1, 2)",
    "trunc_normal_(w)",
    "trunc_normal_(w, std=0.5, a=1.0, b=1.5)",
    "constant_(w, 3)",
    "ones_(w)",
    "zeros_(w)",
    "eye_(w)",
    "xavier_uniform_(w, gain=2)",
    "xavier_normal_(w)",
    "kaiming_uniform_(w, a=1, mode='fan_out')",
    "kaiming_normal_(w, nonlinearity='relu')",
    "sparse_(w, 0.3)",
    "calculate_gain('tanh')",
    "calculate_gain('leaky_relu', 0.2)",
    "_calculate_fan_in_and_fan_out(w)",
    "kaiming_uniform_(w, mode='x')",
    "calculate_gain('x')",
    "xavier_uniform_(w[0])",
    "dirac_(w)",
]


def filled(library, text):
    library.manual_seed(1)
    weight = library.empty(6, 5)
    try:
        result = eval("init." + text, {"init": library.nn.init, "w": weight})
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return result.tolist() if hasattr(result, "tolist") else result


@pytest.mark.parametrize("text", FILLS)
def test_fill_equals_pytorch(text):
    assert filled(autograd_nb, text) == filled(torch, text)


def test_orthogonal_rows_are_orthogonal():
    weight = autograd_nb.empty(4, 6)
    autograd_nb.nn.init.orthogonal_(weight)
    product = (weight @ weight.t()).numpy()
    np.testing.assert_allclose(product, np.eye(4), atol=1e-6)
