import json
import math

import numpy as np
import pytest

from autograd_nb.observe.graph import Site, Stat, json_number, norm_and_sample, site_json
from autograd_nb.observe.health import size_of

ARRAYS = {
    "number": 3.0,
    "0-d": np.float32(2),
    "empty": np.zeros((0, 3)),
    "bool": np.ones((3, 4), bool),
    "int": np.arange(5),
    "int8 extremes": np.array([-128, 127], np.int8),
    "complex": np.ones((2, 3, 4)) + 1j,
    "half": np.full(3, 6e4, np.float16),
    "nan": np.array([1, np.nan, np.inf, -np.inf]),
    "all nan": np.array([np.nan]),
    "squares overflow": np.array([1e300, 1e300]),
    "squares vanish": np.array([1e-200, 0.0]),
    "range overflows": np.array([-1.7e308, 1.7e308]),
    "large": np.random.default_rng(0).normal(size=(500, 1000)),
    "column": np.random.default_rng(0).normal(size=(64, 1)),
    "strided": np.arange(24.0).reshape(4, 6)[::-2, ::3],
    "text": np.array(["a"]),
    "object": np.array([None]),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_any_array_becomes_strict_json(array):
    stat = Stat.of(array)
    text = json.dumps(stat.to_json(), allow_nan=False)
    assert len(text) < 2_000
    assert len(stat.values) == stat.rows * stat.cols <= 64


def test_numbers_of_an_ordinary_array():
    stat = Stat.of(np.array([[3.0, -4.0], [0.0, 0.0]]))
    assert (stat.norm, stat.min, stat.max, stat.mean) == (5.0, -4.0, 3.0, -0.25)
    assert stat.values == (3.0, -4.0, 0.0, 0.0)
    assert (stat.rows, stat.cols, stat.nan, stat.inf, stat.sampled) == (2, 2, 0, 0, None)
    assert sum(stat.hist[2]) == 4


def test_what_is_not_finite_is_counted_and_left_out_of_the_range():
    stat = Stat.of(ARRAYS["nan"])
    assert (stat.nan, stat.inf, stat.min, stat.max) == (1, 2, 1.0, 1.0)
    assert math.isnan(stat.norm)
    assert stat.to_json()["values"] == [1.0, "nan", "inf", "-inf"]


@pytest.mark.parametrize(
    "name", [name for name in ARRAYS if name not in {"number", "text", "object"}]
)
def test_sizes_are_read_without_a_warning(name):
    array = ARRAYS[name]
    with np.errstate(all="raise", under="ignore"):
        norm, _ = norm_and_sample(array, 4)
        assert size_of(array) == pytest.approx(norm, nan_ok=True, rel=1e-1)


def test_norms_survive_overflow_and_underflow():
    assert Stat.of(ARRAYS["squares overflow"]).norm == pytest.approx(2**0.5 * 1e300)
    assert Stat.of(ARRAYS["squares vanish"]).norm == pytest.approx(1e-200)


def test_complex_numbers_are_measured_by_magnitude():
    stat = Stat.of(np.array([3 + 4j]))
    assert (stat.norm, stat.max, stat.dtype) == (5.0, 5.0, "complex128")


def test_a_large_array_is_sampled_and_says_so():
    array = ARRAYS["large"]
    stat = Stat.of(array)
    assert 0 < stat.sampled <= 1 << 14
    assert stat.norm == pytest.approx(np.linalg.norm(array), rel=0.05)
    assert stat.to_json()["sampled"] == stat.sampled


def test_the_array_is_not_changed():
    array = np.array([1.0, np.nan, 3.0])
    kept = array.copy()
    Stat.of(array)
    assert np.array_equal(array, kept, equal_nan=True)


def test_numbers_without_a_json_form_become_words():
    assert [json_number(x) for x in (1.5, None, math.nan, math.inf, -math.inf)] == [
        1.5,
        None,
        "nan",
        "inf",
        "-inf",
    ]


def test_an_unknown_place_has_the_keys_of_a_known_one():
    assert set(site_json(None)) == set(site_json(Site("In[1]", 2, source="y = x")))
