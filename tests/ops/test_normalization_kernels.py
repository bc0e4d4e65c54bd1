"""Normalization by blocks against the formulas in double precision."""

import numpy as np
import pytest

from autograd_nb.core import products, sharing
from autograd_nb.ops import normalization_kernels as kernels

EPS = 1e-5


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def by_hand(grad, x, axes, weight, bias, of_vectors):
    """Return result and cotangents of normalization over some axes."""
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    scale = 1 / np.sqrt(variance + EPS)
    straight = (x - mean) * scale
    g = grad * weight
    means = g.mean(axes, keepdims=True), (g * straight).mean(axes, keepdims=True)
    grad_x = scale * (g - means[0] - straight * means[1])
    vectors = ((grad * straight).sum(of_vectors), grad.sum(of_vectors))
    return straight * weight + bias, grad_x, *vectors


@pytest.fixture(params=[1, 2])
def threads(request, monkeypatch):
    monkeypatch.setattr(sharing, "threads", request.param)
    monkeypatch.setattr(products, "BLOCK", 256)
    monkeypatch.setattr(products, "LARGE_BLOCK", 256)


def check(found, wanted):
    for f, w in zip(found, wanted, strict=True):
        np.testing.assert_allclose(f.reshape(w.shape), w, rtol=1e-9, atol=1e-9)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("shape", [(3, 4), (100, 7), (33, 300), (5, 1)])
@pytest.mark.parametrize("offset", [0.0, 50.0])
def test_rows(shape, offset):
    x, grad = normal(*shape) + offset, normal(*shape, seed=1)
    weight, bias = normal(2, shape[1], seed=2)
    result, mean, scale = kernels.normalize_rows(x, weight, bias, EPS)
    found = kernels.normalize_rows_backward(grad, x, weight, mean, scale, (True,) * 3)
    check((result, *found), by_hand(grad, x, 1, weight, bias, 0))


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("shape", [(3, 4, 1), (40, 6, 3), (2, 4, 200)])
@pytest.mark.parametrize("groups", [1, 2])
def test_groups(shape, groups):
    n, channels, size = shape
    x, grad = normal(*shape), normal(*shape, seed=1)
    weight, bias = normal(2, channels, 1, seed=2)
    result, mean, scale = kernels.normalize_groups(x, groups, weight, bias, EPS)
    grad_x, *vectors = kernels.normalize_groups_backward(grad, x, weight, mean, scale, (True,) * 3)
    split = (n, groups, channels // groups, size)
    wide = [np.broadcast_to(v, shape).reshape(split) for v in (weight, bias)]
    wanted = by_hand(grad.reshape(split), x.reshape(split), (2, 3), *wide, (0, 3))
    check((result.reshape(split), grad_x.reshape(split)), wanted[:2])
    check([v.sum(0).reshape(wanted[2].shape) for v in vectors], wanted[2:])


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("shape", [(3, 4, 1), (90, 6, 1), (40, 6, 3), (8, 4, 200)])
def test_channels(shape):
    x, grad = normal(*shape) + 3, normal(*shape, seed=1)
    weight, bias = normal(2, shape[1], 1, seed=2)
    mean, variance = kernels.channel_moments(x)
    scale = 1 / np.sqrt(variance + EPS)
    result = kernels.normalize_channels(x, mean, scale, weight, bias)
    found = kernels.normalize_channels_backward(grad, x, weight, mean, scale, True, (True,) * 3)
    check((result, *found), by_hand(grad, x, (0, 2), weight, bias, (0, 2)))


def test_a_mean_far_from_zero_costs_no_digits():
    x = (normal(4, 1000) * 1e-2 + 1000).astype(np.float32)
    exact = x.astype(np.float64)
    _, variance = kernels.moments(x)
    np.testing.assert_allclose(variance[:, 0], exact.var(1), rtol=1e-3)


def test_infinite_weights_stay_where_they_are():
    x = normal(3, 2).astype(np.float32)
    result, _, _ = kernels.normalize_rows(x, None, np.array([np.inf, 1], np.float32), EPS)
    assert np.isinf(result[:, 0]).all()
    assert np.isfinite(result[:, 1]).all()


@pytest.mark.parametrize("width", [1, 5, 4096, 4097, 1_000_000])
def test_wide_sums_lose_no_digits(width):
    x, y = normal(2, 3, width).astype(np.float32) + 3, normal(2, 3, width, seed=1)
    exact = x.astype(np.float64)
    np.testing.assert_allclose(kernels.sum_of(x)[..., 0], exact.sum(-1), rtol=1e-6)
    product = kernels.sum_product(x, x)[..., 0]
    np.testing.assert_allclose(product, (exact * exact).sum(-1), rtol=1e-6)
    np.testing.assert_allclose(kernels.sum_product(y, y)[..., 0], (y * y).sum(-1), rtol=1e-12)
