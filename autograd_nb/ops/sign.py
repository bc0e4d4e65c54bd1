"""Signs and sizes: neg, abs, sign, sgn."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops import kinds
from autograd_nb.ops.registry import Sample, T, composite, op

_BOOL = np.dtype(np.bool_)


@op(
    node="NegBackward0",
    kind="linear",
    pointwise=True,
    methods="neg negative __neg__",
    functions="neg negative",
    inplace=True,
)
class neg:
    r"""Negate each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not bool.

    Notes
    -----
    .. math:: grad_{self} = -g
    """

    def forward(self):
        if kinds.dtype_of(self) == _BOOL:
            raise RuntimeError(
                "Negation, the `-` operator, on a bool tensor is not supported. If you are trying "
                "to invert a mask, use the `~` or `logical_not()` operator instead."
            )
        return -self

    def vjp_self(F, grad_output):
        return -grad_output

    ufunc = np.negative
    samples = [Sample(T(3, 4)), Sample(T()), Sample(T(0)), Sample(T(2, dtype="complex128"))]
    error_samples = [Sample(T(2, dtype="bool"))]


@composite(methods="positive __pos__", functions="positive")
def positive(self):
    """Return the tensor itself.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not bool.

    Returns
    -------
    Tensor
        `self`.
    """
    if self._array.dtype == _BOOL:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return self


@op(
    node="AbsBackward0",
    kind="elementwise",
    methods="abs absolute __abs__",
    functions="abs absolute",
    inplace=True,
)
class abs:
    r"""Absolute value of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input; a complex one gives a real result.

    Notes
    -----
    .. math:: grad_{self} = g\,\mathrm{sgn}(self)

    with ``sgn(0) = 0``.
    """

    def forward(self):
        kinds.only("uifc", "abs_cpu", self)
        return np.absolute(self)

    def forward_(self):
        if self.dtype.kind == "c":
            raise RuntimeError("In-place abs is not supported for complex tensors.")
        kinds.only("uifc", "abs_cpu", self)
        np.absolute(self, out=self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.sgn(self)

    def jvp_self(F, tangent, self):
        return F.real_part(tangent * F.conj(F.sgn(self)))

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(2, dtype="complex128")),
        Sample(T(3, dtype="int64", low=-4, high=4)),
        Sample(T.of([-1.0, 0.0, 2.0])),
    ]
    error_samples = [Sample(T(2, dtype="bool"))]


@op(node="SignBackward0", kind="elementwise", methods="sign", functions="sign", inplace=True)
class sign:
    r"""Sign of each element: -1, 0 or 1.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex.

    Notes
    -----
    Constant between its jumps: the gradient is zero.
    """

    def forward(self):
        kind = kinds.dtype_of(self).kind
        if kind == "c":
            raise NotImplementedError(
                "Unlike NumPy, torch.sign is not intended to support complex numbers. "
                "Please use torch.sgn instead."
            )
        if kind == "b":
            return self.copy()
        if kind == "f":  # PyTorch gives 0 for NaN
            return ((self > 0).astype(self.dtype)) - (self < 0)
        return np.sign(self)

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    samples = [
        Sample(T(3, 4)),
        Sample(T.of([-0.0, float("nan"), 2.0])),
        Sample(T(3, dtype="int64", low=-4, high=4)),
        Sample(T(3, dtype="bool")),
    ]
    error_samples = [Sample(T(2, dtype="complex64"))]


@op(node="SgnBackward0", kind="elementwise", methods="sgn", functions="sgn", inplace=True)
class sgn:
    r"""Direction of each element: ``self / abs(self)``, and 0 at 0.

    Parameters
    ----------
    self : Tensor of any shape
        Input, real or complex.

    Notes
    -----
    .. math:: grad_{self} = \frac{g - \mathrm{Re}(g / s)\, s}{|self|},\quad s = \mathrm{sgn}(self)

    for complex numbers, zero for real ones and at 0.
    """

    def forward(self):
        if kinds.dtype_of(self).kind != "c":
            return sign.forward(self)
        size = np.absolute(self)
        zero = size == 0
        return np.where(zero, 0, self / np.where(zero, 1, size)).astype(self.dtype)[()]

    def vjp_self(F, grad_output, self, self_shape, self_dtype, result):
        if not F.is_complex(self):
            return F.zeros(self_shape, self_dtype)
        size = F.abs(self)
        along = F.real_part(grad_output / result) * result
        return F.where(size == 0, 0.0, (grad_output - along) / size)

    def jvp_self(F, tangent, self, self_shape, self_dtype, result):
        if not F.is_complex(self):
            return F.zeros(self_shape, self_dtype)
        size = F.abs(self)
        along = F.real_part(tangent / result) * result
        return F.where(size == 0, 0.0, (tangent - along) / size)

    samples = [Sample(T(3, 4)), Sample(T(4, dtype="complex128")), Sample(T(3, dtype="int64"))]
