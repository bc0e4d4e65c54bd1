"""`torch.utils.checkpoint`: save memory by computing a part of the forward pass again.

Note [Recomputing saved tensors]
Without reentrancy, the block runs as usual, but what it saves is replaced by empty holders (with
saved-tensor hooks). The first holder that backward opens runs the block again; what is saved this
time, in the same order, fills the holders. The rerun stops as soon as the last one is full. What
a rerun gave is kept until the pass (or the `GraphExecGroup`) is over, each tensor until it is used.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..autograd.graph import saved_tensors_hooks
from ..core import errors, modes
from ..core.engine import backward
from ..core.frames import user_frame
from ..core.function import Function
from ..core.generator import default_generator
from ..core.graph_task import current_task, running
from ..core.tensor import Tensor
from ..core.warn import warn

__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "GraphExecGroup",
    "check_backward_validity",
    "checkpoint",
    "checkpoint_sequential",
    "detach_variable",
    "get_device_states",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
    "set_device_states",
]


class _Settings(threading.local):
    early_stop: bool | None = None
    debug: bool | None = None
    groups: tuple[GraphExecGroup, ...] = ()


_settings = _Settings()


class CheckpointError(RuntimeError):
    """The block did something else when it was run again."""


class GraphExecGroup:
    """Within the block, several backward passes share one rerun of each checkpointed block.

    The passes must not need the same saved tensor twice.
    """

    def __enter__(self) -> GraphExecGroup:
        _settings.groups = (*_settings.groups, self)
        return self

    def __exit__(self, *exc: object) -> None:
        _settings.groups = _settings.groups[:-1]


def get_device_states(*args: Any) -> tuple[list[int], list[Tensor]]:
    """Return the other devices that arguments are on, and their random states: there are none.

    Parameters
    ----------
    *args : object
    """
    return [], []


def set_device_states(devices: Any, states: Any, *, device_type: str | None = None) -> None:
    """Take what `get_device_states` gave.

    Parameters
    ----------
    devices, states : list
    device_type : str, optional
    """


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Within the block, decide for every `checkpoint` whether a rerun stops early."""
    previous, _settings.early_stop = _settings.early_stop, enable
    try:
        yield
    finally:
        _settings.early_stop = previous


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Within the block, override the `debug` argument of every `checkpoint`."""
    previous, _settings.debug = _settings.debug, enabled
    try:
        yield
    finally:
        _settings.debug = previous


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] | None = None,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """Run a block without keeping what it saves; backward runs it again.

    Parameters
    ----------
    function : callable
        The block.
    *args
        Its arguments.
    use_reentrant : bool
        False (recommended) records the graph as usual; True hides the block behind one node.
    context_fn : callable, optional
        Gives two context managers: for the first run and for the second.
    determinism_check : {"default", "none"}
        Whether shapes and dtypes of both runs are compared.
    debug : bool
        If both runs differ, list where each of their saved tensors was made.
    early_stop : bool, default True
        End the second run when all that is needed has been computed.
    **kwargs
        `preserve_rng_state` (default True), and keyword arguments of the block if
        `use_reentrant` is False.

    Returns
    -------
    What `function` returns

    Raises
    ------
    ValueError
        If a keyword argument has no meaning.
    CheckpointError
        In backward, if the second run saves other tensors than the first.
    """
    if use_reentrant is None:
        warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. "
            "Starting in PyTorch 2.9, calling checkpoint without use_reentrant will raise an "
            "exception. use_reentrant=False is recommended, but if you need to preserve the "
            "current default behavior, you can pass use_reentrant=True. Refer to docs for more "
            "details on the differences between the two variants.",
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not None or debug:
            raise ValueError(
                "Passing `context_fn` or `debug` is only supported when use_reentrant=False."
            )
        return CheckpointFunction.apply(function, preserve, *args)
    if determinism_check not in ("default", "none"):
        raise ValueError(
            f"determinism_check should be one of ['default', 'none'], but got {determinism_check}"
        )
    if not modes.is_grad_enabled():
        return function(*args, **kwargs)
    first, second = (context_fn or noop_context_fn)()
    early_stop = early_stop if _settings.early_stop is None else _settings.early_stop
    debug = debug if _settings.debug is None else _settings.debug
    frame = _Frame(function, args, kwargs, preserve, second, determinism_check, early_stop, debug)
    with saved_tensors_hooks(frame.pack, frame.unpack), first:
        return function(*args, **kwargs)


_TIP = (
    "Tip: To see a more detailed error message, either pass `debug=True` to\n"
    "`torch.utils.checkpoint.checkpoint(...)` or wrap the code block\n"
    "with `with torch.utils.checkpoint.set_checkpoint_debug_enabled(True):` to\n"
    "enable checkpoint-debug mode globally."
)
_USED_TWICE = (
    "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked "
    "once. {}If you are calling ctx.saved_tensors in backward, make sure to do so only once. "
    "Otherwise please open an issue with details on your use case."
)
_OVERLAP = (
    "Performing two backward calls that overlap (i.e. require the same saved activation in order "
    "to compute gradients) is not allowed while under the torch.utils.checkpoint.GraphExecGroup "
    "context. "
)


class _Holder:
    """Stands for one saved tensor of the block."""

    __slots__ = ("__weakref__", "index")

    def __init__(self, index: int) -> None:
        self.index = index


class _Stop(Exception):
    """Raised inside the rerun when every holder is full."""


class _Pass:
    """Somebody who reads one saved tensor while no backward pass runs."""


def _describe(tensor: Tensor) -> dict[str, Any]:
    return {"shape": tensor.shape, "dtype": tensor.dtype, "device": tensor.device}


def _place() -> str:
    frame = user_frame(sys._getframe(2))
    return errors.describe_origin((frame.f_code, frame.f_lasti)) or "unknown"


class _Frame:
    """One checkpointed call: its holders, and what fills them."""

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        preserve: bool,
        context: Any,
        check: str,
        early_stop: bool,
        debug: bool,
    ) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs
        self.state = default_generator.get_state() if preserve else None
        self.context = context
        self.check = check
        self.early_stop = early_stop
        self.debug = debug
        self.holders: list[weakref.ref[_Holder]] = []
        self.saved: list[dict[str, Any]] = []  # of each saved tensor: shape, dtype, device
        self.places: list[str] = []  # and where it was saved, for `debug`
        self.again: list[str] = []
        # By pass or group: what the rerun gave, by position; each is taken out by its use.
        self.filled: weakref.WeakKeyDictionary[Any, dict[int, Tensor]]
        self.filled = weakref.WeakKeyDictionary()

    def pack(self, tensor: Tensor) -> _Holder:
        """Keep a holder in the place of a tensor."""
        holder = _Holder(len(self.holders))
        self.holders.append(weakref.ref(holder))
        self.saved.append(_describe(tensor))
        if self.debug:
            self.places.append(_place())
        return holder

    def unpack(self, holder: _Holder) -> Tensor:
        """Return what a holder stands for, from the rerun of this pass or group."""
        tasks = getattr(running, "tasks", None)
        key: Any = _settings.groups[-1] if _settings.groups else tasks[-1] if tasks else _Pass()
        found = self.filled.get(key)
        if found is None:
            found = self.filled[key] = self.rerun()
        if holder.index not in found:
            raise CheckpointError(_USED_TWICE.format(_OVERLAP if _settings.groups else ""))
        return found.pop(holder.index)

    def rerun(self) -> dict[int, Tensor]:
        """Run the block again; return what it saves where somebody still holds the holder."""
        found: dict[int, Tensor] = {}
        saved: list[dict[str, Any]] = []
        self.again.clear()

        def pack(tensor: Tensor) -> Tensor:
            index = len(saved)
            if index == len(self.holders):
                raise self.mismatch(
                    "torch.utils.checkpoint: trying to save more tensors during recomputation "
                    "than during the original forward pass."
                )
            saved.append(_describe(tensor))
            if self.debug:
                self.again.append(_place())
            if self.holders[index]() is not None:
                found[index] = tensor.detach() if tensor.requires_grad else tensor
            if self.early_stop and len(saved) == len(self.holders):
                raise _Stop
            return tensor.detach()  # never itself: an output would hold its own node

        with (
            contextlib.suppress(_Stop),
            _random_state(self.state),
            modes.enable_grad(),
            saved_tensors_hooks(pack, lambda packed: packed),
            self.context,
        ):
            self.function(*self.args, **self.kwargs)
        self.compare(saved)
        return found

    def compare(self, saved: list[dict[str, Any]]) -> None:
        """Refuse a rerun that saved other tensors than the first run."""
        if len(saved) != len(self.saved):
            raise self.mismatch(
                "torch.utils.checkpoint: A different number of tensors was saved during the "
                "original forward and recomputation.\nNumber of tensors saved during forward: "
                f"{len(self.saved)}\nNumber of tensors saved during recomputation: {len(saved)}."
            )
        different = [i for i, (a, b) in enumerate(zip(self.saved, saved, strict=True)) if a != b]
        if self.check == "default" and different:
            lines = [
                f"tensor at position {i}:\nsaved metadata: {self.saved[i]}\nrecomputed metadata: "
                f"{saved[i]}"
                for i in different
            ]
            raise self.mismatch(
                "torch.utils.checkpoint: Recomputed values for the following tensors have "
                "different metadata than during the forward pass.\n" + "\n".join(lines) + "\n"
            )

    def mismatch(self, message: str) -> CheckpointError:
        """Return the error, with where both runs saved their tensors if that was kept."""
        if not self.debug:
            return CheckpointError(f"{message}\n{_TIP}")
        runs = [
            f"{head}:\n" + "\n".join(f"  {i}. {place}" for i, place in enumerate(places))
            for head, places in (
                ("Tensors saved by the original forward", self.places),
                ("Tensors saved by the recomputation", self.again),
            )
        ]
        return CheckpointError(
            "\n".join(runs) + "\nYou are seeing this error because you passed `debug=True` to "
            "checkpoint or wrapped it in set_checkpoint_debug_enabled(True): the first line in "
            f"which both lists differ shows where the block took another way.\n{message}"
        )


@contextlib.contextmanager
def _random_state(state: Any) -> Iterator[None]:
    """Draw the numbers of the first run again, and leave the stream where it was."""
    if state is None:
        yield
        return
    now = default_generator.get_state()
    default_generator.set_state(state)
    try:
        yield
    finally:
        default_generator.set_state(now)


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn if no input requires a gradient."""
    if not any(isinstance(a, Tensor) and a.requires_grad for a in inputs):
        warn("None of the inputs have requires_grad=True. Gradients will be None")


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the inputs, with leaves in place of the tensors.

    Raises
    ------
    RuntimeError
        If the inputs are no tuple.
    """
    if not isinstance(inputs, tuple):
        raise RuntimeError(
            "Only tuple of tensors is supported. Got Unsupported input type: "
            f"{type(inputs).__name__}"
        )
    return tuple(
        a.detach().requires_grad_(a.requires_grad) if isinstance(a, Tensor) else a for a in inputs
    )


def noop_context_fn() -> tuple[Any, Any]:
    """Return two contexts that do nothing, for the block and for its rerun."""
    return contextlib.nullcontext(), contextlib.nullcontext()


class CheckpointFunction(Function):
    """The reentrant form: one node, whose backward runs the block and its backward."""

    @staticmethod
    def forward(ctx: Any, run_function: Any, preserve: bool, *args: Any) -> Any:
        """Run the block unrecorded."""
        check_backward_validity(args)
        ctx.run_function = run_function
        ctx.state = default_generator.get_state() if preserve else None
        ctx.places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.inputs = [None if isinstance(a, Tensor) else a for a in args]
        ctx.save_for_backward(*[args[i] for i in ctx.places])
        return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Run the block again, recorded, and differentiate it.

        Raises
        ------
        RuntimeError
            If none of the outputs requires grad, or the pass is restricted to some inputs.
        """
        if current_task().targets is not None:
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or "
                "passing an `inputs` parameter to .backward(). To resolve this error, you can "
                "either set use_reentrant=False, or call .backward() without passing the `inputs` "
                "argument."
            )
        inputs = list(ctx.inputs)
        for place, tensor in zip(ctx.places, ctx.saved_tensors, strict=True):
            inputs[place] = tensor
        inputs = list(detach_variable(tuple(inputs)))
        with _random_state(ctx.state), modes.enable_grad():
            outputs = ctx.run_function(*inputs)
        if isinstance(outputs, Tensor):
            outputs = (outputs,)
        pairs = [
            (out, grad)
            for out, grad in zip(outputs, grad_outputs, strict=True)
            if isinstance(out, Tensor) and out.requires_grad
        ]
        if not pairs:
            raise RuntimeError(
                "none of output has requires_grad=True, this checkpoint() is not necessary"
            )
        backward([out for out, _ in pairs], [grad for _, grad in pairs])
        grads = [i._grad if isinstance(i, Tensor) else None for i in inputs]
        return (None, None, *grads)


def checkpoint_sequential(
    functions: Sequence[Callable[..., Any]],
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    **kwargs: Any,
) -> Any:
    """Run functions one after the other, all segments but the last checkpointed.

    Parameters
    ----------
    functions : Sequential or sequence of callable
    segments : int
        How many pieces to cut them into.
    input : Tensor
        Argument of the first.
    use_reentrant : bool, optional
        As for `checkpoint`.
    **kwargs
        `preserve_rng_state`.

    Returns
    -------
    What the last function returns
    """
    if use_reentrant is None:
        warn(
            "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be "
            "passed explicitly. In version 2.9 we will raise an exception if use_reentrant is not "
            "passed. use_reentrant=False is recommended, but if you need to preserve the current "
            "default behavior, you can pass use_reentrant=True. Refer to docs for more details on "
            "the differences between the two variants.",
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)

    def run(start: int, end: int) -> Callable[[Any], Any]:
        def piece(value: Any) -> Any:
            for step in steps[start : end + 1]:
                value = step(value)
            return value

        return piece

    size = len(steps) // segments
    end = -1
    for start in range(0, size * (segments - 1), size):
        end = start + size - 1
        input = checkpoint(
            run(start, end), input, use_reentrant=use_reentrant, preserve_rng_state=preserve
        )
    return run(end + 1, len(steps) - 1)(input)
