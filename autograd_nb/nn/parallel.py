"""Models on several devices, of which there is one."""

from __future__ import annotations

from typing import Any

from autograd_nb.nn.module import Module

__all__ = ["DataParallel"]


class DataParallel(Module):
    """Call a module; without CUDA devices that is all PyTorch's does, too.

    Parameters
    ----------
    module : Module
        The module; its parameters are found under ``module.``.
    device_ids, output_device, dim
        Accepted.
    """

    def __init__(
        self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[int] = []
        self.dim = dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """Call the module."""
        return self.module(*inputs, **kwargs)
