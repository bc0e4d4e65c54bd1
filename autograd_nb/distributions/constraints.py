"""What values a parameter or a sample may have."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops.namespaces import T

__all__ = [
    "Constraint",
    "MixtureSameFamilyConstraint",
    "boolean",
    "cat",
    "corr_cholesky",
    "dependent",
    "dependent_property",
    "greater_than",
    "greater_than_eq",
    "half_open_interval",
    "independent",
    "integer_interval",
    "interval",
    "is_dependent",
    "less_than",
    "lower_cholesky",
    "lower_triangular",
    "multinomial",
    "nonnegative",
    "nonnegative_integer",
    "one_hot",
    "positive",
    "positive_definite",
    "positive_integer",
    "positive_semidefinite",
    "real",
    "real_vector",
    "simplex",
    "square",
    "stack",
    "symmetric",
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
    """A set that depends on the parameters; never checked itself.

    Parameters
    ----------
    is_discrete : bool, optional
        Whether the values are integers, where that does not depend on anything.
    event_dim : int, optional
        How many of the last dimensions make one value.
    """

    def __init__(self, *, is_discrete: Any = None, event_dim: Any = None) -> None:
        self._known = {"is_discrete": is_discrete, "event_dim": event_dim}

    def _ask(self, name: str) -> Any:
        if self._known[name] is None:
            raise NotImplementedError(f".{name} cannot be determined statically")
        return self._known[name]

    @property
    def is_discrete(self) -> bool:  # type: ignore[override]
        """Whether the values are integers."""
        return self._ask("is_discrete")

    @property
    def event_dim(self) -> int:  # type: ignore[override]
        """How many of the last dimensions make one value."""
        return self._ask("event_dim")

    def __call__(self, **known: Any) -> Dependent:
        return Dependent(**{**self._known, **known})

    def check(self, value: Any) -> Any:
        """Refuse: the set is not known.

        Raises
        ------
        ValueError
            Always.
        """
        raise ValueError("Cannot determine validity of dependent constraint")


class DependentProperty(property, Dependent):
    """A property that gives a set; of the class, it says what is known without an instance.

    Parameters
    ----------
    function : callable, optional
        Gives the set of an instance; without it, this is a decorator.
    is_discrete : bool, optional
        Whether the values are integers.
    event_dim : int, optional
        How many of the last dimensions make one value.
    """

    def __init__(
        self, function: Any = None, *, is_discrete: Any = None, event_dim: Any = None
    ) -> None:
        property.__init__(self, function)
        Dependent.__init__(self, is_discrete=is_discrete, event_dim=event_dim)

    def __call__(self, function: Any) -> DependentProperty:  # type: ignore[override]
        return DependentProperty(function, **self._known)


def is_dependent(constraint: Constraint) -> bool:
    """Say whether a set depends on the parameters.

    Parameters
    ----------
    constraint : Constraint
        The set.
    """
    return isinstance(constraint, Dependent)


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

    def __init__(self, *bounds: Any, **named: Any) -> None:
        for name, bound in zip(self.names, (*bounds, *named.values()), strict=True):
            setattr(self, name, named.get(name, bound))

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


class IntegerLessThan(_Bounded):
    """Integers up to a bound."""

    is_discrete = True
    names = ("upper_bound",)
    upper_bound: Any

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return (value % 1 == 0) & (value <= self.upper_bound)


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


class Multinomial(Constraint):
    """Vectors of non-negative counts with a bounded sum.

    Parameters
    ----------
    upper_bound : int
        The largest sum.
    """

    is_discrete = True
    event_dim = 1

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return (value >= 0).all(-1) & (value.sum(-1) <= self.upper_bound)


class LowerTriangular(Constraint):
    """Lower triangular matrices."""

    event_dim = 2

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return (value.tril() == value).flatten(-2).all(-1)


class LowerCholesky(LowerTriangular):
    """Lower triangular matrices with a positive diagonal."""

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return super().check(value) & (value.diagonal(dim1=-2, dim2=-1) > 0).all(-1)


class CorrCholesky(LowerCholesky):
    """Cholesky factors of correlation matrices: rows of length one."""

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        tolerance = float(np.finfo(value._nd().dtype).eps) * value.shape[-1] * 10
        length = value.detach().square().sum(-1).sqrt()
        return super().check(value) & ((length - 1).abs() <= tolerance).all(-1)


class Square(Constraint):
    """Square matrices."""

    event_dim = 2

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        return T.full(value.shape[:-2], value.shape[-2] == value.shape[-1])


class Symmetric(Square):
    """Symmetric matrices."""

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        square = super().check(value)
        if not bool(square.all()):
            return square
        return T.isclose(value, value.mT, atol=1e-6).flatten(-2).all(-1)


class PositiveSemidefinite(Symmetric):
    """Symmetric matrices without negative eigenvalues."""

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        symmetric = super().check(value)
        if not bool(symmetric.all()):
            return symmetric
        return (T.linalg_eigh(value)[0] >= 0).all(-1)


class PositiveDefinite(Symmetric):
    """Symmetric matrices with positive eigenvalues."""

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        symmetric = super().check(value)
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
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def is_discrete(self) -> bool:  # type: ignore[override]
        """Whether the entries are integers."""
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> int:  # type: ignore[override]
        """How many of the last dimensions make one value."""
        return self.base_constraint.event_dim + self.reinterpreted_batch_ndims

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        found = self.base_constraint.check(value)
        if found.ndim < self.reinterpreted_batch_ndims:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.ndim}")
        for _ in range(self.reinterpreted_batch_ndims):
            found = found.all(-1)
        return found

    def __repr__(self) -> str:
        shown = f"{self.base_constraint!r}, {self.reinterpreted_batch_ndims}"
        return f"IndependentConstraint({shown})"


class MixtureSameFamilyConstraint(Constraint):
    """What a mixture gives: what each of its parts can give.

    Parameters
    ----------
    base_constraint : Constraint
        Of the parts.
    """

    def __init__(self, base_constraint: Constraint) -> None:
        self.base_constraint = base_constraint
        self.is_discrete = base_constraint.is_discrete
        self.event_dim = base_constraint.event_dim

    def check(self, value: Any) -> Any:
        """Say for each value whether all parts could have given it."""
        found = self.base_constraint.check(value.unsqueeze(-1 - self.event_dim))
        kept = value.ndim - self.event_dim
        if kept < 0:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.ndim}")
        return found.reshape((*found.shape[:kept], -1)).all(-1)

    def __repr__(self) -> str:
        return f"MixtureSameFamilyConstraint({self.base_constraint!r})"


class Stack(Constraint):
    """Tensors whose slices along a dimension are each in a set of their own.

    Parameters
    ----------
    cseq : sequence of Constraint
        One for each slice.
    dim : int, default 0
        The dimension.
    """

    def __init__(self, cseq: Any, dim: int = 0) -> None:
        self.cseq, self.dim = list(cseq), dim

    @property
    def is_discrete(self) -> bool:  # type: ignore[override]
        """Whether some values are integers."""
        return any(each.is_discrete for each in self.cseq)

    @property
    def event_dim(self) -> int:  # type: ignore[override]
        """How many of the last dimensions make one value."""
        inside = max(each.event_dim for each in self.cseq)
        return inside + (self.dim + inside < 0)

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        slices = zip(self.cseq, value.unbind(self.dim), strict=True)
        return T.stack([each.check(part) for each, part in slices], self.dim)


class Cat(Stack):
    """Tensors whose blocks along a dimension are each in a set of their own.

    Parameters
    ----------
    cseq : sequence of Constraint
        One for each block.
    dim : int, default 0
        The dimension.
    lengths : sequence of int, optional
        Of the blocks; one each if not given.
    """

    def __init__(self, cseq: Any, dim: int = 0, lengths: Any = None) -> None:
        super().__init__(cseq, dim)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)

    @property
    def event_dim(self) -> int:  # type: ignore[override]
        """How many of the last dimensions make one value."""
        return max(each.event_dim for each in self.cseq)

    def check(self, value: Any) -> Any:
        """Say for each value whether it is in the set."""
        blocks = zip(self.cseq, value.split(self.lengths, self.dim), strict=True)
        return T.cat([each.check(part) for each, part in blocks], self.dim)


dependent = Dependent()
dependent_property = DependentProperty
boolean = Boolean()
one_hot = OneHot()
real = Real()
positive = GreaterThan(0.0)
nonnegative = GreaterThanEq(0.0)
nonnegative_integer = IntegerGreaterThan(0)
positive_integer = IntegerGreaterThan(1)
unit_interval = Interval(0.0, 1.0)
simplex = Simplex()
lower_triangular = LowerTriangular()
lower_cholesky = LowerCholesky()
corr_cholesky = CorrCholesky()
square = Square()
symmetric = Symmetric()
positive_semidefinite = PositiveSemidefinite()
positive_definite = PositiveDefinite()
independent = IndependentConstraint
real_vector = IndependentConstraint(real, 1)
greater_than = GreaterThan
greater_than_eq = GreaterThanEq
less_than = LessThan
interval = Interval
half_open_interval = HalfOpenInterval
integer_interval = IntegerInterval
multinomial = Multinomial
stack = Stack
cat = Cat

# PyTorch's classes have these names with an underscore, and libraries ask of which class one is.
for _kind in [kind for kind in globals().values() if isinstance(kind, type)]:
    if issubclass(_kind, Constraint) and _kind.__name__[0] != "_":
        globals()[f"_{_kind.__name__}"] = _kind
