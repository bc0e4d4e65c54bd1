"""Comparisons of two tensors: bool results without a derivative."""

from __future__ import annotations

import numpy as np

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
    inplace=True,
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
    inplace=True,
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
    inplace=True,
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
    inplace=True,
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
    inplace=True,
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
    inplace=True,
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
        return _close(self, other, rtol, atol, equal_nan)

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
    return self.shape == other.shape and bool((self._array == other._array).all())
