"""`torch.func`: functions of functions.

Note [Levels]
    A transformed function may be transformed again.  Inside another transformation everything is
    recorded, so that the outer one can differentiate the inner result; at the outermost level
    nothing is, unless an argument requires grad itself.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from autograd_nb.batching import vmap
from autograd_nb.core.batch import variable
from autograd_nb.core.engine import grad as _engine_grad
from autograd_nb.core.modes import enable_grad
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

__all__ = [
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "stack_module_state",
    "vjp",
    "vmap",
]


class _Level(threading.local):
    depth = 0


_level = _Level()


# -- nests of tensors -----------------------------------------------------------------------------
def _map(fn: Callable[[Any], Any], tree: Any) -> Any:
    """Apply `fn` to every tensor in nested tuples, lists and dictionaries."""
    if isinstance(tree, Tensor):
        return fn(tree)
    if isinstance(tree, dict):
        return type(tree)((key, _map(fn, value)) for key, value in tree.items())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return tree._make(_map(fn, value) for value in tree)
    if isinstance(tree, tuple | list):
        return type(tree)(_map(fn, value) for value in tree)
    return tree


def _leaves(tree: Any) -> list[Tensor]:
    found: list[Tensor] = []
    _map(lambda x: found.append(x) or x, tree)  # type: ignore[func-returns-value]
    return found


def _rebuilt(tree: Any, leaves: Iterator[Any]) -> Any:
    return _map(lambda _: next(leaves), tree)


# -- one level of differentiation -----------------------------------------------------------------
@contextmanager
def _recording() -> Iterator[None]:
    _level.depth += 1
    try:
        with enable_grad():
            yield
    finally:
        _level.depth -= 1


def _aliases(tree: Any) -> Any:
    """Return tensors to differentiate with respect to, connected to an outer level."""
    if not isinstance(tree, Tensor | tuple | list | dict):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(tree)}")
    return _map(variable, tree)


def _is_inner(*trees: Any) -> bool:
    """Return whether the results will be differentiated again."""
    return _level.depth > 0 or any(x.requires_grad for tree in trees for x in _leaves(tree))


def _result(tree: Any, inner: bool) -> Any:
    return tree if inner else _map(lambda x: x.detach(), tree)


def _chosen(argnums: int | tuple[int, ...], args: tuple[Any, ...], name: str) -> tuple[int, ...]:
    if not isinstance(argnums, int | tuple):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    numbers = (argnums,) if isinstance(argnums, int) else argnums
    for number in numbers:
        if not -len(args) <= number < len(args):
            raise RuntimeError(f"Got argnum={number}, but only {len(args)} positional inputs")
    return tuple(number % len(args) for number in numbers)


def _replaced(args: tuple[Any, ...], numbers: tuple[int, ...], values: Any) -> tuple[Any, ...]:
    changed = list(args)
    for number, value in zip(numbers, values, strict=True):
        changed[number] = value
    return tuple(changed)


def _split(result: Any, has_aux: bool, name: str) -> tuple[Any, Any]:
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(
            f"{name}: output of function f should be a tuple: (output, aux) if has_aux is True"
        )
    return result


def _only_tensors(tree: Any, call: str) -> None:
    """Raise unless every leaf of a nest is a tensor."""
    if isinstance(tree, dict):
        tree = tuple(tree.values())
    if isinstance(tree, tuple | list):
        for part in tree:
            _only_tensors(part, call)
    elif not isinstance(tree, Tensor):
        raise RuntimeError(
            f"{call}: expected f(*primals) to return only tensors, got unsupported type "
            f"{type(tree)}"
        )


def _gradients(output: Any, inputs: list[Tensor], seed: Any, create_graph: bool) -> list[Any]:
    """Return gradients, zeros where there is no path."""
    grads: Any = [None] * len(inputs)
    if output.requires_grad:
        grads = _engine_grad(
            output, inputs, seed, retain_graph=True, create_graph=create_graph, allow_unused=True
        )
    return [T.zeros_like(x) if g is None else g for x, g in zip(inputs, grads, strict=True)]


# -- gradients ------------------------------------------------------------------------------------
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
        inner = _is_inner(args, kwargs)
        numbers = _chosen(argnums, args, "grad")
        with _recording():
            points = tuple(_aliases(args[number]) for number in numbers)
            result = func(*_replaced(args, numbers, points), **kwargs)
            value, aux = _split(result, has_aux, "grad_and_value(f)(*args)")
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
            leaves = _leaves(points)
            found = iter(_gradients(value, leaves, None, inner))
            gradients = tuple(_rebuilt(point, found) for point in points)
        shaped = gradients[0] if isinstance(argnums, int) else gradients
        rest = (value, aux) if has_aux else value
        return _result(shaped, inner), _result(rest, inner)

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
    inner = _is_inner(primals)
    with _recording():
        points = tuple(_aliases(primal) for primal in primals)
        output, aux = _split(func(*points), has_aux, "vjp(f, *primals)")
        _only_tensors(output, "vjp(f, *primals)")
    inputs = _leaves(points)
    outputs = _leaves(output)

    def pull_back(*cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None):  # type: ignore[no-untyped-def]
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        seeds = _leaves(given)
        if len(seeds) != len(outputs):
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of "
                "outputs to the function."
            )
        again = inner or _is_inner(given) if create_graph is None else create_graph
        with _recording():
            pairs = [(o, s) for o, s in zip(outputs, seeds, strict=True) if o.requires_grad]
            grads: Any = [None] * len(inputs)
            if pairs:
                roots, vectors = zip(*pairs, strict=True)
                grads = _engine_grad(
                    roots,
                    inputs,
                    vectors,
                    retain_graph=retain_graph,
                    create_graph=again,
                    allow_unused=True,
                )
            filled = [
                T.zeros_like(x) if g is None else g for x, g in zip(inputs, grads, strict=True)
            ]
        return _result(_rebuilt(points, iter(filled)), again)

    value = _result(output, inner)
    return (value, pull_back, _result(aux, inner)) if has_aux else (value, pull_back)


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
        Accepted: a derivative that is missing is zero.
    has_aux : bool, default: False
        See `func`.

    Returns
    -------
    output, jvp_out : Tensor or nest of Tensor
    aux : object
        Only if `has_aux`.

    Notes
    -----
    Computed by two backward passes, as in ``autograd.functional.jvp``.
    """
    if not isinstance(primals, tuple):
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to "
            "call f(*primals)."
        )
    inner = _is_inner(primals, tangents)
    directions = _leaves(tangents)
    with _recording():
        points = _aliases(primals)
        inputs = _leaves(points)
        if len(inputs) != len(directions):
            raise RuntimeError(
                "jvp(f, primals, tangents): Expected primals and tangents to have the same python "
                "structure. For example, if primals is a tuple of 3 tensors, tangents also must be."
            )
        output, aux = _split(func(*points), has_aux, "jvp(f, primals, tangents)")
        _only_tensors(output, "jvp(f, primals, tangents)")
        derivatives = []
        for out in _leaves(output):
            dummy = variable(T.zeros_like(out))
            back = _gradients(out, inputs, dummy, True)
            total = sum(
                ((g * d).sum() for g, d in zip(back, directions, strict=True)),
                T.zeros_like(dummy).sum(),
            )
            derivatives.append(_gradients(total, [dummy], None, inner)[0])
        derivative = _rebuilt(output, iter(derivatives))
    value = _result(output, inner), _result(derivative, inner)
    return (*value, _result(aux, inner)) if has_aux else value


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
        for i, (tangent, primal) in enumerate(
            zip(_leaves(tangents), _leaves(primals), strict=False)
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


def _blocks(
    out: Tensor, inputs: list[Tensor], create_graph: bool, chunk_size: int | None
) -> list[Tensor]:
    """Return the Jacobian of one output with respect to each input."""
    count = out.numel()
    if not out.requires_grad or not count:
        return [out.new_zeros(out.size() + x.size()) for x in inputs]
    rows = T.eye(count, dtype=out.dtype).reshape((count, *out.size()))
    parts = []
    for first in range(0, count, chunk_size or count):
        grads = _engine_grad(
            out,
            inputs,
            rows[first : first + (chunk_size or count)],
            retain_graph=True,
            create_graph=create_graph,
            allow_unused=True,
            is_grads_batched=True,
        )
        parts.append(grads)
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
        inner = _is_inner(args, kwargs)
        numbers = _chosen(argnums, args, "jacrev")
        with _recording():
            points = tuple(_aliases(args[number]) for number in numbers)
            result = func(*_replaced(args, numbers, points), **kwargs)
            output, aux = _split(result, has_aux, "jacrev(f)(*args)")
            _only_tensors(output, "vjp(f, *primals)")
            inputs = _leaves(points)

            def jacobian(out: Tensor) -> Any:
                blocks = _blocks(out, inputs, inner, chunk_size)
                shaped = _rebuilt(points, iter(blocks))
                return shaped[0] if isinstance(argnums, int) else shaped

            found = _map(jacobian, output)
        value = _result(found, inner)
        return (value, _result(aux, inner)) if has_aux else value

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
    randomness : str, default: "error"
        Accepted.

    Returns
    -------
    callable
        As :func:`jacrev`.

    Notes
    -----
    The numbers are those of forward mode; they are computed by backward passes, as in
    :func:`jacrev`.
    """
    return jacrev(func, argnums, has_aux=has_aux)


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


# -- batches --------------------------------------------------------------------------------------


def _listed(kind: str, names: set[str]) -> str:
    keys = ", ".join(repr(name) for name in sorted(names))
    return f"\n\t{kind} key(s): {keys}." if names else ""


# -- modules --------------------------------------------------------------------------------------
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
    given: dict[str, Tensor] = {}
    if isinstance(parameter_and_buffer_dicts, dict):
        given.update(parameter_and_buffer_dicts)
    elif not isinstance(parameter_and_buffer_dicts, tuple | list):
        raise ValueError(
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
            f"{type(parameter_and_buffer_dicts)}"
        )
    else:
        for part in parameter_and_buffer_dicts:
            repeated = given.keys() & part.keys()
            if repeated:
                raise ValueError(f"{repeated} appeared in multiple dictionaries")
            given.update(part)
    own = dict(module.named_parameters(remove_duplicate=False))
    own.update(module.named_buffers(remove_duplicate=False))
    if strict and own.keys() != given.keys():
        raise RuntimeError(
            f"Error(s) in reparametrizing for {type(module).__name__}:"
            + _listed("Unexpected", given.keys() - own.keys())
            + _listed("Missing", own.keys() - given.keys())
        )
    for name in given:
        if name not in own:
            raise KeyError(f"module has no parameter or buffer named {name!r}")
    if tie_weights:
        by_tensor = {id(own[name]): value for name, value in given.items()}
        for name, tensor in own.items():
            if id(tensor) in by_tensor:
                given.setdefault(name, by_tensor[id(tensor)])
    saved = []
    try:
        for name, value in given.items():
            path, _, last = name.rpartition(".")
            holder = module.get_submodule(path)
            registry = holder._parameters if last in holder._parameters else holder._buffers
            saved.append((registry, last, registry[last]))
            registry[last] = value
        if args is None:
            args = ()
        elif not isinstance(args, tuple):
            args = (args,)
        return module(*args, **(kwargs or {}))
    finally:
        for registry, last, value in reversed(saved):
            registry[last] = value


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
    if not all(type(model) is type(models[0]) for model in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    params = {
        name: T.stack(
            [dict(model.named_parameters())[name].detach() for model in models]
        ).requires_grad_(param.requires_grad)
        for name, param in models[0].named_parameters()
    }
    buffers = {
        name: T.stack([dict(model.named_buffers())[name] for model in models])
        for name, _ in models[0].named_buffers()
    }
    return params, buffers
