"""Exchanging what two tensors are, while both stay the objects they are."""

from __future__ import annotations

import weakref
from typing import Any

from autograd_nb.core.tensor import Tensor

__all__ = ["swap_tensors"]


def _poisoned(grad_outputs: Any) -> None:
    raise RuntimeError(
        "Trying to execute AccumulateGrad node that was poisoned by swap_tensors this can happen "
        "when you try to run backward on a tensor that was swapped. For a module m with "
        "`torch.__future__.set_swap_module_params_on_conversion(True)` you should not change the "
        "device or dtype of the module (e.g. `m.cpu()` or `m.half()`) between running forward and "
        "backward. To resolve this, please only change the device/dtype before running forward (or "
        "after both forward and backward)."
    )


def swap_tensors(t1: Tensor, t2: Tensor) -> None:
    """Exchange the contents of two tensors: data, class, history and attributes.

    Parameters
    ----------
    t1, t2 : Tensor
        Each stays the object it is, and becomes what the other one was. A backward through what
        was computed with them before raises.

    Raises
    ------
    RuntimeError
        If a weak reference to one of them exists.
    """
    for name, tensor in (("t1", t1), ("t2", t2)):
        if weakref.getweakrefcount(tensor):
            raise RuntimeError(f"Cannot swap {name} because it has weakref associated with it")
    for tensor in (t1, t2):
        node = tensor._accumulate and tensor._accumulate()
        if node is not None:
            node.register_prehook(_poisoned)
            tensor._accumulate = None
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    first, second = dict(t1.__dict__), dict(t2.__dict__)
    for tensor, content in ((t1, second), (t2, first)):
        tensor.__dict__.clear()
        tensor.__dict__.update(content)
