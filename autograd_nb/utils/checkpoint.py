"""`torch.utils.checkpoint`: save memory by computing a part of the forward pass again.

Note [Recomputing saved tensors]
Without reentrancy, the block runs as usual, but what it saves is replaced by empty holders (with
saved-tensor hooks). The first holder that backward opens runs the block again; what is saved this
time, in the same order, fills the holders. The rerun stops as soon as the last one is full.
"""

from __future__ import annotations

import contextlib
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..autograd.graph import saved_tensors_hooks
from ..core import modes
from ..core.engine import backward
from ..core.function import Function
from ..core.generator import default_generator
from ..core.graph_task import current_task
from ..core.tensor import Tensor

__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential"]


class CheckpointError(RuntimeError):
    """The block did something else when it was run again."""


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
        Accepted; messages always say which saved tensor differed.
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
        warnings.warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. "
            "Starting in PyTorch 2.9, calling checkpoint without use_reentrant will raise an "
            "exception. use_reentrant=False is recommended, but if you need to preserve the "
            "current default behavior, you can pass use_reentrant=True. Refer to docs for more "
            "details on the differences between the two variants.",
            stacklevel=2,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not None:
            raise ValueError(
                "Passing `context_fn` or `debug` is only supported when use_reentrant=False."
            )
        return CheckpointFunction.apply(function, preserve, *args)
    if not modes.is_grad_enabled():
        return function(*args, **kwargs)
    first, second = (
        context_fn()
        if context_fn is not None
        else (contextlib.nullcontext(), contextlib.nullcontext())
    )
    frame = _Frame(function, args, kwargs, preserve, second, determinism_check, early_stop)
    with saved_tensors_hooks(frame.pack, frame.unpack), first:
        return function(*args, **kwargs)


class _Holder:
    """Stands for one saved tensor of the block."""

    __slots__ = ("__weakref__", "index", "shape")

    def __init__(self, index: int, shape: Any) -> None:
        self.index = index
        self.shape = shape


class _Stop(Exception):
    """Raised inside the rerun when every holder is full."""


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
    ) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs
        self.state = default_generator.get_state() if preserve else None
        self.context = context
        self.check = check
        self.early_stop = early_stop
        self.holders: list[weakref.ref[_Holder]] = []
        self.filled: dict[int, list[Tensor]] = {}  # by pass

    def pack(self, tensor: Tensor) -> _Holder:
        """Keep a holder in the place of a tensor."""
        holder = _Holder(len(self.holders), (tensor.shape, tensor.dtype))
        self.holders.append(weakref.ref(holder))
        return holder

    def unpack(self, holder: _Holder) -> Tensor:
        """Return what a holder stands for, from the rerun of this pass."""
        task = current_task()
        found = self.filled.get(id(task))
        if found is None:
            found = self.filled[id(task)] = self.rerun()
            task.at_end.append(lambda: self.filled.pop(id(task), None))
        if holder.index >= len(found):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the "
                "original forward and recomputation.\nNumber of tensors saved during forward: "
                f"{len(self.holders)}\nNumber of tensors saved during recomputation: {len(found)}."
            )
        tensor = found[holder.index]
        if self.check == "default" and (tensor.shape, tensor.dtype) != holder.shape:
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have "
                "different metadata than during the forward pass.\ntensor at position "
                f"{holder.index}:\nsaved metadata: {holder.shape}\nrecomputed metadata: "
                f"{(tensor.shape, tensor.dtype)}"
            )
        return tensor

    def rerun(self) -> list[Tensor]:
        """Run the block again and return what it saves."""
        found: list[Tensor] = []
        wanted = max((r().index + 1 for r in self.holders if r() is not None), default=0)  # type: ignore[union-attr]

        def pack(tensor: Tensor) -> Tensor:
            found.append(tensor.detach())
            if self.early_stop and len(found) == wanted:
                raise _Stop
            return found[-1]

        with (
            _random_state(self.state),
            modes.enable_grad(),
            saved_tensors_hooks(pack, lambda packed: packed),
            self.context,
            contextlib.suppress(_Stop),
        ):
            self.function(*self.args, **self.kwargs)
        return found


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


class CheckpointFunction(Function):
    """The reentrant form: one node, whose backward runs the block and its backward."""

    @staticmethod
    def forward(ctx: Any, run_function: Any, preserve: bool, *args: Any) -> Any:
        """Run the block unrecorded."""
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
            If none of the outputs requires grad.
        """
        inputs = list(ctx.inputs)
        for place, tensor in zip(ctx.places, ctx.saved_tensors, strict=True):
            inputs[place] = tensor.detach().requires_grad_(tensor.requires_grad)
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
        warnings.warn(
            "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be "
            "passed explicitly.",
            stacklevel=2,
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
