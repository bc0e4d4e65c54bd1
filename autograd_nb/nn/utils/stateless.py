"""Calls of modules with other parameters: the older name of `torch.func.functional_call`."""

from __future__ import annotations

from typing import Any

from autograd_nb import func
from autograd_nb.func.modules import reparametrized as _reparametrize_module
from autograd_nb.nn.module import Module

from ...core.warn import warn

__all__ = ["_reparametrize_module", "functional_call"]


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Any],
    args: Any = None,
    *rest: Any,
    **named: Any,
) -> Any:
    """Call a module with other parameters; see `torch.func.functional_call`.

    Parameters
    ----------
    module : Module
        Which.
    parameters_and_buffers : dict of str to Tensor
        By their names.
    args : tuple, optional
        Arguments of the call.
    """
    warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be "
        "removed in a future version of PyTorch. Please use `torch.func.functional_call` instead "
        "which is a drop-in replacement.",
        FutureWarning,
    )
    return func.functional_call(module, parameters_and_buffers, args, *rest, **named)
