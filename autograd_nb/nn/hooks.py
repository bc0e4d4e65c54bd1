"""Registration of module hooks, and the wiring of full backward hooks.

Note [Full backward hooks]
    A module has no node of its own in the graph.  To see the gradients that enter and leave it,
    the tensors going in and the tensors coming out each pass through one identity node.  The node
    at the output is reached first in backward: it remembers ``grad_output``.  The node at the
    input is reached last: there the user's hooks run with both gradients at hand, and what they
    return replaces the gradient that flows on.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from autograd_nb.core.function import Function
from autograd_nb.core.hooks import RemovableHandle
from autograd_nb.core.modes import is_grad_enabled
from autograd_nb.core.tensor import Tensor

__all__ = ["RemovableHandle"]


def add_hook(
    hooks: OrderedDict[int, Any],
    hook: Callable[..., Any],
    *,
    prepend: bool = False,
    flags: Iterable[OrderedDict[int, Any]] = (),
) -> RemovableHandle:
    """Store `hook` in `hooks` under a fresh identifier, and mark it in each of `flags`."""
    marks = list(flags)
    handle = RemovableHandle(hooks, *marks)
    hooks[handle.id] = hook
    for mark in marks:
        mark[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


class BackwardHookFunction(Function):
    """Identity whose node stands for the border of a module in backward."""

    @staticmethod
    def forward(ctx: Any, *args: Tensor) -> tuple[Tensor, ...]:
        """Return the arguments; those without gradient stay without."""
        ctx.mark_non_differentiable(*[arg for arg in args if not arg.requires_grad])
        return args

    @staticmethod
    def backward(ctx: Any, *args: Tensor | None) -> tuple[Tensor | None, ...]:
        """Pass the gradients on."""
        return args


class BackwardHook:
    """The full backward hooks of one call of one module; see Note [Full backward hooks]."""

    def __init__(self, module: Any, hooks: list[Any], pre_hooks: list[Any]) -> None:
        self.module = module
        self.hooks = hooks
        self.pre_hooks = pre_hooks
        self.grad_outputs: tuple[Any, ...] | None = None
        self.n_inputs = -1
        self.n_outputs = -1
        self.input_positions: list[int] | None = None
        self.output_positions: list[int] = []

    @staticmethod
    def _spread(positions: list[int], values: Any, size: int) -> tuple[Any, ...]:
        """Return `values` at `positions` of a tuple of `size`, None elsewhere."""
        spread: list[Any] = [None] * size
        for position, value in zip(positions, values, strict=True):
            spread[position] = value
        return tuple(spread)

    @staticmethod
    def _border(args: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any, list[int]]:
        """Send the tensors of `args` through one identity node; return args, node, positions."""
        positions = [i for i, arg in enumerate(args) if isinstance(arg, Tensor)]
        if not any(args[i].requires_grad for i in positions):
            return args, None, positions
        results = BackwardHookFunction.apply(*[args[i] for i in positions])
        if isinstance(results, Tensor):
            results = (results,)
        node = next(result.grad_fn for result in results if result.grad_fn is not None)
        replaced = list(args)
        for position, result in zip(positions, results, strict=True):
            replaced[position] = result
        return tuple(replaced), node, positions

    def at_input(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Place the input border and return the arguments that the module is to see."""
        if not is_grad_enabled():
            return args
        replaced, node, positions = self._border(args)
        self.n_inputs = len(args)
        if node is not None:
            self.input_positions = positions
            node.register_hook(self._at_grad_input)
        return replaced

    def at_output(self, result: Any) -> Any:
        """Place the output border and return the result that the caller is to see."""
        if not is_grad_enabled():
            return result
        single = not isinstance(result, tuple)
        args = (result,) if single else result
        replaced, node, positions = self._border(args)
        if node is not None:
            self.output_positions = positions
            self.n_outputs = len(args)
            node.register_prehook(self._at_grad_output)
        return replaced[0] if single else replaced

    def _at_grad_output(self, grads: tuple[Any, ...]) -> Any:
        self.grad_outputs = self._spread(self.output_positions, grads, self.n_outputs)
        for hook in self.pre_hooks:
            replaced = hook(self.module, self.grad_outputs)
            if replaced is not None:
                if not isinstance(replaced, tuple):
                    replaced = (replaced,)
                if len(replaced) != self.n_outputs:
                    raise RuntimeError(
                        "Backward pre hook returned an invalid number of grad_output, "
                        f"got {len(replaced)}, but expected {self.n_outputs}"
                    )
                self.grad_outputs = replaced
        kept = self.grad_outputs
        if self.input_positions is None:
            # No input needs a gradient, so no input border exists: the hooks run here.
            if self.hooks:
                warnings.warn(
                    "Full backward hook is firing when gradients are computed with respect to "
                    "module outputs since no inputs require gradients. See "
                    "https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
                    "#torch.nn.Module.register_full_backward_hook for more details.",
                    stacklevel=5,
                )
            nothing = (None,) * self.n_inputs
            for hook in self.hooks:
                if hook(self.module, nothing, self.grad_outputs) is not None:
                    raise RuntimeError(
                        "Backward hook for Modules where no input requires gradient should "
                        "always return None or None for all gradients."
                    )
            self.grad_outputs = None
        return tuple(kept[i] for i in self.output_positions)

    def _at_grad_input(self, grad_input: tuple[Any, ...], _: tuple[Any, ...]) -> Any:
        if self.grad_outputs is None:
            return None  # a second derivative reaches the input without passing the output again
        positions = self.input_positions or []
        current = self._spread(positions, grad_input, self.n_inputs)
        for hook in self.hooks:
            replaced = hook(self.module, current, self.grad_outputs)
            if replaced is None:
                continue
            if not isinstance(replaced, tuple):
                replaced = (replaced,)
            if len(replaced) != len(current):
                raise RuntimeError(
                    "Backward hook returned an invalid number of grad_input, "
                    f"got {len(replaced)}, but expected {len(current)}"
                )
            current = replaced
        self.grad_outputs = None
        return tuple(current[i] for i in positions)
