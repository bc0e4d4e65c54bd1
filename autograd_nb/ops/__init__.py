"""Floor 1: the table of operations, one record each, by subject."""

from __future__ import annotations

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    if not _module.name.startswith("_"):
        importlib.import_module(f"{__name__}.{_module.name}")

from . import _batching  # noqa: E402, F401 - the table must be complete
from .registry import install_hot  # noqa: E402

install_hot()
