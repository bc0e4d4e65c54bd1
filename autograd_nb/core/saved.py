"""Saved tensors: what a node keeps of the forward pass, with the version it had then.

Note [No cycle through saved outputs]
An output that is saved by its own node is kept as array plus version counter, never as the
Tensor: the Tensor owns the node, and the node owning it back would make every `exp` a cycle
that only the garbage collector could free.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from . import anomaly, errors, events, modes
from .dtypes import from_numpy

if TYPE_CHECKING:
    from .node import Node


class Freed:
    """What stands in `node.saved` after the values were given up; says where, if known."""

    __slots__ = ("origin",)

    def __init__(self, origin: tuple[Any, int] | None = None) -> None:
        self.origin = origin


class DetachedVersion(int):
    """A version of a tensor after `detach_`: another than every one before."""

    times: int

    def __ne__(self, other: object) -> bool:
        return self.times != getattr(other, "times", 0) or int.__ne__(self, other)

    __eq__, __hash__ = int.__eq__, int.__hash__


class DetachedCounter:
    """The version counter of a tensor that `detach_` cut off, shared with its views as before.

    Every check of a version notices that a graph saved the tensor when it had a history.
    """

    __slots__ = ("counter", "times")

    def __init__(self, counter: Any) -> None:
        again = isinstance(counter, DetachedCounter)
        self.counter = counter.counter if again else counter
        self.times = counter.times + 1 if again else 1

    def __getitem__(self, place: int) -> DetachedVersion:
        version = DetachedVersion(self.counter[place])
        version.times = self.times
        return version

    def __setitem__(self, place: int, version: int) -> None:
        self.counter[place] = int(version)


class SavedInput:
    """An input tensor; the version tells whether it is still the same."""

    __slots__ = ("tensor", "version")

    def __init__(self, tensor: Any) -> None:
        if tensor._inference and not modes.state.transforms:  # which record for themselves
            raise RuntimeError(errors.INFERENCE_SAVED)
        self.tensor = tensor
        counter = tensor._version_counter
        self.version = counter[0] if counter is not None else 0

    def array(self, node: Node) -> Any:
        """Return the raw value."""
        counter = self.tensor._version_counter
        if counter is not None and counter[0] != self.version and not self._excused(node):
            raise _modified(self.tensor, counter[0], self.version, node)
        return self.tensor._array

    def _excused(self, node: Node) -> bool:
        """Say whether the tensor was only detached, which custom functions bear."""
        now = self.tensor._version_counter[0]
        return node.bears_detached and now.__class__ is DetachedVersion and now == self.version

    def unpack(self, node: Node) -> Any:
        """Return the tensor, with its history."""
        self.array(node)
        return self.tensor


class SavedOutput:
    """An output of the node itself. See Note [No cycle through saved outputs]."""

    __slots__ = ("_array", "_version_counter", "history", "output_nr", "tangents", "version")
    tensor_class: Any  # set by tensor.py, which stands above this file
    history: Any  # see `remember_history`
    tangents: dict[int, Any] | None  # of forward mode; see `remember_tangent`

    def __init__(self, tensor: Any, output_nr: int) -> None:
        if tensor._version_counter is None:
            tensor._version_counter = [0]
        self._array = tensor._array
        self._version_counter = tensor._version_counter
        self.version = self._version_counter[0]
        self.output_nr = output_nr
        self.history = self.tangents = None

    def array(self, node: Node) -> Any:
        """Return the raw value."""
        if self._version_counter[0] != self.version:
            raise _modified(self, self._version_counter[0], self.version, node, self.output_nr)
        return self._array

    def unpack(self, node: Node) -> Any:
        """Return a tensor with the output's value and history."""
        array = self.array(node)
        tensor: Any = object.__new__(self.tensor_class)
        tensor._array = array
        if array.dtype.kind in "fc":  # indices and exponents have no history
            tensor._node, tensor._output_nr = maker(self, node)
        if self.tangents is not None:
            tensor._tangents, tensor._odd = self.tangents, True
        tensor._version_counter = self._version_counter
        return tensor


def maker(saved: SavedOutput | SavedPacked, node: Node) -> tuple[Node, int]:
    """Return the history of an output that `node` saved: the node itself, or its view's."""
    history = None if saved.history is None else saved.history()
    return (node, saved.output_nr or 0) if history is None else (history, 0)


def remember_history(node: Node, history: Node) -> None:
    """Note that the output of `node` is a view: its history goes through its base's.

    Weakly: the view's history leads to `node`.
    """
    for value in node.saved_values():
        if type(value) is SavedOutput or (
            type(value) is SavedPacked and value.output_nr is not None
        ):
            value.history = weakref.ref(history)


with_tangents: list[SavedOutput] = []


def remember_tangent(node: Any, tensor: Any) -> None:
    """Keep the tangent of an output with what `node`, if that is one, saved of it.

    It may depend on that node, which makes a cycle: the end of the level breaks it.
    """
    for value in getattr(node, "saved_values", tuple)():
        if type(value) is SavedOutput and value.output_nr == tensor._output_nr:
            value.tangents = tensor._tangents
            with_tangents.append(value)


def forget_tangents(level: int) -> None:
    """Drop the tangents of a level that saved outputs keep."""
    kept = []
    for value in with_tangents:
        rest = {n: t for n, t in (value.tangents or {}).items() if n != level}
        value.tangents = rest or None
        if rest:
            kept.append(value)
    with_tangents[:] = kept


class SavedHooks:
    """A pair of functions: what one makes of a tensor is kept, the other makes a tensor of it."""

    __slots__ = ("__weakref__", "pack", "unpack")

    def __init__(self, pack: Any, unpack: Any) -> None:
        self.pack = pack
        self.unpack = unpack

    def call(self, word: str, value: Any) -> Any:
        """Return what `pack` or `unpack` makes of a value, and tell who watches."""
        effect = "raised"
        try:
            result = getattr(self, word)(value)
            effect = "kept" if result is value else "replaced"
        finally:
            if events.observer is not None:
                events.observer.saved_hooks_called(self, word, effect)
        return result


class SavedPacked:
    """A tensor that went through a pair of saved-tensor hooks."""

    __slots__ = ("history", "hooks", "node", "output_nr", "packed")
    history: Any  # see `remember_history`

    def __init__(self, tensor: Any, hooks: SavedHooks, output_nr: int | None) -> None:
        if tensor._inference and not modes.state.transforms:  # which record for themselves
            raise RuntimeError(errors.INFERENCE_SAVED)
        self.hooks = hooks
        self.output_nr, self.history = output_nr, None
        # A leaf's or an input's history must survive packing, or double backward is cut.
        self.node = None if output_nr is not None else tensor._edge()
        # In PyTorch too the hook sees the tensor itself: what it computes is not recorded.
        version = tensor._version
        with modes.no_grad():
            self.packed = hooks.call("pack", tensor)
        if tensor._version != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as "
                "input to pack hook cannot be modified by in-place operations as this can lead to "
                "unexpected side-effects. Please open an issue if you need to perform in-place "
                "operations on the input to a pack hook."
            )

    @property
    def unpack_hook(self) -> Any:
        """The function that makes a tensor of what was packed."""
        return self.hooks.unpack

    def array(self, node: Node) -> Any:
        """Return the raw value that the unpack hook gives."""
        return self._unpacked(node)._array

    def unpack(self, node: Node) -> Any:
        """Return the unpacked tensor, with the history of the packed one."""
        found = self._unpacked(node)
        if self.output_nr is None and self.node is None:
            return found  # no history to give back: what the hook gave, itself
        found = found.detach()
        found._set_edge(maker(self, node) if self.output_nr is not None else self.node)
        return found

    def _unpacked(self, node: Node) -> Any:
        packed = self.packed
        if self.output_nr is not None and hasattr(packed, "_array"):
            packed = packed.detach()
            packed._set_edge(maker(self, node))
        outer = anomaly.enter(node)
        try:
            found = self.hooks.call("unpack", packed)
        finally:
            anomaly.leave(outer)
        if not hasattr(found, "_array"):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of "
                f"type {type(found).__name__}"
            )
        if self.node is not None and found._array.dtype.kind not in "fc":
            raise RuntimeError(errors.ONLY_FLOATS)
        return found


class SavedNumber:
    """A Python number in the place of a tensor: freed like one, as PyTorch frees it."""

    __slots__ = ("number",)

    def __init__(self, number: Any) -> None:
        self.number = number

    def array(self, node: Node) -> Any:
        """Return the number."""
        return self.number

    def unpack(self, node: Node) -> Any:
        """Return the number as a tensor, which PyTorch makes of it before it saves it."""
        return numeral(self.number)


def numeral(number: Any) -> Any:
    """Return a number as a tensor of no dimension; None stays."""
    return None if number is None else SavedOutput.tensor_class._wrap(np.asarray(number))


class SavedMask:
    """A mask among indices: it is what is saved, and its places what formulas use."""

    __slots__ = ("mask", "places")

    def __init__(self, place: Any, hooks: Any) -> None:
        mask = place._from_mask
        self.mask: Any = SavedInput(mask) if hooks is None else SavedPacked(mask, hooks, None)
        self.places = [place]

    @property
    def dims(self) -> int:
        """How many dimensions the mask has."""
        return len(self.places)

    def found(self, node: Node) -> list[Any]:
        """Return the places, one tensor for each dimension."""
        array = self.mask.array(node)
        if type(self.mask) is SavedInput:
            return self.places
        mask = SavedOutput.tensor_class._wrap(array)
        return [places_of(mask, where) for where in np.nonzero(array)]


def places_of(mask: Any, where: Any) -> Any:
    """Return where a mask is true along one dimension, as a tensor that knows the mask."""
    found = SavedOutput.tensor_class._wrap(where)
    found._from_mask = mask
    return found


class SavedList:
    """Several input tensors, saved as one value."""

    __slots__ = ("items",)

    def __init__(self, tensors: Any, hooks: Any = None) -> None:
        self.items: list[Any] = []
        mask = None  # of the places before
        for t in tensors:
            if t is None:
                self.items.append(None)
            elif t._from_mask is None:
                self.items.append(SavedInput(t) if hooks is None else SavedPacked(t, hooks, None))
            elif t._from_mask is mask:
                self.items[-1].places.append(t)
            else:
                self.items.append(SavedMask(t, hooks))
            mask = None if t is None else t._from_mask

    def array(self, node: Node) -> Any:
        """Return the raw values."""
        found: list[Any] = []
        for i in self.items:
            if type(i) is SavedMask:
                found.extend(place._array for place in i.found(node))
            else:
                found.append(None if i is None else i.array(node))
        return found

    def unpack(self, node: Node) -> Any:
        """Return the tensors."""
        found: list[Any] = []
        for i in self.items:
            if type(i) is SavedMask:
                found.extend(i.found(node))
            else:
                found.append(None if i is None else i.unpack(node))
        return found

    def shown(self, node: Node) -> list[Any]:
        """Return the tensors that PyTorch saves: masks as they were given."""
        return [
            i.mask.unpack(node) if type(i) is SavedMask else None if i is None else i.unpack(node)
            for i in self.items
        ]


SAVED_TYPES = (SavedInput, SavedOutput, SavedNumber, SavedPacked, SavedList)


def _modified(
    tensor: Any, now: int, then: int, node: Node, output_nr: int | None = None
) -> RuntimeError:
    if getattr(now, "times", 0) != getattr(then, "times", 0):
        return RuntimeError(errors.DETACHED_IN_PLACE)
    kind = from_numpy(tensor._array.dtype).tensor_name
    producer = ""
    if output_nr is not None:
        producer = f", which is output {output_nr} of {errors.operation(node.name())},"
    elif (made_by := tensor._node_or_none()) is not None:
        name = errors.operation(made_by.name())
        producer = f", which is output {tensor._output_nr} of {name},"
    anomaly_mode = modes.state.detect_anomaly
    error = RuntimeError(
        errors.modified_in_place(kind, tensor._array.shape, producer, now, then, anomaly_mode)
    )
    from .advice import MODIFIED, with_cure

    return with_cure(error, MODIFIED, tensor, node)  # type: ignore[return-value]
