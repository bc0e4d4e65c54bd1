"""Anomaly mode: where the forward operation of a failing node was called, told in a warning.

Note [The node that runs]
`evaluating` knows the node whose formula or hooks run in this thread, where somebody may ask:
what is recorded then was induced by that node.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from .warn import warn

if TYPE_CHECKING:
    from .node import Node


class _Evaluating(threading.local):
    node: Node | None = None


evaluating = _Evaluating()


def enter(node: Node) -> Node | None:
    """Note that a node runs now; return what ran before, for `leave`."""
    previous, evaluating.node = evaluating.node, node
    return previous


def leave(previous: Node | None) -> None:
    """Note that it is over."""
    evaluating.node = previous


def record(node: Node, frame: Any) -> None:
    """Keep the stack of the forward call, and the node whose backward made that call."""
    import traceback

    node.metadata["traceback_"] = traceback.format_stack(frame)
    if evaluating.node is not None:
        node.metadata["parent_"] = evaluating.node


def report(node: Node) -> None:
    """Warn where a failing node was recorded, and what induced that."""
    _warn(
        f"Error detected in {node.name()}. "
        + _stack(node, "Traceback of forward call that caused the error:\n")
    )
    parent = node.metadata.get("parent_")
    while parent is not None:
        _warn(
            f"\n\nPrevious calculation was induced by {parent.name()}. "
            + _stack(parent, "Traceback of forward call that induced the previous calculation:\n")
        )
        parent = parent.metadata.get("parent_")


def _stack(node: Node, head: str) -> str:
    stack = node.metadata.get("traceback_")
    if stack is None:
        return (
            "No forward pass information available. Enable detect anomaly during forward pass for "
            "more information."
        )
    return head + "".join(stack)


def _warn(message: str) -> None:
    """Warn; where warnings are errors, print instead: the pass's own error goes first."""
    try:
        warn(message)
    except UserWarning as warning:
        sys.stderr.write(f"{type(warning).__name__}: {warning}\n")
