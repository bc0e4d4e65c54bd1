"""From a constraint to a transform of all numbers onto it: `biject_to`, `transform_to`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import constraints, transforms
from .constraints import Constraint

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """Rules that make a transform of a constraint, by the constraint's kind."""

    def __init__(self) -> None:
        self._rules: dict[type, Callable[[Any], Any]] = {}

    def register(self, constraint: Any, factory: Any = None) -> Any:
        """Add a rule; without one, return a decorator that does.

        Parameters
        ----------
        constraint : Constraint, or a subclass of it
            Whose kind.
        factory : callable, optional
            Gets a constraint, returns a transform.
        """
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, Constraint) else constraint
        if not (isinstance(kind, type) and issubclass(kind, Constraint)):
            raise TypeError(
                "Expected constraint to be either a Constraint subclass or instance, but got "
                f"{kind}"
            )
        self._rules[kind] = factory
        return factory

    def __call__(self, constraint: Constraint) -> transforms.Transform:
        """Return the transform for a constraint."""
        rule = self._rules.get(type(constraint))
        if rule is None:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return rule(constraint)


biject_to = ConstraintRegistry()
transform_to = ConstraintRegistry()


def _interval(constraint: Any) -> transforms.Transform:
    low, high = constraint.lower_bound, constraint.upper_bound
    plain = isinstance(low, (int, float)) and isinstance(high, (int, float))
    if plain and low == 0 and high == 1:
        return transforms.SigmoidTransform()
    return _then_affine(transforms.SigmoidTransform(), low, high - low)


def _then_affine(first: transforms.Transform, loc: Any, scale: Any) -> transforms.Transform:
    return transforms.ComposeTransform([first, transforms.AffineTransform(loc, scale)])


for _registry in (biject_to, transform_to):
    _registry.register(constraints.real, lambda _: transforms.identity_transform)
    for _above in (constraints.greater_than, constraints.greater_than_eq):
        _registry.register(
            _above, lambda c: _then_affine(transforms.ExpTransform(), c.lower_bound, 1)
        )
    _registry.register(
        constraints.less_than,
        lambda c: _then_affine(transforms.ExpTransform(), c.upper_bound, -1),
    )
    for _between in (constraints.interval, constraints.half_open_interval):
        _registry.register(_between, _interval)
    _registry.register(constraints.corr_cholesky, lambda _: transforms.CorrCholeskyTransform())
    _registry.register(
        constraints.independent,
        lambda c, to=_registry: transforms.IndependentTransform(
            to(c.base_constraint), c.reinterpreted_batch_ndims
        ),
    )
    _registry.register(
        constraints.cat,
        lambda c, to=_registry: transforms.CatTransform(
            [to(each) for each in c.cseq], c.dim, c.lengths
        ),
    )
    _registry.register(
        constraints.stack,
        lambda c, to=_registry: transforms.StackTransform([to(each) for each in c.cseq], c.dim),
    )
biject_to.register(constraints.simplex, lambda _: transforms.StickBreakingTransform())
transform_to.register(constraints.simplex, lambda _: transforms.SoftmaxTransform())
transform_to.register(constraints.lower_cholesky, lambda _: transforms.LowerCholeskyTransform())
for _definite in (constraints.positive_definite, constraints.positive_semidefinite):
    transform_to.register(_definite, lambda _: transforms.PositiveDefiniteTransform())
