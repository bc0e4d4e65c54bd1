"""Limits on the size of gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from autograd_nb.core.modes import no_grad
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

from ...core.warn import warn

__all__ = ["clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]


def _listed(parameters: Any) -> list[Tensor]:
    return [parameters] if isinstance(parameters, Tensor) else list(parameters)


@no_grad()
def get_total_norm(
    tensors: Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Return the norm of all tensors taken together.

    Parameters
    ----------
    tensors : iterable of Tensor
    norm_type : float, default: 2.0
        The norm; ``inf`` is the largest number.
    error_if_nonfinite : bool, default: False
        Whether NaN or infinity raises.
    foreach : bool, optional
        Accepted.

    Returns
    -------
    Tensor
    """
    items = _listed(tensors)
    norm_type = float(norm_type)
    if not items:
        return T.tensor(0.0)
    norms = [T.linalg_vector_norm(item, norm_type) for item in items]
    total = T.linalg_vector_norm(T.stack(norms), norm_type)
    if error_if_nonfinite and not math.isfinite(total.item()):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, "
            "so it cannot be clipped. To disable this error and scale the gradients by the "
            "non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return total


@no_grad()
def clip_grads_with_norm_(
    parameters: Any, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale gradients down by ``max_norm / total_norm``, if that is less than 1.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
    max_norm : float
        The largest norm allowed.
    total_norm : Tensor
        The norm there is.
    foreach : bool, optional
        Accepted.
    """
    grads = [p.grad for p in _listed(parameters) if p.grad is not None]
    factor = T.clamp(float(max_norm) / (total_norm + 1e-6), max=1.0)
    for grad in grads:
        grad.mul_(factor)


@no_grad()
def clip_grad_norm_(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients so that their common norm is at most `max_norm`.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
    max_norm : float
        The largest norm allowed.
    norm_type : float, default: 2.0
        The norm; ``inf`` is the largest number.
    error_if_nonfinite : bool, default: False
        Whether NaN or infinity raises.
    foreach : bool, optional
        Accepted.

    Returns
    -------
    Tensor
        The norm before.
    """
    params = _listed(parameters)
    grads = [p.grad for p in params if p.grad is not None]
    total = get_total_norm(grads, norm_type, error_if_nonfinite, foreach)
    clip_grads_with_norm_(params, max_norm, total, foreach)
    return total


def clip_grad_norm(*args: Any, **kwargs: Any) -> Tensor:
    """Old name of :func:`clip_grad_norm_`."""
    warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of "
        "`torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
    )
    return clip_grad_norm_(*args, **kwargs)


@no_grad()
def clip_grad_value_(parameters: Any, clip_value: float, foreach: bool | None = None) -> None:
    """Clamp every gradient to ``[-clip_value, clip_value]``.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
    clip_value : float
        The largest size allowed.
    foreach : bool, optional
        Accepted.
    """
    clip_value = float(clip_value)
    for param in _listed(parameters):
        if param.grad is not None:
            param.grad.clamp_(min=-clip_value, max=clip_value)
