"""Check gradients against finite differences.

Note [How Jacobians are laid out]
    A Jacobian is a matrix with one row per element of the input and one column per element of the
    output.  The derivative with respect to a complex input is ``ds/dx + i ds/dy``, which is what
    backward computes; a complex output is checked through its real and its imaginary part.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_nb.core.engine import grad as _engine_grad
from autograd_nb.core.function import Function
from autograd_nb.core.modes import enable_grad
from autograd_nb.core.tensor import Tensor, wrap
from autograd_nb.ops.namespaces import T

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

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
class _Check:
    """A function with the inputs to check, and how closely."""

    func: Callable[..., tuple[Tensor, ...]]
    inputs: tuple[Any, ...]
    eps: float
    atol: float
    rtol: float
    nondet_tol: float
    fast_mode: bool

    def outputs(self) -> tuple[Tensor, ...]:
        with enable_grad():
            return self.func(*self.inputs)

    def values(self) -> list[Array]:
        # Copies: an output may share memory with the input that is about to be moved.
        return [np.array(out._nd()) for out in self.outputs()]

    def diff_inputs(self) -> list[tuple[int, Tensor]]:
        """Return position and tensor of the inputs that require grad."""
        return [
            (i, x) for i, x in enumerate(self.inputs) if isinstance(x, Tensor) and x.requires_grad
        ]


# -- Jacobians ------------------------------------------------------------------------------------
def _difference(
    check: _Check, array: Array, direction: Array, eps: float, place: str = ""
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


def _numerical(check: _Check, x: Tensor) -> list[Array]:
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
def _check_slow(check: _Check, prefix: str) -> None:
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


def _check_fast(check: _Check, prefix: str) -> None:
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


def _check_forward(check: _Check, prefix: str) -> None:
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


def _check_parts(check: _Check, outputs: tuple[Tensor, ...], modes: Sequence[Any]) -> None:
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


def _check_scaling(check: _Check, outputs: tuple[Tensor, ...], check_dtypes: bool) -> None:
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


def _check_undefined(check: _Check) -> None:
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
            warnings.warn(_UNDEFINED_IS_NEW, stacklevel=5)
            raise GradcheckError(_UNDEFINED) from error
        if any(grad is not None and np.any(grad._nd() != 0) for grad in grads):
            warnings.warn(_UNDEFINED_IS_NEW, stacklevel=5)
            raise GradcheckError(
                "Expected all input grads to be undefined or zero when all output grads are "
                'undefined or zero. Please look at "Notes about undefined output gradients" in '
                '"tools/autograd/derivatives.yaml"'
            )


def _check_batched(check: _Check, outputs: tuple[Tensor, ...]) -> None:
    """Check that a batch of grad_outputs gives what they give one by one."""
    tensors = [x for _, x in check.diff_inputs()]
    stream = np.random.default_rng(42)
    for j, output in enumerate(outputs):
        shape = (2, *output.shape)
        seeds = wrap(stream.standard_normal(shape).astype(output._nd().dtype))
        together = _engine_grad(
            output, tensors, seeds, retain_graph=True, allow_unused=True, is_grads_batched=True
        )
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


def _check_no_gradient(check: _Check) -> None:
    """Check that outputs without gradient do not depend on the inputs."""
    for _, x in check.diff_inputs():
        for jacobian in _numerical(check, x):
            if jacobian.size and np.any(np.abs(jacobian) > check.eps):
                raise GradcheckError("Numerical gradient for function expected to be zero")


# -- inputs and outputs ---------------------------------------------------------------------------
def _as_tuple(value: Any) -> tuple[Any, ...]:
    if isinstance(value, Tensor):
        return (value,)
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _check_inputs(inputs: tuple[Any, ...]) -> None:
    found = False
    for i, x in enumerate(inputs):
        if not (isinstance(x, Tensor) and x.requires_grad):
            continue
        found = True
        array = x._nd()
        if array.dtype.char not in "dD":
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or "
                "complex. This check will likely fail if all the inputs are not of double "
                "precision floating point or complex. ",
                stacklevel=4,
            )
        strides = zip(array.strides, array.shape, strict=True)
        if array.size > 1 and any(stride == 0 and length > 1 for stride, length in strides):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs "
                "that are non-overlapping to be able to compute the numerical gradients correctly. "
                "You should call .contiguous on the input before passing it to gradcheck."
            )
        x.retain_grad()
    if not found:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them "
            "have requires_grad=True."
        )


def _run(
    func: Callable[..., Any],
    inputs: tuple[Any, ...],
    options: dict[str, Any],
) -> None:
    _check_inputs(inputs)
    with enable_grad():
        everything = _as_tuple(func(*inputs))
    positions = [i for i, out in enumerate(everything) if out.requires_grad]

    def differentiable(*args: Any) -> tuple[Tensor, ...]:
        results = _as_tuple(func(*args))
        return tuple(results[i] for i in positions)

    check = _Check(
        differentiable if positions else lambda *args: _as_tuple(func(*args)),
        inputs,
        options["eps"],
        options["atol"],
        options["rtol"],
        options["nondet_tol"],
        options["fast_mode"],
    )
    if not positions:
        _check_no_gradient(check)
        return
    outputs = tuple(everything[i] for i in positions)
    modes: list[Any] = []
    if options["check_backward_ad"]:
        modes.append(_check_fast if options["fast_mode"] else _check_slow)
    if options["check_forward_ad"]:
        modes.append(_check_forward)
    _check_parts(check, outputs, modes)
    if not options["check_backward_ad"]:
        return
    if options["check_batched_grad"]:
        _check_batched(check, outputs)
    _check_scaling(check, outputs, options["check_grad_dtypes"])
    if options["check_undefined_grad"]:
        _check_undefined(check)


# -- the public functions -------------------------------------------------------------------------
def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare gradients with finite differences.

    Parameters
    ----------
    func : callable
        Takes tensors, returns a tensor or a tuple of tensors.
    inputs : Tensor or tuple
        Those that require grad are checked; use float64.
    eps : float, default: 1e-6
        Step of the difference.
    atol, rtol : float, default: 1e-5 and 1e-3
        Tolerances.
    raise_exception : bool, default: True
        Whether a wrong gradient raises; otherwise False is returned.
    nondet_tol : float, default: 0.0
        Difference that two runs of backward may show.
    check_undefined_grad : bool, default: True
        Whether a missing grad_output must be handled.
    check_grad_dtypes : bool, default: False
        Whether gradients must have the type of their input.
    check_batched_grad : bool, default: False
        Whether a batch of grad_outputs is tried.
    check_batched_forward_grad : bool, default: False
        Accepted; it needs `check_forward_ad`.
    check_forward_ad : bool, default: False
        Whether forward mode is checked.
    check_backward_ad : bool, default: True
        Whether backward is checked.
    fast_mode : bool, default: False
        Whether one random direction replaces the full Jacobian.
    masked : bool, optional
        Accepted; it concerns sparse tensors.

    Returns
    -------
    bool

    Raises
    ------
    GradcheckError
        If a gradient is wrong.
    ValueError
        If no input requires grad.
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError(
            "Expected at least one of check_forward_ad or check_backward_ad to be True"
        )
    if check_batched_grad and not check_backward_ad:
        raise AssertionError(
            "Setting check_batched_grad=True requires check_backward_ad to be True"
        )
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError(
            "Setting check_batched_forward_grad=True requires check_forward_ad to be True"
        )
    options = {
        "eps": eps,
        "atol": atol,
        "rtol": rtol,
        "nondet_tol": nondet_tol,
        "check_undefined_grad": check_undefined_grad,
        "check_grad_dtypes": check_grad_dtypes,
        "check_batched_grad": check_batched_grad,
        "check_forward_ad": check_forward_ad,
        "check_backward_ad": check_backward_ad,
        "fast_mode": fast_mode,
    }
    try:
        _run(func, _as_tuple(inputs), options)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _random_like(output: Tensor, non_contiguous: bool) -> Tensor:
    values = T.empty(output.shape, dtype=output.dtype)
    if values.is_complex():
        T.view_as_real(values).uniform_(-1, 1)
    else:
        values.uniform_(-1, 1)
    if non_contiguous and values.numel() > 1:
        values = T.stack([values, values], -1)[..., 0]
    return values.detach().requires_grad_()


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Compare second derivatives with finite differences of first ones.

    Parameters
    ----------
    func : callable
        Takes tensors, returns a tensor or a tuple of tensors.
    inputs : Tensor or tuple
        Those that require grad are checked; use float64.
    grad_outputs : Tensor or tuple, optional
        Where the gradient's dependence on grad_output is checked.  Default: random.
    eps : float, default: 1e-6
        Step of the difference.
    atol, rtol : float, default: 1e-5 and 1e-3
        Tolerances.
    gen_non_contig_grad_outputs : bool, default: False
        Whether the random grad_outputs are not contiguous.
    raise_exception : bool, default: True
        Whether a wrong gradient raises; otherwise False is returned.
    nondet_tol : float, default: 0.0
        Difference that two runs of backward may show.
    check_undefined_grad, check_grad_dtypes, check_batched_grad : bool
        As in :func:`gradcheck`.
    check_fwd_over_rev : bool, default: False
        Whether forward mode of backward is checked.
    check_rev_over_rev : bool, default: True
        Whether backward of backward is checked.
    fast_mode : bool, default: False
        Whether one random direction replaces the full Jacobian.
    masked : bool, default: False
        Accepted; it concerns sparse tensors.

    Returns
    -------
    bool

    Raises
    ------
    GradcheckError
        If a second derivative is wrong.
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError(
            "Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True"
        )
    xs = _as_tuple(inputs)
    if grad_outputs is None:
        with enable_grad():
            outputs = [out for out in _as_tuple(func(*xs)) if out.requires_grad]
        seeds = tuple(_random_like(out, gen_non_contig_grad_outputs) for out in outputs)
    else:
        seeds = _as_tuple(grad_outputs)
    count = len(seeds)

    def gradient(*args: Any) -> tuple[Tensor, ...]:
        points, vectors = args[: len(args) - count], args[len(args) - count :]
        with enable_grad():
            results = [out for out in _as_tuple(func(*points)) if out.requires_grad]
            wanted = [x for x in points if isinstance(x, Tensor) and x.requires_grad]
            grads = _engine_grad(results, wanted, vectors, create_graph=True, allow_unused=True)
        return tuple(g for g in grads if g is not None)

    return gradcheck(
        gradient,
        xs + seeds,
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
        masked=masked,
    )
