"""Calling hooks: in which order, with what, and what their answers mean."""

from __future__ import annotations

from itertools import chain
from sys import getrefcount
from typing import Any
from weakref import WeakValueDictionary

from . import events
from .accumulate import retain
from .hooks import NodeHooks
from .node import Node
from .tensor import Tensor


class Firing:
    """The part of a backward pass that calls hooks.

    Attributes
    ----------
    traced : bool
        Whether gradients are Tensors (`create_graph=True`); arrays are shown as Tensors.
    """

    traced: bool
    _shown: WeakValueDictionary[int, Tensor] | None = None  # by the array's id
    _marked: tuple[Tensor, ...] = ()

    def shown(self, value: Any) -> Any:
        """Return a gradient as hooks see it: of one array the same Tensor, if anyone would notice.

        What a hook puts on it as an attribute, later hooks of this pass find, wherever the
        gradient goes unchanged. So a Tensor that a hook keeps is remembered, and one that has
        attributes stays to the end of the pass.
        """
        if self.traced or value is None:
            return value
        if self._shown is not None:
            found = self._shown.get(id(value))
            if found is not None and found._array is value:
                return found
        return Tensor._wrap(value)

    def remember(self, tensor: Any, holders: int) -> None:
        """Remember what was shown to a hook if more than so many hold it, or it has attributes."""
        if self.traced or tensor is None:
            return
        has_attributes = len(tensor.__dict__) > 1
        if has_attributes or getrefcount(tensor) > holders:
            if self._shown is None:
                self._shown = WeakValueDictionary()
            self._shown[id(tensor._array)] = tensor
            if has_attributes:
                self._marked += (tensor,)

    def before(self, node: Node, grad_outputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Run the hooks that come before a node: tensor hooks, retain_grad, prehooks."""
        hooks = node.hooks
        assert hooks is not None
        found = self.call_hooks_of_tensors(hooks, node, grad_outputs)
        return self.call_pre_hooks(node, found) if hooks.pre else found

    def call_hooks_of_tensors(
        self, hooks: NodeHooks, node: Node, grad_outputs: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        """Run the tensor hooks and retain_grad of a node's outputs."""
        found = list(grad_outputs)
        for nr, table in (*hooks.tensor.items(),):
            # As in PyTorch, the hook of an output that got no gradient is called with None.
            found[nr] = self.call_tensor_hooks("tensor", node, table, found[nr])
        for nr, ref in (*hooks.retain.items(),) if hooks.retain else ():
            tensor = ref()
            if tensor is not None and found[nr] is not None:
                retain(tensor, found[nr], self.traced)
                if events.observer is not None:
                    events.observer.hook_called("retain_grad", tensor, None, (found[nr],), ())
        return tuple(found)

    def call_tensor_hooks(self, kind: str, owner: Any, table: Any, value: Any) -> Any:
        """Pass a gradient through the hooks of a tensor."""
        for fn in list(table.values()):
            before = self.shown(value)
            result = fn(before)
            self.remember(before, 3)
            after = before if before is None else replaced(fn, before, result)
            if events.observer is not None:
                events.observer.hook_called(kind, owner, fn, _arrays((before,)), _arrays((after,)))
            value = after if self.traced or after is None else after._array
        return value

    def call_pre_hooks(self, node: Node, grad_outputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Pass the gradients through the node's prehooks."""
        assert node.hooks is not None
        return self._through(node, "node_pre", node.hooks.pre, grad_outputs, None)

    def call_post_hooks(self, node: Node, grads: Any, grad_outputs: Any) -> tuple[Any, ...]:
        """Pass the results through the node's post hooks."""
        assert node.hooks is not None
        return self._through(node, "node_post", node.hooks.post, tuple(grads), grad_outputs)

    def _through(
        self, node: Node, kind: str, table: Any, values: tuple[Any, ...], second: Any
    ) -> tuple[Any, ...]:
        tensors = tuple(map(self.shown, values))
        extra = () if second is None else (tuple(map(self.shown, second)),)
        for fn in list(table.values()):
            result = fn(tensors, *extra)
            for tensor in (*tensors, *chain(*extra)):
                self.remember(tensor, 5)
            before = tensors
            if result is not None:
                if type(result) is not tuple:
                    raise TypeError(f"expected tuple, but hook returned '{type(result).__name__}'")
                if len(result) != len(tensors):
                    raise RuntimeError(
                        f"hook '{getattr(fn, '__name__', fn)}' has returned an incorrect number of "
                        f"values (got {len(result)}, but expected {len(tensors)})"
                    )
                for value, old in zip(result, tensors, strict=True):
                    if value is not None and not isinstance(value, Tensor):
                        raise TypeError(
                            f"expected Variable, but hook returned '{type(value).__name__}'"
                        )
                    if value is not None and old is None:
                        raise RuntimeError("can't replace a None gradient with a non-None value")
                    if value is not None:
                        _check(fn, old, value)
                tensors = result
            if events.observer is not None:
                events.observer.hook_called(kind, node, fn, _arrays(before), _arrays(tensors))
        return tensors if self.traced else _arrays(tensors)


def replaced(fn: Any, before: Tensor, result: Any) -> Tensor:
    """Return what a hook makes of a tensor: its result, or the tensor itself for None."""
    if result is None:
        return before
    if not isinstance(result, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
    _check(fn, before, result)
    return result


def _check(fn: Any, before: Tensor, result: Tensor) -> None:
    """Raise unless a hook's tensor has the shape and the dtype of the one that it got."""
    if result._array.shape != before._array.shape:
        raise RuntimeError(f"hook '{getattr(fn, '__name__', fn)}' has changed the size of value")
    if result._array.dtype != before._array.dtype:
        raise RuntimeError(
            f"hook '{getattr(fn, '__name__', fn)}' has changed the type of value (was "
            f"{_type(before)} got {_type(result)})"
        )


def _type(tensor: Tensor) -> str:
    """Return the name of a tensor's type, as PyTorch's hooks spell it."""
    name = tensor.dtype.tensor_name
    return f"CPU{name.removesuffix('Tensor')}Type" if tensor.is_complex() else f"torch.{name}"


def _arrays(tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(None if t is None else t._array for t in tensors)
