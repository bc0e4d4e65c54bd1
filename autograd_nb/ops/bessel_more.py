"""Bessel, Airy and zeta functions and incomplete gamma functions, by SciPy's routines."""

from __future__ import annotations

import numpy as np

from . import kinds
from .bessel import from_scipy
from .registry import Sample, T, op


def _kernel(name, routine, summary, low, high):
    """Add a record that has no derivative, as in PyTorch."""

    def forward(self):
        kinds.only("f", f"{name}_cpu", self)
        if self.dtype == np.float16:
            raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Half'")
        return np.asarray(routine(self)).astype(self.dtype, copy=False)[()]

    body = {
        "__doc__": f"""{summary}

    Parameters
    ----------
    self : Tensor of any shape
        Real.

    Notes
    -----
    Without derivative, as in PyTorch. Computed by SciPy.
    """,
        "forward": forward,
        "requires": "scipy",
        "samples": [
            # PyTorch's own float64 values are good to about 1e-7, SciPy's to the last digits.
            Sample(T(3, 4, dtype="float32", low=low, high=high)),
            Sample(T(dtype="float32", low=low, high=high)),
            Sample(T(0, 2)),
            Sample(T.of([1, 2, 3], "int64")),
            Sample(T.of([0.0, float("nan")], "float32")),
        ],
        "error_samples": [Sample(T(2, dtype="complex128")), Sample(T(2, dtype="float16"))],
    }
    op(
        name=f"special_{name}",
        node=None,
        kind="nondifferentiable",
        promote="self",
        to_float=True,
        functions=name,
        namespaces="special",
        torch_name=f"special.{name}",
    )(type(name, (), body))


def _by(routine):
    return lambda x: from_scipy(routine, x)


_FIRST, _SECOND = "Bessel function of the first kind", "Bessel function of the second kind"
for _name, _routine, _summary, _low, _high in (
    ("airy_ai", lambda x: from_scipy("airy", x)[0], "Airy function Ai.", -5, 5),
    ("bessel_j0", _by("j0"), f"{_FIRST}, order 0.", -9, 9),
    ("bessel_j1", _by("j1"), f"{_FIRST}, order 1.", -9, 9),
    ("bessel_y0", _by("y0"), f"{_SECOND}, order 0.", 0.1, 9),
    ("bessel_y1", _by("y1"), f"{_SECOND}, order 1.", 0.1, 9),
    ("modified_bessel_i0", _by("i0"), f"Modified {_FIRST}, order 0.", -9, 9),
    ("modified_bessel_i1", _by("i1"), f"Modified {_FIRST}, order 1.", -9, 9),
    ("modified_bessel_k0", _by("k0"), f"Modified {_SECOND}, order 0.", 0.1, 9),
    ("modified_bessel_k1", _by("k1"), f"Modified {_SECOND}, order 1.", 0.1, 9),
    ("scaled_modified_bessel_k0", _by("k0e"), "modified_bessel_k0 times exp(self).", 0.1, 9),
    ("scaled_modified_bessel_k1", _by("k1e"), "modified_bessel_k1 times exp(self).", 0.1, 9),
    (
        "spherical_bessel_j0",
        lambda x: np.where(np.isinf(x), 0, from_scipy("spherical_jn", 0, x)),
        f"Spherical {_FIRST[0].lower()}{_FIRST[1:]}, order 0.",
        -9,
        9,
    ),
):
    _kernel(_name, _routine, _summary, _low, _high)


def _refuse(name):
    raise NotImplementedError(f"the derivative for '{name}' is not implemented.")


@op(
    node="SpecialZetaBackward0",
    kind="elementwise",
    promote="self other",
    to_float=True,
    functions="zeta",
    namespaces="special",
    torch_name="special.zeta",
)
class special_zeta:
    r"""Hurwitz zeta function, the sum of :math:`(other + n)^{-self}`.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Exponent and shift.

    Notes
    -----
    .. math:: grad_{other} = -g\,self\,\zeta(self + 1, other)

    PyTorch has no derivative with respect to the exponent. Computed by SciPy.
    """

    stepwise = True  # to be told half precision, which it has not

    def forward(self, other):
        half = kinds.dtype_of(self) == np.float16
        kinds.only("" if half else "biuf", "zeta_cpu", self)
        found = from_scipy("zeta", np.asarray(self, float), np.asarray(other, float))
        # SciPy has no value for negative shifts of an integer exponent, PyTorch infinity there.
        return found.astype(np.result_type(self, other))

    def vjp_self(F, grad_output):
        _refuse("zeta")

    def vjp_other(F, grad_output, self, other):
        return -(grad_output * self * F.special_zeta(self + 1, other))

    requires = "scipy"
    samples = [
        Sample(T(3, 4, low=1.5, high=4, requires_grad=False), T(4, low=0.5, high=3)),
        Sample(T(3, low=1.5, high=4, requires_grad=False), T(low=0.5, high=3)),
        Sample(T.of([2, 3], "int64"), T(2, low=0.5, high=3, dtype="float32")),
    ]


_GAMMA = {
    "promote": "self other",
    "strict": "self other",
    "kind": "elementwise",
    "inplace": True,
}


def _incomplete(x, other, name):
    kinds.only("f", f"{name}_cpu", x, other)
    if x.dtype == np.float16:
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Half'")
    routine = {"igamma": "gammainc", "igammac": "gammaincc"}[name]
    return np.asarray(from_scipy(routine, x, other)).astype(x.dtype, copy=False)[()]


def _density(F, self, other):
    return F.exp((self - 1) * F.log(other) - other - F.lgamma(self))


@op(node="IgammaBackward0", methods="igamma", functions="igamma", **_GAMMA)
class igamma:
    r"""Regularized lower incomplete gamma function.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        The parameter, and the upper end of the integral.

    Notes
    -----
    .. math:: grad_{other} = g\,other^{self - 1} e^{-other} / \Gamma(self)

    PyTorch has no derivative with respect to the parameter. Computed by SciPy.
    """

    def forward(self, other):
        return _incomplete(self, other, "igamma")

    def vjp_self(F, grad_output):
        _refuse("igamma: input")

    def vjp_other(F, grad_output, self, other):
        return grad_output * _density(F, self, other)

    requires = "scipy"
    samples = [
        Sample(T(3, 4, low=0.5, high=4, requires_grad=False), T(4, low=0.5, high=3)),
        Sample(T(3, low=0.5, high=4, requires_grad=False), T(low=0.5, high=3)),
        Sample(T(3, low=0.5, high=4, requires_grad=False, dtype="float32"),
               T(3, low=0.5, high=3, dtype="float32")),
    ]  # fmt: skip
    error_samples = [Sample(T.of([2], "int64"), T.of([2], "int64"))]


@op(node="IgammacBackward0", methods="igammac", functions="igammac", **_GAMMA)
class igammac:
    r"""Regularized upper incomplete gamma function.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        The parameter, and the lower end of the integral.

    Notes
    -----
    .. math:: grad_{other} = -g\,other^{self - 1} e^{-other} / \Gamma(self)

    PyTorch has no derivative with respect to the parameter. Computed by SciPy.
    """

    def forward(self, other):
        return _incomplete(self, other, "igammac")

    def vjp_self(F, grad_output):
        _refuse("igammac: input")

    def vjp_other(F, grad_output, self, other):
        return -(grad_output * _density(F, self, other))

    requires = "scipy"
    samples = [
        Sample(T(3, 4, low=0.5, high=4, requires_grad=False), T(4, low=0.5, high=3)),
        Sample(T(3, low=0.5, high=4, requires_grad=False), T(low=0.5, high=3)),
    ]
    error_samples = [Sample(T.of([2], "int64"), T.of([2], "int64"))]
