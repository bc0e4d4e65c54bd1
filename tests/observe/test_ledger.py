"""What the ledger's log says, however it is folded into the leaves' records."""

from __future__ import annotations

import pytest

import autograd_nb as torch
from autograd_nb.observe.ledger import Ledger, LedgerRow

LOOPS = {
    "the same leaves": [("cleared", (0, 1)), ("backward", (1, 0))] * 3,
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
