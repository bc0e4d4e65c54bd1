"""The recorder: what the engine does becomes a bounded tape, a graph, a ledger and a hook table.

Two sources feed it: the events of this package's engine (:mod:`own`) and, where the user's session
has imported PyTorch, the grad_fn protocol of PyTorch's nodes (:mod:`foreign`).  Both call the
methods below and nothing else, so that the views cannot tell which engine ran.

Note [Budget]
A pass is recorded in full when that is cheap in proportion: the first few always, later ones when
the time since the last full one is a multiple of what it cost.  Between them a pass is counted,
its leaves get their ledger rows, and nothing is measured.

Note [One place for our own failures]
Every entry point is wrapped by `guarded`.  A mistake in the recorder stops the recorder and shows
as one line in the status; the user's code goes on as if nobody had watched.
"""

from __future__ import annotations

import functools
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import CodeType
from typing import Any, Concatenate, ParamSpec, TypeVar

from autograd_nb.observe.book import Book, Placement
from autograd_nb.observe.cells import caller_frame, describe_callable, locals_of, site_of_origin
from autograd_nb.observe.detail import FREED, saved_of
from autograd_nb.observe.graph import Graph, Json, Site, Stat
from autograd_nb.observe.hooktable import HookRow, HookTable, Owner
from autograd_nb.observe.ledger import Ledger, LedgerRow
from autograd_nb.observe.names import Names
from autograd_nb.observe.protocol import (
    array_of,
    dtype_name,
    is_accumulator,
    is_tensor,
    node_name,
    sequence_nr,
)
from autograd_nb.observe.snapshot import DETAIL_LIMIT, NODE_LIMIT, Walk, walk
from autograd_nb.observe.tape import PASSES_KEPT, HookEvent, Pass, Step, Tape

ALWAYS_FULL = 8
"""Passes that are recorded in full whatever they cost."""

COST_SHARE = 12
"""A full pass waits this many times the cost of the one before."""

FULL_RATE = 25.0
"""Full passes a second at most, after the first ones."""

PUSH_RATE = 22.0
"""Calls of the subscribers a second, at most."""

PUSH_SHARE = 6
"""A push waits this many times the cost of the one before."""

PASS_BUDGET = 0.1
"""Seconds spent on one pass after which larger arrays are read more thinly."""

THIN = 2_048

LINE = 160
"""Characters of an error's text that are shown."""

_P = ParamSpec("_P")
_R = TypeVar("_R")


def guarded(
    method: Callable[Concatenate[Recorder, _P], _R],
) -> Callable[Concatenate[Recorder, _P], _R | None]:
    """Keep a failure of the recorder's away from the user's code.

    See Note [One place for our own failures].

    Parameters
    ----------
    method : callable

    Returns
    -------
    callable
        Returns None where the method failed or the recorder has stopped.
    """

    def call(self: Recorder, /, *args: _P.args, **kwargs: _P.kwargs) -> _R | None:
        if self.failed:
            return None
        begun = time.perf_counter()
        try:
            with self._lock:
                return method(self, *args, **kwargs)
        except Exception as error:
            self._fail(error)
            return None
        finally:
            self.spent += time.perf_counter() - begun

    functools.update_wrapper(call, method)
    return call


@dataclass(slots=True)
class Running:
    """A pass that is running now, in one thread."""

    record: Pass
    origin: tuple[CodeType, int] | None
    full: bool
    placement: Placement | None = None
    walked: Walk | None = None
    node_of: dict[Any, int] = field(default_factory=dict)
    steps: dict[int, Step] = field(default_factory=dict)
    waiting: list[HookEvent] = field(default_factory=list)
    current: Step | None = None
    hooks_fired: int = 0
    spent_before: float = 0.0
    handles: list[Any] = field(default_factory=list)
    measured: dict[int, tuple[weakref.ref[Any], Stat | None]] = field(default_factory=dict)


class Recorder:
    """Watch gradients while some code runs.

    Parameters
    ----------
    namespace : mapping or callable, optional
        The user's variables, or a function that gives them when names are needed.
    cell : str, default ""
        Label of the cell that is watched.
    limit : int, default 5000
        Nodes that the graph keeps.
    keep : int, default 40
        Passes that the tape keeps in full.
    track : str or None, optional
        Name of a scalar variable whose values are kept, one per pass.
    arrange : callable, optional
        Turns a :class:`Graph` into the panel's ``graph`` trait, with places; by default the graph
        is given without places.
    ledger, hooks : Ledger, HookTable, optional
        Where leaves and hooks are written down; by default one that all recorders of the process
        share, so that a leaf's rows tell of every watched cell.

    Examples
    --------
    >>> from autograd_nb.observe.recorder import Recorder
    >>> with Recorder() as recorder:
    ...     pass
    >>> recorder.panel_state()["tape"]
    {'passes': [], 'dropped': 0}
    """

    shared_ledger = Ledger()
    shared_hooks = HookTable()

    def __init__(
        self,
        namespace: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None,
        *,
        cell: str = "",
        limit: int | None = None,
        keep: int = PASSES_KEPT,
        track: str | None = None,
        arrange: Callable[[Graph], Json] | None = None,
        ledger: Ledger | None = None,
        hooks: HookTable | None = None,
    ) -> None:
        self._namespace = namespace
        self.cell = cell
        self.limit = limit or NODE_LIMIT
        self.track = track
        self.arrange = arrange or Graph.to_json
        self.ledger = self.shared_ledger if ledger is None else ledger
        self.hooks = self.shared_hooks if hooks is None else hooks
        self.book = Book(self.limit)
        self.tape = Tape(keep)
        self.ops = 0
        self.message = ""
        self.failed = False
        self.active = False
        self.spent = 0.0
        self.tracked: list[float] = []
        self._state = "running"
        self._lock = threading.RLock()
        self._running: dict[int, list[Running]] = {}
        self._sites: dict[tuple[int, int], tuple[CodeType, Site | None]] = {}
        self._touched_leaves: dict[int, None] = {}
        self._touched_hooks: dict[int, None] = {}
        self._subscribers: list[Callable[[], None]] = []
        self._sources: list[Any] = []
        self._begun = self._ended = time.perf_counter()
        self._next_full = self._next_push = self._next_growth = 0.0
        self._first_sequence: int | None = None
        self._growing: weakref.ref[Any] | None = None
        self._drawn: tuple[int, Json] | None = None
        self._pushing = False

    # -- life --------------------------------------------------------------------------

    def start(self) -> Recorder:
        """Begin to watch; a second call does nothing.

        Returns
        -------
        Recorder
        """
        if not self.active:
            from autograd_nb.observe.foreign import ForeignSource
            from autograd_nb.observe.own import OwnSource

            self.active = True
            self._begun = time.perf_counter()
            self._sources = [OwnSource(self), ForeignSource(self)]
            for source in self._sources:
                source.attach()
        return self

    def attach(self) -> None:
        """Watch PyTorch too, if it was imported after the start."""
        if self.active:
            for source in self._sources:
                source.attach()

    def stop(self, state: str = "done") -> None:
        """Stop watching, look at the gradients once more, and push the last state.

        Parameters
        ----------
        state : str, default "done"
            What the status will say.
        """
        if not self.active:
            return
        self._last_look()
        self._detach()
        self._ended = time.perf_counter()
        self._state = state
        self._push(force=True)
        self._sites.clear()

    def _detach(self) -> None:
        self.active = False
        for source in self._sources:
            source.detach()
        self._sources = []

    def __enter__(self) -> Recorder:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        state = "done" if kind is None else "error"
        self.stop("interrupted" if kind is KeyboardInterrupt else state)

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call a function when there is something new, in the thread that runs the user's code.

        Parameters
        ----------
        callback : callable
            Called without arguments, at most 22 times a second, and once at the end.

        Returns
        -------
        callable
            Ends the subscription.
        """
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def flush(self) -> None:
        """Call the subscribers if it is time to."""
        self._push()

    @property
    def seen(self) -> bool:
        """Whether anything happened that a picture could show."""
        return bool(self.tape.total or self.book.graph.nodes or self._touched_hooks)

    @property
    def graph(self) -> Graph:
        """Everything that was seen of the graph."""
        with self._lock:
            return self._with_hooks(self.book.graph)

    def _fail(self, error: Exception) -> None:
        self.failed = True
        self.message = f"watching stopped: {_one_line(error)}"
        self._detach()

    # -- what the sources tell -----------------------------------------------------------

    def wants_full(self) -> bool:
        """Tell whether the next pass should be recorded in full. See Note [Budget]."""
        if self.failed:
            return False
        return self.tape.total < ALWAYS_FULL or time.perf_counter() >= self._next_full

    @guarded
    def node_created(self, node: Any) -> None:
        """Count an operation, and now and then look at the graph that grows."""
        self.ops += 1
        if self._first_sequence is None:
            self._first_sequence = sequence_nr(node)
        now = time.perf_counter()
        if now < self._next_growth or self._running:
            return
        self._grow(now)

    def _grow(self, now: float) -> None:
        if self._namespace is not None and not self.tape.total:
            self._place_variables()
        pause = max(1 / PUSH_RATE, COST_SHARE * (time.perf_counter() - now))
        self._next_growth = time.perf_counter() + pause
        self._push()

    @guarded
    def pass_begin(self, roots: tuple[Any, ...]) -> Running:
        """Begin a pass; the caller hands over the roots as the engine got them."""
        frame = caller_frame(3)
        origin = None if frame is None else (frame.f_code, frame.f_lasti)
        number = self.tape.begin()
        running = Running(Pass(number), origin, self._full_now(number), spent_before=self.spent)
        self._running.setdefault(threading.get_ident(), []).append(running)
        if running.full:
            running.record.site = self._site(origin)
            walked = walk(roots, self.limit)
            local = {} if frame is None else locals_of(frame)
            names = functools.lru_cache(lambda: self._names(local))
            placement = self.book.place(
                walked, lambda leaf: self._leaf(leaf, names), names, refresh=number <= 2
            )
            running.placement = placement
            running.walked = walked
            running.node_of = {
                (sequence_nr(op), node_name(op)): place
                for op, place in zip(walked.ops, placement.ops, strict=True)
            }
            self._watch_foreign(running, walked)
            for identity in placement.leaves:
                self._notice_cleared(identity, running)
        return running

    def _full_now(self, number: int) -> bool:
        nested = bool(self._running.get(threading.get_ident()))
        return nested or number <= ALWAYS_FULL or time.perf_counter() >= self._next_full

    def _watch_foreign(self, running: Running, walked: Walk) -> None:
        for source in self._sources:
            source.watch(running, walked)

    @guarded
    def pass_end(
        self,
        running: Running | None,
        error: BaseException | None,
        arrived: Sequence[int] = (),
    ) -> None:
        """End a pass, however it ended; a source may say which leaves a light pass reached."""
        stack = self._running.get(threading.get_ident(), [])
        if running is None:
            running = stack[-1] if stack else None
        if running is None:
            return
        while stack and stack.pop() is not running:
            pass
        if not stack:
            self._running.pop(threading.get_ident(), None)
        record = running.record
        if error is not None:
            record.site = record.site or self._site(running.origin)
            record.error = _one_line(error)
        if not running.full and arrived:
            site = self._site(running.origin)
            for identity in arrived:
                self.ledger.add(identity, record.id, site)
        if running.full or error is not None:
            self._attach_rest(running)
            if running.walked is not None and record.id <= ALWAYS_FULL:
                self._look_at_saved(running, running.walked)
            running.walked = None
            record.steps = list(running.steps.values())
            self.tape.add(record)
            now = time.perf_counter()
            cost = self.spent - running.spent_before
            self._next_full = now + max(1 / FULL_RATE, COST_SHARE * cost)
        self._follow()
        self._push()

    def _look_at_saved(self, running: Running, walked: Walk) -> None:
        """Write down which saved tensors the pass has freed."""
        if running.placement is None or len(walked.ops) > DETAIL_LIMIT:
            return
        site = running.record.site
        for op, place in zip(walked.ops, running.placement.ops, strict=True):
            saved = saved_of(op)
            if site is not None:
                freed = f"freed by the backward at {site}"
                saved = tuple(
                    replace(item, note=freed) if item.note == FREED else item for item in saved
                )
            self.book.update_saved(place, saved)

    def _attach_rest(self, running: Running) -> None:
        """Give hooks that fired at a leaf which did not accumulate a step of their own."""
        if running.waiting and running.current is not None:
            running.current.hooks.extend(running.waiting)
        running.waiting.clear()
        running.measured.clear()

    @guarded
    def step_begin(self, node: Any, received: tuple[Any, ...]) -> None:
        """Note that a node runs, and what it received."""
        running = self._current()
        if running is None or not running.full:
            return
        self._step_begin(running, self._place(running, node), node_name(node), received)

    @guarded
    def step_begin_at(
        self, running: Running, place: int, name: str, received: tuple[Any, ...]
    ) -> None:
        """Note that the node at a place runs."""
        self._step_begin(running, place, name, received)

    def _step_begin(
        self, running: Running, place: int | None, name: str, received: tuple[Any, ...]
    ) -> None:
        if place is None:
            running.record.left_out += 1
            running.current = None
            return
        step = running.steps.get(place)
        if step is None:
            step = running.steps[place] = Step(place, name)
        step.received = [self._stat(running, value) for value in received]
        step.hooks.extend(running.waiting)
        running.waiting.clear()
        running.current = step

    @guarded
    def step_end(self, node: Any, sent: tuple[Any, ...]) -> None:
        """Note what a node sent."""
        running = self._current()
        if running is None or not running.full or is_accumulator(node):
            return
        self._step_end(running, self._place(running, node), sent)

    @guarded
    def step_end_at(self, running: Running, place: int, sent: tuple[Any, ...]) -> None:
        """Note what the node at a place sent."""
        self._step_end(running, place, sent)

    def _step_end(self, running: Running, place: int | None, sent: tuple[Any, ...]) -> None:
        step = None if place is None else running.steps.get(place)
        if step is None or running.placement is None:
            return
        edges = running.placement.edges
        step.sent = [
            (edges.get((step.node, nr)), self._stat(running, value))
            for nr, value in enumerate(sent)
            if value is not None or (step.node, nr) in edges
        ]
        running.current = step

    @guarded
    def accumulated(self, tensor: Any, incoming: Any, grad: Any) -> None:
        """Note that a pass added to a leaf's gradient."""
        running = self._current()
        identity = self._leaf(tensor, self._names)
        if running is None or not running.full:
            number = self.tape.total if running is None else running.record.id
            site = self._site(running.origin) if running is not None else None
            self.ledger.add(identity, number, site)
            return
        coming, total = self._stat(running, incoming), self._stat(running, grad, fresh=True)
        self.ledger.add(identity, running.record.id, running.record.site, coming, total)
        if running.current is not None and running.placement is not None:
            if running.placement.leaf_nodes.get(identity) == running.current.node:
                running.current.accumulate = (identity, coming, total)

    @guarded
    def stat_in(self, running: Running, value: Any) -> Stat | None:
        """Measure a gradient within a pass."""
        return self._stat(running, value)

    @guarded
    def accumulated_at(
        self, running: Running, place: int, identity: int, incoming: Stat | None, grad: Any
    ) -> None:
        """Note what a pass recorded in full added to a leaf's gradient."""
        total = self._stat(running, grad, fresh=True)
        record = running.record
        self.ledger.add(identity, record.id, record.site, incoming, total)
        step = running.steps.get(place)
        if step is not None:
            step.accumulate = (identity, incoming, total)

    @guarded
    def cleared(self, tensor: Any, how: str) -> None:
        """Note that a gradient was set to None or filled with zeros."""
        identity = self._leaf(tensor, self._names)
        frame = caller_frame(3)
        site = None if frame is None else self._site((frame.f_code, frame.f_lasti))
        self.ledger.note(identity, LedgerRow("cleared" if how == "none" else "zeroed", site=site))

    @guarded
    def hook_registered(
        self, kind: str, owner: Any, fn: Any, registration: Callable[[], bool] | None
    ) -> HookRow:
        """Note that a hook was registered, now, by the user's code."""
        frame = caller_frame(3)
        origin = None if frame is None else (frame.f_code, frame.f_lasti)
        key, target = self._owner(owner, None if frame is None else locals_of(frame))
        row = self.hooks.register(kind, key, target, fn, origin=origin, registration=registration)
        self._touched_hooks[row.id] = None
        return row

    @guarded
    def hook_found(
        self, kind: str, owner: Any, fn: Any, registration: Callable[[], bool]
    ) -> HookRow:
        """Note a hook that was registered while nobody watched."""
        key, target = self._owner(owner)
        row = self.hooks.find(kind, key, fn)
        if row is None:
            row = self.hooks.register(kind, key, target, fn, registration=registration)
        self._touched_hooks[row.id] = None
        return row

    @guarded
    def hook_called(
        self,
        kind: str,
        owner: Any,
        fn: Any,
        before: tuple[Any, ...],
        after: tuple[Any, ...],
        row: HookRow | None = None,
    ) -> None:
        """Note that a hook fired, and what it did to the gradient."""
        running = self._current()
        if row is None or (not row.target and owner is not None):
            key, target = self._owner(owner)
            if row is None:
                row = self.hooks.find(kind, key, fn)
            if row is None:
                row = self.hooks.register(kind, key, target, fn)
            row.target, row.owner = target or row.target, key
        self._touched_hooks[row.id] = None
        row.fired += 1
        if running is None:
            return
        running.hooks_fired += 1
        row.order = running.hooks_fired
        if not running.full:
            return
        replaced = bool(after) and any(b is not a for b, a in zip(before, after, strict=False))
        row.before, row.after = _first(self, running, before), _first(self, running, after)
        row.effect = "replaced" if replaced else "kept"
        fn_name = describe_callable(fn) if fn is not None else ""
        event = HookEvent(kind, row.target, fn_name, row.before, row.after, row.effect, row.site)
        if kind in {"node_post", "post_accumulate"} and running.current is not None:
            running.current.hooks.append(event)
        else:
            running.waiting.append(event)

    # -- finding things ------------------------------------------------------------------

    def _current(self) -> Running | None:
        stack = self._running.get(threading.get_ident())
        if stack:
            return stack[-1]
        # PyTorch runs some backward nodes in threads of its own; the pass is then the only one.
        if len(self._running) == 1:
            return next(iter(self._running.values()))[-1]
        return None

    def _place(self, running: Running, node: Any) -> int | None:
        if is_accumulator(node):
            if running.placement is None:
                return None
            return running.placement.leaf_nodes.get(self._leaf(node.variable, self._names))
        return running.node_of.get((sequence_nr(node), node_name(node)))

    def _site(self, origin: tuple[CodeType, int] | None) -> Site | None:
        if origin is None:
            return None
        # By identity: a code object's own hash reads all of its code.  The object is kept beside.
        key = id(origin[0]), origin[1]
        known = self._sites.get(key)
        if known is None:
            known = self._sites[key] = origin[0], site_of_origin(origin)
        return known[1]

    def variables(self) -> Mapping[str, Any]:
        """Return the user's variables as they are now.

        Returns
        -------
        mapping of str to object
        """
        space = self._namespace() if callable(self._namespace) else self._namespace
        return space or {}

    def _names(self, local: Mapping[str, Any] | None = None) -> Names:
        return Names({**self.variables(), **(local or {})})

    def _leaf(self, tensor: Any, names: Callable[[], Names]) -> int:
        def name() -> str:
            found = names().of_tensor(tensor)
            return found[0] if found else ""

        identity = self.ledger.id_of(tensor, name)
        self._touched_leaves[identity] = None
        return identity

    def _owner(self, owner: Any, local: Mapping[str, Any] | None = None) -> tuple[Owner, str]:
        """Return a key for what a hook is on, and a name for people."""
        if owner is None:
            return ("unknown",), ""
        if is_tensor(owner):
            node = owner.grad_fn
            if node is None:
                identity = self._leaf(owner, lambda: self._names(local))
                return ("leaf", identity), self.ledger.records[identity].name or "leaf"
            names = self._names(local).of_tensor(owner)
            return ("node", sequence_nr(node), node_name(node)), (
                names[0] if names else self._node_target(node, local)
            )
        if is_accumulator(owner):
            return self._owner(owner.variable)
        return ("node", sequence_nr(owner), node_name(owner)), self._node_target(owner, local)

    def _node_target(self, node: Any, local: Mapping[str, Any] | None) -> str:
        running = self._current()
        place = None if running is None else self._place(running, node)
        known = None if place is None else self.book.node(place)
        names = known.vars if known is not None else self._names(local).of_node(node)
        return names[0] if names else node_name(node)

    def _stat(self, running: Running, value: Any, *, fresh: bool = False) -> Stat | None:
        if value is None:
            return None
        known = running.measured.get(id(value))
        if known is not None and known[0]() is value and not fresh:
            return known[1]
        thin = self.spent - running.spent_before > PASS_BUDGET
        stat = measure(value, THIN if thin else None)
        try:
            running.measured[id(value)] = (weakref.ref(value), stat)
        except TypeError:
            return stat  # a NumPy scalar: cheap to measure again
        return stat

    def _notice_cleared(self, identity: int, running: Running) -> None:
        """Compare what a leaf holds with what it held: PyTorch does not tell who cleared it."""
        tensor, record = self.ledger.tensor(identity), self.ledger.records[identity]
        if tensor is None or not record.has_grad:
            return
        if tensor.grad is None:
            self.ledger.note(identity, LedgerRow("cleared"))
        elif record.grad is not None and record.grad.norm:
            now = measure(tensor.grad, THIN)
            if now is not None and now.norm == 0:
                self.ledger.note(identity, LedgerRow("zeroed"))

    # -- looking at the variables ----------------------------------------------------------

    def _place_variables(self) -> None:
        """Place the graphs that the user's variables hold and that were made since the start."""
        names = self._names()
        roots = []
        for tensor in names.tensors.values():
            node = tensor.grad_fn
            number = None if node is None else sequence_nr(node)
            if number is not None and self._is_new(number):
                roots.append(tensor)
        if roots:
            walked = walk(roots, self.limit)
            self.book.place(
                walked, lambda leaf: self._leaf(leaf, lambda: names), lambda: names, refresh=True
            )

    def _is_new(self, number: int) -> bool:
        return self._first_sequence is not None and number >= self._first_sequence

    @guarded
    def _last_look(self) -> None:
        for source in self._sources:
            source.last_look()
        if self._namespace is not None:
            self._place_variables()
        names = self._names()
        for identity in self._touched_leaves:
            record, tensor = self.ledger.records.get(identity), self.ledger.tensor(identity)
            if record is None or tensor is None:
                continue
            found = names.of_tensor(tensor)
            self.ledger.rename(identity, found[0] if found else "")
            record.grad = None if tensor.grad is None else measure(tensor.grad)
            record.has_grad = record.grad is not None
        self._follow()

    def _follow(self) -> None:
        """Keep a value of the variable that the user asked to follow."""
        if self.track is None:
            return
        value = self.variables().get(self.track)
        if value is None:
            return
        array = array_of(value)
        if array.size == 1:
            self.tracked.append(float(array.reshape(-1)[0].real))
            if len(self.tracked) > 4_000:
                # Every second value: a long curve keeps its form in a bounded room.
                self.tracked = self.tracked[::2]

    # -- what the views read -----------------------------------------------------------------

    def panel_state(self) -> Json:
        """Return the panel's traits as plain JSON data.

        Returns
        -------
        dict
            ``status``, ``graph``, ``tape``, ``leaves`` and ``hooks``; the cell's text is the
            caller's to add.
        """
        with self._lock:
            if self._drawn is None or self._drawn[0] != self.book.revision or not self.active:
                self._drawn = self.book.revision, self.arrange(self._with_hooks(self.book.graph))
            end = time.perf_counter() if self.active else self._ended
            records = self.ledger.records
            return {
                "status": {
                    "state": self._state,
                    "elapsed": round(end - self._begun, 3),
                    "ops": self.ops,
                    "passes": self.tape.total,
                    "message": self.message,
                    "cell": self.cell,
                    "tracked": {"name": self.track, "values": list(self.tracked)}
                    if self.track
                    else None,
                },
                "graph": self._drawn[1],
                "tape": self.tape.to_json(live=self.active),
                "leaves": [
                    records[leaf].to_json()
                    for leaf in sorted(self._touched_leaves)
                    if leaf in records
                ],
                "hooks": [row.to_json() for row in self.hooks.rows.values() if self._shows(row)],
            }

    def _shows(self, row: HookRow) -> bool:
        """Show what happened while watching, and what still waits on a leaf of the picture."""
        if row.id in self._touched_hooks:
            return True
        return (
            row.owner[0] == "leaf" and row.owner[1] in self._touched_leaves and not row.is_removed()
        )

    def _with_hooks(self, graph: Graph) -> Graph:
        """Write on each node how many hooks are on it."""
        counts: dict[Owner, int] = {}
        for row in self.hooks.rows.values():
            if not row.is_removed():
                counts[row.owner] = counts.get(row.owner, 0) + 1
        if not counts:
            return graph
        of_place: dict[int, int] = {}
        for owner, count in counts.items():
            place = self.book.place_of(owner[1:]) if owner[0] == "node" else None
            if place is not None:
                of_place[place] = count
        nodes = tuple(
            replace(node, hooks=counts.get(("leaf", node.leaf), 0))
            if node.leaf is not None
            else replace(node, hooks=of_place.get(node.id, 0))
            for node in graph.nodes
        )
        return replace(graph, nodes=nodes)

    def _push(self, force: bool = False) -> None:
        now = time.perf_counter()
        if (now < self._next_push and not force) or self._pushing or not self._subscribers:
            return
        # A subscriber that runs tensor code of its own must not be pushed to again.
        self._pushing = True
        # What a push costs the user is its own work; waiting for a busy machine is nobody's.
        worked = time.thread_time()
        try:
            for callback in list(self._subscribers):
                callback()
        except Exception as error:
            self._fail(error)
        finally:
            self._pushing = False
            cost = time.thread_time() - worked
            self._next_push = time.perf_counter() + max(1 / PUSH_RATE, PUSH_SHARE * cost)


def measure(value: Any, budget: int | None = None) -> Stat | None:
    """Measure a gradient of either engine, as far as its numbers can be read.

    Parameters
    ----------
    value : TensorLike, ndarray, number or None
    budget : int, optional
        Elements to read at most.

    Returns
    -------
    Stat or None
    """
    if value is None:
        return None
    try:
        array = array_of(value)
        stat = Stat.of(array) if budget is None else Stat.of(array, budget)
    except (TypeError, RuntimeError, ValueError):
        # Sparse, on no device, or wrapped by a transform of PyTorch's: form without numbers.
        return Stat(tuple(int(n) for n in value.shape), dtype_name(value.dtype))
    return stat


def _one_line(error: BaseException) -> str:
    """Return an error's class and first sentence."""
    text = str(error).partition("\n")[0]
    text = text.partition(". ")[0] if len(text) > LINE else text
    return f"{type(error).__name__}: {text[:LINE]}".removesuffix(": ")


def _first(recorder: Recorder, running: Running, values: tuple[Any, ...]) -> Stat | None:
    return next((recorder._stat(running, value) for value in values if value is not None), None)
