"""Products with Jacobians and Hessians, and these matrices themselves, of a function of tensors.

Note [Forward products by two backward passes]
    ``J v`` is found without forward mode: the gradient ``J^T u`` is linear in a dummy ``u``, and
    its own vector-Jacobian product with ``v`` is ``J v``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from autograd_nb.core.batch import leaf_of, silently
from autograd_nb.core.batch_pass import is_plain
from autograd_nb.core.engine import grad as _engine_grad
from autograd_nb.core.modes import enable_grad, is_grad_enabled, set_grad_enabled
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Tensors = tuple[Any, ...]
_OUTPUTS = "outputs of the user-provided function"
_ONE_ELEMENT_OUTPUT = (
    "The vector v can only be None if the user-provided function returns a single Tensor with a "
    "single element."
)
_ONE_ELEMENT_INPUT = (
    "The vector v can only be None if the input to the user-provided function is a single Tensor "
    "with a single element."
)


# -- arguments ------------------------------------------------------------------------------------
def _as_tuple(value: Any, what: str, caller: str) -> tuple[bool, Tensors]:
    """Return whether `value` was a tuple, and the tuple; complain about other types."""
    is_tuple = isinstance(value, tuple)
    values = value if is_tuple else (value,)
    for i, element in enumerate(values):
        if isinstance(element, Tensor):
            continue
        which = f"the value at index {i}" if is_tuple else f"the given {what}"
        raise TypeError(
            f"The {what} given to {caller} must be either a Tensor or a tuple of Tensors but "
            f"{which} has type {type(element)}."
        )
    return is_tuple, values


def _fresh(inputs: Tensors, create_graph: bool) -> Tensors:
    """Return inputs to differentiate with respect to, connected to the caller's if it matters."""
    if create_graph:
        # A view is a new node: gradients stop at it, and the caller's graph goes on behind it.
        return tuple(x.view_as(x) if x.requires_grad else leaf_of(x) for x in inputs)
    return tuple(leaf_of(x) for x in inputs)


def _released(values: Any, create_graph: bool) -> Any:
    """Return results without history, unless the caller wants to differentiate them."""
    if create_graph:
        return values
    if isinstance(values, tuple):
        return tuple(_released(value, False) for value in values)
    return values.detach() if isinstance(values, Tensor) else values


def _shaped(values: Tensors, as_tuple: bool) -> Any:
    return values if as_tuple else values[0]


def _check_vector(v: Tensors, other: Tensors, is_other_tuple: bool) -> None:
    if len(v) != len(other):
        if is_other_tuple:
            raise RuntimeError(
                f"v is a tuple of invalid length: should be {len(other)} but got {len(v)}."
            )
        raise RuntimeError("The given v should contain a single Tensor.")
    for i, (vector, like) in enumerate(zip(v, other, strict=True)):
        if vector.size() != like.size():
            prepend = f"Entry {i} in " if is_other_tuple else ""
            raise RuntimeError(
                f"{prepend}v has invalid size: should be {like.size()} but got {vector.size()}."
            )


def _vector(
    v: Any, other: Tensors, is_other_tuple: bool, caller: str, complaint: str = _ONE_ELEMENT_INPUT
) -> Tensors:
    """Return `v` as a checked tuple; a missing one is 1 where there is a single element."""
    if v is None:
        if len(other) != 1 or other[0].numel() != 1:
            raise RuntimeError(complaint)
        return (T.ones_like(other[0]),)
    _, vectors = _as_tuple(v, "v", caller)
    vectors = tuple(x.detach() if not x.requires_grad else x.view_as(x) for x in vectors)
    _check_vector(vectors, other, is_other_tuple)
    return vectors


def _check_outputs(outputs: Tensors) -> None:
    for i, output in enumerate(outputs):
        if not output.requires_grad:
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. The "
                "outputs must be computed in a differentiable manner from the input when running "
                "in strict mode."
            )


# -- gradients ------------------------------------------------------------------------------------
def _grads(
    outputs: Tensors,
    inputs: Tensors,
    vectors: Tensors | None,
    create_graph: bool = False,
    retain_graph: bool | None = None,
) -> Tensors:
    """Return gradients, None where there is no path; outputs without graph are left out."""
    if vectors is None:
        vectors = (None,) * len(outputs)
    pairs = [
        (output, vector)
        for output, vector in zip(outputs, vectors, strict=True)
        if output is not None and output.requires_grad
    ]
    if not pairs:
        return (None,) * len(inputs)
    roots, seeds = zip(*pairs, strict=True)
    return _engine_grad(
        roots,
        inputs,
        seeds,
        retain_graph=retain_graph,
        create_graph=create_graph,
        allow_unused=True,
    )


def _filled(
    grads: Tensors,
    like: Tensors,
    strict: bool,
    create_graph: bool,
    stage: str,
) -> Tensors:
    """Put zeros where a gradient is missing, or complain in strict mode."""
    filled = []
    for i, (grad, other) in enumerate(zip(grads, like, strict=True)):
        if grad is None:
            if strict:
                raise RuntimeError(_MISSING[stage].format(i))
            grad = T.zeros_like(other)
        elif strict and create_graph and not grad.requires_grad:
            kind = "jacobian" if "double" not in stage else "hessian"
            raise RuntimeError(
                f"The {kind} of the user-provided function is independent of input {i}. This is "
                "not allowed in strict mode when create_graph=True."
            )
        filled.append(grad)
    return tuple(filled)


_MISSING = {
    "back": (
        "The output of the user-provided function is independent of input {}. This is not allowed "
        "in strict mode."
    ),
    "back_trick": (
        "The gradient with respect to the input is independent of entry {} in the grad_outputs "
        "when using the double backward trick to compute forward mode gradients. This is not "
        "allowed in strict mode."
    ),
    "double_back": (
        "The jacobian of the user-provided function is independent of input {}. This is not "
        "allowed in strict mode."
    ),
    "double_back_trick": (
        "The hessian of the user-provided function is independent of entry {} in the "
        "grad_jacobian. This is not allowed in strict mode as it prevents from using the double "
        "backward trick to replace forward mode AD."
    ),
}


def _call(
    func: Callable[..., Any], inputs: Tensors, caller: str, strict: bool
) -> tuple[bool, Tensors]:
    is_tuple, outputs = _as_tuple(func(*inputs), _OUTPUTS, caller)
    if strict:
        _check_outputs(outputs)
    return is_tuple, outputs


# -- the public functions -------------------------------------------------------------------------
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
        is_inputs_tuple, xs = _as_tuple(inputs, "inputs", "vjp")
        xs = _fresh(xs, create_graph)
        is_outputs_tuple, outputs = _call(func, xs, "vjp", strict)
        vectors = _vector(v, outputs, is_outputs_tuple, "vjp", _ONE_ELEMENT_OUTPUT)
    recording = create_graph or is_grad_enabled()
    with set_grad_enabled(recording):
        grads = _grads(outputs, xs, vectors, create_graph)
        products = _filled(grads, xs, strict, create_graph, "back")
    return (
        _shaped(_released(outputs, create_graph), is_outputs_tuple),
        _shaped(_released(products, create_graph), is_inputs_tuple),
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
        is_inputs_tuple, xs = _as_tuple(inputs, "inputs", "jvp")
        xs = _fresh(xs, create_graph)
        vectors = _vector(v, xs, is_inputs_tuple, "jvp")
        is_outputs_tuple, outputs = _call(func, xs, "jvp", strict)
        dummies = tuple(T.zeros_like(output).requires_grad_() for output in outputs)
        back = _grads(outputs, xs, dummies, create_graph=True)
        back = _filled(back, xs, strict, False, "back")
    if any(grad.requires_grad for grad in back):
        with enable_grad():
            grads = _grads(back, dummies, vectors, create_graph)
            products = _filled(grads, outputs, strict, create_graph, "back_trick")
    else:
        products = tuple(T.zeros_like(output) for output in outputs)
    return (
        _shaped(_released(outputs, create_graph), is_outputs_tuple),
        _shaped(_released(products, create_graph), is_outputs_tuple),
    )


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
        is_inputs_tuple, xs = _as_tuple(inputs, "inputs", "jacobian")
        xs = _fresh(xs, create_graph)
        is_outputs_tuple, outputs = _call(func, xs, "jacobian", strict)
        if strict and vectorize:
            raise RuntimeError(
                f"{_NAME}: `strict=True` and `vectorized=True` are not supported together. Please "
                "either set `strict=False` or `vectorize=False`."
            )
        blocks = tuple(
            _rows(output, i, xs, create_graph, strict, vectorize)
            for i, output in enumerate(outputs)
        )
    blocks = _released(blocks, create_graph)
    return _shaped(tuple(_shaped(block, is_inputs_tuple) for block in blocks), is_outputs_tuple)


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
        grads = _grads(
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
        T.stack(column, 0).view(output.size() + like.size())
        if count
        else output.new_zeros(output.size() + like.size())
        for column, like in zip(columns, inputs, strict=True)
    )


def _jacobian_by_columns(func: Callable[..., Any], inputs: Any) -> Any:
    is_inputs_tuple, xs = _as_tuple(inputs, "inputs", "jacobian")
    # As derivatives of forward mode, the columns belong to the caller's graph.
    recorded = is_grad_enabled() and any(x.requires_grad for x in xs)
    with enable_grad():
        xs = _fresh(xs, recorded)
        is_outputs_tuple, outputs = _call(func, xs, "jacobian", False)
        dummies = tuple(T.zeros_like(output).requires_grad_() for output in outputs)
        back = _grads(outputs, xs, dummies, create_graph=True)
    columns = [
        _columns(grad, x, outputs, dummies, recorded) for grad, x in zip(back, xs, strict=True)
    ]
    blocks = tuple(list(row) if is_inputs_tuple else row[0] for row in zip(*columns, strict=True))
    return list(blocks) if is_outputs_tuple else blocks[0]


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
    is_inputs_tuple, xs = _as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in _STRATEGIES:
        raise AssertionError(_UNKNOWN_STRATEGY)

    def scalar(*args: Any) -> Any:
        value = func(*args)
        is_tuple, values = _as_tuple(value, _OUTPUTS, "hessian")
        if strict:
            _check_outputs(values)
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
        _check_second_order(jac, strict)
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
    return _shaped(tuple(_shaped(row, is_inputs_tuple) for row in blocks), is_inputs_tuple)


def _check_second_order(gradients: Tensors, strict: bool) -> None:
    if not strict:
        return
    for i, gradient in enumerate(gradients):
        if not gradient.requires_grad:
            raise RuntimeError(
                "While computing the hessian, found that the jacobian of the user-provided "
                f"function with respect to input {i} is independent of the input. This is not "
                "allowed in strict mode. You should ensure that your function is twice "
                "differentiable and that the jacobian depends on the inputs (this would be "
                "violated by a linear function for example)."
            )


def _gradient_at(
    func: Callable[..., Any], inputs: Any, caller: str, create_graph: bool, strict: bool
) -> tuple[bool, Tensors, Tensors, Tensors]:
    """Return inputs, output and gradient of a function with one number as its value."""
    is_inputs_tuple, xs = _as_tuple(inputs, "inputs", caller)
    xs = _fresh(xs, create_graph)
    is_outputs_tuple, outputs = _call(func, xs, caller, strict)
    if is_outputs_tuple or not isinstance(outputs[0], Tensor):
        raise RuntimeError(f"The function given to {caller} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {caller} should contain a single element"
        )
    gradients = _grads(outputs, xs, None, create_graph=True)
    gradients = _filled(gradients, xs, strict, False, "back")
    _check_second_order(gradients, strict)
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
        is_inputs_tuple, xs = _as_tuple(inputs, "inputs", "vhp")
        vectors = _vector(v, xs, is_inputs_tuple, "vhp")
        _, xs, outputs, gradients = _gradient_at(func, inputs, "vhp", create_graph, strict)
        grads = _grads(gradients, xs, vectors, create_graph)
        products = _filled(grads, xs, strict, create_graph, "double_back")
    return (
        _released(outputs[0], create_graph),
        _shaped(_released(products, create_graph), is_inputs_tuple),
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
        is_inputs_tuple, xs = _as_tuple(inputs, "inputs", "hvp")
        vectors = _vector(v, xs, is_inputs_tuple, "hvp")
        _, xs, outputs, gradients = _gradient_at(func, inputs, "hvp", create_graph, strict)
        dummies = tuple(T.zeros_like(x).requires_grad_() for x in xs)
        back = _grads(gradients, xs, dummies, create_graph=True)
        back = _filled(back, xs, strict, False, "double_back")
        if any(grad.requires_grad for grad in back):
            grads = _grads(back, dummies, vectors, create_graph)
            products = _filled(grads, xs, strict, create_graph, "double_back_trick")
        else:
            products = tuple(T.zeros_like(x) for x in xs)
    return (
        _released(outputs[0], create_graph),
        _shaped(_released(products, create_graph), is_inputs_tuple),
    )
