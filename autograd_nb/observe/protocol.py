"""What the observers ask of nodes and tensors: the words that PyTorch's own graph speaks.

Nothing here imports an engine.  An object is taken for a tensor or a node by what its type offers,
so that one walker serves the engine of this package, PyTorch's, and small imitations in tests.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt


class HandleLike(Protocol):
    """A registration that can be taken back."""

    def remove(self) -> None:
        """Take the registration back."""


@runtime_checkable
class NodeLike(Protocol):
    """A grad_fn: one operation of a recorded graph."""

    @property
    def next_functions(self) -> Sequence[tuple[Any, int]]:
        """Pairs of the node that made an input (or None) and the number of its output."""

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dict that lives as long as the node."""

    def name(self) -> str:
        """Return the node's public name."""

    def register_hook(self, fn: Callable[..., Any], /) -> HandleLike:
        """Call ``fn(grad_inputs, grad_outputs)`` after the node ran."""

    def register_prehook(self, fn: Callable[..., Any], /) -> HandleLike:
        """Call ``fn(grad_outputs)`` before the node runs."""


@runtime_checkable
class TensorLike(Protocol):
    """A tensor as far as gradients go."""

    @property
    def requires_grad(self) -> bool:
        """Whether operations on the tensor are recorded."""

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made the tensor."""

    @property
    def grad_fn(self) -> Any:
        """The node that made the tensor, or None."""

    @property
    def shape(self) -> Any:
        """Sizes of the dimensions."""

    @property
    def dtype(self) -> Any:
        """Element type."""


# What was found out about types; asked for several times a pass. Types are not kept alive.
_tensor_types: dict[int, tuple[bool, weakref.ref[type]]] = {}
_TENSOR_WORDS = ("requires_grad", "is_leaf", "grad_fn", "shape", "dtype", "backward")


def history(tensor: Any) -> Any:
    """Return a tensor's grad_fn; None, too, for a view that must not be asked for it.

    A view of several, whose base was changed in place, raises where its history is read.
    """
    try:
        return tensor.grad_fn
    except RuntimeError:
        return None


def is_tensor(value: object) -> bool:
    """Tell whether a value is a tensor, by its type alone.

    The value's own attributes are not asked: a stranger in the user's namespace may answer any
    name, slowly or with side effects.

    Parameters
    ----------
    value : object

    Returns
    -------
    bool
    """
    number = id(type(value))
    known = _tensor_types.get(number)
    if known is None:
        kind = type(value)
        found = all(hasattr(kind, word) for word in _TENSOR_WORDS)
        gone = weakref.ref(kind, lambda _: _tensor_types.pop(number, None))
        known = _tensor_types[number] = found, gone
    return known[0]


def is_node(value: object) -> bool:
    """Tell whether a value is a grad_fn, by its type alone.

    Parameters
    ----------
    value : object

    Returns
    -------
    bool
    """
    kind = type(value)
    return hasattr(kind, "next_functions") and hasattr(kind, "name")


def is_accumulator(node: Any) -> bool:
    """Tell whether a node adds gradients to a leaf.

    Parameters
    ----------
    node : NodeLike

    Returns
    -------
    bool
    """
    return type(node).__name__ == "AccumulateGrad"


def node_name(node: Any) -> str:
    """Return a node's public name without its namespace.

    Parameters
    ----------
    node : NodeLike

    Returns
    -------
    str
        ``"AccumulateGrad"`` also where PyTorch says ``"torch::autograd::AccumulateGrad"``.
    """
    return str(node.name()).rpartition("::")[2]


_NUMBERED = re.compile(r"(.+?)Backwards?\d+$")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def label_of(name: str) -> str:
    """Shorten a node's name to the name of the operation.

    Parameters
    ----------
    name : str
        ``"LogSoftmaxBackward0"``, or ``"LinearBackward"`` of a custom Function.

    Returns
    -------
    str
        ``"log_softmax"``, or ``"Linear"``: the number tells built-in from custom.
    """
    numbered = _NUMBERED.match(name)
    if numbered:
        return _HUMP.sub("_", numbered.group(1)).lower()
    if name in {"CopySlices", "CopyBackwards", "AsStridedBackward", "Error", "NotImplemented"}:
        return _HUMP.sub("_", name.removesuffix("Backwards")).lower()
    return name.removesuffix("Backward") or name


def sequence_nr(node: Any) -> int | None:
    """Return the number that orders nodes by their making.

    Parameters
    ----------
    node : NodeLike

    Returns
    -------
    int or None
        None where a node has none, and for accumulators.
    """
    ask = getattr(node, "_sequence_nr", None)
    if ask is None or is_accumulator(node):
        return None
    return int(ask())


NodeKey = tuple[int | None, str, bool]


def node_key(node: Any) -> NodeKey:
    """Return what tells a node from all others, as long as it has a number.

    Parameters
    ----------
    node : NodeLike

    Returns
    -------
    tuple of (int or None, str, bool)
        Number, name, and whether it is of another library: each library counts its own nodes.
    """
    return sequence_nr(node), node_name(node), is_foreign(node)


def shape_of(tensor: Any) -> tuple[int, ...]:
    """Return a tensor's shape as plain integers.

    Parameters
    ----------
    tensor : TensorLike

    Returns
    -------
    tuple of int
    """
    return tuple(int(n) for n in tensor.shape)


def is_foreign(node: Any) -> bool:
    """Tell whether a node belongs to another library.

    Parameters
    ----------
    node : NodeLike

    Returns
    -------
    bool
    """
    return not hasattr(type(node), "output_meta")


def dtype_name(value: Any) -> str:
    """Return the short name of a dtype.

    Parameters
    ----------
    value : object
        A dtype of PyTorch, of this package or of NumPy.

    Returns
    -------
    str
        ``"float32"``.
    """
    return str(value).rpartition(".")[2]


def result_form(node: Any, output_nr: int = 0) -> tuple[tuple[int, ...] | None, str]:
    """Return shape and dtype of a node's result, without asking for the result.

    Parameters
    ----------
    node : NodeLike
    output_nr : int, default 0

    Returns
    -------
    shape : tuple of int or None
    dtype : str
        Empty where the node does not say.
    """
    ask = getattr(node, "output_meta", None)
    try:
        if ask is not None:
            shape, dtype = ask(output_nr)
        else:
            form = node._input_metadata[output_nr]
            shape, dtype = form.shape, form.dtype
        return tuple(int(n) for n in shape), dtype_name(dtype)
    except (AttributeError, IndexError, RuntimeError, TypeError):
        # An imitation says nothing; PyTorch: an output that got no tensor has no shape, a
        # symbolic one has no number.
        return None, ""


def roots_of(outputs: Any) -> tuple[Any, ...]:
    """Return what a walk can start from.

    Parameters
    ----------
    outputs : TensorLike, gradient edge, or sequence of them
        What a pass was asked to start from.

    Returns
    -------
    tuple
        Tensors, and the pairs inside gradient edges.
    """
    if is_tensor(outputs):
        return (outputs,)
    found: list[Any] = []
    for output in outputs:
        # A tensor is not asked for what it lacks: looking for words to suggest takes a while.
        node = None if is_tensor(output) else getattr(output, "node", None)
        found.append((node, 0) if node is not None and is_node(node) else output)
    return tuple(found)


def array_of(value: Any) -> npt.NDArray[Any]:
    """Look at a tensor's numbers without recording and, on the CPU, without copying.

    Parameters
    ----------
    value : TensorLike, ndarray or number

    Returns
    -------
    ndarray
        To be read at once and not kept.
    """
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value)
    array = getattr(value, "_array", None)
    if array is not None:
        return np.asarray(array)
    if not is_tensor(value):
        return np.asarray(value)
    plain = value.detach() if value.requires_grad else value
    try:
        return np.asarray(plain.numpy())
    except (TypeError, RuntimeError):  # on a device, conjugated, or of a dtype that NumPy lacks
        plain = plain.resolve_conj().resolve_neg().cpu()
        floats = dtype_name(plain.dtype) in {"bfloat16", "float8_e4m3fn", "float8_e5m2"}
        return np.asarray((plain.float() if floats else plain).numpy())
