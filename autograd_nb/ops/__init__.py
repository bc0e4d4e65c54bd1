"""Floor 1: the table of operations, one record each, by subject. See loading.py."""

from __future__ import annotations

from .loading import install_stand_ins

install_stand_ins()
