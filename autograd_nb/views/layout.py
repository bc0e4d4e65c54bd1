"""Where the boxes go: a layered layout, made for graphs of gradients.

Leaves are at the left, the loss at the right.  The steps are the classical ones (layers, order,
coordinates), with the liberties that such graphs allow:

- layers are counted from the leaves, so that a graph that grows keeps the places it had; a branch
  that nothing else uses moves right until it touches its consumer;
- the first order follows ``next_functions``, and sweeps only improve it;
- a long edge is led between the boxes only while a budget of places lasts; longer ones run on
  rails above the picture, so that a weight used a thousand times costs no more than its edges;
- coordinates are a weighted isotonic regression per layer: each box as near to its neighbours as
  the order allows.

Everything is iterative, deterministic and needs the standard library only.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograd_nb.views.ordering import by_barycentre, inversions, isotonic, number_places, pair_gain

if TYPE_CHECKING:
    from autograd_nb.observe.graph import Graph, GraphEdge, GraphNode

MARGIN = 16.0
LAYER_GAP = 46.0
ROW_GAP = 14.0
BEND = 8.0
"""Height that a passing edge takes."""
RAIL_GAP = 9.0
RAILS = 12
DEEP = 40
"""Columns from which on a graph is taken for a loop."""
SPAN_LIMIT = 60
"""Layers that an edge may cross between boxes."""
IMPROVED_UP_TO = 1_200
"""Places up to which crossings are counted and swapped away."""
PER_CHARACTER = 7.0


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A box.

    Parameters
    ----------
    node : GraphNode
    x, y : float
        Centre, in pixels, y downwards.
    w, h : float
    layer : int
        Column, 0 at the left.
    """

    node: GraphNode
    x: float
    y: float
    w: float
    h: float
    layer: int


@dataclass(frozen=True, slots=True)
class RoutedEdge:
    """A line from the right side of the producer to the left side of the consumer.

    Parameters
    ----------
    edge : GraphEdge
    points : tuple of (float, float)
        At least two; to be joined by lines that leave and arrive level.
    """

    edge: GraphEdge
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A graph with places.

    Parameters
    ----------
    nodes : tuple of PlacedNode
    edges : tuple of RoutedEdge
    width, height : float
    key : int
    hidden : int
    roots : tuple of int
    """

    nodes: tuple[PlacedNode, ...]
    edges: tuple[RoutedEdge, ...]
    width: float
    height: float
    key: int = 0
    hidden: int = 0
    roots: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the ``graph`` trait of the panel protocol.

        Returns
        -------
        dict
            ``x`` and ``y`` of a node are its upper left corner.
        """
        return {
            "key": self.key,
            "width": _round(self.width),
            "height": _round(self.height),
            "hidden": self.hidden,
            "nodes": [
                {
                    **placed.node.to_json(),
                    "x": _round(placed.x - placed.w / 2),
                    "y": _round(placed.y - placed.h / 2),
                    "w": _round(placed.w),
                    "h": _round(placed.h),
                }
                for placed in self.nodes
            ],
            "edges": [
                {
                    **routed.edge.to_json(),
                    "points": [[_round(x), _round(y)] for x, y in routed.points],
                }
                for routed in self.edges
            ],
        }


def layout(graph: Graph) -> LaidOut:
    """Give every node of a graph a place and every edge a line.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    LaidOut
        The same for the same graph, in every process.
    """
    if not graph.nodes:
        return LaidOut((), (), 2 * MARGIN, 2 * MARGIN, graph.key, graph.hidden)
    form = (
        tuple((node.id, node.kind, *box_size(node)) for node in graph.nodes),
        tuple((edge.src, edge.dst, edge.nr) for edge in graph.edges),
    )
    known = _known.get(form)
    if known is None:
        for oldest in list(_known)[: len(_known) - KNOWN + 1]:
            _known.pop(oldest, None)
        known = _known[form] = _Layout(graph).run()
    return _with_data(known, graph)


KNOWN = 3
"""Layouts that are kept: a panel asks again whenever anything about a node has changed."""

_known: dict[tuple[object, ...], LaidOut] = {}


def _with_data(laid: LaidOut, graph: Graph) -> LaidOut:
    """Give the places of a layout to a graph of the same form."""
    return LaidOut(
        tuple(
            PlacedNode(node, placed.x, placed.y, placed.w, placed.h, placed.layer)
            for node, placed in zip(graph.nodes, laid.nodes, strict=True)
        ),
        tuple(
            RoutedEdge(edge, routed.points)
            for edge, routed in zip(_drawn(graph), laid.edges, strict=True)
        ),
        laid.width,
        laid.height,
        graph.key,
        graph.hidden,
        graph.roots,
    )


def _drawn(graph: Graph) -> list[GraphEdge]:
    """Return the edges both ends of which are in the graph."""
    ids = {node.id for node in graph.nodes}
    return [edge for edge in graph.edges if edge.src in ids and edge.dst in ids]


def box_size(node: GraphNode) -> tuple[float, float]:
    """Return the room that a node's text needs.

    Parameters
    ----------
    node : GraphNode

    Returns
    -------
    width, height : float
        In pixels.
    """
    text = len(node.label)
    if node.kind == "leaf":
        return max(34.0, text * PER_CHARACTER + 22.0), 26.0
    below = node.second_line
    if below:
        text = max(text, len(below) + 2)
    return max(40.0, text * PER_CHARACTER + 20.0), 44.0 if below else 28.0


class _Layout:
    """The state of one layout; places are small integers, boxes first, then bends."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        index = {node.id: place for place, node in enumerate(graph.nodes)}
        self.edges = [(index[edge.src], index[edge.dst], edge) for edge in _drawn(graph)]
        count = len(graph.nodes)
        self.inputs: list[list[int]] = [[] for _ in range(count)]
        self.outputs: list[list[int]] = [[] for _ in range(count)]
        for number, (src, dst, _) in enumerate(self.edges):
            self.inputs[dst].append(number)
            self.outputs[src].append(number)
        for row in self.inputs:
            row.sort(key=lambda number: self.edges[number][2].nr)
        sizes = [box_size(node) for node in graph.nodes]
        self.width = [size[0] for size in sizes]
        self.height = [size[1] for size in sizes]
        self.chains: list[list[int]] = [[] for _ in self.edges]
        self.railed: list[int] = []
        # Neighbours in the next column to the left and to the right, bends included.
        self.left: list[list[int]] = [[] for _ in range(count)]
        self.right: list[list[int]] = [[] for _ in range(count)]
        # How hard each of these edges wants to be level.
        self.left_pull: list[list[float]] = [[] for _ in range(count)]
        self.right_pull: list[list[float]] = [[] for _ in range(count)]

    def run(self) -> LaidOut:
        self.layer = self._layers()
        self._bend()
        columns = self._first_order()
        self._improve(columns)
        self.y = self._coordinates(columns)
        return self._finish()

    # -- layers ------------------------------------------------------------------------

    def _layers(self) -> list[int]:
        order = self._topological()
        layer = [0] * len(order)
        is_op = [node.kind != "leaf" for node in self.graph.nodes]
        for place in order:
            sources = [self.edges[number][0] for number in self.inputs[place]]
            if sources:
                layer[place] = 1 + max(layer[source] if is_op[source] else 0 for source in sources)
        # Counted before branches move: the length of the path that ends here.
        self.depth = list(layer)
        self.deep = max(layer) > DEEP
        self.ahead = [0] * len(order)
        for place in reversed(order):
            for number in self.inputs[place]:
                source = self.edges[number][0]
                self.ahead[source] = max(self.ahead[source], self.ahead[place] + 1)
        # A branch whose every part is used once can move right as a whole.
        alone = [False] * len(order)
        for place in order:
            alone[place] = len(self.outputs[place]) <= 1 and all(
                alone[self.edges[number][0]] for number in self.inputs[place]
            )
        for place in reversed(order):
            feeds_one = all(alone[self.edges[number][0]] for number in self.inputs[place])
            if self.outputs[place] and (feeds_one or not is_op[place]):
                layer[place] = min(layer[self.edges[number][1]] for number in self.outputs[place])
                layer[place] -= 1
        lowest = min(layer)
        return [value - lowest for value in layer]

    def _topological(self) -> list[int]:
        """Return the places, producers first; the rest of a cycle follows in its own order."""
        waiting = [len(row) for row in self.inputs]
        ready = [place for place, count in enumerate(waiting) if count == 0]
        order: list[int] = []
        for place in ready:  # grows while it is read
            order.append(place)
            for number in self.outputs[place]:
                dst = self.edges[number][1]
                waiting[dst] -= 1
                if waiting[dst] == 0:
                    ready.append(dst)
        if len(order) < len(waiting):
            met = set(order)
            order += [place for place in range(len(waiting)) if place not in met]
        return order

    def _bend(self) -> None:
        """Lead long edges through the columns they cross, as long as the budget lasts."""
        spans = [self.layer[dst] - self.layer[src] for src, dst, _ in self.edges]
        budget = 2 * len(self.graph.nodes) + 50
        routed = [False] * len(spans)
        for number in sorted(range(len(spans)), key=lambda n: (spans[n], n)):
            cost = spans[number] - 1
            if 0 <= cost <= SPAN_LIMIT and cost <= budget:
                budget -= cost
                routed[number] = True
        for number, (src, dst, _) in enumerate(self.edges):
            if not routed[number]:
                self.railed.append(number)
                continue
            pull = self._pull(src, dst)
            if not self._goes_on(src, dst):
                pull = min(pull, 0.5)
            last = src
            for layer in range(self.layer[src] + 1, self.layer[dst]):
                bend = len(self.layer)
                self.layer.append(layer)
                self.width.append(0.0)
                self.height.append(BEND)
                self.left.append([])
                self.right.append([])
                self.left_pull.append([])
                self.right_pull.append([])
                self.chains[number].append(bend)
                # Bends pull harder than boxes, and hardest on each other: long edges are straight.
                self._join(last, bend, 3.0 if last == src else 6.0)
                last = bend
            # In a deep graph the last piece of a long edge pulls as much as a short one would.
            least = pull if self.deep else 3.0
            self._join(last, dst, pull if last == src else max(3.0, least))

    def _pull(self, src: int, dst: int) -> float:
        """Let the longest branch go straight, so that a deep graph does not drift aside."""
        if self.graph.nodes[src].kind == "leaf":
            return 0.2
        ops = [
            source
            for number in self.inputs[dst]
            if self.graph.nodes[source := self.edges[number][0]].kind != "leaf"
        ]
        longest = max(ops, key=lambda source: (self.layer[source], self.depth[source]))
        if not self.deep:
            return 5.0 if src == longest else 1.0
        # A sum that grows with the steps of a loop goes straight, not down to each of its terms.
        name, far = self.graph.nodes[dst].name, self.depth[longest] / 2
        alike = [op for op in ops if self.graph.nodes[op].name == name and self.depth[op] > far]
        return 6.0 if src == next(iter(alike), longest) else 0.5

    def _goes_on(self, src: int, dst: int) -> bool:
        """Say whether the longest way on to the loss is this one; short graphs need not know.

        In a loop over time a state goes to its output and to the next state.  Led between the
        two it would move aside by half a row with every step.
        """
        if not self.deep:
            return True
        uses = [self.edges[number][1] for number in self.outputs[src]]
        return dst == max(uses, key=lambda use: (self.ahead[use], -use))

    def _join(self, left: int, right: int, pull: float) -> None:
        self.right[left].append(right)
        self.right_pull[left].append(pull)
        self.left[right].append(left)
        self.left_pull[right].append(pull)

    # -- order -------------------------------------------------------------------------

    def _first_order(self) -> list[list[int]]:
        """Fill the columns by a walk from the roots along ``next_functions``."""
        columns: list[list[int]] = [[] for _ in range(max(self.layer) + 1)]
        met = [False] * len(self.layer)
        sinks = [place for place, row in enumerate(self.outputs) if not row]
        stack = list(reversed(sinks)) or [0]
        rest = iter(range(len(self.graph.nodes)))
        while True:
            while stack:
                place = stack.pop()
                if met[place]:
                    continue
                met[place] = True
                columns[self.layer[place]].append(place)
                # Chains of bends are walked as if they were nodes.
                stack.extend(reversed(self.left[place]))
            left_over = next((place for place in rest if not met[place]), None)
            if left_over is None:
                return columns
            stack.append(left_over)

    def _improve(self, columns: list[list[int]]) -> None:
        places = len(self.layer)
        rank = [0] * places
        for column in columns:
            number_places(column, rank)
        careful = places <= IMPROVED_UP_TO
        sweeps = 6 if careful else 2 if places <= 20_000 else 1
        best = [list(column) for column in columns]
        least = self._crossings(columns, rank) if careful else -1
        for sweep in range(sweeps):
            if least == 0:
                break
            to_left = sweep % 2 == 0
            sides = self.right if to_left else self.left
            for column in reversed(columns) if to_left else columns:
                if len(column) > 1:
                    by_barycentre(column, sides, rank)
            if careful:
                self._transpose(columns, rank)
                now = self._crossings(columns, rank)
                if now < least:
                    least, best = now, [list(column) for column in columns]
        if careful:
            for column, kept in zip(columns, best, strict=True):
                column[:] = kept

    def _crossings(self, columns: list[list[int]], rank: list[int]) -> int:
        found = 0
        for column in columns:
            ends: list[int] = []
            for place in column:
                ends += sorted(rank[right] for right in self.right[place])
            found += inversions(ends)
        return found

    def _transpose(self, columns: list[list[int]], rank: list[int]) -> None:
        """Swap neighbours while that removes crossings."""
        for _ in range(4):
            better = False
            for column in columns:
                for upper in range(len(column) - 1):
                    a, b = column[upper], column[upper + 1]
                    gain = 0
                    for sides in (self.left, self.right):
                        gain += pair_gain(sides[a], sides[b], rank)
                    if gain > 0:
                        column[upper], column[upper + 1] = b, a
                        rank[a], rank[b] = rank[b], rank[a]
                        better = True
            if not better:
                return

    # -- coordinates -------------------------------------------------------------------

    def _coordinates(self, columns: list[list[int]]) -> list[float]:
        y = [0.0] * len(self.layer)
        offsets: list[list[float]] = []
        for column in columns:
            offset, row = 0.0, []
            for above, place in zip([None, *column], column, strict=False):
                if above is not None:
                    offset += (self.height[above] + self.height[place]) / 2 + self._gap(
                        above, place
                    )
                row.append(offset)
            offsets.append(row)
            for place, place_offset in zip(column, row, strict=True):
                y[place] = place_offset - row[-1] / 2
        rounds = 8 if len(self.layer) <= 4_000 else 4
        for turn in range(rounds):
            both = turn >= rounds - 2
            to_left = turn % 2 == 0
            order = range(len(columns) - 1, -1, -1) if to_left else range(len(columns))
            for number in order:
                self._settle(columns[number], offsets[number], y, to_left, both)
        return y

    def _gap(self, above: int, below: int) -> float:
        boxes = len(self.graph.nodes)
        return ROW_GAP if above < boxes or below < boxes else RAIL_GAP / 2

    def _settle(
        self, column: list[int], offsets: list[float], y: list[float], to_left: bool, both: bool
    ) -> None:
        wishes: list[float] = []
        weights: list[float] = []
        for place in column:
            near = self.right[place] if to_left else self.left[place]
            pulls = self.right_pull[place] if to_left else self.left_pull[place]
            if both:
                near = self.left[place] + self.right[place]
                pulls = self.left_pull[place] + self.right_pull[place]
            if not near:
                wishes.append(y[place])
                weights.append(0.02)
                continue
            total = sum(pulls)
            wishes.append(sum(p * y[n] for p, n in zip(pulls, near, strict=True)) / total)
            weights.append(total)
        shifted = [wish - offset for wish, offset in zip(wishes, offsets, strict=True)]
        for place, value, offset in zip(column, isotonic(shifted, weights), offsets, strict=True):
            y[place] = value + offset

    # -- result ------------------------------------------------------------------------

    def _finish(self) -> LaidOut:
        count = len(self.graph.nodes)
        widest = [0.0] * (max(self.layer) + 1)
        for place in range(count):
            widest[self.layer[place]] = max(widest[self.layer[place]], self.width[place])
        start: list[float] = []
        x = MARGIN
        for value in widest:
            start.append(x)
            x += value + LAYER_GAP
        width = x - LAYER_GAP + MARGIN
        top = min(y - h / 2 for y, h in zip(self.y, self.height, strict=True))
        bottom = max(y + h / 2 for y, h in zip(self.y, self.height, strict=True))
        rails, rail_count = self._rails()
        shift = MARGIN + (rail_count * RAIL_GAP + ROW_GAP if rail_count else 0.0) - top
        y = [value + shift for value in self.y]
        nodes = []
        for place, node in enumerate(self.graph.nodes):
            layer = self.layer[place]
            room = widest[layer] - self.width[place]
            # A leaf stands close to its consumer, an operation in the middle of its column.
            left = start[layer] + (room if node.kind == "leaf" else room / 2)
            nodes.append(
                PlacedNode(
                    node,
                    left + self.width[place] / 2,
                    y[place],
                    self.width[place],
                    self.height[place],
                    layer,
                )
            )
        ports = self._ports(y)
        edges = []
        for number, (src, dst, edge) in enumerate(self.edges):
            begin = (nodes[src].x + nodes[src].w / 2, y[src])
            end = (nodes[dst].x - nodes[dst].w / 2, ports[number])
            middle: list[tuple[float, float]] = []
            for bend in self.chains[number]:
                left = start[self.layer[bend]]
                middle += [(left, y[bend]), (left + widest[self.layer[bend]], y[bend])]
            if number in rails:
                height = MARGIN + rails[number] * RAIL_GAP
                middle = [(begin[0] + LAYER_GAP, height), (end[0] - LAYER_GAP, height)]
            edges.append(RoutedEdge(edge, tuple(_straightened([begin, *middle, end]))))
        return LaidOut(
            tuple(nodes),
            tuple(edges),
            width,
            bottom + shift + MARGIN,
            self.graph.key,
            self.graph.hidden,
            self.graph.roots,
        )

    def _ports(self, y: list[float]) -> list[float]:
        """Spread the ends of edges over the consumer's side, in the order they arrive in."""
        ports = [0.0] * len(self.edges)
        for dst, row in enumerate(self.inputs):
            if not row:
                continue
            room = min(9.0, (self.height[dst] - 10.0) / len(row))
            came = sorted(row, key=lambda n: (y[(self.chains[n] or [self.edges[n][0]])[-1]], n))
            for position, number in enumerate(came):
                ports[number] = y[dst] + (position - (len(row) - 1) / 2) * room
        return ports

    def _rails(self) -> tuple[dict[int, int], int]:
        """Give the edges that go around the picture a rail each, shared where they are apart."""
        spans = sorted(
            (min(self.layer[s], self.layer[d]), max(self.layer[s], self.layer[d]), number)
            for number in self.railed
            for s, d, _ in (self.edges[number],)
        )
        ends: list[int] = []
        rails: dict[int, int] = {}
        for low, high, number in spans:
            free = next((rail for rail, end in enumerate(ends) if end <= low), None)
            if free is None:
                if len(ends) < RAILS:
                    ends.append(high)
                    rails[number] = len(ends) - 1
                    continue
                free = min(range(RAILS), key=ends.__getitem__)
            ends[free] = max(high, ends[free])
            rails[number] = free
        return rails, len(ends)


def _straightened(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Drop points that lie on the line between their neighbours."""
    kept = points[:1]
    for here, after in itertools.pairwise(points[1:]):
        if abs(kept[-1][1] - here[1]) > 0.5 or abs(here[1] - after[1]) > 0.5:
            kept.append(here)
    kept.append(points[-1])
    return kept


def _round(value: float) -> float:
    return round(value, 1)
