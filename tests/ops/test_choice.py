"""Choosing by bits gives what NumPy's decisions give."""

import numpy as np
import pytest

from autograd_nb.ops import choice

SHAPE = (50, 2000)
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.5]
KINDS = ["f2", "f4", "f8", "i1", "u1", "i4", "i8", "?", "c8", "c16"]


def values(kind, seed):
    rng = np.random.default_rng(seed)
    found = rng.normal(size=SHAPE) * 3
    if kind[0] in "fc":
        found.flat[:6] = SPECIAL
    with np.errstate(invalid="ignore"):
        return found.astype(kind)


def same(found, wanted):
    assert found.dtype == wanted.dtype
    assert found.shape == wanted.shape
    assert found.tobytes() == np.ascontiguousarray(wanted).tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_arrays(kind):
    x, y = values(kind, 0), values(kind, 1)
    mask = np.random.default_rng(2).random(SHAPE) < 0.5
    for a, b in [(x, y), (x, y[0, 0]), (x[0, 0], y), (x, 0), (0, y), (x.T.copy().T, y), (x[:1], y)]:
        same(choice.choose(mask, a, b), np.where(mask, a, b))
    thin = mask[:, ::2], x[:, ::2], y[:, 1::2]
    same(choice.choose(*thin), np.where(*thin))
    dense = mask[:, ::2].copy(), *thin[1:]
    same(choice.choose(*dense), np.where(*dense))
    same(choice.keep_where(x, mask), np.where(mask, x, x.dtype.type(0)))
    same(choice.drop_where(x, mask), np.where(mask, x.dtype.type(0), x))


def test_kinds_meet_as_in_numpy():
    mask = values("f4", 0) > 0
    for a, b in [("f4", "f8"), ("i4", "f4"), ("f4", "c8")]:
        x, y = values(a, 1), values(b, 2)
        same(choice.choose(mask, x, y), np.where(mask, x, y))
    same(choice.choose(mask, values("i4", 1), 0.5), np.where(mask, values("i4", 1), 0.5))


@pytest.mark.parametrize("size", [1, 5, 4096, 100_000])
@pytest.mark.parametrize("kind", ["f4", "f8", "i8"])
def test_limits(size, kind):
    x = values(kind, 0).reshape(-1)[:size]
    same(choice.at_least(1, x), np.maximum(1, x))
    same(choice.at_most(1, x), np.minimum(1, x))


@pytest.mark.parametrize("size", [1, 5, 4096, 100_000])
def test_zero_keeps_its_sign_at_a_tie(size):
    x = np.full(size, -0.0, np.float32)
    assert np.signbit(choice.at_least(0, x)).all()
    assert np.signbit(choice.at_most(0, x)).all()
