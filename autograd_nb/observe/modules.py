"""Which module ran which operations: spans of sequence numbers, noted by global forward hooks.

The hooks of either library look on and return nothing; they are registered only while the first
passes are watched, by which the form of a loop's graph is known.
"""

from __future__ import annotations

import sys
import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from threading import get_ident
from typing import Any

SPANS_KEPT = 20_000
MODULES_NAMED = 10_000

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
        self.thread = get_ident()
        self.starts: list[int] = []
        self.ends: list[int | None] = []
        self.parents: list[int] = []
        self.modules: list[weakref.ref[Any]] = []
        self.open: list[int] = []

    def enter(self, module: Any, *args: Any) -> None:
        """Note that a module begins to run; a forward pre-hook."""
        # PyTorch counts its nodes in each thread by itself.
        if get_ident() != self.thread or len(self.starts) >= SPANS_KEPT:
            return
        self.parents.append(self.open[-1] if self.open else -1)
        self.open.append(len(self.starts))
        self.starts.append(self.number())
        self.ends.append(None)
        self.modules.append(weakref.ref(module))

    def leave(self, module: Any, *args: Any) -> None:
        """Note that a module has run; a forward hook."""
        if get_ident() != self.thread:
            return
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
        self._spans: dict[bool, Spans] = {}
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
        spans = self._spans[own] = Spans(number)
        self._handles += [
            library.register_module_forward_pre_hook(spans.enter),
            library.register_module_forward_hook(spans.leave),
        ]

    def detach(self) -> None:
        """Take the hooks away; what was noted stays."""
        while self._handles:
            self._handles.pop().remove()

    def names(self, namespace: Mapping[str, Any]) -> Callable[[bool, int | None], Chain]:
        """Return a function that names the modules around a node.

        Parameters
        ----------
        namespace : mapping of str to object
            The user's variables.

        Returns
        -------
        callable
            Given whether the node is of this package, and its number.
        """
        if not any(spans.starts for spans in self._spans.values()):
            return lambda own, number: ()
        known: dict[int, str] = {}
        named: dict[tuple[bool, int], str] = {}

        def name_of(own: bool, at: int) -> str:
            if (own, at) not in named:
                spans = self._spans[own]
                module, parent = spans.modules[at](), spans.parents[at]
                named[own, at] = known.get(id(module)) or _relative(
                    module,
                    spans.modules[parent]() if parent >= 0 else None,
                    name_of(own, parent) if parent >= 0 else "",
                )
            return named[own, at]

        def chain(own: bool, number: int | None) -> Chain:
            spans = self._spans.get(own)
            if spans is None or number is None:
                return ()
            if not known:
                known.update((id(module), name) for name, module in modules_in(namespace))
            # Outermost first, so that no call of `name_of` goes deeper than one level.
            return tuple((name_of(own, at), at) for at in spans.chain(number))

        return chain


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
