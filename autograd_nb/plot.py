"""Figures of graphs and gradients for papers and slides, drawn with matplotlib.

Every function takes tensors and modules of this package or of PyTorch, or a recording; without an
argument it draws the last watched cell.  Figures are made with pyplot, so a notebook shows them;
``plot.graph(loss).figure.savefig("graph.pdf")`` keeps one.

Examples
--------
>>> import autograd_nb as torch
>>> from autograd_nb import plot
>>> x = torch.ones(2, 3, requires_grad=True)
>>> loss = (x * x).sum()
>>> axes = plot.graph(loss, names={"x": x, "loss": loss})
>>> [text.get_text() for text in axes.texts if text.get_text().isalpha()]
['x', 'x', 'mul', 'sum', 'loss']
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_nb.observe.cells import caller_frame, variables_at
from autograd_nb.observe.graph import Graph
from autograd_nb.observe.names import Names
from autograd_nb.observe.protocol import dtype_name, is_node, is_tensor, shape_of
from autograd_nb.observe.recorder import Recorder, measure
from autograd_nb.observe.snapshot import is_edge, snapshot
from autograd_nb.views import charts, mpl
from autograd_nb.views.layout import LaidOut
from autograd_nb.views.prune import STATIC_LIMIT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["grad_flow", "graph", "histograms", "ledger"]

Leaves = list[dict[str, Any]]

NOTHING = (
    "nothing was watched yet: put %%autograd on top of a cell, run the code in "
    "`with autograd_nb.observe.Recorder():`, or pass what to draw"
)


def graph(
    what: Any = None,
    ax: Axes | None = None,
    *,
    names: Mapping[str, Any] | None = None,
    shapes: bool = True,
    limit: int = STATIC_LIMIT,
) -> Axes:
    """Draw the graph that a tensor was computed by: leaves at the left, the result at the right.

    Parameters
    ----------
    what : tensor, node, sequence of them, Graph or Recorder, optional
        A tensor's ``grad_fn`` does as well as the tensor. By default the last watched cell; lines
        are then as wide as the norms of the gradients that went along them in its last pass, on
        a logarithmic scale.
    ax : Axes, optional
        Where to draw; by default a figure of the graph's own size is made.
    names : mapping of str to object, optional
        Variables by name, for results and leaves; by default the caller's.
    shapes : bool, default True
        Write the shape on each edge.
    limit : int, default 600
        Boxes to draw, the nearest to the result; the figure says how many more there are.

    Returns
    -------
    Axes

    Raises
    ------
    TypeError
        `what` is nothing that has a graph.
    ValueError
        The tensor was not computed from anything that requires grad, or nothing was watched yet.

    Examples
    --------
    >>> import autograd_nb as torch
    >>> from autograd_nb import plot
    >>> w = torch.ones(3, requires_grad=True)
    >>> axes = plot.graph((w * 2).sum())
    >>> axes.figure.savefig("graph.svg")  # doctest: +SKIP
    """
    gradients: dict[int, float | None] = {}
    if what is None:
        what = _last()
    if isinstance(what, Recorder):
        passes = what.tape.passes
        gradients = passes[-1].edge_norms() if passes else {}
        what = what.graph
        if not what.nodes:
            raise ValueError("graph: the recording saw no graph; nothing that requires grad ran")
    if not isinstance(what, Graph | LaidOut):
        what = _snapshot(what, _variables() if names is None else names)
    return mpl.graph(what, ax=_axes(ax), gradients=gradients, shapes=shapes, limit=limit)


def grad_flow(what: Any = None, ax: Axes | None = None) -> Axes:
    """Compare the gradients of all parameters: where they vanish, explode, or are missing.

    Parameters
    ----------
    what : module, named parameters, tensors or Recorder, optional
        What has an own ``named_parameters()``; pairs of a name and a tensor, or a mapping; tensors,
        named as the caller names them. By default the leaves of the last watched cell.
    ax : Axes, optional

    Returns
    -------
    Axes
        One row per parameter in the given order: a filled dot at the root mean square of the
        gradient's elements, an open one at the largest magnitude, on a logarithmic axis. What has
        no dot says why in words: no gradient is not a gradient of zero.

    Raises
    ------
    TypeError
        `what` holds something that is not a tensor.
    ValueError
        There is nothing to draw.

    Examples
    --------
    >>> import autograd_nb as torch
    >>> from autograd_nb import plot
    >>> model = torch.nn.Linear(3, 1)
    >>> model(torch.ones(2, 3)).sum().backward()
    >>> axes = plot.grad_flow(model)
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['weight  1×3', 'bias  1']
    """
    return charts.grad_flow(_leaves(what), ax=_axes(ax))


def histograms(what: Any = None, axes: Any = None, *, columns: int = 4) -> Any:
    """Draw the distribution of each gradient's elements, one small chart per parameter.

    Parameters
    ----------
    what : module, named parameters, tensors or Recorder, optional
        As for :func:`grad_flow`.
    axes : array of Axes, optional
        At least one per parameter; by default a figure is made.
    columns : int, default 4
        Charts in a row of that figure.

    Returns
    -------
    ndarray of Axes
        One per parameter. Complex gradients are drawn by magnitude; elements that are not finite
        are counted in words.

    Raises
    ------
    TypeError
        `what` holds something that is not a tensor.
    ValueError
        There is nothing to draw, or fewer `axes` than parameters.

    Examples
    --------
    >>> import autograd_nb as torch
    >>> from autograd_nb import plot
    >>> x = torch.linspace(-1, 1, 50, requires_grad=True)
    >>> (x**3).sum().backward()
    >>> axes = plot.histograms({"x": x})
    >>> axes[0].get_title(loc="left")
    'x  50'
    """
    leaves = _leaves(what)
    given = None
    if axes is not None:
        given = [_axes(ax) for ax in np.ravel(np.asarray(axes, dtype=object))]
        if len(given) < len(leaves):
            message = f"histograms: {len(leaves)} parameters need as many axes, not {len(given)}"
            raise ValueError(f"{message}; leave axes out to have a figure made")
        given = given[: len(leaves)]
    found = charts.histograms(leaves, axes=given, columns=columns)
    together = np.empty(len(found), dtype=object)
    together[:] = found
    return together


def ledger(what: Any = None, ax: Axes | None = None) -> Axes:
    """Follow the norms of gradients over the backward passes, with the moments of clearing.

    Parameters
    ----------
    what : module, named parameters, tensors or Recorder, optional
        As for :func:`grad_flow`; the passes must have been watched.
    ax : Axes, optional

    Returns
    -------
    Axes
        One line per parameter, five at most: full where a pass added to what was there, dotted
        where the gradient was zeroed or set to None in between, which a mark below tells too.

    Raises
    ------
    TypeError
        `what` holds something that is not a tensor.
    ValueError
        Nothing was watched, or none of the passes that were reached these parameters.

    Examples
    --------
    >>> import autograd_nb as torch
    >>> from autograd_nb import observe, plot
    >>> w = torch.ones(2, requires_grad=True)
    >>> with observe.Recorder() as recorder:
    ...     for _ in range(3):
    ...         (w * w).sum().backward()
    >>> axes = plot.ledger(recorder)
    >>> axes.get_xlabel()
    'backward pass'
    """
    leaves = _leaves(what, recorded=True)
    if not any(leaf["norms"] for leaf in leaves):
        raise ValueError(
            "ledger: no watched backward pass reached these leaves; run the passes under "
            "%%autograd or in `with autograd_nb.observe.Recorder():`"
        )
    return charts.ledger([leaf for leaf in leaves if leaf["norms"]], ax=_axes(ax))


# ---- from what the user has to plain data ---------------------------------------------------


def _axes(ax: Any) -> Any:
    if ax is not None and not hasattr(ax, "add_patch"):
        raise TypeError(
            f"ax is {_describe(ax)}, not one matplotlib Axes; `_, ax = pyplot.subplots()` makes one"
        )
    return ax


def _last() -> Recorder:
    recorder = Recorder.latest()
    if recorder is None:
        raise ValueError(NOTHING)
    return recorder


def _variables() -> dict[str, Any]:
    return variables_at(caller_frame(2))


def _snapshot(what: Any, names: Mapping[str, Any]) -> Graph:
    alone = is_tensor(what) or is_node(what) or (isinstance(what, tuple) and is_edge(what))
    roots = [what] if alone else list(what) if _is_plain(what) else None
    if roots is None or not all(
        is_tensor(root) or is_node(root) or (isinstance(root, tuple) and is_edge(root))
        for root in roots
    ):
        raise TypeError(
            f"graph: {_describe(what)} has no graph; pass a tensor, its grad_fn, several of them, "
            f"a Graph or a Recorder{_cure(what)}"
        )
    found = snapshot(roots, names)
    if not found.nodes:
        raise ValueError(
            "graph: the tensor was not computed from anything that requires grad; set "
            "requires_grad=True on an input before computing, and stay out of torch.no_grad()"
        )
    return found


def _is_plain(what: Any) -> bool:
    return isinstance(what, Iterable) and not isinstance(what, str | bytes | Mapping)


def _cure(what: Any) -> str:
    if hasattr(type(what), "named_parameters"):
        return "; a module's graph is that of its output: plot.graph(model(x))"
    return ""


def _describe(what: Any) -> str:
    kind = type(what).__name__
    if isinstance(what, list | tuple):
        odd = next((type(item).__name__ for item in what if not is_tensor(item)), None)
        return f"a {kind}" if odd is None else f"a {kind} with a {odd}"
    return f"an {kind}" if kind[:1].lower() in "aeiou" else f"a {kind}"


def _leaves(what: Any, *, recorded: bool = False) -> Leaves:
    """Return the ``leaves`` of the panel protocol of a recording, or of tensors as they are."""
    if what is None:
        what = _last()
    if isinstance(what, Recorder):
        leaves: Leaves = what.panel_state()["leaves"]
        if not leaves:
            raise ValueError(
                "no watched backward pass reached a leaf: call backward() on what was computed "
                "from tensors with requires_grad=True"
            )
        return leaves
    found = [_leaf(name, tensor, recorded) for name, tensor in _named(what)]
    if not found:
        raise ValueError(f"{_describe(what)} without parameters has no gradient to draw")
    return found


def _named(what: Any) -> list[tuple[str, Any]]:
    if is_tensor(what):
        what = [what]
    elif hasattr(type(what), "named_parameters") and not isinstance(what, type):
        what = what.named_parameters()
    elif isinstance(what, Mapping):
        what = what.items()
    elif not _is_plain(what):
        raise TypeError(_no_tensors(what))
    items = list(what)
    names = Names(_variables())
    found: list[tuple[str, Any]] = []
    for place, item in enumerate(items):
        if isinstance(item, tuple) and len(item) == 2 and is_tensor(item[1]):
            found.append((str(item[0]), item[1]))
        elif is_tensor(item):
            found.append((next(iter(names.of_tensor(item)), f"tensor {place}"), item))
        else:
            raise TypeError(_no_tensors(items))
    return found


def _no_tensors(what: Any) -> str:
    return (
        f"{_describe(what)} has no gradients; pass a module, model.named_parameters(), "
        "tensors, a mapping of names to tensors, or a Recorder"
    )


def _leaf(name: str, tensor: Any, recorded: bool) -> dict[str, Any]:
    known = Recorder.shared_ledger.find(tensor) if recorded else None
    leaf: dict[str, Any] = {"norms": [], "ledger": [], "contributions": 0}
    if known is not None:
        leaf = Recorder.shared_ledger.records[known].to_json()
    stat = None
    if tensor.is_leaf or getattr(tensor, "retains_grad", False):
        stat = measure(tensor.grad)
        note = "" if tensor.requires_grad else "requires_grad=False"
    else:
        note = "not a leaf: retain_grad() keeps its gradient"
    return {
        **leaf,
        "name": name,
        "shape": list(shape_of(tensor)),
        "dtype": dtype_name(tensor.dtype),
        "grad": None if stat is None else stat.to_json(),
        "note": note,
    }
