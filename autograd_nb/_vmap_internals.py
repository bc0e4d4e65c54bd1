"""The names under which libraries older than `torch.func` import `vmap`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .core.warn import warn
from .func import vmap as _vmap_of_func


def _vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    allow_none_pass_through: bool = False,
) -> Callable[..., Any]:
    return _vmap_of_func(func, in_dims, out_dims)


def vmap(func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0) -> Callable[..., Any]:
    """Map a function over a batch, see `torch.vmap`.

    Parameters
    ----------
    func : callable
    in_dims, out_dims : int, None or nested containers of them, default 0

    Returns
    -------
    callable
    """
    warn("Please use `torch.vmap` instead of `torch._vmap_internals.vmap`.", FutureWarning)
    return _vmap(func, in_dims, out_dims)
