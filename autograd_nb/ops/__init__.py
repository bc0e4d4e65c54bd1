"""Floor 1: the table of operations, one record each, by subject. See loading.py."""

from __future__ import annotations

import importlib

from ..core.batch import Batch
from .loading import install_stand_ins

install_stand_ins()
# The rules look at the whole table: they are imported when something is first batched.
RULES = ("._batching", "._batching_indices", "._batching_layers")
Batch.load_rules = lambda: [importlib.import_module(name, __package__) for name in RULES]
