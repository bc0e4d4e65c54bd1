"""Adam and AdamW."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_nb.core.tensor import Tensor
from autograd_nb.optim import recorded
from autograd_nb.optim.arrays import (
    Array,
    blocks,
    constant,
    gradient,
    number,
    stepped,
    target,
    zeros_like,
)
from autograd_nb.optim.optimizer import (
    GroupOptimizer,
    check_betas,
    check_fused,
    check_not_negative,
    count_step,
    new_step,
)

__all__ = ["Adam", "AdamW"]


def decay_averages(m: Array, v: Array, g: Array, beta1: float, beta2: float) -> None:
    """Move the averages of gradient and squared gradient towards those of `g`, in place."""
    step = np.subtract(g, m)
    step *= constant(1 - beta1, g)
    m += step
    v *= constant(beta2, g)
    np.multiply(g, constant(1 - beta2, g), step)
    step *= g
    v += step


class Adam(GroupOptimizer):
    r"""Adam: steps scaled by averages of gradient and squared gradient.

    Parameters
    ----------
    params : iterable of Tensor, of dict, or of (name, Tensor)
        What to optimize.
    lr : float or Tensor, default: 1e-3
        Learning rate.
    betas : tuple of two floats, default: (0.9, 0.999)
        Decay of the two averages.
    eps : float, default: 1e-8
        Keeps the denominator from zero.
    weight_decay : float, default: 0
        Factor of the parameter that is added to its gradient.
    amsgrad : bool, default: False
        Whether the largest squared average so far is used.
    foreach, capturable, fused : bool, optional
        Accepted; they choose among equal implementations in PyTorch.
    maximize : bool, default: False
        Whether to climb instead of to descend.
    differentiable : bool, default: False
        Whether a step is recorded, so that gradients flow through it.
    decoupled_weight_decay : bool, default: False
        Whether the decay shrinks the parameter directly, as :class:`AdamW` does.

    Notes
    -----
    .. math:: p_t = p_{t-1} - \\gamma \\hat m_t / (\\sqrt{\\hat v_t} + \\epsilon)
    """

    _rule = staticmethod(recorded.adam)

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_not_negative(lr=lr, eps=eps)
        self._check_tensors({"lr": lr}, bool(foreach), capturable)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        if {type(beta) for beta in betas} != {float} and not all(
            isinstance(beta, Tensor) for beta in betas
        ):
            raise ValueError("betas must be either both floats or both Tensors")
        named = {f"betas[{i}]": beta for i, beta in enumerate(betas)}
        self._check_tensors(named, bool(foreach), capturable)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "differentiable": differentiable,
                "fused": fused,
                "decoupled_weight_decay": decoupled_weight_decay,
            },
        )
        check_fused(fused, foreach, differentiable)

    @staticmethod
    def _check_tensors(values: dict[str, Any], foreach: bool, capturable: bool) -> None:
        for name, value in values.items():
            if isinstance(value, Tensor):
                if foreach and not capturable:
                    raise ValueError(
                        f"{name} as a Tensor is not supported for capturable=False and foreach=True"
                    )
                if value.numel() != 1:
                    raise ValueError(f"Tensor {name} must be 1-element")

    def _start(self, param: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["step"] = new_step()
        state["exp_avg"] = zeros_like(param)
        state["exp_avg_sq"] = zeros_like(param)
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = zeros_like(param)

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        step = count_step(state)
        beta1, beta2 = map(number, group["betas"])
        lr = number(group["lr"])
        decay = group["weight_decay"]
        decoupled = group["decoupled_weight_decay"]
        p = target(param)
        g = gradient(grad, group["maximize"])
        m, v = target(state["exp_avg"]), target(state["exp_avg_sq"])
        largest = target(state["max_exp_avg_sq"]) if group["amsgrad"] else None
        root = np.asarray(math.sqrt(1 - beta2**step), p.dtype)
        rate = np.asarray(lr / (1 - beta1**step), p.dtype)
        eps = constant(group["eps"], p)
        kept, added = (1 - lr * decay, 0) if decoupled else (1, decay)
        shares = 1 - beta1, beta2, 1 - beta2
        numbers = *shares, root[()], rate[()], group["eps"], kept, added
        if largest is not None or not stepped("adam", (p, g, m, v), *numbers):
            for p_part, g_part, m_part, v_part, top in blocks(p, g, m, v, largest):
                if kept != 1:
                    p_part *= constant(kept, p)
                if added:
                    g_part = g_part + p_part * constant(added, p)
                decay_averages(m_part, v_part, g_part, beta1, beta2)
                if top is None:
                    denominator = np.sqrt(v_part)
                else:
                    np.maximum(top, v_part, out=top)
                    denominator = np.sqrt(top)
                denominator /= root
                denominator += eps
                np.divide(m_part, denominator, denominator)
                denominator *= rate
                np.subtract(p_part, denominator, p_part)
        state["exp_avg"]._bump_version("lerp_")
        state["exp_avg_sq"]._bump_version("addcmul_")
        if decay and decoupled:
            param._bump_version("mul_")
        param._bump_version("addcdiv_")


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameter directly.

    Parameters
    ----------
    params : iterable of Tensor, of dict, or of (name, Tensor)
        What to optimize.
    lr : float or Tensor, default: 1e-3
        Learning rate.
    betas : tuple of two floats, default: (0.9, 0.999)
        Decay of the two averages.
    eps : float, default: 1e-8
        Keeps the denominator from zero.
    weight_decay : float, default: 1e-2
        Share, times the learning rate, by which the parameter shrinks.
    amsgrad : bool, default: False
        Whether the largest squared average so far is used.
    maximize : bool, default: False
        Whether to climb instead of to descend.
    foreach, capturable, fused : bool, optional
        Accepted; they choose among equal implementations in PyTorch.
    differentiable : bool, default: False
        Whether a step is recorded, so that gradients flow through it.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
