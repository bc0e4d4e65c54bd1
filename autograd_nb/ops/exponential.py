"""Exponentials and logarithms of every element."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops import log_kernels, rounded
from autograd_nb.ops.registry import Sample, T, op

_LN2 = float(np.log(2.0))
_LN10 = float(np.log(10.0))


@op(
    node="ExpBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="exp",
    functions="exp",
    inplace=True,
)
class exp:
    r"""Exponential of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input; integers are computed in the default dtype.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{result}

    Examples
    --------
    >>> torch.exp(torch.tensor([0., 1.]))
    tensor([1.0000, 2.7183])
    """

    def forward(self):
        return rounded.exp(self)

    def vjp_self(F, grad_output, result):
        return grad_output * F.conj(result)

    ufunc = np.exp
    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="Exp2Backward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="exp2",
    functions="exp2",
    inplace=True,
)
class exp2:
    r"""Two to the power of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{result}\,\ln 2
    """

    def forward(self):
        return rounded.exp2(self)

    def vjp_self(F, grad_output, result):
        return grad_output * F.conj(result) * _LN2

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="Expm1Backward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="expm1",
    functions="expm1",
    inplace=True,
)
class expm1:
    r"""Exponential minus one, accurate near zero.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{result + 1}
    """

    def forward(self):
        return rounded.expm1(self)

    def vjp_self(F, grad_output, result):
        return grad_output * F.conj(result + 1)

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


@op(
    node="LogBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="log",
    functions="log",
    inplace=True,
)
class log:
    r"""Natural logarithm of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input; NaN below zero for real numbers.

    Notes
    -----
    .. math:: grad_{self} = g / \overline{self}

    Examples
    --------
    >>> torch.log(torch.tensor([1., 0.]))
    tensor([0., -inf])
    """

    def forward(self):
        return rounded.log(self)

    def vjp_self(F, grad_output, self):
        return grad_output / F.conj(self)

    ufunc = np.log
    samples = [
        Sample(T(3, 4, low=0.5, high=3)),
        Sample(T(low=0.5, high=3)),
        Sample(T(0, 2, low=0.5, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=0.5, high=3)),
    ]


@op(
    node="Log2Backward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="log2",
    functions="log2",
    inplace=True,
)
class log2:
    r"""Logarithm to base 2 of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g / (\overline{self}\,\ln 2)
    """

    def forward(self):
        return rounded.log2(self)

    def vjp_self(F, grad_output, self):
        return grad_output / (F.conj(self) * _LN2)

    samples = [
        Sample(T(3, 4, low=0.5, high=3)),
        Sample(T(low=0.5, high=3)),
        Sample(T(0, 2, low=0.5, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=0.5, high=3)),
    ]


@op(
    node="Log10Backward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="log10",
    functions="log10",
    inplace=True,
)
class log10:
    r"""Logarithm to base 10 of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g / (\overline{self}\,\ln 10)
    """

    def forward(self):
        return rounded.log10(self)

    def vjp_self(F, grad_output, self):
        return grad_output / (F.conj(self) * _LN10)

    samples = [
        Sample(T(3, 4, low=0.5, high=3)),
        Sample(T(low=0.5, high=3)),
        Sample(T(0, 2, low=0.5, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=0.5, high=3)),
    ]


@op(
    node="Log1PBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="log1p",
    functions="log1p",
    inplace=True,
)
class log1p:
    r"""Natural logarithm of one plus each element, accurate near zero.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g / \overline{self + 1}
    """

    def forward(self):
        return log_kernels.log1p(self) if self.dtype.kind == "c" else rounded.log1p(self)

    def vjp_self(F, grad_output, self):
        return grad_output / F.conj(self + 1)

    ufunc = np.log1p
    samples = [
        Sample(T(3, 4, low=-0.5, high=3)),
        Sample(T(low=-0.5, high=3)),
        Sample(T(0, 2, low=-0.5, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128", low=-0.5, high=3)),
    ]
