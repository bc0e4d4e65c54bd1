"""Names that are not there: PyTorch's error at once, and a note for whoever reads it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest

import autograd_nb as torch


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
    assert text.startswith(f"AttributeError: {said}\n")
    assert note in text and "and one more" in text


def test_asking_whether_a_name_is_there_is_quick() -> None:
    x = torch.ones(2)
    start = time.perf_counter()
    assert not any(hasattr(x, f"missing{n}") or hasattr(torch, f"missing{n}") for n in range(100))
    assert time.perf_counter() - start < 0.1  # 0.6 s when each note was written
