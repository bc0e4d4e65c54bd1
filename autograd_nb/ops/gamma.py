"""The gamma family: lgamma, digamma, polygamma."""

from __future__ import annotations

import math

from autograd_nb.ops import kinds
from autograd_nb.ops import special_kernels as kernels
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op


@op(
    node="LgammaBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="lgamma",
    functions="lgamma",
    inplace=True,
)
class lgamma:
    r"""Logarithm of the absolute value of the gamma function.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\psi(self)
    """

    def forward(self):
        kinds.only("f", "lgamma_vml_cpu", self)
        return kernels.lgamma(self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.digamma(self)

    samples = [
        Sample(T(3, 4, low=0.5, high=4)),
        Sample(T(low=0.5, high=4)),
        Sample(T(0, 2, low=0.5, high=4)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@op(
    node="DigammaBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="digamma",
    functions="digamma",
    namespaces="torch special",
    inplace=True,
)
class digamma:
    r"""Logarithmic derivative of the gamma function.

    Parameters
    ----------
    self : Tensor of any shape
        Input; NaN at negative integers.

    Notes
    -----
    .. math:: grad_{self} = g\,\psi'(self)
    """

    def forward(self):
        kinds.only("f", "digamma", self)
        return kernels.digamma(self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.polygamma(1, self)

    samples = [
        Sample(T(3, 4, low=0.5, high=4)),
        Sample(T(low=0.5, high=4)),
        Sample(T(0, 2, low=0.5, high=4)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@op(
    node="PolygammaBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    functions="polygamma",
    namespaces="torch special",
)
class polygamma:
    r"""Derivative of order `n` of the digamma function.

    Parameters
    ----------
    n : int
        Order, at least 0.
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\psi^{(n + 1)}(self)
    """

    def forward(n, self):
        if n < 0:
            raise RuntimeError("polygamma(n, x) does not support negative n.")
        kinds.only("f", ("digamma", "trigamma", "polygamma")[min(n, 2)], self)
        return kernels.polygamma(n, self)

    def vjp_self(F, grad_output, n, self):
        return grad_output * F.polygamma(n + 1, self)

    samples = [Sample(1, T(3, 4, low=0.5, high=4)), Sample(2, T(low=0.5, high=4))]


@composite(methods="polygamma")
def polygamma_method(self, n):
    """Return the derivative of order `n` of the digamma function.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    n : int
        Order, at least 0.

    Returns
    -------
    Tensor
        Of the shape of `self`.
    """
    return traced.polygamma(n, self)


@composite(methods="polygamma_")
def polygamma_in_place(self, n):
    """Put the derivative of order `n` of the digamma function in the place of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Changed in place.
    n : int
        Order, at least 0.

    Returns
    -------
    Tensor
        `self`.
    """
    return traced.polygamma_self_(self, n)


@op(
    node="PolygammaBackward1", kind="elementwise", promote="self", to_float=True, inplace=True,
    public=False,
)  # fmt: skip
class polygamma_self:
    r"""Derivative of order `n` of the digamma function, with the tensor first: for `polygamma_`.

    Parameters
    ----------
    self : Tensor of any shape
    n : int

    Notes
    -----
    .. math:: grad_{self} = g\,\psi^{(n + 1)}(self)
    """

    def forward(self, n):
        return polygamma.forward(n, self)

    def vjp_self(F, grad_output, n, self):
        return grad_output * F.polygamma(n + 1, self)

    samples = [Sample(T(3, low=0.5, high=4), 1)]


@op(
    node="MvlgammaBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="mvlgamma",
    functions="mvlgamma",
    inplace=True,
)
class mvlgamma:
    r"""Logarithm of the multivariate gamma function.

    Parameters
    ----------
    self : Tensor of any shape
        Input, above ``(p - 1) / 2``.
    p : int
        Dimension.

    Notes
    -----
    .. math:: grad_{self} = g \sum_{j=0}^{p-1} \psi(self - j / 2)
    """

    def forward(self, p):
        if p < 1:
            raise RuntimeError("p has to be greater than or equal to 1")
        terms = [kernels.lgamma(self - j / 2) for j in range(p)]
        return sum(terms[1:], terms[0]) + p * (p - 1) / 4 * math.log(math.pi)

    def vjp_self(F, grad_output, self, p):
        terms = [F.digamma(self - j / 2) for j in range(p)]
        return grad_output * sum(terms[1:], terms[0])

    samples = [Sample(T(3, 4, low=2, high=4), 2), Sample(T(low=2, high=4), 3)]
