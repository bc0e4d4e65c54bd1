"""`torch.autograd.profiler`: how long operations and their gradients take.

The events are this package's own operations, under PyTorch's names, and the nodes of backward
passes; what PyTorch's kernels call among themselves (``aten::as_strided``, ``aten::empty``) is not
among them. See Note [Profiling] in `profiler_calls`.
"""

from __future__ import annotations

from contextlib import ContextDecorator
from functools import wraps
from typing import Any

from ..core.warn import warn
from .profiler_calls import Recorder, running
from .profiler_util import EventList, FunctionEvent, FunctionEventAvg

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "profile", "record_function"]


class record_function(ContextDecorator):
    """A block, or a function, that has a name of its own in profiles.

    Parameters
    ----------
    name : str
    args : str, optional
        Kept with the name.

    Raises
    ------
    RuntimeError
        When it is entered, if the name is no string.
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args
        self._labels: list[list[tuple[Recorder, Any]]] = []

    def __enter__(self) -> record_function:
        if not isinstance(self.name, str):
            raise RuntimeError(
                "profiler::_record_function_enter_new() Expected a value of type 'str' for "
                f"argument 'name' but instead found type '{type(self.name).__name__}'."
            )
        self._labels.append([(one, one.label(self.name)) for one in running.recorders])
        return self

    def __exit__(self, *exc: object) -> None:
        for recorder, label in self._labels.pop():
            recorder.unlabel(label)

    def __call__(self, function: Any) -> Any:
        """Return the function with the label around it."""

        @wraps(function)
        def labelled(*args: Any, **kwargs: Any) -> Any:
            with type(self)(self.name, self.args):
                return function(*args, **kwargs)

        return labelled


class profile:
    """A block whose operations are timed.

    Parameters
    ----------
    enabled : bool, default True
        False makes it do nothing.
    record_shapes : bool, default False
        Keep the sizes of arguments.
    with_flops : bool, default False
        Count the operations of products, convolutions and sums.
    profile_memory : bool, default False
        Keep how many bytes results take.
    with_stack : bool, default False
        Keep the lines that led to each call.
    acc_events : bool, default False
        Keep what earlier cycles of a schedule recorded.
    use_cuda, use_device, use_cpu, with_modules, use_kineto, experimental_config
        As PyTorch's; there is only the CPU.

    Raises
    ------
    RuntimeError
        When it is entered, if it was entered before.
    AssertionError
        If it is to profile another device.

    Examples
    --------
    >>> import autograd_nb as torch
    >>> x = torch.ones(3, requires_grad=True)
    >>> with torch.autograd.profiler.profile() as prof:
    ...     (x * x).sum().backward()
    >>> [event.name for event in prof.function_events][:2]
    ['aten::mul', 'aten::sum']
    """

    def __init__(
        self,
        enabled: bool = True,
        *,
        use_cuda: bool = False,
        use_device: str | None = None,
        record_shapes: bool = False,
        with_flops: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_modules: bool = False,
        use_kineto: bool = False,
        use_cpu: bool = True,
        experimental_config: Any = None,
        acc_events: bool = False,
    ) -> None:
        if use_cuda:
            warn(
                "The attribute `use_cuda` will be deprecated soon, please use "
                "``use_device = 'cuda'`` instead.",
                FutureWarning,
            )
            use_device = "cuda"
        if use_device == "cuda":
            warn("CUDA is not available, disabling CUDA profiling")
        elif use_device is not None:
            warn(f"{use_device} is not a valid device option.")
        if not use_cpu:
            raise AssertionError("Device-only events supported only with Kineto (use_kineto=True)")
        self.enabled = enabled
        self.record_shapes = record_shapes or with_flops
        self.with_flops, self.profile_memory = with_flops, profile_memory
        self.with_stack, self.with_modules = with_stack, with_modules
        self.acc_events = acc_events
        self.entered = False
        self._recorder: Recorder | None = None
        self._events: EventList | None = None

    def __enter__(self) -> profile | None:
        if not self.enabled:
            return None
        if self.entered:
            raise RuntimeError("Profiler context manager is not reentrant")
        self._start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self.enabled:
            self._stop()

    def _start(self) -> None:
        self.entered = True
        self._recorder = Recorder(
            self.record_shapes, self.profile_memory, self.with_stack, self.with_flops
        )
        self._recorder.start()

    def _stop(self) -> None:
        if self._recorder is None:
            return
        self._recorder.stop()
        earlier = self._events if self.acc_events and self._events is not None else []
        self._events = self._listed([*earlier, *self._recorder.events])
        self._recorder = None

    def _listed(self, events: Any) -> EventList:
        return EventList(events, profile_memory=self.profile_memory, with_flops=self.with_flops)

    @property
    def function_events(self) -> EventList:
        """The events, in the order in which they began; empty before the block has ended."""
        return self._listed(()) if self._events is None else self._events

    def __str__(self) -> str:
        if self._events is None:
            return "<unfinished torch.autograd.profile>"
        return str(self._events)

    def __repr__(self) -> str:
        if self._events is None:
            return "<unfinished torch.autograd.profile>"
        return repr(self._events)

    def table(self, *args: Any, **kwargs: Any) -> str:
        """Return the events as a table; see `EventList.table`."""
        return self.function_events.table(*args, **kwargs)

    def key_averages(
        self,
        group_by_input_shape: bool = False,
        group_by_stack_n: int = 0,
        group_by_overload_name: bool = False,
    ) -> EventList:
        """Return averages; see `EventList.key_averages`."""
        return self.function_events.key_averages(
            group_by_input_shape, group_by_stack_n, group_by_overload_name
        )

    def total_average(self) -> FunctionEventAvg:
        """Return all events as one."""
        return self.function_events.total_average()

    @property
    def self_cpu_time_total(self) -> float:
        """Time of all events, each without those within, in microseconds."""
        return self.function_events.self_cpu_time_total

    def export_chrome_trace(self, path: str, metadata: dict[str, Any] | None = None) -> None:
        """Write a file that ``chrome://tracing`` and Perfetto show."""
        self.function_events.export_chrome_trace(path, metadata)

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """Write stacks for a flame graph; see `EventList.export_stacks`.

        Raises
        ------
        AssertionError
            If the profile keeps no stacks.
        """
        if not self.with_stack:
            raise AssertionError("export_stacks() requires with_stack=True")
        self.function_events.export_stacks(path, metric)
