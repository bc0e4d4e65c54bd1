"""Adagrad, RMSprop and Adadelta: steps scaled by the size of past gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nb.core.tensor import Tensor, wrap
from autograd_nb.optim import recorded
from autograd_nb.optim.arrays import Array, blocks, constant, gradient, number, target, zeros_like
from autograd_nb.optim.optimizer import (
    GroupOptimizer,
    check_fused,
    check_not_negative,
    count_step,
    new_step,
)

__all__ = ["Adadelta", "Adagrad", "RMSprop"]


def _decayed(p: Array, g: Array, decay: float) -> Array:
    return g + p * constant(decay, p) if decay else g


def _average_square(average: Array, g: Array, rate: float) -> None:
    """Move `average` towards the square of `g`, keeping the share `rate`, in place."""
    average *= constant(rate, g)
    step = np.multiply(g, constant(1 - rate, g))
    step *= g
    average += step


class Adagrad(GroupOptimizer):
    """Steps divided by the root of the sum of all squared gradients.

    Parameters
    ----------
    params : iterable of Tensor, of dict, or of (name, Tensor)
        What to optimize.
    lr : float or Tensor, default: 1e-2
        Learning rate.
    lr_decay : float, default: 0
        Decay of the learning rate per step.
    weight_decay : float, default: 0
        Factor of the parameter that is added to its gradient.
    initial_accumulator_value : float, default: 0
        First value of the sum.
    eps : float, default: 1e-10
        Keeps the denominator from zero.
    foreach, fused : bool, optional
        Accepted; they choose among equal implementations in PyTorch.
    maximize : bool, default: False
        Whether to climb instead of to descend.
    differentiable : bool, default: False
        Whether a step is recorded, so that gradients flow through it.
    """

    _rule = staticmethod(recorded.adagrad)

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_not_negative(
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
        )
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "eps": eps,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "fused": fused,
            },
        )
        check_fused(fused, foreach, differentiable)
        # Unlike the others, the state exists before the first step.
        for group in self.param_groups:
            for param in group["params"]:
                first = group["initial_accumulator_value"]
                array = param._nd()
                if array.dtype.kind == "c":
                    first = complex(first, first)
                self.state[param] = {
                    "step": new_step(),
                    "sum": wrap(np.full_like(array, first)),
                }

    def share_memory(self) -> None:
        """Do nothing: one process is all there is to share with."""

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        step = count_step(state)
        p, g = target(param), gradient(grad, group["maximize"])
        rate = number(group["lr"]) / (1 + (step - 1) * group["lr_decay"])
        scale, eps = np.asarray(rate, p.dtype), constant(group["eps"], p)
        for p_part, g_part, total in blocks(p, g, target(state["sum"])):
            d = _decayed(p_part, g_part, group["weight_decay"])
            total += d * d
            denominator = np.sqrt(total)
            denominator += eps
            np.divide(d, denominator, denominator)
            denominator *= scale
            np.subtract(p_part, denominator, p_part)
        state["sum"]._bump_version("addcmul_")
        param._bump_version("addcdiv_")


class RMSprop(GroupOptimizer):
    """Steps divided by the root of an average of squared gradients.

    Parameters
    ----------
    params : iterable of Tensor, of dict, or of (name, Tensor)
        What to optimize.
    lr : float or Tensor, default: 1e-2
        Learning rate.
    alpha : float, default: 0.99
        Decay of the average.
    eps : float, default: 1e-8
        Keeps the denominator from zero.
    weight_decay : float, default: 0
        Factor of the parameter that is added to its gradient.
    momentum : float, default: 0
        Share of the last direction that is kept.
    centered : bool, default: False
        Whether the variance is used instead of the mean square.
    capturable, foreach : bool, optional
        Accepted; they choose among equal implementations in PyTorch.
    maximize : bool, default: False
        Whether to climb instead of to descend.
    differentiable : bool, default: False
        Whether a step is recorded, so that gradients flow through it.
    """

    _rule = staticmethod(recorded.rmsprop)

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(
            lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha
        )
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "alpha": alpha,
                "eps": eps,
                "centered": centered,
                "weight_decay": weight_decay,
                "capturable": capturable,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
            },
        )

    def _start(self, param: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["step"] = new_step()
        state["square_avg"] = zeros_like(param)
        if group["momentum"] > 0:
            state["momentum_buffer"] = zeros_like(param)
        if group["centered"]:
            state["grad_avg"] = zeros_like(param)

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        count_step(state)
        alpha, momentum = group["alpha"], group["momentum"]
        p, g = target(param), gradient(grad, group["maximize"])
        square = target(state["square_avg"])
        mean = target(state["grad_avg"]) if group["centered"] else None
        buffer = target(state["momentum_buffer"]) if momentum > 0 else None
        lr, eps = constant(number(group["lr"]), p), constant(group["eps"], p)
        for p_part, g_part, s, a, b in blocks(p, g, square, mean, buffer):
            d = _decayed(p_part, g_part, group["weight_decay"])
            _average_square(s, d, alpha)
            if a is None:
                denominator = np.sqrt(s)
            else:
                a += (d - a) * constant(1 - alpha, p)
                denominator = np.sqrt(s - a * a)
            denominator += eps
            np.divide(d, denominator, denominator)
            if b is not None:
                b *= constant(momentum, p)
                b += denominator
                denominator = b
            np.subtract(p_part, denominator * lr, p_part)
        for name in state.keys() - {"step"}:
            state[name]._bump_version("addcmul_")
        param._bump_version("addcdiv_")


class Adadelta(GroupOptimizer):
    """Steps whose size follows from averages of past gradients and past steps.

    Parameters
    ----------
    params : iterable of Tensor, of dict, or of (name, Tensor)
        What to optimize.
    lr : float or Tensor, default: 1.0
        Factor of the step.
    rho : float, default: 0.9
        Decay of the averages.
    eps : float, default: 1e-6
        Keeps the roots from zero.
    weight_decay : float, default: 0
        Factor of the parameter that is added to its gradient.
    foreach, capturable : bool, optional
        Accepted; they choose among equal implementations in PyTorch.
    maximize : bool, default: False
        Whether to climb instead of to descend.
    differentiable : bool, default: False
        Whether a step is recorded, so that gradients flow through it.
    """

    _rule = staticmethod(recorded.adadelta)

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(lr=lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_not_negative(eps=eps, weight_decay=weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "rho": rho,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
                "capturable": capturable,
                "foreach": foreach,
                "differentiable": differentiable,
            },
        )

    def _start(self, param: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["step"] = new_step()
        state["square_avg"] = zeros_like(param)
        state["acc_delta"] = zeros_like(param)

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        count_step(state)
        rho = group["rho"]
        p, g = target(param), gradient(grad, group["maximize"])
        square, acc = target(state["square_avg"]), target(state["acc_delta"])
        lr, eps = constant(number(group["lr"]), p), constant(group["eps"], p)
        for p_part, g_part, s, a in blocks(p, g, square, acc):
            d = _decayed(p_part, g_part, group["weight_decay"])
            _average_square(s, d, rho)
            root = np.sqrt(s + eps)
            delta = np.sqrt(a + eps)
            delta /= root
            delta *= d
            _average_square(a, delta, rho)
            np.subtract(p_part, delta * lr, p_part)
        state["square_avg"]._bump_version("addcmul_")
        state["acc_delta"]._bump_version("addcmul_")
        param._bump_version("add_")
