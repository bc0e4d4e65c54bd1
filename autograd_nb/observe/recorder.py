"""The recorder: what the engine does becomes a bounded tape, a graph, a ledger and a hook table.

Two sources feed it: the events of this package's engine (:mod:`own`) and, where the user's session
has imported PyTorch, the grad_fn protocol of PyTorch's nodes (:mod:`foreign`).  Both call the
methods of :class:`Sink` and nothing else, so that the views cannot tell which engine ran.

Note [Budget]
The first passes are recorded in full, later ones by their number (:mod:`sampling`), so seldom that
this takes a few percent of the loop's time.  Between them a pass is counted and its leaves get
their ledger rows; norms are measured at contributions whose number follows from how many there
were (:mod:`health`), so that a curve is the same however fast the machine was.

Note [Whose gradients may be read]
PyTorch writes and frees `.grad` without Python's lock: a thread that reads it while another works
on the leaf can end the process, with or without a recorder.  `may_look` therefore refuses a leaf
that the passes of another thread have reached, as long as that thread runs.  What the passes
themselves tell is complete; what is read from such leaves comes when the thread has ended.

Note [One place for our own failures]
Every entry point is wrapped by `guarded`.  A mistake in the recorder stops the recorder and shows
as one line in the status; the user's code goes on as if nobody had watched.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar
from weakref import WeakSet

from autograd_nb.observe.cells import is_cell
from autograd_nb.observe.finder import measure
from autograd_nb.observe.graph import Graph, Json, json_number, site_json
from autograd_nb.observe.hooktable import HookRow, Owner
from autograd_nb.observe.missed import reasons
from autograd_nb.observe.sampling import FIRST_WHOLE
from autograd_nb.observe.sink import Sink

__all__ = ["FIRST_WHOLE", "Recorder", "measure"]


class Recorder(Sink):
    """Watch gradients while some code runs.

    Parameters
    ----------
    namespace : mapping or callable, optional
        The user's variables, or a function that gives them when names are needed.
    cell : str, default ""
        Label of the cell that is watched.
    text : str, default ""
        What the cell says: leaves that it names are listed even if no pass reaches them.
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

    _started: ClassVar[WeakSet[Recorder]] = WeakSet()

    # -- life --------------------------------------------------------------------------

    @classmethod
    def latest(cls) -> Recorder | None:
        """Return the recorder that began last, of those that saw something and are still kept.

        Returns
        -------
        Recorder or None
        """
        seen = (recorder for recorder in list(cls._started) if recorder.seen)
        return max(seen, key=lambda recorder: recorder._begun, default=None)

    def start(self) -> Recorder:
        """Begin to watch; a second call does nothing.

        Returns
        -------
        Recorder
        """
        if not self.active:
            self.active = True
            is_cell.cache_clear()
            self._begun = time.perf_counter()
            self._started.add(self)
            self._sources = self.make_sources()
            self.attach()
        return self

    def make_sources(self) -> list[Any]:
        """Make what will tell of the engines.

        Returns
        -------
        list
            Objects with `attach`, `detach`, `watch` and `last_look`.
        """
        from autograd_nb.observe.foreign import ForeignSource
        from autograd_nb.observe.own import OwnSource

        return [OwnSource(self), ForeignSource(self)]

    def attach(self) -> None:
        """Watch what can be watched; again, PyTorch too, if it was imported after the start."""
        try:
            for source in self._sources if self.active else ():
                source.attach()
        except Exception as error:  # A library that is half imported, or another version of it.
            self._fail(error)

    def stop(self, state: str = "done") -> None:
        """Stop watching, look at the gradients once more, and push the last state.

        Parameters
        ----------
        state : str, default "done"
            What the status will say.
        """
        if self.active:
            self._last_look()
            self._detach()
            self._ended = time.perf_counter()
        elif not self.failed or self._state != "running":
            return  # what failed is told of, once
        self._state = state
        self._push(force=True)
        self._sites.clear()

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

    # -- what the views read -----------------------------------------------------------------

    def panel_state(self) -> Json:
        """Return the panel's traits as plain JSON data.

        Returns
        -------
        dict
            ``status``, ``graph``, ``tape``, ``leaves``, ``hooks`` and ``loss``; the cell's text
            is the caller's to add.
        """
        with self._lock:
            if self._drawn is None or self._drawn[0] != self.book.revision or not self.active:
                self.rearranged()
            assert self._drawn is not None
            end = time.perf_counter() if self.active else self._ended
            records = self.ledger.records
            why = reasons(self.tape, self.book.graph, self.active)
            return {
                "status": {
                    "state": self._state,
                    "elapsed": round(end - self._begun, 3),
                    "ops": self.ops,
                    "passes": self.tape.total,
                    "message": self.message,
                    "cell": self.cell,
                    "not_finite": self._broken_json(),
                    "sampling": self.sampler.to_json(self.tape.total),
                },
                "graph": self._drawn[1],
                "tape": self.tape.to_json(live=self.active),
                "leaves": [
                    {
                        **records[leaf].to_json(live=self.active),
                        "note": why(records[leaf], self._touched_leaves[leaf]),
                    }
                    for leaf in (
                        sorted(self._touched_leaves) if self.active else self._touched_leaves
                    )
                    if leaf in records
                ],
                "hooks": [row.to_json() for row in self.hooks.rows.values() if self._shows(row)],
                "loss": None
                if self.track is None
                else {
                    "name": self.track,
                    "points": [
                        [number, json_number(value)] for number, value in self.tracked.values
                    ],
                },
            }

    def rearranged(self) -> Json:
        """Return the ``graph`` trait again, after `arrange` has changed its mind.

        Returns
        -------
        dict
        """
        with self._lock:
            self._drawn = self.book.revision, self.arrange(self._with_hooks(self.book.graph))
            return self._drawn[1]

    def _broken_json(self) -> Json | None:
        """Say which pass met the first number that is not finite, and where it was called."""
        if self.broken is None:
            return None
        site = self._site(self.broken.origin)
        return {"what": self.broken.what, "pass": self.broken.pass_id, **site_json(site)}

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
            if not row.is_over():
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
