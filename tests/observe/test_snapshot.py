import gc
import weakref

import pytest

from autograd_nb.observe.protocol import label_of
from autograd_nb.observe.snapshot import snapshot
from tests.observe.engines import both
from tests.observe.imitation import Tensor, op
from tests.steps import steps


def names(graph):
    return [(n.label, n.vars, n.shape) for n in graph.nodes]


@both
def test_nodes_are_numbered_in_the_order_of_making(torch):
    x = torch.ones(2, 3, requires_grad=True)
    w = torch.ones(3, requires_grad=True)
    h = (x * w).tanh()
    loss = h.sum()
    graph = snapshot(loss, {"x": x, "w": w, "h": h, "loss": loss, "_": h, "text": "x"})
    assert names(graph) == [
        ("x", ("x",), (2, 3)),
        ("w", ("w",), (3,)),
        ("mul", (), (2, 3)),
        ("tanh", ("h",), (2, 3)),
        ("sum", ("loss",), ()),
    ]
    assert [(e.src, e.dst, e.nr, e.shape) for e in graph.edges] == [
        (0, 2, 0, (2, 3)),
        (1, 2, 1, (3,)),
        (2, 3, 0, (2, 3)),
        (3, 4, 0, (2, 3)),
    ]
    assert graph.roots == (4,)
    assert {n.dtype for n in graph.nodes} == {"float32"}


@both
def test_a_shared_leaf_is_drawn_once_per_use(torch):
    x = torch.ones(2, requires_grad=True)
    graph = snapshot((x * x + x).sum(), {"x": x})
    uses = [n for n in graph.nodes if n.kind == "leaf"]
    assert len(uses) == 3
    assert len({n.leaf for n in uses}) == 1
    assert len({n.id for n in uses}) == 3


@both
def test_growing_only_appends(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    small = snapshot(y, {"x": x})
    large = snapshot((y.tanh() + x).sum(), {"x": x})
    assert large.nodes[: len(small.nodes)] == small.nodes
    assert large.edges[: len(small.edges)] == small.edges


@both
def test_saved_tensors_tell_their_state(torch):
    x = torch.ones(2, requires_grad=True)
    y = torch.ones(2) * 2
    z = x * y

    def state():
        (node,) = (n for n in snapshot(z).nodes if n.label == "mul")
        return {s.name: s.state for s in node.saved}

    assert state()["other"] == "live"
    y += 1
    assert state()["other"] == "overwritten"
    w = x.exp()
    w.sum().backward()
    (node,) = (n for n in snapshot(w).nodes if n.label == "exp")
    assert [s.state for s in node.saved] == ["freed"]


@both
@pytest.mark.parametrize("label", ["exp", "index"])
def test_packed_tensors_are_not_opened(torch, label):
    opened = []
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: opened.append(1) or t):
        y = x.exp() if label == "exp" else x[torch.tensor([0, 1])]
    (node,) = (n for n in snapshot(y).nodes if n.label == label)
    assert "packed" in node.saved[0].note
    assert not opened


@both
def test_several_tensors_that_were_saved_under_one_name_are_freed(torch):
    x = torch.ones(3, 3, requires_grad=True)
    y = x[torch.tensor([0, 2]), torch.tensor([0, 1])]
    y.sum().backward()
    (node,) = (n for n in snapshot(y).nodes if n.label == "index")
    assert [(one.name, one.state) for one in node.saved] == [("indices", "freed")]


@both
def test_nothing_is_kept_alive(torch):
    x = torch.ones(2, requires_grad=True)
    alive = weakref.ref(x)
    graph = snapshot((x * 2).exp(), {"x": x})
    del x
    gc.collect()
    assert alive() is None
    assert graph.nodes


@both
def test_module_parameters_and_lists_have_names(torch):
    class Net:
        def __init__(self):
            self.weight = torch.ones(2, requires_grad=True)

        def named_parameters(self):
            return [("layer.weight", self.weight)]

    net, ws = Net(), [torch.ones(2, requires_grad=True)]
    graph = snapshot(net.weight * ws[0], {"net": net, "ws": ws})
    assert [n.label for n in graph.nodes] == ["net.layer.weight", "ws[0]", "mul"]


@both
def test_a_name_of_its_own_wins_and_the_older_one_of_two(torch):
    net = torch.nn.Linear(2, 1)
    z = torch.ones(1, requires_grad=True)
    space = {"net": net, "both": [net.bias, z], "z": z, "first": net.bias, "again": z}
    graph = snapshot(net.bias * z, space)
    assert [n.label for n in graph.nodes] == ["first", "z", "mul"]


@both
def test_a_leaf_alone_is_a_graph(torch):
    x = torch.ones(2, requires_grad=True)
    assert [(n.kind, n.label) for n in snapshot(x, {"x": x}).nodes] == [("leaf", "x")]
    assert snapshot(torch.ones(2)).nodes == ()


def test_both_engines_give_the_same_graph():
    graphs = []
    for name in ("autograd_nb", "torch"):
        torch = pytest.importorskip(name)
        x = torch.ones(2, 3, requires_grad=True)
        y = (x.exp() * x + 1).tanh().pow(2).mean()
        graph = snapshot(y, {"x": x, "y": y})
        graphs.append([(n.id, n.name, n.vars, n.shape, n.leaf) for n in graph.nodes])
        graphs[-1] += [(e.src, e.dst, e.nr, e.shape) for e in graph.edges]
    assert graphs[0] == graphs[1]


@both
def test_sites_are_lines_of_this_file(torch):
    if torch.__name__ == "torch":
        torch.set_anomaly_enabled(True, False)
    try:
        x = torch.ones(2, requires_grad=True)
        y = x.exp()
    finally:
        if torch.__name__ == "torch":
            torch.set_anomaly_enabled(False, True)
    (node,) = (n for n in snapshot(y).nodes if n.kind == "op")
    assert node.site.cell == "test_snapshot.py"
    assert node.site.source == "y = x.exp()"


@both
def test_a_node_that_makes_a_cycle_with_its_gradient_is_no_trap(torch):
    x = torch.ones((), requires_grad=True)
    y = x.pow(3)
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    x.grad = g
    graph = snapshot([g, y], {"x": x, "y": y, "g": g})
    assert len({n.id for n in graph.nodes}) == len(graph.nodes)
    x.grad = None


def deep(depth):
    x = y = Tensor()
    for _ in range(depth):
        y = op("AddBackward0", y, x)
    return y


def test_depth_and_sharing_cost_only_their_length():
    few, many = deep(8_000), deep(32_000)
    assert steps(lambda: snapshot(many, limit=1_000)) < 5 * steps(
        lambda: snapshot(few, limit=1_000)
    )


@pytest.mark.parametrize("depth", [100_000])
def test_a_deep_graph_is_shown_in_part(depth):
    graph = snapshot(deep(depth), limit=1_000)
    assert sum(n.kind == "op" for n in graph.nodes) == 1_000
    assert graph.hidden == depth - 1_000


def test_a_deep_graph_of_pytorch_survives_being_walked():
    torch = pytest.importorskip("torch")
    y = torch.ones(1, requires_grad=True)
    for _ in range(100_000):
        y = y + 1
    graph = snapshot(y, limit=100)
    assert graph.hidden > 10_000
    del y  # PyTorch would end the process here, had the walk gone all the way


def test_equal_keys_mean_equal_topology():
    x = Tensor()
    keys = {snapshot(op("AddBackward0", op(name, x), x)).key for name in ("Sin", "Sin", "Cos")}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("MulBackward0", "mul"),
        ("LogSoftmaxBackward0", "log_softmax"),
        ("MmBackward0", "mm"),
        ("NativeLayerNormBackward0", "native_layer_norm"),
        ("LinearFnBackward", "LinearFn"),
        ("CopySlices", "copy_slices"),
        ("Backward", "Backward"),
        ("", ""),
    ],
)
def test_labels(name, label):
    assert label_of(name) == label
