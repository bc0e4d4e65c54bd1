"""`torch.utils.benchmark`: what a timer takes, and the text of a measurement."""

import importlib

from tests.behaviour.helpers import attempt


def _benchmark(torch):
    return importlib.import_module(f"{torch.__name__}.utils.benchmark")


def _ticks(seconds):
    """A clock whose readings are `seconds` apart."""
    now = 0.0

    def clock():
        nonlocal now
        now += seconds
        return now

    return clock


def _show(measurement):
    print(str(measurement).partition("\n")[2])


def one_measurement(torch):
    timer = _benchmark(torch).Timer("torch.ones(3) + k", timer=_ticks(0.5), globals={"k": 2})
    measured = timer.timeit(200)
    _show(measured)
    print(measured.times, measured.median, measured.mean, measured.iqr, measured.has_warnings)
    print(measured.stmt, measured.num_threads, measured.label, measured.title)
    attempt(lambda: measured.missing)


def names_of_a_task(torch):
    benchmark = _benchmark(torch)
    setup = """
        x = torch.ones(3)
        y = x
    """
    for label, sub_label, description in (
        (None, None, None),
        (None, "small", "three numbers"),
        ("sum", None, "three numbers"),
        ("sum", "small", None),
    ):
        for stmt, first in (("x + y", setup), ("z = x + y\nz.sum()", "x = y = torch.ones(3)")):
            timer = benchmark.Timer(
                stmt,
                first,
                timer=_ticks(0.004),
                label=label,
                sub_label=sub_label,
                description=description,
            )
            _show(timer.timeit(3))


def many_measurements(torch):
    benchmark = _benchmark(torch)
    task = benchmark.Timer("pass", timer=_ticks(1.0)).timeit(1).task_spec
    for times in (
        [1.0, 2.0],
        [1.0, 2.0, 3.0, 4.0, 5.0],
        [1e-5, 1.2e-5, 1.15e-5, 1.2e-5],
        [3e-8, 3.1e-8, 3.05e-8, 3.2e-8, 3.1e-8],
    ):
        measured = benchmark.Measurement(10, times, task)
        _show(measured)
        print(measured.meets_confidence(), measured.meets_confidence(0.5))
    halves = [benchmark.Measurement(n, [1.0], task) for n in (1, 2)]
    for merged in benchmark.Measurement.merge(halves):
        print(merged.number_per_run, merged.times)


def blocks_until_enough_time_is_measured(torch):
    seen = []
    timer = _benchmark(torch).Timer("torch.ones(3)")
    measured = timer.blocked_autorange(lambda *block: seen.append(block), min_run_time=0.01)
    print(sum(measured.raw_times) >= 0.01, [time for _, time in seen] == measured.raw_times)
    print({number for number, _ in seen} == {measured.number_per_run})


def a_timer_refuses(torch):
    benchmark = _benchmark(torch)
    attempt(lambda: benchmark.Timer(print))
    attempt(lambda: benchmark.Timer("x", timer=_ticks(1.0)).timeit(1))
    attempt(lambda: benchmark.Timer("pass", setup="1 / 0").timeit(1))
