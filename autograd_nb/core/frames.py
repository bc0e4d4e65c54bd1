"""Functions that run: the user's, and what variables they have."""

from __future__ import annotations

import dis
import inspect
from types import FrameType
from typing import Any, Final

PACKAGE: Final = __file__[: -len("core/frames.py")]

# File names of code that is not this package's, and of code that is.
outside: set[str] = set()
inside: set[str] = set()


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


def user_frame(frame: Any) -> Any:
    """Return the nearest frame outside this package, from `frame` on."""
    while True:
        name = frame.f_code.co_filename
        if name in outside:
            return frame
        if name not in inside:
            if not name.startswith(PACKAGE):
                outside.add(name)
                return frame
            inside.add(name)
        if frame.f_back is None:
            return frame
        frame = frame.f_back


def words_of_call(frame: FrameType) -> tuple[str, ...]:
    """Return the keywords of the call that a frame is in; it takes long, for complaints only."""
    # `f_lasti` may point at a cache behind the instruction that runs.
    done = [one for one in dis.get_instructions(frame.f_code) if one.offset <= frame.f_lasti]
    run = [one for one in done[-3:] if one.opname != "PRECALL"]
    if len(run) < 2 or not run[-1].opname.startswith("CALL"):
        return ()
    # Python names them before the call: by an instruction of their own until 3.12, by a constant
    # since, of a call that is named for it.
    own = "LOAD_CONST" if run[-1].opname.startswith("CALL_KW") else "KW_NAMES"
    names = frame.f_code.co_consts[run[-2].arg or 0] if run[-2].opname == own else ()
    return names if isinstance(names, tuple) else ()
