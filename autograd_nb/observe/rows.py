"""What the ledger says of one gradient: a row for each thing that happened, few for a long loop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from autograd_nb.observe.graph import Json, Site, Stat, json_number, site_json
from autograd_nb.observe.tape import stat_json

SEVERAL = "passes"
CLEARINGS = frozenset({"cleared", "zeroed", "renewed"})

TOGETHER = 3
"""Passes in a row, none of them measured, that become one row."""


class LedgerRow(NamedTuple):
    """One thing that happened to a gradient.

    Parameters
    ----------
    kind : str
        ``"backward"``, ``"zeroed"``, ``"cleared"`` (set to None), ``"renewed"`` (another tensor
        has the name now), or ``"passes"``: several that were not measured.
    pass_id : int or None
        Of several, the first.
    site : Site or None
    incoming : Stat or None
        What was added, where the pass was recorded in full.
    norm_after : float or None
    last : int or None
        Of several, the last pass.
    passes : int
        How many added to the gradient.
    clearings : int
        How often it was cleared among several.
    how : str
        The kind of the last of these.
    since : int
        Passes after the last of these.
    """

    kind: str
    pass_id: int | None = None
    site: Site | None = None
    incoming: Stat | None = None
    norm_after: float | None = None
    last: int | None = None
    passes: int = 0
    clearings: int = 0
    how: str = ""
    since: int = 0

    def to_json(self) -> Json:
        """Return the JSON form of the panel protocol.

        Returns
        -------
        dict
        """
        several = {
            "last": self.last,
            "passes": self.passes,
            "clearings": self.clearings,
            "how": self.how,
        }
        return {
            "kind": self.kind,
            "pass": self.pass_id,
            **site_json(self.site),
            "incoming": stat_json(self.incoming),
            "norm_after": json_number(self.norm_after),
            **(several if self.kind == SEVERAL else {}),
        }

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing in it that another row of its kind does not say."""
        if self.kind == "backward":
            return self.incoming is None and self.norm_after is None
        return self.kind == SEVERAL or self.kind in CLEARINGS


def condense(rows: Iterable[LedgerRow]) -> list[LedgerRow]:
    """Put passes that were not measured together, where several follow each other.

    Rows that are condensed already can be condensed again, with what came after them.

    Parameters
    ----------
    rows : iterable of LedgerRow

    Returns
    -------
    list of LedgerRow
        What cleared the gradient before a pass belongs to it; what came after the last pass stays.
    """
    found: list[LedgerRow] = []
    run: list[LedgerRow] = []
    for row in rows:
        if row.is_quiet:
            run.append(row)
        else:
            found += [*_together(run), row]
            run = []
    return found + _together(run)


def _together(run: list[LedgerRow]) -> list[LedgerRow]:
    after = next((at for at, row in enumerate(reversed(run)) if row.kind not in CLEARINGS), None)
    if after is None:
        return run
    run, rest = run[: len(run) - after], run[len(run) - after :]
    added = [row for row in run if row.kind not in CLEARINGS]
    passes = sum(row.passes or 1 for row in added)
    if passes < TOGETHER:
        return run + rest
    first, last = added[0], added[-1]
    cleared = [row for row in run if row.kind in CLEARINGS or row.clearings]
    since = 0
    for row in run:
        kept = row.kind not in CLEARINGS and not row.clearings
        since = since + (row.passes or 1) if kept else row.since
    whole = LedgerRow(
        SEVERAL,
        first.pass_id,
        first.site if all(row.site == first.site for row in added) else None,
        last=last.pass_id if last.last is None else last.last,
        passes=passes,
        clearings=sum(row.clearings or 1 for row in cleared),
        how=(cleared[-1].how or cleared[-1].kind) if cleared else "",
        since=since,
    )
    return [whole, *rest]
