"""What the generated fast paths stand on. See Note [Two paths] in dispatch.py.

A hot node keeps its saved values flat, ``(tensor, version, array, counter, value, ...)``, and has
a `run` in which the formulas are written out for real arrays of one dtype. For everything else
(create_graph, saved-tensor hooks, `_saved_*`) it turns them into the usual saved values.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from .node import second_backward
from .op import OpNode
from .saved import Freed, SavedInput, SavedNumber, SavedOutput, _modified
from .tensor import Tensor

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


class HotNode(OpNode):
    """A table node made by a fast path.

    Attributes
    ----------
    layout : tuple of str
        For each saved value of the plan: "input", "output" or "value".
    frees : bool
        Whether it saves a tensor, so that a second backward must fail.
    """

    layout: tuple[str, ...] = ()
    frees = False
    output_nr = 0

    def formulas_traced(self, grad_output: Any) -> Any:
        """Return the gradient for each edge: the formulas, written out for Tensors."""
        raise NotImplementedError

    def run_traced(self, grad_output: Any) -> Any:
        """Return the gradient for each edge; recorded Tensors."""
        __tracebackhide__ = True
        return self.as_formula(self.formulas_traced, grad_output)

    def saved_values(self) -> tuple[Any, ...]:
        """Return the saved values in the usual form."""
        flat = iter(self.saved)
        found: list[Any] = []
        for kind in self.layout:
            if kind == "value":
                found.append(next(flat))
                continue
            first, second = next(flat), next(flat)
            if kind == "input" and second is None:
                found.append(SavedNumber(first))
            elif kind == "input":
                item = object.__new__(SavedInput)
                item.tensor, item.version = first, second
                found.append(item)
            else:
                output = object.__new__(SavedOutput)
                output._array, output._version_counter = first, second
                output.version = output.output_nr = 0
                output.history = output.tangents = None
                found.append(output)
        return tuple(found)

    def make_usual(self) -> None:
        """Become the table's own kind of node: a saved value is going to be replaced."""
        plan, saved = self.plan, self.saved_values()
        self.__class__ = self.op.node_class  # type: ignore[assignment]
        self.plan, self.saved = plan, saved

    def unpack(self, traced: bool) -> list[Any]:
        """Return the saved values, checked."""
        __tracebackhide__ = True
        if type(self.saved) is Freed:
            raise second_backward(self, self.saved)
        found = []
        for value, kind in zip(self.saved_values(), self.layout, strict=True):
            if kind == "value":
                found.append(value)
            else:
                found.append(value.unpack(self) if traced else value.array(self))
        return found

    def release(self, freed: Any = None) -> None:
        """Give up the saved tensors."""
        if self.frees and type(self.saved) is not Freed:
            self.saved = freed if type(freed) is Freed else Freed(freed)
            self.tell_freed()


def stale(node: OpNode, tensor: Tensor, now: int, then: int) -> RuntimeError:
    """Return the error for an input that was changed after it was saved."""
    return _modified(tensor, now, then, node)


def stale_output(node: OpNode, array: Any, counter: list[int]) -> RuntimeError:
    """Return the error for an output that was changed after it was saved."""
    saved = object.__new__(SavedOutput)
    saved._array, saved._version_counter = array, counter
    return _modified(saved, counter[0], 0, node, 0)


def output_of(node: OpNode, array: Any, counter: list[int]) -> Tensor:
    """Return the saved output of a node as a Tensor with its history."""
    if counter[0]:
        raise stale_output(node, array, counter)
    tensor: Tensor = object.__new__(Tensor)
    tensor._array = array
    tensor._node = node
    tensor._version_counter = counter
    return tensor


# Python floats as 0-d arrays: NumPy converts a bare one anew at each use.
NUMBERS32: dict[float, Any] = {}
NUMBERS64: dict[float, Any] = {}


def typed(number: float, kind: Any) -> Any:
    """Return a number as a 0-d array of its own, remembered for the next use."""
    with np.errstate(over="ignore"):  # a number too large is infinite, in silence
        found = np.array(number, kind)
    found.flags.writeable = False
    table = NUMBERS32 if kind is FLOAT32 else NUMBERS64
    if len(table) < 1024 and number != 0:  # 0.0 and -0.0 are equal keys
        table[number] = found
    return found


MISSING = object()  # stands for an argument that was not given
SEVERAL = frozenset({tuple, list, type(None)})  # types of what names several dimensions, or all


def positional(*values: Any) -> list[Any]:
    """Return the values before the first that is missing."""
    found = []
    for value in values:
        if value is MISSING:
            break
        found.append(value)
    return found


def later(names: tuple[str, ...], values: tuple[Any, ...]) -> dict[str, Any]:
    """Return by name the values after the first that is missing."""
    n = len(positional(*values))
    found = zip(names[n:], values[n:], strict=False)
    return {name: value for name, value in found if value is not MISSING}


getframe = sys._getframe
