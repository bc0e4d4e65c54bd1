"""Hooks of our own on the nodes of one pass: what each receives and sends, for either engine."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autograd_nb.observe.protocol import node_name

if TYPE_CHECKING:
    from autograd_nb.observe.finder import Running
    from autograd_nb.observe.sink import Sink
    from autograd_nb.observe.snapshot import Walk


class Ear:
    """A hook of an observer's: it changes nothing, and no recorder lists it.

    Parameters
    ----------
    tell : callable
        Given what the hook is given.
    """

    __slots__ = ("tell",)

    def __init__(self, tell: Callable[..., None]) -> None:
        self.tell = tell

    def __call__(self, *args: Any) -> None:
        """Tell, and leave the gradient as it is."""
        __tracebackhide__ = True
        self.tell(*args)


def _no_wait(place: int) -> None:
    """Let a node run at once."""


def listen(
    recorder: Sink, running: Running, walked: Walk, wait: Callable[[int], None] = _no_wait
) -> None:
    """Register on every node of a pass; the handles go to ``running.handles``.

    Other passes may go through the same nodes meanwhile, above all through the leaves: passes of
    other threads, and passes that a hook of this one calls.  They are not told of.

    Parameters
    ----------
    recorder : Sink
        Hears of every step.
    running : Running
    walked : Walk
    wait : callable, optional
        Called with the place of a node when it has received its gradient, before it runs.
    """
    placement = running.placement
    if placement is None:
        return
    for op, place in zip(walked.ops, placement.ops, strict=True):
        _listen_to_node(recorder, running, op, place, wait)
    for identity, node in zip(placement.leaves, walked.accumulators, strict=True):
        if node is not None:
            place = placement.leaf_nodes[identity]
            _listen_to_leaf(recorder, running, node, place, identity, wait)


def _listen_to_node(
    recorder: Sink, running: Running, op: Any, place: int, wait: Callable[[int], None]
) -> None:
    name = node_name(op)

    def before(grad_outputs: Any) -> None:
        __tracebackhide__ = True
        if recorder.runs_here(running):
            recorder.step_begin_at(running, place, name, tuple(grad_outputs))
            wait(place)

    def after(grad_inputs: Any, grad_outputs: Any) -> None:
        if recorder.runs_here(running):
            recorder.step_end_at(running, place, tuple(grad_inputs))

    running.handles += [op.register_prehook(Ear(before)), op.register_hook(Ear(after))]


def _listen_to_leaf(
    recorder: Sink,
    running: Running,
    node: Any,
    place: int,
    identity: int,
    wait: Callable[[int], None],
) -> None:
    variable = weakref.ref(node.variable)
    arrived: list[Any] = []

    def before(grad_outputs: Any) -> None:
        __tracebackhide__ = True
        if not recorder.runs_here(running):
            return
        recorder.step_begin_at(running, place, "AccumulateGrad", tuple(grad_outputs))
        arrived[:] = [recorder.stat_in(running, grad_outputs[0])]
        wait(place)

    def after(grad_inputs: Any, grad_outputs: Any) -> None:
        leaf = variable()
        if leaf is not None and arrived and recorder.runs_here(running):
            recorder.accumulated_at(running, place, identity, arrived[0], leaf)

    running.handles += [node.register_prehook(Ear(before)), node.register_hook(Ear(after))]
