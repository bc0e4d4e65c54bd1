"""Parts of a graph that can be shown as one box: modules, repeated blocks, lines, chains.

The parts form a tree.  At each level the operations, in the order of their making, are cut into
units (one call of a module, one line of a cell, one operation); units that repeat, as the steps of
a recurrent network and equal layers do, become a block.  Inside a module the same begins again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from autograd_nb.observe.graph import Graph, GraphEdge, GraphNode, Json

LINE_FROM = 3
"""Operations of one line that make a part."""

CHAIN_FROM = 4
"""Elementwise operations in a row that make a part."""

PERIODS = 6
"""Lengths of a repetition that are tried, the most frequent distances first."""

STEPS_NAMED = 100
"""Repetitions of a block that are parts of their own; of a longer block only the whole is."""

LABEL = 32

TELLING = 5
"""Fewer boxes, of a graph that could be drawn, say too little of it."""

ELEMENTWISE = frozenset(
    "abs add clamp cos cosh div elu erf exp expm1 gelu hardtanh leaky_relu log log1p log2 mul neg "
    "pow reciprocal relu rsqrt rsub sigmoid sign silu sin sinh softplus sqrt sub tan tanh".split()
)


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of a graph.

    Parameters
    ----------
    id : str
        The same for the same part of an equal graph.
    kind : str
        ``"module"``, ``"block"``, ``"line"`` or ``"chain"``.
    label : str
    nodes : tuple of int
        Every node inside, those of inner parts too.
    times : int, default 1
        How often a block is repeated.
    parent : str or None
    """

    id: str
    kind: str
    label: str
    nodes: tuple[int, ...]
    times: int = 1
    parent: str | None = None

    def to_json(self) -> Json:
        """Return the JSON form of the panel protocol.

        Returns
        -------
        dict
        """
        return {
            "id": self.id,
            "kind": self.kind,
            "label": self.label,
            "times": self.times,
            "nodes": list(self.nodes),
            "parent": self.parent,
        }


@dataclass(slots=True)
class _Unit:
    kind: str
    label: str
    ops: list[GraphNode]
    key: object = None
    sign: int = 0


def scopes_of(graph: Graph) -> tuple[Scope, ...]:
    """Find the parts of a graph.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    tuple of Scope
        Outer parts before inner ones.
    """
    return tuple(_Finder(graph).find())


class _Finder:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.found: list[Scope] = []
        self.used: Counter[str] = Counter()
        self.leaves: dict[int, list[int]] = {}
        self.inputs: dict[int, set[int]] = {}
        is_leaf = {node.id for node in graph.nodes if node.kind == "leaf"}
        for edge in graph.edges:
            if edge.src in is_leaf:
                self.leaves.setdefault(edge.dst, []).append(edge.src)
            else:
                self.inputs.setdefault(edge.dst, set()).add(edge.src)

    def find(self) -> list[Scope]:
        ops = sorted((node for node in self.graph.nodes if node.kind == "op"), key=lambda n: n.id)
        # A stack instead of recursion: modules may be nested as deeply as the user likes.
        waiting: list[tuple[list[GraphNode], int, str | None]] = [(ops, 0, None)]
        while waiting:
            inside, depth, parent = waiting.pop(0)
            units = list(_units(inside, depth))
            at = 0
            for start, period, times in _repeats([unit.sign for unit in units]):
                waiting += self._plain(units[at:start], depth, parent)
                at = start + period * times
                waiting += self._block(units[start:at], period, times, depth, parent)
            waiting += self._plain(units[at:], depth, parent)
        return self.found

    def _plain(
        self, units: Sequence[_Unit], depth: int, parent: str | None
    ) -> list[tuple[list[GraphNode], int, str | None]]:
        """Make the units of one level parts, and name those to look into."""
        further: list[tuple[list[GraphNode], int, str | None]] = []
        loose: list[GraphNode] = []
        for unit in _joined(units):
            if unit.kind == "module":
                made = self._add("module", unit.label, unit.ops, parent)
                further.append((unit.ops, depth + 1, made))
            elif len(unit.ops) >= LINE_FROM:
                self._add("line", unit.label, unit.ops, parent)
            else:
                loose += unit.ops
                continue
            self._chains(loose, parent)
            loose = []
        self._chains(loose, parent)
        return further

    def _block(
        self, units: Sequence[_Unit], period: int, times: int, depth: int, parent: str | None
    ) -> list[tuple[list[GraphNode], int, str | None]]:
        label = max(units[:period], key=lambda unit: len(unit.ops)).label
        whole = self._add("block", label, [op for u in units for op in u.ops], parent, times)
        further: list[tuple[list[GraphNode], int, str | None]] = []
        for step in range(min(times, STEPS_NAMED)) if times <= STEPS_NAMED else ():
            part = units[step * period : (step + 1) * period]
            inner = whole
            if period > 1:
                ops = [op for unit in part for op in unit.ops]
                inner = self._add("block", f"{label} ({step + 1})", ops, whole)
            further += self._plain(part, depth, inner)
        return further

    def _chains(self, ops: Sequence[GraphNode], parent: str | None) -> None:
        run: list[GraphNode] = []
        for op in [*ops, None]:
            fits = op is not None and op.label in ELEMENTWISE
            if fits and op is not None and (not run or run[-1].id in self.inputs.get(op.id, ())):
                run.append(op)
                continue
            if len(run) >= CHAIN_FROM:
                self._add("chain", f"{run[0].label} … {run[-1].label}", run, parent)
            run = [op] if fits and op is not None else []

    def _add(
        self,
        kind: str,
        label: str,
        ops: Sequence[GraphNode],
        parent: str | None,
        times: int = 1,
    ) -> str:
        name = f"{kind}:{label}"
        self.used[name] += 1
        number = self.used[name]
        made = name if number == 1 else f"{name}#{number}"
        nodes = [one for op in ops for one in (*self.leaves.get(op.id, ()), op.id)]
        self.found.append(Scope(made, kind, label, tuple(nodes), times, parent))
        return made


def _units(ops: Sequence[GraphNode], depth: int) -> Iterator[_Unit]:
    """Cut operations into calls of modules and lines of cells."""
    current: _Unit | None = None
    seen: set[str] = set()
    for op in ops:
        if len(op.modules) > depth:
            here: object = ("module", *op.modules[depth])
            kind, label = "module", op.modules[depth][0]
        else:
            site = op.site
            here = ("line", site.cell, site.line) if site is not None else None
            kind, label = "line", (site.source if site is not None else op.label)
        # The same operation of the same line again may be the next turn of a loop.
        again = kind == "line" and op.name in seen
        if current is None or here != current.key or here is None or again:
            if current is not None:
                yield current
            current = _Unit(kind, _short(label), [], here)
            seen.clear()
        seen.add(op.name)
        current.ops.append(op)
        # Modules of one form are equal whatever they are called: layers differ in their names.
        place = None if op.site is None else (op.site.cell, op.site.line)
        current.sign = hash((current.sign, op.name, place))
    if current is not None:
        yield current


def _joined(units: Sequence[_Unit]) -> Iterator[_Unit]:
    """Put together what stands in one line and turned out not to be a loop."""
    last: _Unit | None = None
    for unit in units:
        if last is not None and unit.kind == "line" and unit.key == last.key is not None:
            last = _Unit(last.kind, last.label, last.ops + unit.ops, last.key)
            continue
        if last is not None:
            yield last
        last = unit
    if last is not None:
        yield last


def _short(label: str) -> str:
    return label if len(label) <= LABEL else label[: LABEL - 1] + "…"


def _repeats(signs: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Find where a sequence repeats itself: start, length of what is repeated, how often."""
    last: dict[int, int] = {}
    distances: Counter[int] = Counter()
    for at, sign in enumerate(signs):
        if sign in last:
            distances[at - last[sign]] += 1
        last[sign] = at
    runs: list[tuple[int, int, int]] = []
    for period, _ in distances.most_common(PERIODS):
        equal = 0
        for at in range(period, len(signs) + 1):
            if at < len(signs) and signs[at] == signs[at - period]:
                equal += 1
                continue
            times = equal // period + 1
            if times >= (3 if period == 1 else 2):
                runs.append((at - equal - period, period, times))
            equal = 0
    # The longest run wins, of equally long ones the shortest repetition.
    runs.sort(key=lambda run: (-run[1] * run[2], run[1], run[0]))
    taken = bytearray(len(signs))
    kept = []
    for start, period, times in runs:
        stop = start + period * times
        if not any(taken[start:stop]):
            taken[start:stop] = b"\1" * (stop - start)
            kept.append((start, period, times))
    yield from sorted(kept)


def default_collapsed(
    graph: Graph, scopes: Sequence[Scope], limit: int, readable: int
) -> tuple[str, ...]:
    """Choose what to close so that a large graph can be read.

    Parameters
    ----------
    graph : Graph
    scopes : sequence of Scope
    limit : int
        Boxes that can be drawn.
    readable : int
        Boxes that can be read; fewer than `limit`.

    Returns
    -------
    tuple of str
        Nothing for a graph that can be read; else all parts of the innermost level that is enough,
        or of the one before, where that can be drawn and too little would be left to see.
    """
    best: tuple[str, ...] = ()
    count = len(graph.nodes)
    for closed, at_level in _levels(scopes):
        if count <= readable:
            break
        inside = {node for scope in at_level for node in scope.nodes}
        left = len(graph.nodes) - len(inside) + len(at_level)
        if left < TELLING and count <= limit:
            break
        best, count = closed, left
    return best


def closed_to_fit(graph: Graph, fits: Callable[[Graph], bool]) -> Graph:
    """Close as little of a graph as makes it fit.

    Parameters
    ----------
    graph : Graph
    fits : callable
        Tells whether a graph can be drawn as it is.

    Returns
    -------
    Graph
        With all parts closed where even that is not enough.
    """
    if fits(graph):
        return graph
    scopes, drawn = scopes_of(graph), graph
    for closed, _ in _levels(scopes):
        drawn = collapse(graph, scopes, closed)
        if fits(drawn):
            break
    return drawn


def _levels(scopes: Sequence[Scope]) -> Iterator[tuple[tuple[str, ...], list[Scope]]]:
    """Give what is closed at each level, the innermost first, and the parts of the level."""
    depth: dict[str, int] = {}
    for scope in scopes:  # outer before inner
        depth[scope.id] = 0 if scope.parent is None else depth[scope.parent] + 1
    # A part of one operation says no more than the operation: it stays open.
    whole = [scope for scope in scopes if len(scope.nodes) > 1]
    for level in range(max(depth.values(), default=-1), -1, -1):
        yield (
            tuple(scope.id for scope in whole if depth[scope.id] >= level),
            [scope for scope in whole if depth[scope.id] == level],
        )


def collapse(graph: Graph, scopes: Sequence[Scope], collapsed: Collection[str]) -> Graph:
    """Draw closed parts as one box each.

    Parameters
    ----------
    graph : Graph
    scopes : sequence of Scope
        Of this graph, outer parts before inner ones.
    collapsed : collection of str
        Ids of the closed ones; of those in one another the outermost counts, and an id that is
        not known is passed over.

    Returns
    -------
    Graph
        With a node of kind ``"scope"`` for each, and one edge where several joined the same two
        boxes.  The box of the scope at place n has the id ``-2 - n``.
    """
    wanted = set(collapsed)
    home: dict[int, int] = {}
    boxes: dict[int, GraphNode] = {}
    by_id = {node.id: node for node in graph.nodes}
    shut: set[str] = set()
    for place, scope in enumerate(scopes):
        if scope.parent in shut:
            shut.add(scope.id)
            continue
        if scope.id not in wanted:
            continue
        shut.add(scope.id)
        members = [by_id[node] for node in scope.nodes if node in by_id]
        if not members:
            continue
        for member in members:
            home[member.id] = -2 - place
        boxes[-2 - place] = GraphNode(
            -2 - place,
            "scope",
            scope.label,
            scope.label if scope.times == 1 else f"{scope.label} ×{scope.times}",
            site=members[-1].site if scope.kind == "line" else None,
            hooks=sum(member.hooks for member in members),
            scope=scope.id,
            count=len(members),
        )
    if not boxes:
        return graph
    nodes: dict[int, GraphNode] = {}
    for node in graph.nodes:
        own = home.get(node.id, node.id)
        nodes.setdefault(own, boxes.get(own, node))
    lines: dict[tuple[int, ...], GraphEdge] = {}
    merged: dict[tuple[int, ...], list[int]] = {}
    for edge in graph.edges:
        src, dst = home.get(edge.src, edge.src), home.get(edge.dst, edge.dst)
        if src == dst:
            continue
        moved = (src, dst) != (edge.src, edge.dst)
        key = (src, dst) if moved else (src, dst, edge.id)
        if moved:
            merged.setdefault(key, []).append(edge.id)
        lines.setdefault(key, replace(edge, src=src, dst=dst, shape=None) if moved else edge)
    return replace(
        graph,
        nodes=tuple(nodes.values()),
        edges=tuple(
            replace(edge, merged=tuple(merged[key])) if key in merged else edge
            for key, edge in lines.items()
        ),
        roots=tuple(dict.fromkeys(home.get(root, root) for root in graph.roots)),
        key=hash((graph.key, tuple(sorted(boxes)))) & 0x7FFFFFFF,
    )
