"""Custom functions: a forward and a backward written by the user.

Note [ctx is the node]
As in PyTorch, the `ctx` that forward and backward receive is the node itself; what forward
stores on it lives as long as the graph.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import advice, anomaly, events, modes
from .batch import levels_of
from .dispatch import dual_levels_of, saved_hooks
from .errors import LEAF_VIEW_INPLACE
from .frames import user_frame
from .function_checks import check_dirty, check_pure_view, check_saved_inputs
from .function_forward import at_level, propagate
from .function_generated import by_examples
from .function_vmap import check_transformable, mapped
from .node import Error, Node, next_sequence_nr, second_backward
from .saved import Freed, SavedInput, SavedOutput, SavedPacked
from .saved_tensor import raw
from .tensor import LEAF, Tensor
from .view import CUSTOM, DEFAULT, MULTI_OUTPUT, move_retain, rebase, refusal
from .warn import warn


class FunctionCtx:
    """What forward may do with `ctx`."""

    _to_save: tuple[Any, ...] = ()
    _dirty: tuple[Any, ...] = ()
    _non_differentiable: tuple[Any, ...] = ()
    _materialize = True
    _materialize_non_diff_grads = True
    _is_pure_view = False
    _for_forward: tuple[Any, ...] = ()
    needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward, checked against in-place changes.

        Raises
        ------
        TypeError
            If one is neither a Tensor nor None.
        """
        self._to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for `jvp`."""
        self._for_forward = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs forward changed in place."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no gradient."""
        for tensor in tensors:
            if not isinstance(tensor, Tensor):
                raise RuntimeError(
                    "mark_non_differentiable only accepts variable arguments, but got"
                )
        self._non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Choose whether missing gradients arrive as zeros (the default) or as None."""
        if not isinstance(value, bool):
            raise TypeError(
                "set_materialize_grads received an invalid combination of arguments - got (), but "
                "expected (bool)"
            )
        self._materialize = value

    @property
    def materialize_grads(self) -> bool:
        """Whether missing gradients arrive as zeros."""
        return self._materialize

    @materialize_grads.setter
    def materialize_grads(self, value: bool) -> None:
        self._materialize = value


class BackwardCFunction(Node, FunctionCtx):
    """The node of a custom Function; its class is named after it: `SquareBackward`."""

    bears_detached = True

    _forward_cls: Any
    saved: Any = ()
    _is_tensor: tuple[bool, ...] = ()
    _blank: frozenset[int] = frozenset()  # outputs whose missing gradient arrives as None
    _accessed = False  # of `clear_saved_tensors_on_access`
    _own: dict[str, Any] | None = None  # see Note [The user's attributes]
    _aside: dict[str, Any] | None = None

    described_as = "torch._C._FunctionBase"

    def __new__(cls) -> Any:
        """Return a node of its own, which PyTorch allows too."""
        return object.__new__(cls)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept.

        Raises
        ------
        RuntimeError
            If it was freed, or changed in place since.
        """
        if self._accessed:
            raise RuntimeError(
                "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True "
                "is set on the autograd.Function. Either access saved_tensors only once, or set "
                "clear_saved_tensors_on_access=False."
            )
        own = None if self._aside is None else self._exchange(self._aside)
        try:
            return tuple(self.unpack(True))
        finally:
            if own is not None:
                self._exchange(own)
            if self._forward_cls.clear_saved_tensors_on_access:
                self.saved, self._accessed = (), True

    @property
    def _raw_saved_tensors(self) -> tuple[Any, ...]:
        if type(self.saved) is Freed:
            raise second_backward(self, self.saved)
        return tuple(raw(self, i) for i in range(len(self.saved)))

    @property
    def to_save(self) -> tuple[Any, ...] | None:
        """What forward gave to `save_for_backward`; None once forward is over."""
        return self._to_save or None

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        """Old name of `saved_tensors`."""
        warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning)
        return self.saved_tensors

    @property
    def saved_for_forward(self) -> tuple[Any, ...]:
        """What `save_for_forward` kept."""
        return self._for_forward

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{type(self).__name__} object at {id(self):#x}>"

    def apply(self, grad_outputs: Any, traced: bool) -> Any:
        """Run the user's backward on Tensors; check what it returns."""
        given = [g if traced or g is None else Tensor._wrap(g) for g in grad_outputs]
        if self._materialize and any([g is None for g in grad_outputs]):  # noqa: C419 - quicker
            metas = self.outputs or [(self.shape, self.dtype)]
            given = [
                Tensor._wrap(np.zeros(*meta)) if g is None and i not in self._blank else g
                for i, (g, meta) in enumerate(zip(given, metas, strict=True))
            ]
        return self._checked(self._backward(given), traced)

    def run(self, grad_output: Any) -> Any:
        """Run the user's backward on the gradient of the only output; arrays only."""
        given: Any = Tensor._wrap(grad_output)
        grads = self._backward((given,))
        if type(grads) is Tensor and self._is_tensor == _ONE:
            return (grads._array,)
        return self._checked(grads, False)

    def calls_back(self) -> bool:
        """Return True: the user's backward may do anything."""
        return True

    def _backward(self, given: Sequence[Any]) -> Any:
        """Call the user's backward."""
        cls = self._forward_cls
        backward = cls.backward
        if cls.vjp is not Function.vjp:
            if backward is not Function.backward:
                raise RuntimeError(
                    "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. "
                    "You should only implement one of them."
                )
            backward = cls.vjp
        return backward(self, *given) if self._own is None else self._with_own(backward, given)

    def _checked(self, grads: Any, traced: bool) -> Any:
        """Return what backward gave as one gradient for each edge."""
        if isinstance(grads, Tensor) and self._is_tensor == _ONE:
            return (grads if traced else grads._array,)
        if not isinstance(grads, tuple):
            grads = (grads,)
        wanted = self.needs_input_grad
        grads = list(grads)
        if len(grads) > len(wanted) and all(g is None for g in grads[len(wanted) :]):
            del grads[len(wanted) :]
        if len(grads) != len(wanted):
            error = RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected "
                f"{len(wanted)}, got {len(grads)})"
            )
            raise advice.with_cure(error, advice.GRADIENTS, node=self)
        found = []
        for i, (value, is_tensor) in enumerate(zip(grads, self._is_tensor, strict=True)):
            if not is_tensor:
                if value is not None:
                    raise RuntimeError(
                        f"function {self.name()} returned a gradient different than None at "
                        f"position {i + 1}, but the corresponding forward input was not a Variable"
                    )
                continue
            if value is not None and not isinstance(value, Tensor):
                raise RuntimeError(f"expected Variable or None (got {type(value).__name__})")
            found.append(value if traced or value is None else value._array)
        return found

    def _with_own(self, backward: Callable[..., Any], given: Sequence[Any]) -> Any:
        """Run backward with the attributes that the user's forward set."""
        assert self._own is not None
        self._aside = self._exchange(self._own)
        try:
            return backward(self, *given)
        finally:
            self._own = self._exchange(self._aside)
            self._aside = None

    def _exchange(self, values: dict[str, Any]) -> dict[str, Any]:
        """Set attributes of this node alone; return what was there under these names."""
        mine = self.__dict__
        found = {name: mine.pop(name, _ABSENT) for name in values}
        mine.update({name: value for name, value in values.items() if value is not _ABSENT})
        return found


_new = object.__new__
_ABSENT: Any = object()
_ONE = (True,)  # one argument, a tensor

# Note [The user's attributes]
# ctx is the node, as in PyTorch, and `ctx.shape = x.shape` is common. What forward sets under a
# name that the node needs for itself is put aside, and is there again while backward runs.
_RESERVED = {
    name
    for name in dir(Node)
    if not name.startswith("_") and not isinstance(getattr(Node, name), property)
}


class FunctionMeta(type):
    """Give each Function class the class of its nodes."""

    def __init__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> None:
        super().__init__(name, bases, attrs)
        node = type(name + "Backward", (BackwardCFunction,), {"_forward_cls": cls})
        node.__module__ = "torch.autograd.function"
        cls._backward_cls = node


class Function(metaclass=FunctionMeta):
    """Base class of operations whose derivative the user writes.

    Notes
    -----
    Write the static methods ``forward(ctx, *args)`` (or ``forward(*args)`` together with
    ``setup_context(ctx, inputs, output)``) and ``backward(ctx, *grad_outputs)``, which returns
    one gradient per argument of forward, None where there is none. Call it as ``MyF.apply(...)``.
    """

    _backward_cls: Any
    clear_saved_tensors_on_access = False  # let go of them as soon as backward has read them
    generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:

        warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all "
            "static, so you should invoke them on the class itself. Instantiating an autograd "
            "function will raise an error in a future version of PyTorch.",
            DeprecationWarning,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: functions are called through `apply`."""
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use "
            "new-style autograd function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the result; to be written by the subclass."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> Any:
        """Store on `ctx` what backward needs; with a forward that has no `ctx`."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Return the gradient of each argument; to be written by the subclass."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    @staticmethod
    def vjp(ctx: Any, *grad_outputs: Any) -> Any:
        """Another name for `backward`."""
        return Function.backward(ctx, *grad_outputs)

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Return the tangent of the result from those of the arguments."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with "
            "forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        """Apply the function to a batch; to be written by the subclass, where it has a rule."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod "
            "or set generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward, and record the node if an argument requires grad.

        Returns
        -------
        What forward returned
        """
        state = modes.state
        apart = cls.setup_context is not Function.setup_context
        if apart and (kwargs or cls.forward.__defaults__):
            given = inspect.signature(cls.forward).bind(*args, **kwargs)
            given.apply_defaults()  # setup_context is to see them too
            args, kwargs = given.args, given.kwargs
        if state.transforms or state.levels:
            written = cls.vmap is not Function.vmap
            if modes.in_transform():
                check_transformable(cls, apart, written)
            if (written or cls.generate_vmap_rule) and levels_of(args):
                return (mapped if written else by_examples)(cls, args, kwargs)
        ctx: Any = _new(cls._backward_cls)
        recording = state.grad_enabled
        is_tensor, wanted, edges = [], [], []
        # Edges as they are before forward may change an input in place.
        for value in args:
            if not isinstance(value, Tensor):
                is_tensor.append(False)
                wanted.append(False)
                continue
            needed = value.requires_grad
            is_tensor.append(True)
            wanted.append(needed)
            edges.append(value._edge() if needed and recording else None)
        ctx._is_tensor = tuple(is_tensor)
        ctx.needs_input_grad = tuple(wanted)
        dual = dual_levels_of(args) if state.dual_level else []
        state.grad_enabled = False
        try:
            if apart or state.dual_level:
                output = _forward(cls, ctx, args, kwargs)
            else:
                output = cls.forward(ctx, *args, **kwargs)
        finally:
            state.grad_enabled = recording
        if not _RESERVED.isdisjoint(ctx.__dict__):
            ctx._own = {n: ctx.__dict__.pop(n) for n in _RESERVED.intersection(ctx.__dict__)}
        if apart and ctx._to_save:
            check_saved_inputs(ctx, args, output)
        if recording and True in wanted:
            ctx.edges = tuple(edges)
            found = _record(ctx, args, output)
        else:
            found = _unrecorded(ctx, args, output)
        for level in dual:
            with at_level(level):
                propagate(cls, ctx, args, found)
        # What it saved has its own place.
        if ctx._to_save:
            ctx._to_save = ()
        if ctx._dirty or ctx._non_differentiable:
            ctx._dirty = ctx._non_differentiable = ()
        return found


def _forward(cls: type[Function], ctx: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run forward in two parts, or where its arguments may have tangents."""
    with at_level(0) if modes.state.dual_level else contextlib.nullcontext():
        if cls.setup_context is Function.setup_context:
            return cls.forward(ctx, *args, **kwargs)
        output = cls.forward(*args, **kwargs)
        cls.setup_context(ctx, args, output)
        return output


def _record(ctx: Any, args: tuple[Any, ...], output: Any) -> Any:
    ctx.sequence_nr = next_sequence_nr()
    frame = user_frame(sys._getframe(2))
    ctx.code, ctx.lasti = frame.f_code, frame.f_lasti
    if modes.state.detect_anomaly:
        anomaly.record(ctx, frame)
    if isinstance(output, Tensor) and _is_plain(ctx, args, output):
        output._node = ctx
        array = output._array
        ctx.shape, ctx.dtype = array.shape, array.dtype
        if ctx._to_save:
            _save(ctx, [output])
        if events.observer is not None:
            events.observer.node_created(ctx)
        return output
    single = not isinstance(output, tuple)
    outputs = [output] if single else list(output)
    check_dirty(ctx, args, outputs, True)
    check_pure_view(ctx, outputs)
    dirty = {id(t) for t in ctx._dirty}
    flat = {id(t) for t in ctx._non_differentiable}
    for i, value in enumerate(outputs):
        if not isinstance(value, Tensor):
            continue
        outputs[i] = _own(ctx, i, value, args, dirty, flat)
    views: list[Any] = [o for o in outputs if isinstance(o, Tensor) and o._view is not None]
    if views and sum(isinstance(o, Tensor) and o._node is ctx for o in outputs) > 1:
        for tensor in views:
            tensor._view.creation = MULTI_OUTPUT
    _describe_outputs(ctx, outputs)
    _save(ctx, outputs)
    if events.observer is not None:
        events.observer.node_created(ctx)
    return outputs[0] if single else tuple(outputs)


def _is_plain(ctx: Any, args: tuple[Any, ...], output: Tensor) -> bool:
    """Say whether forward gave one fresh tensor and marked nothing: the usual case."""
    if (
        ctx._dirty
        or ctx._non_differentiable
        or ctx._is_pure_view
        or output._view is not None
        or output._array.dtype.kind not in "fc"
    ):
        return False
    for value in args:
        if output is value:
            return False
    return True


def _unrecorded(ctx: Any, args: tuple[Any, ...], output: Any) -> Any:
    """Finish a call that leaves no node: what was changed counts as changed, inputs are views."""
    single = not isinstance(output, tuple)
    outputs = [output] if single else list(output)
    check_dirty(ctx, args, outputs, False)
    for i, value in enumerate(outputs):
        if not isinstance(value, Tensor):
            continue
        is_input = any(value is a for a in args)
        if value.requires_grad:
            # What an argument requires stays as it is: the result is another tensor.
            if is_input:
                outputs[i] = value.detach()
            elif value._view is None:
                value.detach_()
        elif is_input and not any(value is t for t in ctx._dirty):
            with modes.no_grad():
                outputs[i] = value.view_as(value)
            outputs[i]._inference = value._inference
            outputs[i]._odd = value._inference or type(outputs[i])._odd
        if outputs[i]._view is not None and not any(outputs[i] is t for t in ctx._dirty):
            outputs[i]._view.creation = CUSTOM
    return outputs[0] if single else tuple(outputs)


def _own(
    ctx: Any, nr: int, value: Tensor, args: tuple[Any, ...], dirty: set[int], flat: set[int]
) -> Tensor:
    """Make an output of forward an output of the node."""
    is_input = any(value is a for a in args)
    if id(value) in flat or value._array.dtype.kind not in "fc":
        return value.detach() if is_input else value
    if id(value) in dirty:
        if value._node is LEAF:
            raise RuntimeError(
                "a leaf Variable that requires grad has been used in an in-place operation."
            )
        if value._view is not None and value._view.creation != DEFAULT:
            raise refusal(value)
        if value._view is not None and value._view.base._node is LEAF:
            raise RuntimeError(LEAF_VIEW_INPLACE)
        value._grad = None
        ctx.shape, ctx.dtype = value._array.shape, value._array.dtype
        if value._view is None:
            before = value._node, value._output_nr
            value._node, value._output_nr = ctx, nr
            move_retain(value, *before)
        else:
            rebase(value, ctx)
        return value
    if is_input:
        # An input returned as it is becomes a view of it: same memory, the node's history.
        with modes.no_grad():
            value = value.view_as(value)
        view: Any = value._view
        view.creation = CUSTOM
        view.producer = ctx.name().removesuffix("Backward")
    elif value._view is not None:
        # A pure view may be changed in place: the view, not this function, is then repeated.
        value._view.creation = DEFAULT if ctx._is_pure_view else CUSTOM
        value._view.producer = ctx.name().removesuffix("Backward")
        value._view.version = value._version
    value._node, value._output_nr = ctx, nr
    return value


def _describe_outputs(ctx: Any, outputs: list[Any]) -> None:
    metas = [
        (o._array.shape, o._array.dtype) if isinstance(o, Tensor) else ((), np.dtype("float32"))
        for o in outputs
    ]
    if metas:
        ctx.shape, ctx.dtype = metas[0]
    if len(metas) > 1:
        ctx.outputs = metas
        flat = () if ctx._materialize_non_diff_grads else {id(t) for t in ctx._non_differentiable}
        ctx._blank = frozenset(
            i for i, o in enumerate(outputs) if not isinstance(o, Tensor) or id(o) in flat
        )


def _save(ctx: Any, outputs: list[Any]) -> None:
    """Turn what `save_for_backward` got into saved values of the node."""
    hooks = saved_hooks()
    saved: list[Any] = []
    to_save, ctx._to_save = ctx._to_save, ()  # packing may fail, and must leave no cycle
    for tensor in to_save:
        if tensor is None:
            saved.append(None)
            continue
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"save_for_backward can only save variables, but argument {len(saved)} is of type "
                f"{type(tensor).__name__}"
            )
        position = None
        for i, output in enumerate(outputs):
            if output is tensor:
                position = i
                break
        if hooks is not None:
            saved.append(SavedPacked(tensor, hooks, position))
        elif position is not None and (tensor._node is ctx or any(tensor is t for t in ctx._dirty)):
            saved.append(SavedOutput(tensor, position))
        else:
            saved.append(SavedInput(tensor))
        ctx.frees = True
    ctx.saved = tuple(saved)


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a backward that cannot be differentiated: its results raise if one tries.

    Parameters
    ----------
    fn : callable
        A Function's backward.
    """

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any) -> Any:
        with modes.no_grad():
            outputs = fn(ctx, *args)
        if not modes.state.grad_enabled:
            return outputs
        if not any(isinstance(a, Tensor) and a.requires_grad for a in args):
            return outputs
        single = not isinstance(outputs, tuple)
        values = [None if v is None else v.detach() for v in ((outputs,) if single else outputs)]
        # As in PyTorch, the graph ends here: the error's inputs are leaves of their own.
        edges = tuple(None if v is None else v.detach()._wanting()._edge() for v in values)
        node = Error.made(
            "trying to differentiate twice a function that was marked with @once_differentiable",
            edges,
            values,
        )
        for nr, value in enumerate(values):
            if value is not None:
                value._node, value._output_nr = node, nr
        return values[0] if single else tuple(values)

    return wrapper


class InplaceFunction(Function):
    """An old base class of functions that change their input; use `Function`.

    Parameters
    ----------
    inplace : bool, default False
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace
