"""What stays of a watched cell in every reader: a text, and a picture of the graph.

The same cell gives the same text: nothing here tells a time, an address or an identity.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from autograd_nb.observe.graph import Graph
from autograd_nb.observe.recorder import FIRST_WHOLE, Recorder
from autograd_nb.views.svg import svg
from autograd_nb.views.text import broken_text, grads_text, graph_text, hooks_text

MARK = 'data-autograd="still"'
"""Attribute of the picture, by which a live panel knows it and hides it."""


def still(recorder: Recorder, state: Mapping[str, Any], parts: Collection[str]) -> tuple[str, str]:
    """Tell of a watched cell.

    Parameters
    ----------
    recorder : Recorder
        Whose cell has ended.
    state : dict
        What the panel shows last.
    parts : collection of str
        Any of ``graph``, ``grads`` and ``hooks``.

    Returns
    -------
    text : str
    svg : str
        Nothing where there is no graph or it was not asked for.
    """
    graph = recorder.graph
    status = state["status"]
    told = ["\n".join(filter(None, (headline(status), broken_text(status["not_finite"]))))]
    if "graph" in parts and graph.nodes:
        told.append(graph_text(graph))
    if "grads" in parts and (state["leaves"] or len(parts) == 1):
        told.append(grads_text(state["leaves"]))
    if "hooks" in parts and (state["hooks"] or len(parts) == 1):
        told.append(hooks_text(state["hooks"]))
    return "\n\n".join(told), picture(graph, norms(recorder)) if "graph" in parts else ""


def headline(status: Mapping[str, Any]) -> str:
    """Say in one line what happened.

    Parameters
    ----------
    status : dict
        Of the panel protocol.

    Returns
    -------
    str
    """
    counts = [plural(status["ops"], "operation"), plural(status["passes"], "backward pass", "es")]
    line = f"autograd {status['cell']}: {', '.join(counts)}"
    if status["state"] not in ("done", "running"):
        line += f"; {status['state']}"
    return f"{line}: {status['message']}" if status["message"] else line


def plural(count: int, noun: str, ending: str = "s") -> str:
    """Count things.

    Parameters
    ----------
    count : int
    noun : str
    ending : str, default "s"

    Returns
    -------
    str
        ``"1 operation"``, ``"2 operations"``.
    """
    return f"{count:,} {noun}{'' if count == 1 else ending}"


def norms(recorder: Recorder) -> dict[int, float | None]:
    """Give the size of the gradients that the last pass sent along the edges.

    Parameters
    ----------
    recorder : Recorder

    Returns
    -------
    dict of int to (float or None)
        Empty after many passes: which of them were measured then depends on the time they took.
    """
    passes: Sequence[Any] = recorder.tape.passes
    if not passes or recorder.tape.total > FIRST_WHOLE:
        return {}
    return dict(passes[-1].edge_norms())


def picture(graph: Graph, gradients: Mapping[int, float | None]) -> str:
    """Draw a graph, with a mark that tells what it is.

    Parameters
    ----------
    graph : Graph
    gradients : mapping of int to float
        Norm by edge.

    Returns
    -------
    str
        SVG, or nothing for an empty graph.
    """
    if not graph.nodes:
        return ""
    return svg(graph, gradients=gradients).replace("<svg ", f"<svg {MARK} ", 1)
