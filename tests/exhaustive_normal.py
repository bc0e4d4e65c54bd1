"""Compare every input of the normal sampler: ``python -m tests.exhaustive_normal``.

In single precision a uniform has 24 bits, so there are 2**24 radii and 2**24 angles. PyTorch's
generator is given states from which it draws exactly the words wanted; PyTorch must be installed.
It takes about a quarter of a minute.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autograd_nb.core.boxmuller import single_normals
from autograd_nb.core.rng import Stream

_PAIRS = 304  # pairs drawn from one state: 38 blocks of 16, as 623 words can be preset


def untempered(words: Any) -> Any:
    """Return the states from which MT19937 makes `words`."""
    y = words ^ (words >> np.uint32(18))
    y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
    x = y
    for _ in range(4):
        x = y ^ ((x << np.uint32(7)) & np.uint32(0x9D2C5680))
    y = x
    for _ in range(2):
        x = y ^ (x >> np.uint32(11))
    return x


def as_words(radii: Any, angles: Any) -> Any:
    """Return pairs as the sampler reads them: eight radii, then eight angles."""
    pairs = np.stack((radii.reshape(-1, 8), angles.reshape(-1, 8)), axis=1)
    return pairs.reshape(-1, 2 * _PAIRS)


def torch_normals(words: Any) -> Any:
    """Return what PyTorch makes of rows of 608 words."""
    import torch

    generator = torch.Generator()
    state = Stream(0).state_bytes()
    state[8:12].view(np.int32)[0], state[16:24].view(np.uint64)[0] = 624, 1
    key = state[24 : 24 + 8 * 624].view(np.uint64)
    found = np.empty(words.shape, np.float32)
    rows = torch.from_numpy(found)
    for row, wanted in zip(rows, untempered(words), strict=True):
        key[1 : 1 + 2 * _PAIRS] = wanted
        generator.set_state(torch.from_numpy(state))
        row.normal_(generator=generator)
    return found


def our_normals(words: Any) -> Any:
    """Return what this package makes of them."""
    flat = words.ravel()
    position = 0

    def draw(count: int) -> Any:
        nonlocal position
        position += count
        return flat[position - count : position].copy()

    normals = np.empty(words.shape, np.float32)
    single_normals(draw, normals.reshape(-1))
    return normals


def differing(radii: Any, angles: Any) -> int:
    """Count normals that are not PyTorch's, bit for bit."""
    count = 0
    for start in range(0, radii.size, 2000 * _PAIRS):
        part = slice(start, start + 2000 * _PAIRS)
        words = as_words(radii[part], angles[part])
        ours, theirs = our_normals(words), torch_normals(words)
        count += int((ours.view(np.int32) != theirs.view(np.int32)).sum())
    return count


def main() -> int:
    """Compare all radii at angle zero and all angles at three exact radii."""
    size = -(-(2**24) // _PAIRS) * _PAIRS
    every = np.arange(size, dtype=np.uint32) % np.uint32(2**24)
    wrong = {"radii": differing(every, np.zeros_like(every))}
    # The radii 1/2, 1 and 2 come out exactly, so that a product with them hides nothing.
    for radius, unit in ((0.5, 1971375), (1.0, 6601320), (2.0, 14506667)):
        wrong[f"angles, radius {radius}"] = differing(np.full_like(every, unit), every)
    for name, count in wrong.items():
        print(f"{name}: {count} of {2 * size} numbers differ")
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
