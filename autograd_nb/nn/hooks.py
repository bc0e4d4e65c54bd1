"""Registration of module hooks, and the wiring of full backward hooks.

Note [Full backward hooks]
    A module has no node of its own in the graph.  To see the gradients that enter and leave it,
    the tensors going in and the tensors coming out each pass through one identity node.  The node
    at the output is reached first in backward: it remembers ``grad_output``.  The node at the
    input is reached last: there the user's hooks run with both gradients at hand, and what they
    return replaces the gradient that flows on.
"""

from __future__ import annotations

import functools
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from autograd_nb.core.function import Function
from autograd_nb.core.hooks import RemovableHandle
from autograd_nb.core.modes import is_grad_enabled
from autograd_nb.core.tensor import Tensor

from ..core.warn import warn

__all__ = ["BackwardHook", "HookMixin", "RemovableHandle"]


def add_hook(
    hooks: OrderedDict[int, Any],
    hook: Callable[..., Any],
    *,
    prepend: bool = False,
    flags: Iterable[OrderedDict[int, Any]] = (),
) -> RemovableHandle:
    """Store `hook` in `hooks` under a fresh identifier, and mark it in each of `flags`."""
    marks = list(flags)
    handle = RemovableHandle(hooks, extra_dict=marks)
    hooks[handle.id] = hook
    for mark in marks:
        mark[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


class WrappedHook:
    """A hook that is called with its module first, and does not keep that module alive."""

    def __init__(self, hook: Callable[..., Any], module: Any = None) -> None:
        self.hook = hook
        functools.update_wrapper(self, hook)
        self.module = None if module is None else weakref.ref(module)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.module is None:
            return self.hook(*args, **kwargs)
        module = self.module()
        if module is None:
            raise RuntimeError("You are trying to call the hook of a dead Module!")
        return self.hook(module, *args, **kwargs)

    def __getstate__(self) -> dict[str, Any]:
        return {
            "hook": self.hook,
            "with_module": self.module is not None,
            "module": None if self.module is None else self.module(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.hook = state["hook"]
        if state["with_module"] and state["module"] is None:
            raise RuntimeError("You are trying to revive the hook of a dead Module!")
        self.module = weakref.ref(state["module"]) if state["with_module"] else None


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
        if type(args) is tuple:
            return tuple(replaced), node, positions
        return type(args)(*replaced), node, positions  # a namedtuple stays one

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
                if len(replaced) != self.n_outputs:
                    raise RuntimeError(
                        "Backward pre hook returned an invalid number of grad_output, "
                        f"got {len(replaced)}, but expected {self.n_outputs}"
                    )
                self.grad_outputs = replaced
        kept = self.grad_outputs
        if self.input_positions is None:
            # No input needs a gradient, so no input border exists: the hooks run here.
            warn(
                "Full backward hook is firing when gradients are computed with respect to "
                "module outputs since no inputs require gradients. See "
                "https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
                "#torch.nn.Module.register_full_backward_hook for more details.",
            )
            nothing = (None,) * self.n_inputs
            for hook in self.hooks:
                answer = hook(self.module, nothing, self.grad_outputs)
                if answer is not None and not (
                    isinstance(answer, tuple) and all(grad is None for grad in answer)
                ):
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
            if len(replaced) != len(current):
                raise RuntimeError(
                    "Backward hook returned an invalid number of grad_input, "
                    f"got {len(replaced)}, but expected {len(current)}"
                )
            current = replaced
        self.grad_outputs = None
        return tuple(current[i] for i in positions)


def warn_of_missing_gradients(args: Any, result: Any, node: Any) -> None:
    """Warn where the old backward hooks on `node` see less than all gradients of the module."""
    full = " Please use register_full_backward_hook to get the documented behavior."
    later = "is deprecated and will be removed in future versions. This hook will be missing "
    sees = "Using a non-full backward hook when "
    outputs = (result,) if isinstance(result, Tensor) else result
    if not _all_tensors(outputs):
        message = (
            "Using non-full backward hooks on a Module that does not return a single Tensor or a "
            f"tuple of Tensors {later}some of the grad_output.{full}"
        )
    elif not _all_tensors(args):
        message = (
            "Using non-full backward hooks on a Module that does not take as input a single "
            f"Tensor or a tuple of Tensors {later}some of the grad_input.{full}"
        )
    else:
        makers = {output.grad_fn for output in outputs if output.grad_fn is not None}
        if len(makers) > 1:
            message = (
                f"{sees}outputs are generated by different autograd Nodes {later}"
                f"some grad_output.{full}"
            )
        elif node not in makers:
            message = f"{sees}outputs are nested in python data structure {later}some grad_output."
        else:
            entering = {arg.grad_fn for arg in args if arg.grad_fn is not None}
            if entering == {function for function, _ in node.next_functions}:
                return
            message = (
                f"{sees}the forward contains multiple autograd Nodes {later}some grad_input.{full}"
            )
    warn(message, FutureWarning)


def _all_tensors(values: Any) -> bool:
    return isinstance(values, tuple) and all(isinstance(value, Tensor) for value in values)


class HookMixin:
    """The part of :class:`Module` that registers hooks."""

    _backward_pre_hooks: OrderedDict[int, Any]
    _backward_hooks: OrderedDict[int, Any]
    _is_full_backward_hook: bool | None
    _forward_hooks: OrderedDict[int, Any]
    _forward_hooks_with_kwargs: OrderedDict[int, Any]
    _forward_hooks_always_called: OrderedDict[int, Any]
    _forward_pre_hooks: OrderedDict[int, Any]
    _forward_pre_hooks_with_kwargs: OrderedDict[int, Any]

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Register a hook that runs before ``forward``.

        Parameters
        ----------
        hook : callable
            ``hook(module, args)`` or, using `with_kwargs`, ``hook(module, args, kwargs)``; what it
            returns, if not None, replaces the arguments.
        prepend : bool, default: False
            Whether it runs before the hooks that exist.
        with_kwargs : bool, default: False
            Whether it receives the keyword arguments too.

        Returns
        -------
        RemovableHandle
        """
        flags = [self._forward_pre_hooks_with_kwargs] if with_kwargs else []
        return add_hook(self._forward_pre_hooks, hook, prepend=prepend, flags=flags)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Register a hook that runs after ``forward``.

        Parameters
        ----------
        hook : callable
            ``hook(module, args, output)`` or, using `with_kwargs`,
            ``hook(module, args, kwargs, output)``; what it returns, if not None, replaces the
            output.
        prepend : bool, default: False
            Whether it runs before the hooks that exist.
        with_kwargs : bool, default: False
            Whether it receives the keyword arguments too.
        always_call : bool, default: False
            Whether it runs even if ``forward`` raises.

        Returns
        -------
        RemovableHandle
        """
        flags = []
        if with_kwargs:
            flags.append(self._forward_hooks_with_kwargs)
        if always_call:
            flags.append(self._forward_hooks_always_called)
        return add_hook(self._forward_hooks, hook, prepend=prepend, flags=flags)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Register ``hook(module, grad_output)``, run before the module's backward.

        Parameters
        ----------
        hook : callable
            What it returns, if not None, replaces ``grad_output``.
        prepend : bool, default: False
            Whether it runs before the hooks that exist.

        Returns
        -------
        RemovableHandle
        """
        return add_hook(self._backward_pre_hooks, hook, prepend=prepend)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Register ``hook(module, grad_input, grad_output)``, run after the module's backward.

        Parameters
        ----------
        hook : callable
            What it returns, if not None, replaces ``grad_input``.
        prepend : bool, default: False
            Whether it runs before the hooks that exist.

        Returns
        -------
        RemovableHandle
        """
        if self._is_full_backward_hook is False:
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a "
                "single Module. Please use only one of them."
            )
        self._is_full_backward_hook = True
        return add_hook(self._backward_hooks, hook, prepend=prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Register a hook on the last node of the output (the old, partial form).

        Parameters
        ----------
        hook : callable
            ``hook(module, grad_input, grad_output)``.

        Returns
        -------
        RemovableHandle
        """
        if self._is_full_backward_hook is True:
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a "
                "single Module. Please use only one of them."
            )
        self._is_full_backward_hook = False
        return add_hook(self._backward_hooks, hook)
