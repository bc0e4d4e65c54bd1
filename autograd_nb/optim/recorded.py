"""The rules of the optimizers in operations on tensors, for ``differentiable=True``.

A step that is to be differentiated is recorded like any other calculation, so here it is one: the
operations, and with them the nodes, are those of PyTorch.  Every other step works on raw arrays,
in the modules of the optimizers, and leaves no graph.

A rule changes `p` and the tensors in `state` in place.  It is given the gradient `g`, the number
`step` of the step, counted from 1, and the options of the group.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

__all__ = [
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "asgd",
    "nadam",
    "radam",
    "record",
    "rmsprop",
    "rprop",
    "sgd",
]

Options = dict[str, Any]
State = dict[str, Any]


def record(rule: Callable[..., None], p: Any, g: Any, state: State, group: Options) -> None:
    """Take one step by one of the rules below.

    Parameters
    ----------
    rule : callable
        The rule.
    p, g : Tensor
        The parameter and its gradient.
    state : dict
        What the optimizer remembers of the parameter.
    group : dict
        The options.
    """
    if group["foreach"] and rule is not sgd:
        raise AssertionError("_foreach ops don't support autograd")
    if group["maximize"]:
        g = -g
    if isinstance(group["lr"], Tensor):
        group = {**group, "lr": T.squeeze(group["lr"])}
    if p.is_complex() and rule not in (sgd, adadelta):  # each part is a number of its own
        p, g = T.view_as_real(p), T.view_as_real(g)
        state = {
            name: T.view_as_real(value) if value.is_complex() else value
            for name, value in state.items()
        }
    step = 0.0
    if "step" in state:
        state["step"] += 1
        step = float(state["step"].item())
    rule(p, g, state, group, step)


def _decayed(p: Any, g: Any, group: Options) -> Any:
    """Return the gradient with the decay of the weights, or shrink these at once."""
    decay = group["weight_decay"]
    if decay == 0:
        return g
    if group.get("decoupled_weight_decay"):
        p.mul_(1 - group["lr"] * decay)
        return g
    if isinstance(decay, Tensor) and decay.requires_grad:
        return g.addcmul_(p.clone(), decay)
    return g.add(p, alpha=decay)


def _average_square(average: Any, g: Any, keep: Any) -> None:
    if isinstance(keep, Tensor) and keep.requires_grad:
        average.lerp_(g.square(), 1 - keep)  # the factor of addcmul_ must be a number
    else:
        average.mul_(keep).addcmul_(g, g, value=1 - keep)


def sgd(p: Any, g: Any, state: State, group: Options, step: float) -> None:
    """Follow :class:`SGD`."""
    lr, momentum = group["lr"], group["momentum"]
    g = _decayed(p, g, group)
    if momentum != 0:
        buffer = state.get("momentum_buffer")
        if buffer is None:
            buffer = state["momentum_buffer"] = g.detach().clone()
        else:
            buffer.mul_(momentum).add_(g, alpha=1 - group["dampening"])
        g = g.add(buffer, alpha=momentum) if group["nesterov"] else buffer
    if isinstance(lr, Tensor) and lr.requires_grad:
        p.addcmul_(g, lr, value=-1)
    else:
        p.add_(g, alpha=-lr)


def adam(p: Any, g: Any, state: State, group: Options, step: float) -> None:
    """Follow :class:`Adam` and :class:`AdamW`."""
    beta1, beta2 = group["betas"]
    m, v = state["exp_avg"], state["exp_avg_sq"]
    g = _decayed(p, g, group)
    m.lerp_(g, 1 - beta1)
    _average_square(v, g, beta2)
    # The tensor that counts changes with the next step; what is saved must not.
    count = state["step"].clone()
    size = -(group["lr"] / (1 - beta1**count))
    if group["amsgrad"]:
        largest = state["max_exp_avg_sq"]
        v = largest.copy_(largest.clone().maximum(v))
    root = (1 - beta2**count).sqrt()
    denominator = (v.sqrt() / (root * size)).add_(group["eps"] / size)
    p.addcdiv_(m.clone(), denominator)


def adagrad(p: Any, g: Any, state: State, group: Options, step: float) -> None:
    """Follow :class:`Adagrad`."""
    g = _decayed(p, g, group)
    rate = group["lr"] / (1 + (step - 1) * group["lr_decay"])
    state["sum"].addcmul_(g, g, value=1)
    p.addcdiv_(g, state["sum"].sqrt() + group["eps"], value=-rate)


def rmsprop(p: Any, g: Any, state: State, group: Options, step: float) -> None:
    """Follow :class:`RMSprop`."""
    lr, alpha = group["lr"], group["alpha"]
    g = _decayed(p, g, group)
    square = state["square_avg"]
    _average_square(square, g, alpha)
    if group["centered"]:
        mean = state["grad_avg"].lerp_(g, 1 - alpha)
        root = square.addcmul(mean, mean, value=-1).sqrt_()
    else:
        root = square.sqrt()
    root = root.add(group["eps"])
    if group["momentum"] > 0:
        p.add_(state["momentum_buffer"].mul_(group["momentum"]).addcdiv_(g, root), alpha=-lr)
    else:
        p.addcdiv_(g, root, value=-lr)


def adadelta(p: Any, g: Any, state: State, group: Options, step: float) -> None:
    """Follow :class:`Adadelta`."""
    g = _decayed(p, g, group)
    square, moved = state["square_avg"], state["acc_delta"]
    if p.is_complex():
        g, square, moved = map(T.view_as_real, (g, square, moved))
    _average_square(square, g, group["rho"])
    root = square.add(group["eps"]).sqrt_()
    delta = moved.add(group["eps"]).sqrt_().clone().div_(root).mul_(g)
    _average_square(moved, delta, group["rho"])
    p.add_(T.view_as_complex(delta) if p.is_complex() else delta, alpha=-group["lr"])


def adamax(p: Any, g: Any, state: State, group: Options, step: float) -> None:
    """Follow :class:`Adamax`."""
    beta1, beta2 = group["betas"]
    m, largest = state["exp_avg"], state["exp_inf"]
    g = _decayed(p, g, group)
    m.lerp_(g, 1 - beta1)
    both = largest.mul_(beta2).unsqueeze(0), g.abs().add_(group["eps"]).unsqueeze_(0)
    largest.copy_(T.cat(both, 0).amax(0))
    p.addcdiv_(m, largest, value=-(group["lr"] / (1 - beta1**step)))


def nadam(p: Any, g: Any, state: State, group: Options, step: float) -> None:
    """Follow :class:`NAdam`."""
    (beta1, beta2), lr, decay = group["betas"], group["lr"], group["momentum_decay"]
    m, v, product = state["exp_avg"], state["exp_avg_sq"], state["mu_product"]
    g = _decayed(p, g, group)
    mu, after = (beta1 * (1.0 - 0.5 * 0.96 ** (n * decay)) for n in (step, step + 1))
    product *= mu
    m.lerp_(g, 1 - beta1)
    _average_square(v, g, beta2)
    root = v.div(1 - beta2**step).sqrt().add(group["eps"])
    ahead = product * after
    p.addcdiv_(g * (-lr * (1.0 - mu) / (1.0 - product)), root)
    p.addcdiv_(m * (-lr * after / (1.0 - ahead)), root)


def radam(p: Any, g: Any, state: State, group: Options, step: float) -> None:
    """Follow :class:`RAdam`."""
    beta1, beta2 = group["betas"]
    m, v = state["exp_avg"], state["exp_avg_sq"]
    g = _decayed(p, g, group)
    m.lerp_(g, 1 - beta1)
    _average_square(v, g, beta2)
    correction = 1 - beta2**step
    change = m / (1 - beta1**step) * group["lr"]
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * step * beta2**step / correction
    if length > 5.0:
        share = (length - 4) * (length - 2) * longest
        share /= (longest - 4) * (longest - 2) * length
        change = change * (correction**0.5 / v.sqrt().add(group["eps"])) * share**0.5
    p.add_(change, alpha=-1.0)


def asgd(p: Any, g: Any, state: State, group: Options, step: float) -> None:
    """Follow :class:`ASGD`."""
    lr, lambd, mean = group["lr"], group["lambd"], state["ax"]
    rate, share = state["eta"].item(), state["mu"]
    g = _decayed(p, g, group)
    p.mul_(1 - lambd * rate)
    p.add_(g, alpha=-rate)
    if share.item() != 1:
        mean.add_(p.sub(mean).mul_(share))
    else:
        mean.copy_(p)
    state["eta"].fill_(lr / (1 + lambd * lr * step) ** group["alpha"])
    share.fill_(1 / max(1, step - group["t0"]))


def rprop(p: Any, g: Any, state: State, group: Options, step: float) -> None:
    """Follow :class:`Rprop`."""
    shrink, grow = group["etas"]
    previous, size = state["prev"], state["step_size"]
    factor = g.mul(previous.clone()).sign()
    turned, kept = factor.lt(0), factor.gt(0)
    factor[kept] = grow
    factor[turned] = shrink
    factor[factor.eq(0)] = 1
    size.mul_(factor).clamp_(*group["step_sizes"])
    g = g.clone()
    g[turned] = 0  # after a change of sign the number rests for one step
    p.addcmul_(g.sign(), size, value=-1)
    previous.copy_(g)
