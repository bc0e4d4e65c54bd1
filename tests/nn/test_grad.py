"""`nn.grad`: gradients of convolutions as functions."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_nb

pytorch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")

SETTINGS = {
    "plain": {},
    "strided": {"stride": 2, "padding": 1},
    "dilated": {"dilation": 2, "padding": 1},
    "groups": {"groups": 2, "stride": 2},
}


def outcome(torch, dims, setting):
    """Both gradients, what recorded them, and the gradients of their product's sum."""
    torch.manual_seed(0)
    x = torch.randn(2, 4, *[7] * dims, dtype=torch.float64, requires_grad=True)
    channels = 4 // setting.get("groups", 1)
    w = torch.randn(6, channels, *[3] * dims, dtype=torch.float64, requires_grad=True)
    y = getattr(torch.nn.functional, f"conv{dims}d")(x, w, None, **setting)
    g = torch.randn(y.shape, dtype=torch.float64, requires_grad=True)
    of_x = getattr(torch.nn.grad, f"conv{dims}d_input")(x.shape, w, g, **setting)
    of_w = getattr(torch.nn.grad, f"conv{dims}d_weight")(x, w.shape, g, **setting)
    assert of_x.shape == x.shape
    assert of_w.shape == w.shape
    for mine, known in zip((of_x, of_w), torch.autograd.grad(y, [x, w], g), strict=True):
        np.testing.assert_allclose(mine.detach().numpy(), known.detach().numpy())
    second = torch.autograd.grad(of_x.sum() * of_w.sum(), [x, w, g])
    names = [one.grad_fn.name() for one in (of_x, of_w)]
    return [one.detach().numpy() for one in (of_x, of_w, *second)], names


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_gradients_of_convolutions_are_pytorchs(dims, setting):
    (mine, names), (known, theirs) = (outcome(t, dims, setting) for t in (autograd_nb, pytorch))
    assert names == theirs
    for one, other in zip(mine, known, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)


@pytest.mark.parametrize("shape", [(1, 3, 4, 4), (1, 4, 3, 3)])
def test_a_cotangent_of_another_shape_is_refused(shape):
    said = []
    for torch in (autograd_nb, pytorch):
        with pytest.raises(RuntimeError, match="Expected a tensor of dimension 4") as caught:
            torch.nn.grad.conv2d_input((1, 2, 5, 5), torch.ones(3, 2, 3, 3), torch.ones(shape))
        said.append(str(caught.value).splitlines()[0])
    assert said[0] == said[1]


def test_the_functions_are_those_of_functional_too():
    for torch in (autograd_nb, pytorch):
        assert torch.nn.functional.grad is torch.nn.grad


@pytest.mark.parametrize("bias", [False, True])
def test_a_convolution_of_no_channels_has_a_result_of_none(bias):
    found = []
    for torch in (autograd_nb, pytorch):
        x = torch.ones(2, 0, 4, 4, requires_grad=True)
        w = torch.ones(3, 0, 2, 2, requires_grad=True)
        given = [torch.ones(3, requires_grad=True)] if bias else []
        y = torch.nn.functional.conv2d(x, w, *given)
        grads = torch.autograd.grad(y.sum(), [x, w, *given])
        found.append((tuple(y.shape), y.grad_fn.name(), [tuple(g.shape) for g in grads]))
    assert found[0] == found[1]
