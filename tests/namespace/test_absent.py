"""Names that are not there: PyTorch's error at once, and a note for whoever reads it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

import autograd_nb as torch
from tests.steps import steps


@pytest.mark.parametrize(
    ("ask", "said", "note"),
    [
        (
            lambda: torch.ones(2).reshpe,  # type: ignore[attr-defined]
            "'Tensor' object has no attribute 'reshpe'",
            "The nearest names that autograd_nb has: Tensor.reshape",
        ),
        (lambda: torch.onnx, "module 'torch' has no attribute 'onnx'", "leaves this part"),
        (lambda: torch.zoo_of, "module 'torch' has no attribute 'zoo_of'", "has not, yet"),
    ],
)
def test_the_error_and_its_note(ask: Callable[[], Any], said: str, note: str) -> None:
    with pytest.raises(AttributeError) as caught:
        ask()
    assert str(caught.value) == said
    caught.value.add_note("and one more")
    text = "".join(traceback.format_exception_only(caught.value))
    assert text.startswith(f"AttributeError: {said}")  # Python may add a guess of its own
    assert note in text and "and one more" in text


def test_asking_whether_a_name_is_there_is_quick() -> None:
    x = torch.ones(2)

    def ask() -> None:
        for n in range(100):
            assert not hasattr(x, f"missing{n}")
            assert not hasattr(torch, f"missing{n}")

    assert steps(ask) < 5_000  # hundreds for each where its note is written
