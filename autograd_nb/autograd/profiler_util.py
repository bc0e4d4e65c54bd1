"""What a profile consists of: events, their averages, and lists of them.

The words, and the text of tables, are PyTorch's (`torch.autograd.profiler_util`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple

from .profiler_table import format_time, table

__all__ = ["DeviceType", "EventList", "FunctionEvent", "FunctionEventAvg", "Interval"]


class DeviceType(IntEnum):
    """Where an event ran."""

    CPU = 0
    CUDA = 1

    def __str__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


class Interval(NamedTuple):
    """A stretch of time, in microseconds since the profile began."""

    start: float
    end: float

    def elapsed_us(self) -> float:
        """Return its length in microseconds."""
        return self.end - self.start


class _Times:
    """Times and memory that follow from an event's own; everything is in microseconds or bytes."""

    count: int
    cpu_time_total: float
    self_cpu_time_total: float
    device_time_total = self_device_time_total = 0.0
    device_memory_usage = self_device_memory_usage = 0
    cuda_time_total = self_cuda_time_total = 0.0

    @property
    def cpu_time(self) -> float:
        """Mean time of a call."""
        return self.cpu_time_total / self.count if self.count else 0.0

    @property
    def device_time(self) -> float:
        """Mean time on another device: there is none."""
        return 0.0

    cuda_time = device_time

    def __getattr__(self, name: str) -> str:
        # Every time has a text form, ``<name>_str``.
        if name.endswith("_str") and "_time" in name:
            return format_time(getattr(self, name.removesuffix("_str")))
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


@dataclass(eq=False, repr=False)
class FunctionEvent(_Times):
    """One call, or one labelled block.

    Attributes
    ----------
    id : int
    name : str
        ``aten::mul`` for an operation, a node's name for its backward, else the label.
    thread : int
    time_range : Interval
    input_shapes : list
        Sizes of the tensors among the arguments; an empty list for any other argument.
    stack : list of str
        Where it was called, innermost first, if the profile keeps stacks.
    sequence_nr : int
        Of the node that the call recorded, or that ran; -1 without one.
    cpu_parent : FunctionEvent or None
    cpu_children : list of FunctionEvent
    cpu_memory_usage : int
        Bytes that are left when it is done, its result's.
    flops : int
        Multiplications and additions, where the profile counts them and the operation is known.
    """

    id: int
    name: str
    thread: int
    time_range: Interval
    input_shapes: list[Any] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)
    sequence_nr: int = -1
    cpu_parent: FunctionEvent | None = None
    cpu_children: list[FunctionEvent] = field(default_factory=list)
    cpu_memory_usage: int = 0
    flops: int = 0
    is_user_annotation: bool = False
    count = 1
    node_id = -1
    device_type = DeviceType.CPU
    is_async = is_remote = is_legacy = False
    use_device = None
    kernels = ()

    @property
    def key(self) -> str:
        """The name, under which events are averaged."""
        return self.name

    @property
    def cpu_time_total(self) -> float:  # type: ignore[override]
        """Time from begin to end."""
        return self.time_range.elapsed_us()

    @property
    def self_cpu_time_total(self) -> float:  # type: ignore[override]
        """Time without that of the events within."""
        return self.cpu_time_total - sum(child.cpu_time_total for child in self.cpu_children)

    @property
    def self_cpu_memory_usage(self) -> int:
        """Bytes without those of the events within."""
        return self.cpu_memory_usage - sum(c.cpu_memory_usage for c in self.cpu_children)

    def __repr__(self) -> str:
        children = [child.id for child in self.cpu_children]
        return (
            f"<FunctionEvent id={self.id} name={self.name} overload_name= "
            f"device_type={self.device_type} node_id={self.node_id} cpu_time={self.cpu_time_str} "
            f"start_us={self.time_range.start:.3f} end_us={self.time_range.end:.3f} "
            f"cpu_children={children} None_time=0.000us name={self.name} thread={self.thread} "
            f"input_shapes={self.input_shapes} cpu_memory_usage={self.cpu_memory_usage} "
            f"None_memory_usage=0 is_async={self.is_async} is_remote={self.is_remote} "
            f"seq_nr={self.sequence_nr} is_legacy={self.is_legacy}>"
        )


@dataclass(eq=False, repr=False)
class FunctionEventAvg(_Times):
    """Events of one name taken together; fields are those of `FunctionEvent`, summed."""

    key: str | None = None
    count: int = 0
    cpu_time_total: float = 0.0
    self_cpu_time_total: float = 0.0
    input_shapes: Any = None
    stack: list[str] | None = None
    cpu_memory_usage: int = 0
    self_cpu_memory_usage: int = 0
    flops: int = 0
    cpu_parent: FunctionEvent | None = None
    cpu_children: list[FunctionEvent] | None = None
    is_user_annotation: bool = False
    node_id = -1
    device_type = DeviceType.CPU
    is_async = is_remote = is_legacy = False
    use_device = None

    def add(self, other: FunctionEvent | FunctionEventAvg) -> FunctionEventAvg:
        """Add an event, or an average, to this one and return this one."""
        if self.key is None:
            self.key, self.cpu_parent = other.key, other.cpu_parent
            self.cpu_children, self.is_user_annotation = (
                other.cpu_children, other.is_user_annotation,
            )  # fmt: skip
            self.input_shapes, self.stack = other.input_shapes, other.stack
        self.count += other.count
        self.cpu_time_total += other.cpu_time_total
        self.self_cpu_time_total += other.self_cpu_time_total
        self.cpu_memory_usage += other.cpu_memory_usage
        self.self_cpu_memory_usage += other.self_cpu_memory_usage
        self.flops += other.flops
        return self

    __iadd__ = add

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total_str} "
            f"cpu_time={self.cpu_time_str}  self_cuda_time=0.000us cuda_time=0.000us "
            f"input_shapes={self.input_shapes} cpu_memory_usage={self.cpu_memory_usage} "
            "cuda_memory_usage=0>"
        )


class EventList(list[Any]):
    """Events in the order in which they began, or averages of them.

    Parameters
    ----------
    events : iterable of FunctionEvent or FunctionEventAvg
    profile_memory, with_flops : bool, default False
        Columns that its table has.
    """

    def __init__(
        self, events: Iterable[Any] = (), *, profile_memory: bool = False, with_flops: bool = False
    ) -> None:
        super().__init__(events)
        self._shown = {"profile_memory": profile_memory, "with_flops": with_flops}

    def __str__(self) -> str:
        return self.table()

    @property
    def self_cpu_time_total(self) -> float:
        """Time of all events, each without those within, in microseconds."""
        return sum(event.self_cpu_time_total for event in self)

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = 55,
        max_shapes_column_width: int = 80,
        header: str | None = None,
        top_level_events_only: bool = False,
        time_unit: str | None = None,
    ) -> str:
        """Return a table with a row for each event.

        Parameters
        ----------
        sort_by : str, optional
            ``"cpu_time"``, ``"cpu_time_total"``, ``"self_cpu_time_total"``, ``"cpu_memory_usage"``,
            ``"self_cpu_memory_usage"``, ``"count"`` or another number that events have; the largest
            comes first. By default rows stand as in the list.
        row_limit : int, default 100
            Most rows; -1 for all.
        max_src_column_width, max_name_column_width, max_shapes_column_width : int
        header : str, optional
            A line above the table.
        top_level_events_only : bool, default False
            Leave out what ran inside another event.
        time_unit : {"s", "ms", "us"}, optional
            By default each time has its own.

        Raises
        ------
        AttributeError
            If events have no such number.
        """
        rows: Iterable[Any] = self
        if sort_by is not None:
            number = sort_by.replace("cuda", "device").replace("xpu", "device")
            rows = sorted(self, key=lambda event: getattr(event, number), reverse=True)
        return table(
            list(rows),
            row_limit=row_limit,
            source_limit=max_src_column_width,
            name_limit=max_name_column_width,
            shapes_limit=max_shapes_column_width,
            header=header,
            top_level_events_only=top_level_events_only,
            time_unit=time_unit,
            **self._shown,
        )

    def key_averages(
        self,
        group_by_input_shapes: bool = False,
        group_by_stack_n: int = 0,
        group_by_overload_name: bool = False,
    ) -> EventList:
        """Return an average for each name.

        Parameters
        ----------
        group_by_input_shapes : bool, default False
            Keep calls apart whose arguments have other sizes.
        group_by_stack_n : int, default 0
            Keep calls apart whose innermost so many lines differ.
        group_by_overload_name : bool, default False
            Operations have one form each here; accepted for PyTorch's sake.
        """
        found: dict[Any, FunctionEventAvg] = {}
        for event in self:
            key = [event.key, event.is_user_annotation]
            if group_by_input_shapes:
                key.append(str(event.input_shapes))
            key += event.stack[:group_by_stack_n]
            found.setdefault(tuple(key), FunctionEventAvg()).add(event)
        for average in found.values():
            average.stack = (average.stack or [])[:group_by_stack_n]
            if not group_by_input_shapes:
                average.input_shapes = ""
        return EventList(found.values(), **self._shown)

    def total_average(self) -> FunctionEventAvg:
        """Return all events as one, with the key ``"Total"``."""
        total = FunctionEventAvg()
        for event in self:
            total.add(event)
            total.key = None
        total.key = "Total"
        return total

    def export_chrome_trace(self, path: str, metadata: dict[str, Any] | None = None) -> None:
        """Write a file that ``chrome://tracing`` and Perfetto show.

        Parameters
        ----------
        path : str
        metadata : dict, optional
            Written beside the events.
        """
        process = os.getpid()
        trace = {
            "schemaVersion": 1,
            "displayTimeUnit": "ms",
            **(metadata or {}),
            "traceEvents": [_traced(event, process) for event in self],
        }
        with open(path, "w", encoding="utf-8") as file:
            json.dump(trace, file)

    def supported_export_stacks_metrics(self) -> list[str]:
        """Return what `export_stacks` can count."""
        return [f"self_{device}_time_total" for device in ("cpu", "cuda", "xpu", "privateuse1")]

    def export_stacks(self, path: str, metric: str) -> None:
        """Write each stack with a number behind it, as programs that draw flame graphs read it.

        Parameters
        ----------
        path : str
        metric : str
            One of `supported_export_stacks_metrics`.

        Raises
        ------
        ValueError
            If it is none of them.
        """
        if metric not in self.supported_export_stacks_metrics():
            raise ValueError(f"metric should be one of: {self.supported_export_stacks_metrics()}")
        number = "self_cpu_time_total" if "cpu" in metric else "self_device_time_total"
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in self._stack_lines(number))

    def _stack_lines(self, number: str) -> Iterator[str]:
        # Spaces and semicolons divide what these programs read.
        apart = str.maketrans(" ;\t\n", "____")
        for event in self:
            count = int(getattr(event, number))
            if event.stack and count > 0:
                yield (
                    ";".join(line.translate(apart) for line in reversed(event.stack)) + f" {count}"
                )


def _traced(event: FunctionEvent, process: int) -> dict[str, Any]:
    """Return an event as Chrome's trace format has it."""
    return {
        "ph": "X",
        "cat": "user_annotation" if event.is_user_annotation else "cpu_op",
        "name": event.name,
        "pid": process,
        "tid": event.thread,
        "ts": event.time_range.start,
        "dur": event.cpu_time_total,
        "args": {
            "External id": event.id,
            "Sequence number": event.sequence_nr,
            **({"Input Dims": event.input_shapes} if event.input_shapes else {}),
        },
    }
