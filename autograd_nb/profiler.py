"""`torch.profiler`: profiles of loops, a few steps at a time, by a schedule."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterable
from enum import Enum, IntEnum
from typing import Any

from .absent import guard
from .autograd import profiler as _autograd
from .autograd.profiler import record_function
from .autograd.profiler_util import DeviceType, EventList
from .core.warn import warn, warn_once

__all__ = [
    "DeviceType",
    "ProfilerAction",
    "ProfilerActivity",
    "kineto_available",
    "profile",
    "record_function",
    "schedule",
    "supported_activities",
    "tensorboard_trace_handler",
]


class ProfilerActivity(IntEnum):
    """What can be profiled: here, the CPU."""

    CPU = 0
    XPU = 1
    MTIA = 2
    CUDA = 3
    HPU = 4
    PrivateUse1 = 5

    def __repr__(self) -> str:
        return f"<{type(self).__name__}.{self.name}: {self.value}>"

    def __str__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


class ProfilerAction(Enum):
    """What is done during a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3
    DEVICE_STOPPED = 4


_RECORDING = (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)


def supported_activities() -> set[ProfilerActivity]:
    """Return what can be profiled."""
    return {ProfilerActivity.CPU}


def kineto_available() -> bool:
    """Say whether profiles have events; they have, PyTorch's library for it is not needed."""
    return True


def schedule(
    *,
    wait: int,
    warmup: int,
    active: int,
    repeat: int = 0,
    skip_first: int = 0,
    skip_first_wait: int = 0,
) -> Callable[[int], ProfilerAction]:
    """Return the function that says what is done in which step.

    Parameters
    ----------
    wait, warmup, active : int
        Steps of a cycle in which nothing is done, in which the profiler gets ready (which takes no
        time here), and which are recorded.
    repeat : int, default 0
        Cycles; 0 for as long as steps come.
    skip_first : int, default 0
        Steps before the first cycle.
    skip_first_wait : int, default 0
        If not 0, the first cycle does not wait.

    Raises
    ------
    AssertionError
        If a number is negative, or nothing is recorded.
    """
    if min(wait, warmup, repeat, skip_first) < 0 or active <= 0:
        raise AssertionError(
            f"Invalid profiler schedule arguments. Got wait={wait} (need >= 0), warmup={warmup} "
            f"(need >= 0), active={active} (need > 0), repeat={repeat} (need >= 0), "
            f"skip_first={skip_first} (need >= 0)."
        )
    if warmup == 0:
        warn("Profiler won't be using warmup, this can skew profiler results")

    def action(step: int) -> ProfilerAction:
        if step < 0:
            raise AssertionError(f"Step must be non-negative. Got {step}.")
        if step < skip_first:
            return ProfilerAction.NONE
        step -= skip_first
        if skip_first_wait:
            step += wait
        cycle, place = divmod(step, wait + warmup + active)
        if (repeat and cycle >= repeat) or place < wait:
            return ProfilerAction.NONE
        if place < wait + warmup:
            return ProfilerAction.WARMUP
        last = place == wait + warmup + active - 1
        return ProfilerAction.RECORD_AND_SAVE if last else ProfilerAction.RECORD

    return action


def _always(step: int) -> ProfilerAction:
    return ProfilerAction.RECORD


def tensorboard_trace_handler(
    dir_name: str,
    worker_name: str | None = None,
    use_gzip: bool = False,
    use_python_export: bool = False,
) -> Callable[[profile], None]:
    """Return a function for `on_trace_ready` that writes each trace to a folder.

    Parameters
    ----------
    dir_name : str
        Is made if it is not there.
    worker_name : str, optional
        First part of the files' names; by default the computer's name and the process.
    use_gzip : bool, default False
    use_python_export : bool, default False
        There is one way to write here; accepted for PyTorch's sake.
    """

    def write(prof: profile) -> None:
        os.makedirs(dir_name, exist_ok=True)
        worker = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        end = ".pt.trace.json.gz" if use_gzip else ".pt.trace.json"
        prof.export_chrome_trace(os.path.join(dir_name, f"{worker}.{time.time_ns()}{end}"))

    return write


class profile:
    """A loop, or a block, whose operations are timed.

    Parameters
    ----------
    activities : iterable of ProfilerActivity, optional
        By default all that there are.
    schedule : callable, optional
        Says which steps are recorded, see `schedule`; a step ends where `step` is called.
        By default everything is.
    on_trace_ready : callable, optional
        Called with the profile when a cycle has been recorded.
    record_shapes, profile_memory, with_stack, with_flops, with_modules, acc_events : bool
        As for `torch.autograd.profiler.profile`.
    use_cuda : bool, optional
        The older way to name activities.
    experimental_config, execution_trace_observer
        Accepted for PyTorch's sake.

    Raises
    ------
    AssertionError
        If no activity is known, or when events are asked for before there are any.
    """

    def __init__(
        self,
        *,
        activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[..., Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_flops: bool = False,
        with_modules: bool = False,
        experimental_config: Any = None,
        execution_trace_observer: Any = None,
        acc_events: bool = False,
        use_cuda: bool | None = None,
    ) -> None:
        chosen = supported_activities() if activities is None else set(activities)
        if use_cuda is not None:
            warn("`use_cuda` is deprecated, use `activities` argument instead", FutureWarning)
            chosen |= {ProfilerActivity.CUDA} if use_cuda else set()
        if not chosen:
            raise AssertionError("No valid profiler activities found")
        self.activities = chosen
        self.record_shapes, self.profile_memory = record_shapes, profile_memory
        self.with_stack, self.with_flops, self.with_modules = with_stack, with_flops, with_modules
        self.acc_events, self.on_trace_ready = acc_events, on_trace_ready
        self.record_steps = schedule is not None
        self.schedule = _always if schedule is None else schedule
        self.step_num = 0
        self.current_action = self.schedule(0)
        self.step_rec_fn: record_function | None = None
        self.profiler: _autograd.profile | None = None
        self._metadata: dict[str, Any] = {}

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin, with step 0."""
        self._change(ProfilerAction.NONE, self.current_action)
        self._name_step()

    def stop(self) -> None:
        """End; what was recorded is handed to `on_trace_ready`."""
        if self.profiler is None and self.current_action in _RECORDING:
            raise AssertionError("Profiler must be initialized before stopping trace")
        self._end_step()
        self._change(self.current_action, None)

    def step(self) -> None:
        """Say that a step of the loop has ended and the next one begins."""
        self._end_step()
        before = self.current_action
        self.step_num += 1
        self.current_action = self.schedule(self.step_num)
        self._change(before, self.current_action)
        self._name_step()

    def _name_step(self) -> None:
        if self.record_steps:
            self.step_rec_fn = record_function("ProfilerStep*")
            self.step_rec_fn.__enter__()

    def _end_step(self) -> None:
        if self.step_rec_fn is not None:
            self.step_rec_fn.__exit__(None, None, None)
            self.step_rec_fn = None

    def _change(self, before: ProfilerAction, now: ProfilerAction | None) -> None:
        """Start and stop recording between two steps."""
        goes_on = now in _RECORDING and before is not ProfilerAction.RECORD_AND_SAVE
        if before in _RECORDING and not goes_on:
            if self.profiler is not None:
                self.profiler._stop()
            if before is ProfilerAction.RECORD and now is not None:
                warn(f"Incorrect schedule: RECORD followed by {now.name}")
            elif self.on_trace_ready is not None:
                self.on_trace_ready(self)
        if before is ProfilerAction.WARMUP and now is ProfilerAction.NONE:
            warn("Incorrect schedule: WARMUP followed by NONE")
        if now in _RECORDING and not (before in _RECORDING and goes_on):
            self._start()

    def _start(self) -> None:
        if self.record_steps and not self.acc_events:
            warn_once(
                "profiler cycles",
                "Warning: Profiler clears events at the end of each cycle. Only events from the "
                "current cycle will be reported. To keep events across cycles, set "
                "acc_events=True.",
            )
        if self.profiler is None or not self.acc_events:
            self.profiler = _autograd.profile(
                use_device="cuda" if ProfilerActivity.CUDA in self.activities else None,
                record_shapes=self.record_shapes,
                with_flops=self.with_flops,
                profile_memory=self.profile_memory,
                with_stack=self.with_stack,
                with_modules=self.with_modules,
                acc_events=self.acc_events,
            )
        if ProfilerActivity.CPU not in self.activities:
            raise AssertionError("No activities specified for the profiler")
        self.profiler._start()

    def _started(self, purpose: str) -> _autograd.profile:
        if self.profiler is None:
            raise AssertionError(f"Profiler must be initialized before {purpose}")
        return self.profiler

    def events(self) -> EventList:
        """Return the events of the cycle that was recorded last."""
        return self._started("accessing events").function_events

    def key_averages(
        self,
        group_by_input_shape: bool = False,
        group_by_stack_n: int = 0,
        group_by_overload_name: bool = False,
    ) -> EventList:
        """Return averages; see `torch.autograd.profiler_util.EventList.key_averages`."""
        return self._started("getting key averages").key_averages(
            group_by_input_shape, group_by_stack_n, group_by_overload_name
        )

    def export_chrome_trace(self, path: str) -> None:
        """Write a file that ``chrome://tracing`` and Perfetto show; ``.gz`` is compressed."""
        traced = self._started("exporting chrome trace")
        if not str(path).endswith(".gz"):
            traced.export_chrome_trace(path, self._metadata)
            return
        plain = str(path).removesuffix(".gz")
        traced.export_chrome_trace(plain, self._metadata)
        with open(plain, "rb") as source, gzip.open(path, "wb") as target:
            shutil.copyfileobj(source, target)
        os.remove(plain)

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """Write stacks for a flame graph; needs ``with_stack=True``."""
        self._started("exporting stacks").export_stacks(path, metric)

    def add_metadata(self, key: str, value: str) -> None:
        """Write a text beside the events of the trace."""
        self._metadata[key] = value

    def add_metadata_json(self, key: str, value: str) -> None:
        """Write a value, given as JSON, beside the events of the trace."""
        self._metadata[key] = json.loads(value)


__getattr__ = guard(__name__)
