"""The base class of all optimizers."""

from __future__ import annotations

import functools
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

import numpy as np

from autograd_nb.core import events, quiet
from autograd_nb.core.dtypes import get_default_dtype
from autograd_nb.core.hooks import RemovableHandle
from autograd_nb.core.modes import enable_grad
from autograd_nb.core.tensor import Tensor, wrap
from autograd_nb.optim.arrays import number
from autograd_nb.optim.recorded import record

from ..core.warn import warn

__all__ = ["GroupOptimizer", "Optimizer"]


class _Required:
    """Marks a hyperparameter that has no default."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()

_global_pre_hooks: OrderedDict[int, Any] = OrderedDict()
_global_post_hooks: OrderedDict[int, Any] = OrderedDict()


def _add(hooks: OrderedDict[int, Any], hook: Callable[..., Any]) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Register ``hook(optimizer, args, kwargs)``, run before the steps of every optimizer."""
    return _add(_global_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Register ``hook(optimizer, args, kwargs)``, run after the steps of every optimizer."""
    return _add(_global_post_hooks, hook)


def _own(optimizer: Any, kind: str) -> tuple[Callable[..., Any], ...]:
    """Return an optimizer's hooks; none where a subclass did without `Optimizer.__init__`."""
    return tuple(optimizer.__dict__.get(kind, {}).values())


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return `step` with the step hooks of its optimizer around it."""

    @functools.wraps(step)
    def hooked(self: Any, *args: Any, **kwargs: Any) -> Any:
        own = self.__dict__
        if not (
            own.get("_optimizer_step_pre_hooks")
            or own.get("_optimizer_step_post_hooks")
            or _global_pre_hooks
            or _global_post_hooks
        ):
            return step(self, *args, **kwargs)
        for hook in chain(
            tuple(_global_pre_hooks.values()), _own(self, "_optimizer_step_pre_hooks")
        ):
            replaced = hook(self, args, kwargs)
            if replaced is not None:
                if not (isinstance(replaced, tuple) and len(replaced) == 2):
                    raise RuntimeError(
                        f"{step} must return None or a tuple of (new_args, new_kwargs), "
                        f"but got {replaced}."
                    )
                args, kwargs = replaced
        result = step(self, *args, **kwargs)
        for hook in chain(
            _own(self, "_optimizer_step_post_hooks"), tuple(_global_post_hooks.values())
        ):
            hook(self, args, kwargs)
        return result

    hooked.hooked = True  # type: ignore[attr-defined]
    return hooked


class Optimizer:
    """Parameters in groups, their hyperparameters, and the state that steps leave behind.

    Parameters
    ----------
    params : iterable of Tensor, of dict, or of (name, Tensor)
        What to optimize.  A dictionary is a group with hyperparameters of its own.
    defaults : dict
        Hyperparameters of groups that do not say otherwise.

    Attributes
    ----------
    param_groups : list of dict
    state : dict
        Per parameter, what the rule remembers.
    defaults : dict

    Raises
    ------
    TypeError
        If `params` is a tensor or a set, or holds something that is not a tensor.
    ValueError
        If a parameter is not a leaf, or appears in two groups.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        step = cls.__dict__.get("step")
        if step is not None and not hasattr(step, "hooked"):
            cls.step = _with_hooks(step)  # type: ignore[method-assign]

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._make_hooks()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or "
                f"dicts, but got {params.type()}"
            )
        self.state: defaultdict[Any, Any] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(dict(group))

    def _make_hooks(self) -> None:
        self._optimizer_step_pre_hooks: OrderedDict[int, Any] = OrderedDict()
        self._optimizer_step_post_hooks: OrderedDict[int, Any] = OrderedDict()
        self._optimizer_state_dict_pre_hooks: OrderedDict[int, Any] = OrderedDict()
        self._optimizer_state_dict_post_hooks: OrderedDict[int, Any] = OrderedDict()
        self._optimizer_load_state_dict_pre_hooks: OrderedDict[int, Any] = OrderedDict()
        self._optimizer_load_state_dict_post_hooks: OrderedDict[int, Any] = OrderedDict()

    def __getstate__(self) -> dict[str, Any]:
        return {
            "defaults": self.defaults,
            "state": self.state,
            "param_groups": self.param_groups,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_optimizer_step_pre_hooks" not in self.__dict__:
            self._make_hooks()
        self.defaults.setdefault("differentiable", False)

    def __repr__(self) -> str:
        parts = []
        for i, group in enumerate(self.param_groups):
            values = [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
            parts.append("\n".join([f"Parameter Group {i}", *values]))
        return f"{type(self).__name__} (\n" + "\n\n".join(parts) + "\n)"

    # -- groups -----------------------------------------------------------------------------------
    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters.

        Parameters
        ----------
        param_group : dict
            ``"params"`` and the hyperparameters that differ from the defaults.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, Tensor):
            params = [params]
        elif isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the "
                "ordering of tensors in sets will change between runs. Please use a list instead."
            )
        params = list(params)
        param_group["params"] = self._take_names(params, param_group)
        for param in param_group["params"]:
            if not isinstance(param, Tensor):
                raise TypeError(
                    "optimizer can only optimize Tensors, but one of the params is "
                    f"{type(param).__name__}"
                )
            if not (self.defaults.get("differentiable") or param.is_leaf or param.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(
                    f"parameter group didn't specify a value of required optimization "
                    f"parameter {name}"
                )
            param_group.setdefault(name, default)
        ids = [id(param) for param in param_group["params"]]
        if len(ids) != len(set(ids)):
            warn(
                "optimizer contains a parameter group with duplicate parameters; "
                "in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information",
            )
        known = {id(param) for group in self.param_groups for param in group["params"]}
        if not known.isdisjoint(ids):
            raise ValueError("some parameters appear in more than one parameter group")
        if self.param_groups and ("param_names" in param_group) != (
            "param_names" in self.param_groups[0]
        ):
            has = "with" if "param_names" in param_group else "without"
            raise ValueError(
                "all optimizer param groups should be with/without names. "
                f"cannot add param group {has} names to the optimizer"
            )
        self.param_groups.append(param_group)

    @staticmethod
    def _take_names(params: list[Any], group: dict[str, Any]) -> list[Any]:
        """Return the parameters alone, with their names, if given, put into the group."""
        named = [isinstance(param, tuple) for param in params]
        if not any(named):
            return params
        if not all(named):
            raise ValueError(
                "all optimizer params should be with/without names. Some param names are missing"
            )
        names = [name for name, _ in params]
        # Names come before the hyperparameters, as in a saved state.
        rest = {key: value for key, value in group.items() if key != "params"}
        group.clear()
        group.update(params=None, param_names=names, **rest)
        return [param for _, param in params]

    # -- steps ------------------------------------------------------------------------------------
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Reset the gradients of all parameters.

        Parameters
        ----------
        set_to_none : bool, default: True
            Whether ``.grad`` becomes None instead of zeros.
        """
        if set_to_none:
            held = [
                param
                for group in self.param_groups
                for param in group["params"]
                if param._grad is not None
            ]
            if events.observer is not None and held:
                events.observer.grads_cleared(held)
            for param in held:
                param._grad = None
            return
        for group in self.param_groups:
            for param in group["params"]:
                grad = param.grad
                if grad is None:
                    continue
                if grad.grad_fn is not None:
                    grad.detach_()
                else:
                    grad.requires_grad_(False)
                grad.zero_()
                if events.observer is not None:
                    events.observer.grad_cleared(param, "zero")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters once; every optimizer overrides it.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss and its gradients anew.

        Returns
        -------
        object
            What `closure` returned, or None.
        """
        raise NotImplementedError

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Register ``hook(optimizer, args, kwargs)``, run before each step."""
        return _add(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Register ``hook(optimizer, args, kwargs)``, run after each step."""
        return _add(self._optimizer_step_post_hooks, hook)

    # -- saving -----------------------------------------------------------------------------------
    def register_state_dict_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Register ``hook(optimizer)``, run before :meth:`state_dict`."""
        return self._add_ordered(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Register ``hook(optimizer, state_dict)``, run after :meth:`state_dict`."""
        return self._add_ordered(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Register ``hook(optimizer, state_dict)``, run before loading."""
        return self._add_ordered(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Register ``hook(optimizer)``, run after loading."""
        return self._add_ordered(self._optimizer_load_state_dict_post_hooks, hook, prepend)

    @staticmethod
    def _add_ordered(
        hooks: OrderedDict[int, Any], hook: Callable[..., Any], prepend: bool
    ) -> RemovableHandle:
        handle = _add(hooks, hook)
        if prepend:
            hooks.move_to_end(handle.id, last=False)
        return handle

    def state_dict(self) -> dict[str, Any]:
        """Return state and groups, with parameters replaced by their position.

        Returns
        -------
        dict
            ``"state"`` and ``"param_groups"``; tensors are shared, not copied.
        """
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        positions: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for param in group["params"]:
                positions.setdefault(id(param), len(positions))
            packed = {key: value for key, value in group.items() if key != "params"}
            packed["params"] = [positions[id(param)] for param in group["params"]]
            groups.append(packed)
        state = {
            positions[id(key)] if isinstance(key, Tensor) else key: value
            for key, value in self.state.items()
        }
        result: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            replaced = hook(self, result)
            if replaced is not None:
                result = replaced
        return result

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over state and hyperparameters.

        Parameters
        ----------
        state_dict : dict
            What :meth:`state_dict` returned; it is copied.

        Raises
        ------
        ValueError
            If the groups do not match in number or size.
        """
        state_dict = dict(state_dict)
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            replaced = hook(self, state_dict)
            if replaced is not None:
                state_dict = replaced
        saved_groups = deepcopy(state_dict["param_groups"])
        if len(saved_groups) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        for saved, group in zip(saved_groups, self.param_groups, strict=True):
            if len(saved["params"]) != len(group["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group "
                    "that doesn't match the size of optimizer's group"
                )
        params = {
            position: param
            for saved, group in zip(saved_groups, self.param_groups, strict=True)
            for position, param in zip(saved["params"], group["params"], strict=True)
        }
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in params:
                state[params[key]] = self._cast_state(params[key], value)
            else:
                state[key] = value
        groups = []
        for saved, group in zip(saved_groups, self.param_groups, strict=True):
            saved["params"] = group["params"]
            groups.append(saved)
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def _cast_state(self, param: Tensor, value: Any, key: Any = None) -> Any:
        """Return a copy of saved state, floating point tensors in the type of their parameter."""
        if isinstance(value, Tensor):
            if key == "step" or not param.is_floating_point():
                return value.detach().clone()
            return value.detach().clone().to(dtype=param.dtype)
        if isinstance(value, dict):
            return {k: self._cast_state(param, v, k) for k, v in value.items()}
        if isinstance(value, str | bytes):
            return value
        if isinstance(value, Iterable):
            return type(value)(self._cast_state(param, v) for v in value)  # type: ignore[call-arg]
        return value


# What states saved by early versions of PyTorch lack, and what it means that it is not there.
_LATER: dict[str, Any] = {
    "amsgrad": False,
    "capturable": False,
    "centered": False,
    "decoupled_weight_decay": False,
    "differentiable": False,
    "foreach": None,
    "fused": None,
    "maximize": False,
    "momentum": 0,
    "nesterov": False,
}


class GroupOptimizer(Optimizer):
    """An optimizer that treats its parameters one by one on raw arrays.

    A subclass gives :meth:`_update`, which changes one parameter, and the rule for steps that are
    recorded.
    """

    _rule: Callable[..., None]

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for key in self.defaults.keys() & _LATER.keys():
                group.setdefault(key, _LATER[key])
            for param in group["params"]:
                kept = self.state.get(param, {})
                if "step" in kept and not isinstance(kept["step"], Tensor):
                    kept["step"] = new_step(float(kept["step"]))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters once.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss and its gradients anew.

        Returns
        -------
        object
            What `closure` returned, or None.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        # PyTorch overflows in silence; see Note [Quiet arithmetic].
        token = quiet.enter()
        try:
            for group in self.param_groups:
                if self.defaults.get("differentiable"):
                    self._record_group(group)
                else:
                    self._update_group(group)
        finally:
            quiet.leave(token)
        return loss

    def _record_group(self, group: dict[str, Any]) -> None:
        with enable_grad():
            for param in group["params"]:
                grad = param._grad
                if grad is None:
                    continue
                state = self.state[param]
                if not state:
                    self._start(param, state, group)
                record(type(self)._rule, param, grad, state, group)

    def _update_group(self, group: dict[str, Any]) -> None:
        for param in group["params"]:
            grad = param._grad
            if grad is not None:
                state = self.state[param]
                if not state:
                    self._start(param, state, group)
                self._update(param, grad, state, group)

    def _start(self, param: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Fill the `state` of a parameter before its first step."""

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Change `param`, and count its version up."""
        raise NotImplementedError


def new_step(count: float = 0.0) -> Tensor:
    """Return the step counter of a parameter, a tensor with no dimensions."""
    kind = "float64" if get_default_dtype().itemsize == 8 else "float32"
    return wrap(np.array(count, kind))


def count_step(state: dict[str, Any]) -> float:
    """Count the step counter in `state` up and return it."""
    step = state["step"]
    array = step._nd()
    array += 1
    step._bump_version("add_")
    return float(array)


def check_not_negative(**values: Any) -> None:
    """Raise ValueError for the first value below zero; the keyword is the name in the message."""
    for name, value in values.items():
        if name == "lr" and isinstance(value, Tensor) and value.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 <= number(value):
            shown = {"lr": "learning rate", "eps": "epsilon value"}.get(name, f"{name} value")
            raise ValueError(f"Invalid {shown}: {value}")


def check_betas(betas: tuple[Any, Any]) -> None:
    """Raise ValueError for a decay rate outside [0, 1)."""
    for i, beta in enumerate(betas):
        if not 0.0 <= number(beta) < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}")


def check_fused(fused: bool | None, foreach: bool | None, differentiable: bool) -> None:
    """Raise RuntimeError where a fused implementation is asked for along with another."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
