"""Custom functions inside `vmap`: the user's own rule for a whole batch."""

from __future__ import annotations

from typing import Any, NamedTuple

from . import modes
from .batch import Batched, Level, in_level, levels_of, without
from .tensor import Tensor

_SEE = "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"


class VmapInfo(NamedTuple):
    """What the static method `vmap` is told of the running one."""

    batch_size: int
    randomness: str


def mapped(cls: Any, args: tuple[Any, ...]) -> Any:
    """Call a function's `vmap` on all examples of the innermost level among its arguments.

    Raises
    ------
    RuntimeError
        If a rule is both written and to be generated, or returns something else than an output
        and its dimensions.
    """
    if cls.generate_vmap_rule:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it has both generate_vmap_rule=True and "
            "an overridden vmap staticmethod. Please set generate_vmap_rule=False or delete the "
            f"overridden vmap staticmethod to avoid ambiguity. {_SEE}"
        )
    level = levels_of(args)[-1]
    open_levels = modes.state.levels
    modes.state.levels = open_levels[: open_levels.index(level)]
    try:
        whole = [_whole(arg, level) for arg in args]
        info = VmapInfo(level.size, level.randomness)
        result = cls.vmap(info, tuple(dim for _, dim in whole), *(value for value, _ in whole))
    finally:
        modes.state.levels = open_levels
    if not isinstance(result, tuple) or len(result) != 2:
        got = f"{len(result)} returns" if isinstance(result, tuple) else f"a {type(result)}"
        raise RuntimeError(
            "Expected the vmap staticmethod to have two returns, an output and out_dims with "
            f"pytree structure compatible with the output. Got {got} instead"
        )
    return _examples(*result, level)


def _whole(value: Any, level: Level) -> tuple[Any, Any]:
    """Return an argument without the level, and where its examples lie."""
    if isinstance(value, tuple | list):
        pairs = [_whole(part, level) for part in value]
        return type(value)(part for part, _ in pairs), type(value)(dim for _, dim in pairs)
    if isinstance(value, Batched) and level in value._levels:
        return without(value, (level,)), 0
    return value, None


def _examples(output: Any, dims: Any, level: Level) -> Any:
    """Return what the rule gave as tensors of one example."""
    if isinstance(output, tuple | list):
        each = dims if isinstance(dims, tuple | list) else [dims] * len(output)
        if len(each) != len(output):
            raise RuntimeError(
                "Expected the vmap staticmethod to return an output and out_dims of one structure"
            )
        found = [_examples(*pair, level) for pair in zip(output, each, strict=True)]
        return type(output)(found)
    if not isinstance(output, Tensor) or dims is None:
        return output
    return in_level(output.movedim(dims, 0), level)
