"""The random stream and its samplers give PyTorch's numbers and leave PyTorch's state."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_nb.core import boxmuller, exactmath, samplers, sharing
from autograd_nb.core.rng import STATE_BYTES, Stream
from tests.answers import digest, recorded
from tests.core.rng_cases import COUNTS, SEEDS, cases


@pytest.fixture(scope="module")
def answers():
    return recorded("rng")


@pytest.mark.parametrize("count", COUNTS)
def test_draws_and_states_are_the_recorded_ones(answers, count):
    for name, (ours, _) in cases(None, count).items():
        for seed, wanted in zip(SEEDS, answers[name], strict=False):
            stream = Stream(seed)
            numbers = digest(ours(stream))
            assert f"{numbers} {digest(stream.state_bytes())}" == wanted, (name, seed)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(-(2**63), 2**64 - 1),
    counts=st.lists(st.integers(0, 200), min_size=1, max_size=4),
    pick=st.randoms(use_true_random=False),
)
def test_sequences_of_draws_agree_with_torch(seed, counts, pick):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: recorded answers only")
    stream = Stream(seed)
    torch.manual_seed(seed)
    for count in counts:
        found = cases(torch, count)
        name = pick.choice(sorted(found))
        ours, theirs = found[name]
        a, b = ours(stream), theirs()
        assert a.dtype == b.dtype or a.dtype == np.int64, name
        assert a.tobytes() == b.tobytes(), name
    assert stream.state_bytes().tobytes() == torch.get_rng_state().numpy().tobytes()


def test_state_continues_where_it_was_saved():
    for drawn in (0, 1, 623, 624, 625, 5000):
        stream = Stream(7)
        stream.words(drawn)
        samplers.normal_serial(stream, 3)
        other = Stream()
        other.restore(stream.state_bytes())
        assert other.seed_value == 7
        assert other.state_bytes().tobytes() == stream.state_bytes().tobytes()
        assert samplers.normal_serial(other, 5).tolist() == (
            samplers.normal_serial(stream, 5).tolist()
        )


def test_only_the_low_half_of_a_seed_counts():
    assert Stream(2**32 + 5).words(3).tolist() == Stream(5).words(3).tolist()
    assert Stream(-1).words(3).tolist() == Stream(2**32 - 1).words(3).tolist()
    assert Stream(-1).seed_value == 2**64 - 1


def test_bad_states_and_seeds_leave_the_stream_unchanged():
    stream = Stream(3)
    before = stream.state_bytes().tobytes()
    with pytest.raises(RuntimeError, match="of size 5056 but found the input RNG state size"):
        stream.restore(np.zeros(10, np.uint8))
    with pytest.raises(RuntimeError, match="Invalid mt19937 state"):
        stream.restore(np.zeros(STATE_BYTES, np.uint8))
    for seed in (2**64, -(2**63) - 1):
        with pytest.raises(ValueError, match="Overflow when unpacking long long"):
            stream.reseed(seed)
    assert stream.state_bytes().tobytes() == before


def test_numbers_not_taken_are_put_back():
    stream, other = Stream(1), Stream(1)
    with stream.units64_as_needed(chunk=16) as units:
        taken = [next(units) for _ in range(21)]
    assert taken == other.unit64(21).tolist()
    assert stream.state_bytes().tobytes() == other.state_bytes().tobytes()


def test_threads_and_chunks_do_not_change_the_normals(monkeypatch):
    dtypes = [np.dtype(np.float32), np.dtype(np.float64)]
    whole = [samplers.normal(Stream(0), 40_003, dtype).tobytes() for dtype in dtypes]
    monkeypatch.setattr(boxmuller, "_CHUNK", 1024)
    monkeypatch.setattr(samplers, "_BLOCKS", 64)
    for threads in (1, 3):
        monkeypatch.setattr(sharing, "threads", threads)
        again = [samplers.normal(Stream(0), 40_003, dtype).tobytes() for dtype in dtypes]
        assert again == whole


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(2**-53, 1), min_size=1, max_size=50))
def test_double_functions_are_the_c_library_s(numbers):
    import math

    x = np.array(numbers)
    assert exactmath.log(x).tolist() == [math.log(v) for v in numbers]
    cos, sin = exactmath.cos_sin(6 * x)
    assert cos.tolist() == [math.cos(6 * v) for v in numbers]
    assert sin.tolist() == [math.sin(6 * v) for v in numbers]
    assert exactmath.exp(x).tolist() == [math.exp(v) for v in numbers]
