"""Modified Bessel functions."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops import kinds
from autograd_nb.ops.registry import Sample, T, op


def from_scipy(name, *args):
    """Call a routine of scipy.special, imported at first use."""
    try:
        from scipy import special
    except ImportError as error:
        raise ImportError(
            f"torch.special.{name} needs SciPy: pip install 'autograd_nb[scipy]'"
        ) from error
    return getattr(special, name)(*args)


@op(
    node="I0Backward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="i0",
    functions="i0",
    inplace=True,
)
class i0:
    r"""Modified Bessel function of the first kind, order 0.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,I_1(self)
    """

    def forward(self):
        kinds.only("f", "i0_vml_cpu", self)
        return np.i0(self).astype(self.dtype)[()]

    def vjp_self(F, grad_output, self):
        return grad_output * F.special_i1(self)

    samples = [
        Sample(T(3, 4, low=-3, high=3)),
        Sample(T(low=-3, high=3)),
        Sample(T(0, 2, low=-3, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@op(
    node="SpecialI1Backward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    functions="i1",
    namespaces="special",
)
class special_i1:
    r"""Modified Bessel function of the first kind, order 1.

    Parameters
    ----------
    self : Tensor of any shape
        Input; needs SciPy.

    Notes
    -----
    .. math:: grad_{self} = g\,(I_0(self) - result / self)
    """

    def forward(self):
        return from_scipy("i1", self).astype(self.dtype)[()]

    def vjp_self(F, grad_output, self, result):
        usual = self != 0
        safe = F.where(usual, self, 1.0)
        slope = F.where(usual, F.i0(safe) - result * F.reciprocal(safe), 0.5)
        return grad_output * slope

    torch_name = "special.i1"
    requires = "scipy"
    samples = [
        Sample(T(3, 4, low=0.3, high=3)),
        Sample(T(low=0.3, high=3)),
        Sample(T(0, 2, low=0.3, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@op(
    node="SpecialI0EBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    functions="i0e",
    namespaces="special",
)
class special_i0e:
    r"""Exponentially scaled Bessel function of order 0.

    Parameters
    ----------
    self : Tensor of any shape
        Input; needs SciPy.

    Notes
    -----
    .. math:: grad_{self} = g\,(I_{1e}(self) - \mathrm{sgn}(self)\,result)
    """

    def forward(self):
        return from_scipy("i0e", self).astype(self.dtype)[()]

    def vjp_self(F, grad_output, self, result):
        return grad_output * (F.special_i1e(self) - F.sgn(self) * result)

    torch_name = "special.i0e"
    requires = "scipy"
    samples = [
        Sample(T(3, 4, low=0.3, high=3)),
        Sample(T(low=0.3, high=3)),
        Sample(T(0, 2, low=0.3, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@op(
    node="SpecialI1EBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    functions="i1e",
    namespaces="special",
)
class special_i1e:
    r"""Exponentially scaled Bessel function of order 1.

    Parameters
    ----------
    self : Tensor of any shape
        Input; needs SciPy.

    Notes
    -----
    .. math:: grad_{self} = g\,(I_{0e}(self) - result (\mathrm{sgn}(self) + 1 / self))
    """

    def forward(self):
        return from_scipy("i1e", self).astype(self.dtype)[()]

    def vjp_self(F, grad_output, self, result):
        zero = self == 0
        safe = F.where(zero, 1.0, self)
        slope = F.special_i0e(safe) - result * (F.sgn(safe) + 1 / safe)
        return grad_output * F.where(zero, 0.5, slope)

    torch_name = "special.i1e"
    requires = "scipy"
    samples = [
        Sample(T(3, 4, low=0.3, high=3)),
        Sample(T(low=0.3, high=3)),
        Sample(T(0, 2, low=0.3, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]
