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


def check_transformable(cls: Any, apart: bool, written: bool) -> None:
    """Raise unless torch.func can transform a custom function as it now does.

    Parameters
    ----------
    cls : subclass of Function
    apart, written : bool
        Whether it has a `setup_context`, and a `vmap`.

    Raises
    ------
    RuntimeError
        If it has none, or inside `vmap` no rule, or two.
    """
    if not apart:
        raise RuntimeError(
            "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, "
            f"jacrev, ...), it must override the setup_context staticmethod. {_SEE}"
        )
    if not any(level.is_transform for level in modes.state.levels):
        return
    if cls.generate_vmap_rule and written:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it has both generate_vmap_rule=True and "
            "an overridden vmap staticmethod. Please set generate_vmap_rule=False or delete the "
            f"overridden vmap staticmethod to avoid ambiguity. {_SEE}"
        )
    if not (cls.generate_vmap_rule or written):
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it does not have vmap support. Please "
            f"override and implement the vmap staticmethod or set generate_vmap_rule=True. {_SEE}"
        )


def mapped(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function's `vmap` on all examples of the innermost level among its arguments.

    Raises
    ------
    RuntimeError
        If the rule returns something else than an output and its dimensions.
    NotImplementedError
        If a tensor is given by keyword.
    """
    if any(isinstance(value, Tensor) for value in kwargs.values()):
        raise NotImplementedError(
            "Run vmap on autograd.Function with kwarg-only Tensor args. Please do not pass "
            f"kwarg-only Tensors to autograd.Function. Got: {kwargs}"
        )
    level = levels_of(args)[-1]
    open_levels = modes.state.levels
    modes.state.levels = open_levels[: open_levels.index(level)]
    try:
        whole = [_whole(arg, level) for arg in args]
        info = VmapInfo(level.size, level.randomness)
        result = cls.vmap(
            info, tuple(dim for _, dim in whole), *(value for value, _ in whole), **kwargs
        )
    finally:
        modes.state.levels = open_levels
    if not isinstance(result, tuple) or len(result) != 2:
        got = f"{len(result)} returns" if isinstance(result, tuple) else f"a {type(result)}"
        raise RuntimeError(
            "Expected the vmap staticmethod to have two returns, an output and out_dims with "
            f"pytree structure compatible with the output. Got {got} instead"
        )
    output, dims = result
    if not _fit(output, dims):
        raise RuntimeError(
            "The autograd.Function's vmap staticmethod returned an incompatible (output, out_dims) "
            f"tuple. Expected out_dims={dims} to be compatible with the structure of `output`. "
            f"{_SEE}"
        )
    return _examples(output, dims, level)


def _fit(output: Any, dims: Any) -> bool:
    """Say whether there is a dimension for every part of an output."""
    if dims is None or isinstance(dims, int):
        return True
    if not isinstance(output, tuple | list) or type(dims) is not type(output):
        return False
    return len(dims) == len(output) and all(map(_fit, output, dims))


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
        found = [_examples(*pair, level) for pair in zip(output, each, strict=True)]
        return type(output)(found)
    if not isinstance(output, Tensor) or dims is None:
        return output
    return in_level(output.movedim(dims, 0), level)
