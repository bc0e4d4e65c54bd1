"""The table by name: a module of operations is imported when one of its names is first used.

Note [Imported by name]
The table's modules take longer to import than NumPy, and a program uses a few of them. What each
of them gives is written down in `_index.py`, which is generated::

    python -m autograd_nb.ops._generate_index            writes the file
    python -m autograd_nb.ops._generate_index --check    fails if it is not up to date

Until its module is imported a name is there all the same: functions and records stand in a
`Shelf`, methods in a `StandIn` on Tensor, both of which import the module and hand over what it
installed. From then on nothing of this file is in the way.
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ..core.tensor import Tensor
from ._index import MODULES


def _places() -> dict[str, dict[str, str]]:
    """Turn the index over: for each kind of name, the module that gives it."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for module, kinds in MODULES.items():
        for kind, names in kinds.items():
            found[kind].update(dict.fromkeys(names.split(), module))
    return found


# By kind: records, formulas (in the two namespaces), methods, properties, return_types, and one
# for each public namespace.
PLACES = _places()


def load(module: str) -> None:
    """Import a module of the table."""
    importlib.import_module(f"{__package__}.{module}")
    from .registry import install_hot

    install_hot()


def load_all() -> None:
    """Import the whole table, for whoever wants to look at all of it."""
    for module in MODULES:
        load(module)


class Shelf(Mapping[str, Any]):
    """Things by name, of which those in the index come when they are asked for.

    Parameters
    ----------
    kind : str
        Which part of the index.
    """

    def __init__(self, kind: str) -> None:
        self.places = PLACES[kind]
        self.loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self.loaded:
            load(self.places[name])
        return self.loaded[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.loaded[name] = value

    def setdefault(self, name: str, value: Any) -> None:
        """Put something where no module has put anything."""
        self.loaded.setdefault(name, value)

    def __contains__(self, name: object) -> bool:
        return name in self.loaded or name in self.places

    def __iter__(self) -> Iterator[str]:
        return iter({**self.places, **self.loaded})

    def __len__(self) -> int:
        return len({**self.places, **self.loaded})


class Namespace:
    """Attributes that are functions of the table."""

    def __getattr__(self, name: str) -> Any:
        module = PLACES["records"].get(name) or PLACES["formulas"].get(name)
        if module is not None:
            load(module)
        if name not in vars(self):
            raise AttributeError(f"no operation of this namespace is called {name}", name=name)
        return vars(self)[name]


class StandIn:
    """A method of Tensor until its module is imported.

    Parameters
    ----------
    name, module : str
        Whose, and where.
    """

    __slots__ = ("module", "name")

    def __init__(self, name: str, module: str) -> None:
        self.name, self.module = name, module

    def _found(self) -> Any:
        load(self.module)
        found = vars(Tensor)[self.name]
        if found is self:
            raise ImportError(f"Tensor.{self.name} is asked for while {self.module} is imported")
        return found

    def __get__(self, tensor: Tensor | None, owner: type | None = None) -> Any:
        return self._found().__get__(tensor, owner)


class PropertyStandIn(StandIn):
    """A property of Tensor until its module is imported."""

    __slots__ = ()

    def __set__(self, tensor: Tensor, value: Any) -> None:
        self._found().__set__(tensor, value)


def install_stand_ins() -> None:
    """Put on Tensor what the index says that it will have."""
    for kind, stand_in in (("methods", StandIn), ("properties", PropertyStandIn)):
        for name, module in PLACES[kind].items():
            setattr(Tensor, name, stand_in(name, module))
