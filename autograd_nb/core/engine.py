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
import warnings
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from . import dtypes, errors, events, modes, quiet
from .dispatch import fit_meta
from .hooks import NodeHooks
from .node import AccumulateGrad, Edge, Node, edge_pair
from .op import Op, OpNode
from .saved import Freed
from .tensor import LEAF, Tensor, caller_origin

_by_sequence = attrgetter("sequence_nr")
_accumulate_lock = threading.Lock()
_running = threading.local()  # the passes of this thread, the innermost last


class GradientEdge:
    """One output of a node, without the tensor.

    Attributes
    ----------
    node : Node
    output_nr : int
    """

    __slots__ = ("node", "output_nr")

    def __init__(self, node: Node, output_nr: int = 0, ownership_token: Any = None) -> None:
        self.node = node
        self.output_nr = output_nr

    def __repr__(self) -> str:
        return f"GradientEdge(node={self.node}, output_nr={self.output_nr})"


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Return the edge along which `tensor` gets its gradient.

    Raises
    ------
    RuntimeError
        If the tensor does not require grad.
    """
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does "
                           "not require gradients")
    return GradientEdge(*edge_pair(tensor._edge()))  # type: ignore[arg-type]


# -- the public functions -------------------------------------------------------------------------
def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add the gradients of `tensors` with respect to the leaves to the leaves' `.grad`.

    Parameters
    ----------
    tensors : Tensor, GradientEdge or sequence of them
        What to differentiate.
    grad_tensors : Tensor, None or sequence of them, optional
        The vector of the vector-Jacobian product for each; needed unless it has one element.
    retain_graph : bool, optional
        Keep the saved tensors for another pass; defaults to `create_graph`.
    create_graph : bool, default False
        Record the pass itself, for higher derivatives.
    grad_variables : optional
        Deprecated name of `grad_tensors`.
    inputs : Tensor, GradientEdge or sequence of them, optional
        Accumulate into these alone.

    Raises
    ------
    RuntimeError
        If there is no graph, the shapes do not fit, or saved tensors were freed or changed.
    """
    if grad_variables is not None:
        warnings.warn(
            "`grad_variables` is deprecated. Use `grad_tensors` instead.",
            FutureWarning,
            stacklevel=2,
        )
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to "
                "`backward()`. Please only use `grad_tensors`."
            )
        grad_tensors = grad_variables
    wanted = None
    if inputs is not None:
        wanted = _as_tuple(inputs)
        if not wanted:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    roots = _as_tuple(tensors)
    grads = _root_gradients(roots, _gradients_tuple(grad_tensors, len(roots)), create_graph)
    if create_graph:
        warnings.warn(errors.CREATE_GRAPH_CYCLE, stacklevel=_stack_level())
    keep = create_graph if retain_graph is None else retain_graph
    run(roots, grads, keep, create_graph, wanted, accumulate=True)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """Return the gradients of `outputs` with respect to `inputs`; no `.grad` is touched.

    Parameters
    ----------
    outputs, inputs : Tensor, GradientEdge or sequence of them
    grad_outputs : Tensor, None or sequence of them, optional
        The vector of the vector-Jacobian product for each output.
    retain_graph, create_graph : bool, optional
        As for `backward`.
    only_inputs : bool, default True
        Deprecated; no `.grad` is touched either way.
    allow_unused : bool, optional
        Return None for an input that `outputs` does not depend on, instead of raising.
    is_grads_batched : bool, default False
        Treat the first dimension of each of `grad_outputs` as a batch of vectors.
    materialize_grads : bool, default False
        Return zeros instead of None.

    Returns
    -------
    tuple of Tensor or None
        One per input.

    Raises
    ------
    RuntimeError
        If an input was not used (and that is not allowed), or as for `backward`.
    ValueError
        If `materialize_grads` contradicts `allow_unused`.
    """
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To "
            "accumulate gradient for other parts of the graph, please use "
            "torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    if allow_unused is None:
        allow_unused = materialize_grads
    roots, wanted = _as_tuple(outputs), _as_tuple(inputs)
    if not wanted:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    keep = create_graph if retain_graph is None else retain_graph
    vectors = _gradients_tuple(grad_outputs, len(roots))
    if is_grads_batched:
        return _batched(roots, wanted, vectors, keep, create_graph, allow_unused,
                        materialize_grads)
    grads = _root_gradients(roots, vectors, create_graph)
    found = run(roots, grads, keep, create_graph, wanted, accumulate=False)
    for i, value in enumerate(found):
        if value is None and not allow_unused:
            raise RuntimeError(errors.unused(i))
    if materialize_grads:
        found = [
            _zeros_like(w, create_graph) if v is None else v
            for v, w in zip(found, wanted, strict=True)
        ]
    return tuple(found)


def _zeros_like(item: Any, requires_grad: bool) -> Tensor:
    if isinstance(item, GradientEdge):
        zeros = Tensor._wrap(np.zeros(*item.node.output_meta(item.output_nr)))
    else:
        zeros = Tensor._wrap(np.zeros_like(item._array))
    return zeros.requires_grad_(requires_grad)


def _batched(
    roots: Any, wanted: Any, vectors: Any, keep: bool, create_graph: bool, *rest: bool
) -> tuple[Any, ...]:
    """Run one pass per vector of the batch and stack the results."""
    size = len(next(v for v in vectors if v is not None))
    rows = []
    for i in range(size):
        picked = [None if v is None else v[i] for v in vectors]
        last = i == size - 1
        rows.append(
            grad(
                roots, wanted, picked, keep or not last, create_graph,
                allow_unused=rest[0], materialize_grads=rest[1],
            )
        )
    if not rows:
        return (None,) * len(wanted)
    return tuple(
        None if column[0] is None else _stack(column) for column in zip(*rows, strict=True)
    )


def _stack(column: Any) -> Tensor:
    return Op.traced.stack(list(column))  # type: ignore[no-any-return]


def _as_tuple(value: Any) -> tuple[Any, ...]:
    if isinstance(value, (Tensor, GradientEdge)):
        return (value,)
    return tuple(value)


def _gradients_tuple(value: Any, n: int) -> tuple[Any, ...]:
    if value is None:
        return (None,) * n
    grads = (value,) if isinstance(value, Tensor) else tuple(value)
    if len(grads) < n:
        raise RuntimeError(f"got {n} tensors and {len(grads)} gradients")
    # PyTorch ignores the gradients that are too many.
    return grads[:n]


def _stack_level() -> int:
    """Return the warning level that points at the caller outside this package."""
    level, frame = 2, sys._getframe(2)
    home = __file__[: -len("core/engine.py")]
    while frame.f_code.co_filename.startswith(home) and frame.f_back is not None:
        level, frame = level + 1, frame.f_back
    return level


def _root_gradients(roots: Any, grads: Any, create_graph: bool) -> list[Any]:
    """Check the given gradients, and make the implicit ones."""
    checked = []
    for i, (root, given) in enumerate(zip(roots, grads, strict=True)):
        if isinstance(root, GradientEdge):
            shape, kind = root.node.output_meta(root.output_nr)
        elif isinstance(root, Tensor):
            shape, kind = root._array.shape, root._array.dtype
        else:
            raise TypeError(
                "element 0 of tensors does not require grad and does not have a grad_fn"
                if root is None
                else f"expected a Tensor to differentiate, but got {type(root).__name__}"
            )
        if given is None:
            wants = isinstance(root, GradientEdge) or root.requires_grad
            if wants and np.prod(shape, dtype=int) != 1:
                raise RuntimeError(errors.IMPLICIT_GRAD)
            if wants and kind.kind not in "fc":
                raise RuntimeError("grad can be implicitly created only for real scalar outputs"
                                   f" but got torch.{kind}")
            if kind.kind == "c":
                raise RuntimeError(
                    "grad can be implicitly created only for real scalar outputs but got "
                    f"{dtypes.from_numpy(kind)}"
                )
            ones = np.ones(shape, kind)
            checked.append(Tensor._wrap(ones) if create_graph else ones)
            continue
        if not isinstance(given, Tensor):
            raise TypeError(
                "gradients can be either Tensors or None, but got " + type(given).__name__
            )
        if given._array.shape != shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {given.shape} and output[{i}] "
                f"has a shape of torch.Size({list(shape)})."
            )
        if (given._array.dtype.kind == "c") != (kind.kind == "c"):
            raise RuntimeError(
                "For complex Tensors, both grad_output and output are required to have the same "
                f"dtype. Mismatch in dtype: grad_output[{i}] has a dtype of {given.dtype} and "
                f"output[{i}] has a dtype of {dtypes.from_numpy(kind)}."
            )
        checked.append(given if create_graph else given._array)
    return checked


# -- one pass --------------------------------------------------------------------------------------
def run(
    roots: Sequence[Any],
    grads: list[Any],
    keep_graph: bool,
    create_graph: bool,
    inputs: tuple[Any, ...] | None,
    accumulate: bool,
) -> list[Any]:
    """Run a backward pass and return the captured gradients (empty if accumulating).

    Raises
    ------
    RuntimeError
        If a root has no graph; and whatever a formula or hook raises.
    """
    edges: list[tuple[Node, int]] = []
    for i, root in enumerate(roots):
        edge = (root.node, root.output_nr) if isinstance(root, GradientEdge) else root._edge()
        if edge is None:
            raise RuntimeError(errors.no_grad_path(i))
        edges.append(edge_pair(edge))  # type: ignore[arg-type]
    task = Pass(keep_graph, create_graph)
    if inputs is not None:
        task.aim(inputs, accumulate)
    observer = events.observer
    if observer is not None:
        observer.backward_begin(tuple(edges), tuple(grads))
    failure: BaseException | None = None
    previous = modes.state.grad_enabled
    modes.state.grad_enabled = create_graph
    token = quiet.enter()
    passes = _running.__dict__.setdefault("passes", [])
    passes.append(task)
    try:
        task.execute(edges, grads)
    except BaseException as error:
        failure = error
        raise
    finally:
        passes.pop()
        quiet.leave(token)
        modes.state.grad_enabled = previous
        for callback in task.at_end:
            callback()
        if observer is not None:
            observer.backward_end(failure)
        # The error's traceback holds this frame: holding the error here would be a cycle.
        failure = None
    return task.captured()


def current_pass() -> Pass:
    """Return the pass that runs in this thread; for hooks.

    Raises
    ------
    RuntimeError
        If none runs.
    """
    passes = getattr(_running, "passes", None)
    if not passes:
        raise RuntimeError("no backward pass is running in this thread")
    return passes[-1]  # type: ignore[no-any-return]


class Pass:
    """One backward pass: its options, its buffers, what it is to capture.

    Parameters
    ----------
    keep_graph : bool
        Leave the saved tensors of the nodes that ran.
    traced : bool
        Compute on Tensors and record (`create_graph=True`).
    """

    def __init__(self, keep_graph: bool, traced: bool) -> None:
        self.keep_graph = keep_graph
        self.traced = traced
        self.buffers: dict[Any, Any] = {}  # gradient by edge: Node, or (Node, output number)
        self.owned: set[Any] = set()  # edges whose buffer is a sum that nobody else holds
        self.targets: list[tuple[Node, int]] | None = None
        self.inputs: tuple[Any, ...] = ()
        self.captures: dict[tuple[int, int], Any] = {}  # by (id(node), output_nr)
        self.wanted_nodes: set[Node] = set()
        self.accumulate = True
        self.freed = Freed(caller_origin(2))
        self.at_end: list[Any] = []  # called when the pass is over
        self.nodes: tuple[Any, ...] = ()  # (order, uses, needed)

    def count_reachable(self, nodes: list[Node]) -> int:
        """Return how many of some nodes will run in this pass."""
        order, uses, needed = self.nodes
        found = {*order, *uses} if needed is None else {*order, *uses} & needed
        return sum(node in found for node in nodes)

    def aim(self, inputs: tuple[Any, ...], accumulate: bool) -> None:
        """Restrict the pass to what leads to `inputs`."""
        self.inputs = inputs
        self.accumulate = accumulate
        self.targets = []
        for item in inputs:
            if isinstance(item, GradientEdge):
                pair = (item.node, item.output_nr)
            else:
                if not isinstance(item, Tensor):
                    raise TypeError(
                        "all inputs have to be Tensors or GradientEdges, but got "
                        + type(item).__name__
                    )
                if accumulate:
                    item.retain_grad()  # a non-leaf gets a `.grad` by being asked for
                elif not item.requires_grad:
                    raise RuntimeError("One of the differentiated Tensors does not require grad")
                pair = edge_pair(item._edge())  # type: ignore[assignment]
            self.targets.append(pair)
            self.captures[id(pair[0]), pair[1]] = None
            self.wanted_nodes.add(pair[0])

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
        order, uses = self.collect(roots)
        needed = self.prune(order) if self.targets is not None else None
        self.nodes = order, uses, needed
        ready: list[AccumulateGrad] = []
        for (node, nr), grad_output in zip(roots, grads, strict=True):
            self.send((node, nr) if nr else node, grad_output)
            if type(node) is AccumulateGrad:
                uses[node] -= 1
                if not uses[node]:
                    ready.append(node)
        del grads[:]
        self.finish_leaves(ready, needed)
        watched = events.observer is not None or modes.state.detect_anomaly
        for node in order:
            if needed is not None and node not in needed:
                # Nothing wanted lies beyond it, and leaves below it must not be waited for.
                self.forget(node, uses, needed, ready)
            elif (
                watched
                or node.hooks is not None
                or node.outputs is not None
                or node in self.wanted_nodes
            ):
                self.step(node, uses, ready, needed)
            else:
                self.quick_step(node, uses, ready, needed)
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

    def quick_step(
        self, node: Node, uses: dict[Node, int], ready: list[Any], needed: set[Node] | None
    ) -> None:
        """Run a node with one output that nobody watches; the same as `step`, in fewer moves."""
        grad_output = self.buffers.pop(node, None)
        if grad_output is None:
            self.step(node, uses, ready, needed)
            return
        try:
            grads = node.run_traced(grad_output) if self.traced else node.run(grad_output)
        except Exception as error:
            self.explain(node, error)
            raise
        if len(grads) != len(node.edges):
            raise self.wrong_count(node, grads)
        if not self.keep_graph:
            if node.frees:
                node.saved = self.freed
            elif node.frees is None and node.saved:
                node.release(self.freed)
        self.distribute(node, grads, uses, ready, needed)

    def distribute(
        self,
        node: Node,
        grads: Any,
        uses: dict[Node, int],
        ready: list[Any],
        needed: set[Node] | None,
    ) -> None:
        """Send the gradients of a node's inputs along its edges, each fitted to its target."""
        buffers, traced = self.buffers, self.traced
        i = -1
        for edge in node.edges:
            i += 1
            if edge is None:
                continue
            if type(edge) is tuple:
                target, nr = edge
                shape, kind = target.output_meta(nr)
            else:
                target = edge
                if edge.outputs is None:
                    shape, kind = edge.shape, edge.dtype
                else:
                    shape, kind = edge.outputs[0]
            value = grads[i]
            if value is not None and (needed is None or target in needed):
                array = value._array if traced else value
                if array.shape != shape or array.dtype is not kind:
                    value = self.fitted(node, i, value, (shape, kind))
                previous = buffers.get(edge)
                if previous is None:
                    buffers[edge] = value
                elif type(previous) is not np.ndarray:
                    buffers[edge] = previous + value
                elif edge in self.owned:
                    np.add(previous, value, out=previous)
                else:
                    # What arrived first may be shared with another edge, a hook or the user.
                    buffers[edge] = previous + value
                    self.owned.add(edge)
            if type(target) is AccumulateGrad:
                uses[target] -= 1
                if not uses[target] and (needed is None or target in needed):
                    ready.append(target)

    def wrong_count(self, node: Node, grads: Any) -> RuntimeError:
        """Return the error for a formula that gave too few or too many gradients."""
        return RuntimeError(
            f"{node.name()} returned an incorrect number of gradients (expected "
            f"{len(node.edges)}, got {len(grads)})"
        )

    def step(
        self, node: Node, uses: dict[Node, int], ready: list[Any], needed: set[Node] | None
    ) -> None:
        """Run one inner node: its hooks, its formula, and the sending."""
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
                self.forget(node, uses, needed, ready)
                return
            self.capture(node, grad_outputs)
        if hooks is not None:
            grad_outputs = self.before(node, grad_outputs)
        observer = events.observer
        if observer is not None:
            observer.node_begin(node, grad_outputs)
        try:
            if any(g is not None for g in grad_outputs) or not isinstance(node, OpNode):
                grads = node.apply(grad_outputs, self.traced)
            else:
                grads = (None,) * len(node.edges)
        except Exception as error:
            self.explain(node, error)
            raise
        if modes.state.detect_anomaly and modes.state.check_nan:
            self.check_nan(node, grads)
        edges = node.edges
        if len(grads) != len(edges):
            raise self.wrong_count(node, grads)
        if hooks is not None and hooks.post:
            grads = self.after(node, grads, grad_outputs)
        del grad_outputs
        if observer is not None:
            observer.node_end(node, tuple(grads))
        if not self.keep_graph:
            node.release(self.freed)
        self.distribute(node, grads, uses, ready, needed)

    def fitted(self, node: Node, index: int, value: Any, meta: Any) -> Any:
        """Fit a gradient to its edge; name the node if it cannot be."""
        try:
            return fit_meta(value, meta[0], meta[1], self.traced)
        except RuntimeError:
            got = list((value._array if self.traced else value).shape)
            raise RuntimeError(
                f"Function {node.name()} returned an invalid gradient at index {index} - got {got} "
                f"but expected shape compatible with {list(meta[0])}"
            ) from None

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
        if table or hooks is not None:
            value = self.buffers.pop(leaf, None)
            if table and value is not None:
                value = self.call_tensor_hooks("tensor", variable, table, value)
            if hooks is not None and hooks.pre and self.accumulate:
                (value,) = self.call_pre_hooks(leaf, (value,))
            self.buffers[leaf] = value
            del value
        if self.targets is not None and not self.accumulate:
            self.captures[id(leaf), 0] = self.buffers.pop(leaf, None)
            return
        # Nothing came, or the leaf has been told since that it needs no gradient.
        if self.buffers.get(leaf) is None or not variable.requires_grad:
            self.buffers.pop(leaf, None)
            return
        observer = events.observer
        incoming = self.buffers[leaf] if observer is not None else None
        if observer is not None:
            observer.node_begin(leaf, (incoming,))
        # Held here, the gradient cannot be taken over by the leaf.
        received = (self.buffers[leaf],) if hooks is not None and hooks.post else ()
        before = variable._grad
        self.steal_or_add(variable, leaf)
        if observer is not None:
            observer.accumulated(variable, incoming, variable._grad._array)
        post = variable._post_accumulate_grad_hooks
        if post:
            for fn in list(post.values()):
                result = fn(variable)
                if observer is not None:
                    observer.hook_called("post_accumulate", variable, fn, (), ())
                if result is not None:
                    raise RuntimeError("Tensor post accumulate grad hooks should return None.")
        if received:
            self.after(leaf, (), received)
        if observer is not None:
            observer.node_end(leaf, ())
        del before

    def steal_or_add(self, variable: Tensor, leaf: AccumulateGrad) -> None:
        """Add the leaf's buffer to `.grad`; take the array itself only if nobody else has it."""
        value = self.buffers.pop(leaf)
        if self.traced or variable._grad is not None or type(value) is not np.ndarray:
            accumulate_into(variable, value, self.traced)
            return
        owned = (
            sys.getrefcount(value) == 2
            and value.flags.owndata
            and value.strides == getattr(variable._array, "strides", ())
        )
        variable._grad = Tensor._wrap(value if owned else _like_layout(value, variable._array))

    # -- hooks ----------------------------------------------------------------------------------
    def before(self, node: Node, grad_outputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Run the hooks that come before a node: tensor hooks, retain_grad, prehooks."""
        hooks = node.hooks
        assert hooks is not None
        found = self.call_hooks_of_tensors(hooks, node, grad_outputs)
        return self.call_pre_hooks(node, found) if hooks.pre else found

    def call_hooks_of_tensors(
        self, hooks: NodeHooks, node: Node, grad_outputs: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        """Run the tensor hooks and retain_grad of a node's outputs."""
        found = list(grad_outputs)
        for nr, table in list(hooks.tensor.items()):
            if found[nr] is not None:
                found[nr] = self.call_tensor_hooks("tensor", node, table, found[nr])
        for nr, ref in list(hooks.retain.items()):
            tensor = ref()
            if tensor is not None and found[nr] is not None:
                accumulate_into(tensor, found[nr], self.traced)
                if events.observer is not None:
                    events.observer.hook_called("retain_grad", tensor, None, (found[nr],), ())
        return tuple(found)

    def call_tensor_hooks(self, kind: str, owner: Any, table: Any, value: Any) -> Any:
        """Pass a gradient through the hooks of a tensor."""
        for fn in list(table.values()):
            before = value if self.traced else Tensor._wrap(value)
            result = fn(before)
            if result is not None:
                if not isinstance(result, Tensor):
                    raise TypeError(
                        f"expected Variable, but hook returned '{type(result).__name__}'"
                    )
                if result._array.shape != before._array.shape:
                    raise RuntimeError(
                        f"hook '{getattr(fn, '__name__', fn)}' has changed the size of value"
                    )
                if result._array.dtype != before._array.dtype:
                    raise RuntimeError(
                        f"hook '{getattr(fn, '__name__', fn)}' has changed the type of value (was "
                        f"torch.{before.dtype.tensor_name} got torch.{result.dtype.tensor_name})"
                    )
            after = before if result is None else result
            if events.observer is not None:
                events.observer.hook_called(kind, owner, fn, (before._array,), (after._array,))
            value = after if self.traced else after._array
        return value

    def call_pre_hooks(self, node: Node, grad_outputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Pass the gradients through the node's prehooks."""
        assert node.hooks is not None
        return self._through(node, "node_pre", node.hooks.pre, grad_outputs, None)

    def after(self, node: Node, grads: Any, grad_outputs: Any) -> tuple[Any, ...]:
        """Pass the results through the node's post hooks."""
        assert node.hooks is not None
        return self._through(node, "node_post", node.hooks.post, tuple(grads), grad_outputs)

    def _through(
        self, node: Node, kind: str, table: Any, values: tuple[Any, ...], second: Any
    ) -> tuple[Any, ...]:
        wrap: Any = (lambda v: v) if self.traced else _wrap_or_none
        tensors = tuple(wrap(v) for v in values)
        extra = () if second is None else (tuple(wrap(v) for v in second),)
        for fn in list(table.values()):
            result = fn(tensors, *extra)
            before = tensors
            if result is not None:
                if type(result) is not tuple:
                    raise TypeError(
                        f"expected tuple, but hook returned '{type(result).__name__}'"
                    )
                if len(result) != len(tensors):
                    raise RuntimeError(
                        f"hook '{getattr(fn, '__name__', fn)}' has returned an incorrect number of "
                        f"values (got {len(result)}, but expected {len(tensors)})"
                    )
                for value in result:
                    if value is not None and not isinstance(value, Tensor):
                        raise TypeError(
                            f"expected Variable, but hook returned '{type(value).__name__}'"
                        )
                tensors = result
            if events.observer is not None:
                events.observer.hook_called(kind, node, fn, _arrays(before), _arrays(tensors))
        return tensors if self.traced else _arrays(tensors)

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


def _wrap_or_none(value: Any) -> Any:
    return None if value is None else Tensor._wrap(value)


def _arrays(tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(None if t is None else t._array for t in tensors)


def _like_layout(value: Any, like: Any) -> Any:
    """Copy a gradient into the memory layout of its variable."""
    found = np.empty_like(like, dtype=value.dtype)
    found[...] = value
    return found


def accumulate_into(variable: Tensor, value: Any, traced: bool) -> None:
    """Add a gradient to `.grad`: in place, or as a recorded sum if `traced`."""
    grad = variable._grad
    if traced:
        if grad is None:
            grad = Tensor._wrap(np.empty_like(variable._array))
            variable._grad = grad.copy_(value)
        else:
            variable._grad = grad + value
        return
    if grad is None:
        copied = np.array(value) if isinstance(value, np.ndarray) else value
        variable._grad = Tensor._wrap(copied)
        return
    if grad._node is not None:  # a gradient with a history is replaced, not overwritten
        with modes.enable_grad():
            variable._grad = grad.detach() + Tensor._wrap(value)
        return
    with _accumulate_lock:
        if isinstance(grad._array, np.ndarray):
            grad._array += value
        else:
            grad._array = grad._array + value
        grad._bump_version("accumulate")


__all__ = ["GradientEdge", "LEAF", "Pass", "backward", "get_gradient_edge", "grad", "run"]
