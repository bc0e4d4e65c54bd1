"""Custom functions inside `vmap` with `generate_vmap_rule`: forward and backward of one example.

Note [A rule from the function]
The function that is recorded takes all examples as ordinary tensors. Its forward opens a level, in
which the user's forward sees one example; its backward does the same with the gradients. So the
graph is that of ordinary tensors, as for every operation inside `vmap`.
"""

from __future__ import annotations

from typing import Any

from . import modes
from .batch import Batched, Level, in_level, level, levels_of, without
from .tensor import Tensor


class Plan:
    """One call: how many examples there are, and which tensors have one each.

    Attributes
    ----------
    inputs, outputs, saved, saved_for_forward : list of bool
        Whether each argument, each output, and each saved tensor is one of an example.
    shapes : list of tuple of int
        Of the arguments, as one example sees them.
    """

    def __init__(self, opened: Level, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.size, self.randomness, self.kwargs = opened.size, opened.randomness, kwargs
        self.inputs = [_has(value, opened) for value in args]
        self.shapes = [value.shape if isinstance(value, Tensor) else () for value in args]
        self.outputs: list[bool] = []
        self.saved: list[bool] = []
        self.saved_for_forward: list[bool] = []


class ExampleContext:
    """What the user's functions get as `ctx`: the real one, with tensors of one example."""

    def __init__(self, ctx: Any, opened: Level) -> None:
        object.__setattr__(self, "_real", ctx)
        object.__setattr__(self, "_opened", opened)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, value)

    @property
    def needs_input_grad(self) -> tuple[bool, ...]:
        """Whether each argument needs a gradient."""
        return self._real.needs_input_grad[1:]  # type: ignore[no-any-return]

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward."""
        self._real.plan_of_examples.saved = [_has(t, self._opened) for t in tensors]
        self._real.save_for_backward(*(_whole(t, self._opened) for t in tensors))

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for jvp."""
        self._real.plan_of_examples.saved_for_forward = [_has(t, self._opened) for t in tensors]
        self._real.save_for_forward(*(_whole(t, self._opened) for t in tensors))

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was kept."""
        saved = self._real.plan_of_examples.saved
        return tuple(_examples(self._real.saved_tensors, saved, self._opened))

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no derivative."""
        self._real.mark_non_differentiable(*(_whole(t, self._opened) for t in tensors))

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which arguments were changed in place."""
        self._real.mark_dirty(*(_whole(t, self._opened) for t in tensors))


def by_examples(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function on all examples of the innermost level among its arguments."""
    opened = levels_of(args)[-1]
    plan = Plan(opened, args, kwargs)
    whole = [_whole(value, opened) for value in args]
    open_levels = modes.state.levels
    modes.state.levels = open_levels[: open_levels.index(opened)]
    try:
        output = _generated(cls).apply(plan, *whole)
    finally:
        modes.state.levels = open_levels
    if not isinstance(output, tuple):
        return _examples([output], plan.outputs, opened)[0]
    return tuple(_examples(output, plan.outputs, opened))


def _generated(cls: Any) -> Any:
    """Return the function that takes all examples of another; see the module's Note."""
    found = cls.__dict__.get("_of_all_examples")
    if found is not None:
        return found

    def forward(plan: Plan, *args: Any) -> Any:
        with level(plan.size, plan.randomness) as opened:
            output = cls.forward(*_examples(args, plan.inputs, opened), **plan.kwargs)
            outputs = output if isinstance(output, tuple) else (output,)
            plan.outputs = [_has(value, opened) for value in outputs]
            whole = tuple(_whole(value, opened) for value in outputs)
        return whole if isinstance(output, tuple) else whole[0]

    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        plan, *args = inputs
        ctx.plan_of_examples = plan
        with level(plan.size, plan.randomness) as opened:
            given = tuple(_examples(args, plan.inputs, opened))
            results = output if isinstance(output, tuple) else (output,)
            made = tuple(_examples(results, plan.outputs, opened))
            context = ExampleContext(ctx, opened)
            cls.setup_context(context, given, made if isinstance(output, tuple) else made[0])

    def backward(ctx: Any, *grads: Any) -> Any:
        plan = ctx.plan_of_examples
        with level(plan.size, plan.randomness) as opened:
            given = _examples(grads, plan.outputs, opened)
            found = ctx_backward(ExampleContext(ctx, opened), *given)
            results = found if isinstance(found, tuple) else (found,)
            fitted = [
                _fitted(grad, mapped, shape, opened)
                for grad, mapped, shape in zip(results, plan.inputs, plan.shapes, strict=True)
            ]
        return (None, *fitted)

    def jvp(ctx: Any, _: None, *tangents: Any) -> Any:
        plan = ctx.plan_of_examples
        saved, plan.saved = plan.saved, plan.saved_for_forward
        try:
            with level(plan.size, plan.randomness) as opened:
                given = _examples(tangents, plan.inputs, opened)
                found = cls.jvp(ExampleContext(ctx, opened), *given)
                results = found if isinstance(found, tuple) else (found,)
                whole = tuple(
                    without(t, (opened,)) if mapped and isinstance(t, Tensor) else t
                    for t, mapped in zip(results, plan.outputs, strict=True)
                )
        finally:
            plan.saved = saved
        return whole if isinstance(found, tuple) else whole[0]

    from .function import Function

    ctx_backward = cls.vjp if cls.backward is Function.backward else cls.backward
    cls._of_all_examples = type(
        f"Vmapped{cls.__name__}",
        (Function,),
        {
            "generate_vmap_rule": True,
            "forward": staticmethod(forward),
            "setup_context": staticmethod(setup_context),
            "backward": staticmethod(backward),
            "jvp": staticmethod(jvp if cls.jvp is not Function.jvp else Function.jvp),
        },
    )
    return cls._of_all_examples


def _has(value: Any, opened: Level) -> bool:
    """Say whether a value is a tensor with an example of its own for each of a level's."""
    return isinstance(value, Batched) and opened in value._levels


def _whole(value: Any, opened: Level) -> Any:
    return without(value, (opened,)) if _has(value, opened) else value


def _examples(values: Any, mapped: list[bool], opened: Level) -> list[Any]:
    return [
        in_level(value, opened) if here and isinstance(value, Tensor) else value
        for value, here in zip(values, mapped, strict=True)
    ]


def _fitted(grad: Any, mapped: bool, shape: Any, opened: Level) -> Any:
    """Return the gradient of an argument of all examples from that of one example."""
    if not isinstance(grad, Tensor):
        return grad
    if mapped and grad.shape != shape:
        grad = grad.sum_to_size(shape)
    here = _has(grad, opened)
    whole = _whole(grad, opened)
    if here and not mapped:
        return whole.sum(0)
    return whole.expand((opened.size, *grad.shape)) if mapped and not here else whole
