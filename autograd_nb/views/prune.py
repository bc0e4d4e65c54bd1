"""The part of a graph that a static picture can show."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd_nb.observe.graph import Graph

STATIC_LIMIT = 600
"""Boxes up to which a static picture is readable."""


def prune(graph: Graph, limit: int = STATIC_LIMIT) -> Graph:
    """Keep the nodes nearest to the loss, and count the others as hidden.

    Parameters
    ----------
    graph : Graph
    limit : int, default 600
        Boxes to keep, uses of leaves included.

    Returns
    -------
    Graph
        The graph itself where it is small enough.
    """
    if len(graph.nodes) <= limit:
        return graph
    inputs: dict[int, list[int]] = {}
    for edge in graph.edges:
        inputs.setdefault(edge.dst, []).append(edge.src)
    producers = {edge.src for edge in graph.edges}
    starts = graph.roots or tuple(n.id for n in graph.nodes if n.id not in producers)
    kept: set[int] = set()
    queue = deque(starts)
    while queue and len(kept) < limit:
        node = queue.popleft()
        if node not in kept:
            kept.add(node)
            queue.extend(inputs.get(node, ()))
    return replace(
        graph,
        nodes=tuple(node for node in graph.nodes if node.id in kept),
        edges=tuple(edge for edge in graph.edges if edge.src in kept and edge.dst in kept),
        hidden=graph.hidden + len(graph.nodes) - len(kept),
    )
