"""`torch.distributed.nn`: what processes do together, with derivatives; there is one process."""

from __future__ import annotations

from ..absent import guard

__getattr__ = guard(__name__)
