"""The part of a graph that a static picture can show."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from autograd_nb.observe.scopes import closed_to_fit

if TYPE_CHECKING:
    from autograd_nb.observe.graph import Graph, GraphEdge, GraphNode

STATIC_LIMIT = 600
"""Boxes up to which a static picture is readable."""

LABELS = 3
"""Closed parts that are named below a picture."""

COLUMNS = 40
"""Boxes in a row up to which a static picture is readable."""


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


def readable(graph: Graph, limit: int = STATIC_LIMIT) -> Graph:
    """Close parts of a graph that is too large or too wide, and prune what is still too large.

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
    return prune(
        closed_to_fit(graph, lambda one: len(one.nodes) <= limit and _columns(one) <= COLUMNS),
        limit,
    )


def folded(nodes: Iterable[GraphNode], hidden: int) -> str:
    """Say how large a graph is of which not every node has a box, and where the others are.

    Parameters
    ----------
    nodes : iterable of GraphNode
        The boxes that are drawn.
    hidden : int
        Nodes without a box.

    Returns
    -------
    str
        Empty where every node has a box.
    """
    shown = list(nodes)
    parts = [node for node in shown if node.kind == "scope"]
    inside = sum(part.count for part in parts)
    told = []
    if parts:
        labels = [part.label for part in parts[:LABELS]] + ["…"] * (len(parts) > LABELS)
        boxes = "1 box" if len(parts) == 1 else f"{len(parts):,} boxes"
        told.append(f"{inside:,} folded into {boxes} ({', '.join(labels)})")
    if hidden:
        told.append(f"{hidden:,} not drawn")
    total = len(shown) - len(parts) + inside + hidden
    # Of what a walk has left out it counts the operations alone, and of a long one not all.
    least = "at least " if hidden else ""
    return f"{least}{total:,} nodes in all: {', '.join(told)}" if told else ""


def carried(
    edges: Iterable[GraphEdge], gradients: Mapping[int, float | None]
) -> dict[int, float | None]:
    """Give each drawn line the greatest norm of those it stands for, or one that is not finite.

    Parameters
    ----------
    edges : iterable of GraphEdge
    gradients : mapping of int to float
        Norm by edge of the whole graph.

    Returns
    -------
    dict of int to (float or None)
    """
    found: dict[int, float | None] = {}
    for edge in edges:
        norms = [gradients.get(one) for one in edge.merged or (edge.id,)]
        known = [norm for norm in norms if norm is not None]
        if known:
            found[edge.id] = max(known, key=lambda norm: (not math.isfinite(norm), norm))
    return found


def _columns(graph: Graph) -> int:
    """Count the boxes of the longest way through a graph; what lies on a cycle is passed over."""
    following: dict[int, list[int]] = {}
    waits = dict.fromkeys((node.id for node in graph.nodes), 0)
    for edge in graph.edges:
        following.setdefault(edge.src, []).append(edge.dst)
        waits[edge.dst] += 1
    column = dict.fromkeys(waits, 1)
    queue = deque(node for node, count in waits.items() if not count)
    while queue:
        here = queue.popleft()
        for after in following.get(here, ()):
            column[after] = max(column[after], column[here] + 1)
            waits[after] -= 1
            if not waits[after]:
                queue.append(after)
    return max(column.values(), default=0)
