"""Error functions and the normal distribution."""

from __future__ import annotations

import math

from autograd_nb.ops import kinds
from autograd_nb.ops import special_kernels as kernels
from autograd_nb.ops.bessel import from_scipy
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op

_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
_ROOT_TWO_PI = math.sqrt(2 * math.pi)
_ROOT_TWO_OVER_PI = math.sqrt(2 / math.pi)
_ROOT_HALF = math.sqrt(0.5)


@op(
    node="ErfBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="erf",
    functions="erf",
    namespaces="torch special",
    inplace=True,
)
class erf:
    r"""Error function of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,2 e^{-self^2} / \sqrt{\pi}
    """

    def forward(self):
        return kernels.erf(self)

    def vjp_self(F, grad_output, self):
        return _TWO_OVER_ROOT_PI * F.exp(-(self**2)) * grad_output

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@op(
    node="ErfcBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="erfc",
    functions="erfc",
    namespaces="torch special",
    inplace=True,
)
class erfc:
    r"""One minus the error function, accurate for large elements.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = -g\,2 e^{-self^2} / \sqrt{\pi}
    """

    def forward(self):
        kinds.only("f", "erfc_vml_cpu", self)
        return kernels.erfc(self)

    def vjp_self(F, grad_output, self):
        return -_TWO_OVER_ROOT_PI * F.exp(-(self**2)) * grad_output

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@op(
    node="ErfinvBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="erfinv",
    functions="erfinv",
    namespaces="torch special",
    inplace=True,
)
class erfinv:
    r"""Inverse of the error function.

    Parameters
    ----------
    self : Tensor of any shape
        Input between -1 and 1, NaN outside.

    Notes
    -----
    .. math:: grad_{self} = g\,\tfrac{\sqrt\pi}{2} e^{result^2}
    """

    def forward(self):
        kinds.only("f", "erfinv_vml_cpu", self)
        return kernels.erfinv(self)

    def vjp_self(F, grad_output, result):
        return (1 / _TWO_OVER_ROOT_PI) * F.exp(result**2) * grad_output

    samples = [
        Sample(T(3, 4, low=-0.9, high=0.9)),
        Sample(T(low=-0.9, high=0.9)),
        Sample(T(0, 2, low=-0.9, high=0.9)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@op(
    node="SpecialNdtriBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    functions="ndtri",
    namespaces="special",
)
class special_ndtri:
    r"""Inverse of the normal distribution function.

    Parameters
    ----------
    self : Tensor of any shape
        Input; needs SciPy.

    Notes
    -----
    .. math:: grad_{self} = g\,\sqrt{2\pi}\,e^{result^2 / 2}
    """

    def forward(self):
        kinds.only("f", "ndtri_cpu", self)
        return from_scipy("ndtri", self)

    def vjp_self(F, grad_output, result):
        return grad_output * (F.exp(result * result * 0.5) * _ROOT_TWO_PI)

    torch_name = "special.ndtri"
    requires = "scipy"
    samples = [
        Sample(T(3, 4, low=0.1, high=0.9)),
        Sample(T(low=0.1, high=0.9)),
        Sample(T(0, 2, low=0.1, high=0.9)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@op(
    node="SpecialErfcxBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    functions="erfcx",
    namespaces="special",
)
class special_erfcx:
    r"""Scaled complementary error function, ``exp(x**2) * erfc(x)``.

    Parameters
    ----------
    self : Tensor of any shape
        Input; needs SciPy.

    Notes
    -----
    .. math:: grad_{self} = g\,(2 self\,result - 2 / \sqrt\pi)
    """

    def forward(self):
        kinds.only("f", "erfcx_cpu", self)
        return from_scipy("erfcx", self)

    def vjp_self(F, grad_output, self, result):
        return grad_output * (2.0 * self * result - _TWO_OVER_ROOT_PI)

    torch_name = "special.erfcx"
    requires = "scipy"
    samples = [
        Sample(T(3, 4, low=-1, high=3)),
        Sample(T(low=-1, high=3)),
        Sample(T(0, 2, low=-1, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@op(
    node="SpecialLogNdtrBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    functions="log_ndtr",
    namespaces="special",
)
class special_log_ndtr:
    r"""Logarithm of the normal distribution function.

    Parameters
    ----------
    self : Tensor of any shape
        Input; needs SciPy.

    Notes
    -----
    .. math:: grad_{self} = g\,\sqrt{2 / \pi} / \mathrm{erfcx}(-self / \sqrt 2)
    """

    def forward(self):
        kinds.only("f", "log_ndtr_cpu", self)
        return from_scipy("log_ndtr", self)

    def vjp_self(F, grad_output, self, result):
        return grad_output / _ROOT_TWO_PI * F.exp(-(result + self**2 / 2))

    torch_name = "special.log_ndtr"
    requires = "scipy"
    samples = [
        Sample(T(3, 4, low=-3, high=3)),
        Sample(T(low=-3, high=3)),
        Sample(T(0, 2, low=-3, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


@composite(functions="ndtr", namespaces="special")
def ndtr(self):
    """Distribution function of the standard normal distribution.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Returns
    -------
    Tensor
        Probability of a value below each element.
    """
    scaled = traced.erf(traced.mul_scalar(self, _ROOT_HALF))
    return traced.mul_scalar(traced.add_scalar(scaled, 1), 0.5)
