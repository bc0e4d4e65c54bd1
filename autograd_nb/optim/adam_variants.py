"""NAdam, RAdam and Adamax."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nb.core.tensor import Tensor, wrap
from autograd_nb.optim import recorded
from autograd_nb.optim.adam import decay_averages
from autograd_nb.optim.arrays import blocks, constant, gradient, number, target, zeros_like
from autograd_nb.optim.optimizer import (
    GroupOptimizer,
    check_betas,
    check_not_negative,
    count_step,
    new_step,
)

__all__ = ["Adamax", "NAdam", "RAdam"]


def _start(param: Tensor, state: dict[str, Any], **extra: Tensor) -> None:
    state["step"] = new_step()
    state.update(extra)
    state["exp_avg"] = zeros_like(param)
    state["exp_avg_sq"] = zeros_like(param)


class NAdam(GroupOptimizer):
    """Adam with Nesterov momentum.

    Parameters
    ----------
    params : iterable of Tensor, of dict, or of (name, Tensor)
        What to optimize.
    lr : float or Tensor, default: 2e-3
        Learning rate.
    betas : tuple of two floats, default: (0.9, 0.999)
        Decay of the two averages.
    eps : float, default: 1e-8
        Keeps the denominator from zero.
    weight_decay : float, default: 0
        Factor of the parameter that is added to its gradient.
    momentum_decay : float, default: 4e-3
        How fast the momentum grows to its final value.
    decoupled_weight_decay : bool, default: False
        Whether the decay shrinks the parameter directly.
    foreach, capturable : bool, optional
        Accepted; they choose among equal implementations in PyTorch.
    maximize : bool, default: False
        Whether to climb instead of to descend.
    differentiable : bool, default: False
        Whether a step is recorded, so that gradients flow through it.
    """

    _rule = staticmethod(recorded.nadam)

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(lr=lr, eps=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay, momentum_decay=momentum_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum_decay": momentum_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "differentiable": differentiable,
            },
        )

    def _start(self, param: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        _start(param, state, mu_product=wrap(np.ones_like(new_step()._nd())))

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        step = count_step(state)
        beta1, beta2 = group["betas"]
        lr, decay = number(group["lr"]), group["weight_decay"]
        mu = beta1 * (1.0 - 0.5 * 0.96 ** (step * group["momentum_decay"]))
        mu_next = beta1 * (1.0 - 0.5 * 0.96 ** ((step + 1) * group["momentum_decay"]))
        # The product lives in a tensor of the default type and is rounded to it at every step.
        product = state["mu_product"]._nd()
        product *= mu
        p, g = target(param), gradient(grad, group["maximize"])
        m, v = target(state["exp_avg"]), target(state["exp_avg_sq"])
        by_grad = np.asarray(lr * (1.0 - mu) / (1.0 - float(product)), p.dtype)
        by_average = np.asarray(lr * mu_next / (1.0 - float(product) * mu_next), p.dtype)
        correction = np.asarray(1 - beta2**step, p.dtype)
        for p_part, g_part, m_part, v_part in blocks(p, g, m, v):
            if decay:
                if group["decoupled_weight_decay"]:
                    p_part *= constant(1 - lr * decay, p)
                else:
                    g_part = g_part + p_part * constant(decay, p)
            decay_averages(m_part, v_part, g_part, beta1, beta2)
            denominator = np.sqrt(v_part / correction)
            denominator += constant(group["eps"], p)
            p_part -= by_grad * g_part / denominator
            p_part -= by_average * m_part / denominator
        if decay and group["decoupled_weight_decay"]:
            param._bump_version("mul_")
        param._bump_version("addcdiv_")
        param._bump_version("addcdiv_")


class RAdam(GroupOptimizer):
    """Adam that waits until the second average can be trusted.

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
    decoupled_weight_decay : bool, default: False
        Whether the decay shrinks the parameter directly.
    foreach, capturable : bool, optional
        Accepted; they choose among equal implementations in PyTorch.
    maximize : bool, default: False
        Whether to climb instead of to descend.
    differentiable : bool, default: False
        Whether a step is recorded, so that gradients flow through it.
    """

    _rule = staticmethod(recorded.radam)

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(lr=lr, eps=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "decoupled_weight_decay": decoupled_weight_decay,
                "differentiable": differentiable,
            },
        )

    def _start(self, param: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        _start(param, state)

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        step = count_step(state)
        beta1, beta2 = group["betas"]
        lr, decay = number(group["lr"]), group["weight_decay"]
        correction1, correction2 = 1 - beta1**step, 1 - beta2**step
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * step * beta2**step / correction2
        rectified = length > 5.0
        rate = lr / correction1
        if rectified:
            rate *= (
                (length - 4)
                * (length - 2)
                * longest
                / ((longest - 4) * (longest - 2) * length)
                * correction2
            ) ** 0.5
        p, g = target(param), gradient(grad, group["maximize"])
        m, v = target(state["exp_avg"]), target(state["exp_avg_sq"])
        scale = np.asarray(rate, p.dtype)
        for p_part, g_part, m_part, v_part in blocks(p, g, m, v):
            if decay:
                if group["decoupled_weight_decay"]:
                    p_part *= constant(1 - lr * decay, p)
                else:
                    g_part = g_part + p_part * constant(decay, p)
            decay_averages(m_part, v_part, g_part, beta1, beta2)
            change = m_part * scale
            if rectified:
                change /= np.sqrt(v_part) + constant(group["eps"], p)
            np.subtract(p_part, change, p_part)
        if decay and group["decoupled_weight_decay"]:
            param._bump_version("mul_")
        param._bump_version("add_")


class Adamax(GroupOptimizer):
    """Adam with the largest recent gradient in place of the mean square.

    Parameters
    ----------
    params : iterable of Tensor, of dict, or of (name, Tensor)
        What to optimize.
    lr : float or Tensor, default: 2e-3
        Learning rate.
    betas : tuple of two floats, default: (0.9, 0.999)
        Decay of the average and of the maximum.
    eps : float, default: 1e-8
        Keeps the denominator from zero.
    weight_decay : float, default: 0
        Factor of the parameter that is added to its gradient.
    foreach, capturable : bool, optional
        Accepted; they choose among equal implementations in PyTorch.
    maximize : bool, default: False
        Whether to climb instead of to descend.
    differentiable : bool, default: False
        Whether a step is recorded, so that gradients flow through it.
    """

    _rule = staticmethod(recorded.adamax)

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_not_negative(lr=lr, eps=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def _start(self, param: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["step"] = new_step()
        state["exp_avg"] = zeros_like(param)
        state["exp_inf"] = zeros_like(param)

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        step = count_step(state)
        beta1, beta2 = group["betas"]
        decay = group["weight_decay"]
        p, g = target(param), gradient(grad, group["maximize"])
        m, largest = target(state["exp_avg"]), target(state["exp_inf"])
        scale = np.asarray(number(group["lr"]) / (1 - beta1**step), p.dtype)
        for p_part, g_part, m_part, top in blocks(p, g, m, largest):
            if decay:
                g_part = g_part + p_part * constant(decay, p)
            m_part += (g_part - m_part) * constant(1 - beta1, p)
            top *= constant(beta2, p)
            np.maximum(top, np.abs(g_part) + constant(group["eps"], p), out=top)
            np.subtract(p_part, m_part / top * scale, p_part)
        param._bump_version("addcdiv_")
