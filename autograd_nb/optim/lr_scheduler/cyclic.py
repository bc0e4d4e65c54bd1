"""Schedules that rise and fall: one cycle, or many."""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from typing import Any

from autograd_nb.optim.lr_scheduler.base import (
    LRScheduler,
    check_optimizer,
    per_group,
    set_group_value,
)
from autograd_nb.optim.optimizer import Optimizer

__all__ = ["CyclicLR", "OneCycleLR"]


class _MomentumScheduler(LRScheduler):
    """A schedule that moves momentum, or Adam's first beta, against the learning rate."""

    cycle_momentum: bool
    use_beta1: bool

    def _start_momentum(
        self, optimizer: Optimizer, base_momentum: Any, max_momentum: Any, fresh: bool
    ) -> None:
        if not self.cycle_momentum:
            return
        if not {"momentum", "betas"} & optimizer.defaults.keys():
            raise ValueError(
                "optimizer must support momentum or beta1 with `cycle_momentum` option enabled"
            )
        self.use_beta1 = "betas" in optimizer.defaults
        largest = per_group("max_momentum", optimizer, max_momentum)
        smallest = per_group("base_momentum", optimizer, base_momentum)
        self._keep_momentums(smallest, largest)
        if not fresh:
            return
        for group, low, high in zip(optimizer.param_groups, smallest, largest, strict=True):
            self._set_momentum(group, high)
            group["max_momentum"] = high
            group["base_momentum"] = low

    def _keep_momentums(self, smallest: list[float], largest: list[float]) -> None:
        """Keep the bounds; the groups hold them too, which is enough for some rules."""

    def _set_momentum(self, group: dict[str, Any], momentum: float) -> None:
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum


class CyclicLR(_MomentumScheduler):
    """Move between two learning rates along a triangle wave.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer whose groups are changed.
    base_lr, max_lr : float or list of float
        Lower and upper learning rate.
    step_size_up : int, default: 2000
        Steps of the rising half.
    step_size_down : int, optional
        Steps of the falling half.  Default: as many.
    mode : {"triangular", "triangular2", "exp_range"}, default: "triangular"
        Keep the height, halve it every cycle, or scale it by ``gamma`` every step.
    gamma : float, default: 1.0
        See `mode`.
    scale_fn : callable, optional
        A scale of one's own, in place of `mode`.
    scale_mode : {"cycle", "iterations"}, default: "cycle"
        What `scale_fn` is a function of.
    cycle_momentum : bool, default: True
        Whether momentum moves the other way.
    base_momentum, max_momentum : float or list of float, default: 0.8 and 0.9
        Bounds of the momentum.
    last_epoch : int, default: -1
        Step to resume from.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: Any,
        max_lr: Any,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.8,
        max_momentum: Any = 0.9,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        base_lrs = per_group("base_lr", optimizer, base_lr)
        fresh = last_epoch == -1
        if fresh:
            for lr, group in zip(base_lrs, optimizer.param_groups, strict=True):
                set_group_value(group, "lr", lr)
        self.max_lrs = per_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        down = up if step_size_down is None else float(step_size_down)
        self.total_size = up + down
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        if scale_fn is None:
            scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self.scale_mode = scale_mode
        self.cycle_momentum = cycle_momentum
        self._start_momentum(optimizer, base_momentum, max_momentum, fresh)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def _keep_momentums(self, smallest: list[float], largest: list[float]) -> None:
        self.base_momentums = smallest
        self.max_momentums = largest

    def scale_fn(self, x: float) -> float:
        """Return the height of the wave, as a share of the full one."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular2":
            return 1 / (2.0 ** (x - 1))
        if self.mode == "exp_range":
            return self.gamma**x
        return 1.0

    def get_lr(self) -> list[Any]:
        """Return the next learning rates, and set the momentum."""
        self._warn_if_asked_outside()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        if x <= self.step_ratio:
            height = x / self.step_ratio
        else:
            height = (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            bounds = zip(self.base_momentums, self.max_momentums, strict=True)
            for group, (low, high) in zip(self.optimizer.param_groups, bounds, strict=True):
                self._set_momentum(group, high - (high - low) * height * scale)
        return [
            low + (high - low) * height * scale
            for low, high in zip(self.base_lrs, self.max_lrs, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        """Return the state; of a scale of one's own, only a callable object has state."""
        state = super().state_dict()
        function = state.pop("_scale_fn_custom")
        keeps = function is not None and not isinstance(function, types.FunctionType)
        state["_scale_fn_custom"] = function.__dict__.copy() if keeps else None
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` returned; the scale stays one's own."""
        state = dict(state_dict)
        values = state.pop("_scale_fn_custom")
        super().load_state_dict(state)
        if values is not None:
            self._scale_fn_custom.__dict__.update(values)


def _cosine(start: float, end: float, part: float) -> float:
    return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)


def _line(start: float, end: float, part: float) -> float:
    return (end - start) * part + start


class OneCycleLR(_MomentumScheduler):
    """Rise to a large learning rate, then fall far below the first one.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer whose groups are changed.
    max_lr : float or list of float
        The largest learning rate.
    total_steps : int, optional
        Steps of the cycle; or give `epochs` and `steps_per_epoch`.
    epochs, steps_per_epoch : int, optional
        Their product is `total_steps`.
    pct_start : float, default: 0.3
        Share of the steps that rise.
    anneal_strategy : {"cos", "linear"}, default: "cos"
        Shape of the slopes.
    cycle_momentum : bool, default: True
        Whether momentum moves the other way.
    base_momentum, max_momentum : float or list of float, default: 0.85 and 0.95
        Bounds of the momentum.
    div_factor : float, default: 25.0
        `max_lr` divided by it is the first learning rate.
    final_div_factor : float, default: 1e4
        The first divided by it is the last.
    three_phase : bool, default: False
        Whether the fall stops at the first learning rate on its way.
    last_epoch : int, default: -1
        Step to resume from.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: Any,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.85,
        max_momentum: Any = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        self.total_steps = self._count_steps(total_steps, epochs, steps_per_epoch)
        self._schedule_phases = self._plan(pct_start, three_phase)
        if pct_start < 0 or pct_start > 1 or not isinstance(pct_start, float):
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._anneal_func_type = anneal_strategy
        largest = per_group("max_lr", optimizer, max_lr)
        fresh = last_epoch == -1
        if fresh:
            for group, high in zip(optimizer.param_groups, largest, strict=True):
                group["initial_lr"] = high / div_factor
                group["max_lr"] = high
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        self._start_momentum(optimizer, base_momentum, max_momentum, fresh)
        super().__init__(optimizer, last_epoch)

    @staticmethod
    def _count_steps(total: Any, epochs: Any, steps: Any) -> int:
        if total is not None:
            given = {"total_steps": total}
        elif epochs is not None and steps is not None:
            given = {"epochs": epochs, "steps_per_epoch": steps}
        else:
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        for name, value in given.items():
            if not isinstance(value, int) or value <= 0:
                raise ValueError(f"Expected positive integer {name}, but got {value}")
        return math.prod(given.values())

    def _plan(self, pct_start: float, three_phase: bool) -> list[dict[str, Any]]:
        """Return the phases: where each ends, and between which values it moves."""

        def phase(end: float, lrs: str, momentums: str) -> dict[str, Any]:
            start_lr, end_lr = lrs.split()
            start_momentum, end_momentum = momentums.split()
            return {
                "end_step": end,
                "start_lr": start_lr,
                "end_lr": end_lr,
                "start_momentum": start_momentum,
                "end_momentum": end_momentum,
            }

        rise = float(pct_start * self.total_steps) - 1
        last = self.total_steps - 1
        up = phase(rise, "initial_lr max_lr", "max_momentum base_momentum")
        if not three_phase:
            return [up, phase(last, "max_lr min_lr", "base_momentum max_momentum")]
        back = float(2 * pct_start * self.total_steps) - 2
        return [
            up,
            phase(back, "max_lr initial_lr", "base_momentum max_momentum"),
            phase(last, "initial_lr min_lr", "max_momentum max_momentum"),
        ]

    def get_lr(self) -> list[Any]:
        """Return the next learning rates, and set the momentum."""
        self._warn_if_asked_outside()
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(
                f"Tried to step {step} times. "
                f"The specified number of total steps is {self.total_steps}"
            )
        start = 0.0
        for phase in self._schedule_phases[:-1]:
            if step <= phase["end_step"]:
                break
            start = phase["end_step"]
        else:
            phase = self._schedule_phases[-1]
        part = (step - start) / (phase["end_step"] - start)
        curve = _cosine if self._anneal_func_type == "cos" else _line
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(curve(group[phase["start_lr"]], group[phase["end_lr"]], part))
            if self.cycle_momentum:
                ends = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._set_momentum(group, curve(*ends, part))
        return rates
