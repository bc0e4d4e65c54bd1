"""Forward mode: dual tensors carry a tangent through every operation.

Note [A jvp from the vjp]
A formula of the table maps the cotangent `u` of the result to those of the inputs, linearly in
`u`: it is multiplication by the transposed Jacobian. Its own transpose, which the engine gives by
differentiating the formula with respect to `u`, is the Jacobian again. So every record with a
vjp has a jvp; one that writes `jvp_<input>` uses that instead.
"""

from __future__ import annotations

import itertools
import weakref
from collections import namedtuple
from typing import Any

import numpy as np

from . import modes
from .dispatch import call, record_node, tangents_of
from .function_forward import no_tangents
from .node import Node
from .op import Op
from .overlap import overlaps
from .saved import SavedInput, SavedOutput, forget_tangents, remember_tangent
from .tensor import LEAF, Tensor

UnpackedDualTensor = namedtuple("UnpackedDualTensor", ["primal", "tangent"])

_state = modes.state
_levels = itertools.count(1)
_alive: list[weakref.ref[Tensor]] = []  # the dual tensors of the open level


def enter_dual_level() -> int:
    """Open the level at which tensors can be dual.

    Raises
    ------
    RuntimeError
        If a level is open: they do not nest, as in PyTorch.
    """
    if _state.dual_level:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _state.dual_level = next(_levels)
    return 0


def exit_dual_level(level: int | None = None) -> None:
    """Close the level: every tangent is forgotten.

    Raises
    ------
    RuntimeError
        If none is open.
    """
    if not _state.dual_level:
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This "
            "is not supported."
        )
    _state.dual_level = 0
    forget_tangents()
    for ref in _alive:
        tensor = ref()
        if tensor is not None:
            tensor._tangent = None
            tensor._odd = tensor._inference or type(tensor)._odd
    _alive.clear()


class dual_level:
    """The level as a context: ``with dual_level(): ...``."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exc: object) -> None:
        exit_dual_level()


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """Return a tensor that carries `tangent` along with `tensor`'s value.

    Parameters
    ----------
    tensor : Tensor
        The primal.
    tangent : Tensor
        Of the same shape and dtype.
    level : int, optional
        Only the open one.

    Raises
    ------
    RuntimeError
        If no level is open, or shapes differ.
    ValueError
        If a dtype is not floating point or complex.
    """
    if not _state.dual_level:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
            "enter_dual_level() first."
        )
    for name, value in (("primal", tensor), ("tangent", tangent)):
        if value._array.dtype.kind not in "fc":
            raise ValueError(
                f"Expected {name} to be floating point or complex, but got: {value.dtype}"
            )
    if tensor._array.shape != tangent._array.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original "
            f"Tensor, this is not supported. Tensor is of size {list(tensor.shape)} while the "
            f"given forward gradient is of size {list(tangent.shape)}."
        )
    if tangent._tangent is not None:
        raise RuntimeError(
            "Setting a forward grad that itself has a forward gradient at the same level"
            f"{level or 0} is not supported."
        )
    dual = tensor.view_as(tensor)
    set_tangent(dual, _laid_out(tangent, tensor))
    return dual  # type: ignore[no-any-return]


def _laid_out(tangent: Tensor, primal: Tensor) -> Tensor:
    """Return a tangent that lies in its storage as the primal does, so that views can follow."""
    if type(primal) is not Tensor or type(tangent) is not Tensor or overlaps(primal._array):
        return tangent
    count = primal._memory().size
    wanted, given = (
        [(s, n) for s, n in zip(x.stride(), x.shape, strict=True) if n != 1]
        for x in (primal, tangent)
    )
    if (
        wanted == given
        and tangent._memory().size == count
        and tangent.storage_offset() == primal.storage_offset()
    ):
        return tangent
    with no_tangents():
        row = Tensor._wrap(np.zeros(count, tangent._array.dtype))
        fresh = row.as_strided(primal.shape, primal.stride(), primal.storage_offset())
        fresh.copy_(tangent)
    return fresh  # type: ignore[no-any-return]


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> Any:
    """Return the primal and the tangent (None if there is none) of a tensor."""
    tangent = tensor._tangent if _state.dual_level else None
    if tangent is None:
        return UnpackedDualTensor(tensor, None)
    with no_tangents():
        primal = tensor.view_as(tensor)
    return UnpackedDualTensor(primal, tangent)


def set_tangent(tensor: Tensor, tangent: Tensor | None) -> None:
    """Give a tensor its tangent for the open level."""
    tensor._tangent = tangent
    tensor._odd = True
    _alive.append(weakref.ref(tensor))
    remember_tangent(tensor._node, tensor)


def change_tangent(tensor: Tensor, tangent: Tensor) -> None:
    """Give a tensor that was changed in place its new tangent.

    It is written where the old one lies, so that base and views see the change too. The base of a
    view that was no dual tensor becomes one, with zeros elsewhere.
    """
    with no_tangents():
        view = tensor._view
        if tensor._tangent is None and view is not None:
            if view.base._tangent is None:
                set_tangent(view.base, Tensor._wrap(np.zeros_like(view.base._nd())))
            set_tangent(tensor, view.geometry.replay(view.base._tangent, True))
        old = tensor._tangent
        leaf = old is not None and old._node is LEAF
        if old is None or leaf or old._array.shape != tangent._array.shape:
            set_tangent(tensor, tangent)
        elif old is not tangent:
            old.copy_(tangent)


def propagate(op: Op, values: list[Any], outputs: list[Tensor], raw: Any) -> list[Any]:
    """Return the tangents of an operation's outputs.

    Parameters
    ----------
    op : Op
    values : list
        The arguments, some of them dual.
    outputs : list of Tensor
    raw
        What the forward function returned, for its auxiliary arrays.

    Returns
    -------
    list of Tensor or None
        None for an output that has no derivative.
    """
    if not op.inputs:
        return [None] * len(outputs)
    with no_tangents():
        if op.view:  # linear, and the tangent of the view shares its base's memory as the view does
            found = call(op, (values[0]._tangent, *values[1:]), {})
            return list(found) if isinstance(found, tuple) else [found]
        if op.jvps and all(
            name in op.jvps for name in op.inputs if _is_dual(values[op.positions[name]])
        ):
            found = _explicit(op, values, outputs)
        else:
            found = _transposed(op, values, outputs, raw)
        return [_fresh(tangent, values) for tangent in found]


def _fresh(tangent: Tensor | None, values: list[Any]) -> Tensor | None:
    """Return a tangent in memory of its own: its tensor may be changed in place, and it then."""
    if tangent is None or type(tangent._array) is not np.ndarray:
        return tangent
    array = tangent._array
    shared = not array.flags.writeable or any(
        np.may_share_memory(array, value._tangent._array)
        for item in values
        for value in (item if isinstance(item, (list, tuple)) else (item,))
        if isinstance(value, Tensor) and value._tangent is not None
    )
    return tangent.clone() if shared else tangent


def _is_dual(value: Any) -> bool:
    return tangents_of([value])


def _explicit(op: Op, values: list[Any], outputs: list[Tensor]) -> list[Any]:
    """Add up what the record's own rules give for each dual input."""
    totals: list[Any] = [None] * len(outputs)
    for name in op.inputs:
        value = values[op.positions[name]]
        if not _is_dual(value):
            continue
        rule = op.jvps[name]
        names = rule.__code__.co_varnames[2 : rule.__code__.co_argcount]
        given = [
            outputs[op.outputs.index(n)] if n in op.outputs else _named(op, values, n)
            for n in names
        ]
        parts = rule(op.traced, value._tangent, *given)
        for i, part in enumerate(parts if type(parts) is tuple else (parts,)):
            if part is not None:
                totals[i] = part if totals[i] is None else totals[i] + part
    for i, (total, out) in enumerate(zip(totals, outputs, strict=True)):
        if total is not None and total._array.shape != out._array.shape:
            totals[i] = total.expand(out._array.shape)
    return totals


def _named(op: Op, values: list[Any], name: str) -> Any:
    if name in op.positions:
        return values[op.positions[name]]
    base, _, fact = name.rpartition("_")
    return getattr(values[op.positions[base]]._array, fact)


_NO_FORWARD = (
    "Trying to use forward AD with {} that does not support it because it has not been implemented "
    "yet.\nPlease file an issue to PyTorch at "
    "https://github.com/pytorch/pytorch/issues/new?template=feature-request.yml so that we can "
    "prioritize its implementation or submit a PR adding the implementation to derivatives.yaml"
)


def _transposed(op: Op, values: list[Any], outputs: list[Tensor], raw: Any) -> list[Any]:
    """Differentiate the vjp by its cotangent; see Note [A jvp from the vjp]."""
    from .engine import grad

    recording = _state.grad_enabled
    with modes.enable_grad():
        tangents: list[Any] = []
        edges: list[Any] = []
        for position in op.input_positions:
            value = values[position]
            for item in value if position == op.list_position else (value,):
                tangent = item._tangent if isinstance(item, Tensor) else None
                tangents.append(tangent)
                edges.append(None if tangent is None else _Wanted())
        node = record_node(op, values, edges, outputs, raw)
        # This node is a passing one: a saved output keeps the history that the output has.
        node.saved = tuple(
            SavedInput(outputs[value.output_nr]) if type(value) is SavedOutput else value
            for value in node.saved
        )
        cotangents = []
        for out in outputs:
            zero = Tensor._wrap(np.zeros_like(out._array))
            if out._array.dtype.kind in "fc":
                zero._node = LEAF
            cotangents.append(zero)
        try:
            grads = node.apply(tuple(cotangents), True)
        except NotImplementedError as error:
            if str(error).startswith("the derivative for"):
                raise NotImplementedError(_NO_FORWARD.format(op.public_name)) from None
            raise
        pairs = [
            (g, _like(t, g))
            for g, t in zip(grads, tangents, strict=True)
            if g is not None and t is not None and g.requires_grad
        ]
        wanted = [c for c in cotangents if c.requires_grad]
        if not pairs:
            found: Any = [None] * len(wanted)
        else:
            found = grad(
                [g for g, _ in pairs],
                wanted,
                [t for _, t in pairs],
                create_graph=recording,
                allow_unused=True,
            )
    results = iter(found)
    answer: list[Any] = []
    for out in outputs:
        if out._array.dtype.kind not in "fc":
            answer.append(None)
            continue
        tangent = next(results)
        if tangent is None:
            tangent = Tensor._wrap(np.zeros_like(out._array))
        answer.append(tangent)
    return answer


def _like(tangent: Tensor, gradient: Tensor) -> Tensor:
    """Broadcast a tangent to the shape of a gradient whose broadcasting is not undone yet."""
    if tangent._array.shape != gradient._array.shape:
        tangent = tangent.expand(gradient._array.shape)
    if tangent._array.dtype != gradient._array.dtype:
        tangent = tangent.to(gradient.dtype)
    return tangent


class _Wanted(Node):
    """Stands for an edge whose gradient is wanted; never run."""


__all__ = [
    "UnpackedDualTensor",
    "dual_level",
    "enter_dual_level",
    "exit_dual_level",
    "make_dual",
    "propagate",
    "set_tangent",
    "unpack_dual",
]
