"""Modes that take calls over, whatever their arguments: `torch.overrides.TorchFunctionMode`.

Note [Function modes]
While a mode is entered, `Tensor` itself is `_odd`, so that no fast path serves any tensor, and the
public functions of the table ask as they do where there is a subclass; see Note [Subclasses].
Without a mode nothing is asked, and nothing is slower.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from . import subclasses
from .tensor import Tensor

_lock = threading.Lock()
_entered = [0]  # in all threads


class TorchFunctionMode:
    """A block in which calls of functions and methods go through `__torch_function__`.

    A subclass overrides `__torch_function__(self, func, types, args, kwargs)`, which gives the
    call's result. What that calls itself goes to the next mode outside, at last to the function.
    """

    __module__ = "autograd_nb.overrides"  # where users find it
    inner: TorchFunctionMode

    def __init__(self) -> None:
        pass

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Answer a call; every subclass overrides it."""
        raise NotImplementedError

    def __enter__(self) -> Any:
        """Take calls over from here on."""
        with _lock:
            if not _entered[0]:
                Tensor._odd = True
                subclasses.seen.append(TorchFunctionMode)
            _entered[0] += 1
        subclasses.state.modes.append(self)
        return self

    def __exit__(self, *exc: object) -> None:
        """Take no more calls over."""
        subclasses.state.modes.pop()
        with _lock:
            _entered[0] -= 1
            if not _entered[0]:
                Tensor._odd = False
                subclasses.seen.remove(TorchFunctionMode)


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that changes nothing."""

    __module__ = "autograd_nb.overrides"

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Call the function."""
        return func(*args, **(kwargs or {}))
