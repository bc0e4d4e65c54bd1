"""What all transformations share: levels, arguments, and what comes back.

Note [Levels]
    A transformed function may be transformed again. Inside another transformation everything is
    recorded, so that the outer one can differentiate the inner result, unless the inner one runs
    under `no_grad`. At the outermost level only what leads to a tensor of the caller's that
    requires grad is recorded for him: an argument, or one that the function captured.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd_nb.autograd.graph import disable_saved_tensors_hooks
from autograd_nb.core.batch import variable
from autograd_nb.core.dispatch import dual_levels_of
from autograd_nb.core.engine import grad as engine_grad
from autograd_nb.core.errors import HOOKS_IN_TRANSFORM
from autograd_nb.core.forward_ad import set_tangent
from autograd_nb.core.function_forward import at_level, no_tangents
from autograd_nb.core.modes import is_grad_enabled, recording, state
from autograd_nb.core.node import AccumulateGrad, edge_pair
from autograd_nb.core.tensor import Tensor
from autograd_nb.core.within import Transform, alias, stand_in
from autograd_nb.nests import leaves, mapped, mapped_leaves
from autograd_nb.ops.namespaces import T


class Level:
    """One transformation of one call; see Note [Levels]."""

    def __init__(self) -> None:
        self.outside = is_grad_enabled()
        self.nested = bool(state.transforms)
        self.own: dict[int, Tensor] = {}  # the leaves made here

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Within the block, tensors are made inside this level."""
        previous = state.transforms
        state.transforms = (*previous, Transform())
        state.note_telling()
        try:
            yield
        finally:
            state.transforms = previous
            state.note_telling()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Within the block operations are recorded, for this level at least."""
        with self.entered(), recording():
            yield

    @contextmanager
    def running(self) -> Iterator[None]:
        """Within the block, a user's function is recorded whose gradient is asked for."""
        with self.recording(), disable_saved_tensors_hooks(HOOKS_IN_TRANSFORM):
            yield

    def variables(self, tree: Any) -> Any:
        """Return tensors to differentiate with respect to, connected to an outer level."""
        return mapped_leaves(self._variable, tree)

    def _variable(self, x: Any) -> Tensor:
        if not isinstance(x, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
        made = variable(x)
        plain = getattr(made, "_value", made)
        if plain._node_or_none() is None:
            self.own[id(plain)] = plain
        return stand_in(x, made)

    def is_recorded(self, tree: Any) -> bool:
        """Say whether the derivatives of some outputs will be differentiated again."""
        return self.outside and self.leads_out(tree)

    def leads_out(self, tree: Any) -> bool:
        """Say whether some outputs were computed from what concerns the caller."""
        return self.nested or any(
            isinstance(x, Tensor) and self._leads_out(x) for x in leaves(tree)
        )

    def result(self, tree: Any, recorded: bool = True) -> Any:
        """Return tensors with the history that concerns the caller, without that of this level."""
        if recorded and self.outside:
            return mapped(lambda x: x if self._leads_out(x) else self._cut(x), tree)
        return mapped(lambda x: self._cut(x), tree)

    def _cut(self, x: Tensor) -> Tensor:
        """Return a tensor without its history; its tangents keep what concerns the caller."""
        found = x.detach()
        for level in dual_levels_of([x]):
            with at_level(level):
                tangent = x._tangent
                with no_tangents():
                    tangent = self.result(tangent)
                set_tangent(found, tangent)
        return found

    def _leads_out(self, x: Tensor) -> bool:
        """Say whether a tensor was computed from a leaf that is not this level's."""
        plain = getattr(x, "_value", x)
        if not plain.requires_grad:
            return False
        first = plain._node_or_none()
        if first is None:
            return id(plain) not in self.own
        seen, waiting = {first}, [first]
        while waiting:
            node = waiting.pop()
            if isinstance(node, AccumulateGrad) and id(node.variable) not in self.own:
                return True
            for edge in node.edges:
                other, _ = edge_pair(edge)
                if other is not None and other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return False

    def auxiliary(self, aux: Any) -> Any:
        """Return what a function gave beside its output: tensors only."""
        for leaf in leaves(aux):
            if not isinstance(leaf, Tensor):
                raise RuntimeError(f"Expected tensors, got unsupported type {type(leaf)}")
        return self.result(aux)


def stood_in(tree: Any) -> Any:
    """Return arguments that are not differentiated, as the function sees them."""
    if isinstance(tree, Tensor):
        return alias(tree)
    if type(tree) in (list, tuple):
        return type(tree)(map(stood_in, tree))
    if type(tree) in (dict, OrderedDict):
        return type(tree)((name, stood_in(value)) for name, value in tree.items())
    return tree


def chosen(argnums: int | tuple[int, ...], args: tuple[Any, ...]) -> tuple[int, ...]:
    """Return the numbers of the arguments to differentiate with respect to."""
    if not isinstance(argnums, int | tuple):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    numbers = (argnums,) if isinstance(argnums, int) else argnums
    for number in numbers:
        if not isinstance(number, int):
            raise RuntimeError(f"argnum must be int, got: {type(number)}")
        if not -len(args) <= number < len(args):
            raise RuntimeError(f"Got argnum={number}, but only {len(args)} positional inputs")
    numbers = tuple(number % len(args) for number in numbers)
    if not numbers:
        raise RuntimeError("argnums must be non-empty")
    if len(set(numbers)) < len(numbers):
        raise RuntimeError(f"argnums elements must be unique, got {numbers}")
    return numbers


def replaced(args: Sequence[Any], numbers: tuple[int, ...], values: Any) -> tuple[Any, ...]:
    """Return arguments of which some are others."""
    changed = list(args)
    for number, value in zip(numbers, values, strict=True):
        changed[number] = value
    return tuple(changed)


def split(result: Any, has_aux: bool, call: str) -> tuple[Any, Any]:
    """Return a function's output, and what else it gave."""
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(
            f"{call}: output of function f should be a tuple: (output, aux) if has_aux is True"
        )
    return result


def only_tensors(tree: Any, call: str) -> None:
    """Raise unless every leaf of a nest is a tensor, and there is one."""
    found = leaves(tree)
    if not found or (len(found) == 1 and found[0] is None):
        raise RuntimeError(
            f"{call}: Expected f to be a function that has non-empty output (got output = {found})"
        )
    for leaf in found:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(
                f"{call}: expected f(*primals) to return only tensors, got unsupported type "
                f"{type(leaf)}"
            )


def only_differentiable(tree: Any) -> None:
    """Raise unless every tensor can have a gradient."""
    for leaf in leaves(tree):
        if not (leaf.is_floating_point() or leaf.is_complex()):
            raise RuntimeError(
                "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got "
                f"Tensor with dtype {leaf.dtype}"
            )


def gradients(output: Any, inputs: list[Tensor], seed: Any, create_graph: bool) -> list[Any]:
    """Return gradients, zeros where there is no path."""
    found: Any = [None] * len(inputs)
    if output.requires_grad:
        found = engine_grad(
            output, inputs, seed, retain_graph=True, create_graph=create_graph, allow_unused=True
        )
    return [T.zeros_like(x) if g is None else g for x, g in zip(inputs, found, strict=True)]
