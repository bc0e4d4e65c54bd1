"""Schedules by factor, by step, and by straight line."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from typing import Any

from autograd_nb.optim.lr_scheduler.base import FunctionScheduler, LRScheduler
from autograd_nb.optim.optimizer import Optimizer

__all__ = [
    "ConstantLR",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "PolynomialLR",
    "StepLR",
]


class LambdaLR(FunctionScheduler):  # noqa: D101 - made from its base
    __doc__ = (FunctionScheduler.__doc__ or "").replace(
        "A schedule given by one function per group.",
        "The first learning rate times a function of the epoch.",
    )

    def get_lr(self) -> list[Any]:
        """Return the next learning rates."""
        self._warn_if_asked_outside()
        return [
            base * function(self.last_epoch)
            for base, function in zip(self.base_lrs, self.lr_lambdas, strict=True)
        ]


class MultiplicativeLR(FunctionScheduler):  # noqa: D101 - made from its base
    __doc__ = (FunctionScheduler.__doc__ or "").replace(
        "A schedule given by one function per group.",
        "The present learning rate times a function of the epoch.",
    )

    def _check_function(self, function: Any) -> None:
        if not callable(function):
            raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")

    def get_lr(self) -> list[Any]:
        """Return the next learning rates."""
        self._warn_if_asked_outside()
        if self._is_initial:
            return self._present_lr()
        return [
            lr * function(self.last_epoch)
            for lr, function in zip(self._present_lr(), self.lr_lambdas, strict=True)
        ]


class StepLR(LRScheduler):
    """Multiply by `gamma` every `step_size` epochs.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer whose groups are changed.
    step_size : int
        Epochs between two changes.
    gamma : float, default: 0.1
        The factor.
    last_epoch : int, default: -1
        Epoch to resume from.
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the next learning rates."""
        self._warn_if_asked_outside()
        changes = self.last_epoch != 0 and self.last_epoch % self.step_size == 0
        return self._scaled_lr(self.gamma) if changes else self._present_lr()

    def _get_closed_form_lr(self) -> list[Any]:
        factor = self.gamma ** (self.last_epoch // self.step_size)
        return [base * factor for base in self.base_lrs]


class MultiStepLR(LRScheduler):
    """Multiply by `gamma` at each of the given epochs.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer whose groups are changed.
    milestones : iterable of int
        The epochs, increasing.
    gamma : float, default: 0.1
        The factor.
    last_epoch : int, default: -1
        Epoch to resume from.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the next learning rates."""
        self._warn_if_asked_outside()
        times = self.milestones.get(self.last_epoch, 0)
        return self._scaled_lr(self.gamma**times) if times else self._present_lr()

    def _get_closed_form_lr(self) -> list[Any]:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [base * self.gamma**passed for base in self.base_lrs]


class ConstantLR(LRScheduler):
    """A smaller learning rate for the first epochs.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer whose groups are changed.
    factor : float, default: 1/3
        The factor of the first epochs.
    total_iters : int, default: 5
        Number of these epochs.
    last_epoch : int, default: -1
        Epoch to resume from.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1.0 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 <= factor <= 1.0:
            raise ValueError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the next learning rates."""
        self._warn_if_asked_outside()
        if self.last_epoch == 0:
            return self._scaled_lr(self.factor)
        if self.last_epoch == self.total_iters:
            return self._scaled_lr(1.0 / self.factor)
        return self._present_lr()

    def _get_closed_form_lr(self) -> list[Any]:
        ended = self.last_epoch >= self.total_iters
        return [base * (self.factor + ended * (1 - self.factor)) for base in self.base_lrs]


class LinearLR(LRScheduler):
    """Change the factor along a straight line over the first epochs.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer whose groups are changed.
    start_factor : float, default: 1/3
        Factor of the first epoch.
    end_factor : float, default: 1.0
        Factor at the end.
    total_iters : int, default: 5
        Number of epochs on the line.
    last_epoch : int, default: -1
        Epoch to resume from.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1.0:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal "
                "to 1."
            )
        if not 0 <= end_factor <= 1.0:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the next learning rates."""
        self._warn_if_asked_outside()
        if self.last_epoch == 0:
            return self._scaled_lr(self.start_factor)
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._present_lr()
        rise = self.end_factor - self.start_factor
        done = self.total_iters * self.start_factor + (self.last_epoch - 1) * rise
        return self._scaled_lr(1.0 + rise / done)

    def _get_closed_form_lr(self) -> list[Any]:
        rise = self.end_factor - self.start_factor
        part = min(self.total_iters, self.last_epoch)
        factor = self.start_factor + rise * part / self.total_iters
        return [base * factor for base in self.base_lrs]


class ExponentialLR(LRScheduler):
    """Multiply by `gamma` every epoch.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer whose groups are changed.
    gamma : float
        The factor.
    last_epoch : int, default: -1
        Epoch to resume from.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the next learning rates."""
        self._warn_if_asked_outside()
        return self._present_lr() if self._is_initial else self._scaled_lr(self.gamma)

    def _get_closed_form_lr(self) -> list[Any]:
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


class PolynomialLR(LRScheduler):
    """Fall to zero along a power of the remaining epochs.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer whose groups are changed.
    total_iters : int, default: 5
        Epochs until zero.
    power : float, default: 1.0
        The power.
    last_epoch : int, default: -1
        Epoch to resume from.
    """

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the next learning rates."""
        self._warn_if_asked_outside()
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._present_lr()
        left = 1.0 - self.last_epoch / self.total_iters
        left_before = 1.0 - (self.last_epoch - 1) / self.total_iters
        return self._scaled_lr((left / left_before) ** self.power)

    def _get_closed_form_lr(self) -> list[Any]:
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * left**self.power for base in self.base_lrs]
