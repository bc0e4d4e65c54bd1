"""What the functions of `torch.autograd.functional` share: arguments, complaints, gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nb.core import errors
from autograd_nb.core.batch import leaf_of
from autograd_nb.core.engine import grad as _engine_grad
from autograd_nb.core.modes import refuse_in_transform
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

Tensors = tuple[Any, ...]
OUTPUTS = "outputs of the user-provided function"
ONE_ELEMENT_OUTPUT = (
    "The vector v can only be None if the user-provided function returns a single Tensor with a "
    "single element."
)
ONE_ELEMENT_INPUT = (
    "The vector v can only be None if the input to the user-provided function is a single Tensor "
    "with a single element."
)


def as_tuple(value: Any, what: str, caller: str) -> tuple[bool, Tensors]:
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


def fresh(inputs: Tensors, create_graph: bool) -> Tensors:
    """Return inputs to differentiate with respect to, connected to the caller's if it matters."""
    if create_graph:
        # A view is a new node: gradients stop at it, and the caller's graph goes on behind it.
        return tuple(x.view_as(x) if x.requires_grad else leaf_of(x) for x in inputs)
    refuse_in_transform(errors.REQUIRES_GRAD_IN_TRANSFORM)
    return tuple(leaf_of(x) for x in inputs)


def released(values: Any, create_graph: bool) -> Any:
    """Return results without history, unless the caller wants to differentiate them."""
    if create_graph:
        return values
    if isinstance(values, tuple):
        return tuple(released(value, False) for value in values)
    return values.detach() if isinstance(values, Tensor) else values


def shaped(values: Tensors, as_tuple: bool) -> Any:
    """Return a tuple, or its one element if the caller gave no tuple."""
    return values if as_tuple else values[0]


def check_vector(v: Tensors, other: Tensors, is_other_tuple: bool) -> None:
    """Complain about vectors that do not fit what they are multiplied with."""
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


def vector(
    v: Any, other: Tensors, is_other_tuple: bool, caller: str, complaint: str = ONE_ELEMENT_INPUT
) -> Tensors:
    """Return `v` as a checked tuple; a missing one is 1 where there is a single element."""
    if v is None:
        if len(other) != 1 or other[0].numel() != 1:
            raise RuntimeError(complaint)
        return (T.ones_like(other[0]),)
    _, vectors = as_tuple(v, "v", caller)
    vectors = tuple(x.detach() if not x.requires_grad else x.view_as(x) for x in vectors)
    check_vector(vectors, other, is_other_tuple)
    return vectors


def check_outputs(outputs: Tensors) -> None:
    """Complain about an output without history: strict mode."""
    for i, output in enumerate(outputs):
        if not output.requires_grad:
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. The "
                "outputs must be computed in a differentiable manner from the input when running "
                "in strict mode."
            )


# -- gradients ------------------------------------------------------------------------------------
def gradients_of(
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


def filled(
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
                raise RuntimeError(MISSING[stage].format(i))
            grad = T.zeros_like(other)
        elif strict and create_graph and not grad.requires_grad:
            kind = "jacobian" if "double" not in stage else "hessian"
            raise RuntimeError(
                f"The {kind} of the user-provided function is independent of input {i}. This is "
                "not allowed in strict mode when create_graph=True."
            )
        filled.append(grad)
    return tuple(filled)


MISSING = {
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


def outputs_of(
    func: Callable[..., Any], inputs: Tensors, caller: str, strict: bool
) -> tuple[bool, Tensors]:
    """Call the function; return whether it gave a tuple, and its outputs."""
    is_tuple, outputs = as_tuple(func(*inputs), OUTPUTS, caller)
    if strict:
        check_outputs(outputs)
    return is_tuple, outputs


def check_second_order(gradients: Tensors, strict: bool) -> None:
    """Complain about a gradient that does not depend on the inputs: strict mode."""
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
