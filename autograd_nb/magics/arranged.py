"""The graph as the panel draws it: some parts closed, every box with its place."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from autograd_nb.observe.graph import Graph
from autograd_nb.observe.scopes import collapse, default_collapsed, scopes_of
from autograd_nb.views.layout import layout
from autograd_nb.views.prune import prune

PANEL_LIMIT = 1_000
"""Boxes that the live panel draws; it says how many more there are."""


class Arrangement:
    """Which parts of one panel's graph are closed.

    Parameters
    ----------
    limit : int, default 1000
        Boxes to draw at most; a larger graph has parts closed from the beginning.
    """

    def __init__(self, limit: int = PANEL_LIMIT) -> None:
        self.limit = limit
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
            closed = default_collapsed(graph, scopes, self.limit)
        known = {scope.id for scope in scopes}
        placed = layout(prune(collapse(graph, scopes, closed), self.limit)).to_json()
        placed["scopes"] = [scope.to_json() for scope in scopes]
        placed["collapsed"] = [one for one in closed if one in known]
        return placed
