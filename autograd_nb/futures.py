"""`torch.futures`: results that are there later, set by another thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent import futures as _standard
from typing import Any, Generic, TypeVar

from .absent import guard

__all__ = ["Future", "collect_all", "wait_all"]

__getattr__ = guard(__name__)
_Result = TypeVar("_Result")


class Future(Generic[_Result]):
    """A result that is there later.

    Parameters
    ----------
    devices : list, optional
        Accepted.
    """

    def __init__(self, *, devices: Any = None) -> None:
        self._inner: _standard.Future[Any] = _standard.Future()

    def done(self) -> bool:
        """Say whether it has a result, or an error."""
        return self._inner.done()

    def wait(self) -> Any:
        """Wait for the result, and return it."""
        return self._inner.result()

    def value(self) -> Any:
        """Return the result.

        Raises
        ------
        RuntimeError
            If it is not there yet.
        """
        if not self.done():
            raise RuntimeError("Future is not completed")
        return self._inner.result()

    def set_result(self, result: Any) -> None:
        """Set the result, and call whoever waits for it.

        Parameters
        ----------
        result : object
            The result.

        Raises
        ------
        RuntimeError
            If it is set already.
        """
        if self.done():
            raise RuntimeError("Attempting to mark a completed Future as complete again.")
        self._inner.set_result(result)

    def set_exception(self, result: Exception) -> None:
        """Set the error that `wait` raises.

        Parameters
        ----------
        result : Exception
            The error.
        """
        self._inner.set_exception(result)

    def then(self, callback: Callable[[Future[Any]], Any]) -> Future[Any]:
        """Return what a function makes of this one, once it is done.

        Parameters
        ----------
        callback : callable
            Takes this future.
        """
        later: Future[Any] = Future()

        def go_on(_: Any) -> None:
            try:
                later.set_result(callback(self))
            except Exception as error:
                later.set_exception(error)

        self._inner.add_done_callback(go_on)
        return later

    def add_done_callback(self, callback: Callable[[Future[Any]], Any]) -> None:
        """Call a function once this one is done.

        Parameters
        ----------
        callback : callable
            Takes this future.
        """
        self._inner.add_done_callback(lambda _: callback(self))


def collect_all(futures: Sequence[Future[Any]]) -> Future[Any]:
    """Return a future whose result is a list of others, once they are all done.

    Parameters
    ----------
    futures : sequence of Future
        The others.
    """
    together: Future[Any] = Future()
    waiting = list(futures)

    def look(_: Future[Any]) -> None:
        if all(one.done() for one in waiting) and not together.done():
            together.set_result(waiting)

    for one in waiting:
        one.add_done_callback(look)
    if not waiting:
        together.set_result(waiting)
    return together


def wait_all(futures: Sequence[Future[Any]]) -> list[Any]:
    """Wait for several, and return their results.

    Parameters
    ----------
    futures : sequence of Future
        Which.
    """
    return [one.wait() for one in futures]
