"""Hook tables and the handles that remove a hook again."""

from __future__ import annotations

import itertools
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from . import events

_ids = itertools.count()


class RemovableHandle:
    """Remove a hook with `remove()`, or at the end of a `with` block.

    Attributes
    ----------
    id : int
        The hook's key in its table; keys grow in the order of registration.
    """

    def __init__(self, table: OrderedDict[int, Any], *others: OrderedDict[int, Any]) -> None:
        self.id = next(_ids)
        self.hooks_dict_ref = weakref.ref(table)
        self.others = tuple(weakref.ref(other) for other in others) if others else ()

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        for ref in (self.hooks_dict_ref, *self.others):
            table = ref()
            if (
                table is not None
                and table.pop(self.id, None) is not None
                and events.observer is not None
            ):
                events.observer.hook_removed(self)

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
