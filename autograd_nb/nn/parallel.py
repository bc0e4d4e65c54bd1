"""Models on several devices, of which there is one."""

from __future__ import annotations

import sys
from typing import Any

from autograd_nb.core.device import NO_CUDA
from autograd_nb.distributed import get_world_size
from autograd_nb.nn.module import Module

__all__ = ["DataParallel", "DistributedDataParallel", "gather", "scatter"]

__path__: list[str] = []  # imported from as a package is
sys.modules[f"{__name__}.scatter_gather"] = sys.modules[__name__]


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


class DistributedDataParallel(Module):
    """A module that several processes train together; there is one, and none can be made.

    Parameters
    ----------
    module : Module
        The module.
    **options
        Accepted.

    Raises
    ------
    ValueError
        Always, as PyTorch's outside a group of processes.
    """

    def __init__(self, module: Module, **options: Any) -> None:
        super().__init__()
        get_world_size()


def scatter(inputs: Any, target_gpus: Any, dim: int = 0) -> Any:
    """Cut tensors into parts for several graphics cards, of which there is none.

    Parameters
    ----------
    inputs, target_gpus, dim
        What to cut, for which cards, along which dimension.

    Raises
    ------
    AssertionError
        Always.
    """
    raise AssertionError(NO_CUDA)


def gather(outputs: Any, target_device: Any, dim: int = 0) -> Any:
    """Put together what several graphics cards computed; there is none.

    Parameters
    ----------
    outputs, target_device, dim
        What to put together, where, along which dimension.

    Raises
    ------
    AssertionError
        Always.
    """
    raise AssertionError("Gather function not implemented for CPU tensors")
