"""The backward pass: collect the nodes, sort them, send gradients along the edges.

Note [Order]
PyTorch runs ready nodes by highest sequence number, and an AccumulateGrad as soon as it is
ready. A node is always younger than those it was computed from, so that order is: reachable
nodes sorted by descending sequence number, leaves in between as soon as their last gradient
has come. No queue and no recursion is needed.
"""

from __future__ import annotations

import sys
import threading
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from . import advice, anomaly, blocks, errors, events, modes, pool
from .accumulate import take_or_add
from .blocks import LARGE
from .firing import Firing, replaced
from .fitting import fit_meta
from .function import BackwardCFunction
from .node import AccumulateGrad, Edge, Node, edge_pair
from .op import OpNode
from .saved import Freed
from .tensor import Tensor, caller_origin

_by_sequence = attrgetter("sequence_nr")
running = threading.local()  # `tasks`: the passes of this thread, the innermost last


class GradientEdge(NamedTuple):
    """One output of a node, without the tensor.

    Attributes
    ----------
    node : Node
    output_nr : int
    ownership_token : object, optional
        What PyTorch keeps alive for nodes that are not its own; not used.
    """

    node: Node
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Return the edge along which `tensor` gets its gradient.

    Raises
    ------
    RuntimeError
        If the tensor does not require grad.
    """
    if not tensor.requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does "
            "not require gradients"
        )
    node, output_nr = edge_pair(tensor._edge())
    if node is None:  # a view without history that requires grad because its base does
        raise AssertionError("Expected gradient function to be set")
    return GradientEdge(node, output_nr)


def current_task() -> GraphTask:
    """Return the pass that runs in this thread; for hooks.

    Raises
    ------
    RuntimeError
        If none runs.
    """
    tasks = getattr(running, "tasks", None)
    if not tasks:
        raise RuntimeError("no backward pass is running in this thread")
    return tasks[-1]  # type: ignore[no-any-return]


def target_meta(edge: Edge) -> tuple[tuple[int, ...], Any]:
    """Return shape and dtype of the tensor at the end of an edge."""
    node, nr = edge_pair(edge)
    assert node is not None
    return node.output_meta(nr)


class GraphTask(Firing):
    """One backward pass: its options, its buffers, what it is to capture.

    Parameters
    ----------
    keep_graph : bool
        Leave the saved tensors of the nodes that ran.
    traced : bool
        Compute on Tensors and record (`create_graph=True`).
    """

    # Of a pass that is restricted to some inputs; see `aim`.
    targets: list[tuple[Node, int]] | None = None
    inputs: tuple[Any, ...] = ()
    accumulate = True
    wanted_nodes: frozenset[Node] | set[Node] = frozenset()
    nodes: tuple[Any, ...] = ()  # (order, uses, needed)
    current: Node | None = None  # the last that ran with hooks, or watched

    def __init__(self, keep_graph: bool, traced: bool) -> None:
        self.keep_graph = keep_graph
        self.traced = traced
        self.buffers: dict[Any, Any] = {}  # gradient by edge: Node, or (Node, output number)
        self.owned: set[Any] = set()  # edges whose buffer is a sum that nobody else holds
        self.captures: dict[tuple[int, int], Any] = {}  # by (id(node), output_nr)
        self.freed = None if keep_graph else Freed(caller_origin(2))
        self.callbacks: list[Any] = []  # called when all nodes have run
        self.at_end: list[Any] = []  # called when the pass is over, or has failed

    def count_reachable(self, nodes: list[Node]) -> int:
        """Return how many of some nodes will run in this pass."""
        order, uses, needed = self.nodes
        begins_at_leaf = len(self.roots) == 1 and type(self.roots[0][0]) is AccumulateGrad
        if not (self.accumulate or begins_at_leaf) and any(
            type(node) is AccumulateGrad and node in self.wanted_nodes for node in nodes
        ):
            raise RuntimeError(
                "A leaf node was passed to _will_engine_execute_node but we are currently running "
                "autograd.grad(). This is currently not supported."
            )
        found = {*order, *uses} if needed is None else {*order, *uses} & needed
        if len(self.roots) == 1:
            found -= {self.roots[0][0]}  # PyTorch does not count the root of a pass
        return sum(node in found for node in nodes)

    def aim(self, inputs: tuple[Any, ...], accumulate: bool) -> None:
        """Restrict the pass to what leads to `inputs`."""
        self.inputs = inputs
        self.accumulate = accumulate
        self.targets = []
        self.wanted_nodes = wanted = set()
        for item in inputs:
            if isinstance(item, GradientEdge):
                pair = (item.node, item.output_nr)
            else:
                if not isinstance(item, Tensor):
                    raise RuntimeError(
                        "all inputs have to be Tensors or GradientEdges, but got "
                        + type(item).__name__
                    )
                if accumulate:
                    item.retain_grad()  # a non-leaf gets a `.grad` by being asked for
                elif not item.requires_grad:
                    raise advice.with_cure(
                        RuntimeError("One of the differentiated Tensors does not require grad"),
                        advice.NOT_REQUIRED,
                        item,
                    )
                pair = edge_pair(item._edge())  # type: ignore[assignment]
            self.targets.append(pair)
            self.captures[id(pair[0]), pair[1]] = None
            wanted.add(pair[0])

    def captured(self) -> list[Any]:
        """Return what was captured, a Tensor or None per input."""
        if self.targets is None:
            return []
        found = []
        for node, nr in self.targets:
            value = self.captures[id(node), nr]
            if value is not None and not isinstance(value, Tensor):
                value = Tensor._wrap(value)
            found.append(value)
        return found

    # -- collecting ---------------------------------------------------------------------------
    def collect(self, roots: list[tuple[Node, int]]) -> tuple[list[Node], dict[Node, int]]:
        """Return the inner nodes in the order of running, and the uses of each leaf."""
        seen: set[Node] = set()
        order: list[Node] = []
        uses: dict[Node, int] = {}
        for node, _ in roots:
            if type(node) is AccumulateGrad:
                uses[node] = uses.get(node, 0) + 1
            elif node not in seen:
                seen.add(node)
                order.append(node)
        for node in order:  # grows while it is walked
            for edge in node.edges:
                if edge is None:
                    continue
                if type(edge) is tuple:
                    edge = edge[0]
                if type(edge) is AccumulateGrad:
                    uses[edge] = uses.get(edge, 0) + 1
                elif edge not in seen:
                    seen.add(edge)
                    order.append(edge)
        order.sort(key=_by_sequence, reverse=True)
        return order, uses

    def prune(self, order: list[Node]) -> set[Node]:
        """Return the nodes that lead to a target; the others need not run."""
        needed: set[Node] = set(self.wanted_nodes)
        for node in reversed(order):
            if node in needed:
                continue
            for edge in node.edges:
                if edge is not None and (edge[0] if type(edge) is tuple else edge) in needed:
                    needed.add(node)
                    break
        return needed

    # -- running --------------------------------------------------------------------------------
    def execute(self, roots: list[tuple[Node, int]], grads: list[Any]) -> None:
        """Run the pass."""
        __tracebackhide__ = True
        observer = events.observer
        self.watched = observer is not None and getattr(observer, "nodes", True)
        order, uses = self.collect(roots)
        needed = self.prune(order) if self.targets is not None else None
        self.nodes = order, uses, needed
        self.roots = roots
        ready: list[AccumulateGrad] = []
        for (node, nr), grad_output in zip(roots, grads, strict=True):
            self.send((node, nr) if nr else node, grad_output)
            if type(node) is AccumulateGrad:
                uses[node] -= 1
                if not uses[node]:
                    ready.append(node)
        del grads[:]
        self.finish_leaves(ready, needed)
        watched = self.watched or modes.state.detect_anomaly
        if needed is not None and len(roots) == 1 and roots[0][0] not in needed:
            # As in PyTorch, a single root's tensors see their gradient though nothing runs.
            node = roots[0][0]
            if type(node) is AccumulateGrad:
                table, grad = node.variable._backward_hooks, self.buffers.pop(node, None)
                if table and grad is not None:
                    self.call_tensor_hooks("tensor", node.variable, table, grad)
            elif node.hooks is not None:
                self.call_hooks_of_tensors(node.hooks, node, self.take(node))
        if needed is not None and needed.issuperset(order) and needed.issuperset(uses):
            needed = None  # everything leads to a target
        try:
            self.sweep(order, uses, needed, ready, watched)
        except Exception:
            if modes.state.detect_anomaly and self.current is not None:
                anomaly.report(self.current)
            raise

    def sweep(
        self,
        order: list[Node],
        uses: dict[Node, int],
        needed: set[Node] | None,
        ready: list[AccumulateGrad],
        watched: bool,
    ) -> None:
        """Run the inner nodes in order, and send what each gives along its edges.

        A node with one output that nobody watches is run here; `step` does all that can be asked
        of the others.
        """
        __tracebackhide__ = True
        buffers, owned, wanted = self.buffers, self.owned, self.wanted_nodes or None
        traced, keep_graph, freed = self.traced, self.keep_graph, self.freed
        arrived, take = buffers.get, buffers.pop
        for node in order:
            if needed is not None and node not in needed:
                # Nothing wanted lies beyond it, and leaves below it must not be waited for.
                self.forget(node, uses, needed, ready)
                if ready:
                    self.finish_leaves(ready, needed)
                continue
            grads: Any
            hooks = node.hooks
            if (
                watched
                or (hooks is not None and (hooks.pre or hooks.post))
                or node.outputs is not None
                or (wanted is not None and node in wanted)
                or (grad_output := take(node, None)) is None
            ):
                grads = self.step(node)
            else:
                if hooks is not None:
                    (grad_output,) = self.before(node, (grad_output,))
                try:
                    mask = None if needed is None else self.mask(node, needed)
                    if mask is not None:
                        grads = self.apply_some(node, (grad_output,), mask)
                    elif traced:
                        grads = node.run_traced(grad_output)
                    elif grad_output.size < LARGE or node.calls_back():
                        grads = node.run(grad_output)
                    else:
                        held = [grad_output]
                        grad_output = None
                        grads = node.run_on_own(held)
                except Exception as error:
                    self.explain(node, error)
                    raise
                hooks = node.hooks
                if hooks is not None and hooks.post:  # registered while it ran
                    grads = self.after(node, grads, (grad_output,))
                if not keep_graph:
                    if node.frees:
                        node.saved = freed
                    elif node.frees is None and node.saved:
                        node.release(freed)
            edges = node.edges
            if len(grads) != len(edges):
                raise self.wrong_count(node, grads)
            for edge, value in zip(edges, grads):  # noqa: B905 - `strict` costs more than the loop
                if edge is None:
                    continue
                if type(edge) is tuple:
                    target = edge[0]
                    shape, kind = target.output_meta(edge[1])
                else:
                    target = edge
                    shape, kind = edge.shape, edge.dtype
                if value is not None:
                    array = value._array if traced else value
                    if array.shape != shape or array.dtype is not kind:
                        value = self.fitted(node, grads, value, (shape, kind))
                    if needed is not None and target not in needed:
                        continue  # checked, as PyTorch does, though nobody wants it
                    previous = arrived(edge)
                    if previous is None:
                        buffers[edge] = value
                    elif type(previous) is not np.ndarray:
                        buffers[edge] = previous + value
                    elif previous.size >= LARGE:
                        own = sys.getrefcount(previous) == 3 and pool.is_own(previous)
                        buffers[edge] = blocks.add(previous, value, own)
                    elif edge in owned:
                        np.add(previous, value, out=previous)
                    else:
                        # What arrived first may be shared with another edge, a hook or the user.
                        buffers[edge] = previous + value
                        owned.add(edge)
                if type(target) is AccumulateGrad:
                    uses[target] -= 1
                    if not uses[target] and (needed is None or target in needed):
                        ready.append(target)
            # What is held here while the next node runs would cost memory, and a leaf could not
            # take its gradient over.
            grads = grad_output = value = array = previous = None
            if ready:
                self.finish_leaves(ready, needed)

    def forget(
        self, node: Node, uses: dict[Node, int], needed: set[Node], ready: list[Any]
    ) -> None:
        """Drop a node that need not run, and its claims on leaves."""
        self.take(node)
        for edge in node.edges:
            if type(edge) is AccumulateGrad:
                uses[edge] -= 1
                if not uses[edge] and edge in needed:
                    ready.append(edge)

    def take(self, node: Node) -> tuple[Any, ...]:
        """Remove and return the gradients that arrived for a node's outputs."""
        if node.outputs is None:
            return (self.buffers.pop(node, None),)
        return (
            self.buffers.pop(node, None),
            *[self.buffers.pop((node, nr), None) for nr in range(1, len(node.outputs))],
        )

    def send(self, edge: Edge, value: Any) -> None:
        """Add a gradient to what has arrived at an edge."""
        previous = self.buffers.get(edge)
        if previous is None:
            self.buffers[edge] = value
        else:
            # Never in place: what arrived may be shared with another edge, a hook or the user.
            self.buffers[edge] = previous + value

    def wrong_count(self, node: Node, grads: Any) -> RuntimeError:
        """Return the error for a formula that gave too few or too many gradients."""
        return RuntimeError(
            f"{node.name()} returned an incorrect number of gradients (expected "
            f"{len(node.edges)}, got {len(grads)})"
        )

    def step(self, node: Node) -> Any:
        """Run one inner node with its hooks, and return what it gives for each edge."""
        __tracebackhide__ = True
        self.current = node
        needed = self.nodes[2]
        grad_outputs = self.take(node)
        hooks = node.hooks
        if not self.accumulate and node in self.wanted_nodes:
            assert needed is not None
            # As in PyTorch: a gradient captured on its way to others has not seen the hooks yet;
            # where the way ends, it has seen those of tensors, and prehooks do not run.
            if not self.leads_on(node, needed):
                if hooks is not None:
                    grad_outputs = self.call_hooks_of_tensors(hooks, node, grad_outputs)
                self.capture(node, grad_outputs)
                return (None,) * len(node.edges)
            self.capture(node, grad_outputs)
        if hooks is not None:
            grad_outputs = self.before(node, grad_outputs)
        observer = events.observer
        if observer is not None:
            observer.node_begin(node, grad_outputs)
        outer = anomaly.enter(node)
        try:
            if any(g is not None for g in grad_outputs) or not isinstance(node, OpNode):
                mask = None if needed is None else self.mask(node, needed)
                if mask is not None:
                    grads = self.apply_some(node, grad_outputs, mask)
                else:
                    grads = node.apply(grad_outputs, self.traced)
            else:
                node.unpack(self.traced)  # no gradient came, but what is freed or changed is told
                grads = (None,) * len(node.edges)
        except Exception as error:
            self.explain(node, error)
            raise
        finally:
            anomaly.leave(outer)
        if modes.state.detect_anomaly and modes.state.check_nan:
            self.check_nan(node, grads)
        hooks = node.hooks
        if hooks is not None and hooks.post:
            grads = self.after(node, grads, grad_outputs)
        del grad_outputs
        if observer is not None:
            observer.node_end(node, tuple(grads))
        if not self.keep_graph:
            node.release(self.freed)
        return grads

    def after(self, node: Node, grads: Any, grad_outputs: Any) -> tuple[Any, ...]:
        """Run the post hooks of an inner node, which see what is going to be sent."""
        edges = node.edges
        if len(grads) != len(edges):
            raise self.wrong_count(node, grads)
        sent = [
            g if g is None or edge is None else self.fitted(node, grads, g, target_meta(edge))
            for g, edge in zip(grads, edges, strict=True)
        ]
        return self.call_post_hooks(node, sent, grad_outputs)

    def fitted(self, node: Node, grads: Any, value: Any, meta: Any) -> Any:
        """Fit one of a node's gradients to its edge; name the node if it cannot be."""
        try:
            return fit_meta(value, meta[0], meta[1], self.traced)
        except RuntimeError:
            index = [g is value for g in grads].index(True)
            got = list((value._array if self.traced else value).shape)
            error = RuntimeError(
                f"Function {node.name()} returned an invalid gradient at index {index} - got {got} "
                f"but expected shape compatible with {list(meta[0])}"
            )
            raise advice.with_cure(error, advice.GRADIENTS, node=node) from None

    def mask(self, node: Node, needed: set[Node]) -> tuple[bool, ...] | None:
        """Say which gradients of a node are asked for; None if all are, or it cannot choose."""
        for edge in node.edges:
            if edge is not None and (edge[0] if type(edge) is tuple else edge) not in needed:
                break
        else:
            return None  # the usual case
        if isinstance(node, BackwardCFunction):
            return None
        return tuple(
            edge is None or (edge[0] if type(edge) is tuple else edge) in needed
            for edge in node.edges
        )

    def apply_some(self, node: Node, grad_outputs: Any, mask: tuple[bool, ...]) -> Any:
        """Run a node for the gradients that are asked for."""
        if isinstance(node, OpNode):
            return node.apply(grad_outputs, self.traced, mask)
        found = node.apply(grad_outputs, self.traced)
        return [g if m else None for g, m in zip(found, mask, strict=True)]

    def leads_on(self, node: Node, needed: set[Node]) -> bool:
        """Say whether something needed lies below a node."""
        return any(
            edge is not None and (edge[0] if type(edge) is tuple else edge) in needed
            for edge in node.edges
        )

    def capture(self, node: Node, grad_outputs: tuple[Any, ...]) -> None:
        """Keep the gradients of a node's outputs that were asked for."""
        for nr, value in enumerate(grad_outputs):
            key = (id(node), nr)
            if key in self.captures:
                self.captures[key] = value

    # -- leaves ---------------------------------------------------------------------------------
    def finish_leaves(self, ready: list[AccumulateGrad], needed: set[Node] | None) -> None:
        """Run the leaves whose last gradient has come."""
        for leaf in ready:
            if needed is None or leaf in needed:
                self.finish_leaf(leaf)
        ready.clear()

    def finish_leaf(self, leaf: AccumulateGrad) -> None:
        """Run a leaf: tensor hooks, prehooks, accumulation, post hooks."""
        variable = leaf.variable
        table, hooks = variable._backward_hooks, leaf.hooks
        if (
            self.targets is None
            and table is None
            and hooks is None
            and variable._post_accumulate_grad_hooks is None
            and not self.watched
            and variable._node is not None
            and self.buffers.get(leaf) is not None
        ):  # the usual leaf
            take_or_add(variable, self.buffers, leaf, self.traced)
            if events.observer is not None:
                events.observer.accumulated(variable, None, variable._grad._array)
            return
        self.current = leaf
        if table or hooks is not None:
            value = self.buffers.pop(leaf, None)
            if table:  # with None if nothing came, as PyTorch's
                value = self.call_tensor_hooks("tensor", variable, table, value)
                hooks = leaf.hooks  # they may have registered some
            if hooks is not None and hooks.pre and self.accumulate:
                (value,) = self.call_pre_hooks(leaf, (value,))
            self.buffers[leaf] = value
            del value
        if self.targets is not None and not self.accumulate:
            self.captures[id(leaf), 0] = self.buffers.pop(leaf, None)
            return
        # Nothing came, or the leaf has been told since that it needs no gradient.
        if self.buffers.get(leaf) is None or not variable.requires_grad:
            value = self.buffers.pop(leaf, None)
            if hooks is not None and hooks.post:
                self.call_post_hooks(leaf, (), (value,))
            return
        observer = events.observer
        incoming = self.buffers[leaf] if observer is not None else None
        if observer is not None:
            observer.node_begin(leaf, (incoming,))
        before = variable._grad
        told = hooks is not None or bool(variable._post_accumulate_grad_hooks)
        # Held here, the gradient could not be taken over by the leaf: a first one is shown there.
        taken = before is None and not modes.state.grad_enabled
        received = (self.buffers[leaf],) if told and not taken else ()
        take_or_add(variable, self.buffers, leaf, self.traced)
        if told and taken:
            received = (variable._grad if self.traced else variable._grad._array,)
        if observer is not None:
            observer.accumulated(variable, incoming, variable._grad._array)
        post = variable._post_accumulate_grad_hooks
        if post:
            passed = variable
            for fn in list(post.values()):
                result = fn(passed)
                if observer is not None:
                    observer.hook_called("post_accumulate", variable, fn, (), ())
                passed = replaced(fn, passed, result)
            if passed is not variable:
                raise RuntimeError("Tensor post accumulate grad hooks should return None.")
        hooks = leaf.hooks
        if hooks is not None and hooks.post:
            self.call_post_hooks(leaf, (), received)
        if observer is not None:
            observer.node_end(leaf, ())
        del before

    # -- errors ---------------------------------------------------------------------------------
    def explain(self, node: Node, error: Exception) -> Exception:
        """Tell in a note where the forward operation of a failing node was called."""
        where = errors.describe_origin(node.origin)
        if where and not getattr(error, "__notes__", None):
            error.add_note(f"{node.name()} was recorded at {where}.")
        return error

    def check_nan(self, node: Node, grads: Any) -> None:
        """Raise if a gradient holds NaN (anomaly mode)."""
        for i, value in enumerate(grads):
            if value is None:
                continue
            array = value._array if self.traced else value
            if array.dtype.kind in "fc" and np.isnan(array).any():
                raise self.explain(
                    node,
                    RuntimeError(
                        f"Function '{node.name()}' returned nan values in its {i}th output."
                    ),
                )
