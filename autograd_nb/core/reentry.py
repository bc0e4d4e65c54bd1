"""Backward inside backward: every few levels go on in a thread of their own.

Note [Reentrant passes]
A custom Function may run a backward pass inside its backward, and so on. Each level costs about
ten Python frames, and a thread has room for a thousand. PyTorch hands deep passes to other
threads as well. The thread that asked waits, so still only one of them runs at any time.
"""

from __future__ import annotations

import contextvars
import ctypes
import threading
from collections.abc import Callable
from typing import Any

from . import modes

LEVELS = 25  # passes, one inside the other, that one thread runs


def elsewhere(work: Callable[[], None], running: Any, task: Any) -> None:
    """Do some work in a fresh thread that has this thread's modes, and wait for it.

    Parameters
    ----------
    work : callable
        Without arguments or result.
    running : threading.local
        Its `tasks` are the passes of a thread.
    task : GraphTask
        The pass that the work belongs to.

    Raises
    ------
    BaseException
        What the work raised. An interrupt of the waiting thread is passed on to the work first.
    """
    state, context = dict(modes.state.__dict__), contextvars.copy_context()
    failures: list[BaseException] = []

    def body() -> None:
        modes.state.__dict__.update(state)
        running.tasks = [task]
        try:
            context.run(work)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=body, name="backward inside backward")
    thread.start()
    while thread.is_alive():
        try:
            thread.join()
        except KeyboardInterrupt:
            # What the work does is its own thread's: it is stopped there, and joined again.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread.ident or 0), ctypes.py_object(KeyboardInterrupt)
            )
    if failures:
        try:
            raise failures[0]
        finally:
            failures.clear()  # its traceback holds this frame
