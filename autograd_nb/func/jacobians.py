"""Jacobians and Hessians of functions of tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograd_nb.batching import check_randomness
from autograd_nb.core.batch import in_level, level, without
from autograd_nb.core.engine import grad as engine_grad
from autograd_nb.core.tensor import Tensor
from autograd_nb.nests import leaves, mapped, rebuilt, tensors
from autograd_nb.ops.namespaces import T

from .gradients import jvp
from .transforms import (
    Level,
    chosen,
    only_differentiable,
    only_tensors,
    replaced,
    split,
    stood_in,
)

__all__ = ["hessian", "jacfwd", "jacrev"]


def _only_real(name: str, tree: Any, what: str) -> None:
    for i, x in enumerate(leaves(tree)):
        if isinstance(x, Tensor) and x.is_complex():
            raise RuntimeError(
                f"{name}: Expected all {what} to be real but received complex tensor at flattened "
                f"input idx: {i}"
            )


def _blocks(
    out: Tensor, inputs: list[Tensor], create_graph: bool, chunk_size: int | None
) -> list[Tensor]:
    """Return the Jacobian of one output with respect to each input."""
    count = out.numel()
    if not out.requires_grad or not count:
        return [out.new_zeros(out.size() + x.size()) for x in inputs]
    rows = T.eye(count, dtype=out.dtype).reshape((count, *out.size()))
    alone = chunk_size == 1  # without vmap, which some backward functions do not bear
    parts = []
    for first in range(0, count, chunk_size or count):
        grads = engine_grad(
            out,
            inputs,
            rows[first] if alone else rows[first : first + (chunk_size or count)],
            retain_graph=True,
            create_graph=create_graph,
            allow_unused=True,
            is_grads_batched=not alone,
        )
        parts.append([None if g is None else g[None] for g in grads] if alone else grads)
    return [
        out.new_zeros(out.size() + x.size())
        if column[0] is None
        else T.cat(list(column), 0).reshape(out.size() + x.size())
        for x, column in zip(inputs, zip(*parts, strict=True), strict=True)
    ]


def jacrev(
    func: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable[..., Any]:
    """Return a function that computes the Jacobian of `func`, by rows.

    Parameters
    ----------
    func : callable
        Returns a tensor or a nest of tensors, or that and something else if `has_aux`.
    argnums : int or tuple of int, default: 0
        Arguments to differentiate with respect to.
    has_aux : bool, default: False
        See `func`.
    chunk_size : int, optional
        How many rows to compute at once; all, if not given.

    Returns
    -------
    callable
        Gives, for each output, the Jacobian with respect to each chosen argument, of shape
        ``output.shape + argument.shape``.
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        _only_real("jacrev", args, "inputs")
        numbers = chosen(argnums, args)
        transform = Level()
        with transform.running():
            points = tuple(transform.variables(args[number]) for number in numbers)
            result = func(*replaced(stood_in(args), numbers, points), **stood_in(kwargs))
            output, aux = split(result, has_aux, "vjp(f, *primals)")
            only_tensors(output, "vjp(f, *primals)")
            only_differentiable(output)
            _only_real("jacrev", output, "outputs")
            recorded = transform.is_recorded(output)
            inputs = tensors(points)

            def jacobian(out: Tensor) -> Any:
                blocks = _blocks(out, inputs, recorded, chunk_size)
                shaped = rebuilt(points, iter(blocks))
                return shaped[0] if isinstance(argnums, int) else shaped

            found = mapped(jacobian, output)
        value = transform.result(found, recorded)
        return (value, transform.auxiliary(aux)) if has_aux else value

    return transformed


def jacfwd(
    func: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
) -> Callable[..., Any]:
    """Return a function that computes the Jacobian of `func`.

    Parameters
    ----------
    func : callable
        Returns a tensor or a nest of tensors, or that and something else if `has_aux`.
    argnums : int or tuple of int, default: 0
        Arguments to differentiate with respect to.
    has_aux : bool, default: False
        See `func`.
    randomness : {"error", "same", "different"}, default: "error"
        Whether random functions raise, give every column the same numbers, or draw anew.

    Returns
    -------
    callable
        As :func:`jacrev`.
    """

    @functools.wraps(func)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        _only_real("jacfwd", args, "inputs")
        numbers = chosen(argnums, args)
        points = tuple(args[number] for number in numbers)
        inputs = leaves(points)
        sizes = [x.numel() for x in inputs]

        def column(*basis: Tensor) -> Any:
            _, derivative, *aux = jvp(
                lambda *values: func(*replaced(stood_in(args), numbers, values), **kwargs),
                points,
                rebuilt(points, iter(basis)),
                has_aux=has_aux,
            )
            _only_real("jacfwd", derivative, "outputs")
            return derivative, *aux

        identity = T.eye(sum(sizes)).split(sizes, 1)
        basis = [
            part.to(x.dtype).reshape((len(part), *x.size()))
            for part, x in zip(identity, inputs, strict=True)
        ]
        # Only where each column draws numbers of its own do values differ from one to the next.
        shared = randomness != "different"
        check_randomness(randomness)
        with level(sum(sizes), randomness, of_tangents=shared) as opened:
            found = column(*(in_level(part, opened) for part in basis))
            derivative, *aux = mapped(lambda x: without(x, (opened,)), found)

        def shaped(out: Tensor) -> Any:
            parts = out.movedim(0, -1).split(sizes, -1)
            blocks = (
                part.reshape((*part.size()[:-1], *x.size()))
                for part, x in zip(parts, inputs, strict=True)
            )
            found = rebuilt(points, blocks)
            return found[0] if isinstance(argnums, int) else found

        value = mapped(shaped, derivative)
        return (value, mapped(lambda x: x[0], aux[0])) if has_aux else value

    return transformed


def hessian(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """Return a function that computes the Hessian of `func`.

    Parameters
    ----------
    func : callable
        Returns a tensor with one element.
    argnums : int or tuple of int, default: 0
        Arguments to differentiate with respect to.

    Returns
    -------
    callable
    """
    return jacfwd(jacrev(func, argnums), argnums)
