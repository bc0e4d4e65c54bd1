"""Functions of tensors that can be turned round and know how they stretch: the general part."""

from __future__ import annotations

import math
from typing import Any

from ..core.size import Size
from ..ops.namespaces import T
from . import constraints
from .constraints import Constraint, dependent_property
from .distribution import sum_last


class Transform:
    """A function with an inverse and the logarithm of its Jacobian's determinant.

    A subclass gives `domain`, `codomain`, `_call`, and, if it can, `_inverse` and
    `log_abs_det_jacobian`.

    Parameters
    ----------
    cache_size : int, default 0
        1 keeps the last pair of argument and value, so that an inverse costs nothing.
    """

    bijective = False
    domain: Any
    codomain: Any
    # Of constructor arguments, in their order: what makes two transforms equal, and `with_cache`.
    _fields: tuple[str, ...] = ()

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError("cache_size must be 0 or 1")
        self._cache_size = cache_size
        self._cached_x_y: tuple[Any, Any] = (None, None)
        self._inv: Any = None
        super().__init__()  # of a module, where a class is both

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_inv": None}

    @property
    def event_dim(self) -> int:
        """How many of the last dimensions make one value, on both sides."""
        if self.domain.event_dim == self.codomain.event_dim:
            return self.domain.event_dim
        raise ValueError("Please use either .domain.event_dim or .codomain.event_dim")

    @property
    def inv(self) -> Transform:
        """The inverse."""
        if self._inv is None:
            self._inv = _InverseTransform(self)
        return self._inv

    @property
    def sign(self) -> Any:
        """The sign of the derivative, if it is the same everywhere."""
        raise NotImplementedError

    def with_cache(self, cache_size: int = 1) -> Transform:
        """Return the same function with another cache.

        Parameters
        ----------
        cache_size : int, default 1
            0 or 1.
        """
        if self._cache_size == cache_size:
            return self
        if not self._fields and type(self).__init__ is not Transform.__init__:
            raise NotImplementedError(f"{type(self)}.with_cache is not implemented")
        kind: Any = type(self)
        return kind(*(getattr(self, n) for n in self._fields), cache_size=cache_size)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, x: Any) -> Any:
        """Return the value for an argument."""
        if self._cache_size and x is self._cached_x_y[0]:
            return self._cached_x_y[1]
        y = self._call(x)
        if self._cache_size:
            self._cached_x_y = (x, y)
        return y

    def _inv_call(self, y: Any) -> Any:
        if self._cache_size and y is self._cached_x_y[1]:
            return self._cached_x_y[0]
        x = self._inverse(y)
        if self._cache_size:
            self._cached_x_y = (x, y)
        return x

    def _call(self, x: Any) -> Any:
        raise NotImplementedError

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``, of an argument and its value."""
        raise NotImplementedError

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of the value for the shape of an argument."""
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of the argument for the shape of a value."""
        return shape

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class _InverseTransform(Transform):
    """A transform turned round; made by `Transform.inv`.

    Parameters
    ----------
    transform : Transform
        What is turned round.
    """

    def __init__(self, transform: Transform) -> None:
        super().__init__(transform._cache_size)
        self._inv = transform

    @property
    def domain(self) -> Any:
        """Of the inverse: the values of the transform."""
        return self._inv.codomain

    @property
    def codomain(self) -> Any:
        """Of the inverse: the arguments of the transform."""
        return self._inv.domain

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        """Whether each value has one argument."""
        return self._inv.bijective

    @property
    def sign(self) -> Any:
        """The sign of the derivative."""
        return self._inv.sign

    def with_cache(self, cache_size: int = 1) -> Transform:
        """Return the same function with another cache."""
        return self._inv.with_cache(cache_size).inv

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _InverseTransform) and self._inv == other._inv

    __hash__ = None

    def __call__(self, x: Any) -> Any:
        """Return the value for an argument."""
        return self._inv._inv_call(x)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``."""
        return -self._inv.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of the value for the shape of an argument."""
        return self._inv.inverse_shape(shape)

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of the argument for the shape of a value."""
        return self._inv.forward_shape(shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._inv!r})"


def wider(constraint: Constraint, event_dim: int) -> Constraint:
    """Return the constraint for values of more dimensions."""
    more = event_dim - constraint.event_dim
    return constraints.independent(constraint, more) if more else constraint


class ComposeTransform(Transform):
    """One transform after the other.

    Parameters
    ----------
    parts : list of Transform
        The first one is applied first.
    cache_size : int, default 0
        Of each part.
    """

    _fields: tuple[str, ...] = ("parts",)

    def __init__(self, parts: list[Transform], cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.parts = [part.with_cache(cache_size) for part in parts] if cache_size else parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ComposeTransform) and self.parts == other.parts

    __hash__ = None

    @dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """Return what the first part takes, with the dimensions that a later one needs."""
        if not self.parts:
            return constraints.real
        dims = self.parts[-1].codomain.event_dim
        for part in reversed(self.parts):
            dims += part.domain.event_dim - part.codomain.event_dim
            dims = max(dims, part.domain.event_dim)
        return wider(self.parts[0].domain, dims)

    @dependent_property(is_discrete=False)
    def codomain(self) -> Any:
        """Return what the last part gives, with the dimensions that an earlier one needs."""
        if not self.parts:
            return constraints.real
        dims = self.parts[0].domain.event_dim
        for part in self.parts:
            dims += part.codomain.event_dim - part.domain.event_dim
            dims = max(dims, part.codomain.event_dim)
        return wider(self.parts[-1].codomain, dims)

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        """Whether all parts are."""
        return all(part.bijective for part in self.parts)

    @property
    def sign(self) -> Any:
        """The product of the parts' signs."""
        return math.prod(part.sign for part in self.parts)

    @property
    def inv(self) -> Transform:
        """The inverse: the inverses in the other order."""
        if self._inv is None:
            self._inv = ComposeTransform([part.inv for part in reversed(self.parts)])
            self._inv._inv = self
        return self._inv

    def __call__(self, x: Any) -> Any:
        """Return the value for an argument."""
        for part in self.parts:
            x = part(x)
        return x

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``: the sum over the parts."""
        if not self.parts:
            return T.zeros_like(x)
        between = [x]
        for part in self.parts[:-1]:
            between.append(part(between[-1]))
        between.append(y)
        dims, total = self.domain.event_dim, None
        for part, before, after in zip(self.parts, between, between[1:], strict=False):
            term = part.log_abs_det_jacobian(before, after)
            term = sum_last(term, dims - part.domain.event_dim)
            total = term if total is None else total + term
            dims += part.codomain.event_dim - part.domain.event_dim
        return total

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of the value for the shape of an argument."""
        for part in self.parts:
            shape = part.forward_shape(shape)
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of the argument for the shape of a value."""
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return shape

    def __repr__(self) -> str:
        return "ComposeTransform(\n    " + ",\n    ".join(map(repr, self.parts)) + "\n)"


identity_transform = ComposeTransform([])


class IndependentTransform(Transform):
    """A transform of entries as one of vectors: the Jacobian is summed over them.

    Parameters
    ----------
    base_transform : Transform
        Of the entries.
    reinterpreted_batch_ndims : int
        How many dimensions more make one value.
    cache_size : int, default 0
        0 or 1.
    """

    _fields = ("base_transform", "reinterpreted_batch_ndims")

    def __init__(
        self, base_transform: Transform, reinterpreted_batch_ndims: int, cache_size: int = 0
    ) -> None:
        super().__init__(cache_size)
        self.base_transform = base_transform.with_cache(cache_size)
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """Return the entries' domain, for vectors."""
        return constraints.independent(self.base_transform.domain, self.reinterpreted_batch_ndims)

    @dependent_property(is_discrete=False)
    def codomain(self) -> Any:
        """Return the entries' codomain, for vectors."""
        return constraints.independent(self.base_transform.codomain, self.reinterpreted_batch_ndims)

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        """Whether the entries' transform is."""
        return self.base_transform.bijective

    @property
    def sign(self) -> Any:
        """Of the entries' transform."""
        return self.base_transform.sign

    def _call(self, x: Any) -> Any:
        return self.base_transform(_deep_enough(x, self.domain))

    def _inverse(self, y: Any) -> Any:
        return self.base_transform.inv(_deep_enough(y, self.codomain))

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return ``log |dy/dx|``."""
        each = self.base_transform.log_abs_det_jacobian(x, y)
        return sum_last(each, self.reinterpreted_batch_ndims)

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of the value for the shape of an argument."""
        return self.base_transform.forward_shape(shape)

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of the argument for the shape of a value."""
        return self.base_transform.inverse_shape(shape)

    def __repr__(self) -> str:
        return f"IndependentTransform({self.base_transform!r}, {self.reinterpreted_batch_ndims})"


def _deep_enough(value: Any, constraint: Constraint) -> Any:
    if value.ndim < constraint.event_dim:
        raise ValueError("Too few dimensions on input")
    return value


class ReshapeTransform(Transform):
    """Another shape for the last dimensions.

    Parameters
    ----------
    in_shape, out_shape : sequence of int
        Shapes of one argument and of its value.
    cache_size : int, default 0
        0 or 1.
    """

    bijective = True
    _fields = ("in_shape", "out_shape")

    def __init__(self, in_shape: Any, out_shape: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.in_shape, self.out_shape = Size(in_shape), Size(out_shape)
        if math.prod(self.in_shape) != math.prod(self.out_shape):
            raise ValueError("in_shape, out_shape have different numbers of elements")

    @dependent_property
    def domain(self) -> Any:
        """Numbers in the first shape."""
        return constraints.independent(constraints.real, len(self.in_shape))

    @dependent_property
    def codomain(self) -> Any:
        """Numbers in the second shape."""
        return constraints.independent(constraints.real, len(self.out_shape))

    def _call(self, x: Any) -> Any:
        return x.reshape((*x.shape[: x.ndim - len(self.in_shape)], *self.out_shape))

    def _inverse(self, y: Any) -> Any:
        return y.reshape((*y.shape[: y.ndim - len(self.out_shape)], *self.in_shape))

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return zeros: nothing is stretched."""
        return x.new_zeros(x.shape[: x.ndim - len(self.in_shape)])

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of the value for the shape of an argument."""
        return _exchanged(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of the argument for the shape of a value."""
        return _exchanged(shape, self.out_shape, self.in_shape)


def _exchanged(shape: Any, old: Size, new: Size) -> Size:
    """Return a shape with another end."""
    cut = len(shape) - len(old)
    if cut < 0:
        raise ValueError("Too few dimensions on input")
    if tuple(shape[cut:]) != tuple(old):
        raise ValueError(f"Shape mismatch: expected {shape[cut:]} but got {old}")
    return Size((*shape[:cut], *new))
