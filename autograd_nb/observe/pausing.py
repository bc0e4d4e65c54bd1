"""A backward pass that stops before each node, for as long as the user likes.

The pass is a real one, of either engine: ``loss.backward()`` runs in a thread of its own, and a
prehook on every node holds that thread until it may go on.  Whoever steps is free meanwhile: the
notebook's cells run, look at ``.grad``, or do nothing.

Note [Who waits for whom]
The thread of the pass waits in a prehook, where both engines have let go of everything else.
``next``, ``to`` and ``end`` let it go on and wait until it stops again; an interrupt ends only that
waiting, and the pass then stops before the next node that it comes to.  Aborting raises
`StepAborted` in the prehook, so that gradients, saved tensors and modes end as after any
exception in a hook at that point.  The thread is a daemon and is aborted at exit: a pass that is
forgotten keeps no interpreter alive.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self

from autograd_nb.core.hooks import HookTable
from autograd_nb.observe.carry import carried
from autograd_nb.observe.cells import caller_frame
from autograd_nb.observe.finder import Running, apart, one_line
from autograd_nb.observe.graph import Graph, GraphNode, Json
from autograd_nb.observe.hooktable import HookRow
from autograd_nb.observe.own import HookSource
from autograd_nb.observe.protocol import is_foreign, is_tensor
from autograd_nb.observe.recorder import Recorder, measure
from autograd_nb.observe.savedhooks import listeners
from autograd_nb.observe.snapshot import Walk
from autograd_nb.observe.steps import listen
from autograd_nb.observe.tellers import Swapped, Tellers, put_back

TICK = 0.05
"""Seconds between two looks at a pass that runs on."""

PATIENCE = 5.0
"""Seconds that closing waits for a node that is still running."""


class StepError(RuntimeError):
    """What was asked of a stepper cannot be done; the pass is as it was."""


class StepAborted(BaseException):
    """Raised inside a paused pass to end it.

    No Exception: a custom Function that catches those must not catch this.
    """


class StepRecorder(Recorder):
    """Records one pass, through hooks on its nodes and what the user's hooks do.

    Parameters
    ----------
    wait : callable
        Called with the place of each node before it runs.
    listens : callable
        Says whether this thread runs the pass.
    **options
        As for `Recorder`.
    """

    listens_to_all = False

    def __init__(
        self, wait: Callable[[int], None], listens: Callable[[], bool], **options: Any
    ) -> None:
        super().__init__(**options)
        self._wait = wait
        self._listens = listens
        self._own = HookSource(self, listens)
        self._tellers = Tellers(self, listens)
        self._swapped: Swapped = []

    def make_sources(self) -> list[Any]:
        """Make the one source: the recorder itself."""
        return [self]

    def watch(self, running: Running, walked: Walk) -> None:
        """Register on every node of the pass, and let the user's hooks tell."""
        listen(self, running, walked, self._wait)
        if not walked.ops or not is_foreign(walked.ops[0]):
            self._own.attach()
            return
        self._tellers.know(
            row
            for row in self.hooks.rows.values()
            if row.registration is not None and not isinstance(row.registration.table(), HookTable)
        )
        named = self._names().tensors.values()
        self._tellers.find([*walked.leaves, *(one for one in named if is_foreign(one.grad_fn))])
        self._swapped = self._tellers.stand_in()
        listeners.append(self._unpacked)

    def _unpacked(self, row: HookRow, word: str, effect: str) -> None:
        if self._listens():
            self.saved_hooks_called(row, word, effect)

    def runs_here(self, running: Running) -> bool:
        """Tell whether this thread runs the pass, and no pass that one of its hooks called."""
        return self._listens() and super().runs_here(running)

    def may_look(self, identity: int) -> bool:
        """Allow it: the thread of the pass looks itself, or is held meanwhile."""
        return True

    def attach(self) -> None:
        """Do nothing: there is nothing to watch but the pass."""

    def detach(self) -> None:
        """Leave the user's hooks alone again; the stepper removes those on the nodes."""
        self._own.detach()
        put_back(self._swapped)
        if self._unpacked in listeners:
            listeners.remove(self._unpacked)

    def last_look(self) -> None:
        """Do nothing: every step was told."""


_current: PausedPass | None = None
_starting = threading.Lock()


def current() -> PausedPass | None:
    """Return the pass that is paused or runs on, if there is one.

    Returns
    -------
    PausedPass or None
    """
    return _current


class PausedPass:
    """The pass itself: its thread, its turns, and how it ends.

    Parameters
    ----------
    tensor, gradient, retain_graph, create_graph, name, namespace, cell, arrange
        As for `Stepper`.
    """

    def __init__(
        self,
        tensor: Any,
        gradient: Any = None,
        *,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        name: str = "the tensor",
        namespace: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None,
        cell: str = "",
        arrange: Callable[[Graph], Json] | None = None,
    ) -> None:
        if not is_tensor(tensor):
            raise StepError(f"{name} is a {type(tensor).__name__}, not a tensor")
        if not tensor.requires_grad:
            raise StepError(f"{name} has no graph: nothing that it was computed from requires grad")
        if tensor.grad_fn is None:
            raise StepError(
                f"{name} is a leaf: no operation made it, so a backward from it has no step"
            )
        self.name = name
        self.recorder = StepRecorder(
            self._reach,
            self._is_of_the_pass,
            namespace=namespace,
            cell=cell,
            arrange=arrange,
            keep=1,
        )
        # A partial and no function of ours: an error's traceback shows the user's frames.
        call = partial(tensor.backward, gradient, retain_graph, create_graph)
        self._begin: tuple[Any, Callable[[], Any]] | None = tensor, call
        self._turn = threading.Condition()
        self._thread: threading.Thread | None = None
        self._state = "running"
        self._note = ""
        self._error: BaseException | None = None
        self._place: int | None = None
        self._done: list[int] = []
        self._left: int | None = 0  # nodes that may run before the next stop; None: all
        self._goals: frozenset[int] = frozenset()
        self._tickets = 0
        self._aborting = False
        self._waiting: set[int] = set()  # places that have not been reached
        self._boxes: dict[int, list[int]] = {}  # of a leaf: one for each use
        self._running: Running | None = None
        self._listeners: list[Callable[[], None]] = []

    def start(self) -> Self:
        """Begin the pass, and wait until it stops before its first node.

        Returns
        -------
        Self

        Raises
        ------
        StepError
            Another pass is paused, or saved tensors of the graph were freed.
        RuntimeError
            What ``backward`` itself says of its arguments.
        """
        __tracebackhide__ = True
        global _current
        if self._begin is None:
            raise StepError("a stepper runs one pass: make another")
        with _starting:
            if _current is not None:
                raise StepError(
                    f"the backward of {_current.name} is {_current._words()}: end or abort it first"
                )
            (tensor, call), self._begin = self._begin, None
            self._prepare(tensor)
            _current = self
        atexit.register(self.close)
        run, call = carried(), _at_the_call(call)
        self._thread = threading.Thread(
            target=self._work, args=(partial(run, call),), name="paused backward", daemon=True
        )
        del tensor, call
        try:
            self._thread.start()
        except RuntimeError as error:  # a Python without threads, as in the browser
            self._finish(error)
            self._error = None
            raise StepError("a pass cannot be paused here: threads cannot be started") from error
        return self.settle()

    def close(self) -> None:
        """Abort the pass if it has not ended, without complaint; for clean-up."""
        with self._turn:
            if self._over():
                return
            self._aborting = True
            self._turn.notify_all()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(PATIENCE)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the pass has stopped or ended.

        Parameters
        ----------
        timeout : float, optional
            Seconds; by default as long as it takes.

        Returns
        -------
        bool
            False when the time was up first.
        """
        with self._turn:
            return self._turn.wait_for(self._at_rest, timeout)

    def settle(self) -> Self:
        """Wait until the pass has stopped or ended, telling the subscribers as it goes.

        Returns
        -------
        Self

        Raises
        ------
        BaseException
            What ended the pass, once.
        """
        __tracebackhide__ = True
        try:
            while not self.wait(TICK):
                self._tell()
        except KeyboardInterrupt:
            self._stop_soon()
            raise
        self._tell()
        error = self.take_error()
        if error is None:
            return self
        try:
            raise error
        finally:
            del error  # its traceback holds this frame

    def take_error(self) -> BaseException | None:
        """Return the error that ended the pass, and forget it: it holds the frames of the pass.

        Returns
        -------
        BaseException or None
        """
        error, self._error = self._error, None
        return error

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call a function in the thread that waits, now and then and when the pass has stopped.

        Parameters
        ----------
        callback : callable
            Without arguments.

        Returns
        -------
        callable
            Ends the subscription.
        """
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def _tell(self) -> None:
        for callback in list(self._listeners):
            callback()

    def _words(self, sites: bool = True) -> str:
        ran = len(self._done)
        total = ran + len(self._waiting) + (self._place is not None)
        if self._state == "done":
            return f"done; {_nodes(ran)} {'has' if ran == 1 else 'have'} run"
        counts = f"{ran} of {_nodes(total)} {'has' if total == 1 else 'have'} run"
        hidden = self.recorder.book.graph.hidden
        if hidden:
            counts += f"; {hidden} more are run without a stop"
        where = "" if self._place is None else f" before {self._describe(self._place, sites)}"
        if self._state == "error":
            where = where.replace("before", "in")
        return f"{self._state}{where}; {counts}"

    def _describe(self, place: int, sites: bool = True) -> str:
        node = self._node(place)
        if node.leaf is not None:
            return f"AccumulateGrad of {node.label}"
        named = f" ({node.vars[0]})" if node.vars else ""
        where = f", {node.site}" if sites and node.site is not None else ""
        return f"{node.name}{named}{where}"

    def _node(self, place: int) -> GraphNode:
        node = self.recorder.book.node(place)
        assert node is not None  # the book of one pass forgets nothing
        return node

    # -- the pass ---------------------------------------------------------------------------------

    def _prepare(self, tensor: Any) -> None:
        """Register on the nodes, in the thread that knows the names and the place of the call."""
        recorder = self.recorder
        recorder.start()
        running = recorder.pass_begin((tensor,))
        if running is None or running.placement is None:
            raise StepError(f"the graph of {self.name} cannot be watched: {recorder.message}")
        self._running = running
        try:
            freed = next(
                (
                    item
                    for node in recorder.graph.nodes
                    for item in node.saved
                    if item.state == "freed"
                ),
                None,
            )
            if freed is not None:
                raise StepError(
                    f"the graph of {self.name} cannot be run again: {freed.name!r} was "
                    f"{freed.note}; run the cell that builds it once more"
                )
        except StepError:
            _remove_hooks(running)
            recorder.stop("error")
            raise
        for identity in running.placement.leaves:
            leaf, record = recorder.ledger.tensor(identity), recorder.ledger.records[identity]
            record.grad = measure(leaf.grad) if leaf is not None else None
            record.has_grad = record.grad is not None
        for node in recorder.graph.nodes:
            if node.leaf is not None:
                place = running.placement.leaf_nodes[node.leaf]
                self._boxes.setdefault(place, []).append(node.id)
        leaves = running.walked.accumulators if running.walked is not None else []
        kept = zip(running.placement.leaves, leaves, strict=True)
        self._waiting = set(running.placement.ops) | {
            running.placement.leaf_nodes[identity] for identity, node in kept if node is not None
        }

    def _reach(self, place: int) -> None:
        """Come to a node: wait there if it is time to. Runs in the thread of the pass."""
        __tracebackhide__ = True
        if not self._is_of_the_pass():
            return  # another pass through the same graph
        with self._turn:
            if self._state == "paused" or self._over():
                return
            self._pass_on()
            self._place = place
            self._waiting.discard(place)
            if self._left == 0 or place in self._goals:
                self._state, ticket = "paused", self._tickets
                self._turn.notify_all()
                while ticket == self._tickets and not self._aborting:
                    self._turn.wait()
                self._state = "running"
            if self._aborting:
                raise StepAborted(f"before {self._describe(place)}")
            if self._left is not None:
                self._left -= 1

    def _is_of_the_pass(self) -> bool:
        here = threading.current_thread()
        # PyTorch runs the nodes of other devices in threads that Python has not started.
        return here is self._thread or isinstance(here, threading._DummyThread)

    def _pass_on(self) -> None:
        """Note that the node before has run."""
        if self._place is not None:
            self._done.append(self._place)
            self._place = None

    def _work(self, call: Callable[[], None]) -> None:
        __tracebackhide__ = True
        identity = threading.get_ident()
        apart.add(identity)
        error: BaseException | None = None
        try:
            call()
        except BaseException as caught:
            error = caught
        finally:
            apart.discard(identity)
        del call
        self._finish(error)

    def _finish(self, error: BaseException | None) -> None:
        global _current
        running, self._running = self._running, None
        aborted = isinstance(error, StepAborted)
        name = "done" if error is None else "aborted" if aborted else "error"
        _remove_hooks(running)
        self.recorder.pass_end(running, error)
        self.recorder.stop("interrupted" if aborted else name)
        atexit.unregister(self.close)
        with self._turn:
            step = None
            if running is not None and self._place is not None:
                step = running.steps.get(self._place)
            if error is None or (step is not None and (step.sent or step.accumulate)):
                self._pass_on()
            if error is not None and not aborted:
                self._error = error
            self._state = name
            if error is not None and not aborted:
                self._note = f"{self._words()}: {one_line(error)}"
            _current = None
            self._turn.notify_all()

    # -- turns ------------------------------------------------------------------------------------

    def _release(self, left: int | None, goals: frozenset[int]) -> Self:
        with self._turn:
            self._must_be_paused()
            self._left, self._goals = left, goals
            self._tickets += 1
            self._state = "running"
            self._turn.notify_all()
        return self

    def _stop_soon(self) -> None:
        with self._turn:
            self._left, self._goals = 0, frozenset()

    def _must_be_paused(self) -> None:
        self._not_from_inside()
        if self._over():
            raise StepError(f"the backward of {self.name} is over: {self._note or self._words()}")
        if self._state != "paused":
            raise StepError(f"the backward of {self.name} is running: wait until it stops")

    def _not_from_inside(self) -> None:
        if threading.current_thread() is self._thread:
            raise StepError("a hook of the pass cannot step it")

    def _over(self) -> bool:
        return self._state in ("done", "aborted", "error")

    def _at_rest(self) -> bool:
        return (self._state == "paused" and not self._aborting) or self._over()


def _at_the_call(call: Callable[[], None]) -> Callable[[], None]:
    """Make a call look as if the line that runs now had made it.

    The thread of the pass begins nowhere in the user's code.  With a frame of the same file and
    line below it, warnings, tracebacks and "freed by the backward at" name the place that they
    name after an ordinary backward.
    """
    frame = caller_frame(2)
    if frame is None:
        return call
    lines = "\n" * (frame.f_lineno - 1)
    code = compile(f"{lines}call()", frame.f_code.co_filename, "exec")
    space = {"__name__": frame.f_globals.get("__name__", "__main__"), "call": call}
    return partial(exec, code, space)


def _remove_hooks(running: Running | None) -> None:
    while running is not None and running.handles:
        running.handles.pop().remove()


def _nodes(count: int) -> str:
    return f"{count:,} node{'' if count == 1 else 's'}"
