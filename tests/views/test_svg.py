import math
import xml.etree.ElementTree as ElementTree

import pytest

from autograd_nb.observe.graph import Graph, GraphEdge, GraphNode, Site
from autograd_nb.views import prune, svg
from autograd_nb.views.layout import layout
from autograd_nb.views.svg import escape, stroke_widths
from tests.views.test_layout import random_graph

NAMES = "{http://www.w3.org/2000/svg}"

HOSTILE = '<script>alert("1")</script>&\x00\x1b\ud800]]>'

GRAPH = Graph(
    (
        GraphNode(0, "leaf", "AccumulateGrad", "x", ("x",), (2, 3), "float32", leaf=0),
        GraphNode(
            1,
            "op",
            "MulBackward0",
            "mul",
            ("y",),
            (2, 3),
            "float32",
            Site("In[3]", 2, source="y = x * x"),
        ),
        GraphNode(2, "op", "SumBackward0", "sum", (), (), "float32"),
    ),
    (GraphEdge(0, 0, 1, 0, (2, 3)), GraphEdge(1, 1, 2, 0, (2, 3))),
    roots=(2,),
)


def parse(text):
    return ElementTree.fromstring(text)


def texts(root):
    return [element.text for element in root.iter(NAMES + "text")]


def test_the_picture_says_what_the_graph_holds():
    root = parse(svg(GRAPH))
    # The first edge is too short for its shape, the second is not.
    assert {"x", "mul", "y", "sum"} <= set(texts(root))
    assert "2×3" in texts(root)
    titles = [element.text for element in root.iter(NAMES + "title")]
    assert titles[0] == "Autograd graph: 2 operations, leaves: x"
    assert "y\nMulBackward0\nshape (2, 3) float32\nIn[3] line 2: y = x * x" in titles


def test_the_picture_is_the_same_every_time():
    assert svg(GRAPH) == svg(GRAPH)
    assert " id=" not in svg(GRAPH)


def test_markup_in_names_is_shown_as_text():
    node = GraphNode(0, "op", HOSTILE, HOSTILE, (HOSTILE,), (1,), HOSTILE,
                     Site(HOSTILE, 1, source=HOSTILE), HOSTILE)  # fmt: skip
    root = parse(svg(Graph((node,), roots=(0,))))
    assert not list(root.iter(NAMES + "script"))
    assert any("<script>" in (text or "") for text in texts(root))


def test_escape_leaves_only_characters_of_xml():
    assert escape("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;'"
    parse(f"<a>{escape(HOSTILE)}</a>")


def test_gradients_make_lines_wide_and_what_is_not_finite_dashed():
    text = svg(GRAPH, gradients={0: math.nan, 1: 3.0})
    assert text.count("agn-bad") == 2  # style and one edge
    assert text.count("agn-grad") == 2


def test_widths_grow_with_the_logarithm():
    widths = stroke_widths({0: 1e-6, 1: 1e-3, 2: 1.0, 3: 0.0, 4: math.inf, 5: None})
    assert set(widths) == {0, 1, 2}
    assert widths[1] - widths[0] == pytest.approx(widths[2] - widths[1])
    assert stroke_widths({0: 0.0}) == {}


def test_a_large_graph_shows_its_end_and_counts_the_rest():
    graph = random_graph(2_000)
    pruned = prune(graph, 600)
    assert len(pruned.nodes) <= 600
    assert len(pruned.nodes) + pruned.hidden == len(graph.nodes)
    said = f"at least {len(graph.nodes):,} nodes in all: {pruned.hidden:,} not drawn"
    assert said in texts(parse(svg(layout(pruned))))


def test_an_empty_graph_is_a_picture():
    parse(svg(Graph()))


def test_both_colour_schemes_are_inside():
    assert "prefers-color-scheme:dark" in svg(GRAPH)


def test_a_shape_that_just_fits_between_two_boxes_stays_there_in_any_font():
    nodes = (GraphNode(0, "op", "AddBackward0", "add"), GraphNode(1, "op", "MulBackward0", "mul"))
    for shape, tight in (((3, 4), False), ((5, 4, 8, 8), True)):
        drawn = svg(Graph(nodes, (GraphEdge(0, 0, 1, 0, shape),)))
        words = "×".join(map(str, shape))
        (line,) = (line for line in drawn.splitlines() if line.endswith(f">{words}</text>"))
        assert ("textLength=" in line) is tight
