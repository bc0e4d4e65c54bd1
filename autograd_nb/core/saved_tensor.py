"""`grad_fn._raw_saved_self`: one saved tensor of a node, where hooks can be put on it alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import events
from .node import Node, second_backward
from .saved import Freed, SavedHooks, SavedMask, SavedNumber, SavedOutput, SavedPacked
from .tensor import Tensor

_FREED = (
    "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values "
    "of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to "
    "access saved variables after calling backward."
)


class SavedTensor:
    """A saved tensor; `grad_fn._raw_saved_<name>` gives one, nothing else does.

    Attributes
    ----------
    data : object
        What is kept: the result of the pack hook, the input itself, or the output detached.
    unpack_hook : callable or None
    """

    __slots__ = ("_index", "_node", "_part")
    __module__ = "torch._C._autograd"

    _node: Node
    _index: int
    _part: int | None  # where the saved value is a list of tensors

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("Trying to create a SavedTensor object from Python is forbidden.")

    @property
    def data(self) -> Any:
        """What is kept."""
        value = self._value()
        if type(value) is SavedPacked:
            return value.packed
        if type(value) is SavedOutput:
            return Tensor._wrap(value.array(self._node))
        return None if value is None else value.unpack(self._node)

    @property
    def unpack_hook(self) -> Any:
        """The hook that unpacks it, or None."""
        value = self._value()
        return value.unpack_hook if type(value) is SavedPacked else None

    def unpack(self) -> Any:
        """Return the tensor, with its history."""
        value = self._value()
        return None if value is None else value.unpack(self._node)

    def register_hooks(self, *hooks: Any) -> None:
        """Keep ``pack(tensor)`` instead of the tensor; ``unpack`` of that is used in backward.

        Parameters
        ----------
        pack_hook, unpack_hook : callable

        Raises
        ------
        RuntimeError
            If there is no tensor any more, it is None, it has hooks, or `pack_hook` changes it.
        TypeError
            If the arguments are not two callables.
        """
        if len(hooks) != 2 or not all(map(callable, hooks)):
            raise TypeError(
                "register_hooks(): incompatible function arguments. The following argument types "
                "are supported:\n    1. (self: torch._C._autograd.SavedTensor, arg0: "
                "collections.abc.Callable, arg1: collections.abc.Callable) -> None\n\nInvoked "
                "with: " + ", ".join(map(repr, (self, *hooks)))
            )
        node = self._node
        if type(node.saved) is Freed:
            raise RuntimeError(_FREED)
        value = self._value()
        if value is None:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor with value None is forbidden"
            )
        if type(value) is SavedPacked:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: "
                "only one pair of hooks is allowed at a time."
            )
        output_nr = None
        if type(value) is SavedOutput:
            tensor, output_nr = Tensor._wrap(value.array(node)), value.output_nr
        elif type(value) is SavedNumber:
            tensor = Tensor._wrap(np.asarray(value.number))
        else:
            tensor = value.unpack(node)
        pair = SavedHooks(*hooks)
        if events.observer is not None:
            events.observer.saved_hooks_entered(pair, True)
        self._replace(SavedPacked(tensor, pair, output_nr))

    def _value(self) -> Any:
        node = self._node
        if type(node.saved) is Freed:
            raise second_backward(node, node.saved)
        value = node.saved_values()[self._index]
        if self._part is None:
            return value
        part = value.items[self._part]
        return part.mask if type(part) is SavedMask else part

    def _replace(self, value: SavedPacked) -> None:
        node: Any = self._node
        if self._part is not None:
            items = node.saved_values()[self._index].items
            if type(items[self._part]) is SavedMask:
                items[self._part].mask = value
            else:
                items[self._part] = value
            return
        saved = list(node.saved_values())
        saved[self._index] = value
        node.make_usual()
        node.saved = tuple(saved)


def raw(node: Node, index: int, part: int | None = None) -> SavedTensor:
    """Return the saved value of a node at a place, as a SavedTensor."""
    found = object.__new__(SavedTensor)
    found._node, found._index, found._part = node, index, part
    return found


__all__ = ["SavedTensor", "raw"]
