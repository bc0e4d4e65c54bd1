"""The one way from a call to a result: unwrap, compute, wrap, and record the node.

Note [Two paths]
`call` serves every operation and is the meaning of all of them. For the operations that small
examples spend their time in, `ops/_hot/` holds specialised twins, generated from the same
records; a test compares the two.
"""

from __future__ import annotations

import sys
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from . import advice, anomaly, blocks, dtypes, errors, events, modes, quiet
from .binding import bad_argument, bind, promote, unwrap
from .frames import user_frame
from .node import Edge, Node, next_sequence_nr
from .op import Op, save, save_inputs
from .overlap import check_operands, check_overlap, overlaps
from .saved import remember_tangent
from .tensor import LEAF, Tensor
from .view import DEFAULT, INFERENCE, MULTI_OUTPUT, NO_GRAD, View, rebase, refusal
from .within import refuse_captured, told

_ndarray = np.ndarray
_state = modes.state
_new = object.__new__


def compute(op: Op, forward: Any, arrays: list[Any]) -> Any:
    """Run the forward function in silence, translating NumPy's shape errors."""
    __tracebackhide__ = True
    token = quiet.enter()
    ufunc = op.ufunc
    try:
        if op.keyword_only:
            n = op.n_positional
            keywords = dict(zip(op.params[n:], arrays[n:], strict=True))
            arrays, forward = arrays[:n], partial(forward, **keywords)
            if ufunc is not None and any(keywords[name] != op.defaults[name] for name in keywords):
                ufunc = None
        whole = op.kind == "elementwise" and ufunc is None and not op.stepwise
        if whole and forward is not op.inplace_forward:
            if any(getattr(a, "dtype", None) == _HALF for a in arrays):
                forward = _in_single(forward)
        if op.pointwise and blocks.is_large(arrays):
            if any(getattr(a, "dtype", _HALF).kind == "c" for a in arrays):
                ufunc = None
            found = blocks.run(lambda *pieces: (forward(*pieces),), arrays, ufunc=ufunc)
            if found is not None:
                return found[0]
        return forward(*arrays)
    except ValueError as error:
        shapes = [a.shape for a in arrays if isinstance(a, (_ndarray, np.generic))]
        for a, b in combinations(shapes, 2):
            reason = errors.broadcast(a, b)
            if reason and "broadcast" in str(error):
                raise RuntimeError(reason) from None
        raise
    except TypeError as error:
        if str(error).startswith(
            ("ufunc '", "Cannot cast ufunc '", "numpy boolean ", "The numpy boolean ")
        ):
            raise _no_kernel(op, arrays) from None
        raise
    finally:
        quiet.leave(token)


def _no_kernel(op: Op, arrays: list[Any]) -> NotImplementedError:
    """Return PyTorch's error for an operation that a dtype has not."""
    kinds = [a.dtype for a in arrays if isinstance(a, (_ndarray, np.generic))]
    name = _type_name(dtypes.from_numpy(np.result_type(*kinds)))
    return NotImplementedError(f"\"{op.public_name}_cpu\" not implemented for '{name}'")


_HALF, _SINGLE = np.dtype(np.float16), np.dtype(np.float32)


def _in_single(forward: Any) -> Any:
    """Compute on half precision in single and round once, as PyTorch's kernels do."""

    def widened(*arrays: Any) -> Any:
        wide = [a.astype(_SINGLE) if getattr(a, "dtype", None) == _HALF else a for a in arrays]
        found = forward(*wide)
        return found.astype(_HALF) if getattr(found, "dtype", None) == _SINGLE else found

    return widened


def tangents_of(values: Any) -> bool:
    """Say whether an argument is dual (forward mode)."""
    return any(
        value._tangent is not None
        if isinstance(value, Tensor)
        else type(value) in (list, tuple) and tangents_of(value)
        for value in values
    )


def dual_levels_of(values: Any) -> list[int]:
    """Return the levels that show at which an argument is dual, the outermost first."""
    current, found = _state.dual_level, []
    try:
        for level in _state.dual_levels:
            _state.dual_level = level
            if level <= current and tangents_of(values):
                found.append(level)
    finally:
        _state.dual_level = current
    return found


# -- the call ------------------------------------------------------------------------------------
def call(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run an operation on tensors and record it where a gradient is wanted.

    Parameters
    ----------
    op : Op
    args, kwargs
        As the user gave them.

    Returns
    -------
    Tensor, or a tuple of them if the record has several outputs

    Raises
    ------
    TypeError, RuntimeError
        If the arguments do not fit; nothing has changed then.
    """
    __tracebackhide__ = True
    values = bind(op, args, kwargs)
    if _state.levels:
        from .batch import call_batched, levels_of

        if levels_of(values):
            return call_batched(op, values)
    arrays = unwrap(op, values)
    if op.promote_positions:
        promote(op, values, arrays)
    try:
        raw = compute(op, op.forward, arrays)
    except Exception:
        if _state.grad_enabled:
            _edges(op, values)  # PyTorch asks for histories first, and so complains of them first
        raise
    multiple = op.multiple
    if multiple or op.aux:
        outputs = [_wrap_output(array) for array in raw[: len(raw) - len(op.aux)]]
    else:
        outputs = [_wrap_output(raw)]
    edges = _edges(op, values) if _state.grad_enabled else None
    if edges is not None:
        node = _record(op, values, edges, outputs, raw, multiple)
        nr = 0
        for tensor in outputs:
            if tensor._array.dtype.kind in "fc":
                tensor._node = node
                tensor._output_nr = nr
            nr += 1
        if events.observer is not None:
            events.observer.node_created(node)
    if op.view:
        if values[op.positions["self"]]._inference and not _state.inference:
            for tensor in outputs:  # as in PyTorch, a leaf without history
                tensor._inference = tensor._odd = True
                tensor._node = None
        for index, tensor in enumerate(outputs):
            _mark_view(op, values, tensor, index if multiple else None)
    if _state.dual_level:
        for level in dual_levels_of(values):
            from .forward_ad import propagate, set_tangent
            from .function_forward import at_level

            with at_level(level):
                tangents = propagate(op, values, outputs, raw)
                for tensor, tangent in zip(outputs, tangents, strict=True):
                    if tangent is not None:
                        set_tangent(tensor, tangent)
    if _state.transforms:
        for tensor in outputs:
            told(tensor)
    elif _state.inference:
        for tensor in outputs:
            # A view of a normal tensor stays one: it shares the memory.
            if tensor._view is None or tensor._view.base._inference:
                tensor._inference = tensor._odd = True
                tensor._view = None
    if not multiple:
        return outputs[0]
    return op.return_type(outputs) if op.return_type is not None else tuple(outputs)


def _wrap_output(array: Any) -> Tensor:
    tensor: Tensor = _new(Tensor)
    if not hasattr(array, "dtype"):
        array = np.asarray(array)
    tensor._array = array
    return tensor


def _edges(op: Op, values: list[Any]) -> list[Edge] | None:
    """Return an edge per differentiable input, or None if no input requires grad."""
    edges: list[Edge] = []
    wanted = False
    for position in op.input_positions:
        value = values[position]
        if position == op.list_position:
            for item in value:
                edge = item._edge()
                wanted = wanted or edge is not None or _leads_nowhere(item)
                edges.append(edge)
        elif isinstance(value, Tensor):
            edge = value._edge()
            wanted = wanted or edge is not None or _leads_nowhere(value)
            edges.append(edge)
        else:
            edges.append(None)
    return edges if wanted else None


def _leads_nowhere(value: Any) -> bool:
    """Say whether this is a view without history that requires grad because its base does."""
    return isinstance(value, Tensor) and value._view is not None and value.requires_grad


def record_node(
    op: Op, values: list[Any], edges: list[Edge], outputs: list[Tensor], raw: Any
) -> Node:
    """Make the node of an operation that was computed elsewhere (forward mode does)."""
    return _record(op, values, edges, outputs, raw, op.multiple)


def _record(
    op: Op,
    values: list[Any],
    edges: list[Edge],
    outputs: list[Tensor],
    raw: Any,
    multiple: bool,
    inputs: Any = (),
) -> Node:
    """Make the node: edges, metadata of the outputs, saved values, origin."""
    if op.in_formula and _state.formula and not isinstance(values[1], Tensor):
        op, edges = op.table[op.in_formula], edges[:1]
    plan = op.plan(_needs(op, values, edges))
    node = _new(op.node_class)
    node.plan = plan
    node.edges = tuple(edges)
    node.sequence_nr = next_sequence_nr()
    first = outputs[0]._array if outputs else np.zeros(())
    node.shape, node.dtype = first.shape, first.dtype
    if multiple:
        metas = [(t._array.shape, t._array.dtype) for t in outputs]
        # Indices that come last get no gradient, and hooks are not told of them.
        while metas[1:] and metas[-1][1].kind not in "fc":
            metas.pop()
        if metas[1:]:
            node.outputs = metas
    if plan.names:
        node.saved = save(plan, values, outputs, raw, saved_hooks(), inputs)
    frame = user_frame(sys._getframe(2))
    node.code, node.lasti = frame.f_code, frame.f_lasti
    if _state.detect_anomaly:
        anomaly.record(node, frame)
    return node


def _needs(op: Op, values: list[Any], edges: list[Edge]) -> tuple[bool, ...]:
    """Say for each differentiable input whether its gradient is wanted."""
    if op.list_position not in op.input_positions:
        return tuple([edge is not None for edge in edges])
    remaining = iter(edges)
    found = []
    for position in op.input_positions:
        count = len(values[position]) if position == op.list_position else 1
        wanted = [next(remaining) is not None for _ in range(count)]
        found.append(position == op.list_position or wanted == [True])
    return tuple(found)


def saved_hooks() -> Any:
    """Return the innermost pair of saved-tensor hooks, or None.

    Raises
    ------
    RuntimeError
        If there is a pair but hooks are disabled.
    """
    hooks = _state.saved_hooks
    return hooks[-1] if hooks else None


def _owner(array: Any) -> Any:
    """Return what an array's memory belongs to."""
    while getattr(array, "base", None) is not None:
        array = array.base
    return array


def _mark_view(op: Op, values: list[Any], tensor: Tensor, index: int | None) -> None:
    """Tie a view to its base: shared version counter, and the way to make it again.

    The index says which of several outputs it is.
    """
    source: Tensor = values[op.positions["self"]]
    if not isinstance(tensor._array, _ndarray) or not isinstance(source._array, _ndarray):
        # NumPy scalars share no memory: make the view again between arrays.
        source._nd()
        raw = compute(op, op.forward, [v._nd() if isinstance(v, Tensor) else v for v in values])
        tensor._array = np.asarray(raw)
    if source._inference:
        return  # they have no version and no history to share
    array, base_array = tensor._array, source._array
    if (
        array.base is not base_array
        and (array.base is None or array.base is not base_array.base)
        and array.size
        and not np.may_share_memory(array, base_array)
        and _owner(array) is not _owner(base_array)  # a view may reach beyond what it was taken of
    ):
        return  # reshape had to copy; nothing shares no memory, and is a view all the same
    counter = source._counter()
    tensor._version_counter = counter
    if op.kind == "nondifferentiable":
        return  # memory is shared, but no history
    step = (op, tuple(values[1:]), index)
    parent = source._view
    base = source if parent is None else parent.base
    chain = (() if parent is None else parent.chain) + (step,)
    if _state.inference:
        creation = INFERENCE
    elif not _state.grad_enabled:
        creation = NO_GRAD
    elif index is not None:
        creation = MULTI_OUTPUT
    else:
        creation = DEFAULT
    if parent is not None and parent.creation != DEFAULT and creation == DEFAULT:
        creation = parent.creation
    view = View(base, chain, creation, op.producer)
    view.version = counter[0]
    tensor._view = view
    if creation in (NO_GRAD, INFERENCE):
        tensor._odd = True  # without a history it may still require grad, as its base does


# -- in place -------------------------------------------------------------------------------------
def check_inplace(tensor: Tensor, needs_grad: bool, name: str = "", operands: Any = ()) -> None:
    """Raise unless `tensor` may be changed in place now, by an operation of some name.

    Raises
    ------
    RuntimeError
        For a leaf that requires grad, a view of one, or a view of a kind that forbids it.
    """
    if _state.transforms:
        refuse_captured(tensor, name, operands)
    if not _state.grad_enabled or not (needs_grad or tensor.requires_grad):
        return  # an inference tensor is refused when its version is to be counted
    view = tensor._view
    if view is not None:
        if view.creation != DEFAULT:
            raise refusal(tensor)
        if tensor.requires_grad and not isinstance(view.base._node, Node):
            raise advice.with_cure(RuntimeError(errors.LEAF_VIEW_INPLACE), advice.LEAF, view.base)
    elif tensor._node is LEAF:
        raise advice.with_cure(RuntimeError(errors.LEAF_INPLACE), advice.LEAF, tensor)


def call_inplace(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
    """Run an operation and store its result in its first argument.

    Returns
    -------
    Tensor
        The first argument itself, with the operation in its history.

    Raises
    ------
    RuntimeError
        If it must not be changed in place, or the result does not fit; it is unchanged then.
    """
    __tracebackhide__ = True
    values = bind(op, args, kwargs)
    if _state.levels:
        from .batch import call_batched, levels_of

        if levels_of(values):
            return call_batched(op, values, inplace=True)  # type: ignore[no-any-return]
    arrays = unwrap(op, values)
    target = values[0]
    if not isinstance(target, Tensor):
        raise bad_argument(op, 0, target)
    own = target._array.dtype
    if target._view is not None and own.kind in "fc" and _state.grad_enabled:
        # Before the views' histories are asked for, which has an error of its own.
        needed = any(isinstance(v, Tensor) and v.requires_grad for v in values)
        check_inplace(target, needed, op.public_name, values[1:])
    edges = _edges(op, values) if _state.grad_enabled and own.kind in "fc" else None
    check_inplace(target, edges is not None, op.public_name, values[1:])
    if op.promote_positions:
        promote(op, values, arrays)
    if type(target._array) is _ndarray and target._array.base is not None:
        if overlaps(target._array):
            check_overlap(op)
    dual = dual_levels_of(values) if _state.dual_level else []
    if edges is not None:
        plan = op.plan(_needs(op, values, edges))
        values[0] = _before(target, bool(dual) or op.params[0] in plan.names)
        # Inputs are saved with the version before the change, outputs with the one after it.
        inputs = save_inputs(plan, values, saved_hooks())
    elif dual:
        values[0] = _before(target, True)
    if op.overlap != "allowed":
        check_operands(op, target, values)
    raw = None
    if op.inplace_forward is not None:
        # A record's in-place form writes into its first argument only after its checks.
        arrays[0] = target._nd()
    else:
        try:
            raw = compute(op, op.forward, arrays)
        except NotImplementedError:
            if op.promote_positions:  # that the result would not fit is said first
                places = [i for i in op.promote_positions if values[i] is not None]
                shape = np.broadcast_shapes(*(np.shape(arrays[i]) for i in places))
                common = dtypes.result_type([values[i] for i in places])
                _check_fits(target._array, shape, common.numpy)
            raise
        result = raw[0] if type(raw) is tuple else raw
        if result.dtype != own or result.shape != target._array.shape:
            _check_fits(target._array, result.shape, result.dtype)
    if op.inplace_forward is not None:
        raw = compute(op, op.inplace_forward, arrays)
    elif type(target._array) is _ndarray:
        target._array[...] = result
    else:
        target._array = result.astype(own)
    target._bump_version(op.name)
    if edges is not None:
        node = _record(op, values, edges, [target], raw, False, inputs)
        rebase(target, node)
        if events.observer is not None:
            events.observer.node_created(node)
    for level in dual:
        from .forward_ad import change_tangent, propagate
        from .function_forward import at_level

        with at_level(level):
            (tangent,) = propagate(op, values, [target], raw)
            if tangent is not None:
                change_tangent(target, tangent)
    if dual and edges is not None:
        remember_tangent(node, target)
    return target


def _check_fits(array: Any, shape: tuple[int, ...], kind: Any) -> None:
    """Raise unless a result can be written into an array."""
    if shape != array.shape:
        raise RuntimeError(
            f"output with shape {list(array.shape)} doesn't match the broadcast shape {list(shape)}"
        )
    if kind != array.dtype:
        ours, theirs = dtypes.from_numpy(kind), dtypes.from_numpy(array.dtype)
        if not dtypes.can_cast(ours, theirs) and kind.kind != "b":
            raise RuntimeError(
                f"result type {_type_name(ours)} can't be cast to the desired output type "
                f"{_type_name(theirs)}"
            )


def _type_name(kind: dtypes.dtype) -> str:
    return kind.tensor_name.removesuffix("Tensor")


def _before(target: Tensor, copy: bool) -> Tensor:
    """Return the target as it stands before the change, with a copy of its data if that is saved.

    An in-place operation whose formula needs the old value keeps a copy, as PyTorch's do.
    """
    alias: Tensor = _new(Tensor)
    alias._array = np.array(target._array) if copy else target._array
    alias._node, alias._output_nr = target._node, target._output_nr
    if target._tangents is not None:
        # They change in place, too: those of an inner level after those of an outer one.
        from .forward_ad import copied

        alias._tangents, alias._odd = copied(target._tangents), True
    if target._node is LEAF:
        alias._set_edge(target._accumulator())
    return alias
