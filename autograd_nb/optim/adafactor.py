"""Adafactor: second moments of matrices by rows and columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nb.core import dtypes
from autograd_nb.core.modes import no_grad
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T
from autograd_nb.optim.arrays import number
from autograd_nb.optim.optimizer import GroupOptimizer

__all__ = ["Adafactor"]


class Adafactor(GroupOptimizer):
    r"""Adaptive steps whose memory is a row and a column for each matrix.

    Parameters
    ----------
    params : iterable of Tensor, of dict, or of (name, Tensor)
        What to optimize.
    lr : float or Tensor, default: 1e-2
        The largest relative step, and the rate of the weight decay.
    beta2_decay : float, default: -0.8
        Power of the step's number that a new square counts with.
    eps : tuple of (float or None, float), default: (None, 1e-3)
        Keep the second moment and the size of the parameter from zero.
    d : float, default: 1.0
        How large the update's root mean square may be.
    weight_decay : float, default: 0.0
        Share of the parameter that is taken away at each step, times `lr`.
    foreach : bool, optional
        Accepted; it chooses among equal implementations in PyTorch.
    maximize : bool, default: False
        Whether to climb instead of to descend.

    Notes
    -----
    .. math:: V_t = \frac{R_t C_t}{\mathrm{mean}(R_t)}, \quad p_t = p_{t-1} - \alpha_t
              \frac{U_t}{\max(1, \mathrm{rms}(U_t) / d)}, \quad U_t = g_t / \sqrt{V_t}
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not lr >= 0.0:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and not eps[0] >= 0.0:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if not eps[1] >= 0.0:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        defaults = {"lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d}
        rest = {"weight_decay": weight_decay, "foreach": foreach, "maximize": maximize}
        super().__init__(params, {**defaults, **rest})

    def _update_group(self, group: dict[str, Any]) -> None:
        for param in group["params"]:
            if param.grad is not None:
                if param.is_complex():
                    raise RuntimeError("Adafactor does not support complex parameters")
                with no_grad():
                    self._update(param, param.grad, self.state[param], group)

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state["step"] = T.tensor(0.0, dtype=dtypes.float32)
            if grad.ndim > 1:
                *lead, rows, columns = grad.shape
                state["row_var"] = grad.new_zeros((*lead, rows, 1))
                state["col_var"] = grad.new_zeros((*lead, 1, columns))
            else:
                state["variance"] = T.zeros_like(grad)
        state["step"] += 1
        step, lr = state["step"].item(), number(group["lr"])
        weight, low = step ** group["beta2_decay"], group["eps"][0]
        low = float(np.finfo(param._nd().dtype).eps) if low is None else low
        grad = -grad if group["maximize"] else grad
        size = max(group["eps"][1], param.norm(2).item() / param.numel() ** 0.5)
        alpha = size * min(lr, 1 / step**0.5)
        if group["weight_decay"]:
            param.mul_(1 - lr * group["weight_decay"])
        if grad.ndim > 1:
            for name, dim in (("row_var", -1), ("col_var", -2)):
                mean = grad.norm(dim=dim, keepdim=True).square_().div_(grad.size(dim))
                state[name].lerp_(mean, weight)
            moment = state["row_var"] @ state["col_var"]
            moment.div_(state["row_var"].mean(dim=-2, keepdim=True).clamp_(min=low))
        else:
            state["variance"].lerp_(grad * grad, weight)
            moment = state["variance"].clone()
        update = moment.clamp_(min=low * low).rsqrt_().mul_(grad)
        clip = max(1.0, update.norm(2).item() / (update.numel() ** 0.5 * group["d"]))
        param.add_(update, alpha=-alpha / clip)
