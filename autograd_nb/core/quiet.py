"""NumPy without floating point warnings: PyTorch computes inf and nan in silence.

Note [Quiet arithmetic]
`numpy.errstate` costs 2 microseconds a use, more than a small operation. NumPy 2 keeps the
setting in one context variable; setting that directly costs a fifth. Where a NumPy version
hides the variable, `errstate` serves (remove the short cut if NumPy makes errstate cheap).
"""

from __future__ import annotations

from collections.abc import Callable
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
