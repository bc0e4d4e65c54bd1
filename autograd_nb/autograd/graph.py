"""`torch.autograd.graph`: hooks on saved tensors, hooks over several tensors, edges."""

from __future__ import annotations

import contextlib
import functools
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..core import events
from ..core.engine import GradientEdge, get_gradient_edge
from ..core.hooks import RemovableHandle
from ..core.modes import state
from ..core.node import Node
from ..core.saved import SavedHooks
from ..core.tensor import Tensor

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
    "set_warn_on_accumulate_grad_stream_mismatch",
]


class saved_tensors_hooks:
    """Within the block, pass every saved tensor through `pack_hook`, and back when needed.

    Parameters
    ----------
    pack_hook : callable
        Gets the tensor; what it returns is kept instead.
    unpack_hook : callable
        Gets what was kept; must return a tensor.

    Raises
    ------
    RuntimeError
        If such hooks are disabled.
    """

    def __init__(
        self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]
    ) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        if not (callable(self.pack_hook) and callable(self.unpack_hook)):
            raise TypeError(
                "_push_saved_tensors_default_hooks(): incompatible function arguments. The "
                "following argument types are supported:\n    1. (arg0: collections.abc.Callable, "
                "arg1: collections.abc.Callable) -> None\n\nInvoked with: "
                f"{self.pack_hook!r}, {self.unpack_hook!r}"
            )
        if state.saved_hooks_disabled is not None:
            raise RuntimeError(state.saved_hooks_disabled)
        pair = SavedHooks(self.pack_hook, self.unpack_hook)
        state.saved_hooks = (*state.saved_hooks, pair)
        state.note_hooks()
        if events.observer is not None:
            events.observer.saved_hooks_entered(pair, False)

    def __exit__(self, *exc: object) -> None:
        pairs = state.saved_hooks
        state.saved_hooks = pairs[:-1]
        state.note_hooks()
        if events.observer is not None and pairs:
            events.observer.saved_hooks_left(pairs[-1])


class save_on_cpu(saved_tensors_hooks):
    """Within the block, keep saved tensors in the memory of the CPU, where they are already.

    As in PyTorch, a tensor that is kept itself is not checked for changes in place.

    Parameters
    ----------
    pin_memory : bool, default False
        Keep copies.
    device_type : str
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        def pack(tensor: Any) -> Any:
            # Its memory, but not the tensor itself: an output would keep its own node alive.
            return tensor.clone() if pin_memory else tensor.detach()

        super().__init__(pack, lambda packed: packed)


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within the block, make `saved_tensors_hooks` raise with this message.

    Raises
    ------
    RuntimeError
        If hooks are active already.
    """
    if state.saved_hooks:
        raise RuntimeError(error_message)
    previous = state.saved_hooks_disabled
    state.saved_hooks_disabled = error_message
    try:
        yield
    finally:
        state.saved_hooks_disabled = previous


def increment_version(tensor: Any) -> None:
    """Tell autograd that a tensor, or each of several, was changed in place.

    Parameters
    ----------
    tensor : Tensor or iterable of Tensor
    """
    single = isinstance(tensor, Tensor) or not hasattr(tensor, "__iter__")
    items = [tensor] if single else list(tensor)
    if not single and not all(isinstance(item, Tensor) for item in items):
        raise RuntimeError("increment_version expects each element of the iterable to be a tensor")
    if single and not isinstance(tensor, Tensor):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    for item in items:
        if not item._inference:  # those count nothing
            item._bump_version("increment_version")


def set_warn_on_accumulate_grad_stream_mismatch(enabled: bool) -> None:
    """Do nothing: there are no streams that could differ.

    Parameters
    ----------
    enabled : bool

    Raises
    ------
    RuntimeError
        If it is no bool.
    """
    if not isinstance(enabled, bool):
        raise RuntimeError(f"enabled must be a bool, but got {type(enabled).__name__}")


class _MultiHandle(RemovableHandle):
    """Removes all hooks of one `register_multi_grad_hook`."""

    def __init__(self, handles: tuple[RemovableHandle, ...]) -> None:
        self.handles = handles

    def remove(self) -> None:
        """Take the hooks away."""
        for handle in self.handles:
            handle.remove()


def _place(tensor: Tensor) -> Callable[[], Any]:
    """Return what finds the node of a tensor again, without holding either."""
    if tensor.grad_fn is not None:
        return weakref.ref(tensor.grad_fn)
    leaf = weakref.ref(tensor)

    def accumulator() -> Any:
        found = leaf()
        return None if found is None or found._accumulate is None else found._accumulate()

    return accumulator


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[..., Any], *, mode: str = "all"
) -> RemovableHandle:
    """Call a hook once per backward pass, when several gradients have been computed.

    Parameters
    ----------
    tensors : sequence of Tensor
    fn : callable
        With ``mode="all"``, gets a list of the gradients, None for those not computed; with
        ``mode="any"``, the first gradient alone.
    mode : {"all", "any"}

    Returns
    -------
    RemovableHandle

    Raises
    ------
    ValueError
        If `mode` is neither.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    lock = threading.Lock()
    n = len(tensors)
    # The hooks hold neither tensors nor nodes, which hold them: a table per pass, and weak places.
    passes: dict[int, list[Any]] = {}

    def inner(position: int, grad: Tensor) -> None:
        from ..core.graph_task import current_task

        task = current_task()
        with lock:
            if mode == "any":
                if id(task) in passes:
                    return
                passes[id(task)] = []
                task.at_end.append(lambda: passes.pop(id(task), None))
                fire = True
            else:
                if id(task) not in passes:
                    passes[id(task)] = [None] * n + [0]
                    task.at_end.append(lambda: passes.pop(id(task), None))
                row = passes[id(task)]
                expected = task.count_reachable([place() for place in places])
                row[position] = grad
                row[-1] += 1
                fire = row[-1] == expected
                if fire:
                    del passes[id(task)]
        if fire:
            fn(grad) if mode == "any" else fn(row[:n])

    places: list[Callable[[], Any]] = []
    if mode == "any":
        tensors = [t for t in tensors if t.requires_grad]
    else:
        if any(t._edge() is None for t in tensors):
            raise AssertionError("Expected gradient function to be set")
        places = [_place(t) for t in tensors]
    handles = tuple(t.register_hook(functools.partial(inner, i)) for i, t in enumerate(tensors))
    return _MultiHandle(handles)


class _Handle:
    """Stands for a saved tensor at one version.

    The copy is made when the tensor is saved: what changes it later need not be told.
    """

    __slots__ = ("__weakref__", "copy", "lost", "tensor", "version")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor, self.version = tensor, tensor._version
        self.copy = tensor.clone()
        self.lost = False  # since `clear`

    @property
    def changed(self) -> bool:
        """Whether the tensor was changed since."""
        return self.tensor._version != self.version


class _AllowMutationOnSavedContext:
    """What `allow_mutation_on_saved_tensors` keeps.

    Attributes
    ----------
    tid_to_weakhandle : mapping
        The handles that graphs still hold, by what tells one tensor at one version.
    sid_to_tid : dict
        Those keys, by memory and version.
    """

    def __init__(self) -> None:
        self.tid_to_weakhandle: weakref.WeakValueDictionary[Any, _Handle]
        self.tid_to_weakhandle = weakref.WeakValueDictionary()
        self.sid_to_tid: dict[Any, set[Any]] = {}
        self.open = True  # while the block runs

    @property
    def cloned(self) -> dict[_Handle, Tensor]:
        """Copies of the tensors that were changed after they were saved."""
        return {h: h.copy for h in self.tid_to_weakhandle.values() if h.changed}

    @property
    def original(self) -> dict[_Handle, Tensor]:
        """The saved tensors that are as they were."""
        return {h: h.tensor for h in self.tid_to_weakhandle.values() if not h.changed}

    def handle(self, tensor: Tensor) -> _Handle:
        """Return what stands for a tensor as it is now."""
        place = tensor.data_ptr(), tensor._version
        tid = id(tensor), *place
        self.sid_to_tid.setdefault(place, set()).add(tid)
        found = self.tid_to_weakhandle.get(tid)
        if found is None:
            found = self.tid_to_weakhandle[tid] = _Handle(tensor)
        return found

    def clear(self) -> None:
        """Forget everything."""
        for handle in self.tid_to_weakhandle.values():
            handle.lost = True
            handle.tensor = handle.copy  # an output leads to the node that holds its handle
        self.tid_to_weakhandle.clear()
        self.sid_to_tid.clear()


class _Mutation(threading.local):
    context: _AllowMutationOnSavedContext | None = None


_mutation = _Mutation()


@contextlib.contextmanager
def _unsafe_preserve_version_counter(tensors: Tensor | tuple[Tensor, ...]) -> Iterator[None]:
    """Within the block, let changes of these tensors go unnoticed by autograd."""
    kept = (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)
    versions = [tensor._version for tensor in kept]
    try:
        yield
    finally:
        for tensor, version in zip(kept, versions, strict=True):
            tensor._counter()[0] = version


@contextlib.contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[_AllowMutationOnSavedContext]:
    """Within the block, let saved tensors be changed in place: backward uses copies.

    Raises
    ------
    RuntimeError
        Inside another such block.
    AssertionError
        In a backward pass after the block.
    """
    if _mutation.context is not None:
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    context = _mutation.context = _AllowMutationOnSavedContext()

    def unpack(handle: _Handle) -> Tensor:
        if not context.open or handle.lost:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' context"
                "in which the graph was originally recorded."
            )
        return handle.copy if handle.changed else handle.tensor

    try:
        with saved_tensors_hooks(context.handle, unpack):
            yield context
    finally:
        context.open, _mutation.context = False, None
        context.clear()
