"""Which module ran which operations: spans of sequence numbers, noted by global forward hooks.

The hooks of either library look on and return nothing; they are registered only while the first
passes are watched, by which the form of a loop's graph is known.

Note [Whose number]
Calls of modules are noted for each thread by itself.  This package's nodes have one count, and
those that other threads make are noted with their thread.  PyTorch counts the nodes of each thread
anew and does not say whose a node is, only, by its traceback, whether Python started the thread.
A node that may be of two threads is of no module.
"""

from __future__ import annotations

import sys
import threading
import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from autograd_nb.observe.protocol import is_foreign, sequence_nr

SPANS_KEPT = 20_000
MODULES_NAMED = 10_000
NODES_KEPT = 50_000
THREADS_KEPT = 64

Chain = tuple[tuple[str, int], ...]


class Spans:
    """Calls of modules in one engine, as spans of the numbers that its nodes get.

    Parameters
    ----------
    number : callable
        Gives the number that the next node will have.
    """

    def __init__(self, number: Callable[[], int]) -> None:
        self.number = number
        self.first = 0
        self.threaded = threading.current_thread() is not threading.main_thread()
        self.starts: list[int] = []
        self.ends: list[int | None] = []
        self.parents: list[int] = []
        self.modules: list[weakref.ref[Any]] = []
        self.open: list[int] = []

    def enter(self, module: Any, *args: Any) -> None:
        """Note that a module begins to run; a forward pre-hook."""
        if len(self.starts) >= SPANS_KEPT:
            return
        self.parents.append(self.open[-1] if self.open else -1)
        self.open.append(len(self.starts))
        self.starts.append(self.number())
        self.ends.append(None)
        self.modules.append(weakref.ref(module))

    def leave(self, module: Any, *args: Any) -> None:
        """Note that a module has run; a forward hook."""
        if not any(self.modules[one]() is module for one in self.open):
            return  # it began before anybody watched
        end = self.number()
        while self.open:
            # Modules in between raised, and an outer one caught that.
            one = self.open.pop()
            self.ends[one] = end
            if self.modules[one]() is module:
                return

    def chain(self, number: int) -> list[int]:
        """Return the calls in which a node was made, the outermost first.

        Parameters
        ----------
        number : int
            The node's sequence number.

        Returns
        -------
        list of int
        """
        at = bisect_right(self.starts, number) - 1
        while at >= 0 and not self._holds(at, number):
            at = self.parents[at]
        found = []
        while at >= 0:
            found.append(at)
            at = self.parents[at]
        return found[::-1]

    def _holds(self, at: int, number: int) -> bool:
        end = self.ends[at]
        return number < end if end is not None else at in self.open


class ModuleWatch:
    """Global forward hooks of both libraries, and what they noted."""

    def __init__(self) -> None:
        self._here = {own: threading.local() for own in (True, False)}
        self._spans: dict[bool, list[Spans]] = {}
        self._elsewhere: dict[int, Spans | None] = {}
        self._handles: list[Any] = []

    def attach(self, own: bool) -> None:
        """Begin to look on; a second call does nothing, nor one where no module is imported.

        Parameters
        ----------
        own : bool
            This package's modules, or PyTorch's.
        """
        # Ours is imported when the user's code first asks for it: that may be within the cell.
        library = import_module("autograd_nb.nn.module") if own else _torch_modules()
        number = _own_number if own else _torch_number()
        if own in self._spans or library is None or number is None:
            return
        here, every = self._here[own], self._spans.setdefault(own, [])

        def spans() -> Spans | None:
            """Return what this thread has noted."""
            if not hasattr(here, "spans"):
                here.spans = Spans(number) if len(every) < THREADS_KEPT else None
                if here.spans is not None:
                    here.spans.first = len(every) * SPANS_KEPT
                    every.append(here.spans)
            found: Spans | None = here.spans
            return found

        def enter(module: Any, *args: Any) -> None:
            if (mine := spans()) is not None:
                mine.enter(module)

        def leave(module: Any, *args: Any) -> None:
            if (mine := spans()) is not None:
                mine.leave(module)

        spans()  # the thread that begins is the first
        self._handles += [
            library.register_module_forward_pre_hook(enter),
            library.register_module_forward_hook(leave),
        ]

    def made_elsewhere(self, node: Any) -> None:
        """Note which calls a node of this package may be of that another thread has made.

        Parameters
        ----------
        node : NodeLike
        """
        number = sequence_nr(node)
        if self._handles and number is not None and len(self._elsewhere) < NODES_KEPT:
            self._elsewhere[number] = getattr(self._here[True], "spans", None)

    def _of(self, node: Any) -> tuple[Spans | None, list[int]]:
        """Return in which calls a node was made, and who noted them."""
        number, own = sequence_nr(node), not is_foreign(node)
        every = self._spans.get(own, [])
        if number is None or not every:
            return None, []
        if own:
            one = self._elsewhere.get(number, every[0])
            return one, [] if one is None else one.chain(number)
        threaded = _is_threaded(node.metadata.get("traceback_"))
        found = [
            (one, chain)
            for one in every
            if (one.threaded == threaded or (threaded is None and len(every) == 1))
            and (chain := one.chain(number))
        ]
        return found[0] if len(found) == 1 else (None, [])

    def detach(self) -> None:
        """Take the hooks away; what was noted stays."""
        while self._handles:
            self._handles.pop().remove()

    def names(self, namespace: Mapping[str, Any]) -> Callable[[Any], Chain]:
        """Return a function that names the modules around a node.

        Parameters
        ----------
        namespace : mapping of str to object
            The user's variables.

        Returns
        -------
        callable
            Given the node.
        """
        if not any(spans.starts for every in self._spans.values() for spans in every):
            return lambda node: ()
        known: dict[int, str] = {}
        named: dict[tuple[Spans, int], str] = {}

        def name_of(spans: Spans, at: int) -> str:
            if (spans, at) not in named:
                module, parent = spans.modules[at](), spans.parents[at]
                named[spans, at] = known.get(id(module)) or _relative(
                    module,
                    spans.modules[parent]() if parent >= 0 else None,
                    name_of(spans, parent) if parent >= 0 else "",
                )
            return named[spans, at]

        def chain(node: Any) -> Chain:
            spans, calls = self._of(node)
            if spans is None:
                return ()
            if not known:
                known.update((id(module), name) for name, module in modules_in(namespace))
            # Outermost first, so that no call of `name_of` goes deeper than one level.
            return tuple((name_of(spans, at), spans.first + at) for at in calls)

        return chain


def _is_threaded(entries: Any) -> bool | None:
    """Tell from the traceback of a node whether a thread made it that Python started."""
    return None if not entries else ", in _bootstrap" in entries[0]


def _own_number() -> int:
    from autograd_nb.core import node

    return int(repr(node._sequence)[len("count(") : -1])


def _torch_modules() -> Any:
    return sys.modules.get("torch.nn.modules.module")


def _torch_number() -> Callable[[], int] | None:
    autograd = getattr(getattr(sys.modules.get("torch"), "_C", None), "_autograd", None)
    return getattr(autograd, "_get_sequence_nr", None)


def modules_in(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Name all modules that variables lead to; the last that is given for one module counts."""
    roots = [
        (name, value)
        for name, value in list(namespace.items())
        if not name.startswith("_")
        and not isinstance(value, type)
        and hasattr(type(value), "named_modules")
    ]
    inner = {id(sub) for _, root in roots for sub in root.modules() if sub is not root}
    # A variable for a part of another variable's module does not rename the part.
    for name, root in sorted(roots, key=lambda pair: id(pair[1]) not in inner):
        for count, (path, module) in enumerate(root.named_modules()):
            if count >= MODULES_NAMED:
                break
            yield (f"{name}.{path}" if path else name), module


def _relative(module: Any, parent: Any, above: str) -> str:
    if module is None:
        return "module"
    if parent is not None:
        for path, inner in parent.named_modules():
            if inner is module and path:
                return f"{above}.{path}"
    return type(module).__name__
