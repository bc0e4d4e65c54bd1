"""Grad mode, inference mode and anomaly mode, per thread; usable as context or decorator."""

from __future__ import annotations

import functools
import inspect
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self, TypeVar, cast, overload

from .warn import warn


class State(threading.local):
    """What is true for the running thread."""

    grad_enabled = True
    inference = False
    shown = False  # what `is_grad_enabled` says in inference mode, where nothing is recorded
    detect_anomaly = False  # with check_nan: of all threads, as in PyTorch, and so of the class
    check_nan = True
    saved_hooks: tuple[Any, ...] = ()  # of `SavedHooks`, the innermost last
    saved_hooks_disabled: str | None = None
    dual_levels: tuple[int, ...] = ()  # those open in which tangents may exist, outermost first
    dual_level = 0  # the innermost that is not hidden; see core/forward_ad.py
    levels: tuple[Any, ...] = ()  # the running vmaps, outermost first; see core/batch.py
    transforms: tuple[Any, ...] = ()  # those of torch.func that run, vmap aside; core/within.py
    formula = False  # a formula runs on Tensors: see Note [Numbers in formulas] in op.py
    multithreading = True  # remembered only; see `set_multithreading_enabled`
    hooked = False  # whether saved-tensor hooks are counted in `special_threads`
    telling = False  # inference mode or a transform: new tensors without history are told of it

    @property
    def special(self) -> bool:
        """Whether saved-tensor hooks or anomaly mode are on: no fast path serves them."""
        return self.detect_anomaly or bool(self.saved_hooks)

    def note_hooks(self) -> None:
        """Count this thread, or no longer, after its saved-tensor hooks changed."""
        hooked = bool(self.saved_hooks)
        if hooked is not self.hooked:
            special_threads[0] += 1 if hooked else -1
            self.hooked = hooked

    def detect(self, anomaly: bool, check_nan: bool) -> None:
        """Turn anomaly detection on or off, in every thread."""
        special_threads[0] += anomaly - self.detect_anomaly
        State.detect_anomaly, State.check_nan = anomaly, check_nan

    def note_telling(self) -> None:
        """Recompute `telling` after one of its causes changed."""
        telling = self.inference or bool(self.transforms)
        if telling is not self.telling:
            telling_threads[0] += 1 if telling else -1
            self.telling = telling


# How many are special, anomaly mode counted as one more: at zero no fast path need ask.
special_threads = [0]
telling_threads = [0]  # how many tell new tensors
state = State()


def is_grad_enabled() -> bool:
    """Say whether operations are recorded in this thread."""
    return state.shown if _only_shown() else state.grad_enabled


def _only_shown() -> bool:
    """Say whether switching changes what is shown alone: in inference mode, but in no transform."""
    return state.inference and not state.transforms


def is_inference_mode_enabled() -> bool:
    """Say whether inference mode is on in this thread."""
    return state.inference


def is_anomaly_enabled() -> bool:
    """Say whether anomaly detection is on."""
    return state.detect_anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Say whether anomaly detection looks for NaN."""
    return state.check_nan


def in_transform() -> bool:
    """Say whether a function runs that torch.func transforms."""
    return bool(state.transforms) or any(level.is_transform for level in state.levels)


def refuse_in_transform(message: str) -> None:
    """Raise if a function runs that torch.func transforms.

    Raises
    ------
    RuntimeError
        With `message`.
    """
    if in_transform():
        raise RuntimeError(message)


def is_multithreading_enabled() -> bool:
    """Say whether several threads are allowed in backward."""
    return state.multithreading


_F = TypeVar("_F", bound=Callable[..., Any])


class _Mode(ABC):
    """A context manager that is also a decorator of functions and generators.

    A decorated coroutine function is only called in the mode, as in PyTorch: what it awaits for
    runs later.
    """

    @abstractmethod
    def __enter__(self) -> Any: ...

    @abstractmethod
    def __exit__(self, *exc: object) -> None: ...

    def clone(self) -> _Mode:
        """Return a fresh context of the same kind: a decorated function may be re-entered."""
        return type(self)()

    def __call__(self, func: _F) -> _F:
        """Decorate a function."""
        return cast("_F", self._around(func))

    def _around(self, func: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.isclass(func):
            warn(
                "Decorating classes is deprecated and will be disabled in future versions. You "
                "should only decorate functions or methods. To preserve the current behavior of "
                "class decoration, you can directly decorate the `__init__` method and nothing "
                "else.",
                FutureWarning,
            )
        if inspect.isgeneratorfunction(func):
            return self._wrap_generator(func)

        @functools.wraps(func)
        def run(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return func(*args, **kwargs)

        return run

    def _wrap_generator(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Enter the mode only while the generator itself runs, never while its user does."""

        @functools.wraps(func)
        def run(*args: Any, **kwargs: Any) -> Any:
            generator = func(*args, **kwargs)
            try:
                with self.clone():
                    response = next(generator)
                while True:
                    try:
                        request = yield response
                    except GeneratorExit:
                        with self.clone():
                            generator.close()
                        raise
                    except BaseException as error:
                        with self.clone():
                            response = generator.throw(error)
                    else:
                        with self.clone():
                            response = generator.send(request)
            except StopIteration as stop:
                return stop.value

        return run


class _NoArgumentMode(_Mode):
    """`@no_grad` and `@no_grad()` both work."""

    @overload
    def __new__(cls) -> Self: ...
    @overload
    def __new__(cls, func: _F) -> _F: ...  # type: ignore[misc]
    def __new__(cls, func: Any = None) -> Any:
        self = super().__new__(cls)
        return self if func is None else self(func)


class no_grad(_NoArgumentMode):
    """Do not record operations: their results need no gradient."""

    _wanted = False

    def __enter__(self) -> None:
        if state.inference and _only_shown():
            self._previous = state.shown
            state.shown = self._wanted
        else:
            self._previous = state.grad_enabled
            state.grad_enabled = self._wanted

    def __exit__(self, *exc: object) -> None:
        if state.inference and _only_shown():
            state.shown = self._previous
        else:
            state.grad_enabled = self._previous


class recording(no_grad):
    """Record operations, whatever the user's modes are."""

    _wanted = True

    def __enter__(self) -> None:
        self._previous = state.grad_enabled
        state.grad_enabled = self._wanted

    def __exit__(self, *exc: object) -> None:
        state.grad_enabled = self._previous


class enable_grad(no_grad):
    """Record operations, inside a `no_grad` block too."""

    _wanted = True


class set_grad_enabled(_Mode):
    """Turn recording on or off at once; as a context, until the block ends.

    Parameters
    ----------
    mode : bool
        Whether to record.
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                "set_grad_enabled(): argument 'enabled' (position 1) must be bool, not "
                + type(mode).__name__
            )
        self._previous = is_grad_enabled()
        self.mode = mode
        self._set(mode)

    def __call__(self, func: _F) -> _F:
        """Decorate a function."""
        self._set(self._previous)  # as a decorator it acts only in the function
        return super().__call__(func)

    def _set(self, mode: bool) -> None:
        if _only_shown():
            state.shown = mode
        else:
            state.grad_enabled = mode

    def __repr__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.mode})"

    def __enter__(self) -> None:
        self._set(self.mode)

    def __exit__(self, *exc: object) -> None:
        self._set(self._previous)

    def clone(self) -> set_grad_enabled:
        """Return a fresh context that restores what is true now."""
        return type(self)(self.mode)


class set_multithreading_enabled(_Mode):
    """Allow several threads in backward, or not, at once; as a context, until the block ends.

    It is remembered and has no other effect: a pass runs in the thread that asked for it.

    Parameters
    ----------
    mode : bool
        Whether to allow them.
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                "set_multithreading_enabled(): argument 'enabled' (position 1) must be bool, not "
                + type(mode).__name__
            )
        self.prev = state.multithreading
        self.mode = state.multithreading = mode

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        state.multithreading = self.prev

    def clone(self) -> set_multithreading_enabled:
        """Return a fresh context that restores what is true now."""
        return type(self)(self.mode)


class inference_mode(_Mode):
    """Do not record, and mark results as never recordable.

    Parameters
    ----------
    mode : bool, default True
        Whether to turn it on.
    """

    mode: bool

    def __new__(cls, mode: Any = True) -> Any:
        """Return the mode, or, given a function, the function decorated with it."""
        self = super().__new__(cls)
        if isinstance(mode, bool):
            self.mode = mode
            return self
        self.mode = True
        return self(mode)

    def __enter__(self) -> None:
        self._previous = state.inference, state.grad_enabled, state.shown
        self._levels, self._level = state.dual_levels, state.dual_level
        if self.mode:
            state.dual_level = 0  # as in PyTorch, tangents are not seen
        elif state.inference:
            state.dual_level = max(state.dual_levels, default=0)
        state.inference = self.mode
        state.grad_enabled, state.shown = not self.mode, False
        state.note_telling()

    def __exit__(self, *exc: object) -> None:
        state.inference, state.grad_enabled, state.shown = self._previous
        unchanged = state.dual_levels == self._levels
        state.dual_level = self._level if unchanged else max(state.dual_levels, default=0)
        state.note_telling()

    def clone(self) -> inference_mode:
        """Return a fresh context of the same kind."""
        fresh: inference_mode = type(self)(self.mode)
        return fresh


class set_detect_anomaly:
    """Turn anomaly detection on or off.

    Parameters
    ----------
    mode : bool
        Whether errors in backward name the forward call, and NaN is an error.
    check_nan : bool, default True
        Whether NaN gradients raise.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        for position, (name, value) in enumerate([("enabled", mode), ("check_nan", check_nan)]):
            if not isinstance(value, bool):
                raise TypeError(
                    f"set_anomaly_enabled(): argument '{name}' (position {position + 1}) must be "
                    f"bool, not {type(value).__name__}"
                )
        self._previous = state.detect_anomaly, state.check_nan
        state.detect(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        state.detect(*self._previous)


class detect_anomaly(set_detect_anomaly):
    """Within the block, make errors in backward name the forward call, and NaN an error."""

    def __init__(self, check_nan: bool = True) -> None:

        warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should "
            "only be enabled for debugging.",
        )
        super().__init__(True, check_nan)
