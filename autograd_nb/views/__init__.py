"""Pictures of plain data: text, SVG, matplotlib, widget.  Nothing here knows an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd_nb.views.layout import LaidOut, layout
from autograd_nb.views.prune import prune
from autograd_nb.views.svg import svg
from autograd_nb.views.text import grads_text, graph_text, hooks_text, ledger_text

if TYPE_CHECKING:
    from autograd_nb.observe.graph import Graph

__all__ = [
    "LaidOut",
    "arrange",
    "grads_text",
    "graph_text",
    "hooks_text",
    "layout",
    "ledger_text",
    "prune",
    "svg",
]


def arrange(graph: Graph) -> dict[str, Any]:
    """Return the panel's ``graph`` trait: nodes with places, edges with lines.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    dict
    """
    return layout(graph).to_json()
