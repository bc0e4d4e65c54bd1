from autograd_nb.observe.graph import Graph
from autograd_nb.views import grads_text, graph_text, hooks_text, ledger_text
from autograd_nb.views.prune import prune
from autograd_nb.views.text import broken_text, memory_text, number, size_text, sparkline, step_text
from tests.views.test_layout import graph_of, random_graph
from tests.views.test_svg import GRAPH


def test_a_graph_is_a_tree_with_the_loss_on_top():
    assert graph_text(GRAPH).splitlines() == [
        "SumBackward0      () float32",
        "y = MulBackward0  (2, 3) float32  In[3] line 2",
        "x                 (2, 3) float32  leaf",
    ]


def test_a_result_used_twice_is_drawn_once():
    text = graph_text(graph_of([(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)]))
    assert text.splitlines() == [
        "AddBackward0",
        "├─ AddBackward0",
        "│  AddBackward0 [1]",
        "│  n0                  leaf",
        "└─ AddBackward0",
        "   n1 [1]              see above",
    ]


def test_a_loop_goes_straight_down():
    count = 30
    steps = [(step, step + 1) for step in range(count)]
    # Each step adds something of its own, which comes first.
    sides = [(count + 1 + step, step + 1) for step in range(count)]
    lines = graph_text(graph_of([*sides, *steps])).splitlines()
    assert max(line.count("│") for line in lines) <= 11
    words = [line.removesuffix("leaf").rstrip() for line in lines]
    assert words[:4] == ["AddBackward0", "├─ n60", "AddBackward0", "├─ n59"]
    assert sum(line.strip().startswith(("├─ n", "└─ n")) for line in lines) == count + 1


def test_long_and_deep_graphs_end():
    text = graph_text(prune(random_graph(3_000), 100), limit=100)
    assert text.endswith("more not drawn")
    assert len(text.splitlines()) < 300
    assert graph_text(Graph()) == ""


STAT = {"norm": 5.0, "min": -4.0, "max": 3.0, "nan": 0, "inf": 2}
LEAF = {
    "name": "w",
    "shape": [2, 3],
    "grad": STAT,
    "norms": [1, 2, "nan", 5.0],
    "contributions": 2,
    "ledger": [
        {"kind": "backward", "pass": 1, "cell": "In[1]", "line": 3, "incoming": STAT,
         "norm_after": 5.0},
        {"kind": "cleared", "pass": None, "cell": None, "line": None, "incoming": None,
         "norm_after": None},
    ],
}  # fmt: skip


def test_gradients_are_a_table():
    other = {**LEAF, "name": "b", "grad": None, "shape": []}
    assert grads_text([LEAF, other]).splitlines() == [
        "leaf  shape   |grad|  min  max  finite  added  norms",
        "w     2×3     5       -4   3    2 inf   2      ▁▃!█",
        "b     scalar  None                      2",
    ]
    other |= {"contributions": 0, "note": "no pass reached it"}
    assert grads_text([other]).splitlines()[1:] == [
        "b     scalar  None                      0      no pass reached it",
    ]
    assert grads_text([]) == "no leaf has been reached by backward"


def test_the_ledger_is_a_list():
    assert ledger_text([LEAF]).splitlines() == [
        "w  added        pass 1  |+| 5  |grad| 5  In[1] line 3",
        "   set to None",
    ]
    several = {
        "kind": "passes",
        "pass": 2,
        "last": 9,
        "passes": 8,
        "clearings": 8,
        "how": "cleared",
    }
    row = {**LEAF["ledger"][0], **several, "incoming": None, "norm_after": None}
    assert ledger_text([{**LEAF, "ledger": [row, {**row, "clearings": 0}]}]).splitlines() == [
        "w  added  passes 2 to 9  8 not measured, cleared 8×    In[1] line 3",
        "   added  passes 2 to 9  8 not measured                In[1] line 3",
    ]
    assert ledger_text([]) == "nothing has happened to a gradient"


def test_hooks_are_a_table():
    hook = {
        "target": "y", "kind": "tensor", "fn": "<lambda>", "fired": 2, "order": 1,
        "effect": "replaced", "before": STAT, "after": {**STAT, "norm": 10.0}, "cell": "In[1]",
        "line": 4, "duplicate": True, "removed": False,
    }  # fmt: skip
    assert hooks_text([hook]).splitlines() == [
        "on  kind    function  fired  order  effect    |grad|  from",
        "y   tensor  <lambda>  2×     #1     replaced  5 → 10  In[1] line 4  duplicate",
    ]
    assert hooks_text([]) == "no hook has been seen"


def test_small_things():
    assert number(None) == "-"
    assert number("nan") == "nan"
    assert number(0.000123456) == "0.0001235"
    assert sparkline([1]) == ""
    assert sparkline(["nan", "nan"]) == ""
    assert sparkline([1, 1]) == sparkline([1, 1.0000001]) == "▁▁"
    assert sparkline([0.0, 1e-9]) == "▁█"


def test_a_pair_for_saved_tensors_says_what_it_packed():
    hook = {
        "target": "lines 4\u20136", "kind": "saved_tensors", "fn": "pack, unpack", "fired": 5,
        "order": None, "before": None, "after": None, "effect": "replaced", "cell": "In[1]",
        "line": 4, "duplicate": False, "removed": True, "packs": 3, "unpacks": 2,
    }  # fmt: skip
    (_, row) = hooks_text([hook]).splitlines()
    assert row.split("  ")[2:4] == ["pack, unpack", "3 packed, 2 unpacked"]
    assert row.endswith("In[1] line 4  block left")


def test_hooks_with_their_numbers():
    hook = {
        "id": 12, "target": "y", "kind": "tensor", "fn": "f", "fired": 0, "order": None,
        "before": None, "after": None, "effect": "none yet", "cell": None, "line": None,
        "duplicate": True, "removed": True,
    }  # fmt: skip
    assert hooks_text([hook], ids=True).splitlines() == [
        "id  on  kind    function  fired  order  effect    |grad|  from",
        "12  y   tensor  f         0×            none yet                duplicate, removed",
    ]


def test_a_paused_pass():
    stat = {"shape": [2, 3], "dtype": "float32", "norm": 1.5}
    paused = {"state": "paused", "message": "paused before MulBackward0; 1 of 2 nodes have run"}
    assert step_text("loss", paused, {"received": [stat, None]}, []) == (
        "backward of loss: paused before MulBackward0; 1 of 2 nodes have run\n"
        "received 2×3 float32, |grad| 1.5, nothing"
    )
    done = {"state": "done", "message": "done; 2 nodes have run"}
    assert step_text("loss", done, {"received": [stat]}, []) == (
        "backward of loss: done; 2 nodes have run"
    )


def test_memory():
    graph = {
        "count": 2, "nodes": 1, "saved": 4096, "alone": 1024, "packed": 1,
        "by_node": [{"name": "ExpBackward0", "bytes": 4096}],
        "by_line": [
            {"cell": "In[2]", "line": 3, "source": "x.exp()", "bytes": 4096},
            {"cell": None, "line": None, "source": None, "bytes": 0},
        ],
        "holders": [{"path": "losses (2 items)", "kind": "item", "cure": "append a number"}],
        "more": 3,
    }  # fmt: skip
    assert memory_text([graph]).splitlines() == [
        "2 graphs are alive; freeing them gives back 1 KiB",
        "",
        "2 graphs of 1 node save 4 KiB, of which 3 KiB are leaves and data, and 1 packed by hooks",
        "  held by       losses (2 items)  append a number",
        "                and 3 more",
        "  saved by      ExpBackward0      4 KiB",
        "  In[2] line 3  x.exp()           4 KiB",
    ]
    assert memory_text([]) == "no graph is alive"
    sizes = [0, 999, 1000, 1024**2, 1536 * 1024**2, 5000 * 1024**3]
    assert [size_text(size) for size in sizes] == [
        "0 B", "999 B", "0.977 KiB", "1 MiB", "1.5 GiB", "5000 GiB",
    ]  # fmt: skip


def test_where_numbers_stop_being_finite():
    place = {"cell": "In[3]", "line": 9}
    found = broken_text({"what": "loss", "pass": 121, **place})
    assert found == "first not finite: the loss of pass 121, In[3] line 9"
    found = broken_text({"what": "gradient", "pass": 2, "cell": None, "line": None})
    assert found == "first not finite: the gradient of pass 2"
    assert broken_text(None) == ""
