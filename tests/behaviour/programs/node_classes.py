"""The classes of nodes: only operations make instances, which cannot be copied or changed."""

import copy
import pickle
from functools import partial

from tests.behaviour.helpers import attempt


def _nodes(torch):
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    yield y.grad_fn
    yield y.grad_fn.next_functions[0][0]
    base = x * 2
    view = base[:1]
    view.mul_(3)
    yield base.grad_fn
    yield view.grad_fn


def cannot_be_made(torch):
    for node in _nodes(torch):
        attempt(type(node))
        attempt(partial(type(node), 1, name=2))


def cannot_be_copied_or_pickled(torch):
    for node in _nodes(torch):
        print(node.name(), type(node).__module__, isinstance(node, torch.autograd.graph.Node))
        attempt(partial(copy.copy, node))
        attempt(partial(copy.deepcopy, node))
        attempt(partial(pickle.dumps, node))


def have_attributes_that_cannot_be_set(torch):
    for node in _nodes(torch):
        for name in ("next_functions", "metadata", "requires_grad", "_input_metadata"):
            attempt(partial(setattr, node, name, ()))
            attempt(partial(delattr, node, name))


def of_custom_functions(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    node = Double.apply(torch.ones(2, requires_grad=True)).grad_fn
    attempt(lambda: type(node)())
    attempt(lambda: setattr(node, "next_functions", ()))
    attempt(lambda: setattr(node, "mine", 1))
    attempt(lambda: copy.copy(node))
