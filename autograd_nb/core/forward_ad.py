"""Forward mode: dual tensors carry a tangent through every operation.

Note [A jvp from the vjp]
A formula of the table maps the cotangent `u` of the result to those of the inputs, linearly in
`u`: it is multiplication by the transposed Jacobian. Its own transpose, which the engine gives by
differentiating the formula with respect to `u`, is the Jacobian again. So every record with a
vjp has a jvp; one that writes `jvp_<input>` uses that instead.

Note [Levels of forward mode]
A user can open one level, `torch.func.jvp` one in another. A tensor has a tangent for each level
at which it is dual; that of an inner level may itself be dual at the outer ones. An operation
finds the tangents of its results from the outermost level to the innermost, and while it finds
those of one level that level and the ones inside it are hidden (`no_tangents`): what it computes
with carries the tangents of the outer levels along by itself.
"""

from __future__ import annotations

import itertools
import weakref
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from . import modes
from .batch import Batched, batched, front
from .dispatch import call, record_node
from .function_forward import at_level, no_tangents
from .node import Node
from .op import Op
from .overlap import overlaps
from .saved import SavedInput, SavedOutput, forget_tangents, remember_tangent
from .tensor import LEAF, Tensor

UnpackedDualTensor = namedtuple("UnpackedDualTensor", ["primal", "tangent"])

_state = modes.state
_levels = itertools.count(1)
_alive: dict[int, list[weakref.ref[Tensor]]] = {}  # the dual tensors of each open level


def enter_dual_level() -> int:
    """Open the level at which tensors can be dual.

    Raises
    ------
    RuntimeError
        If a level is open: they do not nest, as in PyTorch.
    """
    if _state.dual_levels:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    open_level()
    if _state.inference:
        _state.dual_level = 0
    return 0


def open_level() -> None:
    """Open a level, inside another perhaps."""
    level = _state.dual_level = next(_levels)
    _state.dual_levels = (*_state.dual_levels, level)
    _alive[level] = []


def exit_dual_level(level: int | None = None) -> None:
    """Close the level: every tangent is forgotten.

    Raises
    ------
    RuntimeError
        If none is open.
    """
    if not _state.dual_levels:
        raise RuntimeError("Dual level must be a positive number.")
    close_level()


def close_level() -> None:
    """Close the innermost level."""
    *outer, level = _state.dual_levels
    with at_level(level):
        for ref in _alive.pop(level):
            tensor = ref()
            if tensor is not None:
                tensor._tangent = None
    forget_tangents(level)
    _state.dual_levels = tuple(outer)
    _state.dual_level = outer[-1] if outer else 0


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
    if not _state.dual_levels or (level is not None and level < 0):
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
            "enter_dual_level() first."
        )
    for name, value in (("primal", tensor), ("tangent", tangent)):
        if not (value.is_floating_point() or value.is_complex()):
            raise ValueError(
                f"Expected {name} to be floating point or complex, but got: {value.dtype}"
            )
    if tensor._array.shape != tangent._array.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original "
            f"Tensor, this is not supported. Tensor is of size {list(tensor.shape)} while the "
            f"given forward gradient is of size {list(tangent.shape)}."
        )
    if tensor._tangent is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the "
            f"same level {level or 0} is not supported."
        )
    if tangent._tangent is not None:
        raise RuntimeError(
            "Setting a forward grad that itself has a forward gradient at the same level"
            f"{level or 0} is not supported."
        )
    if level:
        raise RuntimeError("Invalid level given to _make_dual")
    dual = tensor.view_as(tensor)
    if _state.dual_level:  # else tangents are not seen, in inference mode say
        set_tangent(dual, _laid_out(tangent, tensor))
    return dual  # type: ignore[no-any-return]


def _laid_out(tangent: Tensor, primal: Tensor) -> Tensor:
    """Return a tangent that lies in its storage as the primal does, so that views can follow."""
    if type(primal) is not Tensor or type(tangent) is not Tensor or overlaps(primal._array):
        return tangent
    count = primal._memory().nbytes // max(primal._array.itemsize, 1)
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
    if not isinstance(tensor, Tensor):
        raise TypeError(
            "_unpack_dual(): argument 'dual' (position 1) must be Tensor, not "
            + type(tensor).__name__
        )
    tangent = tensor._tangent if _state.dual_level else None
    if tangent is None:
        return UnpackedDualTensor(tensor, None)
    if level:
        raise RuntimeError("Invalid level given to _fw_primal")
    with no_tangents():
        primal = tensor.view_as(tensor)
    return UnpackedDualTensor(primal, tangent)


def set_tangent(tensor: Tensor, tangent: Tensor | None) -> None:
    """Give a tensor its tangent for the open level."""
    tensor._tangent = tangent
    plain = getattr(tensor, "_value", tensor)
    _alive[_state.dual_level].append(weakref.ref(plain))
    remember_tangent(plain._node, plain)


def copied(tangents: dict[int, Any]) -> dict[int, Any]:
    """Return copies of the tangents of some levels."""
    found = {}
    for level, tangent in tangents.items():
        with at_level(level), no_tangents():
            found[level] = tangent.clone()
    return found


def change_tangent(tensor: Tensor, tangent: Tensor) -> None:
    """Give a tensor that was changed in place its new tangent.

    It is written where the old one lies, so that base and views see the change too. The base of a
    view that was no dual tensor becomes one, with zeros elsewhere.
    """
    view = tensor._view
    if tensor._tangent is None and view is not None:
        if view.base._tangent is None:
            with no_tangents():
                zeros = Tensor._wrap(np.zeros_like(view.base._nd()))
                if isinstance(tangent, Batched):
                    zeros = batched(front(zeros, tangent._levels, expand=True), tangent._levels)
                    zeros = zeros.clone()
            set_tangent(view.base, zeros)
        base_tangent = view.base._tangent
        with no_tangents():
            part = view.geometry.replay(base_tangent, True)
        set_tangent(tensor, part)
    old = tensor._tangent
    leaf = old is not None and old._node is LEAF
    if old is None or leaf or old._array.shape != tangent._array.shape:
        set_tangent(tensor, tangent)
    elif old is not tangent:
        transforms, _state.transforms = _state.transforms, ()  # whose functions know no tangents
        try:
            with no_tangents():
                old.copy_(tangent)
        finally:
            _state.transforms = transforms


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
    # What the level that shows knows of each differentiable argument: inside it is hidden.
    tangents = [_tangents_of(values[position]) for position in op.input_positions]
    with no_tangents():
        if op.view:  # linear, and the tangent of the view shares its base's memory as the view does
            found = call(op, (tangents[0][0], *values[1:]), {})
            return list(found) if isinstance(found, tuple) else [found]
        written = all(
            name in op.jvps
            for name, parts in zip(op.inputs, tangents, strict=True)
            if any(part is not None for part in parts)
        )
        try:
            if written:
                found = _explicit(op, values, outputs, tangents)
            elif _is_plain(op, values, outputs) and op.kind in ("linear", "bilinear"):
                found = [_of_products(op, values, tangents)]
            elif _is_plain(op, values, outputs) and op.kind == "elementwise":
                found = [_of_elements(op, values, outputs, raw, tangents)]
            else:
                given = [tangent for parts in tangents for tangent in parts]
                found = _transposed(op, values, outputs, raw, given)
        except RuntimeError as error:  # what a formula says that has none
            text = str(error)
            if text.startswith("derivative for aten::"):
                raise NotImplementedError(_NEVER_FORWARD.format(text.split()[2])) from None
            if text.startswith("the derivative for"):
                raise NotImplementedError(_NO_FORWARD.format(op.public_name)) from None
            raise
        return [_fresh(tangent, tangents) for tangent in found]


def _tangents_of(value: Any) -> list[Any]:
    """Return the tangent of an argument, or of each tensor in a list of them."""
    return [item._tangent if isinstance(item, Tensor) else None for item in _items(value)]


def _items(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else (value,)


def _fresh(tangent: Tensor | None, given: list[list[Any]]) -> Tensor | None:
    """Return a tangent in memory of its own: its tensor may be changed in place, and it then."""
    array = None if tangent is None else _memory(tangent)
    if tangent is None or type(array) is not np.ndarray:
        return tangent
    shared = not array.flags.writeable or any(
        np.may_share_memory(array, _memory(other))
        for others in given
        for other in others
        if other is not None
    )
    return tangent.clone() if shared else tangent


def _memory(tensor: Tensor) -> Any:
    """Return the numbers of a tensor, of all examples if it is batched."""
    return getattr(tensor, "_value", tensor)._array


def _explicit(
    op: Op, values: list[Any], outputs: list[Tensor], tangents: list[list[Any]]
) -> list[Any]:
    """Add up what the record's own rules give for each dual input."""
    totals: list[Any] = [None] * len(outputs)
    for name, (tangent, *_) in zip(op.inputs, tangents, strict=True):
        if tangent is None:
            continue
        rule = op.jvps[name]
        names = rule.__code__.co_varnames[2 : rule.__code__.co_argcount]
        given = [
            outputs[op.outputs.index(n)] if n in op.outputs else _named(op, values, n)
            for n in names
        ]
        parts = rule(op.traced, tangent, *given)
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


_NEVER_FORWARD = "Trying to use forward AD with {} that does not support it."
_NO_FORWARD = (
    "Trying to use forward AD with {} that does not support it because it has not been implemented "
    "yet.\nPlease file an issue to PyTorch at "
    "https://github.com/pytorch/pytorch/issues/new?template=feature-request.yml so that we can "
    "prioritize its implementation or submit a PR adding the implementation to derivatives.yaml"
)


def _is_plain(op: Op, values: list[Any], outputs: list[Tensor]) -> bool:
    """Say whether an operation gives one real tensor of real ones."""
    return (
        len(outputs) == 1
        and not op.aux
        and outputs[0]._array.dtype.kind == "f"
        and all(
            item._array.dtype.kind != "c"
            for position in op.input_positions
            for item in _items(values[position])
            if isinstance(item, Tensor)
        )
    )


def _of_products(op: Op, values: list[Any], tangents: list[list[Any]]) -> Tensor:
    """Return the tangent of what is linear, in all arguments together or in each."""
    n = op.n_positional
    total: Any = None
    together = op.kind == "linear"
    for position, parts in zip(op.input_positions, tangents, strict=True):
        if all(part is None for part in parts):
            continue
        moved = list(values)
        for at, here in zip(op.input_positions, tangents, strict=True):
            if together or at == position:
                filled = map(_or_zeros, _items(values[at]), here)
                moved[at] = list(filled) if at == op.list_position else next(filled)
        named = dict(zip(op.params[n:], moved[n:], strict=True)) if op.keyword_only else {}
        found = call(op, tuple(moved[:n]), named)
        total = found if total is None else total + found
        if together:
            break
    return total  # type: ignore[no-any-return]


def _or_zeros(value: Any, tangent: Any) -> Any:
    """Return a tangent, or what stands for its absence."""
    if tangent is not None:
        return tangent
    if isinstance(value, Tensor):
        return Tensor._wrap(np.zeros(value._array.shape, value._array.dtype))
    return None if value is None else type(value)(0)


def _of_elements(
    op: Op, values: list[Any], outputs: list[Tensor], raw: Any, tangents: list[list[Any]]
) -> Tensor:
    """Run the formulas on tangents: a diagonal Jacobian is its own transpose."""
    wanted = [tangent is not None for (tangent,) in tangents]
    edges: list[Any] = [_Wanted.made() if here else None for here in wanted]
    node = _passing_node(op, values, edges, outputs, raw)
    shape, kind = outputs[0].shape, outputs[0].dtype
    total: Any = None
    for place, (tangent,) in enumerate(tangents):
        if tangent is None:
            continue
        if tangent._array.shape != outputs[0]._array.shape:
            tangent = tangent.expand(shape)
        if tangent._array.dtype != outputs[0]._array.dtype:
            tangent = tangent.to(kind)
        found = node.apply((tangent,), True, tuple(i == place for i in range(len(wanted))))[place]
        if found is None:
            continue
        total = found if total is None else total + found
    return _or_zeros(outputs[0], total)  # type: ignore[no-any-return]


@contextmanager
def _without_hooks() -> Iterator[None]:
    """Within the block, nothing that is saved is kept: the user's hooks need not see it."""
    hooks, _state.saved_hooks = _state.saved_hooks, ()
    try:
        yield
    finally:
        _state.saved_hooks = hooks


def _passing_node(
    op: Op, values: list[Any], edges: list[Any], outputs: list[Tensor], raw: Any
) -> Any:
    """Return a node for its formulas alone: what it saved of outputs has their history."""
    with _without_hooks():
        node = record_node(op, values, edges, outputs, raw)
    node.saved = tuple(
        SavedInput(outputs[value.output_nr]) if type(value) is SavedOutput else value
        for value in node.saved
    )
    return node


def _transposed(
    op: Op, values: list[Any], outputs: list[Tensor], raw: Any, tangents: list[Any]
) -> list[Any]:
    """Differentiate the vjp by its cotangent; see Note [A jvp from the vjp]."""
    from .engine import grad

    recording = _state.grad_enabled
    with modes.recording():
        edges: list[Any] = [None if tangent is None else _Wanted.made() for tangent in tangents]
        node = _passing_node(op, values, edges, outputs, raw)
        cotangents = []
        for out in outputs:
            zero = Tensor._wrap(np.zeros_like(out._array))
            if out._array.dtype.kind in "fc":
                zero._node = LEAF
            cotangents.append(zero)
        with _without_hooks():
            grads = node.apply(tuple(cotangents), True)
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
