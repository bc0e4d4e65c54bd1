"""Tracebacks in a notebook show the user's line and the message, not the way through the engine."""

from __future__ import annotations

from types import FrameType
from typing import Any

import pytest

import autograd_nb as torch


def between(error: BaseException) -> list[FrameType]:
    """Return the frames below this file's, without the last, which IPython always shows."""
    frames = []
    step = error.__traceback__
    while step is not None:
        frames.append(step.tb_frame)
        step = step.tb_next
    own = max(i for i, frame in enumerate(frames) if frame.f_code.co_filename == __file__)
    return frames[own + 1 : -1]


def overwritten() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    y += 1
    y.sum().backward()


def misshapen() -> Any:
    return torch.ones(2, 3) + torch.ones(2)


@pytest.mark.parametrize("program", [overwritten, misshapen])
def test_the_frames_in_between_are_hidden(program: Any) -> None:
    with pytest.raises(RuntimeError) as caught:
        program()
    frames = between(caught.value)
    assert frames
    assert all(frame.f_locals.get("__tracebackhide__") for frame in frames)


def test_frames_of_the_user_below_the_engine_stay() -> None:
    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            raise ZeroDivisionError("mine")

    x = torch.ones(2, requires_grad=True)
    with pytest.raises(ZeroDivisionError) as caught:
        Broken.apply(x).sum().backward()
    step: Any = caught.value.__traceback__
    while step.tb_next is not None:
        step = step.tb_next
    assert step.tb_frame.f_code.co_name == "backward"
    assert "__tracebackhide__" not in step.tb_frame.f_locals
