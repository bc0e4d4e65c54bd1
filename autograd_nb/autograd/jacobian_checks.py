"""Comparisons of gradients with finite differences, one function a question.

Note [How Jacobians are laid out]
    A Jacobian is a matrix with one row per element of the input and one column per element of the
    output.  The derivative with respect to a complex input is ``ds/dx + i ds/dy``, which is what
    backward computes; a complex output is checked through its real and its imaginary part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_nb.core.engine import grad as _engine_grad
from autograd_nb.core.function import Function
from autograd_nb.core.modes import enable_grad
from autograd_nb.core.tensor import Tensor, wrap
from autograd_nb.ops.namespaces import T

from ..core.warn import warn

Array = np.ndarray[Any, Any]

_NOT_REENTRANT = (
    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple "
    "times gives different values, although analytical gradient matches numerical gradient."
    "The tolerance for nondeterminism was {}.\n\n"
    "NOTE: If your op relies on non-deterministic operations i.e., it is listed here:\n"
    "https://pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html\n"
    "this failure might be expected. If the function is random or unordered by design, call "
    "gradcheck/gradgradcheck with `nondet_tol=<tol>` as a keyword argument."
)
_UNDEFINED_IS_NEW = (
    "Backwards compatibility: New undefined gradient support checking feature is enabled by "
    "default, but it may break existing callers of this function. If this is true for you, you can "
    'call this function with "check_undefined_grad=False" to disable the feature'
)
_UNDEFINED = (
    'Expected backward function to handle undefined output grads. Please look at "Notes about '
    'undefined output gradients" in "tools/autograd/derivatives.yaml"'
)
_FAST_MODE = (
    "\n\nThe above quantities relating the numerical and analytical jacobians are computed \n"
    "in fast mode. See: https://github.com/pytorch/pytorch/issues/53876 for more background \n"
    "about fast mode. Below, we recompute numerical and analytical jacobians in slow mode:\n\n"
    "Numerical:\n {}\nAnalytical:\n{}\n\n"
    "The max per-element difference (slow mode) is: {}.\n"
)


class GradcheckError(RuntimeError):
    """A gradient is wrong: what :func:`gradcheck` and :func:`gradgradcheck` raise."""


@dataclass
class Check:
    """A function with the inputs to check, and how closely."""

    func: Callable[..., tuple[Tensor, ...]]
    inputs: tuple[Any, ...]
    eps: float
    atol: float
    rtol: float
    nondet_tol: float
    fast_mode: bool

    def outputs(self) -> tuple[Tensor, ...]:
        """Run the function."""
        with enable_grad():
            return self.func(*self.inputs)

    def values(self) -> list[Array]:
        """Run the function, and return what it gives as arrays."""
        # Copies: an output may share memory with the input that is about to be moved.
        return [np.array(out._nd()) for out in self.outputs()]

    def diff_inputs(self) -> list[tuple[int, Tensor]]:
        """Return position and tensor of the inputs that require grad."""
        return [
            (i, x) for i, x in enumerate(self.inputs) if isinstance(x, Tensor) and x.requires_grad
        ]


# -- Jacobians ------------------------------------------------------------------------------------
def _difference(
    check: Check, array: Array, direction: Array, eps: float, place: str = ""
) -> list[Array]:
    """Return the central difference of all outputs as `array` moves along `direction`."""
    original = array.copy()
    try:
        array[...] = original + direction * eps
        ahead = check.values()
        array[...] = original - direction * eps
        behind = check.values()
    finally:
        array[...] = original
    for pair in zip(behind, ahead, strict=True):
        for name in ("shape", "dtype"):
            one, other = (getattr(wrap(value), name) for value in pair)
            if one != other:
                raise AssertionError(
                    f"Expected `func` to return outputs with the same {name} when inputs are "
                    f"perturbed{place} by {eps}, but got:\n {name}s {one} and {other}."
                )
    return [(a - b) / np.asarray(2 * eps, a.real.dtype) for a, b in zip(ahead, behind, strict=True)]


def _numerical(check: Check, x: Tensor) -> list[Array]:
    """Return the Jacobian of each output with respect to one input."""
    array = x._nd()
    is_complex = array.dtype.kind == "c"
    rows: list[list[Array]] = []
    for index in np.ndindex(array.shape):
        direction = np.zeros_like(array)
        direction[index] = 1
        place = f" on index {index}"
        row = _difference(check, array, direction, check.eps, place)
        if is_complex:
            direction[index] = 1j
            imaginary = _difference(check, array, direction, check.eps, place)
            row = [re + 1j * im for re, im in zip(row, imaginary, strict=True)]
        rows.append([part.reshape(-1) for part in row])
    if rows:
        return [np.stack(parts) for parts in zip(*rows, strict=True)]
    return [np.zeros((0, out.size), out.dtype) for out in check.values()]


def _backward(output: Tensor, inputs: Sequence[Tensor], seed: Array) -> list[Array]:
    """Return the gradients of `output` for one grad_output; zeros where there is none."""
    grads: Sequence[Any] = [None] * len(inputs)
    if output.requires_grad:
        grads = _engine_grad(output, inputs, wrap(seed), retain_graph=True, allow_unused=True)
    for x, found in zip(inputs, grads, strict=True):
        if found is None:
            continue
        if found.dtype != x.dtype:
            raise GradcheckError("Backward function returned a gradient of the wrong type")
        if found.size() != x.size():
            raise GradcheckError("Analytical gradient has incorrect size")
    return [
        np.zeros_like(x._nd()) if g is None else np.array(g._nd())
        for x, g in zip(inputs, grads, strict=True)
    ]


def _analytical(output: Tensor, inputs: Sequence[Tensor]) -> list[Array]:
    """Return the Jacobian of one output with respect to each input."""
    size = output.numel()
    columns: list[list[Array]] = [[] for _ in inputs]
    for j in range(size):
        seed = np.zeros_like(output._nd(), order="C")
        seed.reshape(-1)[j] = 1
        for column, found in zip(columns, _backward(output, inputs, seed), strict=True):
            column.append(found.reshape(-1))
    return [
        np.stack(column, 1) if column else np.zeros((x.numel(), 0), x._nd().dtype)
        for column, x in zip(columns, inputs, strict=True)
    ]


def _close(a: Array, b: Array, rtol: float, atol: float) -> bool:
    return bool(np.allclose(a, b, rtol=rtol, atol=atol))


def _mismatch(
    i: int, j: int, numerical: Any, analytical: Any, prefix: str, forward: bool = False
) -> str:
    kind = "Jacobian computed with forward mode" if forward else "Jacobian"
    return (
        f"{prefix}{kind} mismatch for output {j} with respect to input {i},\n"
        f"numerical:{numerical}\nanalytical:{analytical}\n"
    )


# -- the checks -----------------------------------------------------------------------------------
def check_slow(check: Check, prefix: str) -> None:
    """Compare full Jacobians by backward with those by differences."""
    outputs = check.outputs()
    inputs = check.diff_inputs()
    tensors = [x for _, x in inputs]
    numerical = [_numerical(check, x) for x in tensors]
    for j, output in enumerate(outputs):
        first = _analytical(output, tensors)
        second = _analytical(output, tensors)
        for k, (i, _) in enumerate(inputs):
            if not _close(first[k], numerical[k][j], check.rtol, check.atol):
                message = _mismatch(i, j, wrap(numerical[k][j]), wrap(first[k]), prefix)
                raise GradcheckError(message)
        for a, b in zip(first, second, strict=True):
            if a.size and np.abs(a - b).max() > check.nondet_tol:
                raise GradcheckError(_NOT_REENTRANT.format(check.nondet_tol))


def _unit(shape: tuple[int, ...], dtype: Any, stream: np.random.Generator) -> Array:
    vector = stream.random(shape).astype(dtype)
    length = np.sqrt((vector * vector).sum())
    return vector / length if length else vector


def check_fast(check: Check, prefix: str) -> None:
    """Compare one random bilinear form per pair of input and output."""
    # A stream of its own: checking must not move the user's random numbers.
    stream = np.random.default_rng(42)
    outputs = check.outputs()
    inputs = check.diff_inputs()
    tensors = [x for _, x in inputs]
    real = [x._nd().real.dtype for x in tensors]
    directions = [
        (_unit(x.shape, kind, stream), _unit(x.shape, kind, stream))
        for x, kind in zip(tensors, real, strict=True)
    ]
    weights = [_unit(out.shape, out._nd().dtype, stream) for out in outputs]
    numerical: list[list[Any]] = []
    for x, (u_real, u_imag) in zip(tensors, directions, strict=True):
        array = x._nd()
        moved = _difference(check, array, u_real.astype(array.dtype), check.eps)
        form = [(v * d).sum() for v, d in zip(weights, moved, strict=True)]
        if array.dtype.kind == "c":
            moved = _difference(check, array, 1j * u_imag, check.eps)
            form = [f + 1j * (v * d).sum() for f, v, d in zip(form, weights, moved, strict=True)]
        numerical.append(form)
    for j, (output, v) in enumerate(zip(outputs, weights, strict=True)):
        first = _backward(output, tensors, v)
        second = _backward(output, tensors, v)
        for k, (i, x) in enumerate(inputs):
            if first[k].size and np.abs(first[k] - second[k]).max() > check.nondet_tol:
                raise GradcheckError(_NOT_REENTRANT.format(check.nondet_tol))
            u_real, u_imag = directions[k]
            form = (first[k].real * u_real).sum()
            if first[k].dtype.kind == "c":
                form = form + 1j * (first[k].imag * u_imag).sum()
            # The tolerance of one element, weighted as the elements are.
            weight = u_real.sum() + (u_imag.sum() if first[k].dtype.kind == "c" else 0)
            atol = check.atol * float(weight) * float(v.sum())
            if not _close(form, numerical[k][j], check.rtol, atol):
                slow_n = _numerical(check, x)[j]
                slow_a = _analytical(output, [x])[0]
                message = _mismatch(i, j, numerical[k][j], form, prefix)
                largest = float(np.abs(slow_a - slow_n).max())
                details = _FAST_MODE.format(wrap(slow_n), wrap(slow_a), largest)
                raise GradcheckError(message.rstrip("\n") + details)


def check_forward(check: Check, prefix: str) -> None:
    """Compare forward mode with finite differences."""
    from autograd_nb.autograd import forward_ad

    for i, x in check.diff_inputs():
        numerical = _numerical(check, x)
        array = x._nd()
        units = [1, 1j] if array.dtype.kind == "c" else [1]
        rows: list[list[Array]] = []
        for index in np.ndindex(array.shape):
            parts: list[list[Array]] = []
            for unit in units:
                tangent = np.zeros_like(array)
                tangent[index] = unit
                with forward_ad.dual_level():
                    duals = list(check.inputs)
                    for place, other in check.diff_inputs():
                        moved = tangent if place == i else np.zeros_like(other._nd())
                        duals[place] = forward_ad.make_dual(other.detach(), wrap(moved))
                    found = [forward_ad.unpack_dual(out) for out in check.func(*duals)]
                parts.append(
                    [
                        np.zeros(f.primal.numel(), f.primal._nd().dtype)
                        if f.tangent is None
                        else np.array(f.tangent._nd()).reshape(-1)
                        for f in found
                    ]
                )
            row = parts[0]
            if len(parts) == 2:
                row = [re + 1j * im for re, im in zip(*parts, strict=True)]
            rows.append(row)
        for j, columns in enumerate(zip(*rows, strict=True)):
            analytical = np.stack(columns)
            if not _close(analytical, numerical[j], check.rtol, check.atol):
                message = _mismatch(i, j, wrap(numerical[j]), wrap(analytical), prefix, True)
                raise GradcheckError(message)


def check_parts(check: Check, outputs: tuple[Tensor, ...], modes: Sequence[Any]) -> None:
    """Run each of `modes` on the function, complex outputs split into two real ones."""
    complex_outputs = [i for i, out in enumerate(outputs) if out.is_complex()]
    func = check.func
    if not complex_outputs:
        for mode in modes:
            mode(check, "")
        return

    def part(name: str) -> Callable[..., tuple[Tensor, ...]]:
        take = T.imag if name == "imaginary" else T.real

        def apply(*args: Any) -> tuple[Tensor, ...]:
            return tuple(take(out) if out.is_complex() else out for out in func(*args))

        return apply

    for name in ("imaginary", "real"):
        check.func = part(name)
        for mode in modes:
            mode(check, f"While considering the {name} part of complex outputs only, ")
    check.func = func


def check_scaling(check: Check, outputs: tuple[Tensor, ...], check_dtypes: bool) -> None:
    """Check that a zero grad_output gives a zero gradient."""
    tensors = [x for _, x in check.diff_inputs()]
    seeds = tuple(T.zeros_like(out) for out in outputs)
    grads = _engine_grad(outputs, tensors, seeds, retain_graph=True, allow_unused=True)
    for grad, x in zip(grads, tensors, strict=True):
        if grad is None:
            continue
        if np.any(grad._nd() != 0):
            raise GradcheckError("backward not multiplied by grad_output")
        if grad.dtype != x.dtype and check_dtypes:
            raise GradcheckError("grad is incorrect type")
        if grad.size() != x.size():
            raise GradcheckError("grad is incorrect size")


class _UndefinedGrad(Function):
    """Identity that gives no gradient back."""

    @staticmethod
    def forward(ctx: Any, *args: Tensor) -> tuple[Tensor, ...]:
        """Return views of the arguments."""
        return tuple(arg.view_as(arg) for arg in args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[None, ...]:
        """Return nothing for every argument."""
        return (None,) * len(grads)


def check_undefined(check: Check) -> None:
    """Check that a missing grad_output is handled, and gives no gradient or zeros."""
    tensors = [x for _, x in check.diff_inputs()]
    outputs = [out for out in check.outputs() if out.requires_grad]
    cases = [set(range(len(outputs)))]
    if len(outputs) > 1:
        cases += [{i} for i in range(len(outputs))]
    for missing in cases:
        hidden = _UndefinedGrad.apply(*[outputs[i] for i in sorted(missing)])
        hidden = hidden if isinstance(hidden, tuple) else (hidden,)
        roots = [*hidden, *(out for i, out in enumerate(outputs) if i not in missing)]
        seeds = [T.zeros_like(root) for root in roots]
        try:
            grads = _engine_grad(roots, tensors, seeds, retain_graph=True, allow_unused=True)
        except RuntimeError as error:
            warn(_UNDEFINED_IS_NEW)
            raise GradcheckError(_UNDEFINED) from error
        if any(grad is not None and np.any(grad._nd() != 0) for grad in grads):
            warn(_UNDEFINED_IS_NEW)
            raise GradcheckError(
                "Expected all input grads to be undefined or zero when all output grads are "
                'undefined or zero. Please look at "Notes about undefined output gradients" in '
                '"tools/autograd/derivatives.yaml"'
            )


def check_batched(check: Check, outputs: tuple[Tensor, ...]) -> None:
    """Check that a batch of grad_outputs gives what they give one by one."""
    tensors = [x for _, x in check.diff_inputs()]
    stream = np.random.default_rng(42)
    for j, output in enumerate(outputs):
        shape = (2, *output.shape)
        seeds = wrap(stream.standard_normal(shape).astype(output._nd().dtype))
        kept = [x._grad for x in tensors]
        together = _engine_grad(
            output, tensors, seeds, retain_graph=True, allow_unused=True, is_grads_batched=True
        )
        for x, grad in zip(tensors, kept, strict=True):
            x._grad = grad  # what inputs retain would be batched, and of no use after the level
        alone = [
            _engine_grad(output, tensors, seed, retain_graph=True, allow_unused=True)
            for seed in seeds
        ]
        for i, batch in enumerate(together):
            if batch is None:
                continue
            expected = T.stack([grads[i] for grads in alone])
            if not _close(batch._nd(), expected._nd(), check.rtol, check.atol):
                raise GradcheckError(
                    f"For output {j} and input {i}:\n\nGot:\n{batch}\n\nExpected:\n{expected}\n"
                )


def check_no_gradient(check: Check) -> None:
    """Check that outputs without gradient do not depend on the inputs."""
    for _, x in check.diff_inputs():
        for jacobian in _numerical(check, x):
            if jacobian.size and np.any(np.abs(jacobian) > check.eps):
                raise GradcheckError("Numerical gradient for function expected to be zero")
