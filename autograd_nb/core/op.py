"""The record of one operation, and the plan that its formulas imply.

A record says how to compute the result (`forward`, on raw arrays) and how a gradient flows back
(one formula per differentiable input). What a formula's parameters are called decides what is
saved: see `Plan`.

Note [Numbers in formulas]
PyTorch's formulas are written in C++, where an operator between a tensor and a number is an
overload with a node of its own: `x * 2` is recorded as MulBackward1, while Python's makes the
number a tensor and is recorded as MulBackward0. So that formulas can use plain operators,
`state.formula` is set while one runs on Tensors, and `in_formula` names the other record.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, partial
from inspect import unwrap
from typing import Any, ClassVar

from . import blocks, errors, modes, pool
from .node import Node, second_backward
from .saved import Freed, SavedInput, SavedList, SavedNumber, SavedOutput, SavedPacked


@dataclass(eq=False)
class Op:
    """One operation of the table.

    Attributes
    ----------
    name : str
        The record's name, unique in the table.
    forward : callable
        Raw arrays and Python values in, raw array (or tuple of arrays) out.
    inplace_forward : callable or None
        Writes into its first argument instead, where that saves a copy.
    node_class : type
        Its node; the class name is the node's public name.
    formulas : dict of str to callable
        The vector-Jacobian product of each differentiable input.
    joint : callable or None
        One formula for all of them, where they share work.
    inputs : tuple of str
        The differentiable inputs, in the order of the node's edges.
    """

    name: str
    forward: Callable[..., Any]
    node_class: type[OpNode]
    formulas: dict[str, Callable[..., Any]]
    joint: Callable[..., Any] | None
    inputs: tuple[str, ...]
    tensors: frozenset[str]  # parameters that take tensors
    tensor_list: str | None
    inplace_forward: Callable[..., Any] | None = None
    outputs: tuple[str, ...] = ("result",)
    aux: tuple[str, ...] = ()
    promote: tuple[str, ...] = ()
    strict: tuple[str, ...] = ()  # promoted, but take no number
    to_float: bool = False
    view: bool = False
    overlap: str = "allowed"  # of a changed tensor with operands: "allowed", "same" or "never"
    kind: str = "other"
    ufunc: Any = None  # forward on real arrays of one dtype, keywords at their defaults
    pointwise: bool = False  # an element of the result needs just that element of the operands
    stepwise: bool = False  # half precision is rounded at each step of forward, not at its end
    return_type: type | None = None
    refuse: Callable[..., Any] | None = None  # looks at the operands before they are promoted
    scalars: frozenset[str] = frozenset()  # promoted with the tensors, but always numbers
    saved: dict[str, Any] = field(default_factory=dict)  # see Note [What a node shows]
    keeps: tuple[str, ...] = ()  # saved to be shown, though no formula asks for them
    in_formula: str = ""  # the record of the overload whose second operand is a number
    jvps: dict[str, Callable[..., Any]] = field(default_factory=dict)
    doc: str = ""
    public_name: str = ""
    raw: ClassVar[Any]  # the two namespaces; set by ops.namespaces
    traced: ClassVar[Any]
    table: ClassVar[Any]  # all records by name; set by ops.registry

    def __post_init__(self) -> None:
        self.variadic = self.outputs == ("*",)  # as many outputs as forward returns
        self.multiple = self.variadic or len(self.outputs) > 1
        plain = unwrap(self.forward)
        code = plain.__code__
        self.n_positional = code.co_argcount
        self.params = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        self.keyword_only = frozenset(self.params[self.n_positional :])
        defaults = plain.__defaults__ or ()
        self.defaults = dict(
            zip(
                self.params[self.n_positional - len(defaults) : self.n_positional],
                defaults,
                strict=True,
            )
        )
        self.defaults.update(plain.__kwdefaults__ or {})
        self.positions = {name: i for i, name in enumerate(self.params)}
        self.tensor_positions = tuple(
            self.positions[name] for name in self.params if name in self.tensors
        )
        self.promote_positions = tuple(self.positions[name] for name in self.promote)
        self.strict_positions = {self.positions[name] for name in self.strict}
        if "self" not in self.promote:
            self.strict_positions.add(0)
        self.list_position = self.positions[self.tensor_list] if self.tensor_list else None
        self.input_positions = tuple(self.positions[name] for name in self.inputs)
        self.public_name = self.public_name or self.name
        self.producer = errors.operation(self.node_class.__name__)  # as messages name it
        if self.multiple or self.aux:
            self.pointwise = False
        self._plans: dict[tuple[bool, ...], Plan] = {}
        values = (*self.params, *self.outputs, *self.aux)
        can_show((*values, *(f"{value}_sym_sizes" for value in values), *self.saved))

    @cached_property
    def shown(self) -> dict[str, tuple[str | None, Any]]:
        """What `_saved_...` of a node shows: its own name of each value, and what to make of it.

        Note [What a node shows]
        The names are those that the formulas ask for, lengths as `<input>_sym_sizes`. Not shown
        are dtypes, strides, lengths of an input that is saved itself, and those that only serve to
        make zeros. A record's `saved` says the rest, by PyTorch's name: None is not shown, a name
        is our own name of the value, a function makes PyTorch's form of it, a pair is both. An
        `OfNode` finds it from the node, where saving it would cost.
        """
        formulas = [*self.formulas.values(), *([] if self.joint is None else [self.joint])]
        asked = [parameters(formula)[1:] for formula in formulas]
        names = {n for a in asked for n in a if not n.startswith("grad_output") and n != "needs"}
        names.update(self.keeps)
        found: dict[str, tuple[str | None, Any]] = {}
        for name in sorted(names):
            if name.endswith(("_dtype", "_dtypes", "_strides")):
                continue
            if name.endswith(("_shape", "_shapes")) and name not in self.params:
                base = name.rpartition("_")[0]
                users = [a for a in asked if name in a]
                zeros = {"grad_output", name, f"{base}_dtype"}
                if base in names or all(set(a) == zeros for a in users):
                    continue
            form = REDUCTIONS.index if name == "reduction" else None
            public = name if name in self.params else name.replace("_shape", "_sym_sizes")
            found[public] = name, form
        for name, source in self.saved.items():
            if source is None:
                found.pop(name, None)
            elif isinstance(source, str):
                found[name] = source, None
            elif isinstance(source, OfNode):
                found[name] = found.get(name, (None, None))[0], source
            elif callable(source):
                found[name] = found[name][0], source
            else:
                found[name] = source
        return found

    def plan(self, needs: tuple[bool, ...]) -> Plan:
        """Return what to save and run when just these inputs need a gradient."""
        found = self._plans.get(needs)
        if found is None:
            found = self._plans[needs] = Plan(self, needs)
        return found


@dataclass(frozen=True)
class OfNode:
    """A function of a node and of the saved value (None if there is none) that shows it."""

    find: Callable[[OpNode, Any], Any]


# Arguments that PyTorch keeps as numbers with a sign; other integers it shows without one.
SCALARS = frozenset(
    "alpha base beta eps exponent lambd max maxnorm min negative_slope ord other p threshold "
    "value".split()
)


REDUCTIONS = ("none", "mean", "sum")  # of losses; nodes keep their numbers


def unsigned(value: Any) -> Any:
    """Return integers, alone or in a tuple, as PyTorch shows what it keeps in 64 bits."""
    if type(value) is int:
        return value % 2**64
    if type(value) is tuple:
        return tuple(unsigned(v) for v in value)
    return value


def listed(value: Any) -> Any:
    """Return one dimension as a tuple, which PyTorch keeps in its place."""
    return unsigned((value,) if type(value) is int else value)


def parameters(function: Any) -> tuple[str, ...]:
    """Return the names of a plain function's positional parameters."""
    return function.__code__.co_varnames[: function.__code__.co_argcount]  # type: ignore[no-any-return]


_ALL_GRADS, _NEEDS = -1_000_000, -1_000_001
_SPECIAL = {"grad_output": -1, "grad_outputs": _ALL_GRADS, "needs": _NEEDS}


class Plan:
    """What a node saves, and how its formulas get at it.

    Attributes
    ----------
    names : tuple of str
        The values to save: an input or output by name (as tensor), `<input>_shape`,
        `<input>_dtype`, `<input>_strides` in bytes, an auxiliary array, or a plain argument.
    steps : tuple of (formula, indices)
        One entry per edge; None where no gradient is needed. An index points into the saved
        values, or, negative, into the grad_outputs.
    """

    def __init__(self, op: Op, needs: tuple[bool, ...]) -> None:
        self.op = op
        self.needs = needs
        formulas = [op.joint] if op.joint is not None else [op.formulas[n] for n in op.inputs]
        wanted_names = {
            name
            for i, formula in enumerate(formulas)
            if op.joint is not None or needs[i]
            for name in parameters(formula)[1:]
        }
        wanted_names.update(op.keeps)
        # Inputs by name, then outputs, as PyTorch's: saved-tensor hooks see that order.
        names = sorted(
            (n for n in wanted_names if not n.startswith("grad_output") and n != "needs"),
            key=lambda name: (name in op.outputs, name),
        )

        def index(name: str) -> int:
            if name in _SPECIAL:
                return _SPECIAL[name]
            if name.startswith("grad_output"):
                return -1 - int(name.removeprefix("grad_output"))
            return names.index(name)

        def step(formula: Callable[..., Any]) -> tuple[Callable[..., Any], tuple[int, ...]]:
            wanted = parameters(formula)[1:]  # without F
            return formula, tuple(index(name) for name in wanted)

        if op.joint is not None:
            self.joint: Any = step(op.joint)
            self.steps: Any = ()
        else:
            self.joint = None
            self.steps = tuple(
                step(op.formulas[name]) if need else None
                for name, need in zip(op.inputs, needs, strict=True)
            )
        self.names = tuple(names)
        self.sources = tuple(self._source(name) for name in names)
        self.pointwise = op.pointwise and all(
            kind in ("input", "output", "value", "dtype") for kind, _ in self.sources
        )

    def _source(self, name: str) -> tuple[str, Any]:
        """Say where a saved value comes from: (kind, key)."""
        op = self.op
        if name in op.outputs:
            return "output", op.outputs.index(name)
        if name in op.aux:
            return "aux", len(op.outputs) + op.aux.index(name)
        if name in op.positions:
            if name in op.tensors and name not in op.scalars:
                return "input", op.positions[name]
            return ("list" if name == op.tensor_list else "value"), op.positions[name]
        for suffix in ("_shapes", "_dtypes", "_shape", "_dtype", "_strides"):
            base = name.removesuffix(suffix)
            if base != name and base in op.positions:
                return suffix[1:], op.positions[base]
            if base == "result" and base != name:
                return "out" + suffix, 0
        raise TypeError(
            f"a formula of {op.name} asks for {name!r}, which is no input, output or argument"
        )


def save_inputs(plan: Plan, values: list[Any], hooks: Any) -> dict[int, Any]:
    """Save the input tensors, by position, as they are before an in-place operation."""
    return {
        key: SavedInput(values[key]) if hooks is None else SavedPacked(values[key], hooks, None)
        for kind, key in plan.sources
        if kind == "input" and hasattr(values[key], "_array")
    }


def save(
    plan: Plan, values: list[Any], outputs: Any, raw: Any, hooks: Any, inputs: Any = ()
) -> tuple[Any, ...]:
    """Return the values that the plan's formulas will need; `inputs` are saved already."""
    saved: list[Any] = []
    for kind, key in plan.sources:
        if kind == "input":
            value = values[key]
            if key in inputs:
                saved.append(inputs[key])
            elif value is None:
                saved.append(None)
            elif not hasattr(value, "_array"):
                saved.append(SavedNumber(value))
            elif hooks is not None:
                saved.append(SavedPacked(value, hooks, None))
            else:
                saved.append(SavedInput(value))
        elif kind == "output":
            out = outputs[key]
            saved.append(SavedPacked(out, hooks, key) if hooks else SavedOutput(out, key))
        elif kind == "shape":
            saved.append(getattr(getattr(values[key], "_array", None), "shape", ()))
        elif kind == "value":
            saved.append(values[key])
        elif kind == "aux":
            saved.append(raw[key])
        elif kind == "dtype":
            saved.append(getattr(getattr(values[key], "_array", None), "dtype", None))
        elif kind == "strides":
            saved.append(getattr(getattr(values[key], "_array", None), "strides", ()))
        elif kind == "shapes":
            saved.append([v._array.shape for v in values[key]])
        elif kind == "dtypes":
            saved.append([v._array.dtype for v in values[key]])
        elif kind == "out_shape":
            saved.append(outputs[0]._array.shape)
        elif kind == "out_dtype":
            saved.append(outputs[0]._array.dtype)
        else:  # a list of tensors
            saved.append(SavedList(values[key], hooks))
    return tuple(saved)


class OpNode(Node):
    """The node of a table operation: runs the formulas of its record."""

    op: Op
    plan: Plan

    def apply(self, grad_outputs: Any, traced: bool, mask: tuple[bool, ...] | None = None) -> Any:
        """Return one gradient per edge; None where `mask`, if given, is false."""
        __tracebackhide__ = True
        plan, op = self.plan, self.op
        saved = self.unpack(traced)
        if plan.pointwise and not traced and blocks.is_large(grad_outputs):
            found = blocks.run(partial(self._piece, mask), [*saved, *grad_outputs])
            if found is not None:
                return found
        if traced:
            from .tensor import Tensor

            for i, (kind, _) in enumerate(plan.sources):
                if kind == "aux":
                    saved[i] = Tensor._wrap(saved[i])
            return self.as_formula(self._formulas, op.traced, saved, grad_outputs, mask)
        try:
            return self._formulas(op.raw, saved, grad_outputs, mask)
        except ValueError as error:  # an unpack hook gave a tensor of another shape
            reason = errors.of_broadcast(str(error)) if self.calls_back() else None
            if reason is None:
                raise
            raise RuntimeError(reason) from None

    @staticmethod
    def as_formula(function: Callable[..., Any], *args: Any) -> Any:
        """Call a function that runs formulas on Tensors; see Note [Numbers in formulas]."""
        __tracebackhide__ = True
        state = modes.state
        outer, state.formula = state.formula, True
        try:
            return function(*args)
        finally:
            state.formula = outer

    def run_on_own(self, held: list[Any]) -> Any:
        """Return one gradient per edge, for a large array that may be overwritten.

        Parameters
        ----------
        held : list
            The array; the caller has no other reference to it.
        """
        __tracebackhide__ = True
        grad_output = held.pop()
        if self.plan.pointwise:
            own = sys.getrefcount(grad_output) == 2 and pool.is_own(grad_output)
            found = blocks.run(
                partial(self._piece, None),
                [*self.unpack(False), grad_output],
                grad_output if own else None,
            )
            if found is not None:
                return found
        return self.run(grad_output)

    def _piece(self, mask: tuple[bool, ...] | None, *values: Any) -> Any:
        """Return the gradients of a piece of the saved values and of the grad_output."""
        return self._formulas(self.op.raw, values, values[-1:], mask)

    def _formulas(self, space: Any, saved: Any, grad_outputs: Any, mask: Any) -> Any:
        __tracebackhide__ = True
        plan, op = self.plan, self.op
        if plan.joint is not None:
            formula, indices = plan.joint
            if mask is None:
                return formula(space, *self._arguments(indices, saved, grad_outputs))
            needs = tuple(n and m for n, m in zip(plan.needs, mask, strict=False))
            found = formula(space, *self._arguments(indices, saved, grad_outputs, needs))
            return [g if m else None for g, m in zip(found, mask, strict=True)]
        grads: list[Any] = []
        listed = op.tensor_list is not None and op.inputs == (op.tensor_list,)
        for i, step in enumerate(plan.steps):
            if step is None or (mask is not None and not listed and not mask[i]):
                grads.append(None)
                continue
            formula, indices = step
            grads.append(formula(space, *self._arguments(indices, saved, grad_outputs)))
        return grads[0] if listed else grads

    def _arguments(
        self, indices: tuple[int, ...], saved: Any, grads: Any, needs: Any = None
    ) -> list[Any]:
        found: list[Any] = []
        for i in indices:
            if i >= 0:
                found.append(saved[i])
            elif i > _ALL_GRADS:
                found.append(grads[-1 - i])
            else:
                found.append(grads if i == _ALL_GRADS else needs or self.plan.needs)
        return found

    def _read_saved(self, attribute: str) -> Any:
        shown = self.op.shown.get(attribute.removeprefix("_raw").removeprefix("_saved_"))
        if shown is None:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{attribute}'")
        name, form = shown
        if name not in self.plan.names:
            return form.find(self, None) if name is None else None
        index = self.plan.names.index(name)
        if attribute.startswith("_raw"):
            raw = self._raw(index, attribute)
            return form.find(self, raw) if isinstance(form, OfNode) else raw
        value = self.unpack(True)[index]
        kind = self.plan.sources[index][0]
        if kind in ("aux", "input") and value is not None and not hasattr(value, "_array"):
            import numpy as np

            from .tensor import Tensor

            value = Tensor._wrap(np.asarray(value))
        if isinstance(form, OfNode):
            return form.find(self, value)
        if form is not None:
            return form(value)
        return unsigned(value) if kind == "value" and name not in SCALARS else value

    def saved_by_name(self) -> dict[str, Any]:
        """Return what the formulas of this node will be given, by name; Tensors."""
        return dict(zip(self.plan.names, self.unpack(True), strict=True))

    def _raw(self, index: int, attribute: str) -> Any:
        """Return a saved tensor, or a tuple of several, to put hooks on."""
        from .saved_tensor import raw

        kind = self.plan.sources[index][0]
        if kind == "list":
            if type(self.saved) is Freed:
                raise second_backward(self, self.saved)
            return tuple(raw(self, index, i) for i in range(len(self.saved_values()[index].items)))
        if kind not in ("input", "output"):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{attribute}'")
        return raw(self, index)

    def __dir__(self) -> list[str]:
        others = {name for name in super().__dir__() if name not in _SHOWN}
        op = self.op
        tensors = {*op.tensors, *op.outputs, op.tensor_list} - op.scalars - {None}
        raw = {"_raw_saved_" + name for name, (own, _) in op.shown.items() if own in tensors}
        return sorted(others | raw | {"_saved_" + name for name in op.shown})


class Shown:
    """An attribute of nodes that reads a saved value; see Note [What a node shows].

    A `__getattr__` in their place would make the interpreter look for every attribute of every
    node by the long way, and a pass reads ten of each.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, node: OpNode | None, owner: Any = None) -> Any:
        return self if node is None else node._read_saved(self.name)


_SHOWN: dict[str, Shown] = {}


def can_show(names: Iterable[str]) -> None:
    """Let nodes have attributes for saved values; which of them one has is its record's to say."""
    for name in names:
        for attribute in ("_saved_" + name, "_raw_saved_" + name):
            if attribute not in _SHOWN:
                _SHOWN[attribute] = shown = Shown(attribute)
                setattr(OpNode, attribute, shown)
