"""Leaves that got no gradient: which of them to list beside those that did, and why they have none.

A user may expect a pass to reach a leaf that the cell names, or a variable of the function that
called backward, or what is in one module, container or optimizer with a leaf that was reached.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection
from typing import Any

from autograd_nb.observe.graph import Graph
from autograd_nb.observe.ledger import LeafRecord
from autograd_nb.observe.names import Names
from autograd_nb.observe.protocol import shape_of
from autograd_nb.observe.tape import Tape

_VARIABLE = re.compile(r"(?<![\w.])[^\W\d]\w*")

APART = "no pass reached it: unused, or cut off by detach() or no_grad()"
NOT_RUN = "in the graph, but no pass ran through it"
NOT_ADDED = "passes ran through its graph and added nothing, as torch.autograd.grad does"
ENDED = "the pass ended before it came here"
CLEARED = "set to None after the last pass"
BEFORE = ".grad is not from these passes"


def words_of(text: str) -> set[str]:
    """Return what may be variables in a piece of code.

    Parameters
    ----------
    text : str

    Returns
    -------
    set of str
    """
    return set(_VARIABLE.findall(text))


def expected(names: Names, concerned: Collection[str], met: Callable[[Any], bool]) -> list[Any]:
    """Return the leaves that a user may expect a pass to reach, and that were not met.

    Parameters
    ----------
    names : Names
    concerned : collection of str
        Variables that the watched code names.
    met : callable
        Tells whether a leaf is known already.

    Returns
    -------
    list of TensorLike
    """
    groups: dict[str, dict[int, Any]] = {}
    for name, tensor in names.tensors.items():
        if _is_open(tensor):
            variable = re.split(r"[.\[]", name, maxsplit=1)[0]
            groups.setdefault(variable, {})[id(tensor)] = tensor
    return [
        leaf
        for variable, group in groups.items()
        if variable in concerned or any(map(met, group.values()))
        for leaf in group.values()
        if not met(leaf)
    ]


def _is_open(tensor: Any) -> bool:
    """Tell whether a pass could reach a leaf; one of a lazy module has no shape yet."""
    try:
        return bool(tensor.requires_grad and tensor.is_leaf) and shape_of(tensor) is not None
    except RuntimeError:
        return False


def reasons(tape: Tape, graph: Graph, active: bool) -> Callable[[LeafRecord, int], str]:
    """Return a function that says why a leaf has no gradient of this recording.

    Parameters
    ----------
    tape : Tape
    graph : Graph
    active : bool
        Passes may still come: what is in the graph has no reason yet.

    Returns
    -------
    callable
        Given a record of a leaf, and the contributions it had before; the reason is empty where
        the gradient is there.
    """

    @functools.cache
    def drawn() -> tuple[set[int], set[int]]:
        """Find the leaves of the graph, and those that lie behind nodes that ran."""
        leaf_of = {node.id: node.leaf for node in graph.nodes if node.leaf is not None}
        ran = {step.node for one in tape.passes for step in one.steps}
        behind = {edge.src for edge in graph.edges if edge.dst in ran}
        return set(leaf_of.values()), {leaf for at, leaf in leaf_of.items() if at in behind}

    def reason(record: LeafRecord, before: int) -> str:
        if record.contributions > before:
            last = record.rows[-1] if record.rows else None
            cleared = not active and record.grad is None and last and last.kind == "cleared"
            return CLEARED if cleared else ""
        inside, through = drawn()
        if record.id not in inside:
            found = APART
        elif active:
            return ""
        elif tape.passes and tape.passes[-1].error is not None:
            found = ENDED
        else:
            found = NOT_ADDED if record.id in through else NOT_RUN
        return f"{found}; {BEFORE}" if record.grad is not None else found

    return reason
