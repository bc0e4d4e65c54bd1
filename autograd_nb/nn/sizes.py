"""Arguments that are one number or one number per spatial dimension."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["consume_prefix_in_state_dict_if_present", "ntuple"]


def ntuple(value: Any, n: int) -> tuple[Any, ...]:
    """Return `value` as a tuple; a single number is repeated `n` times.

    Parameters
    ----------
    value : number or iterable
        An iterable is taken as it is.
    n : int
        Number of spatial dimensions.

    Returns
    -------
    tuple
    """
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(value)
    return (value,) * n


def consume_prefix_in_state_dict_if_present(state_dict: dict[str, Any], prefix: str) -> None:
    """Take a prefix off the names of a state dict, in place.

    Parameters
    ----------
    state_dict : dict
        For example of a model that was wrapped in another.
    prefix : str
        For example ``"module."``.
    """
    for key in list(state_dict):
        if key.startswith(prefix):
            state_dict[key[len(prefix) :]] = state_dict.pop(key)
    metadata = getattr(state_dict, "_metadata", None)
    if metadata is None:
        return
    for key in list(metadata):
        # The wrapper's own entry has no name behind it, and goes; its child's is the prefix less
        # the dot, and becomes the entry of the whole.
        if not key:
            continue
        short = key.replace(prefix, "", 1) if key.startswith(prefix) else None
        if key == prefix.removesuffix("."):
            short = ""
        if short is not None:
            metadata[short] = metadata.pop(key)


def _single(value: Any) -> tuple[Any, ...]:
    return ntuple(value, 1)


def _pair(value: Any) -> tuple[Any, ...]:
    return ntuple(value, 2)


def _triple(value: Any) -> tuple[Any, ...]:
    return ntuple(value, 3)


def _quadruple(value: Any) -> tuple[Any, ...]:
    return ntuple(value, 4)


def _ntuple(n: int, name: str = "parse") -> Callable[[Any], tuple[Any, ...]]:
    def parse(value: Any) -> tuple[Any, ...]:
        return ntuple(value, n)

    parse.__name__ = name
    return parse


def _reverse_repeat_tuple(t: tuple[Any, ...], n: int) -> tuple[Any, ...]:
    return tuple(x for x in reversed(t) for _ in range(n))
