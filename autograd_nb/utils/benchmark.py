"""`torch.utils.benchmark`: how long a statement takes, measured as PyTorch's `Timer` does.

Of PyTorch's module the timer and its measurement are here; `Compare`, `Fuzzer` and the counting of
instructions are not.
"""

from __future__ import annotations

import sys
import textwrap
import timeit
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Measurement", "TaskSpec", "Timer", "select_unit"]

# A block is long enough when calling the clock is less than this part of it.
_OVERHEAD = 1e-4
_UNITS = ((1e-9, "ns"), (1e-6, "us"), (1e-3, "ms"), (1, "s"))
# Above these parts of the median the spread of the times is worth a warning.
_WIDE, _VERY_WIDE = 0.1, 0.25


def select_unit(t: float) -> tuple[str, float]:
    """Choose the unit that `t` seconds are best read in.

    Parameters
    ----------
    t : float
        A time in seconds.

    Returns
    -------
    tuple[str, float]
        Its name (``"ns"``, ``"us"``, ``"ms"`` or ``"s"``) and its length in seconds.
    """
    scale, name = next((unit for unit in reversed(_UNITS) if t >= unit[0]), _UNITS[0])
    return name, scale


@dataclass(frozen=True, repr=False)
class TaskSpec:
    """What was measured: the statement, its setup and the names given to them."""

    stmt: str
    setup: str
    global_setup: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def title(self) -> str:
        """The label, or the statement where none was given."""
        sub_label = self.sub_label
        if self.label is None and "\n" in self.stmt:
            head = f"stmt: ({sub_label})" if sub_label else "stmt:"
            return f"{head}\n{textwrap.indent(self.stmt, '  ')}"
        head = self.stmt if self.label is None else self.label
        return f"{head}: {sub_label}" if sub_label else head

    def setup_str(self) -> str:
        """Return the setup as the printed measurement shows it; empty where there is none."""
        if self.setup in ("", "pass"):
            return ""
        if "\n" in self.setup:
            return f"setup:\n{textwrap.indent(self.setup, '  ')}"
        return f"setup: {self.setup}"

    def summarize(self) -> str:
        """Return the lines of a printed measurement that say what was measured."""
        parts = [part for part in (self.title, self.description, self.setup_str()) if part]
        return "\n".join(f"{part}\n" if "\n" in part else part for part in parts)


@dataclass(repr=False)
class Measurement:
    """The times of a statement, with their statistics.

    Parameters
    ----------
    number_per_run : int
        How often the statement ran within each of the times.
    raw_times : list[float]
        The times in seconds.
    task_spec : TaskSpec
        What was measured. Its fields can be read from the measurement too.
    metadata : dict, optional
        Room for one's own notes.
    """

    number_per_run: int
    raw_times: list[float]
    task_spec: TaskSpec
    metadata: dict[Any, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name in TaskSpec.__dataclass_fields__:
            return getattr(self.task_spec, name)
        raise AttributeError(f"'Measurement' object has no attribute {name!r}")

    @property
    def times(self) -> list[float]:
        """Seconds for one run of the statement, a number for each measurement."""
        return [time / self.number_per_run for time in self.raw_times]

    def _quantile(self, part: float) -> float:
        return float(np.quantile(self.times, part)) if self.raw_times else -1.0

    @property
    def median(self) -> float:
        """The median of the times."""
        return self._quantile(0.5)

    @property
    def mean(self) -> float:
        """The mean of the times."""
        return float(np.mean(self.times)) if self.raw_times else -1.0

    @property
    def iqr(self) -> float:
        """The distance between the quartiles of the times."""
        return self._quantile(0.75) - self._quantile(0.25)

    @property
    def title(self) -> str:
        """The label, or the statement where none was given."""
        return self.task_spec.title

    @property
    def has_warnings(self) -> bool:
        """Whether the times spread so much that the printed measurement says so."""
        return bool(self.raw_times) and not self.meets_confidence()

    def meets_confidence(self, threshold: float = _WIDE) -> bool:
        """Whether the quartiles are less than this part of the median apart."""
        return self.iqr / self.median < threshold

    def __repr__(self) -> str:
        unit, scale = select_unit(self.median)
        low, middle, high = (self._quantile(part) / scale for part in (0.25, 0.5, 0.75))
        n, threads = len(self.raw_times), self.task_spec.num_threads
        lines = [object.__repr__(self), self.task_spec.summarize()]
        lines.append(f"  {'Median: ' if n > 1 else ''}{middle:.2f} {unit}")
        if n >= 4:
            lines.append(f"  IQR:    {high - low:.2f} {unit} ({low:.2f} to {high:.2f})")
        lines.append(
            f"  {n} measurement{'s' if n > 1 else ''}, {self.number_per_run} runs "
            f"{'per measurement,' if n > 1 else ','} {threads} thread{'s' if threads > 1 else ''}"
        )
        if self.has_warnings:
            cause = (
                "could indicate system fluctuation."
                if self.meets_confidence(_VERY_WIDE)
                else "suggests significant environmental influence."
            )
            part = self.iqr / self.median * 100
            lines.append(
                f"  WARNING: Interquartile range is {part:.1f}% of the median measurement."
            )
            lines.append(f"           This {cause}")
        return "\n".join(lines)

    @staticmethod
    def merge(measurements: Iterable[Measurement]) -> list[Measurement]:
        """Join the measurements of the same task, without their notes.

        Parameters
        ----------
        measurements : iterable of Measurement
            Those to merge.

        Returns
        -------
        list[Measurement]
            One for each task, in the order in which the tasks came.
        """
        times: dict[TaskSpec, list[float]] = {}
        for measurement in measurements:
            times.setdefault(measurement.task_spec, []).extend(measurement.times)
        return [Measurement(1, of_task, task) for task, of_task in times.items()]


class Timer:
    """Measure how long a statement takes.

    Runs before the measurement warm the caches up, and `torch` names this package in the statement
    unless `globals` says otherwise.

    Parameters
    ----------
    stmt : str
        The statement, of one or of several lines.
    setup : str
        What runs once before it.
    global_setup : str
        C++ only; must be empty.
    timer : callable
        The clock: seconds as a float.
    globals : dict, optional
        The names that the statement sees.
    label, sub_label, description, env : str, optional
        Names for the printed measurement.
    num_threads : int
        Is noted with the measurement. The threads are those of NumPy's linear algebra, which
        Python cannot set.
    language : str
        Python only.

    Examples
    --------
    >>> from autograd_nb.utils.benchmark import Timer
    >>> Timer("x + x", setup="x = torch.ones(3)").timeit(100).number_per_run
    100
    """

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Callable[[], float] = timeit.default_timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: str = "python",
    ) -> None:
        if not isinstance(stmt, str):
            raise ValueError("Currently only a `str` stmt is supported.")
        if str(language).lower() not in ("python", "py"):
            raise ValueError(f"statements in {language} cannot be timed here, only Python's")
        if global_setup:
            raise ValueError(
                f"global_setup is C++ only, got `{global_setup}`; setup runs once too, use that"
            )
        stmt, setup = (textwrap.dedent(text).strip("\n").rstrip() for text in (stmt, setup))
        # The package itself, which stands above this module and is loaded whenever it is.
        package = sys.modules[__name__.partition(".")[0]]
        self._globals = {"torch": package, **(globals or {})}
        self._timer = timeit.Timer(stmt, setup, timer, self._globals)
        self._task_spec = TaskSpec(
            stmt, setup, global_setup, label, sub_label, description, env, num_threads
        )

    def timeit(self, number: int = 1000000) -> Measurement:
        """Measure a number of runs once.

        Parameters
        ----------
        number : int
            How often the statement runs.

        Returns
        -------
        Measurement
            With a single time.
        """
        self._timer.timeit(max(number // 100, 2))
        return Measurement(number, [self._timer.timeit(number)], self._task_spec)

    def blocked_autorange(
        self,
        callback: Callable[[int, float], Any] | None = None,
        min_run_time: float = 0.2,
    ) -> Measurement:
        """Measure blocks of runs until they took enough time together.

        Parameters
        ----------
        callback : callable, optional
            Called with the runs of a block and its time after each.
        min_run_time : float
            Seconds that the blocks take together, at least.

        Returns
        -------
        Measurement
            With a time for each block.
        """
        number = self._block(min_run_time)
        times: list[float] = []
        while sum(times) < min_run_time:
            times.append(self._timer.timeit(number))
            if callback is not None:
                callback(number, times[-1])
        return Measurement(number, times, self._task_spec)

    def _block(self, min_run_time: float) -> int:
        """Choose a number of runs beside which the cost of the clock is nothing."""
        self._timer.timeit(2)
        clock = float(np.median([self._timer.timeit(0) for _ in range(5)]))
        number = 1
        while True:
            time = self._timer.timeit(number)
            if (time >= min_run_time / 1000 and clock / time <= _OVERHEAD) or time > min_run_time:
                return number
            number *= 10
