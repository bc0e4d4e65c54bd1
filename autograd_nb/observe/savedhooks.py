"""Pairs of saved-tensor hooks: who packs and unpacks, where, and how often.

Both engines are heard, by different means.  This package's tells by events, and calls the user's
functions themselves.  PyTorch tells nothing: while somebody watches, the functions that
register a pair hand it on inside two functions that count.  A tensor that was packed so keeps them
until it is freed; they call the user's own, and tell whoever watches then.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import linecache
from collections.abc import Callable, Iterator
from types import CodeType
from typing import TYPE_CHECKING, Any

from autograd_nb.observe.behind import Behind
from autograd_nb.observe.cells import describe_callable
from autograd_nb.observe.hooktable import HookRow

if TYPE_CHECKING:
    from autograd_nb.observe.hooktable import HookTable

KIND = "saved_tensors"

Listener = Callable[[HookRow, str, str], object]

listeners: list[Listener] = []
"""Hear of pairs of PyTorch's: the row, ``"pack"`` or ``"unpack"``, and the effect."""

_OF_LIBRARY = {"save_on_cpu": "save_on_cpu", "_swap_with_cloned": "allow_mutation_on_saved_tensors"}


def register(
    table: HookTable,
    pack: Any,
    unpack: Any,
    origin: tuple[CodeType, int] | None,
    line: int | None,
    among: dict[int, None],
    *,
    one: bool = False,
) -> HookRow | None:
    """Write down a pair.

    Parameters
    ----------
    table : HookTable
    pack, unpack : callable
    origin : tuple of (code, int) or None
        Where it was registered.
    line : int or None
        The line of that.
    among : dict
        Rows that this pair may continue.
    one : bool, default False
        It serves one saved tensor, not a block.

    Returns
    -------
    HookRow or None
        None for a pair with which a library computes again what another pair has promised.
    """
    known = _name_in_library(pack)
    if known == "":
        return None
    target = "one saved tensor"
    if not one:
        block = None if origin is None else block_at(origin[0].co_filename, line)
        target = "a block" if line is None else f"line {line}"
        if block is not None and block[1] > block[0]:
            target = f"lines {block[0]}–{block[1]}"
    row = table.register(
        KIND,
        (KIND, object()),
        target,
        pack,
        origin=origin,
        inner=Behind(KIND, (pack, unpack)),
        among=among,
    )
    row.fn = known or row.fn
    return row


def block_at(filename: str, line: int | None) -> tuple[int, int] | None:
    """Find the `with` statement that begins on a line, or has an item there.

    Parameters
    ----------
    filename : str
    line : int or None

    Returns
    -------
    tuple of (int, int) or None
        Its first line and its last.
    """
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError, RecursionError):
        return None  # no text of Python's
    for node in ast.walk(tree):
        if isinstance(node, (ast.With, ast.AsyncWith)) and line is not None:
            head = max(item.context_expr.end_lineno or 0 for item in node.items)
            if node.lineno <= line <= head:
                return node.lineno, node.end_lineno or node.lineno
    return None


def _name_in_library(pack: Any) -> str | None:
    """Return the name of the library's function behind a pair; empty for one not to be shown."""
    module = getattr(pack, "__module__", None) or ""
    library, _, rest = module.partition(".")
    if library not in {"torch", "autograd_nb"}:
        return None
    name = getattr(pack, "__qualname__", "")
    if rest == "utils.checkpoint":
        return "" if "rerun" in name or "recomputation" in name else "checkpoint"
    first = name.partition(".")[0]
    return _OF_LIBRARY.get(first, first) or describe_callable(pack)


class Counted:
    """A function of one of PyTorch's pairs: calls the user's, and tells.

    Parameters
    ----------
    fn : callable
    word : str
        ``"pack"`` or ``"unpack"``.
    row : HookRow
    """

    __slots__ = ("fn", "row", "word")

    def __init__(self, fn: Any, word: str, row: HookRow) -> None:
        self.fn = fn
        self.word = word
        self.row = row

    def __call__(self, value: Any) -> Any:
        """Call the user's function with what is to be packed or unpacked."""
        __tracebackhide__ = True
        try:
            result = self.fn(value)
        except BaseException:
            self._tell("raised")
            raise
        self._tell("kept" if result is value else "replaced")
        return result

    def _tell(self, effect: str) -> None:
        for listener in tuple(listeners):
            listener(self.row, self.word, effect)


@contextlib.contextmanager
def _removed_unless_done(row: HookRow) -> Iterator[None]:
    try:
        yield
    except BaseException:
        row.removed = True
        raise


def watch_foreign(
    torch: Any,
    entered: Callable[..., HookRow | None],
    replace: Callable[[Any, str, Any], None],
) -> None:
    """Hear of the pairs that PyTorch is given.

    Parameters
    ----------
    torch : module
    entered : callable
        Given the pair's functions and whether it is for one tensor; gives its row.
    replace : callable
        Sets an attribute until nobody watches.
    """
    inner = getattr(getattr(torch, "_C", None), "_autograd", None)
    push = getattr(inner, "_push_saved_tensors_default_hooks", None)
    pop = getattr(inner, "_pop_saved_tensors_default_hooks", None)
    top = getattr(inner, "_top_saved_tensors_default_hooks", None)
    saved = getattr(inner, "SavedTensor", None)
    if inner is None or push is None or pop is None or top is None or saved is None:
        return
    register_hooks = saved.register_hooks

    def pushed(pack: Any, unpack: Any) -> None:
        __tracebackhide__ = True
        row = None
        if not isinstance(pack, Counted) and callable(pack) and callable(unpack):
            row = entered(pack, unpack)
        if row is None:
            push(pack, unpack)
            return
        with _removed_unless_done(row):
            push(Counted(pack, "pack", row), Counted(unpack, "unpack", row))

    def popped() -> None:
        pair = top(True)
        pop()
        if pair is not None and isinstance(pair[0], Counted):
            pair[0].row.removed = True

    @functools.wraps(register_hooks)
    def registered(one: Any, *hooks: Any) -> None:
        __tracebackhide__ = True
        row = None
        if len(hooks) == 2 and all(map(callable, hooks)):
            row = entered(*hooks, one=True)
        if row is None:
            register_hooks(one, *hooks)
            return
        with _removed_unless_done(row):
            register_hooks(one, Counted(hooks[0], "pack", row), Counted(hooks[1], "unpack", row))

    replace(inner, "_push_saved_tensors_default_hooks", pushed)
    replace(inner, "_pop_saved_tensors_default_hooks", popped)
    replace(saved, "register_hooks", registered)


__all__ = ["Counted", "block_at", "listeners", "register", "watch_foreign"]
