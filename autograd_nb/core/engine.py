"""`backward` and `grad`: what is asked for, checked, and handed to a graph task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import advice, batch_pass, dtypes, errors, events, modes, quiet, reentry, subclasses
from .graph_task import GradientEdge, GraphTask, get_gradient_edge, running
from .node import Node, edge_pair
from .tensor import Tensor
from .warn import warn


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
    __tracebackhide__ = True
    modes.refuse_in_transform(errors.BACKWARD_IN_TRANSFORM)
    if grad_variables is not None:
        warn(
            "`grad_variables` is deprecated. Use `grad_tensors` instead.",
            FutureWarning,
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
    vectors = _gradients_tuple(grad_tensors, len(roots))
    grads = root_gradients(roots, vectors, is_traced(create_graph))
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
        warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To "
            "accumulate gradient for other parts of the graph, please use "
            "torch.autograd.backward.",
            FutureWarning,
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
    if subclasses.seen and subclasses.are_asked(roots + wanted):
        named = {
            "grad_outputs": grad_outputs,
            "retain_graph": retain_graph,
            "create_graph": create_graph,
            "allow_unused": allow_unused,
            "is_grads_batched": is_grads_batched,
            "materialize_grads": materialize_grads,
        }
        answer: tuple[Any, ...] = subclasses.ask(grad, roots + wanted, (outputs, inputs), named)
        return answer
    keep = create_graph if retain_graph is None else retain_graph
    vectors = _gradients_tuple(grad_outputs, len(roots))
    found: Any
    if is_grads_batched:
        _check_batches(roots, vectors)
        found = batch_pass.by_batch(
            lambda batch: grad(roots, wanted, batch, keep, create_graph, allow_unused=allow_unused),
            vectors,
        )
    elif modes.state.levels and batch_pass.is_batched(roots, vectors, wanted):
        found = batch_pass.run_batched(roots, vectors, keep, create_graph, wanted)
    else:
        grads = root_gradients(roots, vectors, is_traced(create_graph))
        found = run(roots, grads, keep, create_graph, wanted, accumulate=False)
    for i, value in enumerate(found):
        if value is None and not allow_unused:
            raise advice.with_cure(RuntimeError(errors.unused(i)), advice.UNUSED, wanted[i])
    if materialize_grads:
        if any(
            v is None and isinstance(w, GradientEdge) for v, w in zip(found, wanted, strict=True)
        ):
            raise RuntimeError(
                "materialize_grads cannot be used when the given input is a GradientEdge"
            )
        found = [
            _zeros_like(w, create_graph) if v is None else v
            for v, w in zip(found, wanted, strict=True)
        ]
    return tuple(found)


def _zeros_like(item: Tensor, requires_grad: bool) -> Tensor:
    return Tensor._wrap(np.zeros_like(item._array))._wanting(requires_grad)


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


def is_traced(create_graph: bool) -> bool:
    """Say whether formulas run on Tensors: to be recorded, or to carry tangents (forward mode)."""
    return create_graph or bool(modes.state.dual_level)


def root_gradients(roots: Any, grads: Any, traced: bool) -> list[Any]:
    """Check the given gradients, and make the implicit ones."""
    checked = []
    for i, (root, given) in enumerate(zip(roots, grads, strict=True)):
        if isinstance(root, GradientEdge):
            shape, kind = root.node.output_meta(root.output_nr)
        elif isinstance(root, Tensor):
            shape, kind = root._array.shape, root._array.dtype
        elif given is None:
            raise AssertionError("Expected output to be a torch.Tensor")
        else:
            raise AttributeError(f"'{type(root).__name__}' object has no attribute 'is_nested'")
        if given is None:
            wants = isinstance(root, GradientEdge) or root.requires_grad
            if wants and shape != () and math.prod(shape) != 1:
                raise advice.with_cure(
                    RuntimeError(errors.IMPLICIT_GRAD), advice.IMPLICIT_GRAD, root
                )
            if wants and kind.kind not in "fc":
                raise RuntimeError(
                    "grad can be implicitly created only for real scalar outputs"
                    f" but got torch.{kind}"
                )
            if wants and kind.kind == "c":
                raise RuntimeError(
                    "grad can be implicitly created only for real scalar outputs but got "
                    f"{dtypes.from_numpy(kind)}"
                )
            ones = np.ones(shape, kind) if shape else kind.type(1)
            checked.append(Tensor._wrap(ones) if traced else ones)
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
        checked.append(given if traced else given._array)
    return checked


def _check_batches(roots: Sequence[Any], vectors: Sequence[Any]) -> None:
    """Refuse batches of vectors whose other dimensions are not those of the roots."""
    sizes = [batch.shape[0] for batch in vectors if batch is not None and batch.dim()]
    for i, (root, batch) in enumerate(zip(roots, vectors, strict=True)):
        if batch is None:
            root_gradients((root,), (None,), False)
            raise ValueError(
                "vmap(vjp, in_dims=0, ...)(<inputs>): Got in_dim=0 for some input, but that input "
                "is a Tensor of dimensionality 0 so expected in_dim to satisfy 0 <= in_dim < 0."
            )
        if isinstance(root, GradientEdge) or batch.shape[1:] == root.shape:
            continue
        raise RuntimeError(
            "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as "
            "the batch dimension. The sizes of the remaining dimensions are expected to match the "
            "shape of corresponding output, but a mismatch was detected: "
            f"grad_output[{i}] has a shape of {batch.shape} and output[{i}] has a shape of "
            f"{root.shape}. If you only want some tensors in `grad_output` to be considered "
            "batched, consider using vmap."
        )
    if len(set(sizes)) > 1:
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )


# -- one pass --------------------------------------------------------------------------------------
def run(
    roots: Sequence[Any],
    grads: list[Any],
    keep_graph: bool,
    create_graph: bool,
    inputs: tuple[Any, ...] | None,
    accumulate: bool,
    task_class: type[GraphTask] = GraphTask,
) -> list[Any]:
    """Run a backward pass and return the captured gradients (empty if accumulating).

    Raises
    ------
    RuntimeError
        If a root has no graph; and whatever a formula or hook raises.
    """
    __tracebackhide__ = True
    edges: list[tuple[Node, int]] = []
    for i, root in enumerate(roots):
        edge = (root.node, root.output_nr) if isinstance(root, GradientEdge) else root._edge()
        if edge is None:
            raise advice.with_cure(RuntimeError(errors.no_grad_path(i)), advice.NO_PATH, root)
        edges.append(edge_pair(edge))  # type: ignore[arg-type]
    if accumulate and create_graph:
        warn(errors.CREATE_GRAPH_CYCLE)
    task = task_class(keep_graph, is_traced(create_graph))
    if inputs is not None:
        task.aim(inputs, accumulate)
    observer = events.observer
    if observer is not None:
        observer.backward_begin(tuple(roots), tuple(grads))
    failure: BaseException | None = None
    previous = modes.state.grad_enabled
    saved_hooks = modes.state.saved_hooks
    modes.state.grad_enabled = create_graph
    token = quiet.enter()
    tasks = running.__dict__.setdefault("tasks", [])
    tasks.append(task)
    try:
        if len(tasks) > reentry.LEVELS:  # see Note [Reentrant passes]
            reentry.elsewhere(lambda: task.execute(edges, grads), running, task)
        else:
            task.execute(edges, grads)
        for callback in task.callbacks:  # they may queue more
            callback()
    except BaseException as error:
        failure = error
        raise
    finally:
        tasks.pop()
        quiet.leave(token)
        modes.state.grad_enabled = previous
        if modes.state.saved_hooks is not saved_hooks:  # entered or left by a hook of the pass
            modes.state.saved_hooks = saved_hooks
            modes.state.note_hooks()
        for callback in task.at_end:
            callback()
        task.at_end.clear()  # they may hold the task
        if observer is not None:
            observer.backward_end(failure)
        # The error's traceback holds this frame: holding the error here would be a cycle.
        failure = None
    return task.captured()


Tensor._run_backward = staticmethod(backward)

__all__ = ["GradientEdge", "backward", "get_gradient_edge", "grad", "run"]
