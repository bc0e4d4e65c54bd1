"""Collect the programs, run one of them, and compare its text with what PyTorch printed."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import math
import pkgutil
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.behaviour import programs
from tests.behaviour.helpers import ERROR_MARK, WARNING_MARK

RECORDED = Path(__file__).parent / "recorded"

# Where both texts of an error hold the same one of these, the rest of the sentence may differ:
# users search for the phrase, and PyTorch rewords the sentence around it from version to version.
KEY_PHRASES = (
    "backward through the graph a second time",
    "can be implicitly created only for scalar outputs",
    "can be implicitly created only for real scalar outputs",
    "does not require grad and does not have a grad_fn",
    "a leaf Variable that requires grad is being used in an in-place operation",
    "a view of a leaf Variable",
    "modified by an inplace operation",
    "appears to not have been used in the graph",
    "Can't call numpy() on Tensor that requires grad",
    "Only Tensors of floating point and complex dtype can require gradients",
    "you can only change requires_grad flags of leaf variables",
    "Mismatch in shape: grad_output",
    "attempting to assign a gradient of size",
    "cannot register a hook on a tensor that doesn't require gradient",
    "can't retain_grad on Tensor",
    "returned an incorrect number of gradients",
    "The .grad attribute of a Tensor that is not a leaf",
    "will create a reference cycle",
    "is a view and is being modified inplace",
    "is a view and its base or another view of its base has been modified inplace",
    "Output 0 of",
    "returned NaN values in its",
    "returned an invalid gradient at index",
    "only one element tensors can be converted to Python scalars",
    "cannot be converted to Scalar",
    "Boolean value of Tensor with more than one value is ambiguous",
    "Boolean value of Tensor with no values is ambiguous",
    "result type Float can't be cast to the desired output type",
    "must match the size of tensor",
    "must match the existing size",
    "shapes cannot be multiplied",
    "is invalid for input of size",
    "Dimension out of range",
    "out of bounds for dimension",
    "too many indices for tensor of dimension",
    "Tensors must have same number of dimensions",
    "Sizes of tensors must match except in dimension",
    "is deprecated in favor of torch.linalg.",
    "deprecated since version 1.9 and is now removed",
    "unexpected keyword argument",
    "optimizer got an empty parameter list",
    "can't optimize a non-leaf Tensor",
    "Trying to backward through",
    "is marked with @once_differentiable",
    "not implemented for",
    "grad_tensors` and `grad_variables` (deprecated)",
    "invalid combination of arguments",
    "mark_dirty",
    "Legacy autograd function with non-static forward method is deprecated",
    "deepcopy protocol",
    "len() of a 0-d tensor",
    "iteration over a 0-d tensor",
    "can't assign a",
    "assigned grad has data of a different",
    "size of tensor",
    "Expected object of",
    "mat1 and mat2",
    "number of required gradients",
    "has no attribute '",
    "missing 1 required positional argument",
    "Can't detach views in-place",
    "A different number of tensors was saved during the original forward and recomputation",
    "trying to save more tensors during recomputation than during the original forward",
    "have different metadata than during the forward pass",
    "we interpret the first dimension of each grad_output as the batch dimension",
    "Backward is not reentrant, i.e., running backward with same input and grad_output",
    "Jacobian mismatch for output 0 with respect to input 0",
    "Jacobian computed with forward mode mismatch for output 0 with respect to input 1",
    "returned an incompatible (output, out_dims) tuple",
    "Expected the vmap staticmethod to have two returns",
    "While computing batched gradients, got: vmap: We do not yet support calling random operations",
    "return outputs with the same shape when inputs are perturbed",
    "return outputs with the same dtype when inputs are perturbed",
)

_ADDRESS = re.compile(r"0x[0-9a-f]+")
_NUMBER = re.compile(r"(-?\d+\.?\d*(?:e[+-]\d+)?)")


def modules() -> Iterator[ModuleType]:
    """Yield the program modules in the order of their names."""
    for info in sorted(pkgutil.iter_modules(programs.__path__), key=lambda item: item.name):
        yield importlib.import_module(f"{programs.__name__}.{info.name}")


def functions(module: ModuleType) -> dict[str, Callable[[Any], None]]:
    """Return the programs of one module, in the order in which they are written."""
    return {
        name: member
        for name, member in vars(module).items()
        if inspect.isfunction(member)
        and member.__module__ == module.__name__
        and not name.startswith("_")
    }


def run(program: Callable[[Any], None], torch: Any) -> str:
    """Run one program under `torch` and return what it printed, free of addresses."""
    out = io.StringIO()
    torch.manual_seed(0)
    # Some warnings PyTorch gives once in a process: which program met them first must not matter.
    if hasattr(torch, "set_warn_always"):
        torch.set_warn_always(True)
    with warnings.catch_warnings(), contextlib.redirect_stdout(out):
        warnings.simplefilter("ignore")
        try:
            program(torch)
        except Exception as error:
            print(f"uncaught {type(error).__name__}: {error}")
        finally:
            torch.set_default_dtype(torch.float32)
            torch.set_grad_enabled(True)
            torch.set_printoptions(profile="default")
    return _ADDRESS.sub("0x", out.getvalue())


def same(ours: str, theirs: str) -> bool:
    """Compare two texts line by line; of an error line, the class and the key phrase."""
    left, right = ours.splitlines(), theirs.splitlines()
    return len(left) == len(right) and all(map(_same_line, left, right))


def same_but_rounding(text: str, other: str) -> bool:
    """Compare what one program printed on two processors: their last digits may differ."""
    parts, others = _NUMBER.split(text), _NUMBER.split(other)
    # Numbers stand at the odd places; a sign more or less moves the spaces before them.
    words = ["".join(part.split()) for part in parts[::2]]
    if words != ["".join(part.split()) for part in others[::2]]:
        return False
    pairs = zip(map(float, parts[1::2]), map(float, others[1::2]), strict=True)
    return all(math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-6) for a, b in pairs)


def _same_line(ours: str, theirs: str) -> bool:
    if ours == theirs:
        return True
    if not theirs.startswith((ERROR_MARK, WARNING_MARK)):
        return False
    if ours.split(":")[0] != theirs.split(":")[0]:
        return False
    return any(phrase in theirs and phrase in ours for phrase in KEY_PHRASES)
