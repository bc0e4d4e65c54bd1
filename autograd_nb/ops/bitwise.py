"""Bitwise logic and shifts of integers and bools, and integer number theory."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops import kinds
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op


@op(
    node=None,
    kind="nondifferentiable",
    promote="self other",
    methods="bitwise_and __and__ __rand__",
    functions="bitwise_and",
    inplace=True,
)
class bitwise_and:
    """And of the bits of each element.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Integers or bools.

    Notes
    -----
    No derivative.
    """

    def forward(self, other):
        kinds.only("bui", "bitwise_and_cpu", self)
        return self & other

    samples = [
        Sample(T(3, dtype="int64", low=-9, high=9), T(3, dtype="int64", low=0, high=9)),
        Sample(T(3, dtype="bool"), T(3, dtype="bool")),
        Sample(T(3, dtype="int32"), 1),
        Sample(T(3, dtype="bool"), 3),
    ]
    error_samples = [Sample(T(2), T(2))]


@op(
    node=None,
    kind="nondifferentiable",
    promote="self other",
    methods="bitwise_or __or__ __ror__",
    functions="bitwise_or",
    inplace=True,
)
class bitwise_or:
    """Or of the bits of each element.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Integers or bools.

    Notes
    -----
    No derivative.
    """

    def forward(self, other):
        kinds.only("bui", "bitwise_or_cpu", self)
        return self | other

    samples = [
        Sample(T(3, dtype="int64", low=-9, high=9), T(3, dtype="int64", low=0, high=9)),
        Sample(T(3, dtype="bool"), T(3, dtype="bool")),
        Sample(T(3, dtype="int32"), 1),
        Sample(T(3, dtype="bool"), 3),
    ]
    error_samples = [Sample(T(2), T(2))]


@op(
    node=None,
    kind="nondifferentiable",
    promote="self other",
    methods="bitwise_xor __xor__ __rxor__",
    functions="bitwise_xor",
    inplace=True,
)
class bitwise_xor:
    """Exclusive or of the bits of each element.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Integers or bools.

    Notes
    -----
    No derivative.
    """

    def forward(self, other):
        kinds.only("bui", "bitwise_xor_cpu", self)
        return self ^ other

    samples = [
        Sample(T(3, dtype="int64", low=-9, high=9), T(3, dtype="int64", low=0, high=9)),
        Sample(T(3, dtype="bool"), T(3, dtype="bool")),
        Sample(T(3, dtype="int32"), 1),
        Sample(T(3, dtype="bool"), 3),
    ]
    error_samples = [Sample(T(2), T(2))]


@op(
    node=None,
    kind="nondifferentiable",
    methods="bitwise_not",
    functions="bitwise_not",
    inplace=True,
)
class bitwise_not:
    """Complement of the bits of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Integers or bools.

    Notes
    -----
    No derivative.
    """

    def forward(self):
        kinds.only("bui", "bitwise_not_cpu", self)
        return ~self

    samples = [Sample(T(3, dtype="int64", low=-9, high=9)), Sample(T(3, dtype="bool"))]
    error_samples = [Sample(T(2))]


@composite(methods="__invert__")
def invert(self):
    """Complement of the bits of each element, ``~self``.

    Parameters
    ----------
    self : Tensor of any shape
        Integers or bools.

    Returns
    -------
    Tensor
        Of the same dtype.
    """
    if self._array.dtype.kind not in "bui":
        raise TypeError(
            "~ (operator.invert) is only implemented on integer and Boolean-type tensors"
        )
    return traced.bitwise_not(self)


@op(
    node=None,
    kind="nondifferentiable",
    promote="self other",
    methods="bitwise_left_shift __lshift__",
    functions="bitwise_left_shift",
    inplace=True,
)
class bitwise_left_shift:
    """Shift the bits of each element to the left.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Integers, and by how many bits.

    Notes
    -----
    No derivative.
    """

    def forward(self, other):
        kinds.only("ui", "lshift_cpu", self, other)
        wide = (other < 0) | (other >= self.dtype.itemsize * 8)
        shifted = np.left_shift(self, np.where(wide, 0, other))
        return np.where(wide, 0, shifted).astype(self.dtype)[()]

    samples = [
        Sample(T(3, dtype="int64", low=-9, high=9), T(3, dtype="int64", low=0, high=5)),
        Sample(T(3, dtype="int64", low=-9, high=9), 2),
        Sample(T(3, dtype="int32", low=-9, high=9), 70),
    ]
    error_samples = [Sample(T(2), 1)]


@composite(methods="__rlshift__")
def rlshift(self, other):
    """Shift the bits of a number to the left, by each element.

    Parameters
    ----------
    self : Tensor of any shape
        By how many bits.
    other : int
        What is shifted.

    Returns
    -------
    Tensor
        Integers.
    """
    return traced.bitwise_left_shift(other, self)


@op(
    node=None,
    kind="nondifferentiable",
    promote="self other",
    methods="bitwise_right_shift __rshift__",
    functions="bitwise_right_shift",
    inplace=True,
)
class bitwise_right_shift:
    """Shift the bits of each element to the right.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Integers, and by how many bits.

    Notes
    -----
    No derivative.
    """

    def forward(self, other):
        kinds.only("ui", "rshift_cpu", self, other)
        width = self.dtype.itemsize * 8
        wide = (other < 0) | (other >= width)
        found = np.right_shift(self, np.where(wide, width - 1, other)).astype(self.dtype)
        return np.where(wide & (found > 0), 0, found).astype(self.dtype)[()]

    samples = [
        Sample(T(3, dtype="int64", low=-9, high=9), T(3, dtype="int64", low=0, high=5)),
        Sample(T(3, dtype="int64", low=-9, high=9), 2),
        Sample(T(3, dtype="int32", low=-9, high=9), 70),
    ]
    error_samples = [Sample(T(2), 1)]


@composite(methods="__rrshift__")
def rrshift(self, other):
    """Shift the bits of a number to the right, by each element.

    Parameters
    ----------
    self : Tensor of any shape
        By how many bits.
    other : int
        What is shifted.

    Returns
    -------
    Tensor
        Integers.
    """
    return traced.bitwise_right_shift(other, self)


@op(
    node=None,
    kind="nondifferentiable",
    promote="self other",
    strict="self other",
    methods="gcd",
    functions="gcd",
    inplace=True,
)
class gcd:
    """Greatest common divisor of two integers.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Integers.

    Notes
    -----
    No derivative.
    """

    def forward(self, other):
        kinds.only("ui", "gcd_cpu", self)
        return np.gcd(self, other)

    samples = [Sample(T(4, dtype="int64", low=-9, high=9), T(4, dtype="int64", low=0, high=9))]
    error_samples = [Sample(T(2), T(2))]


@op(
    node=None,
    kind="nondifferentiable",
    promote="self other",
    strict="self other",
    methods="lcm",
    functions="lcm",
    inplace=True,
)
class lcm:
    """Least common multiple of two integers.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Integers.

    Notes
    -----
    No derivative.
    """

    def forward(self, other):
        kinds.only("ui", "lcm_cpu", self)
        return np.lcm(self, other)

    samples = [Sample(T(4, dtype="int64", low=-9, high=9), T(4, dtype="int64", low=0, high=9))]
    error_samples = [Sample(T(2), T(2))]
