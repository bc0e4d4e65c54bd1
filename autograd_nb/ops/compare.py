"""Comparisons of two tensors: bool results without a derivative."""

from __future__ import annotations

import numpy as np

from autograd_nb.core.batch import REFUSED, levels_of
from autograd_nb.core.modes import state
from autograd_nb.core.op import Op
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import kinds
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op


def _ordered(kernel, self):
    kinds.only("buif", kernel, self)


@op(
    node=None,
    kind="nondifferentiable",
    promote="self other",
    strict="self",
    methods="eq __eq__",
    functions="eq",
)
class eq:
    """Say where `self` equals `other`.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        What is compared.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self, other):
        return self == other

    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T(3, dtype="int64"), 1),
        Sample(T(3, dtype="int64"), 0.5),
        Sample(T(), T()),
        Sample(T(0), T(1)),
        Sample(T.of([1.0, float("nan")]), T.of([1.0, float("nan")])),
        Sample(T(2, dtype="complex64"), T(2, dtype="complex64")),
    ]
    error_samples = [Sample(T(2), T(3))]


@op(
    node=None,
    kind="nondifferentiable",
    promote="self other",
    strict="self",
    methods="ne not_equal __ne__",
    functions="ne not_equal",
)
class ne:
    """Say where `self` differs from `other`.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        What is compared.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self, other):
        return self != other

    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T(3, dtype="int64"), 1),
        Sample(T(3, dtype="int64"), 0.5),
        Sample(T(), T()),
        Sample(T(0), T(1)),
        Sample(T.of([1.0, float("nan")]), T.of([1.0, float("nan")])),
        Sample(T(2, dtype="complex64"), T(2, dtype="complex64")),
    ]
    error_samples = [Sample(T(2), T(3))]


@op(
    node=None,
    kind="nondifferentiable",
    promote="self other",
    strict="self",
    methods="lt less __lt__",
    functions="lt less",
)
class lt:
    """Say where `self` is less than `other`.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        What is compared.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self, other):
        _ordered("lt_cpu", self)
        return self < other

    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T(3, dtype="int64"), 1),
        Sample(T(3, dtype="int64"), 0.5),
        Sample(T(), T()),
        Sample(T(0), T(1)),
        Sample(T.of([1.0, float("nan")]), T.of([1.0, float("nan")])),
    ]
    error_samples = [Sample(T(2, dtype="complex64"), T(2, dtype="complex64")), Sample(T(2), T(3))]


@op(
    node=None,
    kind="nondifferentiable",
    promote="self other",
    strict="self",
    methods="le less_equal __le__",
    functions="le less_equal",
)
class le:
    """Say where `self` is at most `other`.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        What is compared.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self, other):
        _ordered("le_cpu", self)
        return self <= other

    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T(3, dtype="int64"), 1),
        Sample(T(3, dtype="int64"), 0.5),
        Sample(T(), T()),
        Sample(T(0), T(1)),
        Sample(T.of([1.0, float("nan")]), T.of([1.0, float("nan")])),
    ]
    error_samples = [Sample(T(2, dtype="complex64"), T(2, dtype="complex64")), Sample(T(2), T(3))]


@op(
    node=None,
    kind="nondifferentiable",
    promote="self other",
    strict="self",
    methods="gt greater __gt__",
    functions="gt greater",
)
class gt:
    """Say where `self` is greater than `other`.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        What is compared.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self, other):
        _ordered("gt_cpu", self)
        return self > other

    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T(3, dtype="int64"), 1),
        Sample(T(3, dtype="int64"), 0.5),
        Sample(T(), T()),
        Sample(T(0), T(1)),
        Sample(T.of([1.0, float("nan")]), T.of([1.0, float("nan")])),
    ]
    error_samples = [Sample(T(2, dtype="complex64"), T(2, dtype="complex64")), Sample(T(2), T(3))]


@op(
    node=None,
    kind="nondifferentiable",
    promote="self other",
    strict="self",
    methods="ge greater_equal __ge__",
    functions="ge greater_equal",
)
class ge:
    """Say where `self` is at least `other`.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        What is compared.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self, other):
        _ordered("ge_cpu", self)
        return self >= other

    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T(3, dtype="int64"), 1),
        Sample(T(3, dtype="int64"), 0.5),
        Sample(T(), T()),
        Sample(T(0), T(1)),
        Sample(T.of([1.0, float("nan")]), T.of([1.0, float("nan")])),
    ]
    error_samples = [Sample(T(2, dtype="complex64"), T(2, dtype="complex64")), Sample(T(2), T(3))]


def _in_place(compare: Op, title: str, alias: str) -> None:
    """Register the in-place forms: only they have a node, and its gradients are zero."""

    class _Number:
        """Overwrite with one where a comparison with a number holds, with zero elsewhere.

        Parameters
        ----------
        self : Tensor
        other : number

        Notes
        -----
        .. math:: grad_self = 0
        """

        def forward(self, other):
            return compare.forward(self, other)

        def vjp_self(F, grad_output):
            return F.zeros(grad_output.shape, F.value(grad_output).dtype)

        samples = [Sample(T(3), 0.5)]

    class _Tensor:
        r"""Overwrite with one where a comparison with a tensor holds, with zero elsewhere.

        Parameters
        ----------
        self, other : Tensor

        Notes
        -----
        .. math:: grad_self = 0,\quad grad_other = 0
        """

        def forward(self, other):
            return compare.forward(self, other)

        def vjp_self(F, grad_output):
            return F.zeros(grad_output.shape, F.value(grad_output).dtype)

        def vjp_other(F, grad_output, other_shape, other_dtype):
            return F.zeros(other_shape, other_dtype)

        samples = [Sample(T(3), T(3, requires_grad=False))]

    options = {
        "kind": "nondifferentiable",
        "public": False,
        "promote": "self other",
        "inplace": True,
    }
    name = compare.name
    op(name=f"{name}_number", node=f"{title}Backward0", **options)(_Number)
    op(name=f"{name}_tensor", node=f"{title}Backward1", **options)(_Tensor)

    @composite(methods=f"{name}_ {alias}")
    def changer(self, other):
        """Overwrite with one where the comparison holds, with zero elsewhere.

        Parameters
        ----------
        self : Tensor
        other : Tensor or number

        Returns
        -------
        Tensor
            `self`.
        """
        form = "tensor" if isinstance(other, Tensor) else "number"
        return getattr(traced, f"{name}_{form}_")(self, other)

    changer.__name__ = changer.__qualname__ = f"{name}_"


for _compare, _title, _alias in (
    (eq, "Eq", ""),
    (ne, "Ne", "not_equal_"),
    (lt, "Lt", "less_"),
    (le, "Le", "less_equal_"),
    (gt, "Gt", "greater_"),
    (ge, "Ge", "greater_equal_"),
):
    _in_place(_compare, _title, _alias)


def _close(self, other, rtol, atol, equal_nan):
    if self.dtype != other.dtype:
        raise RuntimeError(f"{kinds.scalar_type(self)} did not match {kinds.scalar_type(other)}")
    if rtol < 0:
        raise RuntimeError(f"rtol must be greater than or equal to zero, but got {rtol}")
    if atol < 0:
        raise RuntimeError(f"atol must be greater than or equal to zero, but got {atol}")
    close = self == other
    if equal_nan and self.dtype.kind in "fc":
        close = close | (np.isnan(self) & np.isnan(other))
    if rtol == 0 and atol == 0:
        return close
    if self.dtype.kind in "bui":
        self, other = self.astype(kinds.default_float()), other.astype(kinds.default_float())
    difference = np.absolute(self - other)
    return close | (np.isfinite(difference) & (difference <= atol + np.absolute(rtol * other)))


@op(
    node=None,
    kind="nondifferentiable",
    tensors="self other",
    methods="isclose",
    functions="isclose",
)
class isclose:
    r"""Say which elements of two tensors are close to each other.

    Parameters
    ----------
    self, other : Tensor of one dtype, shapes that broadcast together
        What is compared.
    rtol, atol : float
        Relative and absolute tolerance.
    equal_nan : bool, default False
        Whether NaN is close to NaN.

    Notes
    -----
    .. math:: |self - other| \le atol + rtol\,|other|
    """

    def forward(self, other, rtol=1e-05, atol=1e-08, equal_nan=False):
        return _close(self, other, float(rtol), float(atol), equal_nan)

    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T.of([1.0, float("nan"), float("inf")]), T.of([1.0, float("nan"), float("inf")])),
        Sample(T.of([1.0, float("nan")]), T.of([1.0 + 1e-7, float("nan")]), equal_nan=True),
        Sample(T(3, dtype="int64"), T(3, dtype="int64")),
    ]
    error_samples = [Sample(T(2), T(2, dtype="float32"))]


@composite(methods="allclose", functions="allclose")
def allclose(self, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Say whether all elements of two tensors are close to each other.

    Parameters
    ----------
    self, other : Tensor of one dtype, shapes that broadcast together
        What is compared.
    rtol, atol : float
        Relative and absolute tolerance.
    equal_nan : bool, default False
        Whether NaN is close to NaN.

    Returns
    -------
    bool
        A Python bool.
    """
    return bool(traced.isclose(self, other, rtol, atol, equal_nan)._array.all())


@composite(methods="equal", functions="equal")
def equal(self, other):
    """Say whether two tensors have the same shape and equal elements.

    Parameters
    ----------
    self, other : Tensor
        What is compared.

    Returns
    -------
    bool
        A Python bool; False where either holds NaN.
    """
    if not isinstance(other, Tensor):
        raise TypeError(
            f"equal(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}"
        )
    if state.levels and levels_of((self, other)):
        raise RuntimeError(REFUSED["equal"])
    return self.shape == other.shape and bool((self._array == other._array).all())
