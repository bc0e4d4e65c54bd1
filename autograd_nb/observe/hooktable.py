"""Every hook that was seen: where it was registered, in which order it fired, what it did."""

from __future__ import annotations

import traceback
import weakref
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from autograd_nb.observe.behind import FIRES_AS, Behind
from autograd_nb.observe.cells import describe_callable, position_key, site_of_line, site_of_origin
from autograd_nb.observe.graph import Json, Site, Stat, site_json
from autograd_nb.observe.protocol import HandleLike
from autograd_nb.observe.tape import stat_json

ROWS_KEPT = 300

Owner = tuple[Any, ...]
"""``("leaf", id)`` or ``("node", *node_key)``."""


class Registration:
    """A hook in the table where an engine keeps it, held weakly.

    Parameters
    ----------
    table : weakref.ref
        Of the engine's dict of hooks.
    key : int
    handle : HandleLike, optional
        What registering returned; it knows of other tables that hold the hook too.
    """

    __slots__ = ("handle", "key", "shared", "table")

    _latest: tuple[Any, list[Registration]] = None, []
    """The last call that made several hooks, and what it made."""

    def __init__(self, table: weakref.ref[Any], key: int, handle: HandleLike | None = None) -> None:
        self.table = table
        self.key = key
        self.handle = handle
        self.shared = [self]

    def __call__(self) -> bool:
        """Tell whether the hook is still there."""
        table = self.table()
        return table is not None and self.key in table

    def share(self, call: object) -> None:
        """Go together with the other hooks that one call registers.

        Parameters
        ----------
        call : object
        """
        if Registration._latest[0] is not call:
            Registration._latest = call, []
        self.shared = Registration._latest[1]
        self.shared.append(self)

    def remove(self) -> None:
        """Take the hook away, as its handle does, and those that go with it."""
        for one in self.shared:
            table = one.table()
            if one.handle is not None:
                one.handle.remove()
            elif table is not None:
                table.pop(one.key, None)


def registration_with(module: Any, functions: Iterable[Any]) -> Registration | None:
    """Find the user's hooks in a module's own tables, from which each of its calls takes them.

    Parameters
    ----------
    module : nn.Module or None
    functions : iterable of callable

    Returns
    -------
    Registration or None
        None where they are in none, as those of all modules together.
    """
    names = "_backward_hooks", "_backward_pre_hooks"
    tables = [vars(module)[name] for name in names] if module is not None else []
    wanted = list(functions)
    found = [
        Registration(weakref.ref(table), key)
        for table in tables
        for key, value in table.items()
        if any(value is fn for fn in wanted)
    ]
    for one in found:
        one.shared = found
    return found[0] if found else None


def registration_of(owner: Any, fn: Any) -> Registration | None:
    """Find a function among the hooks of a tensor or node of this package.

    Parameters
    ----------
    owner : TensorLike or NodeLike
    fn : callable

    Returns
    -------
    Registration or None
        None where the hook has removed itself, and for nodes that do not show their hooks.
    """
    tables = [getattr(owner, "_backward_hooks", None)]
    tables.append(getattr(owner, "_post_accumulate_grad_hooks", None))
    of_node = getattr(owner, "hooks", None)
    if of_node is not None:
        tables += [of_node.pre, of_node.post, *of_node.tensor.values()]
    for table in tables:
        for key, value in list((table or {}).items()):
            if value is fn:
                return Registration(weakref.ref(table), key)
    return None


@dataclass(slots=True)
class HookRow:
    """One hook.

    Parameters
    ----------
    id : int
    kind : str
        ``"tensor"``, ``"retain_grad"``, ``"post_accumulate"``, ``"node_pre"``, ``"node_post"``,
        ``"saved_tensors"`` or one of `FIRES_AS`.
    target : str
        The tensor's name, the module's, the node's, or the lines whose tensors a pair saves.
    fn : str
    owner : tuple
    site : Site or None
        Where it was registered, or where the function was written for a hook that was there
        before anybody watched.
    fired : int
    order : int or None
        Position among the hooks of the last pass in which it fired.
    before, after : Stat or None
    effect : str
        ``"kept"``, ``"replaced"``, ``"raised"`` or ``"none yet"``.
    duplicate : bool
        Registered again on the same target by the same place in the same text.
    removed : bool
        Of a pair of saved-tensor hooks: the block is over.
    packs, unpacks : int
        How often each function of such a pair was called.
    """

    id: int
    kind: str
    target: str
    fn: str
    owner: Owner
    site: Site | None = None
    fired: int = 0
    order: int | None = None
    before: Stat | None = None
    after: Stat | None = None
    effect: str = "none yet"
    duplicate: bool = False
    removed: bool = False
    packs: int = 0
    unpacks: int = 0
    position: tuple[int, int | None, int] | None = None
    is_function: Callable[[Any], bool] = lambda fn: fn is None
    registration: Registration | None = None
    lasting: Registration | None = None
    """Of a module's hook: with the module, which registers it anew in each graph."""
    code: CodeType | None = None
    called: str = field(init=False)
    """The target's name when the hook was registered: in a loop it may be that of another now."""

    def __post_init__(self) -> None:
        self.called = self.target

    def is_removed(self) -> bool:
        """Tell whether the hook no longer exists, as far as can be known.

        Returns
        -------
        bool
        """
        held = self.lasting or self.registration
        if not self.removed and held is not None:
            self.removed = not held()
        return self.removed

    def is_over(self) -> bool:
        """Tell whether the hook no longer exists, or a module's no longer in its graph.

        Returns
        -------
        bool
        """
        return self.is_removed() or (self.registration is not None and not self.registration())

    def remove(self) -> None:
        """Take the hook away, from the graph and from the module that would register it again."""
        for held in (self.registration, self.lasting):
            if held is not None:
                held.remove()

    def shares_table(self, registration: Registration | None) -> bool:
        """Tell whether another hook is kept where this one is, as far as can be known.

        Nodes of several threads may have one number in PyTorch, and pass for one owner.

        Parameters
        ----------
        registration : Registration or None

        Returns
        -------
        bool
        """
        if registration is None or self.registration is None:
            return True
        return self.registration.table() is registration.table()

    def served(self, word: str, effect: str) -> None:
        """Count a call of one function of a pair.

        Parameters
        ----------
        word : str
            ``"pack"`` or ``"unpack"``.
        effect : str
            ``"replaced"`` is said of packing, and stays.
        """
        self.fired += 1
        self.packs += word == "pack"
        self.unpacks += word == "unpack"
        if effect == "raised" or (word == "pack" and self.effect in {"none yet", "kept"}):
            self.effect = effect

    def to_json(self) -> Json:
        """Return the JSON form of the panel protocol.

        Returns
        -------
        dict
        """
        return {
            "id": self.id,
            "kind": self.kind,
            "target": self.target,
            "fn": self.fn,
            **site_json(self.site),
            "fired": self.fired,
            "order": self.order,
            "before": stat_json(self.before),
            "after": stat_json(self.after),
            "effect": self.effect,
            "duplicate": self.duplicate,
            "removed": self.is_removed(),
            "packs": self.packs,
            "unpacks": self.unpacks,
        }


class HookTable:
    """The hooks that were seen, held weakly."""

    def __init__(self) -> None:
        self.rows: dict[int, HookRow] = {}
        self.pairs: weakref.WeakKeyDictionary[Any, HookRow | None] = weakref.WeakKeyDictionary()
        self._next = 0

    def register(
        self,
        kind: str,
        owner: Owner,
        target: str,
        fn: Any,
        *,
        origin: tuple[CodeType, int] | None = None,
        registration: Registration | None = None,
        inner: Behind | None = None,
        among: Container[int] = (),
    ) -> HookRow:
        """Write down a hook.

        Parameters
        ----------
        kind : str
        owner : tuple
        target : str
        fn : callable or None
        origin : tuple of (code, int), optional
            Where it was registered.
        registration : Registration, optional
            Tells whether the hook is still registered, and can take it away.
        inner : Behind, optional
            The user's functions, where what is registered is a library's that will call them.
        among : container of int
            Rows that this hook may continue: what a loop registers anew for every graph is one.

        Returns
        -------
        HookRow
        """
        position = position_key(origin)
        functions = [fn] if inner is None else inner.functions
        of_module = inner is not None and inner.module is not None
        row = HookRow(
            self._next,
            kind if inner is None else inner.kind,
            target,
            ", ".join(describe_callable(one) for one in functions if one is not None),
            owner,
            # Modules register their hooks where they are called.
            site=_written_at(functions[0])
            if of_module or origin is None
            else site_of_origin(origin),
            position=position,
            is_function=_recogniser(fn),
            registration=registration,
            lasting=None if inner is None else registration_with(inner.module, functions),
            code=_code_of(functions[0]),
        )
        if position is not None:
            for other in reversed(self.rows.values()):
                if (other.kind, other.fn, other.position) != (row.kind, row.fn, position):
                    continue
                if not other.is_over():
                    row.duplicate |= other.owner == owner and other.shares_table(registration)
                elif other.id in among and other.called == target:
                    other.owner, other.is_function = owner, row.is_function
                    other.registration, other.lasting = registration, row.lasting
                    other.removed = False
                    return other
        self._next += 1
        self.rows[row.id] = row
        self._forget()
        return row

    def find(self, kind: str, owner: Owner, fn: Any, fired: Container[int] = ()) -> HookRow | None:
        """Return the row of a hook that fires.

        Parameters
        ----------
        kind : str
        owner : tuple
        fn : callable or None
        fired : container of int
            Rows whose turn has been: one function may be registered several times.

        Returns
        -------
        HookRow or None
            None for a hook that was registered while nobody watched.
        """
        found = None
        for row in self.rows.values():
            if row.owner != owner or row.removed or kind != FIRES_AS.get(row.kind, row.kind):
                continue
            if row.is_function(fn) and not row.is_over():
                found = row
                if row.id not in fired:
                    break
        return found

    def blame(self, error: BaseException) -> HookRow | None:
        """Note which hook an error came from.

        Parameters
        ----------
        error : BaseException

        Returns
        -------
        HookRow or None
            None where no hook raised, or where several hooks are one function.
        """
        # By identity: a cell that runs again makes code that is equal.
        codes = {id(frame.f_code) for frame, _ in traceback.walk_tb(error.__traceback__)}
        rows = [row for row in self.rows.values() if id(row.code) in codes and not row.is_removed()]
        if len(rows) != 1:
            return None
        rows[0].fired += 1
        rows[0].effect = "raised"
        return rows[0]

    def remove(self, row_id: Any) -> HookRow:
        """Take a hook away, as the handle that registering returned does.

        Parameters
        ----------
        row_id : int

        Returns
        -------
        HookRow

        Raises
        ------
        LookupError
            There is no such hook, it is removed already, or it cannot be found to be removed.
        """
        row = self.rows.get(row_id)
        if row is None:
            known = ", ".join(str(known) for known in self.rows) or "none"
            raise LookupError(f"no hook has the id {row_id}; known: {known}")
        if row.is_removed():
            raise LookupError(f"hook {row_id} is removed already")
        if row.kind == "retain_grad":
            raise LookupError(f"hook {row_id} is retain_grad(), which cannot be taken back")
        if row.kind == "saved_tensors":
            raise LookupError(f"hook {row_id} is a pair for saved tensors, which its block ends")
        if row.registration is None:
            raise LookupError(
                f"hook {row_id} was registered before anything was watched: only the handle that "
                "registering returned can remove it"
            )
        row.remove()
        return row

    def of_owner(self, owner: Owner) -> int:
        """Count the hooks that are registered on a leaf or node.

        Parameters
        ----------
        owner : tuple

        Returns
        -------
        int
        """
        return sum(row.owner == owner and not row.is_over() for row in self.rows.values())

    def _forget(self) -> None:
        if len(self.rows) <= ROWS_KEPT:
            return
        gone = [row.id for row in self.rows.values() if row.is_removed()]
        for row_id in gone or [next(iter(self.rows))]:
            del self.rows[row_id]


def _recogniser(fn: Any) -> Callable[[Any], bool]:
    """Return a test for one function that does not keep it alive."""
    if fn is None:
        return lambda other: other is None
    try:
        reference = weakref.ref(fn)
    except TypeError:
        # A callable with slots: known by its identity alone.
        identity = id(fn)
        return lambda other: id(other) == identity
    return lambda other: other is not None and reference() is other


def _code_of(fn: Any) -> CodeType | None:
    code = getattr(getattr(fn, "func", fn), "__code__", None)
    return code if isinstance(code, CodeType) else None


def _written_at(fn: Any) -> Site | None:
    code = _code_of(fn)
    return None if code is None else site_of_line(code.co_filename, code.co_firstlineno)
