"""Below PyTorch's message stands the usual cure first, then which tensor, and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import autograd_nb as torch

THIS_FILE = "test_advice.py, line "


def second_backward(w: Any) -> None:
    loss = (w * w).sum()
    loss.backward()
    loss.backward()


def overwritten_result(w: Any) -> None:
    result = w.exp()
    result += 1
    result.sum().backward()


def overwritten_input(w: Any) -> None:
    factor = w * 2
    product = factor * factor
    factor.mul_(3)
    product.sum().backward()


def leaf_in_place(weight: Any) -> None:
    weight.add_(1)


def view_of_leaf_in_place(weight: Any) -> None:
    weight[0] = 3


def several_numbers(w: Any) -> None:
    losses = w * 2
    losses.backward()


def nothing_to_go_through(w: Any) -> None:
    with torch.no_grad():
        loss = (w * 2).sum()
    loss.backward()


def unused_input(w: Any) -> None:
    bias = torch.ones(1, requires_grad=True)
    torch.autograd.grad((w * 2).sum(), [w, bias])


def input_without_gradient(w: Any) -> None:
    constant = torch.ones(1)
    torch.autograd.grad((w * 2).sum(), [w, constant])


class One(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        return x * y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g


class Short(One):
    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g[:1], g


def too_few_gradients(w: Any) -> None:
    One.apply(w, w).sum().backward()


def gradient_of_another_shape(w: Any) -> None:
    Short.apply(w, w).sum().backward()


@pytest.mark.parametrize(
    ("fail", "phrase", "tensor", "line"),
    [
        (second_backward, "backward through the graph a second time", "retain_graph", True),
        (overwritten_result, "modified by an inplace operation", "`result`", True),
        (overwritten_input, "modified by an inplace operation", "`factor`", True),
        (leaf_in_place, "a leaf Variable that requires grad", "`weight`", False),
        (view_of_leaf_in_place, "a view of a leaf Variable", "`weight`", False),
        (several_numbers, "only for scalar outputs", "`losses`, of shape [2]", True),
        (nothing_to_go_through, "does not require grad and does not", "`loss`", False),
        (unused_input, "appears to not have been used in the graph", "`bias`", False),
        (input_without_gradient, "does not require grad", "`constant`", False),
        (too_few_gradients, "returned an incorrect number of gradients", "argument", True),
        (gradient_of_another_shape, "returned an invalid gradient", "of its shape", True),
    ],
)
def test_cure_tensor_and_line(
    fail: Callable[[Any], None], phrase: str, tensor: str, line: bool
) -> None:
    with pytest.raises(RuntimeError, match=phrase) as caught:
        fail(torch.tensor([1.0, 2.0], requires_grad=True))
    (note,) = caught.value.__notes__
    assert note.startswith("Usual cure: ")
    assert tensor in note
    assert (THIS_FILE in note) is line
