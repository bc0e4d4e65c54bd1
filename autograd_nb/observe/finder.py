"""What a recorder stands on: its state, and the ways from live objects to plain records."""

from __future__ import annotations

import functools
import threading
import time
import weakref
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from threading import get_ident
from types import CodeType
from typing import Any, Concatenate, ParamSpec, TypeVar

from autograd_nb.observe.book import Book, Placement
from autograd_nb.observe.cells import site_of_node, site_of_origin
from autograd_nb.observe.graph import Graph, Json, Site, Stat
from autograd_nb.observe.health import Alarm
from autograd_nb.observe.hooktable import HookTable, Owner
from autograd_nb.observe.ledger import LEAVES_KEPT, Ledger, runs, state_of
from autograd_nb.observe.missed import expected, words_of
from autograd_nb.observe.modules import ModuleWatch
from autograd_nb.observe.names import Names, loop_variables
from autograd_nb.observe.protocol import (
    array_of,
    dtype_name,
    is_accumulator,
    is_tensor,
    node_key,
    node_name,
    sequence_nr,
)
from autograd_nb.observe.rows import LedgerRow
from autograd_nb.observe.sampling import Sampler, Series
from autograd_nb.observe.snapshot import NODE_LIMIT, Walk, walk
from autograd_nb.observe.tape import PASSES_KEPT, HookEvent, Pass, Step, Tape

PUSH_RATE = 22.0
"""Calls of the subscribers a second, at most."""

PUSH_SHARE = 33
"""A push waits this many times the cost of the one before."""

PASS_BUDGET = 0.1
"""Seconds spent on one pass after which larger arrays are read more thinly."""

THREADS_WHOLE = 32
"""Threads of which the first pass is recorded in full, whatever its number."""

THIN = 2_048

TRACKED = 1_000
"""Points that are kept of a curve that the user asked for."""

CELLS_READ = 200
"""Cells, the last ones, in which variables of loops are looked for."""

LINE = 160
"""Characters of an error's text that are shown."""

apart: set[int] = set()
"""Threads whose passes a stepper records; other recorders hear nothing of them."""

_P = ParamSpec("_P")
_R = TypeVar("_R")
_F = TypeVar("_F", bound="Finder")


def guarded(
    method: Callable[Concatenate[_F, _P], _R],
) -> Callable[Concatenate[_F, _P], _R | None]:
    """Keep a failure of the recorder's away from the user's code.

    See Note [One place for our own failures] in recorder.py.

    Parameters
    ----------
    method : callable

    Returns
    -------
    callable
        Returns None where the method failed or the recorder has stopped.
    """

    def call(self: _F, /, *args: _P.args, **kwargs: _P.kwargs) -> _R | None:
        if self.failed or (apart and self.listens_to_all and get_ident() in apart):
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


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a loop met a number that is not finite.

    Parameters
    ----------
    what : str
        ``"loss"`` or ``"gradient"``.
    pass_id : int
    origin : tuple or None
        Of the call of backward.
    """

    what: str
    pass_id: int
    origin: tuple[CodeType, int] | None


@dataclass(slots=True)
class Running:
    """A pass that is running now, in one thread."""

    record: Pass
    origin: tuple[CodeType, int] | None
    full: bool
    tells: bool = False
    placement: Placement | None = None
    walked: Walk | None = None
    node_of: dict[Any, int] = field(default_factory=dict)
    steps: dict[int, Step] = field(default_factory=dict)
    waiting: list[HookEvent] = field(default_factory=list)
    current: Step | None = None
    fired: list[int] = field(default_factory=list)
    spent_before: float = 0.0
    begun: float = 0.0
    tracked: Any = None
    thread: int = field(default_factory=get_ident)
    arrived: list[int] = field(default_factory=list)
    leaves: list[Any] = field(default_factory=list)
    farthest: int | None = None
    handles: list[Any] = field(default_factory=list)
    measured: dict[int, tuple[weakref.ref[Any], int, Stat | None]] = field(default_factory=dict)


class Finder:
    """The state of a recorder, and how it finds things again.

    Parameters
    ----------
    namespace, cell, text, limit, keep, track, arrange, ledger, hooks
        As for :class:`autograd_nb.observe.recorder.Recorder`.
    """

    shared_ledger = Ledger()
    shared_hooks = HookTable()
    listens_to_all = True
    """False for the recorder of a stepper, which hears of its own pass alone."""

    def __init__(
        self,
        namespace: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None,
        *,
        cell: str = "",
        text: str = "",
        limit: int | None = None,
        keep: int = PASSES_KEPT,
        track: str | None = None,
        arrange: Callable[[Graph], Json] | None = None,
        ledger: Ledger | None = None,
        hooks: HookTable | None = None,
    ) -> None:
        self._namespace = namespace
        self.cell = cell
        self.text = text
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
        self.full_passes = 0
        self.quiet: Running | None = None
        """The innermost pass of the thread that began one last, where it is only counted."""
        self.active = False
        self.spent = 0.0
        self.tracked: Series[tuple[int, float]] = Series(TRACKED)
        self.sampler = Sampler()
        self.alarm = Alarm()
        self.broken: Broken | None = None
        """The first number of a pass that was not finite."""
        self.modules = ModuleWatch()
        self._state = "running"
        self._lock = threading.RLock()
        self._running: dict[int, list[Running]] = {}
        self._sites: dict[tuple[int, int], tuple[CodeType, Site | None]] = {}
        self._touched_leaves: dict[int, int] = {}
        """Leaves that are shown, and how many contributions each had before."""
        self._touched_hooks: dict[int, None] = {}
        self._module_names: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
        self._subscribers: list[Callable[[], None]] = []
        self._sources: list[Any] = []
        self._begun = self._ended = time.perf_counter()
        self.next_growth = 0.0
        self._next_push = 0.0
        self._clearing: list[tuple[tuple[CodeType, int] | None, list[int]]] = []
        self._clearing_key: Any = None
        self._filled: dict[int, tuple[CodeType, int] | None] = {}
        self._grads: tuple[int, dict[int, int]] = (-1, {})
        self._loop: tuple[int, ...] = ()
        self._reached: dict[int, set[int]] = {}
        self._reachers: set[int] = set()
        self._threads: set[int] = set()
        self._due = 0
        self._held: dict[int, tuple[int, int] | None] = {}
        self._first_sequence: int | None = None
        self._first_foreign_sequence: int | None = None
        self._drawn: tuple[int, Json] | None = None
        self._placement: Placement | None = None
        self._leaf_places: dict[int, int] = {}
        self._counted: tuple[Pass, tuple[int, ...]] | None = None
        self._pushing = False

    def _fail(self, error: Exception) -> None:
        self.failed = True
        self.message = f"watching stopped: {one_line(error)}"
        self._ended = time.perf_counter()
        self._detach()

    def _detach(self) -> None:
        self.active = False
        self.modules.detach()
        for source in self._sources:
            source.detach()
        self._sources = []

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

    # -- finding things ------------------------------------------------------------------

    def _current(self) -> Running | None:
        stack = self._running.get(get_ident())
        if stack:
            return stack[-1]
        # PyTorch runs some backward nodes in threads of its own; the pass is then the only one.
        if len(self._running) == 1:
            return next(iter(self._running.values()))[-1]
        return None

    def runs_here(self, running: Running) -> bool:
        """Tell whether a node that runs in this thread runs for a pass, and for no other.

        Parameters
        ----------
        running : Running

        Returns
        -------
        bool
            True, too, in a thread that has called no pass: the engine has threads of its own.
        """
        stack = self._running.get(get_ident())
        return not stack or stack[-1] is running

    def may_look(self, identity: int) -> bool:
        """Tell whether the gradient of a leaf can be read now.

        See Note [Whose gradients may be read] in recorder.py.

        Parameters
        ----------
        identity : int

        Returns
        -------
        bool
        """
        if self.may_look_at_all():
            return True
        reached = self._reached.get(identity, set()) - {get_ident()}
        return not any(runs(thread) for thread in reached)

    def may_look_at_all(self) -> bool:
        """Tell whether the gradient of every leaf can be read now; quick, and True mostly.

        Returns
        -------
        bool
            False where each must be asked for.
        """
        reachers = self._reachers
        return not reachers or (len(reachers) == 1 and get_ident() in reachers)

    def _alone(self) -> bool:
        """Tell whether no pass runs in another thread."""
        return not self._running.keys() - {get_ident()}

    def _reach(self, identities: Iterable[int]) -> None:
        """Note that this thread's passes reach leaves."""
        here = get_ident()
        self._reachers.add(here)
        for identity in identities:
            self._reached.setdefault(identity, set()).add(here)

    def _place(self, running: Running, node: Any) -> int | None:
        if is_accumulator(node):
            if running.placement is None:
                return None
            return running.placement.leaf_nodes.get(self._leaf(node.variable, self._names))
        return running.node_of.get(node_key(node))

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
        space = {**self.variables(), **(local or {})}
        names = Names(space, self._passing())
        names.modules_of = self.modules.names(space)
        return names

    def _passing(self) -> set[str]:
        """Return the variables of loops, in this cell and in those that IPython ran before it."""
        before = self.variables().get("In")
        texts = [*(before[-CELLS_READ:] if type(before) is list else ()), self.text]
        return set[str]().union(*(loop_variables(one) for one in texts if type(one) is str))

    def _leaf(self, tensor: Any, names: Callable[[], Names]) -> int:
        identity = self.ledger.id_of(tensor, lambda one: first_name(names(), one))
        if identity not in self._touched_leaves:
            self._touched_leaves[identity] = self.ledger.begin(identity)
        return identity

    def _rename(self, names: Names) -> None:
        """Call the leaves, and the hooks on them, by the names that the user has for them now."""
        records, find = self.ledger.records, self.ledger.tensor
        for identity in self._touched_leaves:
            tensor = find(identity)
            if identity in records and tensor is not None:
                self.ledger.rename(identity, first_name(names, tensor))
        for row in self.hooks.rows.values():
            if row.owner[0] == "leaf" and row.owner[1] in records:
                row.target = records[row.owner[1]].name or row.target

    def _expect(self, names: Names, local: Collection[str] = ()) -> None:
        """List the leaves, too, that the user may expect a pass to reach: see :mod:`missed`."""
        touched, find = self._touched_leaves, self.ledger.find
        concerned = words_of(self.text) | set(local)
        for leaf in expected(names, concerned, lambda leaf: find(leaf) in touched):
            if len(touched) < LEAVES_KEPT:
                self._leaf(leaf, lambda: names)

    def _leaves(self, walked: Walk, names: Callable[[], Names]) -> tuple[int, ...]:
        """Return the identities of the leaves of one graph: as many as there are leaves."""
        found = [self._leaf(leaf, names) for leaf in walked.leaves]
        for index, leaf in enumerate(walked.leaves):
            if found.count(found[index]) > 1 and self.ledger.tensor(found[index]) is not leaf:
                self.ledger.part(leaf)
                found[index] = self._leaf(leaf, names)
        return tuple(found)

    def _owner_key(self, owner: Any) -> Owner | None:
        """Return the key for what a hook is on, where that is known without looking for names."""
        if owner is None:
            return ("unknown",)
        node = owner.grad_fn if is_tensor(owner) else owner
        if node is None or is_accumulator(node):
            identity = self.ledger.find(owner if node is None else node.variable)
            return None if identity is None else ("leaf", identity)
        return ("node", *node_key(node))

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
            return ("node", *node_key(node)), (
                names[0] if names else self._node_target(node, local)
            )
        if is_accumulator(owner):
            return self._owner(owner.variable)
        return ("node", *node_key(owner)), self._node_target(owner, local)

    def _node_target(self, node: Any, local: Mapping[str, Any] | None) -> str:
        running = self._current()
        place = None if running is None else self._place(running, node)
        known = None if place is None else self.book.node(place)
        names = known.vars if known is not None else self._names(local).of_node(node)
        return names[0] if names else node_name(node)

    def _stat(self, running: Running, value: Any, *, fresh: bool = False) -> Stat | None:
        if value is None:
            return None
        # PyTorch adds what comes later to what came first, in the same tensor.
        version = getattr(value, "_version", 0)
        known = running.measured.get(id(value))
        if known is not None and known[0]() is value and known[1] == version and not fresh:
            return known[2]
        thin = self.spent - running.spent_before > PASS_BUDGET
        stat = measure(value, THIN if thin else None)
        self.sampler.strided += stat is not None and stat.sampled is not None
        try:
            running.measured[id(value)] = weakref.ref(value), version, stat
        except TypeError:
            return stat  # a NumPy scalar: cheap to measure again
        return stat

    def _notice_cleared(self) -> None:
        """Compare what leaves hold with what the last pass left there: nobody tells who zeroes."""
        held, cleared, all_may = self._held, [], self.may_look_at_all()
        for identity, before in list(held.items()):
            tensor = self.ledger.tensor(identity)
            if tensor is None:
                del held[identity]
                continue
            if not (all_may or self.may_look(identity)):
                continue
            now = state_of(tensor.grad)
            if now == before:
                continue
            if now is None:
                del held[identity]
                cleared.append(identity)
                continue
            held[identity] = now
            if is_zero(tensor.grad):
                self.ledger.note(identity, LedgerRow("zeroed"))
        if cleared:
            self.ledger.write(LedgerRow("cleared"), tuple(cleared))

    def _settle_clearings(self) -> None:
        """Write down the gradients that were cleared since the last pass."""
        clearings, self._clearing, self._clearing_key = self._clearing, [], None
        for origin, identities in clearings:
            self.ledger.write(LedgerRow("cleared", site=self._site(origin)), tuple(identities))
            for identity in identities if self._held or self._filled else ():
                self._held.pop(identity, None)
                self._filled.pop(identity, None)
        filled, self._filled = self._filled, {}
        for identity, origin in filled.items():
            leaf = self.ledger.tensor(identity)
            if leaf is not None and leaf.grad is not None and is_zero(leaf.grad):
                self.ledger.note(identity, LedgerRow("zeroed", site=self._site(origin)))

    # -- looking at the variables ----------------------------------------------------------

    def _place_variables(self) -> None:
        """Place the graphs that the user's variables hold and that were made since the start."""
        names = self._names()
        roots = []
        for tensor in names.tensors.values():
            node = tensor.grad_fn
            number = None if node is None else sequence_nr(node)
            if number is not None and self._is_new(node, number):
                roots.append(tensor)
        if roots:
            walked = walk(roots, self.limit)
            leaves = self._leaves(walked, lambda: names)
            self.book.place(walked, leaves, lambda: names, refresh=True)

    def _is_new(self, node: Any, number: int) -> bool:
        """Say whether a node was made since the start; each engine counts its own nodes."""
        own = hasattr(node, "sequence_nr")
        first = self._first_sequence if own else self._first_foreign_sequence
        if first is None or number >= first:
            return first is not None
        if own:
            return False
        # PyTorch counts the nodes of each thread anew.
        site = site_of_node(node)
        return site is not None and site.cell == self.cell

    @guarded
    def _last_look(self) -> None:
        self._settle_clearings()
        self._notice_cleared()
        for source in self._sources:
            source.last_look()
        if self._namespace is not None and self._alone():
            self._place_variables()
        names = self._names()
        if self.tape.total:
            self._expect(names)
        # In which order leaves were met depends on when the growing graph was looked at.
        place = {id(tensor): at for at, tensor in enumerate(names.tensors.values())}
        last = len(place)
        self._touched_leaves = dict(
            sorted(
                self._touched_leaves.items(),
                key=lambda pair: (place.get(id(self.ledger.tensor(pair[0])), last), pair[0]),
            )
        )
        self._rename(names)
        for identity in self._touched_leaves:
            record, tensor = self.ledger.records.get(identity), self.ledger.tensor(identity)
            if record is None or tensor is None:
                continue
            if not self.may_look(identity):
                continue  # what it was at the last contribution
            record.grad = None if tensor.grad is None else measure(tensor.grad)
            record.has_grad = record.grad is not None
            record.health.updated(tensor)

    def _sketch(self, record: Pass, arrived: tuple[int, ...]) -> None:
        """Put a pass that was only counted on the tape: what it left at the leaves is still there.

        Parameters
        ----------
        record : Pass
        arrived : tuple of int
            Identities of the leaves that it reached.
        """
        if self._placement is None:
            return
        for identity in arrived:
            place = self._leaf_places.get(identity)
            if place is None or self.book.node(place) is None:
                continue
            tensor = self.ledger.tensor(identity)
            held = None if tensor is None or not self.may_look(identity) else tensor.grad
            # A gradient that is new in every pass and was not written into is what this one left.
            new = getattr(held, "_version", 0) == 0
            same = new or state_of(held) == self._held.get(identity)
            step = Step(place, "AccumulateGrad")
            step.accumulate = identity, None, measure(held) if same else None
            record.steps.append(step)
        record.left_out = len(self._placement.ops)
        self.tape.add(record)

    def _follow(self, running: Running) -> None:
        """Keep a value of the variable that the user asked to follow, if it is its turn."""
        number = running.record.id
        if self.track is None or not self.tracked.wants(number):
            return
        name, *path = self.track.split(".")
        value = self.variables().get(name) if running.tracked is None else running.tracked
        for part in path:
            value = getattr(value, part, None)
        if value is None:
            return
        array = array_of(value)
        if array.size == 1 and array.dtype.kind in "biufc":
            self.tracked.add((number, float(array.reshape(-1)[0].real)))


def first_name(names: Names, tensor: Any) -> str:
    """Return the name that says most of a tensor.

    Parameters
    ----------
    names : Names
    tensor : TensorLike

    Returns
    -------
    str
        Empty where it has none.
    """
    found = names.of_tensor(tensor)
    return found[0] if found else ""


def is_zero(grad: Any) -> bool:
    """Tell whether a gradient holds zeros alone, as far as a sample shows.

    Parameters
    ----------
    grad : TensorLike

    Returns
    -------
    bool
    """
    stat = measure(grad, THIN)
    return stat is not None and stat.norm == 0


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


def one_line(error: BaseException) -> str:
    """Return an error's class and first sentence.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    str
    """
    text = str(error).partition("\n")[0]
    text = text.partition(". ")[0] if len(text) > LINE else text
    if len(text) > LINE:
        text = text[:LINE].rpartition(" ")[0] + "…"
    return f"{type(error).__name__}: {text}".removesuffix(": ")


def first_stat(finder: Finder, running: Running, values: tuple[Any, ...]) -> Stat | None:
    """Measure the first gradient of several that is there.

    Parameters
    ----------
    finder : Finder
    running : Running
    values : tuple

    Returns
    -------
    Stat or None
    """
    return next((finder._stat(running, value) for value in values if value is not None), None)
