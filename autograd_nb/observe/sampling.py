"""Which passes are looked at, and how long series are kept short.

Two things are decided here, each by number and not by time, so that what is looked at falls on
the same places of a loop whatever the machine does meanwhile:

- whether a pass is recorded whole: the first ones are, later ones where their number is a multiple
  of a power of two, which alone follows the time: :class:`Sampler`;
- which values of a series are kept: those whose number is a multiple of a power of two, which
  follows from the length of the series: :class:`Series`.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from autograd_nb.observe.graph import Json

T = TypeVar("T")

FIRST_WHOLE = 8
"""Passes that are recorded whole whatever they cost."""

SHARE = 0.01
"""Part of the time of a loop that recording passes whole may take, after the first ones.

To tell a panel of such a pass costs about as much again, or twice that."""

EVERY_LIMIT = 1 << 20

KEPT = 100
"""Values of a series that are kept."""


class Sampler:
    """Decides which passes are recorded whole.

    Parameters
    ----------
    share : float, default 0.01
        Part of the time between passes that recording may take.
    """

    def __init__(self, share: float = SHARE) -> None:
        self.share = share
        self.every = 1
        """Passes whose number is a multiple of this are recorded whole."""
        self.recorded = 0
        self.strided = 0
        """Values that were measured by a part of their elements."""
        self.decisions: list[tuple[int, int]] = []
        """Pass numbers at which `every` changed, and to what."""
        self._last = 0
        self._ended = 0.0

    def wants(self, number: int) -> bool:
        """Tell whether a pass is to be recorded whole.

        Parameters
        ----------
        number : int
            Of the pass, from 1.

        Returns
        -------
        bool
        """
        return number <= FIRST_WHOLE or number % self.every == 0

    def took(self, number: int, begun: float, now: float, cost: float) -> None:
        """Learn what recording a pass cost, and decide how often that can be.

        Parameters
        ----------
        number : int
        begun, now : float
            When the pass began and ended, in seconds.
        cost : float
            Seconds of that which recording took.
        """
        self.recorded += 1
        alone = now - begun - cost
        if 0 < self._last < number:
            # With what the loop does between passes.
            alone = (now - self._ended - cost) / (number - self._last)
        self._last, self._ended = number, now
        if number < FIRST_WHOLE:
            return
        wanted, bearable = 1, cost / self.share
        while wanted * max(alone, 1e-7) < bearable and wanted < EVERY_LIMIT:
            wanted *= 2
        # One quick pass does not make a quick loop: down by one step at a time.
        wanted = max(wanted, self.every // 2)
        if wanted != self.every:
            self.every = wanted
            self.decisions = [*self.decisions[-19:], (number, wanted)]

    def to_json(self, seen: int) -> Json:
        """Say what was looked at.

        Parameters
        ----------
        seen : int
            Passes that there were.

        Returns
        -------
        dict
            ``seen``, ``recorded`` (passes), ``first``, ``every``, ``strided`` (values of which
            only a part was read) and ``decisions``.
        """
        return {
            "seen": seen,
            "recorded": self.recorded,
            "first": FIRST_WHOLE,
            "every": self.every,
            "strided": self.strided,
            "decisions": [list(decision) for decision in self.decisions],
        }


class Series(Generic[T]):
    """A series of any length in bounded room: evenly spaced values of it.

    Parameters
    ----------
    kept : int, default 100
        Values kept at most; between half of it and all of it once the series is long.

    Examples
    --------
    >>> series = Series(4)
    >>> for number in range(1, 12):
    ...     if series.wants(number):
    ...         series.add(number)
    >>> list(series.values), series.every
    ([4, 8], 4)
    """

    __slots__ = ("every", "kept", "values")

    def __init__(self, kept: int = KEPT) -> None:
        self.kept = kept
        self.every = 1
        self.values: list[T] = []

    def wants(self, number: int) -> bool:
        """Tell whether the value with a number, counted from 1, is kept.

        Parameters
        ----------
        number : int

        Returns
        -------
        bool
        """
        return number % self.every == 0

    def add(self, value: T) -> None:
        """Keep a value that is wanted.

        Parameters
        ----------
        value : object
        """
        self.values.append(value)
        if len(self.values) > self.kept:
            # Numbers every, 2 every, 3 every, ...: those of the even multiples stay.
            self.values = self.values[1::2]
            self.every *= 2
