"""Events of this package's engine, handed to recorders."""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from time import perf_counter
from typing import TYPE_CHECKING, Any

from autograd_nb.core import events, modes
from autograd_nb.observe.detail import note_change
from autograd_nb.observe.hooktable import Registration
from autograd_nb.observe.protocol import roots_of

if TYPE_CHECKING:
    from autograd_nb.observe.finder import Running
    from autograd_nb.observe.recorder import Recorder
    from autograd_nb.observe.snapshot import Walk


FILLS = frozenset({"zero", "refill_scalar", "refill_tensor"})
"""Operations in place that can leave zeros alone."""


class OwnSource:
    """An observer of the engine that feeds one recorder.

    Parameters
    ----------
    recorder : Recorder
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._home = get_ident()

    def attach(self) -> None:
        """Take part in the engine's one observer slot."""
        others = _observers()
        if self not in others:
            _install([*others, self])
            self.recorder.modules.attach(own=True)

    def detach(self) -> None:
        """Leave the slot."""
        _install([other for other in _observers() if other is not self])

    def watch(self, running: Running, walked: Walk) -> None:
        """Do nothing: the engine tells of its nodes by itself."""

    def last_look(self) -> None:
        """Do nothing: the engine has told everything."""

    # -- the observer, as core.events describes it ------------------------------------------

    @property
    def nodes(self) -> bool:
        """Whether this pass is recorded node by node; the engine asks once it has begun."""
        return self.recorder.full_passes > 0

    def node_created(self, node: Any) -> None:
        """Count an operation, and now and then let the recorder look at the graph."""
        recorder = self.recorder
        recorder.ops += 1
        if get_ident() != self._home:
            recorder.modules.made_elsewhere(node)
        if perf_counter() >= recorder.next_growth:
            recorder.grown(node)

    def backward_begin(self, roots: Any, grad_outputs: Any) -> None:
        """Pass on that a pass begins."""
        self.recorder.pass_begin(roots_of(roots), tells=True)

    def node_begin(self, node: Any, grad_outputs: tuple[Any, ...]) -> None:
        """Pass on that a node runs."""
        if self.recorder.full_passes:
            self.recorder.step_begin(node, grad_outputs)

    def node_end(self, node: Any, grad_inputs: tuple[Any, ...]) -> None:
        """Pass on what a node sent."""
        if self.recorder.full_passes:
            self.recorder.step_end(node, grad_inputs)

    def hook_called(self, kind: str, owner: Any, fn: Any, before: Any, after: Any) -> None:
        """Pass on that a hook fired."""
        self.recorder.hook_called(kind, owner, fn, *_seen(kind, owner, before, after))

    def hook_registered(self, kind: str, owner: Any, fn: Any, handle: Any) -> None:
        """Pass on that a hook was registered."""
        registration = Registration(handle.hooks_dict_ref, handle.id, handle)
        self.recorder.hook_registered(kind, owner, fn, registration)

    def saved_hooks_entered(self, hooks: Any, one: bool) -> None:
        """Pass on that a pair of saved-tensor hooks was registered."""
        self.recorder.saved_hooks_entered(hooks.pack, hooks.unpack, one=one, pair=hooks)

    def saved_hooks_left(self, hooks: Any) -> None:
        """Note that the block of a pair is over."""
        row = self.recorder.hooks.pairs.get(hooks)
        if row is not None:
            row.removed = True

    def saved_hooks_called(self, hooks: Any, word: str, effect: str) -> None:
        """Pass on that a tensor was packed or unpacked."""
        _tell_of_pair(self.recorder, hooks, word, effect)

    def hook_removed(self, handle: Any) -> None:
        """Do nothing: a row asks by itself whether its hook still exists."""

    def accumulated(self, tensor: Any, incoming: Any, grad: Any) -> None:
        """Pass on that a leaf's gradient grew."""
        quiet = self.recorder.quiet
        if quiet is not None and quiet.thread == get_ident():
            quiet.leaves.append(tensor)  # called for each leaf of each pass
        else:
            self.recorder.accumulated(tensor, incoming, grad)

    def grad_cleared(self, tensor: Any, how: str) -> None:
        """Pass on that a leaf's gradient was cleared."""
        self.recorder.cleared(tensor, how)

    def grads_cleared(self, tensors: list[Any]) -> None:
        """Pass on that the gradients of several leaves are cleared."""
        self.recorder.cleared_together(tensors)

    def version_bumped(self, tensor: Any, op_name: str) -> None:
        """Pass on what may have set a gradient to zero, and remember who overwrites."""
        if modes.state.grad_enabled:
            note_change(tensor)
        if op_name in FILLS and not tensor.requires_grad:
            self.recorder.filled(tensor)

    def freed(self, node: Any) -> None:
        """Do nothing: what was freed is read from the nodes when the pass is over."""

    def backward_end(self, error: BaseException | None) -> None:
        """Pass on that a pass ended."""
        self.recorder.pass_end(None, error)


class HookSource:
    """An observer of the engine that hands on what hooks do, and nothing else.

    Parameters
    ----------
    recorder : Recorder
    listens : callable
        Says whether the pass that runs in this thread is one to tell of.
    """

    nodes = False

    def __init__(self, recorder: Recorder, listens: Callable[[], bool]) -> None:
        self.recorder = recorder
        self._listens = listens

    def attach(self) -> None:
        """Take part in the engine's one observer slot."""
        _install([*_observers(), self])

    def detach(self) -> None:
        """Leave the slot."""
        _install([other for other in _observers() if other is not self])

    def hook_called(self, kind: str, owner: Any, fn: Any, before: Any, after: Any) -> None:
        """Pass on that a hook fired."""
        if self._listens():
            self.recorder.hook_called(kind, owner, fn, *_seen(kind, owner, before, after))

    def saved_hooks_called(self, hooks: Any, word: str, effect: str) -> None:
        """Pass on that a tensor was packed or unpacked."""
        if self._listens():
            _tell_of_pair(self.recorder, hooks, word, effect)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return _no_interest


def _seen(kind: str, owner: Any, before: Any, after: Any) -> tuple[Any, Any]:
    """Return the gradients before and after a hook, of those too that cannot change one."""
    if kind == "post_accumulate":
        before = (owner._grad._array,) if owner._grad is not None else ()
    return before, before if kind in {"post_accumulate", "retain_grad"} else after


def _tell_of_pair(recorder: Recorder, hooks: Any, word: str, effect: str) -> None:
    row = recorder.hooks.pairs.get(hooks)
    if row is not None:
        recorder.saved_hooks_called(row, word, effect)


def _no_interest(*args: Any) -> None:
    """Hear of anything else."""


class FanOut:
    """Several observers in the engine's one slot.

    Parameters
    ----------
    observers : list
        Each has the methods of ``core.events.Observer``.
    """

    def __init__(self, observers: list[Any]) -> None:
        self.observers = observers

    @property
    def nodes(self) -> bool:
        """Whether one of them wants to hear of nodes."""
        return any(getattr(observer, "nodes", True) for observer in self.observers)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        methods = [getattr(observer, name) for observer in self.observers]

        def tell_all(*args: Any) -> None:
            for method in methods:
                method(*args)

        # Kept on the instance: the next event finds it without coming here.
        setattr(self, name, tell_all)
        return tell_all


def _observers() -> list[Any]:
    present = events.observer
    if present is None:
        return []
    return list(present.observers) if isinstance(present, FanOut) else [present]


def _install(observers: list[Any]) -> None:
    slot: Any = None
    if observers:
        slot = observers[0] if len(observers) == 1 else FanOut(observers)
    events.observer = slot


__all__ = ["FanOut", "HookSource", "OwnSource"]
