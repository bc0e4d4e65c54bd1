"""Gradients, and products with Jacobians."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograd_nb.core import forward_ad
from autograd_nb.core.batch import Batched, batched
from autograd_nb.core.engine import grad as engine_grad
from autograd_nb.core.function_forward import no_tangents
from autograd_nb.core.modes import recording
from autograd_nb.core.tensor import Tensor
from autograd_nb.core.within import alias, stand_in
from autograd_nb.nests import form, leaves, mapped, mapped_leaves, rebuilt, specification, tensors
from autograd_nb.ops.namespaces import T

from .transforms import (
    Level,
    chosen,
    gradients,
    only_differentiable,
    only_tensors,
    replaced,
    split,
    stood_in,
)

__all__ = ["grad", "grad_and_value", "jvp", "linearize", "vjp"]

_JVP = "jvp(f, primals, tangents)"


def grad_and_value(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that computes the gradient of `func`, and its value.

    Parameters
    ----------
    func : callable
        Returns a tensor with one element, or that and something else if `has_aux`.
    argnums : int or tuple of int, default: 0
        Arguments to differentiate with respect to; each may be a nest of tensors.
    has_aux : bool, default: False
        See `func`.

    Returns
    -------
    callable
        Gives ``(gradient, value)``, or ``(gradient, (value, aux))``.
    """

    @functools.wraps(func)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        numbers = chosen(argnums, args)
        level = Level()
        with level.running():
            points = tuple(level.variables(args[number]) for number in numbers)
            others = [None if i in numbers else stood_in(x) for i, x in enumerate(args)]
            result = func(*replaced(others, numbers, points), **stood_in(kwargs))
            value, aux = split(result, has_aux, "grad_and_value(f)(*args)")
            if not isinstance(value, Tensor):
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a Tensor, "
                    f"got {type(value)}"
                )
            if value.dim() != 0:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got "
                    f"tensor with {value.dim()} dims. Maybe you wanted to use the vjp or jacrev "
                    "APIs instead?"
                )
            recorded = level.is_recorded(value)
            found = gradients(value, tensors(points), None, recorded)
            shaped = rebuilt(points, iter(found))
        shaped = level.result(shaped[0] if isinstance(argnums, int) else shaped, recorded)
        value = level.result(value, recorded)
        return shaped, (value, level.auxiliary(aux)) if has_aux else value

    return transformed


def grad(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that computes the gradient of `func`.

    Parameters
    ----------
    func : callable
        Returns a tensor with one element, or that and something else if `has_aux`.
    argnums : int or tuple of int, default: 0
        Arguments to differentiate with respect to; each may be a nest of tensors.
    has_aux : bool, default: False
        See `func`.

    Returns
    -------
    callable
        Gives the gradient, or ``(gradient, aux)``.
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return transformed


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """Return the value of `func` and a function for vector-Jacobian products.

    Parameters
    ----------
    func : callable
        Returns a tensor or a nest of tensors, or that and something else if `has_aux`.
    *primals : Tensor or nest of Tensor
        Where to differentiate.
    has_aux : bool, default: False
        See `func`.

    Returns
    -------
    output : Tensor or nest of Tensor
    vjp_fn : callable
        Takes cotangents like the output; gives a tuple of gradients, one per primal.
    aux : object
        Only if `has_aux`.
    """
    level = Level()
    with level.running():
        points = level.variables(primals)
        output, aux = split(func(*points), has_aux, "vjp(f, *primals)")
        only_tensors(output, "vjp(f, *primals)")
        only_differentiable(output)
        recorded = level.is_recorded(output)
        connected = level.leads_out(output)
    inputs, outputs = tensors(points), tensors(output)

    def pull_back(
        cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None
    ) -> Any:
        if form(cotangents) != form(output):
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of "
                f"outputs to the function. cotangents: {form(cotangents)}, primal output: "
                f"{form(output)}"
            )
        again = Level()
        again.own = level.own
        seeds = leaves(cotangents)
        for seed in seeds:
            if not isinstance(seed, Tensor):
                raise TypeError(
                    f"gradients can be either Tensors or None, but got {type(seed).__name__}"
                )
        if create_graph is None:
            create_graph = again.outside and (connected or again.is_recorded(seeds))
        with again.recording():
            pairs = [(o, s) for o, s in zip(outputs, seeds, strict=True) if o.requires_grad]
            grads: Any = [None] * len(inputs)
            if pairs:
                roots, vectors = zip(*pairs, strict=True)
                grads = engine_grad(
                    roots,
                    inputs,
                    vectors,
                    retain_graph=retain_graph,
                    create_graph=create_graph,
                    allow_unused=True,
                )
            filled = [
                T.zeros_like(x) if g is None else g for x, g in zip(inputs, grads, strict=True)
            ]
        return again.result(rebuilt(points, iter(filled)), create_graph)

    value = level.result(output, recorded)
    return (value, pull_back, level.auxiliary(aux)) if has_aux else (value, pull_back)


def jvp(
    func: Callable[..., Any],
    primals: Any,
    tangents: Any,
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> Any:
    """Return the value of `func` and its derivative along `tangents`.

    Parameters
    ----------
    func : callable
        Returns a tensor or a nest of tensors, or that and something else if `has_aux`.
    primals : tuple
        Where to differentiate.
    tangents : tuple
        The direction, shaped like `primals`.
    strict : bool, default: False
        Whether an output that does not depend on the inputs is an error.
    has_aux : bool, default: False
        See `func`.

    Returns
    -------
    output, jvp_out : Tensor or nest of Tensor
    aux : object
        Only if `has_aux`.
    """
    if not isinstance(primals, tuple):
        raise RuntimeError(
            f"{_JVP}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    if form(primals) != form(tangents):
        raise RuntimeError(
            f"{_JVP}: Expected primals and tangents to have the same python structure. For "
            "example, if primals is a tuple of 3 tensors, tangents also must be. Got primals with "
            f"structure {specification(primals)} and tangents with structure "
            f"{specification(tangents)}"
        )
    directions = leaves(tangents)
    _check_directions(leaves(primals), directions)
    level = Level()
    with level.entered():
        forward_ad.open_level()
        try:
            along = iter(stood_in(directions))
            points = mapped_leaves(lambda x: _dual(x, next(along)), primals)
            output, aux = split(func(*points), has_aux, _JVP)
            only_tensors(output, _JVP)
            derivative = mapped(lambda x: _derivative(x, strict), output)
        finally:
            forward_ad.close_level()
    value = level.result(output), level.result(derivative)
    return (*value, level.auxiliary(aux)) if has_aux else value


def _check_directions(primals: list[Any], directions: list[Any]) -> None:
    """Raise unless there are tensors, and nothing else."""
    for argname, values in (("primals", primals), ("tangents", directions)):
        if not values:
            raise RuntimeError(f"{_JVP}: Expected {argname} to contain at least one Tensor.")
        for value in values:
            if not isinstance(value, Tensor):
                raise RuntimeError(
                    f"{_JVP}: Expected {argname} to only contain Tensors, got {type(value)}"
                )


def _dual(x: Tensor, tangent: Tensor) -> Tensor:
    """Return what stands for a primal: in its memory, but no view of a tensor of the caller's."""
    plain = getattr(x, "_value", x)
    own = alias(plain)
    own._view = None
    inner = batched(own, x._levels) if isinstance(x, Batched) else own
    with recording():  # what the function differentiates itself is recorded from here
        return stand_in(x, forward_ad.make_dual(inner, tangent))


def _derivative(out: Tensor, strict: bool) -> Tensor:
    """Return the tangent of an output."""
    tangent = out._tangent
    if tangent is not None:
        return tangent
    if strict:
        raise RuntimeError(
            "jvp(f, primals, tangents, strict=True): The output of f is independent of the "
            "inputs. This is not allowed with strict=True."
        )
    with no_tangents():
        return T.zeros_like(out)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """Return the value of `func`, and its derivative at these points as a linear function.

    Parameters
    ----------
    func : callable
        Takes nests of tensors, returns a nest of tensors.
    *primals : nests of Tensor
        Where to differentiate.

    Returns
    -------
    output : nest of Tensor
    jvp_fn : callable
        Takes tangents shaped like `primals`, returns those of the output.
    """

    def jvp_fn(*tangents: Any) -> Any:
        if form(tangents) != form(primals):
            raise RuntimeError(
                f"Expected the tangents {specification(tangents)} to have the same argspec as the "
                f"primals {specification(primals)}"
            )
        for i, (tangent, primal) in enumerate(
            zip(tensors(tangents), tensors(primals), strict=True)
        ):
            if tangent.shape != primal.shape:
                raise RuntimeError(
                    f"tangent:{i} with shape {tangent.shape} in flattened pytree doesn't match the "
                    f"shape {primal.shape} of the corresponding primal."
                )
            if tangent.dtype != primal.dtype:
                raise RuntimeError(
                    f"tangent:{i} with dtype {tangent.dtype} in flattened pytree doesn't match the "
                    f"dtype {primal.dtype} of the corresponding primal."
                )
        return jvp(func, primals, tangents)[1]

    return func(*primals), jvp_fn
