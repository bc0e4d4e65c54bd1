"""Nodes that a backward pass makes (``create_graph=True``): they are of the line that called it.

This package's nodes know that line.  PyTorch's nodes would, in anomaly mode, at the price of a
traceback for each node of every pass; the numbers that a pass gave out say the same.
"""

from __future__ import annotations

import threading
from bisect import bisect_right, insort
from types import CodeType

PASSES_KEPT = 200

Origin = tuple[CodeType, int]

_threads: set[int] = set()
"""Those whose passes made nodes."""

_made: list[tuple[int, int, int, Origin]] = []
"""Number after the last, minus the number of the first, count, and the call: inner passes first."""
_count = 0
_lock = threading.Lock()


def note_made(first: int, end: int, origin: Origin | None) -> None:
    """Note which nodes a pass of PyTorch's made.

    Parameters
    ----------
    first, end : int
        Sequence number of the next node before the pass, and after it.
    origin : tuple of (code, int) or None
        The call.
    """
    global _count
    if end <= first or origin is None:
        return
    with _lock:
        _threads.add(threading.get_ident())
        _count += 1
        insort(_made, (end, -first, _count, origin))
        if len(_made) > PASSES_KEPT:
            _made.remove(min(_made, key=lambda row: row[2]))


def called_at(number: int | None) -> Origin | None:
    """Return the call of the innermost pass that made a node.

    Parameters
    ----------
    number : int or None
        The node's sequence number.

    Returns
    -------
    tuple of (code, int) or None
    """
    # PyTorch counts the nodes of each thread by itself: of a node of several, nothing is known.
    if number is None or len(_threads) > 1:
        return None
    at = bisect_right(_made, number, key=lambda row: row[0])
    return next((row[3] for row in _made[at:] if -row[1] <= number), None)
