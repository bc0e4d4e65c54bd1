"""Every program of the corpus prints under autograd_nb what PyTorch printed."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

import pytest

import autograd_nb
from tests.behaviour.corpus import RECORDED, functions, modules, run, same, same_but_rounding
from tests.behaviour.known_gaps import KNOWN_GAPS

PROGRAMS = {
    f"{module.__name__.rsplit('.', 1)[1]}.{name}": program
    for module in modules()
    for name, program in functions(module).items()
}


def recorded(name: str) -> str:
    """Return the text that PyTorch printed for the program `subject.name`."""
    subject, function = name.split(".")
    record = json.loads((RECORDED / f"{subject}.json").read_text(encoding="utf-8"))
    return record["programs"][function]


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_prints_what_pytorch_printed(name: str) -> None:
    ours, theirs = run(PROGRAMS[name], autograd_nb), recorded(name)
    if name in KNOWN_GAPS:
        assert not same(ours, theirs), f"{name} agrees now: take it off KNOWN_GAPS"
    elif not same(ours, theirs):
        assert ours == theirs


def test_no_recording_is_a_crash() -> None:
    assert not [name for name in PROGRAMS if "uncaught" in recorded(name)]


def test_known_gaps_name_programs() -> None:
    assert set(KNOWN_GAPS) <= set(PROGRAMS)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("name", PROGRAMS)
def test_recording_is_what_pytorch_prints(name: str) -> None:
    torch: Any = importlib.import_module("torch")
    if torch.__version__.split("+")[0] != "2.13.0":
        pytest.skip("recorded with PyTorch 2.13.0")
    now, then = run(PROGRAMS[name], torch), recorded(name)
    if not same_but_rounding(now, then):
        assert now == then


@pytest.mark.parametrize(
    ("text", "other", "same"),
    [
        ("tensor([1.0000, 2.5e-09])", "tensor([ 1.0001, -0.0000])", True),
        ("tensor([1.0000])", "tensor([1.1000])", False),
        ("tensor([1., 2.])", "tensor([1.])", False),
        ("x 1", "y 1", False),
    ],
)
def test_rounding_is_told_from_other_differences(text: str, other: str, same: bool) -> None:
    assert same_but_rounding(text, other) is same
