"""Modules called with other parameters, and functions without side effects."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

__all__ = [
    "functional_call",
    "functionalize",
    "replace_all_batch_norm_modules_",
    "stack_module_state",
]


def _listed(kind: str, names: set[str]) -> str:
    keys = ", ".join(repr(name) for name in sorted(names))
    return f"\n\t{kind} key(s): {keys}." if names else ""


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other parameters and buffers than its own.

    Parameters
    ----------
    module : Module
    parameter_and_buffer_dicts : dict, or sequence of dict
        Tensors by full name.
    args : object or tuple, optional
        Positional arguments.
    kwargs : dict, optional
        Keyword arguments.
    tie_weights : bool, default: True
        Whether names of one shared tensor are replaced together.
    strict : bool, default: False
        Whether the names must be exactly those of the module.

    Returns
    -------
    object
        What the module returns.
    """
    if args is None:
        args = ()
    elif not isinstance(args, tuple):
        args = (args,)
    with reparametrized(module, parameter_and_buffer_dicts, tie_weights, strict):
        return module(*args, **(kwargs or {}))


@contextmanager
def reparametrized(
    module: Any, parameter_and_buffer_dicts: Any, tie_weights: bool = False, strict: bool = False
) -> Iterator[None]:
    """Give a module other parameters and buffers for a while.

    Parameters
    ----------
    module : Module
    parameter_and_buffer_dicts : dict, or sequence of dict
        Tensors by full name.
    tie_weights : bool, default: False
        Whether names of one shared tensor are replaced together.
    strict : bool, default: False
        Whether the names must be exactly those of the module.
    """
    given = _one_dict(parameter_and_buffer_dicts)
    own = {}
    if tie_weights or strict:  # a module that holds itself has no end of names
        own.update(module.named_parameters(remove_duplicate=False))
        own.update(module.named_buffers(remove_duplicate=False))
    if tie_weights:
        given = _tied(given, own)
    if strict and own.keys() != given.keys():
        raise RuntimeError(
            f"Error(s) in reparametrizing for {type(module).__name__}:"
            + _listed("Unexpected", given.keys() - own.keys())
            + _listed("Missing", own.keys() - given.keys())
        )
    undo: list[Callable[[], Any]] = []
    try:
        for name, value in given.items():
            undo.append(_put(module, name, value))
        yield
    finally:
        now = [back() for back in reversed(undo)]
        if isinstance(parameter_and_buffer_dicts, dict):  # buffers may have got new values
            new = dict(zip(reversed(list(given)[: len(now)]), now, strict=True))
            kept = parameter_and_buffer_dicts
            kept.update({name: new[name] for name in kept if name in new})


def _one_dict(dicts: Any) -> dict[str, Tensor]:
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, Sequence):
        raise ValueError(
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
            f"{type(dicts)}"
        )
    if not all(isinstance(part, dict) for part in dicts):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    given: dict[str, Tensor] = {}
    repeated = [key for part in dicts for key in part]
    repeated = [key for key in dict.fromkeys(repeated) if repeated.count(key) > 1]
    if repeated:
        raise ValueError(
            f"{repeated} appeared in multiple dictionaries; behavior of functional call is "
            "ambiguous"
        )
    for part in dicts:
        given.update(part)
    return given


def _tied(given: dict[str, Tensor], own: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the values given for some names, for all names of the same tensors."""
    names: dict[int, list[str]] = {}
    for name, tensor in own.items():
        names.setdefault(id(tensor), []).append(name)
    found = dict(given)
    for tied in names.values():
        values = {id(given[name]): given[name] for name in tied if name in given}
        if len(values) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(tied)}, which are tied. "
                "Consider using tie_weights=False"
            )
        for value in values.values():
            found.update(dict.fromkeys(tied, value))
    return found


_MISSING: Any = object()


def _put(module: Any, name: str, value: Any) -> Callable[[], Any]:
    """Put a tensor at a module's name; return what takes it away, and gives what was there."""
    path, _, last = name.rpartition(".")
    try:
        holder = module.get_submodule(path)
    except AttributeError as error:
        part = path.rpartition(".")[2]
        raise AttributeError(f"{type(module).__name__} has no attribute `{part}`") from error
    if value is not None and not isinstance(value, Tensor):
        raise TypeError(f"{value} is not an instance of torch.Tensor")
    for registry in (holder._parameters, holder._buffers):
        if last in registry:
            before = registry[last]
            registry[last] = value

            def back(registry: Any = registry, before: Any = before) -> Any:
                now, registry[last] = registry[last], before
                return now

            return back
    # A name that the module has not is an attribute for the time of the call.
    before = getattr(holder, last, _MISSING)
    if before is not _MISSING and before is not None and not isinstance(before, Tensor):
        raise TypeError(f"attribute `{last}`: {before} is not an instance of torch.Tensor")
    setattr(holder, last, value)

    def back_to_attribute() -> Any:
        now = getattr(holder, last)
        if before is _MISSING:
            delattr(holder, last)
        else:
            setattr(holder, last, before)
        return now

    return back_to_attribute


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """Return a function without in-place operations inside: here, the function itself.

    PyTorch rewrites the operations for whoever traces them; the results are the same.

    Parameters
    ----------
    func : callable
    remove : {"mutations", "mutations_and_views"}, default: "mutations"
        What PyTorch replaces.

    Returns
    -------
    callable
    """
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}. "
            "Valid options are:\n"
            "     remove='mutations': all inplace and out= operators will be removed from the "
            "program, and replaced with their out-of-place equivalents.\n"
            "     remove='mutations_and_views': In addition to the above, all aliasing operators "
            "{view} will be replaced with their non-aliasing counterparts, {view}_copy.\n"
        )

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return wrapped


def stack_module_state(models: Any) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the parameters and buffers of several equal modules, stacked.

    Parameters
    ----------
    models : list of Module
        Of one class and in one mode.

    Returns
    -------
    params, buffers : dict of str to Tensor
    """
    models = list(models)
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({model.training for model in models}) > 1:
        raise RuntimeError(
            "stack_module_state: Expected all models to have the same training/eval mode."
        )
    if not all(type(model) is type(models[0]) for model in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    params = [dict(model.named_parameters()) for model in models]
    buffers = [dict(model.named_buffers()) for model in models]
    return (
        {name: _stacked([part[name] for part in params], name) for name in params[0]},
        {name: _stacked([part[name] for part in buffers], name) for name in buffers[0]},
    )


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """Let every batch normalization of a module use the statistics of its batch, in place.

    Inside `vmap` running statistics, which all examples share, cannot be changed.

    Parameters
    ----------
    root : Module

    Returns
    -------
    Module
        The module itself.
    """
    from autograd_nb.nn.norm import _BatchNorm

    for module in root.modules():
        if isinstance(module, _BatchNorm):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root


def _stacked(tensors: list[Tensor], name: str) -> Tensor:
    """Return a leaf with one tensor of each module."""
    requires_grad = tensors[0].requires_grad
    if any(x.requires_grad is not requires_grad for x in tensors):
        raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
    stacked: Tensor = T.stack([x.detach() for x in tensors])
    return stacked.requires_grad_(requires_grad)
