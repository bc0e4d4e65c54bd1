"""Special functions: logistic, error, gamma and Bessel functions."""

from __future__ import annotations

import math

import numpy as np

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import special_kernels as kernels
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op

_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
_ROOT_TWO_PI = math.sqrt(2 * math.pi)
_ROOT_TWO_OVER_PI = math.sqrt(2 / math.pi)
_ROOT_HALF = math.sqrt(0.5)


def logistic(x):
    """Return ``1 / (1 + exp(-x))`` with few temporaries."""
    if x.ndim == 0:
        return 1 / (1 + np.exp(-x))
    result = np.negative(x)
    np.exp(result, out=result)
    result += 1
    return np.reciprocal(result, out=result)


def _scipy(name, x):
    """Call a routine of scipy.special, imported at first use."""
    try:
        from scipy import special
    except ImportError as error:
        raise ImportError(
            f"torch.special.{name} needs SciPy: pip install 'autograd_nb[scipy]'"
        ) from error
    return getattr(special, name)(x)


@op(
    node="SigmoidBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="sigmoid",
    functions="sigmoid",
    namespaces="torch nn.functional special",
    inplace=True,
)
class sigmoid:
    r"""Logistic function of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{result (1 - result)}
    """

    def forward(self):
        return logistic(self)

    def vjp_self(F, grad_output, result):
        return F.sigmoid_backward(grad_output, result)

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(0, 2)),
        Sample(T(3, dtype="int64", requires_grad=False)),
        Sample(T(3, dtype="complex128")),
    ]


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
        return grad_output * (F.exp(-(self * self)) * _TWO_OVER_ROOT_PI)

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
        return kernels.erfc(self)

    def vjp_self(F, grad_output, self):
        return grad_output * (F.exp(-(self * self)) * -_TWO_OVER_ROOT_PI)

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
        return kernels.erfinv(self)

    def vjp_self(F, grad_output, result):
        return grad_output * (F.exp(result * result) * (1 / _TWO_OVER_ROOT_PI))

    samples = [
        Sample(T(3, 4, low=-0.9, high=0.9)),
        Sample(T(low=-0.9, high=0.9)),
        Sample(T(0, 2, low=-0.9, high=0.9)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


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
        return _scipy("i1", self)

    def vjp_self(F, grad_output, self, result):
        zero = self == 0
        safe = F.where(zero, 1.0, self)
        slope = F.where(zero, 0.5, F.i0(safe) - result / safe)
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
        return _scipy("i0e", self)

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
        return _scipy("i1e", self)

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
        return _scipy("ndtri", self)

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
        return _scipy("erfcx", self)

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
        return _scipy("log_ndtr", self)

    def vjp_self(F, grad_output, self):
        return grad_output / F.special_erfcx(self * -_ROOT_HALF) * _ROOT_TWO_OVER_PI

    torch_name = "special.log_ndtr"
    requires = "scipy"
    samples = [
        Sample(T(3, 4, low=-3, high=3)),
        Sample(T(low=-3, high=3)),
        Sample(T(0, 2, low=-3, high=3)),
        Sample(T(3, dtype="int64", requires_grad=False)),
    ]


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
        value = -self * np.log(np.where(self == 0, 1, self))
        return np.where(self < 0, -np.inf, value).astype(self.dtype)[()]

    def vjp_self(F, grad_output, self):
        return F.where(self >= 0, grad_output * -(1 + F.log(self)), float("nan"))

    torch_name = "special.entr"
    samples = [Sample(T(3, 4, low=0.5, high=2)), Sample(T(low=0.5, high=2))]


@op(
    node="SigmoidBackwardBackward0",
    kind="elementwise",
    public=False,
)
class sigmoid_backward:
    r"""Gradient of `sigmoid`, without needless temporaries.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    output : Tensor
        What `sigmoid` returned.

    Notes
    -----
    .. math:: grad\,\overline{output (1 - output)}
    """

    def forward(grad, output):
        slope = 1 - output
        if slope.ndim == 0 or grad.dtype != slope.dtype or slope.dtype.kind == "c":
            return grad * np.conjugate(slope * output)
        slope *= output
        return np.multiply(grad, slope, out=slope)

    def vjp_grad(F, grad_output, output):
        return F.sigmoid_backward(grad_output, F.conj(output))

    def vjp_output(F, grad_output, grad, output):
        return F.conj(grad_output) * grad * F.conj(1 - 2 * output)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4)), Sample(T(2, dtype="complex128"), T(2, dtype="complex128"))]


@op(
    node="LogitBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="logit",
    functions="logit",
    namespaces="torch special",
    inplace=True,
)
class logit:
    r"""Logarithm of the odds: the inverse of `sigmoid`.

    Parameters
    ----------
    self : Tensor of any shape
        Probabilities.
    eps : float, optional
        Where given, the input is first clamped to ``[eps, 1 - eps]``; else values outside
        ``[0, 1]`` give NaN.

    Notes
    -----
    .. math:: grad_{self} = \frac{g}{self (1 - self)}

    and zero where `eps` clamped.
    """

    def forward(self, eps=None):
        z = self if eps is None else np.minimum(np.maximum(self, eps), 1 - eps)
        return np.log(z / (1 - z))

    def vjp_self(F, grad_output, self, eps):
        slope = grad_output / (self * (1.0 - self))
        if eps is None:
            return F.where((self >= 0) & (self <= 1), slope, float("nan"))
        return F.where((self >= eps) & (self <= 1 - eps), slope, 0.0)

    samples = [
        Sample(T(3, 4, low=0.1, high=0.9)),
        Sample(T(low=0.1, high=0.9)),
        Sample(T(5, low=0.0, high=1.0), 0.2),
        Sample(T.of([2.0, 0.5])),
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
        return kernels.polygamma(n, self)

    def vjp_self(F, grad_output, n, self):
        return grad_output * F.polygamma(n + 1, self)

    samples = [Sample(1, T(3, 4, low=0.5, high=4)), Sample(2, T(low=0.5, high=4))]


@composite(methods="polygamma")
def polygamma_method(self, n):
    """Derivative of order `n` of the digamma function.

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


@op(
    node="MvlgammaBackward0",
    kind="elementwise",
    promote="self",
    to_float=True,
    methods="mvlgamma",
    functions="mvlgamma",
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
    scaled = traced.erf(traced.mul(self, _ROOT_HALF))
    return traced.mul_scalar(traced.add_scalar(scaled, 1), 0.5)


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
        product = self * np.log(other)
        return np.where((self == 0) & ~np.isnan(other), 0, product).astype(product.dtype)[()]

    def vjp_self(F, grad_output, self, other):
        return F.where((self == 0) & (other <= 0), 0.0, grad_output * F.log(other))

    def vjp_other(F, grad_output, self, other):
        return grad_output * self / other

    torch_name = "xlogy"
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

    torch_name = "xlogy"
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
        return grad_output * F.log(other)

    torch_name = "xlogy"
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
        product = self * np.log1p(other)
        return np.where((self == 0) & ~np.isnan(other), 0, product).astype(product.dtype)[()]

    def vjp_self(F, grad_output, self, other):
        return F.where((self == 0) & (other <= -1), 0.0, grad_output * F.log1p(other))

    def vjp_other(F, grad_output, self, other):
        return grad_output * self / (other + 1)

    torch_name = "special.xlog1py"
    samples = [Sample(T(3, 4), T(4, low=-0.5, high=2))]
