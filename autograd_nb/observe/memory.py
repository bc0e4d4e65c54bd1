"""Which graphs are alive, what they save, who holds them, and what usually helps.

Every tensor and node that Python can see is looked at, so that a graph in a forgotten list is found
as well as one under a name.  PyTorch shows what its own nodes save and custom Functions put away;
what saved-tensor hooks packed is counted and not opened, in either engine.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_nb.observe.cells import site_of_node
from autograd_nb.observe.graph import Json, Site, site_json
from autograd_nb.observe.holders import Way, referrers, ways
from autograd_nb.observe.protocol import (
    history,
    is_accumulator,
    is_foreign,
    is_node,
    is_tensor,
    node_name,
)
from autograd_nb.observe.snapshot import COUNT_LIMIT, FOREIGN_LIMIT
from autograd_nb.observe.stepper import current

HOLDERS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Holder:
    """Something that keeps a graph alive.

    Parameters
    ----------
    path : str
        ``"loss"``, ``"losses (100 items)"``, ``"Out[4]"``.
    kind : str
        As of :class:`autograd_nb.observe.holders.Way`.
    cure : str
        What usually helps.
    """

    path: str
    kind: str
    cure: str


@dataclass(frozen=True, slots=True)
class LiveGraphs:
    """A graph, or several of the same form in the same hands.

    Parameters
    ----------
    count : int
        How many graphs.
    nodes : int
        Operations in each.
    saved : int
        Bytes that all of them save, a buffer counted once.
    alone : int
        Those of `saved` that are not a leaf's or a plain tensor's: what letting go of the graphs
        gives back.
    packed : int
        Saved tensors that hooks have packed, whose size is not known.
    by_node : tuple of (str, int)
        Bytes by the name of the node that saved them, largest first.
    by_line : tuple of (Site or None, int)
        Bytes by the line that made the node, largest first.
    holders : tuple of Holder
        Nearest first.
    more : int
        Holders left out.
    """

    count: int
    nodes: int
    saved: int
    alone: int
    packed: int
    by_node: tuple[tuple[str, int], ...]
    by_line: tuple[tuple[Site | None, int], ...]
    holders: tuple[Holder, ...]
    more: int = 0

    def to_json(self) -> Json:
        """Return plain data.

        Returns
        -------
        dict
        """
        return {
            "count": self.count,
            "nodes": self.nodes,
            "saved": self.saved,
            "alone": self.alone,
            "packed": self.packed,
            "by_node": [{"name": name, "bytes": size} for name, size in self.by_node],
            "by_line": [{**site_json(site), "bytes": size} for site, size in self.by_line],
            "holders": [
                {"path": one.path, "kind": one.kind, "cure": one.cure} for one in self.holders
            ],
            "more": self.more,
        }


@dataclass(slots=True)
class _Found:
    """One graph while it is looked at."""

    nodes: list[Any] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    anchor: Any = None
    by_node: dict[str, int] = field(default_factory=dict)
    by_line: dict[Site | None, int] = field(default_factory=dict)
    saved: int = 0
    alone: int = 0
    packed: int = 0


def memory(namespace: Mapping[str, Any] | None = None) -> tuple[LiveGraphs, ...]:
    """Look for the graphs that are alive.

    Parameters
    ----------
    namespace : mapping of str to object, optional
        The user's variables.

    Returns
    -------
    tuple of LiveGraphs
        The largest first; nothing of the graphs themselves is kept.

    Examples
    --------
    >>> import autograd_nb as torch
    >>> from autograd_nb.observe import memory
    >>> x = torch.ones(1000, requires_grad=True)
    >>> losses = [x.exp().sum()]
    >>> (found,) = memory({"x": x, "losses": losses})
    >>> found.nodes, found.saved, found.alone, found.holders[0].path
    (2, 4000, 4000, 'losses[0]')
    """
    space = dict(namespace or {})
    reached = list(ways(space))
    anchors, nodes = _anchors(reached)
    graphs = _components([*anchors, *nodes])
    of_node = {id(node): graph for graph in graphs for node in graph.nodes}
    owned = _owned(value for value, _ in reached if is_tensor(value) and history(value) is None)
    for value, way in reached:
        node = history(value) if is_tensor(value) else value
        graph = of_node.get(id(node))
        if graph is not None:
            graph.ways.append(way)
    for anchor in anchors:
        graph = of_node.get(id(history(anchor)))
        if graph is not None:
            graph.anchor = anchor
    _say_who_steps(of_node)
    ours = {id(anchors), id(reached), id(nodes), *(id(pair) for pair in reached)}
    ours |= {id(graph.nodes) for graph in graphs} | {id(graph) for graph in graphs} | {id(space)}
    counted: set[Any] = set()
    for graph in graphs:
        _measure(graph, owned, counted)
    return _summed(graphs, ours)


def _anchors(reached: list[tuple[Any, Way]]) -> tuple[list[Any], list[Any]]:
    """Return all tensors with a graph and all nodes that Python can see, each once."""
    kinds: dict[type, str] = {}
    tensors: dict[int, Any] = {}
    nodes: dict[int, Any] = {}

    def look(value: Any) -> None:
        kind = kinds.get(type(value))
        if kind is None:
            kind = "tensor" if is_tensor(value) else "node" if is_node(value) else "other"
            kinds[type(value)] = kind
        if kind == "tensor" and history(value) is not None:
            tensors[id(value)] = value
        elif kind == "node" and not is_accumulator(value):
            nodes[id(value)] = value

    for value, _ in reached:
        look(value)
    for value in gc.get_objects():
        look(value)
    return list(tensors.values()), list(nodes.values())


def _components(starts: list[Any]) -> list[_Found]:
    """Group all operations by the graph that they are in; leaves do not tie graphs together."""
    parent: dict[int, int] = {}
    met: dict[int, Any] = {}

    def root(key: int) -> int:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    stack: list[Any] = []
    foreign = 0
    for start in starts:
        node = history(start) if is_tensor(start) else start
        if is_accumulator(node) or id(node) in met:
            continue
        met[id(node)] = node
        parent[id(node)] = id(node)
        stack.append(node)
        while stack:
            node = stack.pop()
            foreign += is_foreign(node)
            # See Note [Deep foreign graphs] in snapshot.py.
            if len(met) > COUNT_LIMIT or foreign > FOREIGN_LIMIT:
                break
            for following, _ in node.next_functions:
                if following is None or is_accumulator(following):
                    continue
                key = id(following)
                if key not in met:
                    met[key] = following
                    parent[key] = key
                    stack.append(following)
                parent[root(key)] = root(id(node))
    found: dict[int, _Found] = {}
    for key, node in met.items():
        found.setdefault(root(key), _Found()).nodes.append(node)
    return list(found.values())


def _owned(tensors: Iterator[Any]) -> set[Any]:
    """Return the buffers that stay whatever becomes of the graphs: parameters and data."""
    return {entry[0] for tensor in tensors if (entry := _buffer(tensor)) is not None}


def _say_who_steps(of_node: Mapping[int, _Found]) -> None:
    stepped = current()
    running = None if stepped is None else stepped._running
    for node in running.walked.ops if running is not None and running.walked is not None else ():
        graph = of_node.get(id(node))
        if graph is not None:
            graph.ways.append(Way("the paused backward", "pass", ""))
            return


# ---- bytes ------------------------------------------------------------------------------------


def _buffer(value: Any) -> tuple[Any, int] | None:
    """Return what is equal for all views of one buffer, and its size."""
    array = getattr(value, "_array", value)
    if isinstance(array, np.ndarray):
        while isinstance(array.base, np.ndarray):
            array = array.base
        return ("array", id(array)), int(array.nbytes)
    if isinstance(array, np.generic):
        return ("scalar", id(array)), int(array.nbytes)
    if is_tensor(value):
        try:
            storage = value.untyped_storage()
            return ("storage", storage.data_ptr()), int(storage.nbytes())
        except (NotImplementedError, RuntimeError):
            return None  # sparse, or on no device: no storage to measure
    return None


def _saved(node: Any) -> Iterator[tuple[Any, int] | None]:
    """Return the buffers that a node saves; None for a tensor that hooks have packed."""
    if hasattr(type(node), "saved_values"):
        within = getattr(node, "fn", None)  # the operation of CopySlices
        parts: tuple[Any, ...] = (node, within)
        for part in parts:
            # Once freed, a record of that stands there.
            for value in part.saved_values() if isinstance(_kept(part), tuple) else ():
                items = getattr(value, "items", None)
                for entry in items if isinstance(items, list) else [value]:
                    if hasattr(entry, "unpack_hook"):
                        yield None
                        continue
                    owner = getattr(entry, "tensor", None)
                    found = _buffer(entry if owner is None else owner)
                    if found is not None:
                        yield found
        return
    for name in dir(type(node)):
        if name.startswith("_raw_saved_"):
            yield from _saved_by_pytorch(node, name)


def _kept(part: Any) -> Any:
    return getattr(part, "saved", None) if hasattr(type(part), "saved_values") else None


def _saved_by_pytorch(node: Any, name: str) -> Iterator[tuple[Any, int] | None]:
    try:
        raw = getattr(node, name)
        raws = raw if isinstance(raw, tuple | list) else (raw,)
        if any(getattr(one, "unpack_hook", None) is not None for one in raws):
            yield from [None] * len(raws)
            return
        public = name.removeprefix("_raw")
        value = getattr(node, public if public != "_saved_tensors" else "saved_tensors")
    except RuntimeError:
        return  # freed, or changed since: nothing of it is kept for this node
    for item in value if isinstance(value, tuple | list) else (value,):
        found = _buffer(item) if is_tensor(item) else None
        if found is not None:
            yield found


def _measure(graph: _Found, owned: set[Any], counted: set[Any]) -> None:
    for node in graph.nodes:
        for entry in _saved(node):
            if entry is None:
                graph.packed += 1
                continue
            key, size = entry
            if key in counted:
                continue
            counted.add(key)
            graph.saved += size
            graph.alone += 0 if key in owned else size
            name, site = node_name(node), site_of_node(node)
            graph.by_node[name] = graph.by_node.get(name, 0) + size
            graph.by_line[site] = graph.by_line.get(site, 0) + size


# ---- who, and what helps ----------------------------------------------------------------------


def _summed(graphs: list[_Found], ours: set[int]) -> tuple[LiveGraphs, ...]:
    """Put graphs of one form that are in the same hands together."""
    groups: dict[Any, list[_Found]] = {}
    for graph in graphs:
        hands = tuple(sorted({(way.kind, _hand(way)) for way in graph.ways}))
        form = tuple(sorted({node_name(node) for node in graph.nodes})), len(graph.nodes), hands
        groups.setdefault(form, []).append(graph)
    firsts = [group[0] for group in groups.values()]
    unnamed = [one for one in firsts if not one.ways]  # one of a group answers for all of it
    held = [one.nodes[0] if one.anchor is None else one.anchor for one in unnamed]
    for one, way in zip(unnamed, referrers(held, ours | {id(unnamed), id(firsts)}), strict=True):
        one.ways.append(way)
    found = [_sum(group) for group in groups.values()]
    return tuple(sorted(found, key=lambda one: (-one.alone, -one.saved, -one.count * one.nodes)))


def _hand(way: Way) -> str:
    return way.owner if way.kind in ("item", "output", "traceback") else way.path


def _sum(group: list[_Found]) -> LiveGraphs:
    by_node: dict[str, int] = {}
    by_line: dict[Site | None, int] = {}
    for graph in group:
        for name, size in graph.by_node.items():
            by_node[name] = by_node.get(name, 0) + size
        for site, size in graph.by_line.items():
            by_line[site] = by_line.get(site, 0) + size
    holders = _holders([way for graph in group for way in graph.ways])
    return LiveGraphs(
        len(group),
        len(group[0].nodes),
        sum(graph.saved for graph in group),
        sum(graph.alone for graph in group),
        sum(graph.packed for graph in group),
        tuple(sorted(by_node.items(), key=lambda item: (-item[1], item[0]))),
        tuple(sorted(by_line.items(), key=lambda item: (-item[1], str(item[0])))),
        tuple(holders[:HOLDERS_SHOWN]),
        max(0, len(holders) - HOLDERS_SHOWN),
    )


def _holders(found: list[Way]) -> list[Holder]:
    """Name each holder once; items of one container together."""
    items: dict[tuple[str, str], list[Way]] = {}
    for way in dict.fromkeys(found):
        key = way.kind, way.owner if way.kind == "item" else way.path
        items.setdefault(key, []).append(way)
    holders = []
    for (kind, owner), members in items.items():
        path = members[0].path if len(members) == 1 else f"{owner} ({len(members)} items)"
        holders.append(Holder(path, kind, _cure(members[0])))
    return holders


def _cure(way: Way) -> str:
    path, owner = way.path, way.owner
    return {
        "variable": f"del {path}, or keep {path}.item() or {path}.detach()",
        "item": f"put .item() or .detach() of it into {owner}",
        "attribute": f"store .detach() of it in {owner}",
        "closure": "let go of the function or generator, or give it .detach() of it",
        "gradient": f"{path} = None, or autograd.grad in place of create_graph in backward",
        "hook": "remove the hook, or let it keep .detach() of it",
        "output": "%reset -f out, and end lines that show a tensor with ;",
        "traceback": "the last error keeps its frames until the next one: run 1/0 in a cell",
        "pass": "%autograd step end, or abort",
        "unnamed": "let the function that holds it return; gc.collect() frees what is a cycle",
    }[way.kind]
