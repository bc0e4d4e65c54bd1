"""Nests of tensors: tuples, lists and dictionaries, one in the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from autograd_nb.core.tensor import Tensor


def mapped(fn: Callable[[Any], Any], tree: Any) -> Any:
    """Apply `fn` to every tensor of a nest."""
    return mapped_leaves(lambda leaf: fn(leaf) if isinstance(leaf, Tensor) else leaf, tree)


def mapped_leaves(fn: Callable[[Any], Any], tree: Any) -> Any:
    """Apply `fn` to whatever is no tuple, list or dictionary."""
    if isinstance(tree, Tensor):
        return fn(tree)
    if isinstance(tree, dict):
        return type(tree)((key, mapped_leaves(fn, value)) for key, value in tree.items())
    if isinstance(tree, tuple) and hasattr(tree, "_make"):
        return tree._make(mapped_leaves(fn, value) for value in tree)
    if isinstance(tree, tuple | list):
        return type(tree)(mapped_leaves(fn, value) for value in tree)
    return fn(tree)


def leaves(tree: Any) -> list[Any]:
    """Return what is no tuple, list or dictionary, in order."""
    inner = parts(tree)
    return [tree] if inner is None else [leaf for part in inner for leaf in leaves(part)]


def tensors(tree: Any) -> list[Tensor]:
    """Return the tensors of a nest, in order."""
    return [leaf for leaf in leaves(tree) if isinstance(leaf, Tensor)]


def parts(tree: Any) -> list[Any] | None:
    """Return the parts of a tuple, list or dictionary; None for a leaf."""
    if isinstance(tree, dict):
        return list(tree.values())
    return list(tree) if isinstance(tree, tuple | list) else None


def rebuilt(tree: Any, values: Iterator[Any]) -> Any:
    """Return a nest with other tensors."""
    return mapped(lambda _: next(values), tree)


def rebuilt_leaves(tree: Any, values: Iterator[Any]) -> Any:
    """Return a nest with other leaves."""
    return mapped_leaves(lambda _: next(values), tree)


def form(tree: Any) -> str:
    """Return the structure of a nest as text: ``(*, {'a': *})``."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key!r}: {form(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(form, tree)) + "]"
    if isinstance(tree, tuple):
        inner = ", ".join(map(form, tree)) + "," * (len(tree) == 1)
        return f"{type(tree).__name__ * (type(tree) is not tuple)}({inner})"
    return "*"


def specification(tree: Any) -> str:
    """Return the structure of a nest as PyTorch prints a TreeSpec."""
    if isinstance(tree, dict):
        context, parts = str(list(tree)), list(tree.values())
    elif isinstance(tree, tuple | list):
        context, parts = "None", list(tree)
    else:
        return "*"
    inner = ", ".join(map(specification, parts))
    return f"TreeSpec({type(tree).__name__}, {context}, [{inner}])"
