"""What a custom function's forward may not do."""

from __future__ import annotations

from typing import Any

from .tensor import Tensor
from .view import DEFAULT
from .warn import warn


def check_saved_inputs(ctx: Any, args: tuple[Any, ...], output: Any) -> None:
    """Refuse to save an input that forward, without `ctx`, returned as it is."""
    outputs = output if isinstance(output, tuple) else (output,)
    for tensor in ctx._to_save:
        if (
            any(tensor is o for o in outputs)
            and any(tensor is a for a in args)
            and not any(tensor is d for d in ctx._dirty)
        ):
            raise RuntimeError(
                "An input that has been returned as-is as output is being saved for backward. This "
                "is not supported if you override setup_context. You should return and save a view "
                "of the input instead, e.g. with x.view_as(x) or setup ctx inside the forward "
                "function itself."
            )


def check_dirty(ctx: Any, args: tuple[Any, ...], outputs: list[Any], recorded: bool) -> None:
    """Count what `mark_dirty` marks as changed; refuse marks that the graph cannot express."""
    for tensor in ctx._dirty:
        if not isinstance(tensor, Tensor):
            raise RuntimeError("mark_dirty can only accept variables, but argument")
        tensor._bump_version(ctx.name())
        if not any(tensor is o for o in outputs):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as "
                "output. The inputs that are modified inplace must all be outputs of the Function."
            )
        if not any(tensor is a for a in args):
            message = (
                "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors "
                "that have been mutated should be passed to ctx.mark_dirty()."
            )
            if getattr(tensor, "_view", None) is not None:
                raise RuntimeError(message)
            warn(message)
        several = recorded and sum(isinstance(o, Tensor) for o in outputs) > 1
        if several and tensor._view is not None and tensor._view.creation == DEFAULT:
            raise RuntimeError(
                "If your Function modifies inplace an input that is a view of another Tensor, your "
                "Function cannot return more than one Tensor. This is not supported by the current "
                "autograd engine. You should either make sure the input is not a view (using "
                ".clone() for example) or make your Function only return one Tensor (potentially "
                "splitting it into two Functions: one doing the inplace that returns a single "
                "Tensor and a second one that does the other operations). You can ask on the forum "
                "https://discuss.pytorch.org/ if you need help to do this change."
            )


def check_pure_view(ctx: Any, outputs: list[Any]) -> None:
    """Refuse `ctx._is_pure_view` for anything but one tensor in, one out."""
    if ctx._is_pure_view and (
        sum(ctx._is_tensor) != 1 or sum(isinstance(o, Tensor) for o in outputs) != 1
    ):
        raise RuntimeError(
            "Pure view custom Function can only have one input Tensor and one output Tensor. Open "
            "an issue if you need to support more."
        )
