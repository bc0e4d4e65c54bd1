"""Products with the Jacobians and Hessians of a function of tensors, and these matrices.

Note [Forward products by two backward passes]
    ``J v`` is found without forward mode: the gradient ``J^T u`` is linear in a dummy ``u``, and
    its own vector-Jacobian product with ``v`` is ``J v``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nb.core.modes import enable_grad, is_grad_enabled, set_grad_enabled
from autograd_nb.ops.namespaces import T

from .functional_tools import (
    ONE_ELEMENT_OUTPUT,
    Tensors,
    as_tuple,
    check_second_order,
    filled,
    fresh,
    gradients_of,
    outputs_of,
    released,
    shaped,
    vector,
)
from .matrices import hessian, jacobian

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def vjp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """Return ``func(*inputs)`` and the product of a vector with its Jacobian.

    Parameters
    ----------
    func : callable
        Takes tensors, returns a tensor or a tuple of tensors.
    inputs : Tensor or tuple of Tensor
        Where to differentiate.
    v : Tensor or tuple of Tensor, optional
        The vector, shaped like the output; not needed if that has one element.
    create_graph : bool, default: False
        Whether the results can be differentiated again.
    strict : bool, default: False
        Whether an output that does not depend on an input is an error.

    Returns
    -------
    func_output, vjp : Tensor or tuple of Tensor
        The second is shaped like `inputs`.
    """
    with enable_grad():
        is_inputs_tuple, xs = as_tuple(inputs, "inputs", "vjp")
        xs = fresh(xs, create_graph)
        is_outputs_tuple, outputs = outputs_of(func, xs, "vjp", strict)
        vectors = vector(v, outputs, is_outputs_tuple, "vjp", ONE_ELEMENT_OUTPUT)
    recording = create_graph or is_grad_enabled()
    with set_grad_enabled(recording):
        grads = gradients_of(outputs, xs, vectors, create_graph)
        products = filled(grads, xs, strict, create_graph, "back")
    return (
        shaped(released(outputs, create_graph), is_outputs_tuple),
        shaped(released(products, create_graph), is_inputs_tuple),
    )


def jvp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """Return ``func(*inputs)`` and the product of its Jacobian with a vector.

    Parameters
    ----------
    func : callable
        Takes tensors, returns a tensor or a tuple of tensors.
    inputs : Tensor or tuple of Tensor
        Where to differentiate.
    v : Tensor or tuple of Tensor, optional
        The vector, shaped like `inputs`; not needed if that has one element.
    create_graph : bool, default: False
        Whether the results can be differentiated again.
    strict : bool, default: False
        Whether an output that does not depend on an input is an error.

    Returns
    -------
    func_output, jvp : Tensor or tuple of Tensor
        Both are shaped like the output.

    Notes
    -----
    See Note [Forward products by two backward passes].
    """
    with enable_grad():
        is_inputs_tuple, xs = as_tuple(inputs, "inputs", "jvp")
        xs = fresh(xs, create_graph)
        vectors = vector(v, xs, is_inputs_tuple, "jvp")
        is_outputs_tuple, outputs = outputs_of(func, xs, "jvp", strict)
        dummies = tuple(T.zeros_like(output).requires_grad_() for output in outputs)
        back = gradients_of(outputs, xs, dummies, create_graph=True)
        back = filled(back, xs, strict, False, "back")
    if any(grad.requires_grad for grad in back):
        with enable_grad():
            grads = gradients_of(back, dummies, vectors, create_graph)
            products = filled(grads, outputs, strict, create_graph, "back_trick")
    else:
        products = tuple(T.zeros_like(output) for output in outputs)
    return (
        shaped(released(outputs, create_graph), is_outputs_tuple),
        shaped(released(products, create_graph), is_outputs_tuple),
    )


def _gradient_at(
    func: Callable[..., Any], inputs: Any, caller: str, create_graph: bool, strict: bool
) -> tuple[bool, Tensors, Tensors, Tensors]:
    """Return inputs, output and gradient of a function with one number as its value."""
    is_inputs_tuple, xs = as_tuple(inputs, "inputs", caller)
    xs = fresh(xs, create_graph)
    is_outputs_tuple, outputs = outputs_of(func, xs, caller, strict)
    if is_outputs_tuple:
        raise RuntimeError(f"The function given to {caller} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {caller} should contain a single element"
        )
    gradients = gradients_of(outputs, xs, None, create_graph=True)
    gradients = filled(gradients, xs, strict, False, "back")
    check_second_order(gradients, strict)
    return is_inputs_tuple, xs, outputs, gradients


def vhp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """Return ``func(*inputs)`` and the product of a vector with its Hessian.

    Parameters
    ----------
    func : callable
        Takes tensors, returns a tensor with one element.
    inputs : Tensor or tuple of Tensor
        Where to differentiate.
    v : Tensor or tuple of Tensor, optional
        The vector, shaped like `inputs`; not needed if that has one element.
    create_graph : bool, default: False
        Whether the results can be differentiated again.
    strict : bool, default: False
        Whether a gradient that does not depend on an input is an error.

    Returns
    -------
    func_output : Tensor
    vhp : Tensor or tuple of Tensor
        Shaped like `inputs`.
    """
    with enable_grad():
        is_inputs_tuple, xs = as_tuple(inputs, "inputs", "vhp")
        vectors = vector(v, xs, is_inputs_tuple, "vhp")
        _, xs, outputs, gradients = _gradient_at(func, inputs, "vhp", create_graph, strict)
        grads = gradients_of(gradients, xs, vectors, create_graph)
        products = filled(grads, xs, strict, create_graph, "double_back")
    return (
        released(outputs[0], create_graph),
        shaped(released(products, create_graph), is_inputs_tuple),
    )


def hvp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """Return ``func(*inputs)`` and the product of its Hessian with a vector.

    Parameters
    ----------
    func : callable
        Takes tensors, returns a tensor with one element.
    inputs : Tensor or tuple of Tensor
        Where to differentiate.
    v : Tensor or tuple of Tensor, optional
        The vector, shaped like `inputs`; not needed if that has one element.
    create_graph : bool, default: False
        Whether the results can be differentiated again.
    strict : bool, default: False
        Whether a gradient that does not depend on an input is an error.

    Returns
    -------
    func_output : Tensor
    hvp : Tensor or tuple of Tensor
        Shaped like `inputs`.

    Notes
    -----
    :func:`vhp` gives the same numbers, since a Hessian is symmetric, with one pass less.
    """
    with enable_grad():
        is_inputs_tuple, xs = as_tuple(inputs, "inputs", "hvp")
        vectors = vector(v, xs, is_inputs_tuple, "hvp")
        _, xs, outputs, gradients = _gradient_at(func, inputs, "hvp", create_graph, strict)
        dummies = tuple(T.zeros_like(x).requires_grad_() for x in xs)
        back = gradients_of(gradients, xs, dummies, create_graph=True)
        back = filled(back, xs, strict, False, "double_back")
        if any(grad.requires_grad for grad in back):
            grads = gradients_of(back, dummies, vectors, create_graph)
            products = filled(grads, xs, strict, create_graph, "double_back_trick")
        else:
            products = tuple(T.zeros_like(x) for x in xs)
    return (
        released(outputs[0], create_graph),
        shaped(released(products, create_graph), is_inputs_tuple),
    )
