"""Nodes of the backward graph and the edges between them.

An edge is what a gradient is sent along: None (no gradient wanted), a Node (its output 0), or
a pair (Node, output number). Most nodes have one output, and a bare Node is the cheapest edge.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing import Self

from . import errors, events
from .device import device
from .dtypes import from_numpy
from .hooks import HookTable, NodeHooks, RemovableHandle
from .saved import SAVED_TYPES, Freed, SavedInput, SavedPacked
from .size import Size

_sequence = itertools.count()
next_sequence_nr = _sequence.__next__
LEAF_SEQUENCE_NR = 2**64 - 1

Edge = Any  # None | Node | tuple[Node, int]


def edge_pair(edge: Edge) -> tuple[Node | None, int]:
    """Return an edge as (node, output number)."""
    return edge if type(edge) is tuple else (edge, 0)


class InputMetadata(NamedTuple):
    """What a node expects of the gradient of one of its outputs."""

    shape: Size
    dtype: Any
    device: Any = device("cpu")
    is_nested_tensor: bool = False
    is_cpp_nested_tensor: bool = False


class ReadOnly(property):
    """A property of nodes; setting it is refused in PyTorch's words."""

    def __set__(self, node: Any, value: Any) -> None:
        assert self.fget is not None
        owner = node.described_as
        raise AttributeError(
            f"attribute '{self.fget.__name__}' of '{owner}' objects is not writable"
        )

    def __delete__(self, node: Any) -> None:
        self.__set__(node, None)


class Node:
    """A step of the backward pass: takes the gradients of its outputs, gives those of its inputs.

    Attributes
    ----------
    edges : tuple of Edge
        Where the gradient of each input goes.
    sequence_nr : int
        Nodes run in descending order of this number.
    shape, dtype : tuple of int, numpy.dtype
        Of the (first) output: what an arriving gradient is fitted to.
    outputs : list of (shape, dtype) or None
        The same for every output, where there are several.
    saved : tuple or Freed
        What the formulas need from the forward pass.
    """

    edges: tuple[Edge, ...] = ()
    sequence_nr: int = 0
    shape: tuple[int, ...] = ()
    dtype: Any = None
    outputs: list[tuple[tuple[int, ...], Any]] | None = None
    saved: Any = ()
    hooks: NodeHooks | None = None
    code: Any = None  # with lasti: where the operation was called
    lasti: int = 0
    bears_detached = False  # whether it takes saved tensors that `detach_` has cut off since
    frees: bool | None = None  # whether it saved tensors; None: look at `saved`
    _metadata: dict[Any, Any] | None = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Refuse: only operations make nodes."""
        raise TypeError(f"cannot create '{cls.__name__}' instances")

    @classmethod
    def made(cls, *args: Any) -> Self:
        """Return a node of this class."""
        node = object.__new__(cls)
        node.__init__(*args)  # type: ignore[misc]
        return node

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(f"cannot pickle '{type(self).__name__}' object")

    # -- what PyTorch's nodes offer -------------------------------------------------
    namespace = ""  # what PyTorch's `name()` puts before the class name of some nodes

    @property
    def described_as(self) -> str:
        """How messages about attributes name the class."""
        return type(self).__name__

    def name(self) -> str:
        """Return the node's name, for example ``MulBackward0``."""
        return self.namespace + type(self).__name__

    @ReadOnly
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """Return the edges as pairs (node or None, output number)."""
        return tuple(edge_pair(edge) for edge in self.edges)

    @ReadOnly
    def metadata(self) -> dict[Any, Any]:
        """Return a dict that lives as long as the node."""
        if self._metadata is None:
            self._metadata = {}
        return self._metadata

    @ReadOnly
    def requires_grad(self) -> bool:
        """Return True: a node exists only where a gradient is wanted."""
        return True

    @ReadOnly
    def origin(self) -> tuple[Any, int] | None:
        """Return the calling code object and instruction offset; see `errors.describe_origin`."""
        return None if self.code is None else (self.code, self.lasti)

    @ReadOnly
    def _input_metadata(self) -> tuple[InputMetadata, ...]:
        return tuple(
            InputMetadata(Size(shape), None if kind is None else from_numpy(kind))
            for shape, kind in self.outputs or [(self.shape, self.dtype)]
        )

    def _sequence_nr(self) -> int:
        return self.sequence_nr

    def register_hook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call ``fn(grad_inputs, grad_outputs)`` after the node ran.

        Parameters
        ----------
        fn : callable
            May return a tuple that replaces `grad_inputs`.

        Returns
        -------
        RemovableHandle
        """
        return self._hooks().after().add("node_post", self, fn)

    def register_prehook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call ``fn(grad_outputs)`` before the node runs.

        Parameters
        ----------
        fn : callable
            May return a tuple that replaces `grad_outputs`.

        Returns
        -------
        RemovableHandle
        """
        return self._hooks().before().add("node_pre", self, fn)

    @ReadOnly
    def _register_hook_dict(self) -> HookTable:
        return self._hooks().after()

    def _hooks(self) -> NodeHooks:
        if self.hooks is None:
            self.hooks = NodeHooks()
        return self.hooks

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    def __call__(self, *grad_outputs: Any) -> Any:
        """Run the node's formula on tensors, outside any backward pass."""
        expected = len(self.outputs or (None,))
        if len(grad_outputs) != expected:
            raise TypeError(f"expected {expected} arguments, got {len(grad_outputs)} instead")
        result = self.apply(grad_outputs, True)
        return result[0] if len(result) == 1 else result

    # -- what the engine uses ---------------------------------------------------------
    def apply(self, grad_outputs: Any, traced: bool) -> Any:
        """Return the gradient for each edge.

        Parameters
        ----------
        grad_outputs : tuple
            One entry per output, None where none arrived: arrays, or Tensors if `traced`.
        traced : bool
            Whether the computation itself is recorded (`create_graph=True`).
        """
        raise NotImplementedError(f"{self.name()} has no formula")

    def output_meta(self, output_nr: int) -> tuple[tuple[int, ...], Any]:
        """Return shape and dtype of an output."""
        if output_nr or self.outputs is not None:
            assert self.outputs is not None
            return self.outputs[output_nr]
        return self.shape, self.dtype

    def run(self, grad_output: Any) -> Any:
        """Return the gradient for each edge of a node with one output; arrays only."""
        __tracebackhide__ = True
        return self.apply((grad_output,), False)

    def run_on_own(self, held: list[Any]) -> Any:
        """Return the gradient for each edge, for a large array that may be overwritten.

        Parameters
        ----------
        held : list
            The array; the caller has no other reference to it.
        """
        __tracebackhide__ = True
        return self.run(held.pop())

    def run_traced(self, grad_output: Any) -> Any:
        """Return the gradient for each edge of a node with one output; recorded Tensors."""
        __tracebackhide__ = True
        return self.apply((grad_output,), True)

    def calls_back(self) -> bool:
        """Say whether running it runs code of the user, who may put hooks on it meanwhile."""
        return any(type(value) is SavedPacked for value in self.saved_values())

    def saved_values(self) -> tuple[Any, ...]:
        """Return what is saved, tensors as saved tensors; empty once freed."""
        return self.saved if type(self.saved) is tuple else ()

    def make_usual(self) -> None:
        """Keep what is saved in the usual form from now on; see `HotNode`."""

    def release(self, freed: Freed | None = None) -> None:
        """Give up the saved tensors; a node that saved none stays usable.

        Parameters
        ----------
        freed : Freed, optional
            Says where; one record serves all nodes of a pass.
        """
        if any(type(value) in SAVED_TYPES for value in self.saved_values()):
            self.saved = freed or Freed()
            self.tell_freed()

    def tell_freed(self) -> None:
        """Tell the observer that the saved tensors are gone."""
        if events.observer is not None:
            events.observer.freed(self)

    def unpack(self, traced: bool) -> list[Any]:
        """Return the saved values, checked; raw arrays, or Tensors if `traced`.

        Raises
        ------
        RuntimeError
            If they were freed, or changed in place since.
        """
        __tracebackhide__ = True
        saved = self.saved
        if type(saved) is Freed:
            raise second_backward(self, saved)
        if traced:
            return [v.unpack(self) if type(v) in SAVED_TYPES else v for v in saved]
        return [v.array(self) if type(v) in SAVED_TYPES else v for v in saved]


def second_backward(node: Node, freed: Freed) -> RuntimeError:
    """Return the error of a second backward, with a note on where the first one was."""
    error = RuntimeError(errors.SECOND_BACKWARD)
    lines = [
        "Usual cure: run the cell that builds the graph again before this one; retain_graph=True "
        "only if one graph really is used twice."
    ]
    built = errors.describe_origin(node.origin)
    if built:
        lines.append(f"{node.name()} was built at {built}.")
    first = errors.describe_origin(freed.origin)
    if first:
        lines.append(f"Its saved tensors were freed by the backward at {first}.")
    error.add_note(" ".join(lines))
    return error


class InnerNode(Node):
    """A node that belongs to the engine, and not to an operation."""

    __module__ = "builtins"

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Refuse: only the engine makes them."""
        raise RuntimeError("Cannot construct")


class AccumulateGrad(InnerNode):
    """The end of the graph at a leaf: adds what arrives to the leaf's `.grad`."""

    __module__ = "builtins"

    sequence_nr = LEAF_SEQUENCE_NR

    variable: Any  # the leaf; `Tensor._accumulator` makes the node

    def name(self) -> str:
        """Return the name that PyTorch gives it."""
        return "torch::autograd::AccumulateGrad"


class CopySlices(InnerNode):
    """The history of a base whose view was changed in place.

    Notes
    -----
    The gradient of the base is copied; the part that the view covers is run through the node of
    the in-place operation and put back. `fn` is that node and its edge 0 stands for the view.
    """

    __module__ = "builtins"
    namespace = "torch::autograd::"
    frees = None
    saved: Any = (None,)  # once it ran it is used up, whatever the operation saved

    def __init__(self, base_edge: Edge, fn: Node, geometry: Any, base: Any) -> None:
        self.edges = (base_edge, *fn.edges[1:])
        self.fn = fn
        self.geometry = geometry
        self.shape, self.dtype = base._array.shape, base._array.dtype
        self.code, self.lasti = fn.code, fn.lasti
        self.sequence_nr = next_sequence_nr()

    def name(self) -> str:
        """Return the name that PyTorch gives it."""
        return "torch::autograd::CopySlices"

    def apply(self, grad_outputs: Any, traced: bool) -> Any:
        """Split the gradient between the base before and the operation's other inputs."""
        if type(self.saved) is Freed:
            raise second_backward(self, self.saved)
        return self.geometry.copy_slices(self.fn, grad_outputs[0], traced, self.edges)

    def release(self, freed: Freed | None = None) -> None:
        """Give up what the in-place operation saved."""
        self.fn.release(freed)
        if type(self.saved) is not Freed:
            self.saved = freed or Freed()
            self.tell_freed()


class Error(InnerNode):
    """Raises when a gradient reaches it (`once_differentiable`).

    Parameters
    ----------
    message : str
    edges : tuple of Edge
    like : list of Tensor or None
        The outputs, for their shapes.
    """

    __module__ = "builtins"
    namespace = "torch::autograd::"

    def __init__(self, message: str, edges: tuple[Edge, ...], like: list[Any]) -> None:
        self.message = message
        self.edges = edges
        metas = [((), None) if v is None else (v._array.shape, v._array.dtype) for v in like]
        self.shape, self.dtype = metas[0]
        if len(metas) > 1:
            self.outputs = metas
        self.sequence_nr = next_sequence_nr()

    def apply(self, grad_outputs: Any, traced: bool) -> Any:
        """Raise."""
        raise RuntimeError(self.message)


def refused_again(gradient: Any, message: str) -> Any:
    """Return a gradient; where it is recorded, differentiating it raises with `message`."""
    if not getattr(gradient, "requires_grad", False):
        return gradient
    found = gradient.detach()
    found._node = Error.made(message, (gradient._edge(),), [found])
    return found


__all__ = [
    "AccumulateGrad",
    "CopySlices",
    "Edge",
    "Error",
    "Node",
    "SavedInput",
    "edge_pair",
    "next_sequence_nr",
    "refused_again",
]
