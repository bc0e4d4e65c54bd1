"""Arguments and functions of PyTorch's samples, made anew for either library."""

from __future__ import annotations

import functools
import types
from typing import Any

import torch as theirs

import autograd_nb as ours

RENAMED = (theirs.dtype, theirs.layout, theirs.memory_format)


def twin(value: Any, side: int, leaves: list[Any]) -> Any:
    """Return a sample's argument, made anew for one of the libraries; collect its leaves."""
    if isinstance(value, theirs.Tensor):
        plain = value.detach().resolve_conj().resolve_neg()
        if plain.layout != theirs.strided or plain.ndim > 64:
            raise NotImplementedError
        length = plain.untyped_storage().nbytes() // plain.element_size()
        memory = plain.as_strided((length,), (1,), 0).numpy().copy()
        start, steps = plain.storage_offset(), plain.stride()
        library = ours if side else theirs
        made = library.from_numpy(memory).as_strided(tuple(plain.shape), steps, start).data
        if value.requires_grad:
            leaves.append(made.requires_grad_())
        return made
    if isinstance(value, theirs.nn.Module):
        raise NotImplementedError
    if isinstance(value, (list, tuple)):
        parts = [twin(part, side, leaves) for part in value]
        return type(value)(parts) if type(value) in (list, tuple) else tuple(parts)
    if isinstance(value, slice):
        return slice(*(twin(x, side, leaves) for x in (value.start, value.stop, value.step)))
    if isinstance(value, RENAMED):
        name = str(value).removeprefix("torch.")
        if not hasattr(ours, name):
            raise NotImplementedError
        return getattr(ours, name) if side else value
    return ours.device(str(value)) if side and isinstance(value, theirs.device) else value


def resolve(library: Any, path: str) -> Any:
    """Return what stands at a dotted path."""
    return functools.reduce(getattr, path.split(".") if path else (), library)


def places() -> dict[int, str]:
    """Return where PyTorch's functions are found, by identity."""
    found: dict[int, str] = {}
    for path in ("", "nn.functional.", "linalg.", "fft.", "special.", "masked.", "Tensor."):
        space = resolve(theirs, path.rstrip("."))
        for name in sorted(dir(space), key=lambda name: name[0] == "_"):  # public names first
            found.setdefault(id(getattr(space, name, None)), path + name)
    return found


def counterpart(function: Any, name: str, known: dict[int, str]) -> Any:
    """Return our function for one of PyTorch's; AttributeError if there is none."""
    if id(function) in known:
        return resolve(ours, known[id(function)])
    if isinstance(function, functools.partial):
        inner = counterpart(function.func, name, known)
        return functools.partial(inner, *function.args, **function.keywords)
    if not hasattr(function, "__code__") or not function.__module__.startswith("torch.testing"):
        return resolve(ours, name)

    def seeded(inner: Any, *args: Any, **kwargs: Any) -> Any:
        ours.manual_seed(42)
        return inner(*args, **kwargs)  # ours already, by its name

    # A wrapper beside the samples: the same code, with our library under the name of theirs.
    names = {**function.__globals__, "torch": ours, "wrapper_set_seed": seeded}
    code, defaults, closure = function.__code__, function.__defaults__, function.__closure__
    made = types.FunctionType(code, names, function.__name__, defaults, closure)
    made.__kwdefaults__ = function.__kwdefaults__
    return made
