"""Tensors print byte for byte as PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_nb as nb
from autograd_nb import printing
from autograd_nb.core.tensor import wrap
from tests.answers import SUBJECTS, as_text, evaluate, recorded
from tests.steps import steps

KINDS = ("f2", "f4", "f8", "c8", "c16", "i8", "i4", "i2", "i1", "u1", "?")
SPECIAL = (
    np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 5e-324, 1e-45, 1e-40, 6e-8, 1e300, 1e38, 65504.0,
    1e-4, 9.9999e-5, 1e-5, 1000.0, 1001.0, 999.5, 0.5, 1e8, 1.0001e8, 99999999.0, 123456789.0,
    0.99999, 2.0**24, 2.0**31, 2.0**53, 1e16, -1e10,
)  # fmt: skip


@pytest.fixture(scope="module")
def answers():
    return recorded("printing")


@pytest.fixture(autouse=True)
def default_options():
    yield
    printing.set_printoptions(profile="default")


@pytest.mark.parametrize("expression", SUBJECTS["printing"][0])
def test_text_is_the_recorded_one(answers, expression):
    assert evaluate(expression, nb, as_text) == answers[expression]


def mixed(rng: np.random.Generator, n: int) -> np.ndarray:
    """Numbers of one of several kinds: near, far apart, whole, special, mostly zero."""
    return [
        lambda: rng.normal(size=n),
        lambda: rng.normal(size=n) * 10.0 ** rng.integers(-12, 12),
        lambda: rng.integers(-10, 10, n).astype(float),
        lambda: rng.integers(-(10**11), 10**11, n).astype(float),
        lambda: rng.choice(SPECIAL, n),
        lambda: rng.normal(size=n) * 10.0 ** rng.uniform(-8, 8, n),
        lambda: np.where(rng.random(n) < 0.3, rng.choice(SPECIAL[:7], n), rng.normal(size=n)),
        lambda: np.where(rng.random(n) < 0.5, 0, rng.integers(-5, 5, n) * 0.01),
        lambda: np.full(n, rng.choice(SPECIAL)),
    ][rng.integers(9)]()


def array(rng: np.random.Generator) -> np.ndarray:
    kind = np.dtype(KINDS[rng.integers(len(KINDS))])
    ndim = int(rng.integers(0, 6))
    top = (1, 2000, 40, 9, 5, 4)[ndim] if rng.random() < 0.5 else 4
    shape = rng.integers(0 if rng.random() < 0.1 else 1, top + 1, ndim)
    n = int(np.prod(shape))
    with np.errstate(all="ignore"):
        if kind.kind == "f":
            flat = mixed(rng, n).astype(kind)
        elif kind.kind == "c":
            flat = np.empty(n, kind)
            flat.real, flat.imag = mixed(rng, n), mixed(rng, n)
        elif kind.kind == "b":
            flat = rng.random(n) < rng.random()
        else:
            limits = np.iinfo(kind)
            flat = rng.integers(limits.min, limits.max, n, dtype=kind, endpoint=True)
            if rng.random() < 0.5:
                flat = flat % 100
    found = np.asarray(flat).reshape(shape)
    return found.T if rng.random() < 0.2 else found


@settings(max_examples=400, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    options=st.fixed_dictionaries(
        {},
        optional={
            "precision": st.integers(0, 11),
            "threshold": st.integers(0, 2000),
            "edgeitems": st.integers(0, 5),
            "linewidth": st.integers(1, 200),
            "sci_mode": st.sampled_from([None, True, False]),
        },
    ),
)
def test_random_tensors_print_as_torch_s(seed, options):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: recorded answers only")
    values = array(np.random.default_rng(seed))
    theirs, ours = torch.from_numpy(values.copy(order="K")), wrap(values)
    if seed % 3 == 0 and values.dtype.kind in "fc":
        theirs.requires_grad_()
        ours.requires_grad_()
    torch.set_printoptions(profile="default")
    torch.set_printoptions(**options)
    try:
        with printing.printoptions(profile="default", **options):
            assert repr(ours) == repr(theirs)
    finally:
        torch.set_printoptions(profile="default")


def test_a_large_tensor_prints_as_quickly_as_a_small_one():
    small, large = nb.zeros(100, 100), nb.zeros(1000, 1000)
    repr(small)
    assert steps(lambda: repr(large)) == steps(lambda: repr(small))


def test_options_can_be_read_and_are_put_back():
    with printing.printoptions(precision=2, threshold=5):
        assert printing.get_printoptions()["precision"] == 2
        assert repr(nb.tensor([1.23456])) == "tensor([1.23])"
    assert printing.get_printoptions() == {
        "precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None,
    }  # fmt: skip


def test_contents_can_be_replaced():
    assert nb.tensor([1.0]).__repr__(tensor_contents="...") == "tensor(...)"


def test_parameters_say_so():
    from autograd_nb.nn.parameter import Parameter

    assert repr(Parameter(nb.tensor([1.0]))) == (
        "Parameter containing:\ntensor([1.], requires_grad=True)"
    )
