"""What is measured of one leaf over many passes: its norms, its updates, and signs of trouble.

A measurement is small (a norm, some elements) and is taken at contributions whose number follows
from how many there were, so that two runs of one loop measure the same.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_nb.observe.graph import norm_and_sample
from autograd_nb.observe.protocol import array_of
from autograd_nb.observe.sampling import Series

BUDGET = 4_096
"""Elements read for a norm."""

SAMPLE = 256
"""Elements of which the updates and the zeros are followed."""

RECENT = 8
"""Measurements by which flags are raised."""

DEAD_FROM = 3
"""Measurements before a gradient of zeros is called dead: one batch may give none."""

DEAD_SHARE = 0.99
EXPLODED = 100.0
"""Growth of the norm over its early median that is called an explosion."""

ALARMED = 64
"""Passes that are recorded whole because something goes wrong; of more, there is nothing new."""

GROWTH = 10.0
"""Growth of a norm that exploded after which it is looked at again; large ones may stay large."""

BROKEN = 2
"""Passes in a row without finite numbers that are recorded whole."""

UPDATES = 8
"""Measurements of the gradient for one of the update."""

WAITS = 16
"""Contributions for which an update is waited for; gradients may be collected over some."""


class Health:
    """Norms of a leaf's gradient, the size of its last update, and flags."""

    __slots__ = ("_before", "_early", "_flags", "_nonzero", "_recent", "_waited", "norms", "ratio")

    def __init__(self) -> None:
        self.norms: Series[float | None] = Series()
        self.ratio: float | None = None
        """Norm of the last change of the leaf over its norm, None before any was seen."""
        self.begin()

    def begin(self) -> None:
        """Judge anew from now on: another cell may run another loop."""
        self._early: list[float] = []
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._nonzero: deque[npt.NDArray[np.bool_]] = deque(maxlen=RECENT)
        self._before: npt.NDArray[np.float64] | None = None
        self._waited = 0
        self._flags: list[str] | None = []

    def due(self, number: int) -> int:
        """Return after how many more contributions there is something to measure.

        Parameters
        ----------
        number : int
            Contributions so far.

        Returns
        -------
        int
            At least 1.
        """
        return 1 if self._before is not None else self.norms.every - number % self.norms.every

    def look(self, number: int, leaf: Any, grad: Any) -> None:
        """Measure at one contribution, if it is its turn.

        Parameters
        ----------
        number : int
            Contributions so far, this one included.
        leaf, grad : TensorLike, ndarray or None
            What the leaf holds before its update, and its gradient.
        """
        if self._before is not None:
            self.updated(leaf)
        if not self.norms.wants(number):
            return
        try:
            norm, sample = norm_and_sample(array_of(grad), SAMPLE, BUDGET)
        except (TypeError, RuntimeError, ValueError, AttributeError):
            self.norms.add(None)  # sparse, or on no device: there, but its numbers are not
            return
        self.norms.add(norm)
        self._flags = None
        self._recent.append(norm)
        self._nonzero.append(sample != 0)
        if len(self._early) < RECENT and 0 < norm < float("inf"):
            self._early.append(norm)
        seldom = number <= 2 or number % (UPDATES * self.norms.every) == 0
        if seldom and self._before is None and leaf is not None:
            self._before, self._waited = _sample(leaf), 0

    def updated(self, leaf: Any) -> None:
        """Compare a leaf with what it was at the last measurement.

        Parameters
        ----------
        leaf : TensorLike or None
        """
        before, now = self._before, None if leaf is None else _sample(leaf)
        self._waited += 1
        if before is None or now is None or now.shape != before.shape:
            self._before = None
            return
        with np.errstate(all="ignore"):
            change = float(np.linalg.norm(now - before))
            size = float(np.linalg.norm(before))
        if change != 0:
            self.ratio = change / size if size else float("inf")
        if change != 0 or self._waited >= WAITS:
            self._before = None

    @property
    def flags(self) -> list[str]:
        """``"nan"``, ``"exploding"`` and ``"dead"``, as far as the last measurements show them."""
        if self._flags is None:
            self._flags = self._judged()
        return self._flags

    def _judged(self) -> list[str]:
        found = []
        recent = list(self._recent)
        if any(norm != norm for norm in recent):
            found.append("nan")
        usual = statistics.median(self._early) if self._early else float("inf")
        if any(norm == float("inf") or norm > EXPLODED * usual for norm in recent):
            found.append("exploding")
        if len(recent) >= DEAD_FROM and self._zeros() > DEAD_SHARE:
            found.append("dead")
        return found

    def _zeros(self) -> float:
        """Return the share of the elements that were zero in all of the last measurements."""
        shape = self._nonzero[-1].shape
        alive = np.logical_or.reduce([mask for mask in self._nonzero if mask.shape == shape])
        return 1.0 - float(alive.mean()) if alive.size else 0.0


class Alarm:
    """Notices, by two numbers of each pass, what must not be missed between recorded ones.

    These are the sizes of the loss and of the gradient that arrived last, at the leaf that is the
    farthest: what is not finite spreads on its way there.
    """

    __slots__ = ("_broken", "_early", "_growing", "_left", "_limit")

    def __init__(self) -> None:
        self._left = ALARMED
        self._broken = 0
        self._growing = False
        self._early: list[float] = []
        self._limit = float("inf")

    def begins(self, loss: float) -> bool:
        """Tell whether a pass that begins is to be recorded whole.

        Parameters
        ----------
        loss : float
            Its size.

        Returns
        -------
        bool
            True after a pass in which gradients exploded, or an explosion went on, and where the
            loss is the first that is not finite.
        """
        wrong = self._growing or (not math.isfinite(loss) and self._broken < BROKEN)
        self._left -= wrong
        return wrong and self._left >= 0

    def ended(self, norm: float) -> bool:
        """Tell whether a pass broke what was whole before it.

        Parameters
        ----------
        norm : float
            Of the last gradient.

        Returns
        -------
        bool
        """
        if not math.isfinite(norm):
            self._broken, self._growing = self._broken + 1, False
            return self._broken == 1
        self._broken = 0
        self._growing = norm > self._limit
        if self._growing:
            self._limit = GROWTH * norm
        elif len(self._early) < RECENT and norm > 0:
            self._early.append(norm)
            self._limit = EXPLODED * statistics.median(self._early)
        return False


def size_of(value: Any) -> float:
    """Return the norm of a tensor, read in part where it is large.

    Parameters
    ----------
    value : TensorLike or ndarray

    Returns
    -------
    float
        0 where its numbers cannot be read.
    """
    try:
        # Asked for in every pass: a loss is one number, and one product decides the usual case.
        if not getattr(value, "shape", True):
            return float(abs(value.item()))
        array = array_of(value)
        if array.dtype.char in "fd" and array.size <= 2 * BUDGET:
            square = float(np.vdot(array, array))  # unlike `dot`, it never warns
            if 0 < square < math.inf:
                return math.sqrt(square)
        return norm_and_sample(array, 1, BUDGET)[0]
    except (TypeError, RuntimeError, ValueError, AttributeError):
        return 0.0  # sparse, or on no device


def _sample(leaf: Any) -> npt.NDArray[np.float64] | None:
    try:
        return norm_and_sample(array_of(leaf), SAMPLE, SAMPLE)[1]
    except (TypeError, RuntimeError, ValueError):
        return None
