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
from numpy.lib.array_utils import byte_bounds

from . import advice, anomaly, blocks, dtypes, errors, events, modes, quiet
from .dtypes import NUMBERS
from .frames import user_frame
from .node import Edge, Node, edge_pair, next_sequence_nr
from .op import Op, save, save_inputs
from .saved import remember_tangent
from .strides import copied
from .tensor import LEAF, Tensor
from .view import DEFAULT, INFERENCE, MULTI_OUTPUT, NO_GRAD, View, rebase, refusal
from .warn import warn
from .within import refuse_captured, told

_ndarray = np.ndarray
_state = modes.state
_new = object.__new__

# PyTorch's spellings of the same parameter: its own first name, and NumPy's.
KEYWORDS = {
    "input": "self",
    "axis": "dim",
    "keepdims": "keepdim",
    "x": "self",
    "x1": "self",
    "x2": "other",
    "a": "self",
    "tensor": "self",
    "split_size_or_sections": "split_size",
}


# -- binding -----------------------------------------------------------------------------------
def bind(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """Return the arguments in the order of the record's parameters.

    Raises
    ------
    TypeError
        With PyTorch's wording, if they do not fit.
    """
    params = op.params
    if not kwargs and len(args) == len(params) == op.n_positional:
        return list(args)
    if len(args) > op.n_positional:
        given = len(args)
        plural = "" if op.n_positional == 1 else "s"
        raise TypeError(
            f"{op.public_name}() takes {op.n_positional} positional argument{plural} but "
            f"{given} {'was' if given == 1 else 'were'} given"
        )
    values: list[Any] = [_MISSING] * len(params)
    values[: len(args)] = args
    for name, value in kwargs.items():
        position = op.positions.get(name)
        if position is None:
            position = op.positions.get(KEYWORDS.get(name, ""))
        if position is None:
            raise TypeError(f"{op.public_name}() got an unexpected keyword argument '{name}'")
        if values[position] is not _MISSING:
            raise TypeError(f"{op.public_name}() got multiple values for argument '{name}'")
        if isinstance(value, Tensor) and position not in op.tensor_positions and not value.ndim:
            if value.requires_grad:
                raise TypeError(f"{op.public_name}(): argument '{name}' must be Number, not Tensor")
            value = value.item()
        values[position] = value
    missing = []
    for i, value in enumerate(values):
        if value is _MISSING:
            if params[i] in op.defaults:
                values[i] = op.defaults[params[i]]
            else:
                missing.append(params[i])
    if missing:
        names = ", ".join(f'"{"input" if n == "self" else n}"' for n in missing)
        raise TypeError(
            f"{op.public_name}() missing {len(missing)} required positional arguments: {names}"
        )
    return values


_MISSING: Any = object()


def _bad_argument(op: Op, position: int, value: Any, wanted: str = "Tensor") -> TypeError:
    name = op.params[position]
    return TypeError(
        f"{op.public_name}(): argument '{'input' if name == 'self' else name}' "
        f"(position {position + 1}) must be {wanted}, not {type(value).__name__}"
    )


def unwrap(op: Op, values: list[Any]) -> list[Any]:
    """Return the values with arrays in the place of tensors."""
    arrays = values.copy()
    for position in op.tensor_positions:
        value = values[position]
        if isinstance(value, Tensor):
            arrays[position] = value._array
        elif isinstance(value, NUMBERS):
            if position in op.strict_positions:
                raise _bad_argument(op, position, value)
            if type(value) is int and not -(2**63) <= value < 2**64:
                raise OverflowError("int too big to convert")
            if isinstance(value, np.generic):
                arrays[position] = value.item()  # a number, not a 0-d tensor
        elif value is None and op.params[position] in op.defaults:
            pass  # an optional tensor that was left out
        else:
            raise _bad_argument(op, position, value)
    if op.list_position is not None:
        tensors = values[op.list_position]
        if isinstance(tensors, Tensor) or not isinstance(tensors, (tuple, list)):
            raise _bad_argument(op, op.list_position, tensors, "tuple of Tensors")
        for i, tensor in enumerate(tensors):
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(
                    f"expected Tensor as element {i} in argument {op.list_position}, but got "
                    f"{type(tensor).__name__}"
                )
        arrays[op.list_position] = [None if tensor is None else tensor._array for tensor in tensors]
    return arrays


def promote(op: Op, values: list[Any], arrays: list[Any]) -> None:
    """Cast the promoted arguments, in place in `arrays`, to PyTorch's result type."""
    if op.refuse is not None:
        op.refuse(*arrays)
    # The values decide, not their arrays: a 0-d result's array looks like a plain number.
    operands: list[Any] = []
    for position in op.promote_positions:
        value = values[position]
        if value is not None:
            operands.extend(value) if isinstance(value, (list, tuple)) else operands.append(value)
    common = dtypes.result_type(operands)
    if op.to_float and common.category < dtypes.FLOAT:
        common = dtypes.get_default_dtype()
    target = common.numpy
    for position in op.promote_positions:
        value = arrays[position]
        if type(value) is list:
            arrays[position] = [_cast(item, target) for item in value]
        elif value is not None:
            arrays[position] = _cast(value, target)


def _cast(value: Any, target: Any) -> Any:
    kind = getattr(value, "dtype", None)
    if kind is None:
        # A weak Python number does where NumPy's own rule agrees, and costs nothing.
        if target.kind in "fc" and type(value) in (int, float) and target.itemsize >= 4:
            return value
        return np.asarray(value).astype(target)[()]
    return value if kind == target else copied(value, target)


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
    if _state.dual_level and tangents_of(values):
        from .forward_ad import propagate, set_tangent

        for tensor, tangent in zip(outputs, propagate(op, values, outputs, raw), strict=True):
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
    if op.list_position is None:
        return tuple([edge is not None for edge in edges])
    return tuple(
        position == op.list_position
        or (isinstance(values[position], Tensor) and values[position].requires_grad)
        for position in op.input_positions
    )


def saved_hooks() -> Any:
    """Return the innermost pair of saved-tensor hooks, or None.

    Raises
    ------
    RuntimeError
        If there is a pair but hooks are disabled.
    """
    hooks = _state.saved_hooks
    return hooks[-1] if hooks else None


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
        raise _bad_argument(op, 0, target)
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
            _check_overlap(op)
    dual = _state.dual_level and tangents_of(values)
    if edges is not None:
        plan = op.plan(_needs(op, values, edges))
        values[0] = _before(target, dual or op.params[0] in plan.names)
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
    if dual:
        from .forward_ad import change_tangent, propagate

        (tangent,) = propagate(op, values, [target], raw)
        if tangent is not None:
            change_tangent(target, tangent)
    if edges is not None:
        node = _record(op, values, edges, [target], raw, False, inputs)
        rebase(target, node)
        if dual:
            remember_tangent(node, target)
        if events.observer is not None:
            events.observer.node_created(node)
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


def overlaps(array: Any) -> bool:
    """Say whether one element of memory stands for several of the array, as after `expand`."""
    return (
        bool(array.size)
        and 0 in array.strides
        and any(
            step == 0 and length > 1
            for step, length in zip(array.strides, array.shape, strict=True)
        )
    )


# What still writes into expanded tensors, and the indexing that does the same.
_EXPANDED = {
    "masked_fill": "tensor[mask] = scalar",
    "index_fill": "tensor[mask] = scalar",
    "index_put": "tensor[indices] = tensor",
}


def _check_overlap(op: Op) -> None:
    """Refuse to change an element that stands for several, unless each is written on its own."""
    example = _EXPANDED.get(op.public_name)
    if example is not None:
        warn(
            f"Use of {op.public_name}_ on expanded tensors is deprecated. Please clone() the "
            "tensor before performing this operation. This also applies to advanced indexing e.g. "
            + example,
        )
    elif op.name not in ("refill_scalar", "zero", "tril", "triu"):
        raise RuntimeError(errors.OVERLAP)


def check_operands(op: Op, target: Tensor, values: list[Any]) -> None:
    """Raise if an operand lies in the memory that is to be changed, where PyTorch refuses that.

    Raises
    ------
    RuntimeError
        Unless `op` allows it, or the operand is the target's own memory and that is allowed.
    """
    for position in op.tensor_positions[1:]:
        value = values[position]
        if isinstance(value, Tensor) and meets(target, value, op.overlap != "never"):
            raise RuntimeError(errors.OPERAND_OVERLAP)


def meets(target: Tensor, value: Tensor, unless_same: bool = True) -> bool:
    """Say whether two dense tensors share memory, unless they are one and the same part of it."""
    counter = target._version_counter
    if value is target:
        return not unless_same
    if counter is None or value._version_counter is not counter:
        return False
    ours, theirs = target._array, value._array
    if not (_dense(ours) and _dense(theirs)) or not np.may_share_memory(ours, theirs):
        return False
    return not (
        unless_same
        and _steps(ours) == _steps(theirs)
        and byte_bounds(ours) == byte_bounds(theirs)
        and ours.ndim == theirs.ndim
    )


def _steps(array: Any) -> list[int]:
    """Return the strides that matter; with one element, those tell how the view was made."""
    steps = zip(array.strides, array.shape, strict=True)
    return [step for step, length in steps if length != 1 or array.size == 1]


def _dense(array: Any) -> bool:
    """Say whether an array's elements lie side by side, in any order of dimensions."""
    if not array.size:
        return False
    expected = array.itemsize
    for step, length in sorted(zip(array.strides, array.shape, strict=True)):
        if length > 1:
            if step != expected:
                return False
            expected *= length
    return True


def _type_name(kind: dtypes.dtype) -> str:
    return kind.tensor_name.removesuffix("Tensor")


def _before(target: Tensor, copy: bool) -> Tensor:
    """Return the target as it stands before the change, with a copy of its data if that is saved.

    An in-place operation whose formula needs the old value keeps a copy, as PyTorch's do.
    """
    alias: Tensor = _new(Tensor)
    alias._array = np.array(target._array) if copy else target._array
    alias._node, alias._output_nr = target._node, target._output_nr
    alias._tangent = target._tangent
    if target._node is LEAF:
        alias._set_edge(target._accumulator())
    return alias


# -- gradients at edges -------------------------------------------------------------------------
def fit(grad: Any, edge: Edge, traced: bool) -> Any:
    """Make a gradient fit the tensor at the end of an edge; see `fit_meta`."""
    node, nr = edge_pair(edge)
    assert node is not None
    return fit_meta(grad, *node.output_meta(nr), traced)


def fit_meta(grad: Any, shape: tuple[int, ...], kind: Any, traced: bool) -> Any:
    """Undo broadcasting, drop an imaginary part nobody has, and cast: once, for every formula.

    Raises
    ------
    RuntimeError
        If the gradient's shape cannot come from broadcasting `shape`.
    """
    if grad is None:
        return None
    array = grad._array if traced else grad
    if array.shape != shape:
        extra = array.ndim - len(shape)
        stretched = extra <= 0 or array.shape[extra:] != shape
        if stretched and not is_expandable_to(shape, array.shape):
            raise RuntimeError(
                f"returned an invalid gradient at index 0 - got {list(array.shape)} but expected "
                f"shape compatible with {list(shape)}"
            )
        grad = grad.sum_to_size(shape) if traced else sum_to(grad, shape)
        array = grad._array if traced else grad
    if kind is not None and array.dtype != kind:
        if array.dtype.kind == "c" and kind.kind != "c":
            grad = grad.real
        if traced:
            grad = grad.to(dtypes.from_numpy(kind))
        else:
            grad = grad.astype(kind)
    return grad


def is_expandable_to(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Say whether a tensor of `shape` broadcasts to `target`."""
    if len(shape) > len(target):
        return False
    return all(a == b or a == 1 for a, b in zip(reversed(shape), reversed(target), strict=False))


def sum_to(array: Any, shape: tuple[int, ...]) -> Any:
    """Sum an array over the dimensions that broadcasting from `shape` added or stretched."""
    if array.shape == shape:
        return array
    extra = array.ndim - len(shape)
    if array.shape[extra:] == shape:  # nothing was stretched, and the sum owns its memory
        axes = 0 if extra == 1 else tuple(range(extra))
        return np.add.reduce(array, axis=axes, dtype=array.dtype)
    axes = tuple(range(extra)) + tuple(
        i + extra for i, n in enumerate(shape) if n == 1 and array.shape[i + extra] != 1
    )
    return array.sum(axis=axes, keepdims=True, dtype=array.dtype).reshape(shape)
