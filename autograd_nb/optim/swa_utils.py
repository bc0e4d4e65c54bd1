"""Averages of models over training: weights, batch norms, learning rates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

from autograd_nb.core import dtypes
from autograd_nb.core.modes import no_grad
from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.module import Module
from autograd_nb.nn.norm import _BatchNorm
from autograd_nb.ops.namespaces import T
from autograd_nb.optim.lr_scheduler.base import LRScheduler, per_group

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


def _check_decay(decay: float) -> None:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(
            f"Invalid decay value {decay} provided. Please provide a value in [0,1] range."
        )


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Tensor, Tensor, Any], Tensor]:
    """Return a function that moves an average a little towards a new value.

    Parameters
    ----------
    decay : float, default: 0.999
        How much of the average stays.
    """
    _check_decay(decay)

    def ema_update(ema_param: Any, current_param: Any, num_averaged: Any) -> Any:
        with no_grad():
            return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> Callable[[Tensor, Tensor, Any], Tensor]:
    """Return a function that takes one more value into a mean."""

    def swa_update(averaged_param: Any, current_param: Any, num_averaged: Any) -> Any:
        with no_grad():
            return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def _of_lists(weight: Callable[[Any], float]) -> Callable[[Any, Any, Any], None]:
    """Return a function that moves averages in place by a share of the way to new values."""

    def update(averaged: Any, current: Any, num_averaged: Any) -> None:
        share = weight(num_averaged)
        with no_grad():
            for mean, value in zip(averaged, current, strict=True):
                if mean.is_floating_point() or mean.is_complex():
                    mean.lerp_(value, share)
                else:
                    mean.copy_(mean * (1 - share) + value * share)

    return update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], None]:
    """Return a function that moves averages a little towards new values, in place.

    Parameters
    ----------
    decay : float, default: 0.999
        How much of the averages stays.
    """
    _check_decay(decay)
    return _of_lists(lambda _: 1 - decay)


def get_swa_multi_avg_fn() -> Callable[[Any, Any, Any], None]:
    """Return a function that takes one more value into means, in place."""
    return _of_lists(lambda count: 1 / (int(count) + 1))


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's.

    Parameters
    ----------
    model : Module
        Which.
    device : device, optional
        The CPU.
    avg_fn : callable, optional
        Gives a new average of the old one, the model's value and the number of values so far;
        the mean of all if neither function is given.
    multi_avg_fn : callable, optional
        The same for lists, in place.
    use_buffers : bool, default: False
        Average buffers, too; else they are copied.
    """

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Any = None,
        multi_avg_fn: Any = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", T.tensor(0, dtype=dtypes.int64, device=device))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the averaged model."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the present values of a model into the averages.

        Parameters
        ----------
        model : Module
            The one that is trained.
        """
        kept = self.module.buffers() if self.use_buffers else ()
        fresh = model.buffers() if self.use_buffers else ()
        averages = [each.detach() for each in chain(self.module.parameters(), kept)]
        values = [each.detach() for each in chain(model.parameters(), fresh)]
        if int(self.n_averaged) == 0:
            for mean, value in zip(averages, values, strict=False):
                mean.copy_(value)
        elif self.avg_fn is not None:
            for mean, value in zip(averages, values, strict=True):
                mean.copy_(self.avg_fn(mean, value, self.n_averaged))
        else:
            update = self.multi_avg_fn or get_swa_multi_avg_fn()
            update(averages, values, self.n_averaged)
        if not self.use_buffers:
            for mine, theirs in zip(self.module.buffers(), model.buffers(), strict=True):
                mine.detach().copy_(theirs.detach())
        self.n_averaged += 1


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the batch norms' statistics anew from all batches.

    Parameters
    ----------
    loader : iterable
        Gives batches, or lists whose first part is the batch.
    model : Module
        Whose batch norms.
    device : device, optional
        The CPU.
    """
    norms = {m: m.momentum for m in model.modules() if isinstance(m, _BatchNorm)}
    if not norms:
        return
    was_training = model.training
    model.train()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    with no_grad():
        for batch in loader:
            values = batch[0] if isinstance(batch, (list, tuple)) else batch
            model(values if device is None else values.to(device))
    for norm, momentum in norms.items():
        norm.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """Learning rates that go to fixed ones, and stay there.

    Parameters
    ----------
    optimizer : Optimizer
        Whose.
    swa_lr : float or list of float
        The fixed rates.
    anneal_epochs : int, default: 10
        After how many steps.
    anneal_strategy : {"cos", "linear"}, default: "cos"
        How.
    last_epoch : int, default: -1
        Index of the last step so far.
    """

    def __init__(
        self,
        optimizer: Any,
        swa_lr: Any,
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        rates = per_group("swa_lr", optimizer, swa_lr)
        for rate, group in zip(rates, optimizer.param_groups, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self._anneal_strategy, self.anneal_epochs = anneal_strategy, anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        """Return how far towards the fixed rates a step is."""
        t = max(0, min(1, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self) -> list[float]:
        """Return the rates of the next step, from those of the present one."""
        self._warn_if_asked_outside()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        rates = []
        for group in self.optimizer.param_groups:
            last = group["swa_lr"]
            first = last if before == 1 else (group["lr"] - before * last) / (1 - before)
            rates.append(last * now + first * (1 - now))
        return rates
