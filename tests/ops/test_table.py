"""Every record of the table, on every one of its samples, against PyTorch.

Per sample: the value, dtype and shape; the node's name; first- and second-order gradients; the
raw formula against the traced one; the in-place form and the methods against the function.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest

import autograd_nb as ours
from autograd_nb.core import dtypes
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import namespaces
from autograd_nb.ops.registry import (
    ERROR_SAMPLES,
    FUNCTIONS,
    SAMPLES,
    TABLE,
    TORCH_NAMES,
    Sample,
    T,
)

torch: Any = pytest.importorskip(
    "torch", reason="PyTorch, the reference of the table, is not installed"
)

TRACED = namespaces.T
TOLERANCE = {"float64": 1e-9, "complex128": 1e-9, "float32": 2e-5, "complex64": 2e-5}
PUBLIC = {
    id(function): (space, name)
    for space, functions in reversed(FUNCTIONS.items())
    for name, function in functions.items()
}


# Records behind indexing: PyTorch's functions of these names take other arguments.
PRIVATE = {"index", "index_put", "slice_"}


def torch_function(record: str) -> Any:
    """PyTorch's function of a record, or None where it has none under a public name."""
    if record in PRIVATE:
        return None
    if record in TORCH_NAMES:
        path = TORCH_NAMES[record]
        if path is None:
            return None
    else:
        space, name = PUBLIC.get(id(getattr(TRACED, record)), ("torch", TABLE[record].public_name))
        path = name if space == "torch" else f"{space}.{name}"
    found = torch
    for part in path.split("."):
        found = getattr(found, part, None)
    if found is None:
        found = getattr(torch.Tensor, path, None)
    return out_of_place(found) if path.endswith("_") else found


def out_of_place(changer: Any) -> Any:
    """Apply an in-place function to a copy of its first argument."""

    def function(first: Any, *args: Any, **kwargs: Any) -> Any:
        return changer(first.clone(), *args, **kwargs)

    return function


def needs_scipy(record: str) -> bool:
    return "scipy" in TABLE[record].forward.__code__.co_names


CASES = [(record, i) for record, samples in SAMPLES.items() for i in range(len(samples))]
ERRORS = [(record, i) for record, samples in ERROR_SAMPLES.items() for i in range(len(samples))]


def described(case: tuple[str, int]) -> str:
    return f"{case[0]}-{case[1]}"


class Call:
    """One sample's arguments for both libraries, with the same numbers in the same places."""

    def __init__(self, record: str, sample: Sample) -> None:
        self.rng = np.random.default_rng(zlib.crc32(record.encode()))
        self.ours: list[Any] = []
        self.theirs: list[Any] = []
        self.args = [self._pair(a) for a in sample.args]
        self.kwargs = {k: self._pair(v) for k, v in sample.kwargs.items()}

    def _pair(self, value: Any) -> tuple[Any, Any]:
        if isinstance(value, T):
            array = value.array(self.rng)
            mine, other = Tensor._wrap(array.copy()), torch.from_numpy(np.array(array))
            if value.differentiable:
                mine.requires_grad = True
                other.requires_grad_()
                self.ours.append(mine)
                self.theirs.append(other)
            return mine, other
        if isinstance(value, (list, tuple)) and any(isinstance(v, T) for v in value):
            pairs = [self._pair(v) for v in value]
            return type(value)(a for a, _ in pairs), type(value)(b for _, b in pairs)
        if isinstance(value, dtypes.dtype):
            return value, getattr(torch, value.name)
        if isinstance(value, np.dtype):
            return value, getattr(torch, value.name)
        return value, value

    def run(self, function: Any, side: int) -> tuple[Any, ...]:
        args = [a[side] for a in self.args]
        found = function(*args, **{k: v[side] for k, v in self.kwargs.items()})
        return tuple(found) if isinstance(found, (tuple, list)) else (found,)


def same(mine: Any, other: Any, what: str) -> None:
    """Assert equal dtype, shape and numbers."""
    theirs = other.detach().numpy(force=True)
    array = np.asarray(mine._array if isinstance(mine, Tensor) else mine)
    assert array.dtype == theirs.dtype, f"{what}: dtype {array.dtype}, PyTorch {theirs.dtype}"
    assert array.shape == theirs.shape, f"{what}: shape {array.shape}, PyTorch {theirs.shape}"
    close = TOLERANCE.get(array.dtype.name, 0)
    np.testing.assert_allclose(array, theirs, rtol=close, atol=close, err_msg=what)


def cotangents(outputs: Any, rng: np.random.Generator) -> list[Any]:
    found = []
    for tensor in outputs:
        array = np.asarray(tensor._array)
        drawn = rng.uniform(0.5, 1.5, array.shape)
        if array.dtype.kind == "c":
            drawn = drawn + 1j * rng.uniform(0.5, 1.5, array.shape)
        found.append(np.asarray(drawn).astype(array.dtype))
    return found


def gradients(library: Any, outputs: Any, inputs: Any, weights: Any, create: bool) -> Any:
    return library.autograd.grad(
        outputs, inputs, weights, create_graph=create, retain_graph=True, allow_unused=True
    )


def paired(mine: Any, theirs: Any) -> list[tuple[Any, Any]]:
    """The gradients that both have; where one has none, the other must be zero."""
    both = []
    for a, b in zip(mine, theirs, strict=True):
        if a is None or b is None:
            assert a is None or not np.any(a._array), "a gradient PyTorch does not have"
            assert b is None or not b.detach().any(), "no gradient where PyTorch has one"
        else:
            both.append((a, b))
    return both


@pytest.mark.parametrize(("record", "index"), CASES, ids=map(described, CASES))
def test_value_and_gradients_are_pytorchs(record: str, index: int) -> None:
    reference = torch_function(record)
    if reference is None:
        pytest.skip(f"PyTorch has no public function for {record}")
    call = Call(record, SAMPLES[record][index])
    function = getattr(TRACED, record)
    if TABLE[record].public_name.endswith("_"):
        function = out_of_place(function)
    outputs = call.run(function, 0)
    references = call.run(reference, 1)
    assert len(outputs) == len(references)
    for mine, other in zip(outputs, references, strict=True):
        same(mine, other, "value")
        assert mine.requires_grad == other.requires_grad
        if mine.requires_grad:
            assert mine.grad_fn.name() == other.grad_fn.name()
    pairs = [(a, b) for a, b in zip(outputs, references, strict=True) if a.requires_grad]
    if not pairs or pairs[0][0].grad_fn.name().endswith("NotImplemented"):
        return
    mine, other = zip(*pairs, strict=True)
    weights = cotangents(mine, call.rng)
    own = [Tensor._wrap(w) for w in weights]
    foreign = [torch.from_numpy(w.copy()) for w in weights]

    raw = gradients(ours, mine, call.ours, own, create=False)
    traced = gradients(ours, mine, call.ours, own, create=True)
    first = gradients(torch, other, call.theirs, foreign, create=True)
    for (a, b), c in zip(paired(raw, first), paired(traced, first), strict=True):
        same(a, b, "gradient")
        same(c[0], b, "gradient under create_graph")

    again = [(a, b) for a, b in paired(traced, first) if a.requires_grad and b.requires_grad]
    for a, b in paired(traced, first):
        history = a.requires_grad or not b.requires_grad or not b.numel()
        assert history, "the gradient has lost its history"
    if not again:
        return
    mine, other = zip(*again, strict=True)
    weights = cotangents(mine, call.rng)
    second = gradients(ours, mine, call.ours, [Tensor._wrap(w) for w in weights], create=False)
    foreign = [torch.from_numpy(w.copy()) for w in weights]
    try:
        wanted = gradients(torch, other, call.theirs, foreign, create=False)
    except RuntimeError as error:
        assert "is not implemented" in str(error)  # PyTorch has no second derivative, we do
        return
    for a, b in paired(second, wanted):
        # A NaN that PyTorch gets from 0 * inf need not be copied where there is a limit.
        undefined = b.isnan().numpy()
        same(np.where(undefined, np.nan, a._array), b, "second gradient")


@pytest.mark.parametrize(("record", "index"), CASES, ids=map(described, CASES))
def test_in_place_form_and_method_agree_with_the_function(record: str, index: int) -> None:
    rule = TABLE[record]
    sample = SAMPLES[record][index]
    call = Call(record, sample)
    if not call.args or not isinstance(call.args[0][0], Tensor):
        return
    if rule.params[0] not in rule.tensors:
        return
    plain = call.run(getattr(TRACED, record), 0)[0]
    changer = getattr(TRACED, f"{record}_", None)
    target = call.args[0][0]
    fits = target.shape == plain.shape and dtypes.can_cast(plain.dtype, target.dtype)
    if changer is not None and (fits or plain.dtype is ours.bool):
        again = Call(record, sample)
        target = again.args[0][0].clone()
        if rule.kind == "nondifferentiable":
            target = target.detach()
        again.args[0] = (target, None)
        if target.shape == plain.shape:
            found = again.run(changer, 0)[0]
            assert found is target
            np.testing.assert_array_equal(found._array, plain._array.astype(found._array.dtype))
            assert found.requires_grad == plain.requires_grad
            if found.requires_grad:
                assert found.grad_fn.name() == plain.grad_fn.name()
    name = rule.public_name
    method = getattr(Tensor, name, None)
    if method is getattr(TRACED, record) and not name.endswith("_"):
        found = call.run(method, 0)[0]
        np.testing.assert_array_equal(found._array, plain._array)


@pytest.mark.parametrize(("record", "index"), ERRORS, ids=map(described, ERRORS))
def test_refuses_what_pytorch_refuses_with_its_words(record: str, index: int) -> None:
    reference = torch_function(record)
    if reference is None:
        pytest.skip(f"PyTorch has no public function for {record}")
    call = Call(record, ERROR_SAMPLES[record][index])
    with pytest.raises(Exception) as theirs:
        call.run(reference, 1)
    with pytest.raises(Exception) as mine:
        call.run(getattr(TRACED, record), 0)
    assert isinstance(mine.value, theirs.type), (mine.value, theirs.value)
    key = str(theirs.value).split("\n")[0]
    assert str(mine.value).split("\n")[0][:60] == key[:60]
