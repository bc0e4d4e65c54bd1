"""L-BFGS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nb.core.modes import enable_grad
from autograd_nb.core.tensor import Tensor, wrap
from autograd_nb.optim.arrays import Array, gradient, number, target
from autograd_nb.optim.line_search import Point, strong_wolfe
from autograd_nb.optim.optimizer import Optimizer, check_not_negative

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """Limited-memory BFGS; it needs a closure that computes loss and gradients anew.

    Parameters
    ----------
    params : iterable of Tensor
        What to optimize, in one group.
    lr : float, default: 1
        Length of the step, or its first guess with a line search.
    max_iter : int, default: 20
        Iterations per call of :meth:`step`.
    max_eval : int, optional
        Evaluations per call.  Default: ``max_iter * 1.25``.
    tolerance_grad : float, default: 1e-7
        Stop when no gradient is larger.
    tolerance_change : float, default: 1e-9
        Stop when the loss or the parameters change less.
    history_size : int, default: 100
        Past steps that are remembered.
    line_search_fn : {None, "strong_wolfe"}, optional
        How the step length is found.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_not_negative(lr=lr)
        super().__init__(
            params,
            {
                "lr": lr,
                "max_iter": max_iter,
                "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
                "tolerance_grad": tolerance_grad,
                "tolerance_change": tolerance_change,
                "history_size": history_size,
                "line_search_fn": line_search_fn,
            },
        )
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    def _flat_grad(self) -> Array:
        parts = [
            np.zeros(target(p).size, target(p).dtype)
            if p.grad is None
            else gradient(p.grad, False).reshape(-1)
            for p in self._params
        ]
        return np.concatenate(parts)

    def _move(self, t: float, direction: Array) -> None:
        start = 0
        for param in self._params:
            p = target(param)
            p += np.asarray(t, p.dtype) * direction[start : start + p.size].reshape(p.shape)
            param._bump_version("add_")
            start += p.size

    def _direction(self, flat_grad: Array, state: dict[str, Any], history_size: int) -> Array:
        """Return the quasi-Newton direction by the two-loop recursion."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return np.negative(flat_grad)
        change = flat_grad - state["prev_flat_grad"]._array
        step = state["d"]._array * state["t"]
        curvature = change.dot(step)
        dirs, steps, ro = state["old_dirs"], state["old_stps"], state["ro"]
        if curvature > 1e-10:
            if len(dirs) == history_size:
                for history in (dirs, steps, ro):
                    history.pop(0)
            dirs.append(wrap(change))
            steps.append(wrap(step))
            ro.append(wrap(np.asarray(1.0 / curvature)))
            state["H_diag"] = wrap(np.asarray(curvature / change.dot(change)))
        weights = state.setdefault("al", [None] * history_size)
        q = np.negative(flat_grad)
        for i in reversed(range(len(dirs))):
            weights[i] = wrap(np.asarray(steps[i]._array.dot(q) * ro[i]._array))
            q -= weights[i]._array * dirs[i]._array
        diagonal = state["H_diag"]
        r = q * (diagonal._array if isinstance(diagonal, Tensor) else diagonal)
        for i in range(len(dirs)):
            back = dirs[i]._array.dot(r) * ro[i]._array
            r += steps[i]._array * (weights[i]._array - back)
        return r

    def _search(
        self,
        closure: Callable[[], Any],
        t: float,
        direction: Array,
        start: Point,
        tolerance_change: float,
        max_trials: int,
    ) -> tuple[Point, int]:
        saved = [target(p).copy() for p in self._params]

        def evaluate(t: float) -> tuple[float, Array]:
            self._move(t, direction)
            loss = number(closure())
            grad = self._flat_grad()
            for param, values in zip(self._params, saved, strict=True):
                target(param)[...] = values
                param._bump_version("copy_")
            return loss, grad

        return strong_wolfe(evaluate, t, direction, start, tolerance_change, max_trials)

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Run up to ``max_iter`` iterations.

        Parameters
        ----------
        closure : callable
            Computes the loss and its gradients anew and returns the loss.

        Returns
        -------
        object
            What `closure` returned at first.
        """
        closure = enable_grad()(closure)
        group = self.param_groups[0]
        lr = number(group["lr"])
        max_iter, max_eval = group["max_iter"], group["max_eval"]
        tolerance_grad, tolerance_change = group["tolerance_grad"], group["tolerance_change"]
        search = group["line_search_fn"]
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        first_loss = closure()
        loss = number(first_loss)
        evaluations = 1
        state["func_evals"] += 1
        flat_grad = self._flat_grad()
        if np.abs(flat_grad).max() <= tolerance_grad:
            return first_loss
        for iteration in range(1, max_iter + 1):
            state["n_iter"] += 1
            d = self._direction(flat_grad, state, group["history_size"])
            state["d"] = wrap(d)
            state["prev_flat_grad"] = wrap(flat_grad.copy())
            previous_loss = state["prev_loss"] = loss
            if state["n_iter"] == 1:
                t = min(1.0, 1.0 / float(np.abs(flat_grad).sum())) * lr
            else:
                t = lr
            state["t"] = t
            slope = float(flat_grad.dot(d))
            if slope > -tolerance_change:
                break
            used = 0
            if search is not None:
                if search != "strong_wolfe":
                    raise RuntimeError("only 'strong_wolfe' is supported")
                start = Point(0, loss, flat_grad, slope)
                found, used = self._search(
                    closure, t, d, start, tolerance_change, max_eval - evaluations
                )
                t, loss, flat_grad = found.t, found.loss, found.grad
                state["t"] = t
                self._move(t, d)
            else:
                self._move(t, d)
                # The last iteration needs no new gradient: the next call computes it.
                if iteration != max_iter:
                    loss = number(closure())
                    flat_grad = self._flat_grad()
                    used = 1
            evaluations += used
            state["func_evals"] += used
            if (
                evaluations >= max_eval
                or np.abs(flat_grad).max() <= tolerance_grad
                or np.abs(d * t).max() <= tolerance_change
                or abs(loss - previous_loss) < tolerance_change
            ):
                break
        return first_loss
