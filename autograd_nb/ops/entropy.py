"""Products with logarithms that are 0 where a factor is: xlogy, entr."""

from __future__ import annotations

import numpy as np

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import kinds
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op


@op(
    node="XlogyBackward0",
    kind="elementwise",
    promote="self other",
    to_float=True,
    public=False,
    inplace=True,
)
class xlogy_tensor:
    r"""Product ``self * log(other)`` that is 0 where `self` is 0.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Factor and argument of the logarithm.

    Notes
    -----
    .. math:: grad_{self} = g \ln other,\quad grad_{other} = g\,self / other
    """

    def forward(self, other):
        kinds.only("buif", "xlogy_cpu", self, other)
        product = self * np.log(other, dtype=np.result_type(self, other))
        return np.where((self == 0) & ~np.isnan(other), 0, product).astype(product.dtype)[()]

    def vjp_self(F, grad_output, self, other):
        return F.zeroed(F.xlogy_tensor(grad_output, other), (self == 0) & (other <= 0))

    def vjp_other(F, grad_output, self, other):
        return grad_output * self / other

    torch_name = "xlogy"
    stepwise = True
    samples = [
        Sample(T(3, 4), T(4, low=0.5, high=2)),
        Sample(T.of([0.0, 0.0, 1.0]), T.of([0.0, 2.0, 0.5])),
        Sample(T(3, dtype="int64"), T(3, dtype="int64", low=1, high=5)),
    ]


@op(node="XlogyBackward1", kind="elementwise", promote="self other", to_float=True, public=False)
class xlogy_number:
    r"""Product ``self * log(other)`` of a number `self`.

    Parameters
    ----------
    self : number
        Factor.
    other : Tensor of any shape
        Argument of the logarithm.

    Notes
    -----
    .. math:: grad_{other} = g\,self / other
    """

    def forward(self, other):
        return xlogy_tensor.forward(self, other)

    def vjp_other(F, grad_output, self, other):
        return grad_output * self / other

    scalars = "self"
    torch_name = "xlogy"
    stepwise = True
    samples = [Sample(2.0, T(3, 4, low=0.5, high=2))]


@op(
    node="XlogyBackward2",
    kind="elementwise",
    promote="self other",
    to_float=True,
    public=False,
    inplace=True,
)
class xlogy_scalar:
    r"""Product ``self * log(other)`` of a number `other`.

    Parameters
    ----------
    self : Tensor of any shape
        Factor.
    other : number
        Argument of the logarithm.

    Notes
    -----
    .. math:: grad_{self} = g \ln other
    """

    def forward(self, other):
        return xlogy_tensor.forward(self, other)

    def vjp_self(F, grad_output, other):
        return grad_output * float(np.log(other))

    scalars = "other"
    torch_name = "xlogy"
    stepwise = True
    samples = [Sample(T(3, 4), 2.0)]


@composite(methods="xlogy", functions="xlogy", namespaces="torch special")
def xlogy(self, other):
    """Multiply `self` by the logarithm of `other`, with 0 where `self` is 0.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Factor and argument of the logarithm, one of them a tensor.

    Returns
    -------
    Tensor
        ``self * log(other)``.
    """
    if not isinstance(self, Tensor):
        return traced.xlogy_number(self, other)
    if not isinstance(other, Tensor):
        return traced.xlogy_scalar(self, other)
    return traced.xlogy_tensor(self, other)


@op(
    node="SpecialXlog1PyBackward0",
    kind="elementwise",
    promote="self other",
    to_float=True,
    functions="xlog1py",
    namespaces="special",
)
class special_xlog1py:
    r"""Product ``self * log1p(other)`` that is 0 where `self` is 0.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Factor and argument of the logarithm.

    Notes
    -----
    .. math:: grad_{self} = g \ln(1 + other),\quad grad_{other} = g\,self / (other + 1)
    """

    def forward(self, other):
        product = self * np.log1p(other, dtype=np.result_type(self, other))
        kinds.only("f", "xlog1py_cpu", product)
        return np.where((self == 0) & ~np.isnan(other), 0, product).astype(product.dtype)[()]

    def vjp_self(F, grad_output, self, other):
        return F.zeroed(F.special_xlog1py(grad_output, other), (self == 0) & (other <= -1))

    def vjp_other(F, grad_output, self, other):
        return grad_output * self / (other + 1)

    torch_name = "special.xlog1py"
    samples = [Sample(T(3, 4), T(4, low=-0.5, high=2))]


@op(
    node="SpecialEntrBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    functions="entr",
    namespaces="special",
)
class special_entr:
    r"""Entropy term ``-x * log(x)`` of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input; 0 at 0 and minus infinity below.

    Notes
    -----
    .. math:: grad_{self} = -g\,(1 + \ln self)
    """

    def forward(self):
        kinds.only("f", "entr_cpu", self)
        zero = self == 0
        value = np.where(zero, 0, -self * np.log(np.where(zero, 1, self)))
        return np.where(self < 0, -np.inf, value).astype(self.dtype)[()]

    def vjp_self(F, grad_output, self):
        return grad_output * -(1 + F.log(self))

    torch_name = "special.entr"
    samples = [Sample(T(3, 4, low=0.5, high=2)), Sample(T(low=0.5, high=2))]
