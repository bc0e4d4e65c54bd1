"""Graphs of both engines in one namespace: only what was made while watching is drawn."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

import autograd_nb
from autograd_nb.observe import Recorder
from autograd_nb.observe.ledger import Ledger

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
