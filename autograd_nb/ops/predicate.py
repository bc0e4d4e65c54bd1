"""Tests of elements, and logic: bool results without a derivative."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops.registry import Sample, T, op


@op(node=None, kind="nondifferentiable", methods="isnan", functions="isnan")
class isnan:
    """Say which elements are NaN.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self):
        return np.isnan(self)

    samples = [
        Sample(T.of([float("nan"), float("inf"), -float("inf"), 0.0, -1.0])),
        Sample(T(2, 3)),
        Sample(T(3, dtype="int64")),
        Sample(T()),
    ]


@op(node=None, kind="nondifferentiable", methods="isinf", functions="isinf")
class isinf:
    """Say which elements are infinite.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self):
        return np.isinf(self)

    samples = [
        Sample(T.of([float("nan"), float("inf"), -float("inf"), 0.0, -1.0])),
        Sample(T(2, 3)),
        Sample(T(3, dtype="int64")),
        Sample(T()),
    ]


@op(node=None, kind="nondifferentiable", methods="isfinite", functions="isfinite")
class isfinite:
    """Say which elements are finite numbers.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self):
        return np.isfinite(self)

    samples = [
        Sample(T.of([float("nan"), float("inf"), -float("inf"), 0.0, -1.0])),
        Sample(T(2, 3)),
        Sample(T(3, dtype="int64")),
        Sample(T()),
    ]


def _refuse_complex(name, self):
    if self.dtype.kind == "c":
        raise RuntimeError(f"{name} does not support complex inputs.")


@op(node=None, kind="nondifferentiable", methods="isposinf", functions="isposinf")
class isposinf:
    """Say which elements are plus infinity.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self):
        _refuse_complex("isposinf", self)
        return self == np.inf

    samples = [
        Sample(T.of([float("nan"), float("inf"), -float("inf"), 0.0, -1.0])),
        Sample(T(2, 3)),
        Sample(T(3, dtype="int64")),
        Sample(T()),
    ]


@op(node=None, kind="nondifferentiable", methods="isneginf", functions="isneginf")
class isneginf:
    """Say which elements are minus infinity.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self):
        _refuse_complex("isneginf", self)
        return self == -np.inf

    samples = [
        Sample(T.of([float("nan"), float("inf"), -float("inf"), 0.0, -1.0])),
        Sample(T(2, 3)),
        Sample(T(3, dtype="int64")),
        Sample(T()),
    ]


@op(node=None, kind="nondifferentiable", methods="isreal", functions="isreal")
class isreal:
    """Say which elements have no imaginary part.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self):
        return np.isreal(self)

    samples = [
        Sample(T.of([float("nan"), float("inf"), -float("inf"), 0.0, -1.0])),
        Sample(T(2, 3)),
        Sample(T(3, dtype="int64")),
        Sample(T()),
    ]


@op(node=None, kind="nondifferentiable", methods="signbit", functions="signbit")
class signbit:
    """Say which elements have their sign bit set.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self):
        if self.dtype.kind == "c":
            raise NotImplementedError("signbit is not implemented for complex tensors.")
        return np.signbit(self) if self.dtype.kind == "f" else self < 0

    samples = [
        Sample(T.of([float("nan"), float("inf"), -float("inf"), 0.0, -1.0])),
        Sample(T(2, 3)),
        Sample(T(3, dtype="int64")),
        Sample(T()),
    ]


@op(
    node=None,
    kind="nondifferentiable",
    methods="logical_not",
    functions="logical_not",
    inplace=True,
)
class logical_not:
    """Say which elements are zero.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self):
        return np.logical_not(self)

    samples = [
        Sample(T.of([float("nan"), float("inf"), -float("inf"), 0.0, -1.0])),
        Sample(T(2, 3)),
        Sample(T(3, dtype="int64")),
        Sample(T()),
    ]


@op(
    node=None,
    kind="nondifferentiable",
    tensors="self other",
    strict="self other",
    methods="logical_and",
    functions="logical_and",
    inplace=True,
)
class logical_and:
    """Say where both are nonzero.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        What is combined.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self, other):
        return np.logical_and(self, other)

    samples = [
        Sample(T(3, 4, dtype="bool"), T(4, dtype="bool")),
        Sample(T(3), T(3, dtype="int64")),
    ]


@op(
    node=None,
    kind="nondifferentiable",
    tensors="self other",
    strict="self other",
    methods="logical_or",
    functions="logical_or",
    inplace=True,
)
class logical_or:
    """Say where at least one is nonzero.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        What is combined.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self, other):
        return np.logical_or(self, other)

    samples = [
        Sample(T(3, 4, dtype="bool"), T(4, dtype="bool")),
        Sample(T(3), T(3, dtype="int64")),
    ]


@op(
    node=None,
    kind="nondifferentiable",
    tensors="self other",
    strict="self other",
    methods="logical_xor",
    functions="logical_xor",
    inplace=True,
)
class logical_xor:
    """Say where exactly one is nonzero.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        What is combined.

    Notes
    -----
    Bool result, without a derivative.
    """

    def forward(self, other):
        return np.logical_xor(self, other)

    samples = [
        Sample(T(3, 4, dtype="bool"), T(4, dtype="bool")),
        Sample(T(3), T(3, dtype="int64")),
    ]
