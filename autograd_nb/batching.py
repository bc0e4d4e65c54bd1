"""`vmap`: a function of one example, applied to every example of a batch at once.

How one example's operations become the whole batch's: Note [Batched tensors].
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograd_nb.core.batch import Batched, Level, in_level, level, without
from autograd_nb.core.generator import default_generator
from autograd_nb.core.tensor import Tensor
from autograd_nb.nests import leaves, parts, rebuilt_leaves, specification
from autograd_nb.ops.namespaces import T

__all__ = ["vmap"]


def _name(func: Callable[..., Any]) -> str:
    return str(getattr(func, "__name__", repr(func)))


def _spread(dims: Any, tree: Any) -> list[Any] | None:
    """Return a dimension for every leaf of a nest, or None if the two do not fit together."""
    if dims is None or isinstance(dims, int):
        return [dims] * len(leaves(tree))
    inner, given = parts(tree), parts(dims)
    if inner is None or given is None:
        return [dims] if inner is given else None
    if type(dims) is not type(tree) or len(given) != len(inner):
        return None
    if isinstance(tree, dict):
        if dims.keys() != tree.keys():
            return None
        given = [dims[key] for key in tree]
    found = []
    for dim, part in zip(given, inner, strict=True):
        spread = _spread(dim, part)
        if spread is None:
            return None
        found += spread
    return found


# -- arguments and results ------------------------------------------------------------------------
def _checked_dims(func: Callable[..., Any], in_dims: Any, args: tuple[Any, ...]) -> list[Any]:
    """Return the batch dimension of every leaf among the arguments."""
    call = f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, int | tuple):
        raise ValueError(
            f"{call}: expected `in_dims` to be int or a (potentially nested) tuple matching the "
            f"structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({_name(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you "
            "are trying to vmap over a function with no inputs. The latter is unsupported."
        )
    dims = _spread(in_dims, args)
    if dims is None:
        raise ValueError(
            f"{call}: in_dims is not compatible with the structure of `inputs`. in_dims has "
            f"structure {specification(in_dims)} but inputs has structure {specification(args)}."
        )
    for i, (value, dim) in enumerate(zip(leaves(args), dims, strict=True)):
        if dim is None:
            continue
        if not isinstance(dim, int):
            raise ValueError(
                f"{call}: Got in_dim={dim} for an input but in_dim must be either an integer "
                "dimension or None."
            )
        if not isinstance(value, Tensor):
            raise ValueError(
                f"{call}: Got in_dim={dim} for an input but the input is of type {type(value)}. We "
                "cannot vmap over non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -value.dim() <= dim < value.dim():
            raise ValueError(
                f"{call}: Got in_dim={dim} for some input, but that input is a Tensor of "
                f"dimensionality {value.dim()} so expected in_dim to satisfy -{value.dim()} <= "
                f"in_dim < {value.dim()}."
            )
        dims[i] = dim % value.dim()
    return dims


def _batch_size(dims: list[Any], values: list[Any]) -> int:
    sizes = [x.shape[d] for x, d in zip(values, dims, strict=True) if d is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if len(set(sizes)) > 1:
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return int(sizes[0])


def _collected(func: Callable[..., Any], result: Any, out_dims: Any, opened: Level) -> Any:
    """Return what the function gave, the examples along `out_dims`."""
    if isinstance(result, Tensor) and isinstance(out_dims, tuple) and len(out_dims) == 1:
        out_dims = out_dims[0]
    if not all(dim is None or isinstance(dim, int) for dim in leaves(out_dims)):
        raise ValueError(
            f"vmap({_name(func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a "
            "python collection of ints representing where in the outputs the vmapped dimension "
            "should appear."
        )
    dims = _spread(out_dims, result)
    if dims is None:
        raise ValueError(
            f"vmap({_name(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible "
            f"with the structure of `outputs`. out_dims has structure {specification(out_dims)} "
            f"but outputs has structure {specification(result)}."
        )
    found = []
    for dim, leaf in zip(dims, leaves(result), strict=True):
        if not isinstance(leaf, Tensor):
            if dim is not None:
                raise ValueError(
                    f"vmap({_name(func)}, ...): `{_name(func)}` must only return Tensors, got type "
                    f"{type(leaf)}. Did you mean to set out_dims= to None for output?"
                )
            found.append(leaf)
            continue
        mapped = isinstance(leaf, Batched) and opened in leaf._levels
        if dim is None:
            if mapped:
                raise ValueError(
                    f"vmap({_name(func)}, ...): `{_name(func)}` can not return a BatchedTensor "
                    "when out_dim is None"
                )
            found.append(leaf)
            continue
        joined = without(leaf, (opened,)) if mapped else leaf.expand((opened.size, *leaf.shape))
        found.append(joined.movedim(0, dim) if dim else joined)
    return rebuilt_leaves(result, iter(found))


def _examples(x: Tensor, dim: int, opened: Level) -> Tensor:
    """Return an argument as what the function sees, which prints as it was given."""
    found = in_level(x.movedim(dim, 0), opened)
    assert isinstance(found, Batched)
    found._laid = dim % x.dim(), x
    return found


def _concatenated(chunks: list[Any], out_dims: Any) -> Any:
    """Join the results of all chunks, leaf by leaf."""
    dims = _spread(out_dims, chunks[0])
    columns = zip(*map(leaves, chunks), strict=True)
    joined = (
        column[0] if dim is None else T.cat(list(column), dim)
        for dim, column in zip(dims or (), columns, strict=True)
    )
    return rebuilt_leaves(chunks[0], joined)


def check_randomness(randomness: str) -> None:
    """Raise unless this says what random functions do."""
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            "Only allowed values for randomness are 'error', 'different', or 'same'. Got "
            f"{randomness}"
        )


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """Return a function that applies `func` to every example of a batch.

    Parameters
    ----------
    func : callable
        Takes single examples; returns a Tensor or a nest of them.
    in_dims : int, None or nest of them, default: 0
        The batch dimension of each argument; None for one that is the same for all.
    out_dims : int, None or nest of them, default: 0
        Where the batch dimension goes in each output.
    randomness : {"error", "same", "different"}, default: "error"
        Whether random functions raise, give every example the same numbers, or draw anew.
    chunk_size : int, optional
        How many examples to compute at once; all, if not given.

    Returns
    -------
    callable

    Raises
    ------
    ValueError
        If dimensions do not fit the arguments or results.
    RuntimeError
        If a random function is called and `randomness` is "error".

    Notes
    -----
    An operation without a batching rule runs one example after the other, and warns of that once.
    """
    check_randomness(randomness)
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        dims = _checked_dims(func, in_dims, args)
        values = leaves(args)
        size = _batch_size(dims, values)

        def run(first: int, count: int) -> Any:
            with level(count, randomness) as opened:
                inner = (
                    x
                    if d is None
                    else _examples(x if count == size else x.narrow(d, first, count), d, opened)
                    for x, d in zip(values, dims, strict=True)
                )
                result = func(*rebuilt_leaves(args, inner), **kwargs)
                return _collected(func, result, out_dims, opened)

        if chunk_size is None or chunk_size >= size:
            return run(0, size)
        drawn = default_generator.get_state()
        chunks = []
        for first in range(0, size, chunk_size):
            if randomness == "same":
                default_generator.set_state(drawn)
            chunks.append(run(first, min(chunk_size, size - first)))
        return _concatenated(chunks, out_dims)

    return transformed
