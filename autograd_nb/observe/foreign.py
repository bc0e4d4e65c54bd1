"""PyTorch's backward passes, watched through the grad_fn protocol.

Nothing here imports PyTorch: it is watched only where the user's session has imported it.

Note [What is changed while watching, and put back]
- ``torch.autograd._engine_run_backward``, the one function that ``backward`` and ``grad`` both
  call (PyTorch 2.x): it tells when a pass begins and ends;
- ``Tensor.register_hook``, ``Tensor.register_post_accumulate_grad_hook`` and the function behind
  the hooks of nodes: they tell who registers what, and register it themselves;
- ``_push_saved_tensors_default_hooks``, its counterpart, and ``SavedTensor.register_hooks``, by
  which pairs of saved-tensor hooks are registered: see :mod:`savedhooks`;
- during a pass, the user's hooks stand in their tables inside a function that calls them and notes
  what they did;
- a post-accumulate hook on each leaf that was met counts passes that are not recorded in full;
- anomaly mode without NaN checks, outside of passes, gives nodes the line that made them.  It is
  switched off once a graph of known form has come twice in a row: the lines are known then.
"""

from __future__ import annotations

import functools
import sys
import threading
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from autograd_nb.observe.finder import apart
from autograd_nb.observe.ledger import runs, state_of
from autograd_nb.observe.protocol import is_foreign, roots_of
from autograd_nb.observe.savedhooks import listeners, watch_foreign
from autograd_nb.observe.steps import Ear, listen
from autograd_nb.observe.tellers import Swapped, Tellers, put_back
from autograd_nb.observe.within import note_made

if TYPE_CHECKING:
    from autograd_nb.observe.finder import Running
    from autograd_nb.observe.hooktable import HookRow
    from autograd_nb.observe.recorder import Recorder
    from autograd_nb.observe.snapshot import Walk

_INNER = "_engine_run_backward"
REPEATS_UNTIL_LINES_ARE_KNOWN = 2


def _uncounted() -> int:
    """Stand for the count of nodes, which a PyTorch of another form may lack."""
    return 0


class _Counter(Ear):
    """The hook by which a pass that is only counted learns which leaves it reached.

    It is called for each leaf of each pass.
    """

    __slots__ = ("identity", "recorder")

    def __init__(self, recorder: Recorder, identity: int) -> None:
        super().__init__(recorder.arrived)
        self.recorder = recorder
        self.identity = identity

    def __call__(self, *args: Any) -> None:
        """Note that the leaf was reached."""
        quiet = self.recorder.quiet
        if quiet is not None and quiet.thread == threading.get_ident():
            quiet.arrived.append(self.identity)
        else:
            self.tell(self.identity)


class ForeignSource:
    """The grad_fn protocol of PyTorch, turned into calls of one recorder.

    Parameters
    ----------
    recorder : Recorder
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._undo: list[Callable[[], None]] = []
        self._torch: ModuleType | None = None
        self._tellers = Tellers(recorder)
        self._counted: dict[int, tuple[weakref.ref[Any], Any]] = {}
        self._retained: list[tuple[weakref.ref[Any], Any, HookRow, int]] = []
        self._made_anew: set[int] = set()
        self._busy = False
        self._repeats = 0
        self._here = threading.local()
        self._counts: list[list[int]] = []
        self._older: set[int | None] = set()
        self._originals: dict[str, Any] = {}
        self._register_post: Any = None
        self._own_anomaly = False
        self._passes = 0
        self._sequence: Callable[[], int] = _uncounted
        self._entering = threading.Lock()
        self._may_have_lines = False
        self._checked_nan = True

    # -- life ------------------------------------------------------------------------------

    def attach(self) -> None:
        """Begin to watch, if PyTorch has been imported; a second call does nothing."""
        torch = sys.modules.get("torch")
        if torch is None or self._torch is not None or not hasattr(torch, "autograd"):
            return
        self._torch = torch
        inner = getattr(getattr(torch, "_C", None), "_autograd", None)
        self._sequence = getattr(inner, "_get_sequence_nr", _uncounted)
        self._wrap_engine(torch)
        self._wrap_registration(torch)
        self._replace(torch.Tensor, "retain_grad", self._telling_retain(torch.Tensor.retain_grad))
        watch_foreign(torch, self.recorder.saved_hooks_entered, self._replace)
        listeners.append(self.recorder.saved_hooks_called)
        self._anomaly(True)
        self._here = threading.local()
        self._counts = []
        self._older = {thread.ident for thread in threading.enumerate()}
        self._note_sequence()
        self.recorder.modules.attach(own=False)

    def detach(self) -> None:
        """Put everything back."""
        while self._undo:
            self._undo.pop()()
        for _, handle in self._counted.values():
            handle.remove()
        self._counted.clear()
        self._anomaly(False)
        self._tellers.clear()
        if self.recorder.saved_hooks_called in listeners:
            listeners.remove(self.recorder.saved_hooks_called)
        self._torch = None

    def last_look(self) -> None:
        """Tell the recorder how many operations there were, and from where they count."""
        if self._torch is None:
            return
        self._note_sequence()
        self._tell_retained()
        made = sum(last - first for first, last in self._counts)
        self.recorder.ops += made
        if made:
            self.recorder._first_foreign_sequence = self._counts[0][0]

    def _note_sequence(self) -> None:
        """Note how many nodes this thread has made: PyTorch counts those of each by itself."""
        number = self._sequence()
        count = getattr(self._here, "count", None)
        if count is None:
            older = threading.get_ident() in self._older
            count = self._here.count = [number if older else 0, number]
            self._counts.append(count)
        count[1] = number

    # -- the pass --------------------------------------------------------------------------

    def _wrap_engine(self, torch: Any) -> None:
        original = getattr(torch.autograd, _INNER, None)
        if original is None:
            return

        def run_backward(outputs: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            if threading.get_ident() in apart:
                return original(outputs, *args, **kwargs)
            running = self.recorder.pass_begin(roots_of(outputs))
            if self._made_anew and running is not None and not running.full:
                for leaf, identity in self.recorder.made_anew(self._made_anew) or ():
                    self._count(leaf, identity)
            first = self._sequence()
            swapped = self._enter(running)
            error: BaseException | None = None
            try:
                return original(outputs, *args, **kwargs)
            except BaseException as caught:
                error = caught
                raise
            finally:
                self._leave(running, swapped)
                self._note_sequence()
                if running is not None:
                    note_made(first, self._sequence(), running.origin)
                self.recorder.pass_end(running, error)

        self._replace(torch.autograd, _INNER, run_backward)

    def _enter(self, running: Running | None) -> Swapped:
        """Prepare for a pass: the user's hooks tell, anomaly mode does not."""
        with self._entering:
            self._passes += 1
            if self._own_anomaly:
                self._set_anomaly(False)
        return self._tellers.stand_in() if running is not None else []

    def _leave(self, running: Running | None, swapped: Swapped) -> None:
        put_back(swapped)
        self._tell_retained()
        while running is not None and running.handles:
            running.handles.pop().remove()
        with self._entering:
            self._passes -= 1
            if self._passes or not self._own_anomaly:
                return  # the mode is the process's: another thread's pass may still run
            if self.recorder.active and self._repeats < REPEATS_UNTIL_LINES_ARE_KNOWN:
                self._set_anomaly(True)
            else:
                self._own_anomaly = False

    def watch(self, running: Running, walked: Walk) -> None:
        """Register on every node of a pass that is recorded in full.

        Parameters
        ----------
        running : Running
        walked : Walk
        """
        placement = running.placement
        if self._torch is None or placement is None:
            return
        if walked.ops and not is_foreign(walked.ops[0]):
            return
        if walked.leaves and not isinstance(walked.leaves[0], self._torch.Tensor):
            return
        if placement.known:
            self._repeats += 1
        else:
            self._repeats = 0
            if not self._own_anomaly and self._may_have_lines:
                self._own_anomaly = True
        self._tellers.find(walked.leaves)
        self._busy = True
        try:
            for leaf, identity in zip(walked.leaves, placement.leaves, strict=True):
                self._count(leaf, identity)
            listen(self.recorder, running, walked)
        finally:
            self._busy = False

    def _count(self, leaf: Any, identity: int) -> None:
        """Count the passes that reach a leaf, also those that are not recorded in full."""
        old = self._counted.get(identity)
        if old is not None and old[0]() is leaf:
            return
        if old is not None:
            old[1].remove()
            self._made_anew.add(identity)
        register = self._register_post or leaf.register_post_accumulate_grad_hook
        self._counted[identity] = (
            weakref.ref(leaf),
            register(leaf, _Counter(self.recorder, identity)),
        )

    # -- the user's hooks --------------------------------------------------------------------

    def _wrap_registration(self, torch: Any) -> None:
        kinds = {"register_hook": "tensor", "register_post_accumulate_grad_hook": "post_accumulate"}
        for method, kind in kinds.items():
            self._replace(torch.Tensor, method, self._telling(getattr(torch.Tensor, method), kind))
        self._register_post = self._originals.get("register_post_accumulate_grad_hook")
        mixin = getattr(sys.modules.get("torch.autograd.function"), "_HookMixin", None)
        original = getattr(mixin, "_register_hook", None)
        if mixin is None or original is None:
            return

        def register(table: Any, hook: Any) -> Any:
            table, handle = original(table, hook)
            if not self._busy:
                # Which node it is on, and on which side, shows when it fires.
                self._tellers.add("node", None, hook, handle)
            return table, handle

        self._replace(mixin, "_register_hook", staticmethod(register))

    def _telling(self, original: Any, kind: str) -> Any:
        def register(tensor: Any, hook: Any) -> Any:
            __tracebackhide__ = True
            handle = original(tensor, hook)
            if not self._busy and getattr(handle, "hooks_dict_ref", None) is not None:
                self._tellers.add(kind, tensor, hook, handle)
            return handle

        register.__name__ = original.__name__
        register.__doc__ = original.__doc__
        return register

    def _telling_retain(self, original: Any) -> Any:
        @functools.wraps(original)
        def retain_grad(tensor: Any) -> None:
            __tracebackhide__ = True
            original(tensor)
            if tensor.is_leaf or any(one() is tensor for one, *_ in self._retained):
                return
            row = self.recorder.hook_registered("retain_grad", tensor, None, None)
            if row is not None:
                here = threading.get_ident()
                self._retained.append((weakref.ref(tensor), state_of(tensor.grad), row, here))

        return retain_grad

    def _tell_retained(self) -> None:
        """Tell which tensors that are no leaves have kept a gradient: nothing calls for that."""
        kept, self._retained = self._retained, []
        for reference, before, row, thread in kept:
            # See Note [Whose gradients may be read] in recorder.py.
            if thread != threading.get_ident() and runs(thread):
                self._retained.append((reference, before, row, thread))
                continue
            tensor = reference()
            if tensor is None:
                row.removed = True
                continue
            now = state_of(tensor.grad)
            if now not in (None, before):
                grad = (tensor.grad,)
                self.recorder.hook_called("retain_grad", tensor, None, grad, grad, row)
            self._retained.append((reference, now, row, thread))

    # -- small things ------------------------------------------------------------------------

    def _replace(self, owner: Any, name: str, value: Any) -> None:
        original = owner.__dict__.get(name)  # None where a class above has it
        self._originals[name] = original
        setattr(owner, name, value)

        def undo() -> None:
            if owner.__dict__.get(name) is not value:
                return
            if original is None:
                delattr(owner, name)
            else:
                setattr(owner, name, original)

        self._undo.append(undo)

    def _anomaly(self, on: bool) -> None:
        """Turn anomaly mode on where it was off, and off only where it was turned on here."""
        torch = self._torch
        if torch is None:
            return
        if on:
            self._may_have_lines = not torch.is_anomaly_enabled()
            self._own_anomaly = self._may_have_lines
            if self._own_anomaly:
                self._checked_nan = torch.is_anomaly_check_nan_enabled()
                self._set_anomaly(True)
        elif self._own_anomaly:
            self._own_anomaly = False
            self._set_anomaly(False)

    def _set_anomaly(self, on: bool) -> None:
        assert self._torch is not None
        self._torch.set_anomaly_enabled(on, False if on else self._checked_nan)
