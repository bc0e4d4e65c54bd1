"""What values a parameter or a sample may have."""

from __future__ import annotations

from typing import Any

from ..ops.namespaces import T

__all__ = [
    "Constraint",
    "boolean",
    "dependent",
    "greater_than",
    "half_open_interval",
    "independent",
    "integer_interval",
    "interval",
    "less_than",
    "lower_cholesky",
    "nonnegative",
    "nonnegative_integer",
    "one_hot",
    "positive",
    "positive_definite",
    "real",
    "real_vector",
    "simplex",
    "unit_interval",
]


class Constraint:
    """A set of values.

    Attributes
    ----------
    is_discrete : bool
        Whether the values are integers.
    event_dim : int
        How many of the last dimensions make one value.
    """

    is_discrete = False
    event_dim = 0

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Dependent(Constraint):
    """A set that depends on the parameters; never checked itself."""


class Boolean(Constraint):
    """0 and 1."""

    is_discrete = True

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return (value == 0) | (value == 1)


class OneHot(Constraint):
    """Vectors with one 1 among zeros."""

    is_discrete = True
    event_dim = 1

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return ((value == 0) | (value == 1)).all(-1) & (value.sum(-1) == 1)


class _Bounded(Constraint):
    names: tuple[str, ...] = ()

    def __init__(self, *bounds: Any) -> None:
        for name, bound in zip(self.names, bounds, strict=True):
            setattr(self, name, bound)

    def __repr__(self) -> str:
        bounds = ", ".join(f"{name}={getattr(self, name)}" for name in self.names)
        return f"{type(self).__name__}({bounds})"


class IntegerInterval(_Bounded):
    """Integers between two bounds, both included."""

    is_discrete = True
    names = ("lower_bound", "upper_bound")
    lower_bound: Any
    upper_bound: Any

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return (value % 1 == 0) & (self.lower_bound <= value) & (value <= self.upper_bound)


class IntegerGreaterThan(_Bounded):
    """Integers from a bound on."""

    is_discrete = True
    names = ("lower_bound",)
    lower_bound: Any

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return (value % 1 == 0) & (value >= self.lower_bound)


class Real(Constraint):
    """Every number but NaN."""

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return value == value  # NaN is not equal to itself


class GreaterThan(_Bounded):
    """Numbers above a bound."""

    names = ("lower_bound",)
    lower_bound: Any

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return self.lower_bound < value


class GreaterThanEq(GreaterThan):
    """Numbers from a bound on."""

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return self.lower_bound <= value


class LessThan(_Bounded):
    """Numbers below a bound."""

    names = ("upper_bound",)
    upper_bound: Any

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return value < self.upper_bound


class Interval(_Bounded):
    """Numbers between two bounds, both included."""

    names = ("lower_bound", "upper_bound")
    lower_bound: Any
    upper_bound: Any

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return (self.lower_bound <= value) & (value <= self.upper_bound)


class HalfOpenInterval(Interval):
    """Numbers between two bounds, the upper one excluded."""

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return (self.lower_bound <= value) & (value < self.upper_bound)


class Simplex(Constraint):
    """Vectors of non-negative numbers with the sum 1."""

    event_dim = 1

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


class LowerCholesky(Constraint):
    """Lower triangular matrices with a positive diagonal."""

    event_dim = 2

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        triangular = (value.tril() == value).flatten(-2).all(-1)
        return triangular & (value.diagonal(dim1=-2, dim2=-1) > 0).all(-1)


class PositiveDefinite(Constraint):
    """Symmetric matrices with positive eigenvalues."""

    event_dim = 2

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        symmetric = T.isclose(value, value.mT, atol=1e-6).flatten(-2).all(-1)
        if not bool(symmetric.all()):
            return symmetric
        return T.cholesky_ex(value)[1] == 0


class IndependentConstraint(Constraint):
    """A set of vectors of which each entry has to be in a set.

    Parameters
    ----------
    base_constraint : Constraint
        Of the entries.
    reinterpreted_batch_ndims : int
        How many dimensions make one value more.
    """

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint = base_constraint
        self.count = reinterpreted_batch_ndims
        self.is_discrete = base_constraint.is_discrete
        self.event_dim = base_constraint.event_dim + reinterpreted_batch_ndims

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        found = self.base_constraint.check(value)
        for _ in range(self.count):
            found = found.all(-1)
        return found

    def __repr__(self) -> str:
        return f"Independent({self.base_constraint!r}, {self.count})"


dependent = Dependent()
boolean = Boolean()
one_hot = OneHot()
real = Real()
positive = GreaterThan(0.0)
nonnegative = GreaterThanEq(0.0)
nonnegative_integer = IntegerGreaterThan(0)
unit_interval = Interval(0.0, 1.0)
simplex = Simplex()
lower_cholesky = LowerCholesky()
positive_definite = PositiveDefinite()
independent = IndependentConstraint
real_vector = IndependentConstraint(real, 1)
greater_than = GreaterThan
less_than = LessThan
interval = Interval
half_open_interval = HalfOpenInterval
integer_interval = IntegerInterval
