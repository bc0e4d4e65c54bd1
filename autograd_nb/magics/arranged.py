"""The graph as the panel draws it: some parts closed, every box with its place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice
from typing import Any

from autograd_nb.observe.graph import Graph
from autograd_nb.observe.scopes import Scope, collapse, default_collapsed, scopes_of
from autograd_nb.views.layout import layout
from autograd_nb.views.prune import prune

PANEL_LIMIT = 1_000
"""Boxes that the live panel draws; it says how many more there are."""

READABLE = 120
"""Boxes that a reader finds his way among: a larger graph opens with parts closed."""


WORDS_LIMIT = 500
"""Different words of one closed part that can be found."""


class Arrangement:
    """Which parts of one panel's graph are closed.

    Parameters
    ----------
    limit : int, default 1000
        Boxes to draw at most.
    readable : int, default 120
        A graph of more boxes has parts closed from the beginning.
    """

    def __init__(self, limit: int = PANEL_LIMIT, readable: int = READABLE) -> None:
        self.limit, self.readable = limit, readable
        self.chosen: tuple[str, ...] | None = None
        """What the reader closed, None before any choice."""

    def choose(self, collapsed: Collection[str]) -> None:
        """Close these parts and no other.

        Parameters
        ----------
        collapsed : collection of str
        """
        self.chosen = tuple(collapsed)

    def __call__(self, graph: Graph) -> dict[str, Any]:
        """Give the ``graph`` trait of the panel protocol.

        Parameters
        ----------
        graph : Graph

        Returns
        -------
        dict
        """
        scopes = scopes_of(graph)
        closed = self.chosen
        if closed is None:
            closed = default_collapsed(graph, scopes, self.limit, self.readable)
        known = {scope.id: scope for scope in scopes}
        placed = layout(prune(collapse(graph, scopes, closed), self.limit)).to_json()
        for node in placed["nodes"]:
            if node["kind"] == "scope":
                node["words"] = words_inside(graph, scopes, known[node["scope"]])
        placed["scopes"] = [scope.to_json() for scope in scopes]
        placed["collapsed"] = [one for one in closed if one in known]
        return placed

    def whole(self, graph: Graph) -> dict[str, Any]:
        """Give the ``graph`` trait of a page, which has no kernel to open its closed parts.

        Parameters
        ----------
        graph : Graph

        Returns
        -------
        dict
            With all that is in closed parts in ``opened``, a graph of the same form.
        """
        placed = self(graph)
        if placed["collapsed"]:
            whole = layout(graph).to_json()
            placed["opened"] = {**whole, "scopes": placed["scopes"], "collapsed": []}
        return placed


def words_inside(graph: Graph, scopes: Sequence[Scope], closed: Scope) -> str:
    """Gather what a search finds in a closed part: it then finds the box.

    Parameters
    ----------
    graph : Graph
    scopes : sequence of Scope
        Outer parts before inner ones.
    closed : Scope

    Returns
    -------
    str
        Names, variables, inner parts and lines, one a line, each once.
    """
    inside = set(closed.nodes)
    words: dict[str, None] = {}
    for node in graph.nodes:
        if node.id in inside:
            words.update(dict.fromkeys((node.name, node.label, *node.vars)))
            if node.site is not None:
                line = node.site.line
                words.update({f"{node.site.cell}:{line}": None, f"line {line}": None})
    within = {closed.id}
    for scope in scopes:
        if scope.parent in within:
            within.add(scope.id)
            words[scope.label] = None
    return "\n".join(islice(words, WORDS_LIMIT))
