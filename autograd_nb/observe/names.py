"""The user's names for tensors and nodes, read from a namespace."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from autograd_nb.observe.protocol import is_tensor

CONTAINER_LIMIT = 100
"""Elements of one list, tuple or dict that get a name."""

MODULE_LIMIT = 10_000
"""Parameters of one module that get a name."""

_IPYTHON_OWN = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})


class Names:
    """Names of tensors, found again by identity.

    Parameters
    ----------
    namespace : mapping of str to object, optional
        Variables by name.  Names that begin with an underscore are IPython's or private and are
        left out.  Tensors in lists, tuples and dicts are named ``ws[0]``; parameters of a module
        ``net.weight``; what nothing but an optimizer has, ``opt.param_groups[0]['params'][0]``.
    passing : collection of str, default ()
        Variables of loops: any other name of what they hold wins, a younger one too.

    Notes
    -----
    The nodes met are held, so that their identities stay theirs; an instance is made for one
    walk and dropped after it.
    """

    def __init__(
        self, namespace: Mapping[str, Any] | None = None, passing: Collection[str] = ()
    ) -> None:
        self._passing = passing
        self._by_leaf: dict[int, list[str]] = {}
        self._by_node: dict[int, list[tuple[int, str]]] = {}
        self._held: list[Any] = []
        self.tensors: dict[str, Any] = {}
        self.modules_of: Callable[[Any], tuple[tuple[str, int], ...]] = no_modules
        space = dict(namespace or {})
        for name, tensor in _tensors(space):
            self._add(name, tensor)
        for name, tensor in _optimized(space):
            if id(tensor) not in self._by_leaf:
                self._add(name, tensor)

    def _add(self, name: str, tensor: Any) -> None:
        self.tensors[name] = tensor
        self._by_leaf.setdefault(id(tensor), []).append(name)
        node = tensor.grad_fn
        if node is not None:
            self._held.append(node)
            self._by_node.setdefault(id(node), []).append((_output_nr(tensor), name))

    def of_tensor(self, tensor: Any) -> tuple[str, ...]:
        """Return the names of a tensor object.

        Parameters
        ----------
        tensor : TensorLike

        Returns
        -------
        tuple of str
        """
        return self._best_first(self._by_leaf.get(id(tensor), []))

    def of_node(self, node: Any) -> tuple[str, ...]:
        """Return the names of a node's results, in the order of its outputs.

        Parameters
        ----------
        node : NodeLike

        Returns
        -------
        tuple of str
        """
        found: dict[int, list[str]] = {}
        for output_nr, name in self._by_node.get(id(node), []):
            found.setdefault(output_nr, []).append(name)
        return tuple(name for nr in sorted(found) for name in self._best_first(found[nr]))

    def _best_first(self, names: list[str]) -> tuple[str, ...]:
        # `w` says more in a picture than `model.layers[0].weight` does, unless a loop over
        # parameters has left it there; of two such the older one wins.
        def order(name: str) -> tuple[bool, bool]:
            return name in self._passing, "." in name or "[" in name

        return tuple(sorted(dict.fromkeys(names), key=order))

    def tensors_of(self, node: Any) -> list[Any]:
        """Return the named results of a node.

        Parameters
        ----------
        node : NodeLike

        Returns
        -------
        list of TensorLike
        """
        return [self.tensors[name] for name in self.of_node(node)]


def no_modules(node: Any) -> tuple[tuple[str, int], ...]:
    """Name no module: calls of modules are known only while they are watched.

    Parameters
    ----------
    node : NodeLike

    Returns
    -------
    tuple
        Empty.
    """
    return ()


@functools.lru_cache(maxsize=1_024)
def loop_variables(text: str) -> frozenset[str]:
    """Return the variables that the `for` statements of a cell bind.

    Parameters
    ----------
    text : str
        As the user wrote it, or as IPython runs it.

    Returns
    -------
    frozenset of str
        Empty for what is not Python as it stands.

    Examples
    --------
    >>> sorted(loop_variables("for name, p in net.named_parameters(): print(p)"))
    ['name', 'p']
    """
    try:
        parsed = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError):
        return frozenset()
    found: set[str] = set()
    for node in parsed:
        match node:
            case ast.For(target=target) | ast.AsyncFor(target=target):
                found |= {one.id for one in ast.walk(target) if isinstance(one, ast.Name)}
            case ast.Call(
                func=ast.Attribute(attr="run_cell_magic"),
                args=[_, _, ast.Constant(value=str(inner))],
            ):
                found |= loop_variables(inner)
    return frozenset(found)


def _output_nr(tensor: Any) -> int:
    nr = getattr(tensor, "output_nr", None)
    return nr if isinstance(nr, int) else int(getattr(tensor, "_output_nr", 0))


def _variables(namespace: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in namespace.items():
        if isinstance(name, str) and not name.startswith("_") and name not in _IPYTHON_OWN:
            yield name, value


def _tensors(namespace: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in _variables(namespace):
        if is_tensor(value):
            yield name, value
        elif type(value) in (list, tuple) and len(value) <= CONTAINER_LIMIT:
            for index, item in enumerate(value):
                if is_tensor(item):
                    yield f"{name}[{index}]", item
        elif type(value) is dict and len(value) <= CONTAINER_LIMIT:
            for key, item in list(value.items()):
                if isinstance(key, str | int) and is_tensor(item):
                    yield f"{name}[{key!r}]", item
        elif hasattr(type(value), "named_parameters") and not isinstance(value, type):
            yield from _parameters(name, value)


def _optimized(namespace: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in _variables(namespace):
        if not hasattr(type(value), "add_param_group") or isinstance(value, type):
            continue
        for at, group in enumerate(vars(value).get("param_groups", ())):
            for index, item in enumerate(group["params"][:MODULE_LIMIT]):
                if is_tensor(item):
                    yield f"{name}.param_groups[{at}]['params'][{index}]", item


def _parameters(name: str, module: Any) -> Iterator[tuple[str, Any]]:
    for count, (path, parameter) in enumerate(module.named_parameters()):
        if count >= MODULE_LIMIT:
            return
        if is_tensor(parameter):
            yield f"{name}.{path}", parameter
