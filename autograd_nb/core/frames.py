"""Reading the variables of functions that run."""

from __future__ import annotations

import inspect
from types import FrameType
from typing import Any


def locals_of(frame: FrameType) -> dict[str, Any]:
    """Return a function's own variables; empty for a cell or module, whose variables are global.

    Parameters
    ----------
    frame : frame

    Returns
    -------
    dict
    """
    if not frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        return {}
    space = frame.f_locals
    found = dict(space)
    if isinstance(space, dict):
        # Before Python 3.13 the frame keeps this dict, and with it the values that the function
        # may give up later: a whole graph, until it returns.
        space.clear()
    return found
