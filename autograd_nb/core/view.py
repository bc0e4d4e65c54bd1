"""Views that share memory with a base: how they came about, and how to repeat them.

Note [Views are replayed]
A view remembers the chain of view operations from its base. Replaying the chain on a gradient
of the base's shape gives the part that belongs to the view, on arrays and on Tensors alike, so
no formula needs strides and pointers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import errors, modes
from .node import CopySlices, Edge, Node, next_sequence_nr
from .saved import remember_history

if TYPE_CHECKING:
    from .tensor import Tensor

DEFAULT, NO_GRAD, MULTI_OUTPUT, CUSTOM = "default", "no_grad", "multi_output", "custom"
INFERENCE = "inference"


# One view operation with its arguments after the tensor, and which of several results it was.
ViewStep = tuple[Any, tuple[Any, ...], "int | None"]


def again(step: ViewStep, value: Any, traced: bool) -> Any:
    """Repeat a view operation on an array, or on a Tensor if `traced`."""
    from .dispatch import call, compute

    op, rest, index = step
    if traced:
        found = call(op, (value, *rest), {})
    else:
        found = compute(op, op.forward, [value, *rest])
    return found if index is None else found[index]


class Geometry:
    """Where a view lies in its base: enough for gradients, and without the base itself.

    A base that was changed through a view has this in its history; the base in here would be a
    cycle.

    Attributes
    ----------
    chain : tuple of ViewStep
        The view operations from the base on.
    shape, strides, dtype : tuple of int, tuple of int, numpy.dtype
        Of the base.
    """

    __slots__ = ("chain", "dtype", "shape", "strides")

    def __init__(self, chain: tuple[Any, ...], base: Any) -> None:
        self.chain = chain
        self.shape = base.shape
        self.strides = base.strides
        self.dtype = base.dtype

    def replay(self, value: Any, traced: bool) -> Any:
        """Apply the chain to an array, or to a Tensor if `traced`."""
        for step in self.chain:
            value = again(step, value, traced)
        return value

    def memory(self, batch: tuple[int, ...] = ()) -> Any:
        """Return zeros that lie as the base does: some views can be taken of that layout only.

        Memory that nobody touches costs nothing.

        Parameters
        ----------
        batch : tuple of int
            Of a batch of gradients, how many examples there are at each of its levels.
        """
        last = sum(s * (n - 1) for n, s in zip(self.shape, self.strides, strict=True))
        count = 1 + last // self.dtype.itemsize if 0 not in self.shape else 0
        row = np.zeros((*batch, count), self.dtype)
        return np.lib.stride_tricks.as_strided(
            row, (*batch, *self.shape), (*row.strides[:-1], *self.strides)
        )

    def laid_out(self, grad: Any, traced: bool) -> Any:
        """Return a copy of the base's gradient that lies as the base does."""
        from .batch import batched, levels_of
        from .tensor import Tensor

        array = grad._array if traced else grad
        overlap = any(s == 0 and n > 1 for s, n in zip(self.strides, self.shape, strict=True))
        levels = levels_of((grad,)) if traced else ()
        if overlap or (array.strides == self.strides and not levels):
            return grad.clone() if traced else np.array(grad)
        if levels:
            value = grad._value
            memory = Tensor._wrap(self.memory(value.shape[: len(levels)]))
            return batched(memory.copy_(value), levels)
        if traced:
            return Tensor._wrap(self.memory()).copy_(grad)
        memory = self.memory()
        memory[...] = grad
        return memory

    def adjoint(self, grad: Any, traced: bool) -> Any:
        """Return the gradient of the base from that of the view."""
        from . import modes
        from .fitting import fit
        from .tensor import Tensor

        probe = Tensor._wrap(self.memory())
        probe.requires_grad = True
        with modes.recording():
            node = self.replay(probe, True)._edge()
        while node.edges:
            grads = node.apply((grad,), traced)
            node, grad = node.edges[0], fit(grads[0], node.edges[0], traced)
        return grad

    def copy_slices(self, fn: Node, grad: Any, traced: bool, edges: tuple[Edge, ...]) -> Any:
        """Run `fn` on the view's part of `grad`; see `CopySlices`."""
        if grad is None:
            return (None,) * len(edges)
        from .fitting import fit_meta

        result = self.laid_out(grad, traced)
        part = self.replay(result, traced)
        meta = tuple(part.shape), (part._array if traced else part).dtype
        inner = fn.apply((part.clone() if traced else np.array(part),), traced)
        first = fit_meta(inner[0], *meta, traced)
        if edges[0] is None or first is None:
            result = None  # as in PyTorch, no gradient of the part is none of the whole
        elif traced:
            part.copy_(first)
        else:
            part[...] = first
        return (result, *inner[1:])


class View:
    """What a view tensor knows of its base.

    Attributes
    ----------
    base : Tensor
        The tensor that owns the memory; never itself a view.
    chain : tuple of ViewStep
        The view operations from the base on.
    creation : str
        Decides whether the view may be changed in place.
    producer : str
        The operation that made it, as messages name it.
    version : int
        The version at which the tensor's grad_fn was last right.
    """

    __slots__ = ("base", "chain", "creation", "producer", "version")

    def __init__(self, base: Tensor, chain: tuple[Any, ...], creation: str, producer: str) -> None:
        self.base = base
        self.chain = chain
        self.creation = creation
        self.producer = producer
        self.version = 0

    @property
    def geometry(self) -> Geometry:
        """Where in the base it lies."""
        return Geometry(self.chain, self.base._array)


class AsStridedBackward0(Node):
    """The history of a view whose base was changed in place after the view was made.

    Parameters
    ----------
    geometry : Geometry
    edge : Edge
        To what the geometry starts from.
    array : ndarray
        What the view looks like.
    """

    __module__ = "builtins"

    def __init__(self, geometry: Geometry, edge: Edge, array: Any) -> None:
        self.geometry = geometry
        self.edges = (edge,)
        self.shape, self.dtype = array.shape, array.dtype
        self.sequence_nr = next_sequence_nr()

    def apply(self, grad_outputs: Any, traced: bool) -> Any:
        """Put the gradient where the view lies in its base."""
        grad = grad_outputs[0]
        return (None if grad is None else self.geometry.adjoint(grad, traced),)


class ViewAsRealBackward0(AsStridedBackward0):
    """The part of such a history that strides cannot express."""

    __module__ = "builtins"


class ViewAsComplexBackward0(AsStridedBackward0):
    """The same in the other direction."""

    __module__ = "builtins"


_RESTATED = {"view_as_real": ViewAsRealBackward0, "view_as_complex": ViewAsComplexBackward0}


def regenerated(view: View, tensor: Tensor) -> Node:
    """Return a new history for a view: one node, and one for each step that changes the dtype."""
    edge, array = view.base._edge(), view.base._array
    chain = view.chain
    if all(op.name not in _RESTATED for op, _, _ in chain):
        return AsStridedBackward0.made(view.geometry, edge, tensor._array)
    start = 0
    for stop in range(1, len(chain) + 1):
        kind = _RESTATED.get(chain[stop - 1][0].name)
        ahead = None if stop == len(chain) else _RESTATED.get(chain[stop][0].name)
        if kind is None and ahead is None and stop < len(chain):
            continue
        geometry = Geometry(chain[start:stop], array)
        array = geometry.replay(array, False)
        edge = (kind or AsStridedBackward0).made(geometry, edge, array)
        start = stop
    assert isinstance(edge, Node)
    return edge


def refresh(tensor: Tensor) -> None:
    """Make the grad_fn of a view right again if its base has changed since."""
    view = tensor._view
    if view is None:
        return
    now = tensor._version_counter[0]
    if view.version == now:
        return
    if not isinstance(tensor._node, Node) and not view.base.requires_grad:
        return
    if view.creation != DEFAULT:
        raise refusal(tensor, indirect=True)
    before = tensor._node, tensor._output_nr
    tensor._node, tensor._output_nr = regenerated(view, tensor), 0
    move_retain(tensor, *before)
    view.version = now


def refresh_if_recording(tensor: Tensor) -> None:
    """Refresh a view that an operation reads: without recording, its history is not asked for."""
    if modes.state.grad_enabled:
        refresh(tensor)


def move_retain(tensor: Tensor, node: Any, output_nr: int) -> None:
    """Move `retain_grad` from the old grad_fn: it follows the tensor, tensor hooks do not."""
    hooks: Any = getattr(node, "hooks", None)
    ref = None if hooks is None else hooks.retain.get(output_nr)
    if ref is not None and ref() is tensor:
        del hooks.retain[output_nr]
        tensor._node._hooks().retain[tensor._output_nr] = ref


def refusal(tensor: Tensor, indirect: bool = False) -> RuntimeError:
    """Return the error for a change in place of a view, or of its base if `indirect`."""
    view, node = tensor._view, tensor._node
    assert view is not None
    producer = view.producer if isinstance(node, Node) else None
    return RuntimeError(errors.view_in_place(view.creation, tensor._output_nr, producer, indirect))


def rebase(tensor: Tensor, node: Node) -> None:
    """Make `node` the history of `tensor` after an in-place operation."""
    view = tensor._view
    if view is None:
        before = tensor._node, tensor._output_nr
        tensor._node, tensor._output_nr = node, 0
        move_retain(tensor, *before)
        return
    base = view.base
    before = base._node, base._output_nr
    base._node = CopySlices.made(base._edge(), node, view.geometry, base)
    base._output_nr = 0
    move_retain(base, *before)
    # The view's own grad_fn follows from the base's: made when it is next asked for.
    before = tensor._node, tensor._output_nr
    tensor._node, tensor._output_nr = regenerated(view, tensor), 0
    remember_history(node, tensor._node)
    move_retain(tensor, *before)
    view.version = tensor._version_counter[0]
