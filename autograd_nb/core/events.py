"""The engine's one window for whoever watches: a slot that holds an observer, or None.

Off costs one `is not None` test. The arrays that an observer is given belong to the engine;
it must copy what it wants to keep.
"""

from __future__ import annotations

from typing import Any, Protocol


class Observer(Protocol):
    """What the engine tells; every method is called in the thread that does the work.

    An attribute ``nodes`` that is false when a pass has begun spares it `node_begin` and `node_end`
    where they can be spared: that pass runs as fast as if nobody watched.
    """

    def node_created(self, node: Any) -> None:
        """Hear that an operation was recorded."""

    def backward_begin(self, roots: Any, grad_outputs: Any) -> None:
        """Hear that a pass starts from these tensors or gradient edges."""

    def node_begin(self, node: Any, grad_outputs: tuple[Any, ...]) -> None:
        """Hear that a node is about to run."""

    def node_end(self, node: Any, grad_inputs: tuple[Any, ...]) -> None:
        """Hear that a node has run."""

    def hook_called(self, kind: str, owner: Any, fn: Any, before: Any, after: Any) -> None:
        """Hear that a hook was called; before and after are tuples of arrays."""

    def hook_registered(self, kind: str, owner: Any, fn: Any, handle: Any) -> None:
        """Hear that a hook was registered."""

    def saved_hooks_entered(self, hooks: Any, one: bool) -> None:
        """Hear that a pair of saved-tensor hooks serves a block from now on, or one tensor."""

    def saved_hooks_left(self, hooks: Any) -> None:
        """Hear that the block of a pair is over."""

    def saved_hooks_called(self, hooks: Any, word: str, effect: str) -> None:
        """Hear that a pair was asked to `pack` or `unpack`: kept, replaced or raised."""

    def hook_removed(self, handle: Any) -> None:
        """Hear that a hook was removed through its handle."""

    def accumulated(self, tensor: Any, incoming: Any, grad: Any) -> None:
        """Hear that a gradient was added to `.grad`, whose array is `grad`."""

    def grad_cleared(self, tensor: Any, how: str) -> None:
        """Hear that `.grad` was set to None, or to zero."""

    def grads_cleared(self, tensors: list[Any]) -> None:
        """Hear that these are about to have their `.grad` set to None, all at once."""

    def version_bumped(self, tensor: Any, op_name: str) -> None:
        """Hear that a tensor was changed in place, by anything but an optimizer's step."""

    def freed(self, node: Any) -> None:
        """Hear that a node gave up its saved tensors."""

    def backward_end(self, error: BaseException | None) -> None:
        """Hear that a pass is over."""


observer: Observer | None = None
