"""Hooks on saved tensors that unpack a tensor of another shape or dtype than was packed."""

from tests.behaviour.helpers import attempt


def _run(torch, change):
    operations = (
        lambda x: x.exp(),
        lambda x: x * x.sin(),
        lambda x: x**3,
        lambda x: x / (x + 1),
        lambda x: x.sigmoid(),
        lambda x: x.relu(),
    )
    for operation in operations:
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(lambda value: value.detach(), change):
            y = operation(x)
        attempt(y.sum().backward)
        print(x.grad)


def of_another_length(torch):
    _run(torch, lambda value: torch.ones(3))
    _run(torch, lambda value: torch.ones(0))


def of_a_shape_that_broadcasts(torch):
    _run(torch, lambda value: torch.ones(2, 2))
    _run(torch, lambda value: torch.tensor(3.0))


def of_another_precision(torch):
    _run(torch, lambda value: value.double())


def of_whole_numbers(torch):
    _run(torch, lambda value: value.long())
