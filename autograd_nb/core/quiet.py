"""NumPy without floating point warnings: PyTorch computes inf and nan in silence.

Note [Quiet arithmetic]
`numpy.errstate` costs 2 microseconds a use, more than a small operation. NumPy 2 keeps the
setting in one context variable; setting that directly costs a fifth. Where a NumPy version
hides the variable, `errstate` serves (remove the short cut if NumPy makes errstate cheap).

The fast paths leave even that out. What NumPy says in them is filtered by module; where the user's
own filter comes first (``simplefilter("always")``, ``pytest.warns``), it is dropped when it would
be shown; where it is made an error, the fast path hands over to the usual one.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np

enter: Callable[[], Any]
leave: Callable[[Any], Any]

try:
    from numpy._core.umath import _extobj_contextvar, _make_extobj
except ImportError:

    def enter() -> Any:
        """Silence NumPy until `leave` is called with what this returns."""
        state = np.errstate(all="ignore")
        state.__enter__()
        return state

    def leave(token: Any) -> Any:
        """Restore what `enter` changed."""
        token.__exit__()

else:
    _SILENT = _make_extobj(all="ignore")
    _set = _extobj_contextvar.set
    leave = _extobj_contextvar.reset

    def enter() -> Any:
        """Silence NumPy until `leave` is called with what this returns."""
        return _set(_SILENT)


_PACKAGE = __name__.partition(".")[0]
_INSIDE = (f"{_PACKAGE}.core.", f"{_PACKAGE}.ops.")


def keep_numpy_silent() -> None:
    """Let no warning of NumPy about numbers that are computed here reach the user."""
    warnings.filterwarnings("ignore", category=RuntimeWarning, module=rf"{_PACKAGE}\.(core|ops)\.")
    show = getattr(warnings, "_showwarnmsg", None)
    if show is None or getattr(show, "__module__", None) == __name__:
        return  # nothing to go by, or done before the package was imported again

    def show_unless_ours(message: warnings.WarningMessage) -> None:
        if not (issubclass(message.category, RuntimeWarning) and _computed_here()):
            show(message)

    # Whoever records warnings replaces what this calls, so there is no public place for it.
    warnings._showwarnmsg = show_unless_ours  # type: ignore[attr-defined]


def _computed_here() -> bool:
    """Tell whether it is this package that called NumPy, or computed."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("numpy."):
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__", "").startswith(_INSIDE)
