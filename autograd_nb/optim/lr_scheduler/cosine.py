"""Cosine schedules."""

from __future__ import annotations

import math
from typing import Any

from autograd_nb.optim.lr_scheduler.base import LRScheduler
from autograd_nb.optim.optimizer import Optimizer

__all__ = ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"]


class CosineAnnealingLR(LRScheduler):
    """Fall and rise along a cosine.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer whose groups are changed.
    T_max : int
        Epochs of half a wave.
    eta_min : float, default: 0.0
        Smallest learning rate.
    last_epoch : int, default: -1
        Epoch to resume from.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_max: int,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the next learning rates."""
        self._warn_if_asked_outside()
        if self._is_initial:
            return self._present_lr()
        epoch, low = self.last_epoch, self.eta_min
        if self._step_count == 1 and epoch > 0:
            return [
                low + (base - low) * (1 + math.cos(epoch * math.pi / self.T_max)) / 2
                for base in self.base_lrs
            ]
        if (epoch - 1 - self.T_max) % (2 * self.T_max) == 0:
            # The step before stood at the bottom, where the ratio below is 0 / 0.
            rise = 1 - math.cos(math.pi / self.T_max)
            return [
                lr + (base - low) * rise / 2
                for lr, base in zip(self._present_lr(), self.base_lrs, strict=True)
            ]
        height = 1 + math.cos(math.pi * epoch / self.T_max)
        height_before = 1 + math.cos(math.pi * (epoch - 1) / self.T_max)
        return [height / height_before * (lr - low) + low for lr in self._present_lr()]

    def _get_closed_form_lr(self) -> list[Any]:
        low = self.eta_min
        height = 1 + math.cos(math.pi * self.last_epoch / self.T_max)
        return [low + (base - low) * height / 2 for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Fall along a cosine, jump back to the start, and so on.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer whose groups are changed.
    T_0 : int
        Epochs until the first restart.
    T_mult : int, default: 1
        Factor of that number after each restart.
    eta_min : float, default: 0.0
        Smallest learning rate.
    last_epoch : int, default: -1
        Epoch to resume from.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, float | int):
            raise ValueError(
                f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}"
            )
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the next learning rates."""
        self._warn_if_asked_outside()
        low = self.eta_min
        height = 1 + math.cos(math.pi * self.T_cur / self.T_i)
        return [low + (base - low) * height / 2 for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go to the next epoch, or to `epoch`, and set its learning rates.

        Parameters
        ----------
        epoch : float, optional
            Where to go; a fraction lies between two epochs.
        """
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        elif epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            restarts = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            begun = self.T_0 * (self.T_mult**restarts - 1) / (self.T_mult - 1)
            self.T_cur = epoch - begun
            self.T_i = self.T_0 * self.T_mult**restarts
        self.last_epoch = math.floor(epoch)
        self._set_lr(self._next_lr())
