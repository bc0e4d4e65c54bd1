"""What a profile hears: Python tells each call, and those of the table and the engine are kept.

Note [Profiling]
The engine has no place that every operation passes, and is not slowed down by one: while a profile
runs, Python's own profile hook hears of every function that begins and ends, and the code object
says what it is. A call whose name is that of the event around it is the same call on its way
(method, checks, record), as PyTorch folds them too.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from math import prod
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any

import numpy as np

from ..core import dispatch
from ..core.frames import PACKAGE
from ..core.function import Function
from ..core.graph_task import GraphTask
from ..core.node import Node
from ..core.op import Op
from ..core.tensor import Tensor
from ..ops import registry
from .profiler_util import FunctionEvent, Interval

_NAME = __package__.partition(".")[0]
_HOT = f"{_NAME}.ops._hot."
_LOADER = f"{_NAME}.utils.data.dataloader"
_NODE_METHODS = {"run", "run_on_own", "run_traced", "apply", "formulas_traced"}
_OPERATORS = {"truediv": "div", "mod": "remainder", "getitem": "index", "setitem": "index_put_"}
_SPACES = ("linalg_", "fft_", "special_")
_EVALUATE = "autograd::engine::evaluate_function: "

Found = tuple[tuple[str, ...], tuple[Any, ...], int]
"""Names of the events, from outside in; the call's arguments; its node's number, or -1."""


# -- which calls they are -------------------------------------------------------------------------
# Variables are read where they are: before Python 3.12 the hook writes them back afterwards.
def _of_twin(frame: FrameType) -> Found:
    code, space = frame.f_code, frame.f_locals
    args = tuple(space.get(name) for name in code.co_varnames[: code.co_argcount])
    name = code.co_name
    op = registry.TABLE.loaded.get(name) or registry.TABLE.loaded[name.removesuffix("_")]
    return (_aten(op, op.name != name),), args, -1


def _of_public(frame: FrameType) -> Found | None:
    space = frame.f_locals
    name, prefix = space["name"], f"{space['space']}_"
    if prefix == "_":  # one of our own
        return None
    if name.startswith("__"):
        plain = name.strip("_")
        name = _OPERATORS.get(plain, plain)
    if prefix in _SPACES and not name.startswith(prefix):
        name = prefix + name
    return (f"aten::{name}",), (*space["args"], *space["kwargs"].values()), -1


def _of_record(frame: FrameType) -> Found:
    in_place = frame.f_code is dispatch.call_inplace.__code__
    name = _aten(frame.f_locals["op"], in_place)
    return (name,), tuple(frame.f_locals["args"]), -1


def _of_method(frame: FrameType) -> Found:
    return (f"aten::{frame.f_code.co_name}",), (frame.f_locals["self"],), -1


def _aten(op: Op, in_place: bool) -> str:
    """Return PyTorch's name for an operation of the table."""
    own = op.name.endswith("_backward") or op.public_name == "not_implemented"
    name = op.name if own else op.public_name
    return f"aten::{name.removesuffix('_')}_" if in_place else f"aten::{name}"


def _of_node(frame: FrameType) -> Found | None:
    node = frame.f_locals.get("self")
    if not isinstance(node, Node):
        return None
    name = node.name()
    return (_EVALUATE + name, name), (), node.sequence_nr


def _of_leaf(frame: FrameType) -> Found:
    name = "torch::autograd::AccumulateGrad"
    return (_EVALUATE + name, name), (), -1


def _of_function(frame: FrameType) -> Found:
    return (frame.f_locals["cls"].__name__,), tuple(frame.f_locals["args"]), -1


def _of_optimizer(frame: FrameType) -> Found:
    method = frame.f_code.co_name
    return (f"Optimizer.{method}#{type(frame.f_locals['self']).__name__}.{method}",), (), -1


def _of_loader(frame: FrameType) -> Found:
    return ("enumerate(DataLoader)#_SingleProcessDataLoaderIter.__next__",), (), -1


def _closures(function: Any) -> list[CodeType]:
    """Return the code of the public functions that one of the registry makes."""
    inner = (code for code in function.__code__.co_consts if isinstance(code, CodeType))
    return [code for code in inner if code.co_name in ("function", "public")]


_kinds: dict[CodeType, Callable[[FrameType], Found | None] | None] = {
    dispatch.call.__code__: _of_record,
    dispatch.call_inplace.__code__: _of_record,
    Function.apply.__func__.__code__: _of_function,  # type: ignore[attr-defined]
    GraphTask.finish_leaf.__code__: _of_leaf,
    **{m.__code__: _of_method for m in (Tensor.detach, Tensor.detach_, Tensor.item)},
    **dict.fromkeys(_closures(registry._public), _of_public),
    **dict.fromkeys(_closures(registry._spelled), _of_public),
}


def _kind(frame: FrameType) -> Callable[[FrameType], Found | None] | None:
    """Say once for a function how its calls are named; None if they are not kept."""
    code, module = frame.f_code, frame.f_globals.get("__name__", "")
    if code.co_name in _NODE_METHODS and code.co_varnames[:1] == ("self",):
        return _of_node
    if module.startswith(_HOT):
        return _of_twin if ".<locals>." in code.co_qualname else None
    if module == _LOADER and code.co_qualname.startswith("DataLoader.__iter__.<locals>."):
        return _of_loader
    if code.co_name in ("step", "zero_grad") and code.co_varnames[:1] == ("self",):
        from ..optim import Optimizer

        return _of_optimizer if isinstance(frame.f_locals["self"], Optimizer) else None
    return None


# -- keeping them ---------------------------------------------------------------------------------
class _Open:
    """An event that has begun."""

    __slots__ = ("args", "event", "frame", "outer")

    def __init__(self, event: FunctionEvent, frame: Any, args: Any, outer: _Open | None) -> None:
        self.event, self.frame, self.args, self.outer = event, frame, args, outer


class Recorder:
    """Keeps the events of this thread between `start` and `stop`.

    Parameters
    ----------
    shapes, memory, stack, flops : bool
        What else events are to say.
    """

    def __init__(self, shapes: bool, memory: bool, stack: bool, flops: bool) -> None:
        self.shapes, self.memory, self.stack, self.flops = shapes, memory, stack, flops
        self.events: list[FunctionEvent] = []
        self._innermost: _Open | None = None
        self._zero = 0
        self._before: Any = None

    def start(self) -> None:
        """Begin to listen.

        Raises
        ------
        RuntimeError
            If another profiler holds Python's hook in a way that cannot be shared.
        """
        self._before = sys.getprofile()
        if self._before is not None and not callable(self._before):
            raise RuntimeError(
                f"{type(self._before).__name__} is profiling this thread already: end it first"
            )
        self._zero = perf_counter_ns()
        running.recorders.append(self)
        sys.setprofile(self._hear)

    def stop(self) -> None:
        """Listen no more; what has begun ends now."""
        sys.setprofile(self._before)
        running.recorders.remove(self)
        while self._innermost is not None:
            self._close(self._innermost, None)

    def label(self, name: str) -> _Open:
        """Begin an event that somebody has named; `unlabel` ends it."""
        frame = sys._getframe(2)
        return self._open(name, None, (), frame, is_user_annotation=True)

    def unlabel(self, label: _Open) -> None:
        """End a named event, and what is still open within it."""
        outer = self._innermost
        while outer is not None and outer is not label:
            outer = outer.outer
        while outer is not None and self._innermost is not label.outer:
            self._close(self._innermost, None)  # type: ignore[arg-type]

    def _hear(self, frame: FrameType, what: str, value: Any) -> None:
        """Be told of a call or a return by Python."""
        if what == "call":
            code = frame.f_code
            try:
                kind = _kinds[code]
            except KeyError:
                kind = _kinds[code] = _kind(frame)
            if kind is not None:
                self._begin(kind(frame), frame)
        elif what == "return":
            while self._innermost is not None and self._innermost.frame is frame:
                self._close(self._innermost, value)
        if self._before is not None:
            self._before(frame, what, value)

    def _begin(self, found: Found | None, frame: FrameType) -> None:
        if found is None:
            return
        names, args, number = found
        if self._innermost is not None and self._innermost.event.name == names[-1]:
            return
        for name in names:
            self._open(name, frame, args, frame, sequence_nr=number)

    def _open(self, name: str, frame: Any, args: Any, caller: Any, **more: Any) -> _Open:
        outer = self._innermost
        event = FunctionEvent(
            id=len(self.events) + 1,
            name=name,
            thread=threading.get_native_id(),
            time_range=Interval(self._now(), 0.0),
            cpu_parent=None if outer is None else outer.event,
            **more,
        )
        if self.shapes:
            event.input_shapes = [_shape(value) for value in args]
        if self.stack:
            event.stack = _stack(caller)
        if outer is not None:
            outer.event.cpu_children.append(event)
        self.events.append(event)
        counts = self.memory or self.flops
        self._innermost = _Open(event, frame, args if counts else (), outer)
        return self._innermost

    def _close(self, ending: _Open, result: Any) -> None:
        event = ending.event
        event.time_range = Interval(event.time_range.start, self._now())
        self._innermost = ending.outer
        is_op = event.name.startswith("aten::")
        if self.memory and is_op:
            event.cpu_memory_usage = sum(_bytes_of(one, ending.args) for one in _tensors(result))
        elif self.memory:
            event.cpu_memory_usage = sum(child.cpu_memory_usage for child in event.cpu_children)
        if self.flops and isinstance(result, Tensor):
            event.flops = _flops(event.name, ending.args, result)
        if is_op and isinstance(result, Tensor) and isinstance(result._node, Node):
            event.sequence_nr = result._node.sequence_nr

    def _now(self) -> float:
        return (perf_counter_ns() - self._zero) / 1e3


class _Running(threading.local):
    """The recorders that listen in this thread."""

    def __init__(self) -> None:
        self.recorders: list[Recorder] = []


running = _Running()


# -- what events say of their arguments and results -----------------------------------------------
def _shape(value: Any) -> list[Any]:
    if isinstance(value, Tensor):
        return list(value._array.shape)
    if isinstance(value, (list, tuple)) and any(isinstance(item, Tensor) for item in value):
        return [_shape(item) for item in value]
    return []


def _stack(frame: Any) -> list[str]:
    """Return the lines that led to a call, this package's own aside, innermost first."""
    lines = []
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(PACKAGE):
            lines.append(f"{code.co_filename}({frame.f_lineno}): {code.co_name}")
        frame = frame.f_back
    return lines


def _tensors(value: Any) -> list[Tensor]:
    values = value if isinstance(value, (list, tuple)) else (value,)
    return [item for item in values if isinstance(item, Tensor)]


def _bytes_of(result: Tensor, args: tuple[Any, ...]) -> int:
    """Return how much memory a result has of its own."""
    array = np.asarray(result._array)
    shared = any(np.may_share_memory(array, arg._array) for arg in _tensors(args))
    return 0 if shared else array.nbytes


_PRODUCTS = {"mm": 0, "matmul": 0, "bmm": 0, "linear": 0, "addmm": 1, "baddbmm": 1}


def _flops(name: str, args: tuple[Any, ...], result: Tensor) -> int:
    """Count operations as PyTorch does: two for each product that is summed."""
    name, size = name.removeprefix("aten::"), result.numel()
    if name in ("add", "mul"):
        return size
    if name in _PRODUCTS:
        return 2 * size * int(args[_PRODUCTS[name]].shape[-1])
    if name == "conv2d":
        return 2 * size * prod(args[1].shape[1:])
    return 0
