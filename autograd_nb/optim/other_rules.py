"""ASGD and Rprop."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nb.core.tensor import Tensor, wrap
from autograd_nb.optim import recorded
from autograd_nb.optim.arrays import constant, gradient, number, target, zeros_like
from autograd_nb.optim.optimizer import (
    GroupOptimizer,
    check_not_negative,
    count_step,
    new_step,
)

__all__ = ["ASGD", "Rprop"]


class ASGD(GroupOptimizer):
    """Stochastic gradient descent that also keeps an average of the parameters.

    Parameters
    ----------
    params : iterable of Tensor, of dict, or of (name, Tensor)
        What to optimize.
    lr : float or Tensor, default: 1e-2
        Learning rate.
    lambd : float, default: 1e-4
        Decay of the parameter.
    alpha : float, default: 0.75
        Power by which the rate falls.
    t0 : float, default: 1e6
        Step at which averaging starts.
    weight_decay : float, default: 0
        Factor of the parameter that is added to its gradient.
    foreach, capturable : bool, optional
        Accepted; they choose among equal implementations in PyTorch.
    maximize : bool, default: False
        Whether to climb instead of to descend.
    differentiable : bool, default: False
        Whether a step is recorded, so that gradients flow through it.
    """

    _rule = staticmethod(recorded.asgd)

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_not_negative(lr=lr, weight_decay=weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "lambd": lambd,
                "alpha": alpha,
                "t0": t0,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def _start(self, param: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        lr = number(group["lr"])
        state["step"] = new_step()
        counter = state["step"]._nd()
        state["eta"] = wrap(np.full_like(counter, lr))
        state["mu"] = wrap(np.ones_like(counter))
        state["ax"] = zeros_like(param)

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        lr = number(group["lr"])
        step = count_step(state)
        p, g = target(param), gradient(grad, group["maximize"])
        eta, mu, ax = state["eta"]._nd(), state["mu"]._nd(), target(state["ax"])
        if group["weight_decay"]:
            g = g + p * constant(group["weight_decay"], p)
        rate = float(eta)
        p *= np.asarray(1 - group["lambd"] * rate, p.dtype)
        p -= g * np.asarray(rate, p.dtype)
        if float(mu) != 1:
            ax += (p - ax) * np.asarray(mu, p.dtype)
        else:
            ax[...] = p
        eta[...] = lr / (1 + group["lambd"] * lr * step) ** group["alpha"]
        mu[...] = 1 / max(1, step - group["t0"])
        param._bump_version("mul_")
        param._bump_version("add_")


class Rprop(GroupOptimizer):
    """Steps of a size of their own per number, using only the sign of the gradient.

    Parameters
    ----------
    params : iterable of Tensor, of dict, or of (name, Tensor)
        What to optimize.
    lr : float or Tensor, default: 1e-2
        First step size.
    etas : tuple of two floats, default: (0.5, 1.2)
        Factors of the step size after a change of sign, and without one.
    step_sizes : tuple of two floats, default: (1e-6, 50)
        Smallest and largest step size.
    capturable, foreach : bool, optional
        Accepted; they choose among equal implementations in PyTorch.
    maximize : bool, default: False
        Whether to climb instead of to descend.
    differentiable : bool, default: False
        Whether a step is recorded, so that gradients flow through it.
    """

    _rule = staticmethod(recorded.rprop)

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(lr=lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(
            params,
            {
                "lr": lr,
                "etas": etas,
                "step_sizes": step_sizes,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def _start(self, param: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        lr = number(group["lr"])
        array = param._nd()
        state["step"] = new_step()
        state["prev"] = zeros_like(param)
        first = complex(lr, lr) if array.dtype.kind == "c" else lr
        state["step_size"] = wrap(np.full_like(array, first))

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        count_step(state)
        shrink, grow = group["etas"]
        p, g = target(param), gradient(grad, group["maximize"])
        previous, size = target(state["prev"]), target(state["step_size"])
        agreement = g * previous
        factor = np.ones_like(p)
        factor[agreement > 0] = grow
        factor[agreement < 0] = shrink
        size *= factor
        np.clip(size, *group["step_sizes"], out=size)
        # After a change of sign the number rests for one step.
        g = np.where(agreement < 0, np.zeros((), p.dtype), g)
        p -= np.sign(g) * size
        previous[...] = g
        param._bump_version("addcmul_")
