"""The base class of all layers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from autograd_nb.core import events
from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.conversion import ConversionMixin
from autograd_nb.nn.hooks import (
    BackwardHook,
    HookMixin,
    RemovableHandle,
    WrappedHook,
    add_hook,
    warn_of_missing_gradients,
)
from autograd_nb.nn.registration import (
    RegistrationMixin,
    register_module_buffer_registration_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from autograd_nb.nn.state import StateDictMixin, _IncompatibleKeys
from autograd_nb.nn.traversal import TraversalMixin

from ..core.warn import warn

__all__ = [
    "Module",
    "_IncompatibleKeys",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]

# Hooks of every module of the process, under the names by which PyTorch's programs reset them.
_global_backward_pre_hooks: OrderedDict[int, Any] = OrderedDict()
_global_backward_hooks: OrderedDict[int, Any] = OrderedDict()
_global_is_full_backward_hook: bool | None = None
_global_forward_pre_hooks: OrderedDict[int, Any] = OrderedDict()
_global_forward_hooks: OrderedDict[int, Any] = OrderedDict()
_global_forward_hooks_always_called: OrderedDict[int, Any] = OrderedDict()
_global_forward_hooks_with_kwargs: OrderedDict[int, Any] = OrderedDict()


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Register ``hook(module, args)`` before the calls of every module.

    Parameters
    ----------
    hook : callable
        What it returns, if not None, replaces the arguments.

    Returns
    -------
    RemovableHandle
    """
    return add_hook(_global_forward_pre_hooks, hook)


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Register ``hook(module, args, output)`` after the calls of every module.

    Parameters
    ----------
    hook : callable
        What it returns, if not None, replaces the output.
    with_kwargs : bool, default: False
        Whether it receives the keyword arguments too, after ``args``.
    always_call : bool, default: False
        Whether it runs even if ``forward`` raises.

    Returns
    -------
    RemovableHandle
    """
    flags = []
    if with_kwargs:
        flags.append(_global_forward_hooks_with_kwargs)
    if always_call:
        flags.append(_global_forward_hooks_always_called)
    return add_hook(_global_forward_hooks, hook, flags=flags)


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Register ``hook(module, grad_output)`` before the backward of every module.

    Parameters
    ----------
    hook : callable
        What it returns, if not None, replaces ``grad_output``.

    Returns
    -------
    RemovableHandle
    """
    return add_hook(_global_backward_pre_hooks, hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Register ``hook(module, grad_input, grad_output)`` after the backward of every module.

    Parameters
    ----------
    hook : callable
        What it returns, if not None, replaces ``grad_input``.

    Returns
    -------
    RemovableHandle
    """
    return _add_global_backward_hook(hook, full=True)


def register_module_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Register a hook on the last node of every module's output (the old, partial form).

    Parameters
    ----------
    hook : callable
        ``hook(module, grad_input, grad_output)``.

    Returns
    -------
    RemovableHandle
    """
    return _add_global_backward_hook(hook, full=False)


def _add_global_backward_hook(hook: Callable[..., Any], full: bool) -> RemovableHandle:
    global _global_is_full_backward_hook
    if _global_is_full_backward_hook is (not full):
        raise RuntimeError(
            "Cannot use both regular backward hooks and full backward hooks as a "
            "global Module hook. Please use only one of them."
        )
    _global_is_full_backward_hook = full
    return add_hook(_global_backward_hooks, hook)


def _fresh_state() -> dict[str, Any]:
    """Return what a module begins with."""
    return {
        "training": True,
        "_parameters": {},
        "_buffers": {},
        "_non_persistent_buffers_set": set(),
        "_backward_pre_hooks": OrderedDict(),
        "_backward_hooks": OrderedDict(),
        "_is_full_backward_hook": None,
        "_forward_hooks": OrderedDict(),
        "_forward_hooks_with_kwargs": OrderedDict(),
        "_forward_hooks_always_called": OrderedDict(),
        "_forward_pre_hooks": OrderedDict(),
        "_forward_pre_hooks_with_kwargs": OrderedDict(),
        "_state_dict_hooks": OrderedDict(),
        "_state_dict_pre_hooks": OrderedDict(),
        "_load_state_dict_pre_hooks": OrderedDict(),
        "_load_state_dict_post_hooks": OrderedDict(),
        "_modules": {},
    }


def indent(text: str, spaces: int) -> str:
    """Indent all lines but the first."""
    first, *rest = text.split("\n")
    return "\n".join([first, *(" " * spaces + line for line in rest)])


class Module(RegistrationMixin, HookMixin, TraversalMixin, ConversionMixin, StateDictMixin):
    """A part of a model: parameters, buffers and further modules, with a ``forward``.

    Assigning a :class:`Parameter`, a :class:`Buffer` or a :class:`Module` to an attribute
    registers it.  Calling the module runs ``forward`` with the hooks around it.

    Attributes
    ----------
    training : bool
        Whether the module is in training mode, see :meth:`train`.

    Notes
    -----
    Behaviour, messages and printed form are those of PyTorch 2.13.
    """

    training: bool
    call_super_init: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs and not self.call_super_init:
            raise TypeError(
                f"{type(self).__name__}.__init__() got an unexpected keyword argument "
                f"'{next(iter(kwargs))}'"
            )
        if args and not self.call_super_init:
            raise TypeError(
                f"{type(self).__name__}.__init__() takes 1 positional argument but "
                f"{len(args) + 1} were given"
            )
        # Straight into __dict__: __setattr__ below looks for the registries that are made here.
        self.__dict__.update(_fresh_state())
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    # -- calling ----------------------------------------------------------------------------------
    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; every subclass overrides it."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the hooks and ``forward``."""
        if (
            self._backward_hooks
            or self._backward_pre_hooks
            or self._forward_hooks
            or self._forward_pre_hooks
            or _global_backward_pre_hooks
            or _global_backward_hooks
            or _global_forward_hooks
            or _global_forward_pre_hooks
        ):
            return self._call_with_hooks(args, kwargs)
        return self.forward(*args, **kwargs)

    _call_impl = __call__

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        called: set[int] = set()
        result = None
        try:
            args, kwargs = self._run_pre_hooks(args, kwargs)
            full, old = self._get_backward_hooks()
            pre = [*_global_backward_pre_hooks.values(), *self._backward_pre_hooks.values()]
            border = BackwardHook(self, full, pre) if full or pre else None
            if border is not None:
                args = border.at_input(args)
            result = self.forward(*args, **kwargs)
            for key, hook, with_kwargs, _ in self._all_forward_hooks():
                called.add(key)
                given = (self, args, kwargs, result) if with_kwargs else (self, args, result)
                replaced = hook(*given)
                if replaced is not None:
                    result = replaced
            if border is not None:
                if not isinstance(result, Tensor | tuple):
                    warn(
                        "For backward hooks to be called, module output should be a Tensor or a "
                        f"tuple of Tensors but received {type(result)}",
                    )
                result = border.at_output(result)
            if old:
                self._attach_old_hooks(old, args, result)
            return result
        except Exception:
            # Some hooks are owed a call whatever happened; an error of theirs hides not the first.
            for key, hook, with_kwargs, always in self._all_forward_hooks():
                if not always or key in called:
                    continue
                given = (self, args, kwargs, result) if with_kwargs else (self, args, result)
                try:
                    replaced = hook(*given)
                except Exception as error:
                    owner = "global module" if key in _global_forward_hooks else "module"
                    warn(
                        f"{owner} forward hook with ``always_call=True`` raised an exception that "
                        f"was silenced as another error was raised in forward: {error}",
                    )
                else:
                    result = result if replaced is None else replaced
            raise

    def _all_forward_hooks(self) -> list[tuple[int, Callable[..., Any], bool, bool]]:
        """Return key, hook, whether it takes keywords and whether it is always called, of each."""
        with_kwargs = {*_global_forward_hooks_with_kwargs, *self._forward_hooks_with_kwargs}
        always = {*_global_forward_hooks_always_called, *self._forward_hooks_always_called}
        hooks = (*_global_forward_hooks.items(), *self._forward_hooks.items())
        return [(key, hook, key in with_kwargs, key in always) for key, hook in hooks]

    def _run_pre_hooks(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        for key, hook in (*_global_forward_pre_hooks.items(), *self._forward_pre_hooks.items()):
            if key in self._forward_pre_hooks_with_kwargs:
                replaced = hook(self, args, kwargs)
                if replaced is None:
                    continue
                if not (isinstance(replaced, tuple) and len(replaced) == 2):
                    raise RuntimeError(
                        "forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                        f"but got {replaced}."
                    )
                args, kwargs = replaced
            else:
                replaced = hook(self, args)
                if replaced is not None:
                    args = replaced if isinstance(replaced, tuple) else (replaced,)
        return args, kwargs

    def _get_backward_hooks(self) -> tuple[list[Any], list[Any]]:
        """Return the full and the old backward hooks, those of every module first."""
        full: list[Any] = []
        old: list[Any] = []
        for is_full, hooks in (
            (_global_is_full_backward_hook, _global_backward_hooks),
            (self._is_full_backward_hook, self._backward_hooks),
        ):
            (full if is_full else old).extend(hooks.values())
        return full, old

    def _attach_old_hooks(self, hooks: list[Any], args: Any, result: Any) -> None:
        """Serve ``register_backward_hook``: its hooks sit on the last node of the output."""
        tensor = result
        while not isinstance(tensor, Tensor):
            if isinstance(tensor, dict):
                tensor = next(value for value in tensor.values() if isinstance(value, Tensor))
            else:
                tensor = tensor[0]
        node = tensor.grad_fn
        if node is None:
            return
        for hook in hooks:
            node.register_hook(WrappedHook(hook, self))
        warn_of_missing_gradients(args, result, node)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        # A module that an older version saved lacks the tables that came later.
        for name, value in _fresh_state().items():
            self.__dict__.setdefault(name, value)

    # -- modes and gradients ----------------------------------------------------------------------
    def train(self, mode: bool = True) -> Module:
        """Set training mode here and in all children.

        Parameters
        ----------
        mode : bool, default: True
            True for training, False for evaluation.

        Returns
        -------
        Module
            This module.
        """
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Module:
        """Set evaluation mode here and in all children."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Set whether the parameters get gradients.

        Parameters
        ----------
        requires_grad : bool, default: True
            The new flag of every parameter.

        Returns
        -------
        Module
            This module.
        """
        for param in self.parameters():
            param.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Reset the gradients of all parameters.

        Parameters
        ----------
        set_to_none : bool, default: True
            Whether ``.grad`` becomes None instead of zeros.
        """
        clear_grads(self.parameters(), set_to_none)

    # -- printed form -----------------------------------------------------------------------------
    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """Return what the printed form shows between the brackets; a subclass overrides it."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        extra_lines = extra.split("\n") if extra else []
        child_lines = [
            f"({name}): {indent(repr(module), 2)}" for name, module in self._modules.items()
        ]
        if not child_lines and len(extra_lines) <= 1:
            return f"{self._get_name()}({extra})"
        body = "\n  ".join(extra_lines + child_lines)
        return f"{self._get_name()}(\n  {body}\n)"


def clear_grads(params: Any, set_to_none: bool) -> None:
    """Reset ``.grad`` of `params`, to None or to zeros in place."""
    for param in params:
        grad = param.grad
        if grad is None:
            continue
        if set_to_none:
            param.grad = None
            continue
        if grad.grad_fn is not None:
            grad.detach_()
        else:
            grad.requires_grad_(False)
        grad.zero_()
        if events.observer is not None:
            events.observer.grad_cleared(param, "zero")
