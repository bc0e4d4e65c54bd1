"""What backward graphs show is what PyTorch's show: second-order graphs, and saved attributes.

PyTorch's answers are recorded by ``python -m tests.record graphs saved layers``. What still
differs is listed with its reason in ``graph_gaps.py``; a gap that has closed fails, so that the
list shrinks.
"""

from __future__ import annotations

import re
import warnings
from typing import Any

import pytest

import autograd_nb as torch
from autograd_nb.ops.namespaces import T
from tests.answers import recorded
from tests.graph_gaps import GRAPHS, LAYERS, SAVED
from tests.graphs import (
    EXPRESSIONS,
    graph_of_gradient,
    saved_of_expression,
    saved_of_sample,
)

NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")
SHOWN = recorded("saved")


def close(mine: str, theirs: str) -> bool:
    """Compare texts; numbers in them up to rounding."""
    if mine == theirs:
        return True
    if NUMBER.sub("#", mine) != NUMBER.sub("#", theirs):
        return False
    pairs = zip(NUMBER.findall(mine), NUMBER.findall(theirs), strict=True)
    return all(float(a) == pytest.approx(float(b), rel=2e-3, abs=1e-6) for a, b in pairs)


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.filterwarnings("ignore")
def test_graph_of_the_gradient(expression: str) -> None:
    same = graph_of_gradient(expression, torch) == recorded("graphs")[expression]
    assert same != (expression in GRAPHS), GRAPHS.get(expression, "another graph than PyTorch's")


def test_gaps_are_of_what_is_recorded() -> None:
    assert set(GRAPHS) <= set(EXPRESSIONS)
    assert set(SAVED) <= {case.rpartition("-")[0] for case in SHOWN}


def unlike(mine: dict[str, str], theirs: dict[str, str]) -> dict[str, Any]:
    return {
        name: (mine.get(name), theirs.get(name))
        for name in sorted(mine.keys() | theirs.keys())
        if name not in mine or name not in theirs or not close(mine[name], theirs[name])
    }


def differing(case: str) -> dict[str, Any]:
    record, _, index = case.rpartition("-")
    function = getattr(T, record)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mine = saved_of_sample(record, int(index), function, torch) or {}
    return unlike(mine, SHOWN[case])


RECORDS = sorted({case.rpartition("-")[0] for case in SHOWN})


@pytest.mark.parametrize("record", RECORDS)
def test_saved_attributes(record: str) -> None:
    cases = [case for case in SHOWN if case.rpartition("-")[0] == record]
    found = {case: names for case in cases if (names := differing(case))}
    wanted = SAVED.get(record, ("", ""))[0].split()
    assert sorted({name for names in found.values() for name in names}) == sorted(wanted), found


NODES: dict[str, dict[str, Any]] = {}
for _expression, _shown in recorded("layers").items():
    NODES.setdefault(_shown["node"], {})[_expression] = _shown


@pytest.mark.parametrize("node", sorted(NODES))
@pytest.mark.filterwarnings("ignore")
def test_saved_attributes_of_expressions(node: str) -> None:
    found: dict[str, Any] = {}
    for expression, theirs in NODES[node].items():
        found |= unlike(saved_of_expression(expression, torch) or {}, theirs)
    assert sorted(found) == sorted(LAYERS.get(node, ("", ""))[0].split()), found
