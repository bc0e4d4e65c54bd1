"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nb.core.tensor import Tensor, wrap
from autograd_nb.optim import recorded
from autograd_nb.optim.arrays import blocks, constant, gradient, number, stepped, target
from autograd_nb.optim.optimizer import GroupOptimizer, check_fused, check_not_negative

__all__ = ["SGD"]


class SGD(GroupOptimizer):
    r"""Stochastic gradient descent, with momentum if wanted.

    Parameters
    ----------
    params : iterable of Tensor, of dict, or of (name, Tensor)
        What to optimize.
    lr : float or Tensor, default: 1e-3
        Learning rate.
    momentum : float, default: 0
        Share of the last direction that is kept.
    dampening : float, default: 0
        Share of the gradient that is left out of the momentum.
    weight_decay : float, default: 0
        Factor of the parameter that is added to its gradient.
    nesterov : bool, default: False
        Whether the step looks ahead along the momentum.
    maximize : bool, default: False
        Whether to climb instead of to descend.
    foreach, fused : bool, optional
        Accepted; they choose among equal implementations in PyTorch.
    differentiable : bool, default: False
        Whether a step is recorded, so that gradients flow through it.

    Notes
    -----
    .. math:: b_t = \\mu b_{t-1} + (1 - d) g_t,\\quad p_t = p_{t-1} - \\gamma b_t
    """

    _rule = staticmethod(recorded.sgd)

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: Any = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_not_negative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
                "foreach": foreach,
                "differentiable": differentiable,
                "fused": fused,
            },
        )
        check_fused(fused, foreach, differentiable)

    def _update_group(self, group: dict[str, Any]) -> None:
        if group["momentum"] or group["weight_decay"]:
            for param in group["params"]:
                grad = param._grad
                if grad is not None:
                    # Without momentum there is nothing to remember, not even an empty state.
                    state = self.state[param] if group["momentum"] else {}
                    self._update(param, grad, state, group)
            return
        # The plain rule needs no state: this loop is all there is to a step.
        lr = number(group["lr"])
        maximize = group["maximize"]
        for param in group["params"]:
            grad = param._grad
            if grad is None:
                continue
            p = param._nd()
            if not stepped("descend", (p, grad._array), -lr if maximize else lr):
                for part, slope in blocks(p, grad._array):
                    step = np.multiply(slope, constant(lr, p))
                    (np.add if maximize else np.subtract)(part, step, part)
            param._bump_version("add_")

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        momentum = group["momentum"]
        buffer = state.get("momentum_buffer")
        p = target(param)
        g = gradient(grad, group["maximize"])
        decay = number(group["weight_decay"])
        first = bool(momentum) and buffer is None
        if first:
            buffer = state["momentum_buffer"] = wrap(np.empty_like(param._nd()))
        b = target(buffer) if momentum and buffer is not None else None
        rate, share, nesterov = number(group["lr"]), 1 - group["dampening"], group["nesterov"]
        numbers = rate, momentum, share, decay, nesterov
        ready = b is not None and not first
        if not (ready and stepped("descend_with_momentum", (p, g, b), *numbers)):
            lr = constant(rate, p)
            for p_part, g_part, b_part in blocks(p, g, b):
                d = g_part
                if decay:
                    d = np.multiply(p_part, constant(decay, p))
                    d += g_part
                if b_part is not None:
                    if first:
                        b_part[...] = d
                    else:
                        b_part *= constant(momentum, p)
                        b_part += d * constant(share, p)
                    d = d + b_part * constant(momentum, p) if nesterov else b_part
                np.subtract(p_part, d * lr, p_part)
        if buffer is not None and momentum:
            buffer._bump_version("add_")
        param._bump_version("add_")
