"""Line search for the strong Wolfe conditions.

The method is that of Nocedal and Wright, *Numerical Optimization*, algorithms 3.5 and 3.6, with
cubic interpolation; constants and safeguards are those of PyTorch 2.13, so that the same points
are visited.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from autograd_nb.optim.arrays import Array

__all__ = ["Point", "strong_wolfe"]


class Point(NamedTuple):
    """One trial: step length, loss, gradient, and slope along the direction."""

    t: float
    loss: float
    grad: Array
    slope: float


def cubic_minimum(a: Point, b: Point, bounds: tuple[float, float] | None = None) -> float:
    """Return where the cubic through two points and slopes is smallest, within bounds."""
    low, high = bounds if bounds is not None else (min(a.t, b.t), max(a.t, b.t))
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    d2 = math.sqrt(square)
    if a.t <= b.t:
        t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    else:
        t = a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
    return min(max(t, low), high)


def strong_wolfe(
    evaluate: Callable[[float], tuple[float, Array]],
    t: float,
    direction: Array,
    start: Point,
    tolerance_change: float = 1e-9,
    max_trials: int = 25,
    c1: float = 1e-4,
    c2: float = 0.9,
) -> tuple[Point, int]:
    """Find a step length that lowers the loss enough and flattens the slope enough.

    Parameters
    ----------
    evaluate : callable
        Gives loss and gradient at a step length.
    t : float
        First step length to try.
    direction : ndarray
        The direction of the line.
    start : Point
        The point at step length 0.
    tolerance_change : float, default: 1e-9
        Stop when the bracket is shorter than this.
    max_trials : int, default: 25
        Most evaluations after the first.
    c1, c2 : float
        Constants of the two conditions.

    Returns
    -------
    point : Point
        The best point found.
    evaluations : int
    """
    longest = float(np.abs(direction).max())

    def at(t: float) -> Point:
        loss, grad = evaluate(t)
        return Point(t, loss, grad, float(grad.dot(direction)))

    def falls_enough(point: Point) -> bool:
        return not point.loss > start.loss + c1 * point.t * start.slope

    def is_flat(point: Point) -> bool:
        return abs(point.slope) <= -c2 * start.slope

    previous, point = start, at(t)
    evaluations, trials = 1, 0
    bracket = [start, point]
    # Step outwards until a minimum is known to lie between two points.
    while trials < max_trials:
        bracket = [previous, point]
        if not falls_enough(point) or (trials > 1 and point.loss >= previous.loss):
            break
        if is_flat(point):
            return point, evaluations
        if point.slope >= 0:
            break
        nearest = point.t + 0.01 * (point.t - previous.t)
        t = cubic_minimum(previous, point, (nearest, point.t * 10))
        previous, point = point, at(t)
        evaluations += 1
        trials += 1
    else:
        bracket = [start, point]

    # Narrow the bracket.
    stalled = False
    low = 0 if bracket[0].loss <= bracket[1].loss else 1
    while trials < max_trials:
        if abs(bracket[1].t - bracket[0].t) * longest < tolerance_change:
            break
        left, right = sorted((bracket[0].t, bracket[1].t))
        t = cubic_minimum(bracket[0], bracket[1])
        margin = 0.1 * (right - left)
        if min(right - t, t - left) < margin:
            # Too near an end: allow it once, then move away from it.
            if stalled or t >= right or t <= left:
                t = right - margin if abs(t - right) < abs(t - left) else left + margin
                stalled = False
            else:
                stalled = True
        else:
            stalled = False
        point = at(t)
        evaluations += 1
        trials += 1
        high = 1 - low
        if not falls_enough(point) or point.loss >= bracket[low].loss:
            bracket[high] = point
            low = 0 if bracket[0].loss <= bracket[1].loss else 1
            continue
        done = is_flat(point)
        if not done and point.slope * (bracket[high].t - bracket[low].t) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = point
        if done:
            break
    return bracket[low], evaluations
