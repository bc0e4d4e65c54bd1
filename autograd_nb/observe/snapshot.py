"""From root tensors to a frozen graph: an iterative walk through ``next_functions``.

The walk never recurses and visits a node once, so that neither depth, nor shared weights, nor the
cycles that ``create_graph=True`` can leave behind, change more than its length.

Note [Deep foreign graphs]
PyTorch 2.13 frees a deep graph without recursion only along nodes that Python has never looked at:
after a walk of about 50,000 nodes in a row, dropping the graph overflows the C stack and ends the
process (20,000 are safe with the usual 8 MiB).  A walk therefore stops early there.  The limit
can go when a loop of 100,000 additions survives being walked and dropped.
"""

from __future__ import annotations

import heapq
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograd_nb.observe.cells import site_of_node
from autograd_nb.observe.detail import formula_of, saved_of
from autograd_nb.observe.graph import Graph, GraphEdge, GraphNode
from autograd_nb.observe.names import Names
from autograd_nb.observe.protocol import (
    dtype_name,
    is_accumulator,
    is_foreign,
    is_node,
    is_tensor,
    label_of,
    node_name,
    result_form,
    sequence_nr,
    shape_of,
)

NODE_LIMIT = 5_000
"""Operations that a snapshot keeps; those nearest to the roots win."""

COUNT_LIMIT = 250_000
"""Nodes that are visited to say how many are hidden."""

FOREIGN_LIMIT = 20_000
"""Nodes of another library's graph that are visited. See Note [Deep foreign graphs]."""

DETAIL_LIMIT = 1_000
"""Operations in a graph up to which formulas and saved tensors are looked at."""


@dataclass(slots=True)
class Walk:
    """What a walk met, with the nodes themselves: made for one use and dropped.

    Parameters
    ----------
    ops : list of NodeLike
        In the order of their making.
    inputs : list of list
        For each operation and each of its inputs: ``("op", index, output_nr)``,
        ``("leaf", index, 0)``, or None where no gradient goes or the node is hidden.
    leaves : list of TensorLike
        In the order of their first use.
    accumulators : list of NodeLike
        The node of each leaf; None for a leaf that is itself a root.
    roots : list of tuple
        ``("op", index)`` or ``("leaf", index)``.
    hidden : int
        Operations met and left out.
    """

    ops: list[Any] = field(default_factory=list)
    inputs: list[list[tuple[str, int, int] | None]] = field(default_factory=list)
    leaves: list[Any] = field(default_factory=list)
    accumulators: list[Any] = field(default_factory=list)
    roots: list[tuple[str, int]] = field(default_factory=list)
    hidden: int = 0


def walk(roots: Iterable[Any], limit: int = NODE_LIMIT) -> Walk:
    """Visit every node that the roots were computed from.

    Parameters
    ----------
    roots : iterable of TensorLike, NodeLike or (NodeLike, int)
        A tensor that needs no gradient is passed over.
    limit : int, default 5000
        Operations to keep.

    Returns
    -------
    Walk
    """
    starts = [start for root in roots if (start := _start(root)) is not None]
    kept: dict[int, Any] = {}
    met: dict[int, Any] = {}
    queue: deque[Any] = deque()
    foreign = any(not is_tensor(node) and is_foreign(node) for node in starts)
    for node in starts:
        if not is_tensor(node) and id(node) not in met:
            met[id(node)] = node
            queue.append(node)
    while queue:
        node = queue.popleft()
        if is_accumulator(node):
            continue
        if len(kept) < limit:
            kept[id(node)] = node
        if len(met) > (FOREIGN_LIMIT if foreign else COUNT_LIMIT):
            continue
        for following, _ in node.next_functions:
            if following is not None and id(following) not in met:
                met[id(following)] = following
                queue.append(following)
    found = Walk(ops=_in_order_of_making(list(kept.values())))
    found.hidden = sum(not is_accumulator(node) for node in met.values()) - len(kept)
    _wire(found, starts)
    return found


def _start(root: Any) -> Any:
    """Return the node to start from, or the tensor itself for a leaf."""
    if is_tensor(root):
        if root.grad_fn is not None:
            return root.grad_fn
        return root if root.requires_grad else None
    if is_node(root):
        return root.variable if is_accumulator(root) else root
    if isinstance(root, tuple) and root and is_node(root[0]):
        return _start(root[0])
    return None


def _in_order_of_making(nodes: list[Any]) -> list[Any]:
    """Sort nodes by sequence number; without numbers, the farthest from the roots come first."""
    numbers = [sequence_nr(node) for node in nodes]
    if any(number is None for number in numbers):
        return nodes[::-1]
    order = sorted(range(len(nodes)), key=lambda index: (numbers[index], -index))
    found = [nodes[index] for index in order]
    return _inputs_first(found) if found and is_foreign(found[0]) else found


def _inputs_first(nodes: list[Any]) -> list[Any]:
    """Sort nodes anew where one comes before its input, and change nothing elsewhere.

    PyTorch counts the nodes of each thread by itself: numbers of two threads say nothing of order.
    """
    index_of = {id(node): index for index, node in enumerate(nodes)}
    rows = [
        [at for one, _ in node.next_functions if (at := index_of.get(id(one))) is not None]
        for node in nodes
    ]
    if all(at < index for index, row in enumerate(rows) for at in row):
        return nodes
    waits = [len(set(row)) for row in rows]
    users: list[list[int]] = [[] for _ in nodes]
    for index, row in enumerate(rows):
        for at in set(row):
            users[at].append(index)
    ready = [index for index, count in enumerate(waits) if not count]
    order = []
    while ready:
        index = heapq.heappop(ready)
        order.append(index)
        for user in users[index]:
            waits[user] -= 1
            if not waits[user]:
                heapq.heappush(ready, user)
    return [nodes[index] for index in order]


def _wire(found: Walk, starts: list[Any]) -> None:
    index_of = {id(node): index for index, node in enumerate(found.ops)}
    leaf_of: dict[int, int] = {}

    def leaf(variable: Any, accumulator: Any = None) -> int:
        if id(variable) not in leaf_of:
            leaf_of[id(variable)] = len(found.leaves)
            found.leaves.append(variable)
            found.accumulators.append(accumulator)
        return leaf_of[id(variable)]

    for node in found.ops:
        row: list[tuple[str, int, int] | None] = []
        for following, output_nr in node.next_functions:
            if following is None:
                row.append(None)
            elif is_accumulator(following):
                variable = following.variable
                row.append(None if variable is None else ("leaf", leaf(variable, following), 0))
            elif id(following) in index_of:
                row.append(("op", index_of[id(following)], output_nr))
            else:
                row.append(None)
        found.inputs.append(row)
    for start in starts:
        if is_tensor(start):
            found.roots.append(("leaf", leaf(start)))
        elif id(start) in index_of:
            found.roots.append(("op", index_of[id(start)]))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A graph of plain data with the keys that tell its nodes again in a later walk.

    Parameters
    ----------
    graph : Graph
        Ids count from 0: each operation in the order of making, the uses of leaves before it.
    keys : tuple of tuple
        For each node id: the sequence number and name of an operation; for the use of a leaf,
        the key of its consumer and the position there.
    op_ids : tuple of int
        Node id of each operation of the walk.
    leaf_ids : tuple of int
        Identity of each leaf of the walk.
    """

    graph: Graph
    keys: tuple[tuple[Any, ...], ...]
    op_ids: tuple[int, ...]
    leaf_ids: tuple[int, ...]


def snapshot(
    roots: Any,
    namespace: Mapping[str, Any] | None = None,
    *,
    limit: int = NODE_LIMIT,
) -> Graph:
    """Take a picture of the graph that some tensors were computed by.

    Parameters
    ----------
    roots : TensorLike, NodeLike, (NodeLike, int), or an iterable of them
        Tensors of this package or of PyTorch.
    namespace : mapping of str to object, optional
        Variables, for the names of results and leaves.
    limit : int, default 5000
        Operations to keep; the rest is counted in ``hidden``.

    Returns
    -------
    Graph
        Plain data: neither tensors nor nodes are kept.

    Examples
    --------
    >>> from autograd_nb.observe.snapshot import snapshot
    >>> snapshot([]).nodes
    ()
    """
    alone = is_tensor(roots) or is_node(roots) or (isinstance(roots, tuple) and is_edge(roots))
    walked = walk([roots] if alone else roots, limit)
    return freeze(walked, Names(namespace)).graph


def is_edge(value: tuple[Any, ...]) -> bool:
    """Tell a ``(node, output_nr)`` pair from a tuple of roots.

    Parameters
    ----------
    value : tuple

    Returns
    -------
    bool
    """
    return len(value) == 2 and is_node(value[0]) and isinstance(value[1], int)


def freeze(
    walked: Walk,
    names: Names,
    *,
    leaf_id: Callable[[Any], int] | None = None,
) -> Snapshot:
    """Turn a walk into plain data.

    Parameters
    ----------
    walked : Walk
    names : Names
    leaf_id : callable, optional
        Gives the identity of a leaf; by default leaves are counted from 0.

    Returns
    -------
    Snapshot
    """
    leaf_ids = [
        index if leaf_id is None else leaf_id(leaf) for index, leaf in enumerate(walked.leaves)
    ]
    nodes: list[GraphNode] = []
    edges: list[GraphEdge] = []
    keys: list[tuple[Any, ...]] = []
    op_ids: list[int] = []
    with_details = len(walked.ops) <= DETAIL_LIMIT
    # An operation made earlier has a smaller number, except where numbers are equal or missing:
    # edges therefore wait until every operation has its id.
    links: list[tuple[int, int, int, tuple[int, ...] | None]] = []
    for op, row in zip(walked.ops, walked.inputs, strict=True):
        key: tuple[Any, ...] = (sequence_nr(op), node_name(op))
        if key[0] is None:
            key = ("walk", len(op_ids), key[1])
        own = len(nodes) + sum(entry is not None and entry[0] == "leaf" for entry in row)
        for nr, entry in enumerate(row):
            if entry is not None and entry[0] == "leaf":
                leaf = walked.leaves[entry[1]]
                nodes.append(_leaf_node(len(nodes), leaf, leaf_ids[entry[1]], names))
                keys.append((*key, nr))
                links.append((nodes[-1].id, own, nr, nodes[-1].shape))
            elif entry is not None:
                shape, _ = result_form(walked.ops[entry[1]], entry[2])
                links.append((-1 - entry[1], own, nr, shape))
        nodes.append(_op_node(own, op, names, with_details))
        keys.append(key)
        op_ids.append(own)
    for kind, index in walked.roots:
        if kind == "leaf" and not any(node.leaf == leaf_ids[index] for node in nodes):
            nodes.append(_leaf_node(len(nodes), walked.leaves[index], leaf_ids[index], names))
            keys.append(("leaf", leaf_ids[index]))
    for src, dst, nr, shape in links:
        source = src if src >= 0 else op_ids[-1 - src]
        edges.append(GraphEdge(len(edges), source, dst, nr, shape))
    roots = [
        op_ids[index]
        if kind == "op"
        else next(node.id for node in nodes if node.leaf == leaf_ids[index])
        for kind, index in walked.roots
    ]
    graph = Graph(
        tuple(nodes),
        tuple(edges),
        tuple(dict.fromkeys(roots)),
        key=topology_key(nodes, edges),
        hidden=walked.hidden,
    )
    return Snapshot(graph, tuple(keys), tuple(op_ids), tuple(leaf_ids))


def topology_key(nodes: Iterable[GraphNode], edges: Iterable[GraphEdge]) -> int:
    """Return a number that is equal for graphs of equal form.

    Parameters
    ----------
    nodes : iterable of GraphNode
    edges : iterable of GraphEdge

    Returns
    -------
    int
        The same in every process.
    """
    form = [f"{node.id},{node.name},{node.shape},{node.leaf}" for node in nodes]
    form += [f"{edge.src}>{edge.dst}.{edge.nr}" for edge in edges]
    return zlib.crc32(";".join(form).encode())


def _leaf_node(node_id: int, leaf: Any, identity: int, names: Names) -> GraphNode:
    found = names.of_tensor(leaf)
    return GraphNode(
        node_id,
        "leaf",
        "AccumulateGrad",
        found[0] if found else "leaf",
        vars=found,
        shape=shape_of(leaf),
        dtype=dtype_name(leaf.dtype),
        leaf=identity,
    )


def _op_node(
    node_id: int,
    op: Any,
    names: Names,
    with_details: bool,
) -> GraphNode:
    name = node_name(op)
    shape, dtype = result_form(op)
    if shape is None:
        results = names.tensors_of(op)
        if results:
            shape, dtype = shape_of(results[0]), dtype_name(results[0].dtype)
    return GraphNode(
        node_id,
        "op",
        name,
        label_of(name),
        vars=names.of_node(op),
        shape=shape,
        dtype=dtype,
        site=site_of_node(op),
        formula=formula_of(op) if with_details else "",
        saved=saved_of(op) if with_details else (),
        modules=names.modules_of(op),
    )
