"""Step a backward pass of either engine: what the user says, and what can be seen.

Examples
--------
>>> from autograd_nb.observe.stepper import current
>>> current() is None
True
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from autograd_nb.observe.graph import Graph, Json
from autograd_nb.observe.pausing import PausedPass, StepAborted, StepError, current
from autograd_nb.observe.protocol import is_accumulator, is_node, is_tensor

__all__ = ["StepAborted", "StepError", "Stepper", "current", "step"]


def step(tensor: Any, gradient: Any = None, **options: Any) -> Stepper:
    """Begin ``tensor.backward(gradient)`` and stop before its first node.

    Parameters
    ----------
    tensor : TensorLike
    gradient : TensorLike, optional
        Needed unless the tensor has one element.
    **options
        As for `Stepper`.

    Returns
    -------
    Stepper

    Examples
    --------
    >>> import autograd_nb as torch
    >>> from autograd_nb.observe import step
    >>> x = torch.ones(2, requires_grad=True)
    >>> pass_ = step((x * 2).sum())
    >>> pass_
    <Stepper: paused before SumBackward0; 0 of 3 nodes have run>
    >>> pass_.next()
    <Stepper: paused before MulBackward0; 1 of 3 nodes have run>
    >>> pass_.end()
    <Stepper: done; 3 nodes have run>
    >>> x.grad
    tensor([2., 2.])
    """
    return Stepper(tensor, gradient, **options).start()


class Stepper(PausedPass):
    """One backward pass, run step by step.

    Parameters
    ----------
    tensor : TensorLike
        What to differentiate; of this package or of PyTorch.
    gradient : TensorLike, optional
        The vector of the vector-Jacobian product.
    retain_graph : bool, optional
    create_graph : bool, default False
        As for ``Tensor.backward``.
    name : str, default "the tensor"
        What the user calls the tensor.
    namespace : mapping or callable, optional
        The user's variables.
    cell : str, default ""
        Label of the cell that steps.
    arrange : callable, optional
        As for `Recorder`.
    """

    # -- what the user does ----------------------------------------------------------------

    def next(self, n: int = 1) -> Stepper:
        """Let some nodes run, and wait until the pass stops again.

        Parameters
        ----------
        n : int, default 1

        Returns
        -------
        Stepper

        Raises
        ------
        StepError
            The pass is not paused, or `n` is less than 1.
        BaseException
            What a node or a hook of the user's raised; the pass has ended with it.
        """
        __tracebackhide__ = True
        return self.release_next(n).settle()

    def to(self, what: Any) -> Stepper:
        """Let the pass run until a node is next, and wait until then.

        Parameters
        ----------
        what : str, int, TensorLike or NodeLike
            The name of a node (``"MulBackward0"``, ``"mul"``), of a variable (the node that made
            it, or the leaf), the id of a node in the graph, a tensor or a grad_fn.

        Returns
        -------
        Stepper

        Raises
        ------
        StepError
            The pass is not paused, or nothing that still waits is called so.
        """
        __tracebackhide__ = True
        return self.release_to(what).settle()

    def end(self) -> Stepper:
        """Let the pass run to its end.

        Returns
        -------
        Stepper
        """
        __tracebackhide__ = True
        return self._release(None, frozenset()).settle()

    def abort(self) -> Stepper:
        """End the pass here, as an exception in a hook of the waiting node would.

        Returns
        -------
        Stepper
        """
        __tracebackhide__ = True
        return self.release_abort().settle()

    # -- the same without waiting, for buttons ------------------------------------------------

    def release_next(self, n: int = 1) -> Stepper:
        """Do as `next`, without waiting.

        Parameters
        ----------
        n : int, default 1

        Returns
        -------
        Stepper
        """
        if n < 1:
            raise StepError(f"{n} nodes cannot be run: name a number from 1")
        return self._release(n, frozenset())

    def release_to(self, what: Any) -> Stepper:
        """Do as `to`, without waiting.

        Parameters
        ----------
        what : str, int, TensorLike or NodeLike

        Returns
        -------
        Stepper
        """
        self._must_be_paused()
        return self._release(None, self._find(what))

    def release_end(self) -> Stepper:
        """Do as `end`, without waiting.

        Returns
        -------
        Stepper
        """
        return self._release(None, frozenset())

    def release_abort(self) -> Stepper:
        """Do as `abort`, without waiting.

        Returns
        -------
        Stepper
        """
        with self._turn:
            if self._over():
                raise StepError(f"the backward of {self.name} is over: {self._words()}")
            self._not_from_inside()
            self._aborting = True
            self._turn.notify_all()
        return self

    # -- what can be seen -------------------------------------------------------------------------

    @property
    def state(self) -> Json:
        """The ``stepper`` of the panel protocol: state, waiting node, nodes that ran, message."""
        with self._turn:
            shown = [box for ran in self._done for box in self._boxes.get(ran, (ran,))]
            return {
                "state": self._state,
                "node": self._place if self._state == "paused" else None,
                "done": shown,
                "message": self._note or self._words(),
            }

    @property
    def graph(self) -> Graph:
        """The graph that the pass goes through."""
        return self.recorder.graph

    def panel_state(self) -> Json:
        """Return the traits of the panel protocol, with the pass as far as it has come.

        Returns
        -------
        dict
        """
        recorder = self.recorder
        with recorder._lock:
            state: Json = recorder.panel_state()
            running = self._running
            if running is not None and not state["tape"]["passes"]:
                so_far = replace(running.record, steps=list(running.steps.values()), _json=None)
                state["tape"] = {"passes": [so_far.to_json()], "dropped": 0}
        state["stepper"] = self.state
        return state

    def __repr__(self) -> str:
        return f"<Stepper: {self._words(sites=False)}>"

    # -- finding a node --------------------------------------------------------------------

    def _find(self, what: Any) -> frozenset[int]:
        """Return the places of what the user names, among those not yet reached."""
        places = self._named(what)
        ahead = places & self._waiting
        if ahead:
            return frozenset(ahead)
        shown = what if isinstance(what, str | int) else type(what).__name__
        if self._place in places:
            raise StepError(f"{shown} is the node that waits now")
        if places:
            raise StepError(f"{shown} has run already")
        raise StepError(
            f"no node, variable or id {shown!r} in the graph of {self.name}"
            if isinstance(what, str | int)
            else f"this {shown} is not in the graph of {self.name}"
        )

    def _named(self, what: Any) -> set[int]:
        running = self._running
        assert running is not None and running.placement is not None
        placement = running.placement
        if is_tensor(what):
            node = what.grad_fn
            if node is None:
                identity = self.recorder.ledger.find(what)
                place = None if identity is None else placement.leaf_nodes.get(identity)
                return set() if place is None else {place}
            what = node
        if is_node(what):
            if is_accumulator(what):
                return self._named(what.variable)
            place = self.recorder._place(running, what)
            return set() if place is None else {place}
        word = str(what)
        found: set[int] = set()
        for node in self.recorder.book.graph.nodes:
            words = (*node.vars, node.name, node.label, str(node.id))
            if word in words:
                leaf = node.leaf
                found.add(node.id if leaf is None else placement.leaf_nodes[leaf])
        return found
