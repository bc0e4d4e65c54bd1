"""Hook tables and the handles that remove a hook again."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from . import events
from .warn import warn


class RemovableHandle:
    """Remove a hook with `remove()`, or at the end of a `with` block.

    Parameters
    ----------
    hooks_dict : dict
        The table that the hook is put into, under the handle's `id`; held weakly.
    extra_dict : dict or list of dict, optional
        Further tables that may hold the same key; removing the hook removes it there too.

    Attributes
    ----------
    id : int
        The hook's key in its table; keys grow in the order of registration.
    """

    id: int
    next_id: int = 0

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        self.extra_dict_ref: tuple[weakref.ref[Any], ...] = ()
        if extra_dict is not None:
            extra = [extra_dict] if isinstance(extra_dict, dict) else extra_dict
            self.extra_dict_ref = tuple(weakref.ref(table) for table in extra)

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        table = self.hooks_dict_ref()
        if table is not None and table.pop(self.id, None) is not None:
            for ref in self.extra_dict_ref:
                marks = ref()
                if marks is not None:
                    marks.pop(self.id, None)
            if events.observer is not None:
                events.observer.hook_removed(self)

    def __getstate__(self) -> tuple[Any, ...]:
        return self.hooks_dict_ref(), self.id, tuple(ref() for ref in self.extra_dict_ref)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        table, self.id, extra = state
        # A table that is gone leaves a dead reference behind: nothing else holds this fresh one.
        self.hooks_dict_ref = weakref.ref(OrderedDict() if table is None else table)
        self.extra_dict_ref = tuple(weakref.ref(marks) for marks in extra)
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


class HookTable(OrderedDict[int, Callable[..., Any]]):
    """Hooks by id, in order of registration; a subclass, because weak references need one."""

    def add(self, kind: str, owner: Any, fn: Callable[..., Any]) -> RemovableHandle:
        """Register `fn` and return its handle."""
        handle = RemovableHandle(self)
        self[handle.id] = fn
        if events.observer is not None:
            events.observer.hook_registered(kind, owner, fn, handle)
        return handle


class NodeHooks:
    """The hooks of one node.

    Attributes
    ----------
    tensor : dict of int to HookTable
        Hooks on the tensor that is output `nr`, run before the node.
    retain : dict of int to weakref
        The tensors, by output number, whose `.grad` is to be filled (`retain_grad`).
    pre, post : HookTable or None
        Hooks registered on the node itself; None before the first.
    """

    __slots__ = ("post", "pre", "retain", "tensor")

    def __init__(self) -> None:
        self.tensor: dict[int, HookTable] = {}
        self.retain: dict[int, weakref.ref[Any]] = {}
        self.pre: HookTable | None = None
        self.post: HookTable | None = None

    def of_tensor(self, output_nr: int) -> HookTable:
        """Return the table of an output, made when first asked for."""
        found = self.tensor.get(output_nr)
        if found is None:
            found = self.tensor[output_nr] = HookTable()
        return found

    def before(self) -> HookTable:
        """Return the table of prehooks, made when first asked for."""
        if self.pre is None:
            self.pre = HookTable()
        return self.pre

    def after(self) -> HookTable:
        """Return the table of post hooks, made when first asked for."""
        if self.post is None:
            self.post = HookTable()
        return self.post


def warn_if_has_hooks(tensor: Any) -> None:
    """Warn of each hook of `tensor` that saving the tensor would lose.

    Parameters
    ----------
    tensor : Tensor
        It may have backward hooks.
    """
    of_node: NodeHooks | None = getattr(tensor._node, "hooks", None)
    found = tensor._backward_hooks
    if of_node is not None:
        found = of_node.tensor.get(tensor._output_nr)
    for hook in (found or {}).values():
        if not hasattr(hook, "__torch_unserializable__"):
            warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, "
                "you can decorate the function with @torch.utils.hooks.unserializable_hook to "
                "suppress this warning",
            )
