"""Adding a gradient to `.grad`, and deciding whether its array may simply be taken."""

from __future__ import annotations

import sys
import threading
from typing import Any

import numpy as np

from . import blocks, errors, modes, pool
from .batch import Batched
from .overlap import overlaps
from .strides import is_dense
from .tensor import Tensor
from .warn import warn_once

_lock = threading.Lock()
_new = object.__new__


def accumulate_into(variable: Tensor, value: Any, traced: bool) -> None:
    """Add a gradient to `.grad`: in place, or as a recorded sum if the pass is recorded.

    Parameters
    ----------
    variable : Tensor
    value : ndarray or Tensor
    traced : bool
        Whether it is a Tensor: of a pass that is recorded, or has tangents.
    """
    grad = variable._grad
    if traced:
        if grad is None:
            grad = _gradient(np.empty_like(variable._array))
            variable._grad = grad.copy_(value)
        elif modes.state.grad_enabled:
            variable._grad = grad + value
        else:
            grad += value
        return
    with _lock:
        grad = variable._grad  # another thread may just have brought the first one
        if grad is None:
            copied = np.array(value) if isinstance(value, np.ndarray) else value
            variable._grad = _gradient(copied)
            return
        if isinstance(grad._array, np.ndarray):
            if grad._array.base is not None and overlaps(grad._array):
                raise RuntimeError(errors.OVERLAP)
            like = variable._array
            if grad._array.strides != like.strides or not like.flags.c_contiguous:
                _check_layout(grad._array, like)
            blocks.add(grad._array, value, True)
        else:
            grad._array = grad._array + value
        grad._bump_version("accumulate")


def _check_layout(grad: Any, like: Any) -> None:
    """Warn of a gradient that lies neither as its variable nor, if that has gaps, row by row."""
    if is_dense(like):
        steps = zip(grad.strides, like.strides, grad.shape, strict=True)
        obeys = all(own == other or n == 1 for own, other, n in steps)
    else:
        obeys = grad.flags.c_contiguous
    if not obeys:
        own, other = ([step // a.itemsize for step in a.strides] for a in (grad, like))
        warn_once(
            "gradient layout",
            "grad and param do not obey the gradient layout contract. This is not an error, but "
            f"may impair performance.\ngrad.sizes() = {list(grad.shape)}, strides() = {own}\n"
            f"param.sizes() = {list(like.shape)}, strides() = {other}",
        )


def retain(tensor: Tensor, value: Any, traced: bool) -> None:
    """Add a gradient to `.grad` of a tensor that retains it: always into a fresh one."""
    before = tensor._grad
    if isinstance(before, Batched) and not set(before._levels) <= set(modes.state.levels):
        before = None  # of a batch of gradients that is over
    if before is not None:
        tensor._grad = tensor._grad + (value if traced else Tensor._wrap(value))
    elif traced:
        tensor._grad = value.clone()
    else:
        tensor._grad = Tensor._wrap(np.array(value) if isinstance(value, np.ndarray) else value)


def take_or_add(variable: Tensor, buffers: dict[Any, Any], leaf: Any, traced: bool) -> None:
    """Add a leaf's buffer to `.grad`; take the array itself only if nobody else has it."""
    value = buffers.pop(leaf)
    if traced or variable._grad is not None:
        if variable._grad is None and not modes.state.grad_enabled and sys.getrefcount(value) == 2:
            value = value.detach()  # as in PyTorch, what is taken over leaves its tangent behind
        accumulate_into(variable, value, traced)
        return
    if type(value) is np.ndarray:  # a NumPy scalar can be shared
        owned = (
            sys.getrefcount(value) == 2
            and pool.is_own(value)
            and value.strides == getattr(variable._array, "strides", ())
        )
        if not owned:
            value = _like_layout(value, variable._array)
    with _lock:
        if variable._grad is None:
            variable._grad = _gradient(value)
            return
    accumulate_into(variable, value, traced)


def _gradient(array: Any) -> Tensor:
    """Return a tensor for `.grad`; one made in inference mode is an inference tensor."""
    grad: Tensor = _new(Tensor)
    grad._array = array
    if modes.state.inference:
        grad._inference = grad._odd = True
    return grad


def _like_layout(value: Any, like: Any) -> Any:
    """Copy a gradient into the memory layout of its variable."""
    if like.flags.c_contiguous:
        found = pool.empty(like.shape, value.dtype)
    else:
        found = np.empty_like(like, dtype=value.dtype)
    found[...] = value
    return found
