"""Graphs of both engines in one namespace: only what was made while watching is drawn."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

import autograd_nb
from autograd_nb.observe import Recorder
from autograd_nb.observe.ledger import Ledger
from autograd_nb.observe.protocol import sequence_nr
from tests.observe.engines import engine

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is not installed"
)


def names_of(recorder: Recorder) -> list[str]:
    graph = recorder.panel_state()["graph"]
    return sorted(node["name"] for node in graph["nodes"] if node["kind"] == "op")


@needs_torch
def test_an_old_graph_of_pytorch_is_not_drawn_with_ours() -> None:
    import torch

    w = torch.ones(2, requires_grad=True)
    names: dict[str, Any] = {"old": (w * 2).tanh().sum()}
    with Recorder(names) as recorder:
        x = autograd_nb.ones(2, requires_grad=True)
        names["new"] = x.exp()
    assert names_of(recorder) == ["ExpBackward0"]


@needs_torch
def test_an_old_graph_of_ours_is_not_drawn_with_pytorchs() -> None:
    import torch

    x = autograd_nb.ones(2, requires_grad=True)
    names: dict[str, Any] = {"old": x.exp().sin()}
    with Recorder(names) as recorder:
        w = torch.ones(2, requires_grad=True)
        names["new"] = w.tanh()
    assert names_of(recorder) == ["TanhBackward0"]


@needs_torch
def test_a_leaf_of_one_engine_does_not_continue_the_record_of_another() -> None:
    import torch

    ledger = Ledger()
    first = ledger.id_of(autograd_nb.ones(2, requires_grad=True), lambda leaf: "w")  # gone at once
    other = torch.ones(2, requires_grad=True)
    assert ledger.id_of(other, lambda leaf: "w") != first
    again = autograd_nb.ones(2, requires_grad=True)
    assert ledger.id_of(again, lambda leaf: "w") == first


def count_to_the_same(engines: list[Any]) -> None:
    """Make nodes until both libraries, which count apart, are at the same number."""
    for _ in range(2):
        numbers = [
            sequence_nr((torch.ones(1, requires_grad=True) * 1).grad_fn) for torch in engines
        ]
        x = engines[numbers[0] > numbers[1]].ones(1, requires_grad=True)
        for _ in range(abs(numbers[0] - numbers[1])):
            x * 1


@needs_torch
def test_nodes_of_equal_number_and_name_are_not_one(recorder_for: Any) -> None:
    engines = [engine("autograd_nb"), engine("torch")]
    count_to_the_same(engines)  # millions, after other tests: not while somebody watches
    with recorder_for({}) as recorder:
        count_to_the_same(engines)
        keys = []
        for torch in engines:
            x = torch.ones(2, requires_grad=True)
            loss = (x * 2).sum()
            keys.append((sequence_nr(loss.grad_fn), loss.grad_fn.name()))
            loss.backward()
    assert keys[0] == keys[1]
    first, second = recorder.tape.passes
    assert not {step.node for step in first.steps} & {step.node for step in second.steps}
    assert len(recorder.graph.roots) == 2
