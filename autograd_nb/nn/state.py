"""``state_dict`` and ``load_state_dict`` of modules."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from autograd_nb import __future__ as future
from autograd_nb.core.modes import no_grad
from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.hooks import RemovableHandle, WrappedHook, add_hook
from autograd_nb.nn.parameter import Parameter, is_lazy
from autograd_nb.utils.swapping import swap_tensors

from ..core.warn import warn

__all__ = ["StateDictMixin"]

_EXTRA_STATE = "_extra_state"


def _loaded(current: Any, value: Any, assign: bool) -> Any:
    """Let a parameter or buffer say what it becomes for a value of a checkpoint."""
    found = current.module_load(value, assign=assign)
    if found is current or found is value:
        raise RuntimeError(
            "module_load returned one of self or other, please .detach() the result if returning "
            "one of the inputs in module_load"
        )
    return found


def _like(current: Any, value: Any) -> Any:
    """Make a value a parameter, if it takes the place of one."""
    if not isinstance(current, Parameter):
        return value
    if not isinstance(value, Parameter):
        return Parameter(value, requires_grad=current.requires_grad)
    return value.requires_grad_(current.requires_grad)


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What ``load_state_dict`` did not find, and what it had no place for."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()

    __str__ = __repr__


class StateDictMixin:
    """The part of :class:`Module` that saves and restores values."""

    _version: int = 1

    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]
    _state_dict_hooks: OrderedDict[int, Any]
    _state_dict_pre_hooks: OrderedDict[int, Any]
    _load_state_dict_pre_hooks: OrderedDict[int, Any]
    _load_state_dict_post_hooks: OrderedDict[int, Any]

    # -- saving -----------------------------------------------------------------------------------
    def get_extra_state(self) -> Any:
        """Return extra state to include in ``state_dict``; a subclass overrides it."""
        raise RuntimeError(
            "Reached a code path in Module.get_extra_state() that should never be called."
        )

    def set_extra_state(self, state: Any) -> None:
        """Restore what :meth:`get_extra_state` returned; a subclass overrides it.

        Parameters
        ----------
        state : object
            The extra state found in the loaded dictionary.
        """
        raise RuntimeError(
            "Reached a code path in Module.set_extra_state() that should never be called."
        )

    def _has_extra_state(self, name: str) -> bool:
        return getattr(type(self), name) is not getattr(StateDictMixin, name)

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Write this module's own parameters and buffers into `destination`."""
        for name, param in self._parameters.items():
            if param is not None:
                destination[prefix + name] = param if keep_vars else param.detach()
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                destination[prefix + name] = buffer if keep_vars else buffer.detach()
        if self._has_extra_state("get_extra_state"):
            destination[prefix + _EXTRA_STATE] = self.get_extra_state()

    def state_dict(
        self,
        *args: Any,
        destination: Any = None,
        prefix: str = "",
        keep_vars: bool = False,
    ) -> Any:
        """Return all parameters and persistent buffers by their full name.

        Parameters
        ----------
        destination : dict, optional
            A dictionary to write into.  Default: a fresh ``OrderedDict``.
        prefix : str, default: ""
            Put before each name.
        keep_vars : bool, default: False
            Whether the values stay in the graph; otherwise they are detached.

        Returns
        -------
        OrderedDict
            The tensors share memory with the module.
        """
        if args:
            warn(
                "Positional args are being deprecated, use kwargs instead. Refer to "
                "https://pytorch.org/docs/main/generated/torch.nn.Module.html"
                "#torch.nn.Module.state_dict for details.",
                FutureWarning,
            )
            given: tuple[Any, ...] = (destination, prefix, keep_vars)
            destination, prefix, keep_vars = (*args, *given[len(args) :])
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        local_metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local_metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(
                    destination=destination, prefix=prefix + name + ".", keep_vars=keep_vars
                )
        for hook in self._state_dict_hooks.values():
            replaced = hook(self, destination, prefix, local_metadata)
            if replaced is not None:
                if getattr(hook, "_from_public_api", False):
                    raise RuntimeError("state_dict post-hook must return None")
                destination = replaced
        return destination

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError(
                "Cannot register the same function as the state dict post hook that was "
                "previously registered via register_state_dict_post_hook"
            )
        return add_hook(self._state_dict_hooks, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Register ``hook(module, state_dict, prefix, local_metadata)``, run after saving.

        Parameters
        ----------
        hook : callable
            It changes ``state_dict`` in place and returns None.

        Returns
        -------
        RemovableHandle
        """
        # The older, private way lets a hook return another dictionary; the mark tells them apart.
        hook._from_public_api = True  # type: ignore[attr-defined]
        return add_hook(self._state_dict_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Register ``hook(module, prefix, keep_vars)``, run before saving."""
        return add_hook(self._state_dict_pre_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Register a hook that may change the dictionary before it is loaded.

        Parameters
        ----------
        hook : callable
            ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys,
            unexpected_keys, error_msgs)``, which returns None.

        Returns
        -------
        RemovableHandle
        """
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        wrapped = WrappedHook(hook, self if with_module else None)
        return add_hook(self._load_state_dict_pre_hooks, wrapped)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Register ``hook(module, incompatible_keys)``, run after loading."""
        return add_hook(self._load_state_dict_post_hooks, hook)

    # -- loading ----------------------------------------------------------------------------------
    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        for name, param in self._parameters.items():
            if param is not None:
                yield name, param
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                yield name, buffer

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Copy this module's own values out of `state_dict`, noting what does not fit."""
        for hook in self._load_state_dict_pre_hooks.values():
            hook(
                state_dict,
                prefix,
                local_metadata,
                strict,
                missing_keys,
                unexpected_keys,
                error_msgs,
            )
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, current in self._own_state():
            key = prefix + name
            if key not in state_dict:
                if strict:
                    missing_keys.append(key)
                continue
            value = state_dict[key]
            message = self._load_one(name, key, current, value, assign)
            if message:
                error_msgs.append(message)
        extra_key = prefix + _EXTRA_STATE
        if self._has_extra_state("set_extra_state"):
            if extra_key in state_dict:
                self.set_extra_state(state_dict[extra_key])
            elif strict:
                missing_keys.append(extra_key)
        elif strict and extra_key in state_dict:
            unexpected_keys.append(extra_key)
        if strict:
            self._note_unexpected(state_dict, prefix, extra_key, unexpected_keys)

    def _load_one(self, name: str, key: str, current: Any, value: Any, assign: bool) -> str | None:
        """Copy or assign one value; return the complaint if it does not fit."""
        if not isinstance(value, Tensor):
            return (
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like '
                f"object from checkpoint but received {type(value)}"
            )
        if is_lazy(current):
            return self._put(name, key, current, value, assign)
        # Checkpoints of old versions store 0-d values with one dimension.
        if len(current.shape) == 0 and len(value.shape) == 1 and value.shape[0] == 1:
            value = value[0]
        if value.shape != current.shape:
            return (
                f"size mismatch for {key}: copying a param with shape {value.shape} from "
                f"checkpoint, the shape in current model is {current.shape}."
            )
        return self._put(name, key, current, value, assign)

    def _put(self, name: str, key: str, current: Any, value: Any, assign: bool) -> str | None:
        swaps = future.get_swap_module_params_on_conversion()
        try:
            with no_grad():
                if swaps:
                    swap_tensors(current, _like(current, _loaded(current, value, assign)))
                elif assign:
                    setattr(self, name, _like(current, value))
                else:
                    current.copy_(value)
        except Exception as error:
            action = "swapping" if swaps else "copying"
            return (
                f'While {action} the parameter named "{key}", whose dimensions in the model are '
                f"{current.size()} and whose dimensions in the checkpoint are {value.size()}, an "
                f"exception occurred : {error.args}."
            )
        return None

    def _note_unexpected(
        self, state_dict: Any, prefix: str, extra_key: str, unexpected_keys: list[str]
    ) -> None:
        own = {name for name, _ in self._own_state()}
        for key in state_dict:
            if not key.startswith(prefix) or key == extra_key:
                continue
            parts = key[len(prefix) :].split(".", 1)
            # A name with a dot belongs to a child; an unknown child is reported here.
            known = self._modules if len(parts) > 1 else own
            if parts[0] not in known:
                unexpected_keys.append(key)

    def _load_with_children(
        self, state_dict: Any, prefix: str, metadata: Any, assign: bool, found: Any
    ) -> None:
        """Load this module and those below it; what does not fit goes to the lists in `found`."""
        local_metadata = {} if metadata is None else metadata.get(prefix[:-1], {})
        if assign:
            local_metadata["assign_to_params_buffers"] = True
        self._load_from_state_dict(state_dict, prefix, local_metadata, True, *found)
        for name, child in self._modules.items():
            if child is None:
                continue
            below = prefix + name + "."
            child_state = {k: v for k, v in state_dict.items() if k.startswith(below)}
            child._load_with_children(child_state, below, metadata, assign, found)
        incompatible = _IncompatibleKeys(*found[:2])
        for hook in self._load_state_dict_post_hooks.values():
            if hook(self, incompatible) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not "
                    "expected to return new values, if incompatible_keys need to be modified, "
                    "it should be done inplace."
                )

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> _IncompatibleKeys:
        """Copy parameters and buffers from `state_dict` into this module and its children.

        Parameters
        ----------
        state_dict : dict
            What :meth:`state_dict` returned.
        strict : bool, default: True
            Whether the keys must match exactly.
        assign : bool, default: False
            Whether the tensors of `state_dict` replace the module's instead of being copied.

        Returns
        -------
        NamedTuple
            ``missing_keys`` and ``unexpected_keys``.

        Raises
        ------
        RuntimeError
            If a shape differs, or if a key is missing or unexpected and `strict` is true.
        TypeError
            If `state_dict` is not a mapping.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        missing_keys: list[str] = []
        unexpected_keys: list[str] = []
        error_msgs: list[str] = []
        metadata = getattr(state_dict, "_metadata", None)
        values = OrderedDict(state_dict)
        if metadata is not None:
            values._metadata = metadata  # type: ignore[attr-defined]

        self._load_with_children(
            values, "", metadata, assign, (missing_keys, unexpected_keys, error_msgs)
        )
        if strict:
            if unexpected_keys:
                listed = ", ".join(f'"{key}"' for key in unexpected_keys)
                error_msgs.insert(0, f"Unexpected key(s) in state_dict: {listed}. ")
            if missing_keys:
                listed = ", ".join(f'"{key}"' for key in missing_keys)
                error_msgs.insert(0, f"Missing key(s) in state_dict: {listed}. ")
        if error_msgs:
            lines = "\n\t".join(error_msgs)
            raise RuntimeError(
                f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{lines}"
            )
        return _IncompatibleKeys(missing_keys, unexpected_keys)
