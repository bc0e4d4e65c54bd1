"""Parts of a graph: modules, blocks, lines, chains; and the graph with some of them closed."""

from dataclasses import replace

import pytest

from autograd_nb.magics.arranged import Arrangement
from autograd_nb.observe.graph import Graph, GraphEdge, GraphNode, Site
from autograd_nb.observe.scopes import collapse, default_collapsed, scopes_of
from tests.observe.engines import both, engine
from tests.steps import steps


def chain(*ops):
    """A graph of operations in a row, each given as (label, line) or (label, line, modules)."""
    nodes, edges = [], []
    for number, (label, line, *modules) in enumerate(ops):
        site = Site("In[1]", line, source=f"line {line}")
        nodes.append(
            GraphNode(number, "op", f"{label}Backward0", label, site=site, modules=tuple(modules))
        )
        if number:
            edges.append(GraphEdge(len(edges), number - 1, number))
    return Graph(tuple(nodes), tuple(edges), (len(nodes) - 1,))


def told(graph):
    return [(s.kind, s.label, s.times, s.nodes, s.parent) for s in scopes_of(graph)]


def test_operations_of_one_line_are_a_part():
    graph = chain(("mm", 1), ("add", 1), ("tanh", 1), ("sum", 2))
    assert told(graph) == [("line", "line 1", 1, (0, 1, 2), None)]


def test_elementwise_operations_in_a_row_are_a_part():
    graph = chain(("mm", 1), ("add", 2), ("tanh", 3), ("exp", 4), ("mul", 5), ("sum", 6))
    assert told(graph) == [("chain", "add … mul", 1, (1, 2, 3, 4), None)]


def test_a_loop_is_a_block():
    body = [("mm", 1), ("add", 1), ("tanh", 2)]
    graph = chain(("t", 9), *body * 5, ("sum", 3))
    block, *steps = scopes_of(graph)
    assert (block.kind, block.times, block.nodes) == ("block", 5, tuple(range(1, 16)))
    assert [s.nodes for s in steps if s.parent == block.id][:2] == [(1, 2, 3), (4, 5, 6)]


def test_one_line_that_repeats_an_operation_is_no_loop():
    graph = chain(("mul", 1), ("exp", 1), ("mul", 1), ("add", 1), ("sum", 2))
    assert told(graph) == [("line", "line 1", 1, (0, 1, 2, 3), None)]


def test_modules_hold_modules_and_equal_layers_are_a_block():
    def layer(n):
        inside = (("net", 0), (f"net.{n}", n + 1))
        return [("mm", 1, *inside), ("tanh", 2, *inside)]

    graph = chain(*layer(0), *layer(1), *layer(2), ("sum", 5))
    assert [(s.kind, s.label, s.times, s.parent) for s in scopes_of(graph)] == [
        ("module", "net", 1, None),
        ("block", "net.0", 3, "module:net"),
        ("module", "net.0", 1, "block:net.0"),
        ("module", "net.1", 1, "block:net.0"),
        ("module", "net.2", 1, "block:net.0"),
    ]


def test_collapsing_merges_edges_and_keeps_the_rest():
    graph = chain(("mm", 1), ("add", 1), ("tanh", 1), ("sum", 2))
    extra = GraphEdge(9, 0, 3, 1)
    graph = replace(graph, edges=(*graph.edges, extra))
    shown = collapse(graph, scopes_of(graph), ["line:line 1", "no such part"])
    assert [(n.id, n.kind, n.label, n.scope, n.count) for n in shown.nodes] == [
        (-2, "scope", "line 1", "line:line 1", 3),
        (3, "op", "sum", "", 0),
    ]
    (edge,) = shown.edges
    assert (edge.src, edge.dst, edge.merged) == (-2, 3, (2, 9))
    assert shown.roots == (3,)
    assert collapse(graph, scopes_of(graph), []) is graph


def test_the_outermost_closed_part_counts():
    inside = (("net", 0), ("net.0", 1))
    graph = chain(("mm", 1, *inside), ("tanh", 1, *inside), ("mul", 1, ("net", 0)), ("sum", 2))
    shown = collapse(graph, scopes_of(graph), ["module:net.0", "module:net"])
    assert [n.label for n in shown.nodes] == ["net", "sum"]


def loop(count):
    return chain(*[("mul", 1), ("tanh", 2)] * (count // 2))


def test_a_loop_four_times_as_long_is_little_more_work_than_that():
    short, long = loop(2_000), loop(8_000)
    assert steps(lambda: Arrangement(1_000)(long)) < 5 * steps(lambda: Arrangement(1_000)(short))


@pytest.mark.parametrize("count", [100_000])
def test_a_long_loop_becomes_readable(count):
    data = Arrangement(1_000)(loop(count))
    assert [node["label"] for node in data["nodes"]] == [f"line 1 ×{count // 2}"]


def test_a_large_graph_without_structure_is_cut_and_nothing_hangs():
    graph = chain(*[(f"op{n * n % 977}", n) for n in range(4_000)])
    assert default_collapsed(graph, scopes_of(graph), 1_000, 120) == ()
    data = Arrangement(1_000)(graph)
    assert (len(data["nodes"]), data["hidden"]) == (1_000, 3_000)


@both
@pytest.mark.parametrize(("steps", "boxes"), [(3, 31), (50, 51)])
def test_a_recurrent_loop_opens_as_its_times(torch, recorder_for, steps, boxes):
    torch.manual_seed(0)
    space = {"cell": torch.nn.RNNCell(2, 3)}
    with recorder_for(space, arrange=Arrangement()) as recorder:
        h = torch.zeros(1, 3)
        for _ in range(steps):
            h = space["cell"](torch.ones(1, 2), h)
        h.sum().backward()
    assert not recorder.failed, recorder.message
    graph = recorder.panel_state()["graph"]
    assert len(graph["nodes"]) == boxes
    assert bool(graph["collapsed"]) == (steps == 50)


def test_a_graph_that_would_close_into_a_box_or_two_stays_open():
    graph = loop(300)
    assert default_collapsed(graph, scopes_of(graph), 1_000, 120) == ()
    assert default_collapsed(graph, scopes_of(graph), 200, 120) != ()


def test_a_part_of_one_operation_stays_open():
    ops = [(name, 3 * i, (f"net.{i}", i)) for i in range(60) for name in ("mm", "tanh", "add")]
    ops += [("exp", 200 + i, (f"net.one{i}", 100 + i)) for i in range(9)]
    graph = chain(*ops)
    closed = default_collapsed(graph, scopes_of(graph), 150, 100)
    nodes = {scope.id: scope.nodes for scope in scopes_of(graph)}
    assert closed and all(len(nodes[name]) > 1 for name in closed)


def test_a_cycle_of_closed_parts_is_drawn():
    body = [("mm", 1, ("a", 0)), ("tanh", 2, ("a", 0))]
    graph = chain(*body, ("exp", 3), ("mm", 4, ("b", 1)), ("sum", 5))
    graph = replace(graph, edges=(*graph.edges, GraphEdge(20, 4, 0, 1)))
    arranged = Arrangement()
    arranged.choose(["module:a", "module:b"])
    assert len(arranged(graph)["nodes"]) == 4


def network(torch):
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 4)

        def forward(self, x):
            return x + self.linear(x).tanh()

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(Block(), Block(), Block())
            self.head = nn.Linear(4, 1)

        def forward(self, x):
            return self.head(self.layers(x))

    return Net()


def test_both_engines_have_the_same_parts(recorder_for):
    found = []
    for name in ("autograd_nb", "torch"):
        torch = engine(name)
        space = {"net": network(torch)}
        with recorder_for(space, arrange=Arrangement()) as recorder:
            space["net"](torch.ones(2, 4)).pow(2).mean().backward()
        assert not recorder.failed, recorder.message
        found.append(recorder.panel_state()["graph"]["scopes"])
    assert found[0] == found[1]
    labels = [scope["label"] for scope in found[0] if scope["kind"] == "module"]
    assert {"net", "net.layers", "net.layers.1.linear", "net.head"} <= set(labels)


@both
def test_the_hooks_of_modules_are_gone_afterwards(torch, recorder_for):
    import sys

    module = sys.modules[
        f"{torch.__name__}.nn.modules.module"
        if torch.__name__ == "torch"
        else "autograd_nb.nn.module"
    ]
    names = [n for n in vars(module) if n.strip("_").startswith("global_forward")]
    tables = [getattr(module, n) for n in names if hasattr(getattr(module, n), "values")]
    before = [len(table) for table in tables]
    net = network(torch)
    with recorder_for({"net": net}) as recorder:
        for _ in range(10):
            net(torch.ones(2, 4)).sum().backward()
        during = [len(table) for table in tables]
    assert [len(table) for table in tables] == before == during
    assert not recorder.failed, recorder.message


@both
def test_a_module_that_raises_leaves_no_trace_in_the_next(torch, recorder_for):
    class Bad(torch.nn.Module):
        def forward(self, x):
            raise ValueError("no")

    space = {"bad": Bad(), "net": network(torch)}
    with recorder_for(space, arrange=Arrangement()) as recorder:
        with pytest.raises(ValueError, match="no"):
            space["bad"](torch.ones(2, 4))
        space["net"](torch.ones(2, 4)).sum().backward()
    labels = {scope["label"] for scope in recorder.panel_state()["graph"]["scopes"]}
    assert "net.head" in labels


def test_a_closed_part_says_what_can_be_found_in_it():
    graph = chain(
        ("mm", 1, ("net", 1), ("net.a", 2)), ("tanh", 2, ("net", 1), ("net.a", 2)), ("sum", 3)
    )
    nodes = (graph.nodes[0], replace(graph.nodes[1], vars=("hidden",)), graph.nodes[2])
    arrange = Arrangement()
    arrange.choose(["module:net"])
    placed = arrange(replace(graph, nodes=nodes))
    (box,) = (node for node in placed["nodes"] if node["kind"] == "scope")
    assert box["words"].split("\n") == [
        *("mmBackward0", "mm", "In[1]:1", "line 1"),
        *("tanhBackward0", "tanh", "hidden", "In[1]:2", "line 2", "net.a"),
    ]
    assert all("words" not in node for node in placed["nodes"] if node is not box)
