"""The derivative of a node in words: the same for both engines."""

from autograd_nb.observe.snapshot import snapshot
from tests.observe.engines import engine


def formulas(name):
    torch = engine(name)
    x = torch.full((2, 3), 0.5, requires_grad=True)
    w = torch.full((3, 2), 0.5, requires_grad=True)
    b = torch.full((2,), 0.5, requires_grad=True)
    y = torch.nn.functional.linear(x, w.t(), b).tanh() * 2
    z = torch.softmax(y, 1).log().exp().sum(0).pow(2).mean() + x.sqrt().max()
    return {node.name: node.formula for node in snapshot(z).nodes}


def test_nodes_of_both_engines_show_the_same_formula():
    ours, theirs = formulas("autograd_nb"), formulas("torch")
    assert ours == theirs
    assert sum(text != "" for text in theirs.values()) >= 8
    assert theirs["TanhBackward0"].startswith("grad_self = ")


def test_a_class_never_seen_has_none():
    torch = engine("torch")

    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, grad):
            return 2 * grad

    graph = snapshot(Twice.apply(torch.ones(2, requires_grad=True)))
    assert [node.formula for node in graph.nodes] == ["", ""]
