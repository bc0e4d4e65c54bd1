"""Forward mode of custom functions: what the user's `jvp` gets, and what it must return."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import modes
from .dispatch import dual_levels_of
from .saved import SavedInput
from .tensor import Tensor


class at_level:
    """Within the block, tangents of inner levels of forward mode are hidden.

    Parameters
    ----------
    level : int
        The innermost that shows; 0 hides all.
    """

    def __init__(self, level: int) -> None:
        self.level = level

    def __enter__(self) -> None:
        self._previous = modes.state.dual_level
        modes.state.dual_level = self.level

    def __exit__(self, *exc: object) -> None:
        modes.state.dual_level = self._previous


def no_tangents() -> at_level:
    """Hide the tangents of the innermost level; those of the levels around it still propagate."""
    levels = modes.state.dual_levels
    return at_level(max((n for n in levels if n < modes.state.dual_level), default=0))


def with_tangents_of(tensor: Tensor, source: Tensor) -> Tensor:
    """Return `tensor` with the tangents that show of another."""
    from .forward_ad import set_tangent

    for level in dual_levels_of([source]):
        with at_level(level):
            set_tangent(tensor, source._tangent)
    return tensor


def propagate(cls: Any, ctx: Any, args: tuple[Any, ...], output: Any) -> None:
    """Give the outputs of a custom function the tangents that its `jvp` computes.

    Raises
    ------
    RuntimeError
        If `jvp` does not return one tangent per output, of its kind: None for an output without
        derivative, a view for a view, the changed tangent itself for a changed input.
    """
    from .forward_ad import set_tangent

    given = [_tangent(a, ctx._materialize) for a in args]
    versions = [None if t is None else t._version for t in given]
    backward_saved, ctx.saved = ctx.saved, tuple(SavedInput(t) for t in ctx._for_forward)
    to_save, ctx._to_save = ctx._to_save, ()
    try:
        with no_tangents():
            found = cls.jvp(ctx, *given)
    finally:
        ctx.saved, ctx._to_save = backward_saved, to_save
    tangents = found if isinstance(found, tuple) else (found,)
    outputs = output if isinstance(output, tuple) else (output,)
    for i, tangent in enumerate(tangents):
        if tangent is not None and not isinstance(tangent, Tensor):
            raise RuntimeError(
                f"expected Variable or None (got {type(tangent).__name__}) for grad output {i}."
            )
    if len(tangents) != len(outputs):
        raise RuntimeError(
            "Function's jvp returned an invalid number of forward gradients (expected "
            f"{len(outputs)} but got {len(tangents)})"
        )
    flat = {id(t) for t in ctx._non_differentiable}
    for i, (out, tangent) in enumerate(zip(outputs, tangents, strict=True)):
        if not isinstance(out, Tensor) or out._array.dtype.kind not in "fc" or id(out) in flat:
            if tangent is not None:
                raise RuntimeError(
                    f"Function's jvp returned a gradient at position {i}, but the corresponding "
                    "forward output is not a differentiable Tensor.You should return None at that "
                    "position instead."
                )
        elif tangent is not None:
            _check_kind(ctx, args, given, versions, out, tangent)
            set_tangent(out, tangent)


def _tangent(value: Any, materialize: bool) -> Any:
    """Return the tangent of an argument; zeros where a tensor has none."""
    if not isinstance(value, Tensor):
        return None
    if value._tangent is None and materialize and value._array.dtype.kind in "fc":
        return Tensor._wrap(np.zeros_like(value._array))
    return value._tangent


def _check_kind(
    ctx: Any,
    args: tuple[Any, ...],
    given: list[Any],
    versions: list[Any],
    out: Tensor,
    tangent: Tensor,
) -> None:
    """Compare how an output hangs together with an input to how their tangents do."""
    if tangent._array.shape != out._array.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original "
            f"Tensor, this is not supported. Tensor is of size {list(out.shape)} while the given "
            f"forward gradient is of size {list(tangent.shape)}."
        )
    if any(out is t for t in ctx._dirty):
        place = next(i for i, a in enumerate(args) if a is out)
        if tangent is not given[place] or tangent._version == versions[place]:
            raise RuntimeError(
                "An inplace custom Function is not modifying the forward mode gradients inplace. "
                "If the forward is modifying an input inplace, then the jvp function must modify "
                "the corresponding gradient inplace."
            )
        return
    if out._view is None:
        return
    base = out._view.base
    for value, its_tangent in zip(args, given, strict=True):
        if not isinstance(value, Tensor) or its_tangent is None:
            continue
        if value is not base and (value._view is None or value._view.base is not base):
            continue
        if tangent._view is None:
            raise RuntimeError(
                "A custom Function's forward is returning a view (or an input as-is) but the jvp "
                "is not returning a view."
            )
        # A dual tensor is itself a view, of its primal: what tells is whether its tangent is one.
        if its_tangent._view is None and tangent._view.base is not its_tangent:
            raise RuntimeError(
                "A custom Function is returning a view but the jvp is not returning a view of the "
                "given grad input."
            )
        if its_tangent._view is not None and tangent._view.base is not its_tangent._view.base:
            raise RuntimeError(
                "A custom Function is returning a view but the jvp is not returning a view of the "
                "same base as the given grad input."
            )
        return
