import itertools
import random
from dataclasses import replace

import pytest

from autograd_nb.observe.graph import Graph, GraphEdge, GraphNode
from autograd_nb.views.layout import layout
from autograd_nb.views.ordering import inversions, isotonic
from autograd_nb.views.svg import svg
from tests.steps import steps


def graph_of(links, kinds=None, roots=()):
    """Build a graph from (src, dst) pairs; a node nothing leads to is a leaf."""
    count = max(max(pair) for pair in links) + 1
    made = {dst for _, dst in links}
    nodes = [
        GraphNode(
            n, "op" if n in made else "leaf", "AddBackward0" if n in made else "AccumulateGrad",
            f"n{n}", leaf=None if n in made else n,
        )
        for n in range(count)
    ]  # fmt: skip
    position: dict[int, int] = {}
    edges = []
    for number, (src, dst) in enumerate(links):
        nr = position.get(dst, 0)
        position[dst] = nr + 1
        edges.append(GraphEdge(number, src, dst, nr, (2, 3)))
    return Graph(tuple(nodes), tuple(edges), tuple(roots))


def random_graph(count, seed=0):
    source = random.Random(seed)
    links = []
    for n in range(2, count):
        for src in {max(0, n - 1 - int(source.expovariate(0.3))) for _ in range(2)}:
            links.append((src, n))
    return graph_of(links)


def recurrent(steps):
    """Three weights, each drawn at every use, along one chain."""
    links, n = [], 1
    last = 0
    for _ in range(steps):
        links += [(n, n + 1), (last, n + 1), (n + 2, n + 3), (n + 1, n + 3), (n + 3, n + 4)]
        last, n = n + 4, n + 5
    return graph_of(links)


GRAPHS = {
    "chain": graph_of([(0, 1), (1, 2), (2, 3)]),
    "diamond": graph_of([(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)]),
    "twice the same input": graph_of([(0, 1), (1, 2), (1, 2)]),
    "two components": graph_of([(0, 1), (2, 3)]),
    "hub": graph_of([(0, n) for n in range(1, 80)] + [(n, n + 1) for n in range(1, 80)]),
    "random": random_graph(120),
    "recurrent": recurrent(30),
    "skip": graph_of([(n, n + 1) for n in range(100)] + [(1, 100)]),
}


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_boxes_do_not_overlap_and_data_flows_to_the_right(graph):
    laid = layout(graph)
    boxes = sorted(laid.nodes, key=lambda p: (p.layer, p.y))
    for above, below in itertools.pairwise(boxes):
        if above.layer == below.layer:
            assert above.y + above.h / 2 < below.y - below.h / 2
        else:
            right = max(p.x + p.w / 2 for p in boxes if p.layer == above.layer)
            assert right < below.x - below.w / 2
    place = {p.node.id: p for p in laid.nodes}
    for routed in laid.edges:
        src, dst = place[routed.edge.src], place[routed.edge.dst]
        assert routed.points[0] == (src.x + src.w / 2, src.y)
        assert routed.points[-1][0] == dst.x - dst.w / 2
        assert abs(routed.points[-1][1] - dst.y) < dst.h / 2
        xs = [x for x, _ in routed.points]
        assert xs == sorted(xs)
    for p in laid.nodes:
        assert 0 < p.x - p.w / 2
        assert p.x + p.w / 2 < laid.width
        assert 0 < p.y - p.h / 2
        assert p.y + p.h / 2 < laid.height


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_the_same_graph_has_the_same_places(graph):
    assert layout(graph) == layout(graph)


def test_a_leaf_stands_beside_its_consumer_and_the_loss_at_the_right():
    laid = layout(GRAPHS["recurrent"])
    place = {p.node.id: p for p in laid.nodes}
    for routed in laid.edges:
        src, dst = place[routed.edge.src], place[routed.edge.dst]
        if src.node.kind == "leaf":
            assert dst.layer - src.layer == 1
    assert max(laid.nodes, key=lambda p: p.x).node.id == len(laid.nodes) - 1


def test_a_chain_is_a_straight_line():
    assert len({p.y for p in layout(GRAPHS["chain"]).nodes}) == 1


def test_a_deep_graph_does_not_drift_aside():
    assert layout(recurrent(60)).height < 400


def test_growing_keeps_columns():
    small = layout(graph_of([(0, 1), (1, 2), (2, 3)]))
    large = layout(graph_of([(0, 1), (1, 2), (2, 3), (3, 4), (3, 5), (4, 5)]))
    layers = {p.node.id: p.layer for p in large.nodes}
    assert {p.node.id: p.layer for p in small.nodes}.items() <= layers.items()


def test_long_edges_run_on_rails():
    laid = layout(GRAPHS["skip"])
    (long,) = (r for r in laid.edges if r.edge.id == 100)
    assert min(y for _, y in long.points) < min(p.y - p.h / 2 for p in laid.nodes)


def test_a_cycle_is_drawn_too():
    nodes = tuple(GraphNode(n, "op", "AddBackward0", "add") for n in range(3))
    edges = tuple(GraphEdge(n, n, (n + 1) % 3) for n in range(3))
    assert len(layout(Graph(nodes, edges)).nodes) == 3


def test_an_empty_graph_has_a_size():
    assert layout(Graph()).to_json()["nodes"] == []


def test_edges_to_nodes_that_are_missing_are_left_out():
    graph = Graph((GraphNode(0, "op", "AddBackward0", "add"),), (GraphEdge(0, 7, 0),))
    assert layout(graph).edges == ()


def test_a_graph_four_times_as_large_is_little_more_work_than_that():
    small, large = random_graph(600), random_graph(2_400)
    assert steps(lambda: layout(large)) < 6 * steps(lambda: layout(small))


def test_a_graph_of_ten_thousand_nodes_has_a_place_for_each():
    graph = random_graph(10_000)
    assert len(layout(graph).to_json()["nodes"]) == len(graph.nodes)


def test_isotonic_regression_by_hand():
    assert isotonic([3, 1, 2], [1, 1, 1]) == [2, 2, 2]
    assert isotonic([1, 2, 3], [1, 1, 1]) == [1, 2, 3]
    assert isotonic([4, 0], [3, 1]) == [3, 3]
    assert isotonic([], []) == []


def test_inversions_by_hand():
    source = random.Random(1)
    for _ in range(50):
        ranks = [source.randrange(8) for _ in range(source.randrange(12))]
        pairs = [(a, b) for n, a in enumerate(ranks) for b in ranks[n + 1 :]]
        assert inversions(ranks) == sum(a > b for a, b in pairs)


def test_a_graph_of_the_same_form_keeps_its_places_and_shows_its_own_data():
    graph = random_graph(60)
    first = layout(graph)
    other = replace(
        graph,
        key=7,
        nodes=tuple(replace(node, formula="other") for node in graph.nodes),
        edges=tuple(replace(edge, shape=(9,)) for edge in graph.edges),
    )
    second = layout(other)
    assert [(n.x, n.y) for n in second.nodes] == [(n.x, n.y) for n in first.nodes]
    assert [e.points for e in second.edges] == [e.points for e in first.edges]
    assert tuple(n.node for n in second.nodes) == other.nodes and second.key == 7
    assert {e.edge.shape for e in second.edges} == {(9,)}
    wider = replace(graph, nodes=tuple(replace(n, label="a long name") for n in graph.nodes))
    assert layout(wider).width > first.width
    assert layout(graph) == first


def test_a_loop_stays_level():
    """A state goes on to the next step and to a loss, which is added up: two straight lines."""
    links, names, count = [], [], 0

    def make(name, *sources):
        nonlocal count
        names.append(name)
        links.extend((source, count) for source in sources)
        count += 1
        return count - 1

    state = total = None
    for _ in range(40):
        state = make("tanh", make("mm")) if state is None else make("tanh", make("mm", state))
        term = make("nll", make("mm", state))
        total = term if total is None else make("add", total, term)
    graph = graph_of(links)
    graph = replace(
        graph,
        nodes=tuple(
            replace(node, name=name) for node, name in zip(graph.nodes, names, strict=True)
        ),
    )
    assert layout(graph).height < 400


def test_a_closed_part_has_room_for_its_name_and_its_size():
    box = GraphNode(-2, "scope", "tick", "tick ×1,000", scope="block:tick", count=123_456)
    laid = layout(Graph((box,), ()))
    (placed,) = laid.nodes
    named = layout(Graph((GraphNode(0, "op", "AddBackward0", "add", vars=("y",)),), ())).nodes[0]
    assert placed.h == named.h
    assert placed.w >= 7 * len("123,456 nodes")
    drawn = svg(laid)
    assert ">tick ×1,000<" in drawn and ">123,456 nodes<" in drawn
