"""Random numbers inside `vmap`: one draw for each example, or the same for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .batch import Levels, batched, levels_of, outside
from .modes import state
from .tensor import Tensor

RANDOM = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or "
    "'different' randomness flags on vmap or perform the randomness operation out of vmap"
)
RANDOM_IN_BATCH = (
    "vmap: We do not yet support calling random operations inside of vmap. Please perform random "
    "operations outside of vmap as a workaround"
)
SAME_OF_BATCH = (
    "Vmap does not currently support same randomness with a batched tensor input. Please file an "
    "issue with functorch"
)
UNBATCHED_FILL = (
    "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear "
    "like same randomness. If this is necessary for your usage, please file an issue with "
    "functorch."
)


def random_levels() -> Levels:
    """Return the levels whose examples draw different numbers.

    Raises
    ------
    RuntimeError
        If a level forbids random numbers.
    """
    for lv in state.levels:
        if lv.randomness == "error":
            raise RuntimeError(RANDOM if lv.is_transform else RANDOM_IN_BATCH)
    return tuple(lv for lv in state.levels if lv.randomness == "different")


def refuse_same(*parameters: Any) -> None:
    """Raise where all examples are to draw the same from parameters of their own.

    Raises
    ------
    RuntimeError
        There, or if a level forbids random numbers.
    """
    levels = levels_of(parameters) if state.levels else ()
    if levels:
        random_levels()
        if any(lv.randomness == "same" for lv in levels):
            raise RuntimeError(SAME_OF_BATCH)


def drawn_for_examples(
    draw: Callable[[Any], Any], shape: tuple[int, ...], dtype: Any, at: Levels | None = None
) -> Tensor:
    """Return random numbers of a shape for every example, or the same for all.

    Parameters
    ----------
    draw : callable
        Fills an array of the shape that it is given.
    shape : tuple of int
        Of one example.
    at : tuple of Level, optional
        The levels whose examples differ, if those are known.
    """
    lead = random_levels() if at is None else at
    with outside():
        array = draw(np.empty((*(lv.size for lv in lead), *shape), dtype))
    return batched(Tensor._wrap(array), lead)
