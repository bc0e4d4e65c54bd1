"""The base class of all layers."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from autograd_nb.core import events
from autograd_nb.core.dtypes import OF_TYPE
from autograd_nb.core.dtypes import dtype as dtype_class
from autograd_nb.core.modes import no_grad
from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.hooks import BackwardHook, RemovableHandle, add_hook
from autograd_nb.nn.parameter import Buffer, Parameter
from autograd_nb.nn.state import StateDictMixin
from autograd_nb.nn.traversal import TraversalMixin

__all__ = ["Module"]

# Hooks of every module of the process, as ``torch.nn.modules.module.register_module_*_hook`` adds.
global_forward_hooks: OrderedDict[int, Any] = OrderedDict()
global_forward_pre_hooks: OrderedDict[int, Any] = OrderedDict()


def register_module_forward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Register ``hook(module, args, output)`` for the calls of every module."""
    return add_hook(global_forward_hooks, hook)


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Register ``hook(module, args)`` for the calls of every module."""
    return add_hook(global_forward_pre_hooks, hook)


def typename(value: Any) -> str:
    """Return the name that PyTorch's messages use for the type of `value`."""
    if isinstance(value, Tensor):
        return str(value.type())
    kind = value if isinstance(value, type) else type(value)
    if kind.__module__ in ("builtins", "__builtin__", None):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def indent(text: str, spaces: int) -> str:
    """Indent all lines but the first."""
    first, *rest = text.split("\n")
    return "\n".join([first, *(" " * spaces + line for line in rest)])


class Module(TraversalMixin, StateDictMixin):
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs:
            raise TypeError(
                f"{type(self).__name__}.__init__() got an unexpected keyword argument "
                f"'{next(iter(kwargs))}'"
            )
        if args:
            raise TypeError(
                f"{type(self).__name__}.__init__() takes 1 positional argument but "
                f"{len(args) + 1} were given"
            )
        # Straight into __dict__: __setattr__ below looks for the registries that are made here.
        self.__dict__.update(
            training=True,
            _parameters={},
            _buffers={},
            _non_persistent_buffers_set=set(),
            _modules={},
            _backward_pre_hooks=OrderedDict(),
            _backward_hooks=OrderedDict(),
            _is_full_backward_hook=None,
            _forward_hooks=OrderedDict(),
            _forward_hooks_with_kwargs=OrderedDict(),
            _forward_hooks_always_called=OrderedDict(),
            _forward_pre_hooks=OrderedDict(),
            _forward_pre_hooks_with_kwargs=OrderedDict(),
            _state_dict_hooks=OrderedDict(),
            _state_dict_pre_hooks=OrderedDict(),
            _load_state_dict_pre_hooks=OrderedDict(),
            _load_state_dict_post_hooks=OrderedDict(),
        )

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
            or global_forward_hooks
            or global_forward_pre_hooks
        ):
            return self._call_with_hooks(args, kwargs)
        return self.forward(*args, **kwargs)

    _call_impl = __call__

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        always_called = [
            (key, hook)
            for key, hook in self._forward_hooks.items()
            if key in self._forward_hooks_always_called
        ]
        called: set[int] = set()
        try:
            return self._run_with_hooks(args, kwargs, called)
        except Exception:
            # These hooks run even when forward raised; an error of theirs must not hide the first.
            for key, hook in always_called:
                if key in called:
                    continue
                try:
                    if key in self._forward_hooks_with_kwargs:
                        hook(self, args, kwargs, None)
                    else:
                        hook(self, args, None)
                except Exception as error:
                    warnings.warn(
                        "module forward hook with ``always_call=True`` raised an exception that "
                        f"was silenced as another error was raised in forward: {error}",
                        stacklevel=2,
                    )
            raise

    def _run_with_hooks(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], called: set[int]
    ) -> Any:
        args, kwargs = self._run_pre_hooks(args, kwargs)
        border = self._backward_border()
        if border is not None:
            args = border.at_input(args)
        result = self.forward(*args, **kwargs)
        for hook in tuple(global_forward_hooks.values()):
            replaced = hook(self, args, result)
            if replaced is not None:
                result = replaced
        for key, hook in tuple(self._forward_hooks.items()):
            called.add(key)
            if key in self._forward_hooks_with_kwargs:
                replaced = hook(self, args, kwargs, result)
            else:
                replaced = hook(self, args, result)
            if replaced is not None:
                result = replaced
        if border is not None:
            if not isinstance(result, Tensor | tuple):
                warnings.warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple "
                    f"of Tensors but received {type(result)}",
                    stacklevel=3,
                )
            result = border.at_output(result)
        if self._backward_hooks and not self._is_full_backward_hook:
            self._attach_old_hooks(result)
        return result

    def _run_pre_hooks(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        for hook in tuple(global_forward_pre_hooks.values()):
            replaced = hook(self, args)
            if replaced is not None:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
        for key, hook in tuple(self._forward_pre_hooks.items()):
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

    def _backward_border(self) -> BackwardHook | None:
        full = list(self._backward_hooks.values()) if self._is_full_backward_hook else []
        pre = list(self._backward_pre_hooks.values())
        return BackwardHook(self, full, pre) if full or pre else None

    def _attach_old_hooks(self, result: Any) -> None:
        """Serve ``register_backward_hook``: its hooks sit on the last node of the output."""
        tensor = result
        while not isinstance(tensor, Tensor):
            if isinstance(tensor, dict):
                tensor = next((v for v in tensor.values() if isinstance(v, Tensor)), None)
            else:
                tensor = tensor[0]
            if tensor is None:
                return
        node = tensor.grad_fn
        if node is None:
            return
        for hook in self._backward_hooks.values():
            node.register_hook(
                lambda grad_inputs, grad_outputs, hook=hook: hook(self, grad_inputs, grad_outputs)
            )

    # -- hooks ------------------------------------------------------------------------------------
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

    # -- registering ------------------------------------------------------------------------------
    def _check_name(self, kind: str, name: Any, registry: dict[str, Any]) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {typename(name)}")
        if "." in name:
            shown = f", got: {name}" if kind == "module" else ""
            raise KeyError(f'{kind} name can\'t contain "."{shown}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in registry:
            raise KeyError(f"attribute '{name}' already exists")

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a buffer: a tensor that is part of the state but not a parameter.

        Parameters
        ----------
        name : str
            The attribute under which it is found.
        tensor : Tensor or None
            Its value.
        persistent : bool, default: True
            Whether it is part of ``state_dict``.
        """
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        self._check_name("buffer", name, self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' "
                "(torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter.

        Parameters
        ----------
        name : str
            The attribute under which it is found.
        param : Parameter or None
            Its value.
        """
        if "_parameters" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        self._check_name("parameter", name, self._parameters)
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(
                    f"cannot assign '{typename(param)}' object to parameter '{name}' "
                    "(torch.nn.Parameter or None required)"
                )
            if param.grad_fn is not None:
                raise ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must "
                    f"be created explicitly. To express '{name}' as a function of another Tensor, "
                    "compute the value in the forward() method."
                )
        self._parameters[name] = param

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child module.

        Parameters
        ----------
        name : str
            The attribute under which it is found.
        module : Module or None
            The child.
        """
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{typename(module)} is not a Module subclass")
        self._check_name("module", name, self._modules)
        self._modules[name] = module

    def register_module(self, name: str, module: Module | None) -> None:
        """Add a child module; another name of :meth:`add_module`."""
        self.add_module(name, module)

    # -- attributes -------------------------------------------------------------------------------
    def __getattr__(self, name: str) -> Any:
        # Reached only when the name is not an ordinary attribute.
        own = self.__dict__
        for registry in ("_parameters", "_buffers", "_modules"):
            if registry in own and name in own[registry]:
                return own[registry][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if isinstance(value, Parameter):
            if "_parameters" not in own:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name, keep="_parameters")
            self.register_parameter(name, value)
            return
        if isinstance(value, Module):
            if "_modules" not in own:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name, keep="_modules")
            self._modules[name] = value
            return
        if name in own.get("_parameters", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as parameter '{name}' "
                    "(torch.nn.Parameter or None expected)"
                )
            self.register_parameter(name, value)
        elif name in own.get("_modules", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as child module '{name}' "
                    "(torch.nn.Module or None expected)"
                )
            self._modules[name] = value
        elif name in own.get("_buffers", ()) or isinstance(value, Buffer):
            self._set_buffer(name, value)
        else:
            object.__setattr__(self, name, value)

    def _set_buffer(self, name: str, value: Any) -> None:
        if value is not None and not isinstance(value, Tensor):
            raise TypeError(
                f"cannot assign '{typename(value)}' as buffer '{name}' "
                "(torch.nn.Buffer, torch.Tensor or None expected)"
            )
        if isinstance(value, Buffer):
            self._forget(name, keep="_buffers")
            self.register_buffer(name, value, value.persistent)
        else:
            self._buffers[name] = value

    def _forget(self, name: str, keep: str) -> None:
        """Remove `name` from wherever it was, except from the registry that takes it anew.

        Keeping it there keeps its place in the order of the parameters.
        """
        own = self.__dict__
        own.pop(name, None)
        for registry in ("_parameters", "_buffers", "_modules"):
            if registry != keep and registry in own:
                own[registry].pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def __delattr__(self, name: str) -> None:
        for registry in (self._parameters, self._buffers, self._modules):
            if name in registry:
                del registry[name]
                self._non_persistent_buffers_set.discard(name)
                return
        super().__delattr__(name)

    def __dir__(self) -> list[str]:
        names = {
            *dir(type(self)),
            *self.__dict__,
            *self._parameters,
            *self._modules,
            *self._buffers,
        }
        return sorted(name for name in names if not name[:1].isdigit())

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    # -- conversion -------------------------------------------------------------------------------
    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Module:
        """Replace the data of every parameter, gradient and buffer by ``fn`` of it."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for param in self._parameters.values():
            if param is None:
                continue
            with no_grad():
                applied = fn(param)
            if applied is not param:
                param.data = applied.data
            grad = param.grad
            if grad is not None:
                with no_grad():
                    applied = fn(grad)
                if applied is not grad:
                    param.grad = applied.requires_grad_(grad.requires_grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def apply(self, fn: Callable[[Module], None]) -> Module:
        """Call `fn` on every module below this one, children first, then on this one.

        Parameters
        ----------
        fn : callable
            For example a function that initialises ``module.weight``.

        Returns
        -------
        Module
            This module.
        """
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Module:
        """Convert parameters and buffers: ``to(device)``, ``to(dtype)``, ``to(tensor)``.

        Parameters
        ----------
        *args, **kwargs
            ``device``, ``dtype``, ``non_blocking`` or a tensor to be like.  Only floating point
            and complex values change their dtype.

        Returns
        -------
        Module
            This module, changed in place.
        """
        dtype = kwargs.get("dtype")
        device = kwargs.get("device")
        dtype = OF_TYPE.get(dtype, dtype) if isinstance(dtype, type) else dtype
        for arg in args:
            if isinstance(arg, dtype_class):
                dtype = arg
            elif isinstance(arg, type) and arg in OF_TYPE:
                dtype = OF_TYPE[arg]
            elif isinstance(arg, Tensor):
                dtype, device = arg.dtype, arg.device
            elif arg is not None and not isinstance(arg, bool):
                device = arg
        if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                "nn.Module.to only accepts floating point or complex dtypes, but got desired "
                f"dtype={dtype}"
            )

        def convert(tensor: Tensor) -> Tensor:
            converts = dtype is not None and (tensor.is_floating_point() or tensor.is_complex())
            if device is None:
                return tensor.to(dtype) if converts else tensor
            return tensor.to(device, dtype) if converts else tensor.to(device)

        return self._apply(convert)

    def _cast_floats(self, method: str) -> Module:
        return self._apply(lambda t: getattr(t, method)() if t.is_floating_point() else t)

    def float(self) -> Module:
        """Convert floating point parameters and buffers to float32."""
        return self._cast_floats("float")

    def double(self) -> Module:
        """Convert floating point parameters and buffers to float64."""
        return self._cast_floats("double")

    def half(self) -> Module:
        """Convert floating point parameters and buffers to float16."""
        return self._cast_floats("half")

    def bfloat16(self) -> Module:
        """Convert floating point parameters and buffers to bfloat16."""
        return self._cast_floats("bfloat16")

    def type(self, dst_type: Any) -> Module:
        """Convert all parameters and buffers to `dst_type`."""
        return self._apply(lambda t: t.type(dst_type))

    def cpu(self) -> Module:
        """Move to the CPU, where everything is already."""
        return self._apply(lambda t: t.cpu())

    def cuda(self, device: Any = None) -> Module:
        """Move to a CUDA device; raises what the tensors raise."""
        return self._apply(lambda t: t.cuda(device))

    def to_empty(self, *, device: Any, recurse: bool = True) -> Module:
        """Give every parameter and buffer fresh memory without copying values."""
        from autograd_nb.ops.namespaces import T

        return self._apply(lambda t: T.empty_like(t, device=device), recurse=recurse)

    def share_memory(self) -> Module:
        """Return the module; one process is all there is to share with."""
        return self

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: modules always run eagerly here."""

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
