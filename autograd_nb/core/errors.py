"""Messages of the engine, each written once: PyTorch's key phrase, and our explanation.

The exception's text stays PyTorch's, because people search for it; what we know beyond it
(which tensor, which cell and line) is attached as a note (PEP 678) and printed below it.
"""

from __future__ import annotations

import linecache
import re
from itertools import combinations
from typing import Any


class LinAlgError(RuntimeError):
    """A matrix for which a decomposition or solution does not exist: `torch.linalg.LinAlgError`."""


LinAlgError.__name__ = LinAlgError.__qualname__ = "_LinAlgError"  # as PyTorch's class is called

SECOND_BACKWARD = (
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed). Saved intermediate values of the graph are freed when you "
    "call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
    "through the graph a second time or if you need to access saved tensors after calling "
    "backward."
)
IMPLICIT_GRAD = "grad can be implicitly created only for scalar outputs"
LEAF_INPLACE = "a leaf Variable that requires grad is being used in an in-place operation."
LEAF_VIEW_INPLACE = (
    "a view of a leaf Variable that requires grad is being used in an in-place operation."
)
ONLY_FLOATS = "Only Tensors of floating point and complex dtype can require gradients"
CHANGE_LEAF_ONLY = (
    "you can only change requires_grad flags of leaf variables."
    " If you want to use a computed variable in a subgraph that doesn't require differentiation "
    "use var_no_grad = var.detach()."
)
NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
    "attribute won't be populated during autograd.backward(). If you indeed want the .grad field "
    "to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you "
    "access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See "
    "github.com/pytorch/pytorch/pull/30531 for more information."
)
NUMPY_ON_GRAD = (
    "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
)
OPERAND_OVERLAP = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to "
    "a single memory location. Please clone() the tensor before performing the operation."
)
OVERLAP = (
    "unsupported operation: more than one element of the written-to tensor refers to a single "
    "memory location. Please clone() the tensor before performing the operation."
)
SCALAR_OF_GRAD = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
    "Consider using tensor.detach() first."
)
INFERENCE_SAVED = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in "
    "inference mode in computation tracked by autograd. To work around this, you can make a clone "
    "to get a normal tensor and use it in autograd, or use `torch.no_grad()` instead of "
    "`torch.inference_mode()`."
)
INFERENCE_INPLACE = (
    "Inplace update to inference tensor outside InferenceMode is not allowed."
    "You can make a clone to get a normal tensor before doing inplace update."
    "See https://github.com/pytorch/rfcs/pull/17 for more details."
)
CREATE_GRAPH_CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter "
    "and its gradient which can cause a memory leak. We recommend using autograd.grad when "
    "creating the graph to avoid this. If you have to use this function, make sure to reset the "
    ".grad fields of your parameters to None after use to break the cycle and avoid the leak."
)
# Why a view of some origin must not be changed in place; see `view_in_place`.
VIEW_REASONS = {
    "no_grad": (
        "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify "
        "your code by moving both the view and the inplace either both inside the no_grad block "
        "(if you don't want the inplace to be tracked) or both outside (if you want the inplace "
        "to be tracked)."
    ),
    "inference": (
        "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify "
        "your code by moving both the view and the inplace either both inside the inference_mode "
        "block (if you don't want the inplace to be tracked) or both outside (if you want the "
        "inplace to be tracked)."
    ),
    "multi_output": (
        "This view is the output of a function that returns multiple views. Such functions do not "
        "allow the output views to be modified inplace. You should replace the inplace operation "
        "by an out-of-place one."
    ),
    "custom": (
        "This view was created inside a custom Function (or because an input was returned as-is) "
        "and the autograd logic to handle view+inplace would override the custom backward "
        "associated with the custom Function, leading to incorrect gradients. This behavior is "
        "forbidden. You can fix this by cloning the output of the custom Function."
    ),
}


def operation(node: str) -> str:
    """Return `Exp` for ExpBackward0 and `Sum1` for SumBackward1, as PyTorch's messages do."""
    return _SUFFIX.sub("", node)


_SUFFIX = re.compile(r"Backward0?$|Backward(?=\d+$)")


def no_grad_path(index: int) -> str:
    """Say that a root has no graph."""
    return f"element {index} of tensors does not require grad and does not have a grad_fn"


def unused(index: int) -> str:
    """Say that an input was not reached."""
    return (
        f"The differentiated Tensor at index {index} appears to not have been used in the graph. "
        "Set allow_unused=True if this is the desired behavior."
    )


def modified_in_place(
    tensor_type: str, shape: Any, producer: str, now: int, then: int, traced: bool
) -> str:
    """Say that a saved tensor changed after it was saved; `traced` in anomaly mode."""
    hint = (
        "the backtrace further above shows the operation that failed to compute its gradient. The "
        "variable in question was changed in there or anywhere later. Good luck!"
        if traced
        else "enable anomaly detection to find the operation that failed to compute its gradient, "
        "with torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )
    return (
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [torch.{tensor_type} {list(shape)}]{producer} is at version {now}; expected "
        f"version {then} instead. Hint: {hint}"
    )


def view_in_place(creation: str, output_nr: int, producer: str | None, indirect: bool) -> str:
    """Say that a view must not be changed in place.

    Parameters
    ----------
    creation : str
        How the view was made, a key of `VIEW_REASONS`.
    output_nr : int
        Which output of its grad_fn it is.
    producer : str or None
        The operation of its grad_fn; None if the view has no history.
    indirect : bool
        Whether its base was changed rather than the view itself.
    """
    changed = "its base or another view of its base has been" if indirect else "is being"
    output = f"Output {output_nr} of {producer} is a view"
    made = "A view was" if producer is None else f"{output} of a view which was"
    if creation == "inference":
        head = f"{made} created in inference mode and {changed} modified inplace in normal mode."
    elif creation != "no_grad" and producer is not None:
        head = f"{output} and {changed} modified inplace."
    else:
        head = (
            f"{made} created in no_grad mode and {changed} modified inplace with grad mode enabled."
        )
    return f"{head} {VIEW_REASONS[creation]}"


def broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> str | None:
    """Describe why two shapes do not broadcast, or return None if they do."""
    for back in range(1, min(len(a), len(b)) + 1):
        if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
            dim = max(len(a), len(b)) - back
            return (
                f"The size of tensor a ({a[-back]}) must match the size of tensor b ({b[-back]}) "
                f"at non-singleton dimension {dim}"
            )
    return None


def of_broadcast(message: str) -> str | None:
    """Return PyTorch's reason for what NumPy says of shapes; None if it says something else."""
    if "broadcast" not in message:
        return None
    shapes = [tuple(map(int, _SIZE.findall(part))) for part in _SHAPE.findall(message)]
    reasons = (broadcast(a, b) for a, b in combinations(shapes, 2))
    return next(filter(None, reasons), None)


_SHAPE, _SIZE = re.compile(r"\([\d, ]*\)"), re.compile(r"\d+")


def describe_origin(origin: tuple[Any, int] | None) -> str | None:
    """Say where a node was made: ``In[3], line 2: `y = x * w` ``.

    Parameters
    ----------
    origin : (code object, offset of the last instruction) or None
    """
    if origin is None:
        return None
    code, lasti = origin
    positions = list(code.co_positions())
    line = positions[lasti // 2][0] if lasti // 2 < len(positions) else None
    if line is None:
        line = code.co_firstlineno
    text = linecache.getline(code.co_filename, line).strip()
    label = cell_label(code.co_filename)
    return f"{label}, line {line}" + (f": `{text}`" if text else "")


# Who knows the names of notebook cells installs itself here (the IPython extension does).
cell_namer: Any = None


def cell_label(filename: str) -> str:
    """Return ``In[3]`` for a cell's pseudo-file where that is known, else the file's name."""
    if cell_namer is not None:
        named = cell_namer(filename)
        if named:
            return str(named)
    if re.search(r"ipykernel_\d+|<ipython-input-", filename):
        return "a notebook cell"
    return filename


# -- inside torch.func ----------------------------------------------------------------------------
_TRANSFORMS = (
    "inside of a function being transformed by a functorch transform. This is unsupported, please "
    "attempt to use the functorch transforms (e.g. grad, vjp, jacrev, jacfwd, hessian) or call "
    "{}() outside of a function being transformed instead."
)
REQUIRES_GRAD_IN_TRANSFORM = (
    "You are attempting to call Tensor.requires_grad_() (or perhaps using "
    "torch.autograd.functional.* APIs) " + _TRANSFORMS.format("requires_grad_")
)
RETAIN_GRAD_IN_TRANSFORM = "You are attempting to call Tensor.retain_grad() " + _TRANSFORMS.format(
    "retain_grad"
)
BACKWARD_IN_TRANSFORM = (
    "backward() called inside a functorch transform. This is not supported, please use "
    "functorch.grad or functorch.vjp instead or call backward() outside of functorch transforms."
)
DETACHED_IN_PLACE = (
    "Trying to use a saved tensor that has been detached in-place, i.e. with .detach_().This is "
    "not supported, please use out-of-place `.detach()` instead"
)
MUTATES_CAPTURED = (
    "During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call "
    "in-place operation (aten::{}) that would mutate a captured Tensor. This is not supported; "
    "please rewrite the function being transformed to explicitly accept the mutated Tensor(s) as "
    "inputs."
)
HOOKS_IN_TRANSFORM = (
    "torch.func.{grad, vjp, jacrev, hessian} don't yet support saved tensor hooks. Please open an "
    "issue with your use case."
)
