"""One picture out of many walks: nodes keep their numbers when they are met again.

A cell may run backward many times: through the same graph (``retain_graph``), through one that
has grown, through unrelated ones, or, in a training loop, through a new graph of the same form
each time.  The book gives all of them places in one graph, and a loop's graphs the same places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from autograd_nb.observe.alike import Places, Search
from autograd_nb.observe.detail import saved_of
from autograd_nb.observe.graph import Graph, GraphEdge, GraphNode, Saved
from autograd_nb.observe.names import Names
from autograd_nb.observe.protocol import NodeKey, node_key
from autograd_nb.observe.snapshot import DETAIL_LIMIT, Snapshot, Walk, freeze

NODES_KEPT = 5_000
KEYS_KEPT = 50_000
FORMS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the parts of one walk are in the book's graph.

    Parameters
    ----------
    ops : tuple of int
        Node id of each operation of the walk.
    leaves : tuple of int
        Identity of each leaf of the walk.
    leaf_nodes : dict of int to int
        A node that stands for each leaf, by the leaf's identity.
    edges : dict of (int, int) to int
        Edge by consumer's node id and position.
    known : bool
        Whether a graph of this form was met before.
    """

    ops: tuple[int, ...]
    leaves: tuple[int, ...]
    leaf_nodes: dict[int, int]
    edges: dict[tuple[int, int], int]
    known: bool


class Book:
    """The graph that grows with every walk.

    Parameters
    ----------
    limit : int, default 5000
        Nodes kept; graphs met longest ago go first.
    """

    def __init__(self, limit: int = NODES_KEPT) -> None:
        self.limit = limit
        self.revision = 0
        self._nodes: dict[int, GraphNode] = {}
        self._edges: dict[tuple[int, int], GraphEdge] = {}
        self._places = Places(self._nodes, self._edges)
        self._roots: dict[int, None] = {}
        self._keys: dict[tuple[Any, ...], int] = {}
        self._forms: dict[Any, Placement] = {}
        self._hidden: dict[Any, int] = {}
        self._graph: Graph | None = None
        self._topology = 0
        self._next_node = 0
        self._next_edge = 0

    @property
    def graph(self) -> Graph:
        """Everything placed so far, as a frozen graph."""
        if self._graph is None:
            self._graph = Graph(
                tuple(self._nodes.values()),
                tuple(self._edges.values()),
                tuple(root for root in self._roots if root in self._nodes),
                key=self._topology,
                hidden=max(self._hidden.values(), default=0),
            )
        return self._graph

    def place(
        self,
        walked: Walk,
        leaves: tuple[int, ...],
        names: Callable[[], Names],
        *,
        refresh: bool = False,
    ) -> Placement:
        """Find or make places for everything that a walk met.

        Parameters
        ----------
        walked : Walk
        leaves : tuple of int
            Identities of the leaves of the walk.
        names : callable
            Gives the user's names; asked only when something must be described.
        refresh : bool, default False
            Describe nodes again that have a place already: names and saved tensors change.

        Returns
        -------
        Placement
        """
        keys = [node_key(op) for op in walked.ops]
        form = _form(walked, keys, leaves)
        found = self._forms.get(form)
        if found is not None and self._fits(found, keys):
            self._remember(keys, found)
            if refresh:
                self._describe_again(walked, names(), found)
            return found
        identity = dict(zip(map(id, walked.leaves), leaves, strict=True))
        shot = freeze(walked, names(), leaf_id=lambda leaf: identity[id(leaf)])
        placed = self._merge(walked, shot, keys, leaves)
        self._forms[form] = replace(placed, known=True)
        self._hidden[form] = walked.hidden
        self._trim(form)
        return placed

    def node(self, node_id: int) -> GraphNode | None:
        """Return a node that is still kept.

        Parameters
        ----------
        node_id : int

        Returns
        -------
        GraphNode or None
        """
        return self._nodes.get(node_id)

    def place_of(self, key: tuple[Any, ...]) -> int | None:
        """Return the node that has a sequence number and name.

        Parameters
        ----------
        key : tuple
            As :func:`~autograd_nb.observe.protocol.node_key` gives it.

        Returns
        -------
        int or None
        """
        return self._keys.get(key)

    def update(self, node_id: int, **changes: Any) -> None:
        """Change what is said of a node, not where it is.

        Parameters
        ----------
        node_id : int
        **changes
            Fields of :class:`GraphNode`.
        """
        node = self._nodes.get(node_id)
        if node is None:
            return
        changed = replace(node, **changes)
        if changed != node:
            self._nodes[node_id] = changed
            self._changed()

    def update_saved(self, node_id: int, saved: tuple[Saved, ...]) -> None:
        """Say anew what a node keeps; what was known of a tensor now freed is kept.

        Parameters
        ----------
        node_id : int
        saved : tuple of Saved
        """
        node = self._nodes.get(node_id)
        if node is not None:
            self.update(node_id, saved=_with_history(node.saved, saved))

    def _fits(self, found: Placement, keys: list[NodeKey]) -> bool:
        """Tell whether none of the nodes has another place already."""
        return all(
            self._keys.get(key, place) == place for key, place in zip(keys, found.ops, strict=True)
        ) and all(place in self._nodes for place in found.ops)

    def _remember(self, keys: list[NodeKey], found: Placement) -> None:
        if len(self._keys) > KEYS_KEPT:
            self._keys.clear()
        for key, place in zip(keys, found.ops, strict=True):
            if key[0] is not None:
                if found.known and key not in self._keys:
                    self._places.repeated.add(place)
                self._keys[key] = place

    def _merge(
        self,
        walked: Walk,
        shot: Snapshot,
        keys: list[NodeKey],
        leaves: tuple[int, ...],
    ) -> Placement:
        search = Search(
            walked, [shot.graph.nodes[local] for local in shot.op_ids], leaves, self._places
        )
        before = [self._keys.get(key) for key in keys]
        found = search.run(before)
        known_ops = dict(zip(shot.op_ids, found, strict=True))
        self._places.repeated.update(
            place
            for place, old in zip(found, before, strict=True)
            if place is not None and old is None
        )
        consumer = {edge.src: edge for edge in shot.graph.edges}
        given = frozenset(
            chain.from_iterable(node.vars for node in shot.graph.nodes if node.leaf is None)
        )
        place_of: dict[int, int] = {}
        leaf_nodes: dict[int, int] = {}
        for node in shot.graph.nodes:
            if node.leaf is None:
                known = known_ops[node.id]
            elif node.id in consumer:
                edge = consumer[node.id]
                dst = known_ops.get(edge.dst)
                use = None if dst is None else self._edges.get((dst, edge.nr))
                known = None if use is None else use.src
            else:
                known = next((n.id for n in self._nodes.values() if n.leaf == node.leaf), None)
            place_of[node.id] = self._put(node, known if known in self._nodes else None, given)
            if node.leaf is not None:
                leaf_nodes.setdefault(node.leaf, place_of[node.id])
        edges: dict[tuple[int, int], int] = {}
        for edge in shot.graph.edges:
            key = (place_of[edge.dst], edge.nr)
            old = self._edges.get(key)
            if old is None or old.src != place_of[edge.src]:
                number = self._next_edge
                self._next_edge += 1
                self._edges[key] = replace(edge, id=number, src=place_of[edge.src], dst=key[0])
                self._topology += 1
            edges[key] = self._edges[key].id
        for root in shot.graph.roots:
            self._roots[place_of[root]] = None
        consumed = {edge.src for edge in self._edges.values()}
        self._roots = {root: None for root in self._roots if root not in consumed}
        self._changed()
        ops = tuple(place_of[local] for local in shot.op_ids)
        for place, form in zip(ops, search.forms, strict=True):
            self._places.take(place, form)
        placed = Placement(ops, leaves, leaf_nodes, edges, False)
        self._remember(keys, placed)
        return placed

    def _put(self, node: GraphNode, known: int | None, given: frozenset[str]) -> int:
        if known is None:
            known = self._next_node
            self._next_node += 1
            self._topology += 1
        else:
            old = self._nodes[known]
            kept = names_kept(old, node.vars, given)
            node = replace(
                node,
                vars=kept,
                label=kept[0] if kept and node.leaf is not None else node.label,
                site=node.site or old.site,
                modules=node.modules or old.modules,
                saved=_with_history(old.saved, node.saved),
            )
        self._nodes[known] = replace(node, id=known)
        return known

    def _describe_again(self, walked: Walk, names: Names, found: Placement) -> None:
        """Say anew what changes while a graph stays: the names, and what is kept."""
        called = [names.of_node(op) for op in walked.ops]
        given = frozenset(chain.from_iterable(called))
        with_details = len(walked.ops) <= DETAIL_LIMIT
        for op, place, new in zip(walked.ops, found.ops, called, strict=True):
            node = self._nodes[place]
            if node.vars != new:
                self.update(place, vars=names_kept(node, new, given))
            if with_details:
                self.update_saved(place, saved_of(op))

    def _trim(self, form: Any) -> None:
        """Forget the graphs met longest ago, when there are too many nodes or forms."""
        while len(self._forms) > 1 and (
            len(self._nodes) > self.limit or len(self._forms) > FORMS_KEPT
        ):
            oldest = next(iter(self._forms))
            if oldest == form:
                return
            gone = self._forms.pop(oldest)
            self._hidden.pop(oldest, None)
            needed: set[int] = set()
            for placed in self._forms.values():
                needed.update(placed.ops, placed.leaf_nodes.values())
            drop = {place for place in gone.ops if place not in needed}
            if not drop:
                continue
            for key in [key for key in self._edges if key[0] in drop]:
                src = self._edges.pop(key).src
                if self._nodes[src].kind == "leaf":
                    drop.add(src)
            for key in [key for key, edge in self._edges.items() if edge.src in drop]:
                del self._edges[key]
            for place in drop:
                self._places.drop(place)
                self._nodes.pop(place, None)
                self._roots.pop(place, None)
            self._keys = {key: place for key, place in self._keys.items() if place not in drop}
            self._topology += 1
            self._changed()

    def _changed(self) -> None:
        self.revision += 1
        self._graph = None


def names_kept(old: GraphNode, new: tuple[str, ...], given: frozenset[str]) -> tuple[str, ...]:
    """Return what to call a node that is met again.

    A name once known is kept, as a temporary of a loop has it only now and then; but not a name
    that has gone on to another node of the same graph.

    Parameters
    ----------
    old : GraphNode
    new : tuple of str
        What its result is called now.
    given : frozenset of str

    Returns
    -------
    tuple of str
    """
    return new or tuple(name for name in old.vars if name not in given)


def _with_history(old: tuple[Saved, ...], new: tuple[Saved, ...]) -> tuple[Saved, ...]:
    """Keep the form of a freed tensor, which can no longer be asked for, and who freed it."""
    known = {item.name: item for item in old}
    found = []
    for item in new:
        before = known.get(item.name)
        if before is not None and item.state == "freed":
            note = before.note if before.state == "freed" else item.note
            item = replace(item, shape=before.shape, dtype=before.dtype, note=note)
        found.append(item)
    return tuple(found)


def _form(walked: Walk, keys: list[NodeKey], leaves: tuple[int, ...]) -> Any:
    """Return what is equal for two walks through graphs of equal form and equal leaves."""
    rows = tuple((key[1], tuple(row)) for key, row in zip(keys, walked.inputs, strict=True))
    # A root that another root was computed from adds nothing: a loop's variables beside its loss.
    inner = {row[:2] for rows in walked.inputs for row in rows if row is not None}
    return hash((rows, leaves, tuple(root for root in walked.roots if root not in inner)))
