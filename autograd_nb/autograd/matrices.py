"""The Jacobian and the Hessian of a function of tensors."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from autograd_nb.core.batch import silently
from autograd_nb.core.batch_pass import is_plain
from autograd_nb.core.engine import grad as _engine_grad
from autograd_nb.core.modes import enable_grad, is_grad_enabled
from autograd_nb.ops.namespaces import T

from .functional_tools import (
    OUTPUTS,
    Tensors,
    as_tuple,
    check_outputs,
    check_second_order,
    fresh,
    gradients_of,
    outputs_of,
    released,
    shaped,
)

__all__ = ["hessian", "jacobian"]

_STRATEGIES = ("forward-mode", "reverse-mode")
_UNKNOWN_STRATEGY = 'Expected strategy to be either "forward-mode" or "reverse-mode".'


_NAME = "torch.autograd.functional.jacobian"


def _check_forward(vectorize: bool, strict: bool, create_graph: bool) -> None:
    """Complain about what does not go together with forward mode."""
    if create_graph:
        raise NotImplementedError(
            f'{_NAME}: `create_graph=True` and `strategy="forward-mode"` are not supported '
            'together (yet). Please either set `create_graph=False` or `strategy="reverse-mode"`.'
        )
    if strict:
        raise RuntimeError(
            f'{_NAME}: `strict=True` and `strategy="forward-mode"` are not supported together '
            '(yet). Please either set `strict=False` or `strategy="reverse-mode"`.'
        )
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is"
            "only implemented for `vectorize=True`."
        )


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Return the Jacobian of a function.

    Parameters
    ----------
    func : callable
        Takes tensors, returns a tensor or a tuple of tensors.
    inputs : Tensor or tuple of Tensor
        Where to differentiate.
    create_graph : bool, default: False
        Whether the result can be differentiated again.
    strict : bool, default: False
        Whether an output that does not depend on an input is an error.
    vectorize : bool, default: False
        Compute all rows in one batched pass, custom functions and hooks included.
    strategy : {"reverse-mode", "forward-mode"}, default: "reverse-mode"
        Rows or columns; "forward-mode" needs `vectorize`, and takes no `create_graph`.

    Returns
    -------
    Tensor or tuple of Tensor or tuple of tuple of Tensor
        Of shape ``output.shape + input.shape``, for each output and each input.
    """
    if strategy not in _STRATEGIES:
        raise AssertionError(
            f"{_UNKNOWN_STRATEGY} Hint: If your function has more outputs than inputs, "
            '"forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        _check_forward(vectorize, strict, create_graph)
        return _jacobian_by_columns(func, inputs)
    with enable_grad():
        is_inputs_tuple, xs = as_tuple(inputs, "inputs", "jacobian")
        xs = fresh(xs, create_graph)
        is_outputs_tuple, outputs = outputs_of(func, xs, "jacobian", strict)
        if strict and vectorize:
            raise RuntimeError(
                f"{_NAME}: `strict=True` and `vectorized=True` are not supported together. Please "
                "either set `strict=False` or `vectorize=False`."
            )
        blocks = tuple(
            _rows(output, i, xs, create_graph, strict, vectorize)
            for i, output in enumerate(outputs)
        )
    blocks = released(blocks, create_graph)
    return shaped(tuple(shaped(block, is_inputs_tuple) for block in blocks), is_outputs_tuple)


FEW = 8  # rows up to which a pass for each costs less than one for all


def _rows_at_once(output: Any, inputs: Tensors, create_graph: bool, tells: bool) -> Tensors:
    """Return the Jacobian of one output with respect to each input by one batched pass."""
    count = output.numel()
    shapes = [output.size() + x.size() for x in inputs]
    if not count:
        return tuple(output.new_zeros(shape) for shape in shapes)
    seeds = T.eye(count, dtype=output.dtype).reshape((count, *output.size()))
    with nullcontext() if tells else silently():
        grads = _engine_grad(
            output,
            inputs,
            seeds,
            retain_graph=True,
            create_graph=create_graph,
            allow_unused=True,
            is_grads_batched=True,
        )
    return tuple(
        output.new_zeros(shape) if grad is None else grad.reshape(shape)
        for grad, shape in zip(grads, shapes, strict=True)
    )


def _rows(
    output: Any, i: int, inputs: Tensors, create_graph: bool, strict: bool, vectorize: bool
) -> Tensors:
    """Return the Jacobian of one output with respect to each input, row by row."""
    count = output.numel()
    if not strict and output.requires_grad and (vectorize or (count > FEW and is_plain(output))):
        return _rows_at_once(output, inputs, create_graph, vectorize)
    if output.is_complex() and output.requires_grad:
        raise RuntimeError(
            f"grad can be implicitly created only for real scalar outputs but got {output.dtype}"
        )
    columns: list[list[Any]] = [[] for _ in inputs]
    for j in range(count):
        seed = T.zeros_like(output).reshape(-1)
        seed[j] = 1
        grads = gradients_of(
            (output,), inputs, (seed.reshape(output.shape),), create_graph, retain_graph=True
        )
        for k, (grad, like) in enumerate(zip(grads, inputs, strict=True)):
            if grad is None and strict:
                raise RuntimeError(
                    f"Output {i} of the user-provided function is independent of input {k}. This "
                    "is not allowed in strict mode."
                )
            if strict and create_graph and not grad.requires_grad:
                # PyTorch names the output's number here.
                raise RuntimeError(
                    "The jacobian of the user-provided function is independent of input "
                    f"{i}. This is not allowed in strict mode when create_graph=True."
                )
            columns[k].append(T.zeros_like(like) if grad is None else grad)
    return tuple(
        T.stack(column, 0).view(output.size() + like.size())  # as in PyTorch, of one at least
        for column, like in zip(columns, inputs, strict=True)
    )


def _jacobian_by_columns(func: Callable[..., Any], inputs: Any) -> Any:
    is_inputs_tuple, xs = as_tuple(inputs, "inputs", "jacobian")
    # As derivatives of forward mode, the columns belong to the caller's graph.
    recorded = is_grad_enabled() and any(x.requires_grad for x in xs)
    with enable_grad():
        xs = fresh(xs, recorded)
        is_outputs_tuple, outputs = outputs_of(func, xs, "jacobian", False)
        dummies = tuple(T.zeros_like(output).requires_grad_() for output in outputs)
        back = gradients_of(outputs, xs, dummies, create_graph=True)
    columns = [
        _columns(grad, x, outputs, dummies, recorded) for grad, x in zip(back, xs, strict=True)
    ]
    blocks = tuple(list(row) if is_inputs_tuple else row[0] for row in zip(*columns, strict=True))
    if not is_outputs_tuple:
        return blocks[0]
    return list(blocks) if is_inputs_tuple else blocks


def _columns(grad: Any, x: Any, outputs: Tensors, dummies: Tensors, recorded: bool) -> Tensors:
    """Return the Jacobian of each output with respect to one input, all columns in one pass.

    `grad` is the input's gradient, linear in `dummies`; see Note [Forward products by two
    backward passes].
    """
    found: Tensors = (None,) * len(outputs)
    if grad is not None and grad.requires_grad and x.numel():
        seeds = T.eye(x.numel(), dtype=x.dtype).reshape((x.numel(), *x.size()))
        found = _engine_grad(
            grad,
            dummies,
            seeds,
            retain_graph=True,
            create_graph=recorded,
            allow_unused=True,
            is_grads_batched=True,
        )
    return tuple(
        output.new_zeros(output.size() + x.size())
        if column is None
        else column.movedim(0, -1).reshape(output.size() + x.size())
        for column, output in zip(found, outputs, strict=True)
    )


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Return the Hessian of a function with one number as its value.

    Parameters
    ----------
    func : callable
        Takes tensors, returns a tensor with one element.
    inputs : Tensor or tuple of Tensor
        Where to differentiate.
    create_graph : bool, default: False
        Whether the result can be differentiated again.
    strict : bool, default: False
        Whether a gradient that does not depend on an input is an error.
    vectorize : bool, default: False
        Compute all rows in one batched pass, custom functions and hooks included.
    outer_jacobian_strategy : {"reverse-mode", "forward-mode"}, default: "reverse-mode"
        How the second derivative is taken.

    Returns
    -------
    Tensor or tuple of tuple of Tensor
        Of shape ``input_i.shape + input_j.shape``, for each pair of inputs.
    """
    is_inputs_tuple, xs = as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in _STRATEGIES:
        raise AssertionError(_UNKNOWN_STRATEGY)

    def scalar(*args: Any) -> Any:
        value = func(*args)
        is_tuple, values = as_tuple(value, OUTPUTS, "hessian")
        if strict:
            check_outputs(values)
        if is_tuple:
            raise RuntimeError("The function given to hessian should return a single Tensor")
        if values[0].numel() != 1:
            raise RuntimeError(
                "The Tensor returned by the function given to hessian should contain a single "
                "element"
            )
        return values[0].squeeze()

    def gradient(*args: Any) -> Any:
        if outer_jacobian_strategy == "forward-mode":
            args = tuple(x.requires_grad_() if x.is_leaf else x for x in args)
        jac = jacobian(scalar, args, create_graph=True)
        check_second_order(jac, strict)
        return jac

    blocks = jacobian(
        gradient,
        xs,
        create_graph=create_graph,
        strict=strict,
        vectorize=vectorize,
        strategy=outer_jacobian_strategy,
    )
    if outer_jacobian_strategy == "forward-mode":
        return blocks if is_inputs_tuple else blocks[0][0]
    return shaped(tuple(shaped(row, is_inputs_tuple) for row in blocks), is_inputs_tuple)
