"""The switch that says whether deterministic algorithms fill memory that is not initialized.

Here it only remembers: what `torch.empty` holds is not defined either way.
"""

from __future__ import annotations

import sys
import types


class _Deterministic(types.ModuleType):
    """A module whose switch takes nothing but bools."""

    _fill = True

    @property
    def fill_uninitialized_memory(self) -> bool:
        """Whether `torch.empty` and its kind fill new memory under deterministic algorithms."""
        return self._fill

    @fill_uninitialized_memory.setter
    def fill_uninitialized_memory(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise RuntimeError(f"expected a bool, but got {type(mode).__name__}")
        self._fill = mode


sys.modules[__name__].__class__ = _Deterministic
