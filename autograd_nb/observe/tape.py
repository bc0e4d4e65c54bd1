"""The recording of backward passes: plain data, bounded, in the order of what happened."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from autograd_nb.observe.graph import Json, Site, Stat, site_json

PASSES_KEPT = 40
STEPS_KEPT = 1_200
"""Steps in all kept passes together; the oldest passes go first."""

STEPS_LIVE = 40
"""Steps that travel to the browser while the cell still runs."""


def stat_json(stat: Stat | None) -> Json | None:
    """Return the JSON of a statistic that may be missing.

    Parameters
    ----------
    stat : Stat or None

    Returns
    -------
    dict or None
    """
    return None if stat is None else stat.to_json()


@dataclass(frozen=True, slots=True)
class HookEvent:
    """One call of a hook.

    Parameters
    ----------
    kind : str
    target : str
        Name of the tensor or node.
    fn : str
    before, after : Stat or None
        The first gradient that it was given, and what went on in its place.
    effect : str
        ``"kept"`` or ``"replaced"``.
    site : Site or None
        Where it was registered.
    """

    kind: str
    target: str
    fn: str
    before: Stat | None
    after: Stat | None
    effect: str
    site: Site | None = None

    def to_json(self) -> Json:
        """Return the JSON form of the panel protocol.

        Returns
        -------
        dict
        """
        return {
            "kind": self.kind,
            "target": self.target,
            "fn": self.fn,
            "before": stat_json(self.before),
            "after": stat_json(self.after),
            "effect": self.effect,
            **site_json(self.site),
        }


@dataclass(slots=True)
class Step:
    """One node that ran.

    Parameters
    ----------
    node : int
        Id in the graph.
    name : str
        Name of the node, for a graph that is no longer drawn.
    received : list of (Stat or None)
        One per output of the forward operation.
    sent : list of (int or None, Stat or None)
        One per input: the edge in the graph and the gradient that went along it.
    hooks : list of HookEvent
    accumulate : tuple of (int, Stat or None, Stat or None) or None
        Leaf, what came in, and ``.grad`` after it was added.
    """

    node: int
    name: str
    received: list[Stat | None] = field(default_factory=list)
    sent: list[tuple[int | None, Stat | None]] = field(default_factory=list)
    hooks: list[HookEvent] = field(default_factory=list)
    accumulate: tuple[int, Stat | None, Stat | None] | None = None

    def to_json(self) -> Json:
        """Return the JSON form of the panel protocol.

        Returns
        -------
        dict
        """
        added = None
        if self.accumulate is not None:
            leaf, incoming, grad = self.accumulate
            added = {"leaf": leaf, "incoming": stat_json(incoming), "grad": stat_json(grad)}
        return {
            "node": self.node,
            "name": self.name,
            "received": [stat_json(stat) for stat in self.received],
            "sent": [{"edge": edge, "stat": stat_json(stat)} for edge, stat in self.sent],
            "hooks": [event.to_json() for event in self.hooks],
            "accumulate": added,
        }


@dataclass(slots=True)
class Pass:
    """One backward pass.

    Parameters
    ----------
    id : int
        Counted from 1.
    site : Site or None
        Where backward was called.
    steps : list of Step
    error : str or None
        What ended it, if it did not end by itself.
    left_out : int
        Nodes that ran and of which no step tells.
    pinned : bool
        Kept whatever comes later.
    """

    id: int
    site: Site | None = None
    steps: list[Step] = field(default_factory=list)
    error: str | None = None
    left_out: int = 0
    pinned: bool = False
    _json: Json | None = None

    @property
    def said(self) -> bool:
        """Whether the JSON form is there already."""
        return self._json is not None

    def edge_norms(self) -> dict[int, float | None]:
        """Return the norm of the gradient that went along each edge.

        Returns
        -------
        dict of int to (float or None)
        """
        return {
            edge: stat.norm
            for step in self.steps
            for edge, stat in step.sent
            if edge is not None and stat is not None
        }

    def to_json(self) -> Json:
        """Return the JSON form of the panel protocol; made once, when the pass is over.

        Returns
        -------
        dict
        """
        if self._json is None:
            self._json = {
                "id": self.id,
                **site_json(self.site),
                "steps": [step.to_json() for step in self.steps],
                "error": self.error,
                "left_out": self.left_out,
            }
        return self._json


class Tape:
    """The last passes in full, and how many there were.

    Parameters
    ----------
    keep : int, default 40
        Passes kept.
    steps : int, default 1200
        Steps kept in all of them; the last pass is always kept, and so are pinned ones.
    """

    def __init__(self, keep: int = PASSES_KEPT, steps: int = STEPS_KEPT) -> None:
        self.keep = keep
        self.steps = steps
        self.passes: deque[Pass] = deque()
        self.total = 0
        self._held = 0

    def begin(self) -> int:
        """Count a pass and return its number.

        Returns
        -------
        int
        """
        self.total += 1
        return self.total

    def add(self, done: Pass) -> None:
        """Keep a pass that is over.

        Parameters
        ----------
        done : Pass
        """
        self.passes.append(done)
        self._held += len(done.steps)
        while len(self.passes) > self.keep or self._held > self.steps:
            oldest = next((one for one in self.passes if not one.pinned), done)
            if oldest is done:
                break
            self.passes.remove(oldest)
            self._held -= len(oldest.steps)

    @property
    def dropped(self) -> int:
        """Passes that ran and are not kept."""
        return self.total - len(self.passes)

    def to_json(self, live: bool = False) -> Json:
        """Return the JSON form of the panel protocol.

        Parameters
        ----------
        live : bool, default False
            Give the last pass, and of those before only what was given already and travels
            quickly: to put a pass into words costs more than to record it.

        Returns
        -------
        dict
        """
        picked: list[Any] = []
        room = STEPS_LIVE
        for kept in reversed(self.passes):
            if live and picked and (len(kept.steps) > room or not kept.said):
                break
            room -= len(kept.steps)
            picked.append(kept.to_json())
        picked.reverse()
        # Live, what is told changes with the passes that are kept, not with every one.
        total = self.passes[-1].id if live and self.passes else self.total
        return {"passes": picked, "dropped": total - len(picked)}
