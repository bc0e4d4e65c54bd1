"""The hooks of PyTorch's tensors and nodes: during a pass, each tells one recorder what it did.

PyTorch says nothing of the hooks that it calls.  It keeps them in tables, and calls what stands
there: during a pass each hook stands inside a function that calls it and notes what it did.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograd_nb.observe.behind import FIRES_AS
from autograd_nb.observe.hooktable import Registration

if TYPE_CHECKING:
    from autograd_nb.observe.hooktable import HookRow
    from autograd_nb.observe.sink import Sink


@dataclass(slots=True)
class Registered:
    """A hook in one of PyTorch's tables, found again without keeping it.

    Parameters
    ----------
    kind : str
        As of a `HookRow`; ``"node"`` until it shows on which side of the node it is.
    table : weakref.ref
    key : int
    row : HookRow
    """

    kind: str
    table: weakref.ref[Any]
    key: int
    row: HookRow


class _Teller:
    """Stands in a hook's place during passes: calls the hook, and notes what it did."""

    def __init__(self, tellers: Tellers, found: Registered, fn: Any) -> None:
        self.tellers = tellers
        self.found = found
        self.fn = fn
        self.passes = 1

    def __call__(self, *args: Any) -> Any:
        __tracebackhide__ = True
        result = self.fn(*args)
        self.tellers.told(self.found, self.fn, args, result)
        return result


_standing = threading.Lock()

Swapped = list[tuple[Any, int, _Teller, Any]]
"""Table, key, what stands there now, what stood there before."""


class Tellers:
    """The hooks that one recorder knows of.

    Parameters
    ----------
    recorder : Sink
    listens : callable, optional
        Says whether the pass that runs in this thread is one to tell of.
    """

    def __init__(self, recorder: Sink, listens: Callable[[], bool] = lambda: True) -> None:
        self.recorder = recorder
        self._listens = listens
        self._registered: dict[tuple[int, int], Registered] = {}

    def add(self, kind: str, owner: Any, hook: Any, handle: Any) -> None:
        """Note that the user's code registers a hook now.

        Parameters
        ----------
        kind : str
        owner : Tensor, or None for a node
        hook : callable
        handle : RemovableHandle
        """
        table, key = handle.hooks_dict_ref, handle.id
        registration = Registration(table, key, handle)
        row = self.recorder.hook_registered(kind, owner, hook, registration)
        if row is not None:
            self._registered[id(table()), key] = Registered(kind, table, key, row)

    def find(self, tensors: Iterable[Any]) -> None:
        """Find hooks on tensors that were registered while nobody watched.

        Parameters
        ----------
        tensors : iterable of Tensor
        """
        for tensor in tensors:
            for attribute, kind in (
                ("_backward_hooks", "tensor"),
                ("_post_accumulate_grad_hooks", "post_accumulate"),
            ):
                table = getattr(tensor, attribute, None)
                for key, fn in list((table or {}).items()):
                    if (id(table), key) in self._registered:
                        continue
                    reference = weakref.ref(table)
                    registration = Registration(reference, key)
                    row = self.recorder.hook_found(kind, tensor, fn, registration)
                    if row is not None:
                        self._registered[id(table), key] = Registered(kind, reference, key, row)

    def know(self, rows: Iterable[HookRow]) -> None:
        """Take over the hooks that another recorder has seen.

        Parameters
        ----------
        rows : iterable of HookRow
        """
        for row in rows:
            held = row.registration
            if held is None or row.is_over():
                continue
            kind = FIRES_AS.get(row.kind, row.kind)
            kind = "node" if kind.startswith("node") else kind
            self._registered[id(held.table()), held.key] = Registered(
                kind, held.table, held.key, row
            )

    def clear(self) -> None:
        """Forget all hooks."""
        self._registered.clear()

    def stand_in(self) -> Swapped:
        """Put a teller in the place of each hook.

        Returns
        -------
        list
            For `put_back`.
        """
        swapped: Swapped = []
        for found in list(self._registered.values()):
            table = found.table()
            if table is None or found.key not in table:
                continue
            fn = table[found.key]
            with _standing:
                if isinstance(fn, _Teller):
                    # A pass within a pass, or at the same time: it tells already.
                    if fn.tellers is not self or not fn.passes:
                        continue
                    teller = fn
                    teller.passes += 1
                else:
                    teller = table[found.key] = _Teller(self, found, fn)
            swapped.append((table, found.key, teller, teller.fn))
        return swapped

    def told(self, found: Registered, fn: Any, args: tuple[Any, ...], result: Any) -> None:
        """Hand on what a hook was given and what it returned."""
        if not self._listens():
            return
        kind, row = found.kind, found.row
        if kind == "post_accumulate":
            grad = args[0].grad
            self.recorder.hook_called(kind, args[0], fn, (grad,), (grad,), row)
            return
        if kind == "node":
            kind = "node_pre" if len(args) == 1 else "node_post"
            if row.kind == "node":
                row.kind = kind
        before = args[0] if isinstance(args[0], tuple) else (args[0],)
        after = before
        if result is not None:
            after = result if isinstance(result, tuple) else (result,)
        owner = None if row.target else _current_node()
        self.recorder.hook_called(kind, owner, fn, before, after, row)


def put_back(swapped: Swapped) -> None:
    """Put the hooks back into their places.

    Parameters
    ----------
    swapped : list
        A hook that removed or replaced itself meanwhile stays as it made itself.
    """
    for table, key, teller, fn in swapped:
        with _standing:
            teller.passes -= 1
            if not teller.passes and table.get(key) is teller:
                table[key] = fn
    swapped.clear()


def _current_node() -> Any:
    ask = getattr(getattr(sys.modules.get("torch"), "_C", None), "_current_autograd_node", None)
    return None if ask is None else ask()
