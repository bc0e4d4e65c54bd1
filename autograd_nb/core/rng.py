"""The random bit stream of PyTorch's CPU generator, on NumPy alone.

A `Stream` is a Mersenne Twister (MT19937, ``init_genrand`` seeding with the low 32 bits of the
seed) with the state layout of PyTorch: 64-bit numbers are two words, the high one first, and one
half of a Box-Muller pair may wait in a cache for the next serial normal draw.  The distributions
built on it live in `samplers`.

All statements about PyTorch in this module were checked against PyTorch 2.13.0 on CPU.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_SEED = 67280421310721
"""Seed of a generator that was never seeded."""

STATE_BYTES = 5056
"""Size of a saved state, in bytes."""

_WORDS = 624
_STATE = np.dtype(
    [
        ("seed", "<u8"),
        ("left", "<i4"),
        ("seeded", "<i4"),
        ("next", "<u8"),
        ("key", "<u8", (_WORDS,)),
        ("unused_x", "<f8"),
        ("cached_normal", "<f8"),
        ("unused_rho", "<f8"),
        ("cache_valid", "<i4"),
        ("padding", "V12"),
    ]
)


def checked_seed(seed: int) -> int:
    """Bring a seed into 64 unsigned bits, as PyTorch does.

    Parameters
    ----------
    seed : int
        From -2**63 to 2**64 - 1; negative seeds count from 2**64 downwards.

    Returns
    -------
    int
        The seed modulo 2**64.

    Raises
    ------
    ValueError
        If the seed does not fit in 64 bits.
    """
    if not -(2**63) <= seed < 2**64:
        raise ValueError("Overflow when unpacking long long")
    return seed % 2**64


class Stream:
    """A seedable stream of 32-bit words with PyTorch's state layout.

    Parameters
    ----------
    seed : int, default 67280421310721
        From -2**63 to 2**64 - 1. Only the low 32 bits choose the words.

    Examples
    --------
    >>> Stream(0).words(2)
    array([2357136044, 2546248239], dtype=uint64)
    """

    __slots__ = ("_bits", "_fresh", "_generator", "_made", "_seed", "cached_normal")

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._made = False
        self.cached_normal: float | None = None
        self.reseed(seed)

    def __getattr__(self, name: str) -> Any:
        # Made at the first draw: importing numpy.random takes longer than all of this package.
        if name not in ("_bits", "_generator"):
            raise AttributeError(f"'Stream' object has no attribute '{name}'")
        self._bits = np.random.MT19937()
        self._generator = np.random.Generator(self._bits)
        self._made = True
        self._rewind()
        return object.__getattribute__(self, name)

    def _rewind(self) -> None:
        seeded: Any = np.random.RandomState(self._seed & 0xFFFFFFFF).get_state(legacy=False)
        self._bits.state = seeded

    def reseed(self, seed: int) -> None:
        """Start the stream again from `seed`, forgetting a cached normal."""
        self._seed = checked_seed(seed)
        if self._made:
            self._rewind()
        # Before the first word NumPy says "all used up", which PyTorch says only after 624 words.
        self._fresh = True
        self.cached_normal = None

    def reseed_from_system(self) -> int:
        """Start again from a nondeterministic seed of 64 bits and return it."""
        self.reseed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    @property
    def seed_value(self) -> int:
        """The seed that the stream was last started from."""
        return self._seed

    def words(self, count: int) -> NDArray[np.uint64]:
        """Draw `count` words of 32 bits, as an array (count,) of uint64."""
        if count:
            self._fresh = False
        words: NDArray[np.uint64] = self._bits.random_raw(count)
        return words

    def words32(self, count: int) -> NDArray[np.uint32]:
        """Draw the same as `words`, as uint32, letting other threads run meanwhile."""
        if count:
            self._fresh = False
        return self._generator.integers(0, 2**32, count, np.uint32)

    def words64(self, count: int) -> NDArray[np.uint64]:
        """Draw `count` numbers of 64 bits, two words each, as an array (count,) of uint64."""
        words = self.words(2 * count)
        return (words[0::2] << np.uint64(32)) | words[1::2]

    def unit32(self, count: int) -> NDArray[np.float32]:
        """Draw `count` multiples of 2**-24 in [0, 1), one word each."""
        # Signed integers convert to floats in one instruction, unsigned ones do not.
        words = self.words(count).view(np.int64)
        words &= 0xFFFFFF
        unit = words.astype(np.float32)
        unit *= np.float32(2**-24)
        return unit

    def unit64(self, count: int) -> NDArray[np.float64]:
        """Draw `count` multiples of 2**-53 in [0, 1), two words each."""
        words = self.words(2 * count).view(np.int64)
        unit = (((words[0::2] & 0x1FFFFF) << 32) | words[1::2]).astype(np.float64)
        unit *= 2.0**-53
        return unit

    @contextmanager
    def units64_as_needed(self, chunk: int = 1024) -> Iterator[Iterator[float]]:
        """Give an iterator of `unit64` numbers; those not taken are put back at the end.

        For samplers that reject, and so cannot say beforehand how many numbers they need.
        """
        before, fresh, taken = self._bits.state, self._fresh, 0

        def numbers() -> Iterator[float]:
            nonlocal taken
            while True:
                for number in self.unit64(chunk).tolist():
                    taken += 1
                    yield number

        try:
            yield numbers()
        finally:
            self._bits.state, self._fresh = before, fresh
            self.words(2 * taken)

    def state_bytes(self) -> NDArray[np.uint8]:
        """Return the state as PyTorch stores it, an array (5056,) of uint8."""
        inner: Any = self._bits.state["state"]
        position = int(inner["pos"])
        state = np.zeros((), _STATE)
        state["seed"] = self._seed
        state["left"] = 1 if self._fresh else _WORDS + 1 - position
        state["seeded"] = 1
        state["next"] = 0 if self._fresh else position
        state["key"] = inner["key"]
        if self.cached_normal is not None:
            state["cached_normal"] = self.cached_normal
            state["cache_valid"] = 1
        return np.frombuffer(state.tobytes(), np.uint8).copy()

    def restore(self, state_bytes: NDArray[np.uint8]) -> None:
        """Continue from a state that `state_bytes` (or PyTorch) returned.

        Raises
        ------
        RuntimeError
            If the size is not 5056 bytes or the content is no state; the stream is unchanged.
        """
        if state_bytes.size != STATE_BYTES:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {STATE_BYTES} but found the input RNG "
                f"state size to be {state_bytes.size}"
            )
        state = np.frombuffer(state_bytes.tobytes(), _STATE)[0]
        left, position = int(state["left"]), int(state["next"])
        if not (state["seeded"] and 0 < left <= _WORDS and position <= _WORDS):
            raise RuntimeError("Invalid mt19937 state")
        # `left` alone decides when PyTorch makes new words; 1 means at the next draw.
        self._fresh = left == 1 and position == 0
        self._bits.state = {
            "bit_generator": "MT19937",
            "state": {
                "key": state["key"].astype(np.uint32),
                "pos": _WORDS if left == 1 else position,
            },
        }
        self._seed = int(state["seed"])
        self.cached_normal = float(state["cached_normal"]) if state["cache_valid"] else None
