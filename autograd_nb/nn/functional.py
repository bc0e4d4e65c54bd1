"""`torch.nn.functional`: what the op table gives, and what is composed of it.

The operations with a node of their own are records of the table and come from there; here stand
the ones that PyTorch builds from others.
"""

from __future__ import annotations

from autograd_nb.nn import composed_attention, composed_layers, composed_losses
from autograd_nb.ops.registry import FUNCTIONS

for _module in (composed_losses, composed_layers, composed_attention):
    globals().update({name: getattr(_module, name) for name in _module.__all__})
globals().update(FUNCTIONS["nn.functional"])

__all__ = sorted(name for name in globals() if not name.startswith("_"))
