"""What is said below PyTorch's message: the usual cure first, then which tensor and where."""

from __future__ import annotations

import sys
from typing import Any

from . import errors
from .frames import locals_of, user_frame
from .node import Node
from .tensor import Tensor

LEAF = (
    "change {name} inside `with torch.no_grad():`, as an optimizer does, or make a new tensor by "
    "the out-of-place form of the operation."
)
IMPLICIT_GRAD = (
    "reduce {name}, of shape {shape}, to one number first, as by .sum() or .mean(), or pass a "
    "gradient of that shape."
)
NO_PATH = (
    "compute {name} from a tensor that requires grad, outside torch.no_grad(), and without "
    ".detach(), .data, .item() or .numpy() on the way. Setting requires_grad on the result would "
    "not help: the graph would begin there."
)
NOT_REQUIRED = "create {name} with requires_grad=True, before it is used."
UNUSED = (
    "compute the output from {name} itself, not from a copy made before, or by a cell that has to "
    "be run again. allow_unused=True gives None in its place."
)
MODIFIED = (
    "use the out-of-place form of the operation that changed {name}, or change it after the "
    "backward pass."
)
GRADIENTS = (
    "let backward return one value for each argument of forward, of its shape, None where there "
    "is no gradient."
)


def name_of(tensor: Any) -> str:
    """Return the user's name for a tensor, in quotes, or "the tensor"."""
    frame = user_frame(sys._getframe(1))
    array = tensor._array
    for names in (locals_of(frame), frame.f_globals):
        found = [
            name
            for name, value in list(names.items())
            if type(name) is str
            and name[:1] != "_"
            and isinstance(value, Tensor)
            and (value is tensor or value._array is array)
        ]
        if found:
            return f"`{min(found, key=len)}`"
    return "the tensor"


def with_cure(error: Exception, cure: str, tensor: Any = None, node: Any = None) -> Exception:
    """Add the note to an error and return it.

    Parameters
    ----------
    error : Exception
    cure : str
        One of this module.
    tensor : Tensor or SavedOutput, optional
        What the error is about.
    node : Node, optional
        Whose origin is told; the tensor's own if not given.
    """
    lines = ["Usual cure: " + cure]
    if hasattr(tensor, "_array"):
        shape = list(tensor._array.shape)
        lines = ["Usual cure: " + cure.format(name=name_of(tensor), shape=shape)]
        if node is None and isinstance(tensor._node, Node):  # asking a stale view might raise
            node = tensor._node
    where = None if node is None else errors.describe_origin(node.origin)
    if where:
        lines.append(f"{node.name()} was recorded at {where}.")
    error.add_note(" ".join(lines))
    return error
