"""Check gradients against finite differences: the public functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nb.autograd.forward_checks import check_batched_forward, check_undefined_forward
from autograd_nb.autograd.jacobian_checks import (
    Check,
    GradcheckError,
    check_batched,
    check_fast,
    check_forward,
    check_no_gradient,
    check_parts,
    check_scaling,
    check_slow,
    check_undefined,
)
from autograd_nb.core.engine import grad as _engine_grad
from autograd_nb.core.modes import enable_grad
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

from ..core.warn import warn

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


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
            warn(
                f"Input #{i} requires gradient and is not a double precision floating point or "
                "complex. This check will likely fail if all the inputs are not of double "
                "precision floating point or complex. ",
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

    check = Check(
        differentiable if positions else lambda *args: _as_tuple(func(*args)),
        inputs,
        options["eps"],
        options["atol"],
        options["rtol"],
        options["nondet_tol"],
        options["fast_mode"],
    )
    if not positions:
        check_no_gradient(check)
        return
    outputs = tuple(everything[i] for i in positions)
    modes: list[Any] = []
    if options["check_backward_ad"]:
        modes.append(check_fast if options["fast_mode"] else check_slow)
    if options["check_forward_ad"]:
        modes.append(check_forward)
    check_parts(check, outputs, modes)
    if options["check_forward_ad"] and options["check_undefined_grad"]:
        check_undefined_forward(check)
    if options["check_batched_forward_grad"]:
        check_batched_forward(check)
    if not options["check_backward_ad"]:
        return
    if options["check_batched_grad"]:
        check_batched(check, outputs)
    check_scaling(check, outputs, options["check_grad_dtypes"])
    if options["check_undefined_grad"]:
        check_undefined(check)


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
        Whether a missing grad_output, or in forward mode a missing tangent, must be handled.
    check_grad_dtypes : bool, default: False
        Whether gradients must have the type of their input.
    check_batched_grad : bool, default: False
        Whether a batch of grad_outputs is tried.
    check_batched_forward_grad : bool, default: False
        Whether a batch of tangents is tried; it needs `check_forward_ad`.
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
        "check_batched_forward_grad": check_batched_forward_grad,
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
        for point, x in zip(points, xs, strict=True):
            if isinstance(x, Tensor) and x.requires_grad and not point.requires_grad:
                point.requires_grad_()  # a dual tensor was made without history
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
