"""`torch.utils._pytree`: nests of containers taken apart into leaves, and put together again."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = [
    "LeafSpec",
    "TreeSpec",
    "register_pytree_node",
    "tree_all",
    "tree_all_only",
    "tree_any",
    "tree_any_only",
    "tree_flatten",
    "tree_is_leaf",
    "tree_iter",
    "tree_leaves",
    "tree_map",
    "tree_map_",
    "tree_map_only",
    "tree_structure",
    "tree_unflatten",
]


class Container(NamedTuple):
    """How containers of one class are taken apart and put together."""

    apart: Callable[[Any], tuple[Iterable[Any], Any]]
    together: Callable[[Any, Any], Any]


def _pairs(tree: Any) -> tuple[list[Any], list[Any]]:
    return list(tree.values()), list(tree)


CONTAINERS: dict[Any, Container] = {
    list: Container(lambda tree: (tree, None), lambda parts, _: list(parts)),
    tuple: Container(lambda tree: (tree, None), lambda parts, _: tuple(parts)),
    dict: Container(_pairs, lambda parts, keys: dict(zip(keys, parts, strict=True))),
    OrderedDict: Container(_pairs, lambda parts, keys: OrderedDict(zip(keys, parts, strict=True))),
    defaultdict: Container(
        lambda tree: (list(tree.values()), [tree.default_factory, list(tree)]),
        lambda parts, said: defaultdict(said[0], zip(said[1], parts, strict=True)),
    ),
    deque: Container(
        lambda tree: (list(tree), tree.maxlen), lambda parts, most: deque(parts, maxlen=most)
    ),
}
_NAMED = Container(lambda tree: (list(tree), type(tree)), lambda parts, kind: kind(*parts))


def register_pytree_node(
    cls: type,
    flatten_fn: Callable[[Any], tuple[Iterable[Any], Any]],
    unflatten_fn: Callable[[Any, Any], Any],
    **options: Any,
) -> None:
    """Tell how containers of a class are taken apart and put together.

    Parameters
    ----------
    cls : type
        The class.
    flatten_fn : callable
        Gives the parts and what else is needed.
    unflatten_fn : callable
        Takes both.
    **options
        Names for storing: accepted.

    Raises
    ------
    ValueError
        If it is known already.
    """
    if cls in CONTAINERS:
        raise ValueError(f"{cls} is already registered as pytree node.")
    CONTAINERS[cls] = Container(flatten_fn, unflatten_fn)


_register_pytree_node = register_pytree_node


def _container(tree: Any) -> tuple[Any, Container] | None:
    kind = type(tree)
    if isinstance(tree, tuple) and hasattr(kind, "_fields"):
        return kind, _NAMED
    return (kind, CONTAINERS[kind]) if kind in CONTAINERS else None


@dataclass(frozen=True, repr=False)
class TreeSpec:
    """The structure of a nest: the class of the outer container, and those within.

    Parameters
    ----------
    type : type or None
        Of the container; None for a leaf.
    context : object
        What its class needs to be put together.
    children : list of TreeSpec
        Structures of its parts.
    """

    type: Any
    context: Any
    children: list[TreeSpec] = field(default_factory=list)

    @property
    def num_leaves(self) -> int:
        """How many leaves there are."""
        return 1 if self.type is None else sum(child.num_leaves for child in self.children)

    @property
    def num_children(self) -> int:
        """How many parts the outer container has."""
        return len(self.children)

    def is_leaf(self) -> bool:
        """Say whether this is a leaf."""
        return self.type is None

    def __repr__(self, indent: int = 0) -> str:
        if self.type is None:
            return "*"
        inner = [child.__repr__(indent + 2) for child in self.children]
        listed = (",\n" + " " * (indent + 2)).join(inner)
        return f"TreeSpec({self.type.__name__}, {self.context}, [{listed}])"


def LeafSpec() -> TreeSpec:
    """Return the structure of a leaf."""
    return TreeSpec(None, None)


IsLeaf = Callable[[Any], bool] | None


def tree_is_leaf(tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Say whether an object is no container.

    Parameters
    ----------
    tree : object
        The object.
    is_leaf : callable, optional
        Says so of further objects.
    """
    return (is_leaf is not None and is_leaf(tree)) or _container(tree) is None


def tree_flatten(tree: Any, is_leaf: IsLeaf = None) -> tuple[list[Any], TreeSpec]:
    """Return the leaves of a nest, and its structure.

    Parameters
    ----------
    tree : object
        The nest.
    is_leaf : callable, optional
        Says what is a leaf beside what is no container.
    """
    found = None if is_leaf is not None and is_leaf(tree) else _container(tree)
    if found is None:
        return [tree], LeafSpec()
    kind, container = found
    parts, context = container.apart(tree)
    leaves: list[Any] = []
    children = []
    for part in parts:
        inner, child = tree_flatten(part, is_leaf)
        leaves += inner
        children.append(child)
    if container is _NAMED:
        kind = _namedtuple
    return leaves, TreeSpec(kind, context, children)


class _namedtuple(tuple[Any, ...]):
    """Stands for all named tuples in structures."""


_namedtuple.__name__ = "namedtuple"


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> Any:
    """Return a nest of a given structure.

    Parameters
    ----------
    leaves : iterable
        Its leaves, in order.
    treespec : TreeSpec
        Its structure.

    Raises
    ------
    ValueError
        If the number of leaves is another.
    """
    values = list(leaves)
    if len(values) != treespec.num_leaves:
        raise ValueError(
            f"treespec.unflatten(leaves): `leaves` has length {len(values)} but the spec "
            f"refers to a pytree that holds {treespec.num_leaves} items ({treespec})."
        )
    return _built(iter(values), treespec)


def _built(values: Iterator[Any], spec: TreeSpec) -> Any:
    if spec.type is None:
        return next(values)
    container = _NAMED if spec.type is _namedtuple else CONTAINERS[spec.type]
    return container.together([_built(values, child) for child in spec.children], spec.context)


def tree_leaves(tree: Any, is_leaf: IsLeaf = None) -> list[Any]:
    """Return the leaves of a nest; see `tree_flatten`."""
    return tree_flatten(tree, is_leaf)[0]


def tree_iter(tree: Any, is_leaf: IsLeaf = None) -> Iterator[Any]:
    """Go through the leaves of a nest; see `tree_flatten`."""
    return iter(tree_leaves(tree, is_leaf))


def tree_structure(tree: Any, is_leaf: IsLeaf = None) -> TreeSpec:
    """Return the structure of a nest; see `tree_flatten`."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: IsLeaf = None) -> Any:
    """Apply a function to every leaf of a nest.

    Parameters
    ----------
    func : callable
        Takes one leaf of each nest.
    tree : object
        The nest.
    *rests
        Further nests, of the same structure or deeper.
    is_leaf : callable, optional
        Says what is a leaf beside what is no container.
    """
    leaves, spec = tree_flatten(tree, is_leaf)
    further = [_up_to(spec, rest) for rest in rests]
    return tree_unflatten(map(func, leaves, *further), spec)


def _up_to(spec: TreeSpec, tree: Any) -> list[Any]:
    """Take a nest apart as far as a structure goes."""
    if spec.type is None:
        return [tree]
    found = _container(tree)
    if found is None:
        raise ValueError(f"Node type mismatch; expected {spec.type}, but got {type(tree)}.")
    parts = list(found[1].apart(tree)[0])
    if isinstance(tree, dict):
        keys = spec.context[1] if spec.type is defaultdict else spec.context
        parts = [tree[key] for key in keys]
    if len(parts) != spec.num_children:
        raise ValueError(
            f"Node arity mismatch; expected {spec.num_children}, but got {len(parts)}."
        )
    inner = zip(spec.children, parts, strict=True)
    return [leaf for child, part in inner for leaf in _up_to(child, part)]


def tree_map_(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: IsLeaf = None) -> Any:
    """Call a function with every leaf of a nest, and return the nest; see `tree_map`."""
    tree_map(func, tree, *rests, is_leaf=is_leaf)
    return tree


def tree_map_only(kinds: Any, func: Callable[[Any], Any], tree: Any, is_leaf: IsLeaf = None) -> Any:
    """Apply a function to every leaf of some classes.

    Parameters
    ----------
    kinds : type, tuple of type or callable
        The classes, or what says whether a leaf is meant.
    func : callable
        Takes a leaf.
    tree : object
        The nest.
    is_leaf : callable, optional
        Says what is a leaf beside what is no container.
    """
    meant = _meant(kinds)
    return tree_map(lambda leaf: func(leaf) if meant(leaf) else leaf, tree, is_leaf=is_leaf)


def _meant(kinds: Any) -> Callable[[Any], bool]:
    if isinstance(kinds, (type, tuple)):
        return lambda leaf: isinstance(leaf, kinds)
    return kinds


def tree_all(pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Say whether something holds for all leaves; see `tree_flatten`."""
    return all(map(pred, tree_leaves(tree, is_leaf)))


def tree_any(pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Say whether something holds for a leaf; see `tree_flatten`."""
    return any(map(pred, tree_leaves(tree, is_leaf)))


def tree_all_only(
    kinds: Any, pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf = None
) -> bool:
    """Say whether something holds for all leaves of some classes; see `tree_map_only`."""
    meant = _meant(kinds)
    return all(pred(leaf) for leaf in tree_leaves(tree, is_leaf) if meant(leaf))


def tree_any_only(
    kinds: Any, pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf = None
) -> bool:
    """Say whether something holds for a leaf of some classes; see `tree_map_only`."""
    meant = _meant(kinds)
    return any(pred(leaf) for leaf in tree_leaves(tree, is_leaf) if meant(leaf))
