"""Figures, tested on what they say: dots, bars, words and limits, not pixels."""

from __future__ import annotations

import doctest
import itertools
import math
import subprocess
import sys

import numpy as np
import pytest

import autograd_nb
from autograd_nb import plot
from autograd_nb.observe import Recorder
from autograd_nb.observe.finder import Finder
from autograd_nb.observe.ledger import Ledger
from tests.observe.engines import both, engine

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture
def torch(request):
    return engine(request.param)


@pytest.fixture(autouse=True)
def own_ledger(monkeypatch):
    """Leaves of one name and shape continue each other's rows, but not those of another test."""
    monkeypatch.setattr(Finder, "shared_ledger", Ledger())


@pytest.fixture(autouse=True)
def no_window():
    from matplotlib import pyplot

    before = matplotlib.get_backend()
    matplotlib.use("Agg")
    yield
    try:
        for number in pyplot.get_fignums():
            pyplot.figure(number).canvas.draw()
    finally:
        pyplot.close("all")
        matplotlib.use(before)


def words(axes):
    return [text.get_text() for text in axes.texts]


def line(axes, label):
    return next(found for found in axes.get_lines() if found.get_label() == label)


# ---- graph ----------------------------------------------------------------------------------


@both
def test_a_graph_has_the_caller_s_names(torch):
    x = torch.ones(2, 3, requires_grad=True)
    net = torch.nn.Linear(3, 1)
    loss = net(x).tanh().sum()
    said = words(plot.graph(loss))
    assert {"x", "net.weight", "net.bias", "addmm", "tanh", "sum", "loss"} <= set(said)
    assert "2×3" in said
    assert "2×3" not in words(plot.graph(loss, shapes=False))
    assert "input" in words(plot.graph(loss, names={"input": x}))


def test_both_engines_give_the_same_figure():
    pytest.importorskip("torch", reason="PyTorch, the oracle, is not installed")

    def draw(torch):
        x = torch.ones(2, 3, requires_grad=True)
        y = (x * x).exp().sum()
        return sorted(
            (text.get_text(), text.get_position()) for text in plot.graph([y, x * 2]).texts
        )

    assert draw(engine("torch")) == draw(autograd_nb)


@both
def test_a_node_and_a_graph_do_as_well_as_the_tensor(torch):
    from autograd_nb.observe import snapshot

    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    given = {"x": x}
    expected = words(plot.graph(y, names=given))
    assert words(plot.graph(y.grad_fn, names=given)) == expected
    assert words(plot.graph(snapshot(y, given))) == expected


def test_a_recording_gives_width_to_the_lines():
    x = autograd_nb.ones(4, requires_grad=True)
    with Recorder() as recorder:
        ((x * 3).sum() * autograd_nb.tensor(math.nan)).backward()
        (x * 3).sum().backward()
    assert "gradient norm 6" in words(plot.graph(recorder))
    assert {round(patch.get_linewidth(), 1) for patch in plot.graph(recorder).patches} > {0.9}
    assert words(plot.graph()) == words(plot.graph(recorder))


def test_a_nan_on_its_way_is_in_the_key():
    x = autograd_nb.ones(4, requires_grad=True)
    with Recorder() as recorder:
        (x * math.nan).sum().backward()
    assert "not finite" in words(plot.graph(recorder))


def test_a_large_graph_says_what_is_left_out():
    y = autograd_nb.cat([autograd_nb.ones(1, requires_grad=True) for _ in range(100)])
    assert any("not drawn" in text for text in words(plot.graph(y, limit=20)))


def test_text_shrinks_with_the_axes():
    from matplotlib import pyplot

    x = autograd_nb.ones(2, requires_grad=True)
    figure, ax = pyplot.subplots(figsize=(1.5, 1.5))
    assert plot.graph((x * 2).sum(), ax=ax) is ax
    figure.canvas.draw()
    small = ax.texts[-1].get_fontsize()
    figure.set_size_inches(6, 6)
    figure.canvas.draw()
    assert ax.texts[-1].get_fontsize() == pytest.approx(4 * small, rel=0.01)


# ---- gradients ------------------------------------------------------------------------------


def odd_leaves(torch):
    def leaf(values, dtype=None):
        return torch.tensor(values, dtype=dtype, requires_grad=True)

    found = {name: leaf([1.0, 1.0]) for name in ("none", "zero", "nan", "whole", "frozen")}
    found["zero"].grad = torch.zeros(2)
    found["nan"].grad = torch.tensor([math.nan, 4.0])
    found["whole"].grad = torch.tensor([3.0, -4.0])
    found["frozen"].requires_grad_(False)
    found["scalar"] = leaf(1.0)
    found["scalar"].grad = torch.tensor(0.5)
    found["empty"] = leaf([])
    found["empty"].grad = torch.zeros(0)
    found["inner"] = found["whole"] * 2
    found["complex"] = leaf([1.0, 1.0], torch.complex64)
    found["complex"].grad = torch.tensor([3 + 4j, 0j])
    return found


@both
def test_grad_flow_shows_sizes_and_says_what_has_none(torch):
    axes = plot.grad_flow(odd_leaves(torch))
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["none  2", "zero  2", "nan  2", "whole  2", "frozen  2", "scalar",
                      "empty  0", "inner  2", "complex  2"]  # fmt: skip
    means = line(axes, "root mean square").get_xdata()
    tops = line(axes, "largest magnitude").get_xdata()
    nan = math.nan
    root = math.sqrt(12.5)
    np.testing.assert_allclose(means, [nan, nan, nan, root, nan, 0.5, nan, nan, root])
    np.testing.assert_allclose(tops, [nan, nan, 4, 4, nan, 0.5, nan, nan, 5])
    said = {text.get_position()[1]: text.get_text() for text in axes.texts}
    assert said == {
        0: "no gradient (None)",
        1: "all zeros",
        2: "1 NaN of 2",
        4: "requires_grad=False",
        6: "empty",
        7: "not a leaf: retain_grad() keeps its gradient",
    }
    assert axes.get_xlim() == (0.25, 10)
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "size of a gradient element"


@both
def test_grad_flow_of_what_has_no_gradient_at_all(torch):
    axes = plot.grad_flow(torch.nn.Linear(2, 1))
    assert words(axes) == ["no gradient (None)"] * 2


def test_many_rows_keep_their_names_apart():
    layers = [autograd_nb.nn.Linear(1, 1) for _ in range(150)]
    axes = plot.grad_flow(autograd_nb.nn.Sequential(*layers))
    axes.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert all(upper.y0 >= lower.y1 - 1 for upper, lower in itertools.pairwise(boxes))


@both
def test_what_parameters_may_be_given_as(torch):
    net = torch.nn.Linear(2, 1)
    w = net.weight
    expected = ["weight  1×2", "bias  1"]

    def labels(what):
        return [label.get_text() for label in plot.grad_flow(what).get_yticklabels()]

    assert labels(net) == labels(net.named_parameters()) == labels(dict(net.named_parameters()))
    assert labels(net) == expected
    plain = plot.grad_flow(net.parameters())
    assert [label.get_text() for label in plain.get_yticklabels()] == ["w  1×2", "net.bias  1"]
    assert plot.grad_flow(w).get_yticklabels()[0].get_text() == "w  1×2"


@both
def test_histograms_count_elements(torch):
    leaves = odd_leaves(torch)
    leaves["spread"] = torch.ones(48, requires_grad=True)
    leaves["spread"].grad = torch.arange(48.0) - 24
    axes = plot.histograms(leaves)
    assert isinstance(axes, np.ndarray) and len(axes) == len(leaves)
    panel = dict(zip(leaves, axes, strict=True))
    assert panel["spread"].get_title(loc="left") == "spread  48"
    assert [bar.get_height() for bar in panel["spread"].patches] == [2.0] * 24
    assert panel["spread"].patches[0].get_x() == -24
    assert [bar.get_height() for bar in panel["scalar"].patches] == [1]
    low, high = panel["scalar"].get_xlim()
    assert (low + high) / 2 == 0.5
    assert words(panel["none"]) == ["no gradient (None)"] and not panel["none"].patches
    assert words(panel["empty"]) == ["empty"]
    assert words(panel["nan"]) == ["1 NaN of 2"]
    assert [bar.get_height() for bar in panel["nan"].patches] == [1]
    assert words(panel["complex"]) == ["magnitudes"]
    assert words(panel["whole"]) == []


def test_titles_of_histograms_do_not_run_into_each_other():
    names = [f"the_encoder_of_a_long_name.layers.{k}.weight" for k in range(4)]
    leaves = {name: autograd_nb.ones(64, 32, 3, 3, requires_grad=True) for name in names}
    axes = plot.histograms(leaves)
    axes[0].figure.draw_without_rendering()
    texts = [one for ax in axes for one in ax.get_children() if hasattr(one, "get_text")]
    titles = [one for one in texts if one.get_text().endswith("64×32×3×3")]
    assert len({one.get_text() for one in titles}) == len(axes)
    boxes = [one.get_window_extent() for one in titles]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_histograms_on_given_axes():
    from matplotlib import pyplot

    x = autograd_nb.ones(2, requires_grad=True)
    x.sum().backward()
    _, axes = pyplot.subplots(2, 2)
    assert list(plot.histograms([x], axes=axes)) == [axes[0, 0]]
    assert axes[0, 0].get_xlabel() == "gradient element"


def test_numbers_that_no_axis_can_hold():
    x = autograd_nb.ones(2, dtype=autograd_nb.float64, requires_grad=True)
    with Recorder(lambda: {"x": x}) as recorder:
        (x * 1.5e308).sum().backward()
    x.grad = autograd_nb.tensor([-1.5e308, 1.5e308], dtype=autograd_nb.float64)
    for axes in (plot.grad_flow(x), plot.histograms(x)[0]):
        assert words(axes) == ["beyond 1e300"]
    assert line(plot.ledger(recorder), "not finite")


# ---- ledger ---------------------------------------------------------------------------------


@both
def test_the_ledger_tells_adding_from_starting_anew(torch):
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    with Recorder(lambda: {"w": w}) as recorder:
        for step in range(4):
            if step == 2:
                w.grad = None
            (w * w).sum().backward()
    axes = plot.ledger(recorder)
    dots = line(axes, "w")
    assert list(dots.get_xdata()) == [1, 2, 3, 4]
    assert list(dots.get_ydata()) == [10, 20, 10, 20]
    assert list(line(axes, "set to None").get_xdata()) == [2.5]
    joins = {tuple(each.get_xdata()): each.get_linestyle() for each in axes.get_lines()
             if len(each.get_xdata()) == 2 and each.get_linestyle() in ("-", ":")}  # fmt: skip
    assert {(1, 2): "-", (2, 3): ":", (3, 4): "-"}.items() <= joins.items()
    assert axes.get_xlabel() == "backward pass"
    assert axes.get_ylabel() == "gradient norm after the pass"
    assert list(line(plot.ledger(w), "w").get_ydata()) == [10, 20, 10, 20]


def test_the_ledger_of_numbers_that_are_not_finite():
    w = autograd_nb.ones(2, requires_grad=True)
    with Recorder(lambda: {"w": w}) as recorder:
        for factor in (1e-3, 1.0, math.nan):
            w.grad = None
            (w * factor).sum().backward()
    axes = plot.ledger(recorder)
    assert axes.get_yscale() == "log"
    assert list(line(axes, "w").get_xdata()) == [1, 2]
    assert list(line(axes, "not finite").get_xdata()) == [3]
    low, high = axes.get_ylim()
    assert low < 1e-3 < 1.42 < high


def test_the_ledger_draws_no_more_lines_than_can_be_told_apart():
    ws = [autograd_nb.ones(1, requires_grad=True) for _ in range(8)]
    with Recorder(lambda: {"ws": ws}) as recorder:
        sum(w.sum() for w in ws).backward()
    axes = plot.ledger(recorder)
    assert "3 more not drawn" in [text.get_text() for text in axes.get_legend().get_texts()]
    assert all(tick == round(tick) for tick in axes.get_xticks())


def leaf_of(norms, rows, **more):
    return {"name": "w", "shape": [2], "grad": None, "norms": norms, "ledger": rows, **more}


def test_the_ledger_of_a_long_loop_says_what_it_does_not_know():
    from autograd_nb.views.charts import ledger

    rows = [{"kind": "backward"}, {"kind": "zeroed"}] * 2
    short = leaf_of([1.0] * 5, rows, contributions=5)
    axes = ledger([short])
    assert list(line(axes, "set to zero\n(known from pass 4 on)").get_xdata()) == [4.5, 5.5]
    joins = [each for each in axes.get_lines() if str(each.get_label()).startswith("_child")]
    styles = {tuple(each.get_xdata()): (each.get_linestyle(), each.get_alpha()) for each in joins}
    assert styles[1, 2] == ("-", 0.45) and styles[4, 5] == (":", 0.8)

    several = {"kind": "passes", "passes": 3, "clearings": 3, "how": "cleared"}
    rows = [{"kind": "backward"}, several, {"kind": "backward"}]
    axes = ledger([leaf_of([1.0] * 5, rows, contributions=5)])
    assert list(line(axes, "set to None").get_xdata()) == [1.5, 2.5, 3.5]
    rows[1] = {**several, "clearings": 2}  # before which of them?
    axes = ledger(
        [leaf_of([1.0] * 5, [{"kind": "zeroed"}, *rows, {"kind": "zeroed"}], contributions=5)]
    )
    assert list(line(axes, "set to zero\n(known from pass 5 on)").get_xdata()) == [5.5]

    axes = ledger([leaf_of(["nan", 1.0, None, 0.0], [], contributions=17, norms_every=4)])
    assert list(line(axes, "w").get_xdata()) == [8, 16]
    assert list(line(axes, "not finite").get_xdata()) == [4]
    assert axes.get_xlabel() == "backward pass (one in 4 measured)"


# ---- mistakes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: plot.graph("x"), TypeError, "graph: a str has no graph; pass a tensor"),
        (lambda: plot.graph(autograd_nb.nn.Linear(1, 1)), TypeError, r"plot.graph\(model\(x\)\)"),
        (lambda: plot.graph([1.0]), TypeError, "a list with a float"),
        (lambda: plot.graph(autograd_nb.ones(1)), ValueError, "set requires_grad=True"),
        (lambda: plot.grad_flow(3), TypeError, "an int has no gradients; pass a module"),
        (lambda: plot.grad_flow([1]), TypeError, "a list with a int"),
        (lambda: plot.grad_flow(autograd_nb.nn.ReLU()), ValueError, "without parameters"),
        (lambda: plot.histograms([]), ValueError, "without parameters"),
        (
            lambda: plot.histograms(autograd_nb.nn.Linear(1, 1), axes=[]),
            ValueError,
            "2 parameters need as many axes, not 0; leave axes out",
        ),
        (lambda: plot.ledger(autograd_nb.nn.Linear(1, 1)), ValueError, "%%autograd or in"),
        (lambda: plot.grad_flow(autograd_nb.ones(1), ax=3), TypeError, "ax is an int, not one"),
        (lambda: plot.graph(Recorder()), ValueError, "the recording saw no graph"),
        (lambda: plot.grad_flow(Recorder()), ValueError, "no watched backward pass reached"),
    ],
)
def test_a_mistake_names_its_cure(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_before_anything_was_watched(monkeypatch):
    monkeypatch.setattr(Recorder, "latest", classmethod(lambda cls: None))
    with pytest.raises(ValueError, match="put %%autograd on top of a cell"):
        plot.ledger()


@both
def test_drawing_changes_nothing(torch):
    x = torch.ones(3, requires_grad=True)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    before = x.grad.tolist(), x._version, x.grad._version
    plot.graph(y)
    plot.grad_flow(x)
    plot.histograms(x)
    assert (x.grad.tolist(), x._version, x.grad._version) == before


def test_names_are_text():
    x = autograd_nb.ones(2, requires_grad=True)
    x.sum().backward()
    name = r"$\frac{</script>"
    plot.grad_flow({name: x})
    plot.histograms({name: x})
    with Recorder(lambda: {name: x}) as recorder:
        x.sum().backward()
    plot.ledger(recorder)


def test_the_module_needs_matplotlib_only_when_called():
    code = (
        "import sys, autograd_nb; autograd_nb.plot.graph;"
        "bad = {'matplotlib', 'torch', 'IPython', 'ipywidgets'} & set(sys.modules);"
        "sys.exit(f'imported: {bad}' if bad else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_examples_run():
    failed, tried = doctest.testmod(plot)
    assert tried and not failed
