import sys

import pytest

from tests.views.test_svg import GRAPH, HOSTILE

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture(autouse=True)
def no_window():
    from matplotlib import pyplot

    before = matplotlib.get_backend()
    matplotlib.use("Agg")
    yield
    pyplot.close("all")
    matplotlib.use(before)


def test_a_graph_is_drawn_on_axes(tmp_path):
    from autograd_nb.views.mpl import graph

    axes = graph(GRAPH, gradients={0: 2.0, 1: float("nan")})
    assert {"x", "mul", "y", "sum"} <= {text.get_text() for text in axes.texts}
    axes.figure.savefig(tmp_path / "graph.pdf")
    axes.figure.savefig(tmp_path / "graph.png")


def test_given_axes_are_used():
    from matplotlib import pyplot

    from autograd_nb.views.mpl import graph

    _, axes = pyplot.subplots()
    assert graph(GRAPH, ax=axes) is axes


def test_dollar_signs_are_no_formulas():
    from dataclasses import replace

    from autograd_nb.observe.graph import Graph
    from autograd_nb.views.mpl import graph

    node = replace(GRAPH.nodes[2], label="$\\frac{" + HOSTILE[:8])
    graph(Graph((node,))).figure.canvas.draw()


def test_the_module_does_not_need_matplotlib_to_be_imported():
    import subprocess

    code = (
        "import sys, autograd_nb.views.mpl, autograd_nb.observe.recorder;"
        "bad = {'matplotlib', 'torch', 'IPython', 'ipywidgets'} & set(sys.modules);"
        "sys.exit(f'imported: {bad}' if bad else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
