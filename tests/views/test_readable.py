"""Graphs too wide to be read are drawn with their parts closed, in every static form."""

import math
from xml.etree import ElementTree

import pytest

import autograd_nb as torch
from autograd_nb.observe.graph import GraphEdge, GraphNode
from autograd_nb.observe.snapshot import snapshot
from autograd_nb.views.layout import layout
from autograd_nb.views.prune import carried, folded, readable
from autograd_nb.views.svg import svg
from autograd_nb.views.text import graph_text


def unrolled(steps):
    w = torch.ones(3, 3, requires_grad=True)
    h = torch.ones(3)
    for _ in range(steps):
        z = w @ h
        h = torch.tanh(z)
    loss = h.sum()
    return snapshot(loss, {"w": w, "loss": loss})


LONG = unrolled(50)


def test_a_long_loop_is_one_box_that_says_how_often():
    shown = readable(LONG)
    (part,) = [node for node in shown.nodes if node.kind == "scope"]
    assert part.label.endswith("×50")
    assert shown.hidden == 0
    assert layout(shown).width < 1_000 < layout(LONG).width


def test_what_can_be_read_is_drawn_whole():
    graph = unrolled(4)
    assert readable(graph) is graph
    assert "×4" not in svg(graph)


def test_a_picture_of_a_long_loop_is_narrow():
    root = ElementTree.fromstring(svg(LONG))
    assert float(root.get("width")) < 1_000
    assert "×50" in svg(LONG)
    assert "1 closed part" in root.find("{*}title").text


def test_the_text_of_a_long_loop_is_short():
    lines = graph_text(LONG).splitlines()
    assert len(lines) < 10
    (row,) = [line for line in lines if "×50" in line]
    assert "150 nodes" in row
    assert "not drawn" not in lines[-1]


def test_a_figure_of_a_long_loop_is_narrow():
    pytest.importorskip("matplotlib").use("Agg")
    from autograd_nb.views import mpl

    axes = mpl.graph(LONG)
    assert axes.get_xlim()[1] < 1_000


def test_a_line_that_stands_for_many_shows_the_greatest():
    edges = [GraphEdge(4, 0, 1, 0, merged=(4, 5, 6)), GraphEdge(7, 0, 2, 0), GraphEdge(8, 1, 2, 0)]
    assert carried(edges, {4: 1.0, 6: 7.0, 5: None, 7: 2.0}) == {4: 7.0, 7: 2.0}
    assert math.isnan(carried(edges, {4: 1.0, 6: math.nan, 5: 3.0})[4])


def test_a_folded_picture_says_how_large_the_graph_is_and_what_was_folded():
    said = folded(readable(LONG).nodes, 0)
    assert said.startswith(f"{len(LONG.nodes):,} nodes in all: 150 folded into 1 box (")
    assert said.endswith("×50)")
    assert f">{said}</text>" in svg(LONG)
    assert folded(unrolled(4).nodes, 0) == ""
    many = [GraphNode(-n, "scope", "row", f"row {n} ×9", count=25_000) for n in range(2, 6)]
    assert folded(many, 7) == (
        "at least 100,007 nodes in all: 100,000 folded into 4 boxes "
        "(row 2 ×9, row 3 ×9, row 4 ×9, …), 7 not drawn"
    )
    assert folded(LONG.nodes[:3], 99_997) == "at least 100,000 nodes in all: 99,997 not drawn"


def test_a_figure_says_how_large_the_graph_is():
    pytest.importorskip("matplotlib").use("Agg")
    from autograd_nb.views import mpl

    axes = mpl.graph(LONG)
    written = [one.get_text() for one in axes.findobj(lambda one: hasattr(one, "get_text"))]
    assert folded(readable(LONG).nodes, 0) in written
