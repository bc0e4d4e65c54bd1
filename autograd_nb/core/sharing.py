"""Parts of some work, computed by several threads.

Note [Who is asked for help]
NumPy computes outside the interpreter's lock, so threads can share work, but they meet at the lock
between two calls: one that finds it taken goes to sleep, and that and waking another thread at all
cost tens of microseconds each.  So the caller begins alone, and the time of its first part tells
whether the rest is worth it.  What is drawn by whom changes no result.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any, Generic, TypeVar

from . import quiet

T = TypeVar("T")

LONG = 1e-3  # seconds of work left from which others are asked


def share(
    parts: Sequence[T], compute: Callable[[Iterator[T]], None], pace: float | None = None
) -> None:
    """Compute parts of some work, with others if it is long; raise what one of them raises.

    Parameters
    ----------
    parts : sequence
    compute : callable
        Draws parts from an iterator until there are none; other threads draw from it, too.
    pace : float, optional
        Seconds that a part takes, where that is known.
    """
    left = _Left(parts, compute)
    if pace is not None:
        left.consider(pace * len(parts))
    try:
        compute(left)
    except BaseException:
        left.drop()
        raise
    finally:
        for one in left.shares:
            one.close()
    for one in left.shares:
        if one.error is not None:
            raise one.error


def side_by_side(calls: Sequence[Callable[[], Any]]) -> None:
    """Make some long calls, by as many threads as may compute; raise what one of them raises."""
    share(calls, _make, LONG)


def _make(calls: Iterator[Callable[[], Any]]) -> None:
    for call in calls:
        call()


class _Left(Generic[T]):
    """The parts that are left.

    Attributes
    ----------
    shares : list of _Share
        Of those who were asked for help.
    """

    def __init__(self, parts: Sequence[T], compute: Callable[[Iterator[T]], None]) -> None:
        self.shares: list[_Share] = []
        self._left = iter(parts)  # `next` is atomic
        self._count = len(parts)
        self._compute = compute
        self._begun: float | None = None
        self._decided = threads == 1 or self._count < 3

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if not self._decided:  # the caller alone has drawn so far
            if self._begun is None:
                self._begun = perf_counter()
            else:
                self.consider((perf_counter() - self._begun) * (self._count - 1))
        return next(self._left)

    def consider(self, seconds: float) -> None:
        """Ask for help if that much work is left."""
        self._decided = True
        wanted = min(threads, self._count) - 1
        if seconds >= LONG and wanted > 0:
            self.shares = _helpers.ask(self, wanted)

    def compute(self) -> None:
        """Take part until nothing is left; after an error, nobody begins another part."""
        try:
            self._compute(self)
        except BaseException:
            self.drop()
            raise

    def drop(self) -> None:
        """Leave nothing."""
        self._decided = True
        for _ in self._left:
            pass


class _Share:
    """One helper's part in some work.

    The lock is held while the helper computes. Closing waits for it, and turns away a helper who
    comes too late.
    """

    def __init__(self, work: _Left[Any]) -> None:
        self.work: _Left[Any] | None = work
        self.error: BaseException | None = None
        self.lock = threading.Lock()

    def run(self) -> None:
        """Take part, in a helper's thread."""
        with self.lock:
            if self.work is None:
                return
            token = quiet.enter()
            try:
                self.work.compute()
            except BaseException as error:
                self.error = error  # raised in the caller's thread
            finally:
                quiet.leave(token)

    def close(self) -> None:
        """Wait until the helper has stopped, and let go of the arrays."""
        with self.lock:
            self.work = None


class _Helpers:
    """The threads that wait for work; made when there first is some."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[_Share] = queue.SimpleQueue()
        self.count = 0

    def ask(self, work: _Left[Any], wanted: int) -> list[_Share]:
        """Offer shares of the work."""
        while self.count < wanted:
            self.count += 1
            threading.Thread(target=_serve, args=(self.queue,), daemon=True).start()
        shares = [_Share(work) for _ in range(wanted)]
        for one in shares:
            self.queue.put(one)
        return shares


def _serve(shares: queue.SimpleQueue[_Share]) -> None:
    while True:
        shares.get().run()


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


threads = _processors()  # that compute side by side; `set_num_threads` changes it
_helpers = _Helpers()


def _after_fork() -> None:
    global _helpers
    _helpers = _Helpers()  # the parent's threads are not in the child


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
