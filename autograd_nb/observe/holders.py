"""Who holds what: ways from the user's variables to tensors and nodes.

Nothing of the user's is run on the way: only containers, instance dicts, closures and frames are
looked into, never a property or a repr.
"""

from __future__ import annotations

import gc
import sys
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FrameType, FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

from autograd_nb.observe.cells import is_library
from autograd_nb.observe.protocol import is_node, is_tensor

DEPTH = 8
OBJECTS = 200_000
"""Containers that are looked into, of which the nearest to a variable come first."""

_RESULTS = ("_", "__", "___")
_SKIPPED = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})
_SEQUENCES = (list, tuple, set, frozenset, deque)
_MAPPINGS = (dict, OrderedDict, defaultdict)


@dataclass(frozen=True, slots=True)
class Way:
    """How something is reached.

    Parameters
    ----------
    path : str
        ``"losses[3]"``, ``"net.cache['h']"``, ``"Out[4]"``.
    kind : str
        ``"variable"``, ``"item"``, ``"attribute"``, ``"closure"``, ``"gradient"``, ``"hook"``,
        ``"output"``, ``"traceback"``, ``"pass"`` or ``"unnamed"``.
    owner : str
        The path without its last step: the container.
    """

    path: str
    kind: str
    owner: str


def ways(namespace: Mapping[str, Any]) -> Iterator[tuple[Any, Way]]:
    """Find the tensors and nodes that can be reached, nearest first.

    Parameters
    ----------
    namespace : mapping of str to object
        The user's variables; IPython's ``Out`` and ``_`` are looked at after them, then the frames
        of the last error.

    Yields
    ------
    found : TensorLike or NodeLike
    way : Way
        One for every place that holds it.
    """
    queue: deque[tuple[Any, Way, int]] = deque()
    for value, way in _starts(namespace):
        queue.append((value, way, 0))
    met: set[int] = {id(namespace)}
    while queue and len(met) < OBJECTS:
        value, way, depth = queue.popleft()
        found = is_tensor(value) or is_node(value)
        if found:
            yield value, way
        if id(value) in met or depth == DEPTH:
            continue
        met.add(id(value))
        inner = _of_tensor(value, way.path) if found else _inside(value, way)
        queue.extend((item, onward, depth + 1) for item, onward in inner)


def _starts(namespace: Mapping[str, Any]) -> Iterator[tuple[Any, Way]]:
    for name, value in list(namespace.items()):
        if isinstance(name, str) and not name.startswith("_") and name not in _SKIPPED:
            yield value, Way(name, "variable", name)
    outputs = namespace.get("Out")
    for number, value in list(outputs.items()) if isinstance(outputs, dict) else ():
        yield value, Way(f"Out[{number}]", "output", "Out")
    for name in _RESULTS:
        if name in namespace:
            yield namespace[name], Way(name, "output", "Out")
    yield from _of_the_last_error(namespace)


def _of_the_last_error(namespace: Mapping[str, Any]) -> Iterator[tuple[Any, Way]]:
    error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    place = getattr(error, "__traceback__", None)
    while place is not None:
        frame: FrameType = place.tb_frame
        # A cell's own frame has the user's variables; the shell's frames lead everywhere.
        if not is_library(frame) and frame.f_locals is not namespace:
            name = frame.f_code.co_name
            for word, value in list(frame.f_locals.items()):
                yield value, Way(f"{word} in {name}() of the last error", "traceback", name)
        place = place.tb_next


def _of_tensor(tensor: Any, path: str) -> Iterator[tuple[Any, Way]]:
    if not is_tensor(tensor):
        return
    try:
        leaf = tensor.is_leaf
    except RuntimeError:  # see `history`
        return
    # The gradient of a result that keeps none is not asked for: PyTorch warns.
    if leaf or getattr(tensor, "retains_grad", False):
        grad = tensor.grad
        if grad is not None:
            yield grad, Way(f"{path}.grad", "gradient", path)
    hooks = getattr(tensor, "_backward_hooks", None)
    for fn in list((hooks or {}).values()):
        yield fn, Way(f"a hook on {path}", "hook", path)


def _inside(value: Any, way: Way) -> Iterator[tuple[Any, Way]]:
    path = way.path
    held = way.kind in ("output", "traceback")

    def onward(place: str, kind: str) -> Way:
        # What an output or an error holds is theirs, however deep it lies.
        return Way(place, way.kind, way.owner) if held else Way(place, kind, path)

    if isinstance(value, _MAPPINGS):
        for key, item in list(value.items()):
            shown = repr(key) if isinstance(key, str | int) else "…"
            yield item, onward(f"{path}[{shown}]", "item")
    elif isinstance(value, _SEQUENCES):
        for number, item in enumerate(list(value)):
            yield item, onward(f"{path}[{number}]", "item")
    elif isinstance(value, MethodType):
        yield value.__self__, onward(f"{path}.__self__", "attribute")
    elif isinstance(value, FunctionType):
        yield from _of_function(value, onward, path)
    elif isinstance(value, GeneratorType):
        frame = value.gi_frame
        for word, item in list(frame.f_locals.items()) if frame is not None else ():
            yield item, onward(f"{word} in {path}", "closure")
    elif not isinstance(value, type | ModuleType):
        space = getattr(value, "__dict__", None) if hasattr(type(value), "__dict__") else None
        for word, item in list(space.items()) if isinstance(space, dict) else ():
            yield item, onward(f"{path}.{word}", "attribute")


def _of_function(value: FunctionType, onward: Any, path: str) -> Iterator[tuple[Any, Way]]:
    for word, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=False):
        try:
            yield cell.cell_contents, onward(f"{word} in the closure of {path}", "closure")
        except ValueError:
            continue  # a variable that has no value yet
    for number, item in enumerate(value.__defaults__ or ()):
        yield item, onward(f"default {number} of {path}", "closure")


def referrers(found: list[Any], ours: set[int]) -> list[Way]:
    """Say in words what holds each of some things that no variable reaches.

    Every object of the process is looked at once, however many are asked for.

    Parameters
    ----------
    found : list of object
    ours : set of int
        Identities of what only this search holds.

    Returns
    -------
    list of Way
        One for each.
    """
    things = tuple(found)  # from Python 3.13 on, the arguments of the call below are a holder too
    ignored = ours | {id(found), id(things), id(sys._getframe()), id(sys._getframe(1))}
    asked = {id(one): number for number, one in enumerate(found)}
    answers: dict[int, Way] = {}
    for holder in gc.get_referrers(*things) if things else ():
        way = None if id(holder) in ignored else _by(holder)
        if way is not None:
            for held in gc.get_referents(holder):
                if id(held) in asked and held is not holder:
                    answers.setdefault(asked[id(held)], way)
    unknown = Way("something that no variable leads to", "unnamed", "")
    return [answers.get(asked[id(one)], unknown) for one in found]


def _by(holder: Any) -> Way | None:
    """Name what holds something; a tensor or node is held in its turn, our own search is none."""
    if isinstance(holder, FrameType):
        if _is_ours(holder):
            return None
        return Way(f"the running function {holder.f_code.co_name}()", "unnamed", "")
    if isinstance(holder, GeneratorType):
        return Way(f"the generator {holder.__name__}()", "unnamed", "")
    if is_tensor(holder) or is_node(holder):
        return None
    return Way(f"a {type(holder).__name__} that no variable leads to", "unnamed", "")


def _is_ours(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__")
    return isinstance(name, str) and name.startswith("autograd_nb.")
