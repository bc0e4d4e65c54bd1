"""What is made inside a function that torch.func differentiates, and what that captured.

Note [Made inside]
    PyTorch wraps every tensor that is made while such a function runs, and unwraps what leaves it.
    Here tensors stay what they are: one with a history was made inside a transformation if its node
    is younger than that, and one without is told in which it was made (`told`).
    A variable knows the tensor that it stands for (`_stands_for`).
"""

from __future__ import annotations

from typing import Any

from . import errors, modes
from .node import AccumulateGrad, Node, edge_pair, next_sequence_nr

_state = modes.state


class Transform:
    """One that runs, of which derivatives are asked.

    Attributes
    ----------
    depth : int
        1 for the outermost, levels of `vmap` counted.
    first : int
        Nodes that are made inside have this sequence number or a greater one.
    """

    def __init__(self) -> None:
        self.depth = len(_state.levels) + len(_state.transforms) + 1
        self.first = next_sequence_nr()


def told(tensor: Any) -> None:
    """Tell a new tensor without history what runs."""
    if _state.inference and tensor._view is None:
        tensor._inference = tensor._odd = True
    tensor._made_in = _state.transforms


def around(tensor: Any) -> tuple[Transform, ...]:
    """Return the running transformations inside which a tensor was made, the outermost first."""
    running = _state.transforms
    if not running:
        return ()
    if tensor._stands_for is not None:
        transform, source = tensor._stands_for
        return (*around(source), transform) if transform in running else around(source)
    plain = getattr(tensor, "_value", tensor)
    node = plain._node
    if isinstance(node, Node):
        return tuple(t for t in running if t.first <= node.sequence_nr)
    return tuple(t for t in running if t in plain._made_in)


def leads_outside(tensor: Any) -> bool:
    """Say whether a tensor was computed from a leaf that stands for no other."""
    first = tensor._node
    if not isinstance(first, Node):
        return tensor.requires_grad and tensor._stands_for is None
    seen, waiting = {first}, [first]
    while waiting:
        node = waiting.pop()
        if isinstance(node, AccumulateGrad) and node.variable._stands_for is None:
            return True
        for edge in node.edges:
            other, _ = edge_pair(edge)
            if other is not None and other not in seen:
                seen.add(other)
                waiting.append(other)
    return False


def stand_in(source: Any, tensor: Any) -> Any:
    """Return `tensor`, which stands for another inside the innermost transformation."""
    tensor._stands_for = _state.transforms[-1], source
    plain = getattr(tensor, "_value", tensor)
    plain._stands_for = tensor._stands_for
    return tensor


def alias(source: Any) -> Any:
    """Return what stands for an argument that is not differentiated: the same, but made inside."""
    plain = getattr(source, "_value", source)
    plain._nd()
    plain._counter()
    found = source._twin()
    if plain is source:
        found._set_edge(source._edge())
        found._grad = None
    return stand_in(source, found)


# PyTorch's spelling of what has several forms; elsewhere the function's name says it.
_OF_TENSORS = "add sub mul div remainder atan2 masked_fill".split()
_OF_EITHER = (
    "fill pow eq ne lt le gt ge fmod floor_divide bitwise_and bitwise_or bitwise_xor lerp".split()
)


def _overload(name: str, operands: Any) -> str:
    if name in _OF_TENSORS:
        return ".Tensor"
    if name in _OF_EITHER:
        return ".Tensor" if any(hasattr(x, "_array") for x in operands) else ".Scalar"
    return ""


def refuse_captured(tensor: Any, name: str, operands: Any = ()) -> None:
    """Raise if a tensor that is to be changed was made outside a function that is transformed.

    Raises
    ------
    RuntimeError
        Then; also where it is a view of such a tensor.
    """
    plain = getattr(tensor, "_value", tensor)
    owner = tensor
    if tensor._stands_for is None and plain._view is not None:
        owner = plain._view.base
    if around(owner) != _state.transforms:
        spelling = f"{name.removesuffix('_')}_{_overload(name, operands)}"
        raise RuntimeError(errors.MUTATES_CAPTURED.format(spelling))
