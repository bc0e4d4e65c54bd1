"""What the ledger's log says, however it is folded into the leaves' records."""

from __future__ import annotations

import pytest

import autograd_nb as torch
from autograd_nb.observe.explain import explain_grad
from autograd_nb.observe.graph import Site
from autograd_nb.observe.ledger import Ledger
from autograd_nb.observe.rows import LedgerRow, condense

LOOPS = {
    "the same leaves": [("cleared", (0, 1)), ("backward", (1, 0))] * 2,
    "two loops apart": [("backward", (0,)), ("backward", (1, 2)), ("cleared", (1, 2))] * 2,
    "leaves in two sets": [("backward", (0, 1)), ("cleared", (1, 2)), ("backward", (2,))] * 2,
    "nothing": [],
}


@pytest.mark.parametrize("told", LOOPS.values(), ids=LOOPS)
def test_what_is_told_together_reads_as_if_told_at_once(told) -> None:
    leaves = [torch.zeros(2, requires_grad=True) for _ in range(3)]
    read = []
    for at_once in (True, False):
        ledger = Ledger()
        ids = [ledger.id_of(leaf, lambda tensor: "") for leaf in leaves]
        for number, (kind, places) in enumerate(told):
            ledger.write(LedgerRow(kind, number), tuple(ids[place] for place in places))
            if at_once:
                assert ledger.records is not None  # asking folds
        records = [ledger.records[identity] for identity in ids]
        read.append([(list(r.rows), r.contributions, r.has_grad, r.grad) for r in records])
    assert read[0] == read[1]
    for place, (rows, contributions, _, _) in enumerate(read[0]):
        mine = [(kind, number) for number, (kind, places) in enumerate(told) if place in places]
        assert [(row.kind, row.pass_id) for row in rows] == mine
        assert contributions == sum(kind == "backward" for kind, _ in mine)


HERE, THERE = Site("In[1]", 3), Site("In[1]", 5)
ADDED = [LedgerRow("backward", number, HERE) for number in range(12)]
CLEARED = LedgerRow("cleared", site=THERE)
MEASURED = ADDED[8]._replace(norm_after=2.0)


def loop(*passes: LedgerRow, every: int = 1) -> list[LedgerRow]:
    """Return the rows of passes, with a clearing before each, or before one in `every`."""
    return [
        row for at, one in enumerate(passes) for row in ([CLEARED, one], [one])[at % every != 0]
    ]


def test_gradients_are_measured_without_writing_down_what_was_told() -> None:
    ledger = Ledger()
    leaf = torch.zeros(2, requires_grad=True)
    leaf.grad = torch.ones(2)
    identity = ledger.id_of(leaf)
    told = LedgerRow("backward", 1)
    for _ in range(3):
        ledger.write(told, (identity,))
        ledger.look((identity,))
        assert ledger.due((identity,)) == 1
    assert ledger._log == [(told, (identity,))] * 3
    record = ledger.records[identity]
    assert (record.contributions, record.health.norms.values) == (3, [2**0.5] * 3)


def test_passes_that_were_not_measured_are_one_row() -> None:
    assert condense(loop(*ADDED[:8], MEASURED, ADDED[9])) == [
        LedgerRow("passes", 0, HERE, last=7, passes=8, clearings=8, how="cleared", since=1),
        CLEARED,
        MEASURED,
        CLEARED,
        ADDED[9],
    ]
    assert condense([*ADDED[:4], CLEARED]) == [
        LedgerRow("passes", 0, HERE, last=3, passes=4, since=4),
        CLEARED,
    ]
    elsewhere = [*ADDED[:3], ADDED[3]._replace(site=THERE)]
    assert [row.site for row in condense(elsewhere)] == [None]
    assert condense([CLEARED] * 5) == [CLEARED] * 5


@pytest.mark.parametrize("every", [1, 3, 20])
def test_rows_are_put_together_whenever_that_is_done(every) -> None:
    rows = loop(*ADDED[:8], MEASURED, *ADDED[9:], every=every)
    for cut in range(len(rows)):
        assert condense([*condense(rows[:cut]), *rows[cut:]]) == condense(rows)


def test_a_long_loop_is_told_of_from_its_beginning() -> None:
    leaf, ledger = torch.zeros(2, requires_grad=True), Ledger()
    identity = ledger.id_of(leaf)
    for number in range(1000):
        ledger.write(CLEARED, (identity,))
        ledger.write(LedgerRow("backward", number, HERE), (identity,))
    (row,) = ledger.records[identity].rows
    assert (row.pass_id, row.last, row.passes, row.clearings) == (0, 999, 1000, 1000)


@pytest.mark.parametrize(("every", "held"), [(1, 1), (4, 4), (20, 12)])
def test_what_a_gradient_holds_is_explained_by_rows_together(every, held) -> None:
    leaf, ledger = torch.ones(2, requires_grad=True), Ledger()
    leaf.sum().backward()
    identity = ledger.id_of(leaf)
    for row in loop(*ADDED, every=every):
        ledger.note(identity, row)
    told = explain_grad(leaf, {"leaf": leaf}, ledger=ledger).sentences[1]
    assert told.startswith("1 backward added" if held == 1 else f"{held} backward passes added")
