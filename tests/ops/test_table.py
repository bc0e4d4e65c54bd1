"""Every record of the table, on every one of its samples, against PyTorch.

Per sample: the value, dtype and shape; the node's name; first- and second-order gradients; the
raw formula against the traced one; the in-place form and the methods against the function.
"""

from __future__ import annotations

import warnings
import zlib
from typing import Any

import numpy as np
import pytest

import autograd_nb as ours
from autograd_nb.core import dtypes
from autograd_nb.core.op import parameters
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


def behind(function: Any) -> int:
    """Return which function of the traced namespace stands behind one that users call."""
    return id(getattr(function, "__wrapped__", function))


PUBLIC = {
    behind(function): (space, name)
    for space, functions in reversed(FUNCTIONS.items())
    for name, function in functions.items()
}
# Records behind a composite that hands its arguments on as they are.
FORWARDED = {
    "copy": "Tensor.copy_",
    "fill_scalar": "fill",
    "index_fill_tensor": "index_fill",
    "index_fill_value": "index_fill",
    "masked_fill_number": "masked_fill",
    "masked_fill_tensor": "masked_fill",
    "scatter_src": "scatter",
    "scatter_value": "scatter",
    "sort_plain": "sort",
    "split_size": "split",
    "squeeze_all": "squeeze",
    "squeeze_dim": "squeeze",
    "squeeze_dims": "squeeze",
    "view": "Tensor.view",
    "zero": "Tensor.zero_",
}


METHODS = {behind(value) for value in vars(Tensor).values()}


def torch_function(record: str) -> Any:
    """PyTorch's function of a record, or None where it has none with the same arguments."""
    if record in TORCH_NAMES or record in FORWARDED:
        path = TORCH_NAMES.get(record) or FORWARDED.get(record)
        if path is None:
            return None
    else:
        function = behind(getattr(TRACED, record))
        if function not in PUBLIC and function not in METHODS:
            return None
        space, name = PUBLIC.get(function, ("torch", TABLE[record].public_name))
        path = name if space == "torch" else f"{space}.{name}"
    found = torch
    for part in path.split("."):
        found = getattr(found, part, None)
    if found is None:
        found = getattr(torch.Tensor, path, None)
    return out_of_place(found) if path.endswith("_") else found


def out_of_place(changer: Any) -> Any:
    """Apply an in-place function to a copy of its first argument."""

    def changed(first: Any, *args: Any, **kwargs: Any) -> Any:
        return changer(first.clone(), *args, **kwargs)

    return changed


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
        pytest.skip("PyTorch has no public function for this record")
    call = Call(record, SAMPLES[record][index])
    function = getattr(TRACED, record)
    if reference.__name__ == "changed":
        function = out_of_place(function)
    outputs = call.run(function, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own deprecations
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
        if record == "abs" and target.is_complex():
            with pytest.raises(RuntimeError, match="In-place abs is not supported for complex"):
                again.run(changer, 0)
        elif target.shape == plain.shape:
            found = again.run(changer, 0)[0]
            assert found is target
            np.testing.assert_array_equal(found._array, plain._array.astype(found._array.dtype))
            assert found.requires_grad == plain.requires_grad
            if found.requires_grad:
                # PyTorch gives some in-place overloads a number of their own.
                names = [x.grad_fn.name().rstrip("0123456789") for x in (found, plain)]
                assert names[0] == names[1]
    name = rule.public_name
    method = getattr(Tensor, name, None)
    if behind(method) == behind(getattr(TRACED, record)) and not name.endswith("_"):
        found = call.run(method, 0)[0]
        np.testing.assert_array_equal(found._array, plain._array)


@pytest.mark.parametrize(("record", "index"), ERRORS, ids=map(described, ERRORS))
def test_refuses_what_pytorch_refuses_with_its_words(record: str, index: int) -> None:
    reference = torch_function(record)
    if reference is None:
        pytest.skip("PyTorch has no public function for this record")
    call = Call(record, ERROR_SAMPLES[record][index])
    with pytest.raises(Exception) as theirs:
        call.run(reference, 1)
    with pytest.raises(Exception) as mine:
        call.run(getattr(TRACED, record), 0)
    assert isinstance(mine.value, theirs.type), (mine.value, theirs.value)
    key = str(theirs.value).split("\n")[0]
    assert str(mine.value).split("\n")[0][:60] == key[:60]


JVPS = [case for case in CASES if TABLE[case[0]].jvps]


@pytest.mark.parametrize(("record", "index"), JVPS, ids=map(described, JVPS))
def test_written_jvp_is_the_transpose_of_the_vjp(record: str, index: int) -> None:
    """<u, J t> = <J^T u, t> for random u and t."""
    rule, call = TABLE[record], Call(record, SAMPLES[record][index])
    outputs = call.run(getattr(TRACED, record), 0)
    values: dict[str, Any] = dict.fromkeys(rule.params) | rule.defaults
    values |= {name: mine for name, (mine, _) in zip(rule.params, call.args, strict=False)}
    values |= {name: mine for name, (mine, _) in call.kwargs.items()}
    values |= dict(zip(rule.outputs, outputs, strict=True))
    inputs = {n: values[n] for n in rule.inputs if getattr(values[n], "requires_grad", False)}
    if not inputs or not outputs[0].requires_grad:
        return
    known = {}
    for name, value in values.items():
        known[name] = [v._array for v in value] if isinstance(value, list) else value
        if isinstance(value, Tensor):
            known[name] = value._array
            known |= {f"{name}_shape": value._array.shape, f"{name}_dtype": value._array.dtype}
    weight = cotangents(outputs[:1], call.rng)[0]
    found = gradients(ours, outputs[0], tuple(inputs.values()), Tensor._wrap(weight), create=False)
    for (name, value), gradient in zip(inputs.items(), found, strict=True):
        formula = rule.jvps.get(name)
        if formula is None or gradient is None or np.isnan(gradient._array).any():
            continue
        tangent = cotangents([value], call.rng)[0]
        with np.errstate(all="ignore"):
            wanted = parameters(formula)[2:]
            moved = formula(namespaces.RAW, tangent, *[known[n] for n in wanted])
        moved = moved[0] if isinstance(moved, tuple) else moved
        moved = np.broadcast_to(np.asarray(moved), np.shape(weight))
        forward, backward = np.vdot(weight, moved).real, np.vdot(gradient._array, tangent).real
        assert forward == pytest.approx(backward, rel=1e-8, abs=1e-10)


RANDOM = ("fill_", "refill_", "drawn_")
SYMMETRIC = {"cholesky_record", "eigh_record"}  # they read one triangle: no such differences
INNER = [
    (record, index)
    for record, index in CASES
    if torch_function(record) is None and not record.startswith(RANDOM) and record not in SYMMETRIC
]


@pytest.mark.parametrize(("record", "index"), INNER, ids=map(described, INNER))
def test_formula_of_an_inner_record_agrees_with_differences(record: str, index: int) -> None:
    """Records without a public PyTorch function: first order, raw and traced, and second order."""
    call = Call(record, SAMPLES[record][index])
    function = getattr(TRACED, record)
    first = call.run(function, 0)[0]
    doubles = all(t.dtype in (ours.float64, ours.complex128) for t in (first, *call.ours))
    if not first.requires_grad or not doubles:
        return
    weight = Tensor._wrap(cotangents([first], call.rng)[0])

    def slope(create: bool) -> Any:
        found = call.run(function, 0)[0]
        return gradients(ours, found, call.ours, weight, create=create)

    raw, traced = slope(False), slope(True)
    for a, b in zip(raw, traced, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a._array, b._array, rtol=1e-12, atol=1e-12)
    check(lambda: product(weight, call.run(function, 0)[0]), call.ours, raw)

    history = [t for t in traced if t is not None and t.requires_grad]
    if history:
        weights = [Tensor._wrap(w) for w in cotangents(history, call.rng)]

        def total() -> float:
            found = [t for t in slope(False) if t is not None]
            kept = [
                t
                for t, u in zip(found, [t for t in traced if t is not None], strict=True)
                if u.requires_grad
            ]
            return sum(product(w, t) for w, t in zip(weights, kept, strict=True))

        check(total, call.ours, gradients(ours, history, call.ours, weights, create=False))


def product(weight: Tensor, result: Tensor) -> float:
    """The real inner product, whose gradient PyTorch's convention gives."""
    return float(np.vdot(weight._array, result._array).real)


def check(function: Any, inputs: list[Tensor], found: Any) -> None:
    """Assert that gradients agree with central differences of a real function."""
    for tensor, gradient in zip(inputs, found, strict=True):
        array = tensor._nd()
        wanted = np.zeros(array.shape, array.dtype)
        for position in np.ndindex(array.shape):
            start = array[position]
            for unit in (1, 1j) if array.dtype.kind == "c" else (1,):
                values = []
                for step in (1e-6, -1e-6):
                    array[position] = start + step * unit
                    values.append(function())
                wanted[position] += unit * (values[0] - values[1]) / 2e-6
            array[position] = start
        mine = 0 if gradient is None else gradient._array
        np.testing.assert_allclose(mine, wanted, rtol=1e-5, atol=1e-7)


DIFFERENTIABLE = [case for case in CASES if TABLE[case[0]].inputs]
# Of values that go to the same place one is written, of their gradients each is read; and what
# PyTorch calls the gradient of the other is none.
NOT_TRANSPOSED = {"index_put", "as_strided_scatter"}


@pytest.mark.parametrize(("record", "index"), DIFFERENTIABLE, ids=map(described, DIFFERENTIABLE))
def test_forward_mode_is_the_transpose_of_backward(record: str, index: int) -> None:
    """<u, J t> = <J^T u, t> for random u and t, along every input at once."""
    forward_ad, call = ours.autograd.forward_ad, Call(record, SAMPLES[record][index])
    duals: list[tuple[Any, Any]] = []

    def dual(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(map(dual, value))
        if not isinstance(value, Tensor) or not value.requires_grad:
            return value
        tangent = Tensor._wrap(cotangents([value], call.rng)[0])
        duals.append((value, tangent))
        return forward_ad.make_dual(value, tangent)

    with forward_ad.dual_level():
        call.args = [(dual(mine), theirs) for mine, theirs in call.args]
        call.kwargs = {k: (dual(mine), theirs) for k, (mine, theirs) in call.kwargs.items()}
        try:
            outputs = call.run(getattr(TRACED, record), 0)
        except NotImplementedError:
            return
        tangents = [forward_ad.unpack_dual(out).tangent for out in outputs]
    at = [i for i, t in enumerate(tangents) if t is not None and outputs[i].requires_grad]
    if not at or record in NOT_TRANSPOSED:
        return
    roots, inputs = [outputs[i] for i in at], [value for value, _ in duals]
    weights = cotangents(roots, call.rng)
    found = gradients(ours, roots, inputs, [Tensor._wrap(w) for w in weights], create=False)
    forward = sum(
        np.vdot(w, tangents[i].detach().numpy()).real for i, w in zip(at, weights, strict=True)
    )
    backward = sum(
        np.vdot(gradient._array, tangent._array).real
        for gradient, (_, tangent) in zip(found, duals, strict=True)
        if gradient is not None
    )
    if np.isfinite(backward):
        close = 1e-4 if roots[0]._array.dtype.itemsize < 8 else 1e-7
        assert forward == pytest.approx(backward, rel=close, abs=close)
