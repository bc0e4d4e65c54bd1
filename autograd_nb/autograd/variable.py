"""`Variable`: the old name of a Tensor that requires grad, still found in many tutorials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.graph_task import running
from ..core.tensor import Tensor
from ..core.warn import warn


class _Engine:
    """What `Variable._execution_engine` offers."""

    @staticmethod
    def queue_callback(callback: Callable[[], Any]) -> None:
        """Call a function when all nodes of the running pass have run.

        Parameters
        ----------
        callback : callable

        Raises
        ------
        RuntimeError
            If no pass runs.
        """
        tasks = getattr(running, "tasks", None)
        if not tasks:
            raise RuntimeError("Final callbacks can only be installed during backward pass.")
        tasks[-1].callbacks.append(callback)


class _VariableMeta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_VariableMeta):
    """Return a leaf tensor that shares the memory of `data`.

    Parameters
    ----------
    data : Tensor
    requires_grad : bool, default False
    volatile : optional
        Has no effect any more.

    Raises
    ------
    TypeError
        If `data` is no tensor.
    """

    _execution_engine = _Engine()

    def __new__(  # type: ignore[misc]
        cls, data: Any = None, requires_grad: bool = False, volatile: Any = None
    ) -> Tensor:
        """Return a tensor: no instance of this class is ever made."""
        if volatile:
            warn(
                "volatile was removed and now has no effect. Use `with torch.no_grad():` instead.",
            )
        if data is None:
            return Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        found = Tensor._wrap(data._nd())
        found.requires_grad = requires_grad
        return found
