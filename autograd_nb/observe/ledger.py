"""What happened to each leaf's gradient: which pass added what, and when it was cleared."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from autograd_nb.observe.graph import Json, Site, Stat, json_number, shortened
from autograd_nb.observe.health import Health
from autograd_nb.observe.protocol import dtype_name, shape_of
from autograd_nb.observe.rows import LedgerRow, condense
from autograd_nb.observe.tape import stat_json

ROWS_KEPT = 30
ROWS_LIVE = 4
LOG_KEPT = 64
LEAVES_KEPT = 4_000


@dataclass(slots=True)
class LeafRecord:
    """What is known of one leaf.

    Parameters
    ----------
    id : int
    name : str
        The user's name, empty where there is none.
    shape : tuple of int
    dtype : str
    kind : type
        Of the tensor: each engine has its own.
    grad : Stat or None
        ``.grad`` when it was last seen.
    has_grad : bool
        Whether it held anything then.
    health : Health
        Norms after evenly spread passes, and what they show.
    rows : list of LedgerRow
        The last ones; see :func:`~autograd_nb.observe.rows.condense`.
    contributions : int
        Passes that added to it, recorded in full or not.
    order : int
        When it was last touched, to forget the oldest.
    thread : int
        In which its tensor was met first.
    """

    id: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    kind: type = object
    grad: Stat | None = None
    has_grad: bool = False
    health: Health = field(default_factory=Health)
    rows: list[LedgerRow] = field(default_factory=list)
    contributions: int = 0
    order: int = 0
    thread: int = field(default_factory=threading.get_ident)

    def tell(self, *rows: LedgerRow) -> None:
        """Write down what happened.

        Parameters
        ----------
        *rows : LedgerRow
        """
        before = self.take_quiet()
        self.rows += condense([*before, *rows])
        del self.rows[:-ROWS_KEPT]

    def take_quiet(self) -> list[LedgerRow]:
        """Take away the last rows, as far as they can be put together with what comes.

        Returns
        -------
        list of LedgerRow
        """
        known, at = self.rows, len(self.rows)
        while at and known[at - 1].is_quiet:
            at -= 1
        taken = known[at:]
        del known[at:]
        return taken

    def to_json(self, live: bool = False) -> Json:
        """Return the JSON form of the panel protocol.

        Parameters
        ----------
        live : bool, default False
            Tell only of the last rows, and of the norms only what a curve shows: many times a
            second.

        Returns
        -------
        dict
        """
        norms = self.health.norms.values
        numbers = [norm for norm in norms if norm is not None]
        brief = live and len(numbers) == len(norms)
        return {
            "id": self.id,
            "name": self.name or f"leaf {self.id}",
            "shape": list(self.shape),
            "dtype": self.dtype,
            "grad": stat_json(self.grad),
            "norms": shortened(numbers) if brief else [json_number(n) for n in norms],
            "norms_every": self.health.norms.every,
            "ledger": [row.to_json() for row in self.rows[-ROWS_LIVE if live else 0 :]],
            "contributions": self.contributions,
            "ratio": json_number(self.health.ratio),
            "flags": self.health.flags,
        }


class Ledger:
    """All leaves that were met, found again by identity, held weakly.

    One ledger can serve several recorders one after the other, so that the rows of a leaf tell of
    more than one cell.
    """

    def __init__(self) -> None:
        self._records: dict[int, LeafRecord] = {}
        self._log: list[tuple[LedgerRow, tuple[int, ...]]] = []
        self._ids: dict[int, tuple[int, weakref.ref[Any]]] = {}
        self._refs: dict[int, weakref.ref[Any]] = {}
        self._next = 0
        self._clock = 0

    @property
    def records(self) -> dict[int, LeafRecord]:
        """What is known of each leaf, by identity."""
        if self._log:
            self._fold()
        return self._records

    def id_of(self, tensor: Any, name: Callable[[Any], str] = lambda tensor: "") -> int:
        """Return the identity of a leaf, and begin its record at the first meeting.

        A tensor that takes the place of one that is gone, under the same name and with the same
        shape, continues its record: a loop that makes its leaf anew shows one leaf.  So does one
        that has taken the name of another, which a graph may still hold.

        Parameters
        ----------
        tensor : TensorLike
        name : callable, optional
            Gives the user's name for a tensor, or nothing; asked at the first meeting only.

        Returns
        -------
        int
        """
        known = self._ids.get(id(tensor))
        if known is not None and known[1]() is tensor:
            return known[0]
        given = name(tensor)
        form = given, shape_of(tensor), dtype_name(tensor.dtype)
        identity = self._heir(form, type(tensor), name)
        if identity is None:
            return self._begin(tensor, given)
        if self.records[identity].has_grad:
            self.note(identity, LedgerRow("renewed"))
        self._know(tensor, identity)
        return identity

    def part(self, tensor: Any) -> None:
        """Begin a record of its own for a tensor whose record another has continued.

        Parameters
        ----------
        tensor : TensorLike
        """
        self._begin(tensor, "")

    def _begin(self, tensor: Any, name: str) -> int:
        identity = self._next
        self._next += 1
        shape, dtype = shape_of(tensor), dtype_name(tensor.dtype)
        self.records[identity] = LeafRecord(identity, name, shape, dtype, type(tensor))
        self._know(tensor, identity)
        return identity

    def _know(self, tensor: Any, identity: int) -> None:
        reference = weakref.ref(tensor)
        self._ids[id(tensor)] = (identity, reference)
        self._refs[identity] = reference
        self.records[identity].thread = threading.get_ident()
        self._touch(identity)
        self._forget()

    def _heir(
        self, form: tuple[str, tuple[int, ...], str], kind: type, name: Callable[[Any], str]
    ) -> int | None:
        for identity, record in self.records.items():
            if (record.name, record.shape, record.dtype) != form:
                continue
            if record.kind is not kind:
                continue  # a leaf of the other engine
            if record.thread != threading.get_ident() and runs(record.thread):
                continue  # a function's own variable has its name in every thread
            former = self.tensor(identity)
            if former is None or (form[0] and not name(former)):
                return identity
        return None

    def find(self, tensor: Any) -> int | None:
        """Return the identity of a leaf that was met, None otherwise.

        Parameters
        ----------
        tensor : TensorLike

        Returns
        -------
        int or None
        """
        known = self._ids.get(id(tensor))
        return known[0] if known is not None and known[1]() is tensor else None

    def tensor(self, identity: int) -> Any:
        """Return a leaf that is still alive.

        Parameters
        ----------
        identity : int

        Returns
        -------
        TensorLike or None
        """
        reference = self._refs.get(identity)
        return None if reference is None else reference()

    def begin(self, identity: int) -> int:
        """Judge a leaf anew: it is met for the first time in a cell.

        Parameters
        ----------
        identity : int

        Returns
        -------
        int
            Its contributions until now.
        """
        record = self.records[identity]
        record.health.begin()
        return record.contributions

    def rename(self, identity: int, name: str) -> None:
        """Give a leaf the name that the user gives it now.

        Parameters
        ----------
        identity : int
        name : str
            Empty leaves the name as it is.
        """
        if name:
            self.records[identity].name = name

    def note(self, identity: int, row: LedgerRow) -> None:
        """Write down that a gradient was cleared, zeroed or set.

        Parameters
        ----------
        identity : int
        row : LedgerRow
        """
        record = self.records[identity]
        record.tell(row)
        if row.kind in {"cleared", "renewed"}:
            record.grad, record.has_grad = None, False
        elif row.kind == "zeroed" and record.grad is not None:
            record.grad = Stat(record.grad.shape, record.grad.dtype, 0.0, 0.0, 0.0, 0.0)
        self._touch(identity)

    def add(
        self,
        identity: int,
        pass_id: int,
        site: Site | None,
        incoming: Stat | None = None,
        grad: Stat | None = None,
        held: Any = None,
    ) -> None:
        """Write down that a pass added to a gradient.

        Parameters
        ----------
        identity : int
        pass_id : int
        site : Site or None
        incoming, grad : Stat or None
            What came, and what the sum is; None in a pass that is only counted.
        held : TensorLike, ndarray or None
            The sum itself, measured where its number asks for it.
        """
        record = self.records[identity]
        record.contributions += 1
        record.has_grad = True
        if held is not None:
            record.health.look(record.contributions, self.tensor(identity), held)
        norm = None
        if grad is not None:
            record.grad = grad
            norm = grad.norm
        record.tell(LedgerRow("backward", pass_id, site, incoming, norm))
        self._clock += 1
        record.order = self._clock

    def write(self, row: LedgerRow, identities: tuple[int, ...]) -> None:
        """Write down one thing that happened to several gradients, cheaply.

        It reaches the records when they are next asked for.

        Parameters
        ----------
        row : LedgerRow
            Of kind ``"backward"`` or ``"cleared"``.
        identities : tuple of int
        """
        self._log.append((row, identities))
        if row.kind == "backward":
            records = self._records
            for identity in identities:
                if identity in records:  # not forgotten: there may be more leaves than are kept
                    records[identity].contributions += 1
        if len(self._log) > LOG_KEPT:
            self._fold()

    def _fold(self) -> None:
        log, self._log = self._log, []
        # A loop tells the same of the same leaves over and over: once for each set of leaves is
        # enough, where no leaf is in two.
        together: dict[frozenset[int], list[LedgerRow]] = {}
        for row, leaves in log:
            together.setdefault(frozenset(leaves), []).append(row)
        groups: Iterable[tuple[Iterable[int], list[LedgerRow]]] = together.items()
        if sum(map(len, together)) > len(frozenset().union(*together)):
            groups = [(leaves, [row]) for row, leaves in log]
        for identities, rows in groups:
            was_cleared = any(row.kind == "cleared" for row in rows)
            self._clock += 1
            short = condense(rows)
            before, told = list[LedgerRow](), short
            for identity in identities:
                record = self._records.get(identity)
                if record is None:
                    continue  # forgotten: there are more leaves than are kept
                taken = record.take_quiet()
                if taken != before:  # the leaves of a loop mostly have the same rows
                    before, told = taken, condense([*taken, *short])
                record.rows = [*record.rows, *told][-ROWS_KEPT:]
                record.order = self._clock
                record.has_grad = rows[-1].kind == "backward"
                if was_cleared:
                    record.grad = None

    def due(self, identities: Iterable[int]) -> int:
        """Return after how many contributions one of these leaves wants to be measured.

        Parameters
        ----------
        identities : iterable of int

        Returns
        -------
        int
            At least 1.
        """
        records = (self._records.get(identity) for identity in identities)
        return min((one.health.due(one.contributions) for one in records if one), default=1)

    def look(self, identities: Iterable[int]) -> None:
        """Measure the leaves whose turn it is; they still hold what the pass left there.

        Parameters
        ----------
        identities : iterable of int
        """
        for identity in identities:
            record, tensor = self._records.get(identity), self.tensor(identity)
            if record is not None and tensor is not None and tensor.grad is not None:
                record.health.look(record.contributions, tensor, tensor.grad)

    def _touch(self, identity: int) -> None:
        self._clock += 1
        self.records[identity].order = self._clock

    def _forget(self) -> None:
        """Drop the leaves that were not touched for longest, and the keys of dead tensors."""
        if len(self.records) > LEAVES_KEPT:
            oldest = min(self.records.values(), key=lambda record: record.order).id
            del self.records[oldest]
            self._refs.pop(oldest, None)
            self._ids = {key: pair for key, pair in self._ids.items() if pair[0] != oldest}
        if len(self._ids) > 2 * LEAVES_KEPT:
            self._ids = {key: pair for key, pair in self._ids.items() if pair[1]() is not None}


def runs(thread: int) -> bool:
    """Tell whether a thread runs, as far as Python has started it.

    Parameters
    ----------
    thread : int
        Its identifier.

    Returns
    -------
    bool
    """
    return any(one.ident == thread for one in threading.enumerate())


def state_of(grad: Any) -> tuple[int, int] | None:
    """Return what changes when a gradient is replaced or written into, at no cost of reading it.

    Parameters
    ----------
    grad : TensorLike or None

    Returns
    -------
    tuple of (int, int) or None
        None where there is no gradient.
    """
    if grad is None:
        return None
    array = getattr(grad, "_array", None)
    # PyTorch makes a new Python object for the same gradient whenever it is asked for.
    place = getattr(grad, "_cdata", None) if array is None else id(array)
    return id(grad) if place is None else place, getattr(grad, "_version", 0)
