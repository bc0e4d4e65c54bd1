"""A graph as a matplotlib figure, for papers and slides."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autograd_nb.views.layout import LaidOut, layout
from autograd_nb.views.prune import STATIC_LIMIT, prune
from autograd_nb.views.svg import label_point, shape_text, stroke_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from autograd_nb.observe.graph import Graph

# Blue, orange and green of a palette that colour-blind readers can tell apart.
LEAF, LEAF_RIM = "#e3f4ef", "#009e73"
ROOT, ROOT_RIM = "#fdf0dc", "#d08b1d"
BOX, RIM, INK, SOFT = "#f6f8fb", "#9aa7b8", "#1f2937", "#6b7787"
EDGE, GRADIENT, BAD = "#aeb8c6", "#0072b2", "#d55e00"

PIXELS_PER_INCH = 96.0


def graph(
    data: Graph | LaidOut,
    *,
    ax: Axes | None = None,
    gradients: Mapping[int, float | None] | None = None,
    shapes: bool = True,
    limit: int = STATIC_LIMIT,
) -> Axes:
    """Draw a graph with matplotlib.

    Parameters
    ----------
    data : Graph or LaidOut
    ax : Axes, optional
        Where to draw; by default a figure of the graph's own size is made.
    gradients : mapping of int to float, optional
        Norm of the gradient along each edge, by edge id, for the width of the lines.
    shapes : bool, default True
        Write the shape on each edge.
    limit : int, default 600
        Boxes to draw.

    Returns
    -------
    Axes
    """
    laid = data if isinstance(data, LaidOut) else layout(prune(data, limit))
    if ax is None:
        ax = _axes_for(laid)
    widths = stroke_widths(gradients or {})
    for routed in laid.edges:
        _draw_edge(ax, routed, gradients or {}, widths)
        if shapes:
            _draw_shape(ax, routed)
    for placed in laid.nodes:
        _draw_node(ax, placed, placed.node.id in laid.roots)
    if laid.hidden:
        ax.text(16, laid.height, f"{laid.hidden} more not drawn", color=SOFT, fontsize=7)
    ax.set_xlim(0, laid.width)
    ax.set_ylim(laid.height, 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def _axes_for(laid: LaidOut) -> Axes:
    from matplotlib import pyplot

    size = laid.width / PIXELS_PER_INCH, laid.height / PIXELS_PER_INCH
    # A figure wider than a metre is nobody's wish; its text shrinks instead.
    scale = min(1.0, 40.0 / max(size))
    figure = pyplot.figure(figsize=(size[0] * scale, size[1] * scale))
    axes: Axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    return axes


def _draw_edge(
    ax: Axes, routed: Any, gradients: Mapping[int, float | None], widths: Mapping[int, float]
) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    points = routed.points
    vertices, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        middle = (x0 + x1) / 2
        vertices += [(middle, y0), (middle, y1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    number = routed.edge.id
    norm = gradients.get(number)
    bad = norm is not None and number not in widths and norm != 0
    ax.add_patch(
        PathPatch(
            Path(vertices, codes),
            fill=False,
            edgecolor=BAD if bad else GRADIENT if number in widths else EDGE,
            linewidth=0.75 * (3.0 if bad else widths.get(number, 1.3)),
            linestyle="--" if bad else "-",
            capstyle="butt" if bad else "round",
            zorder=1,
        )
    )


def _draw_shape(ax: Axes, routed: Any) -> None:
    text = shape_text(routed.edge.shape)
    x, y, room = label_point(routed.points)
    if not text or len(text) * 5.6 > room + 6:
        return
    ax.text(
        x,
        y,
        text,
        fontsize=6.5,
        color=SOFT,
        ha="center",
        va="center",
        zorder=2,
        bbox={"facecolor": ax.get_facecolor(), "edgecolor": "none", "pad": 0.6},
    )


def _draw_node(ax: Axes, placed: Any, is_root: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    node = placed.node
    leaf = node.kind == "leaf"
    radius = placed.h / 2 - 0.01 if leaf else 7
    ax.add_patch(
        FancyBboxPatch(
            (placed.x - placed.w / 2, placed.y - placed.h / 2),
            placed.w,
            placed.h,
            boxstyle=f"round,pad=0,rounding_size={radius}",
            facecolor=LEAF if leaf else ROOT if is_root else BOX,
            edgecolor=LEAF_RIM if leaf else ROOT_RIM if is_root else RIM,
            linewidth=0.9,
            zorder=3,
        )
    )
    style: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4, "parse_math": False}
    if leaf or not node.vars:
        weight = "bold" if leaf else "normal"
        ax.text(placed.x, placed.y, node.label, fontsize=8.5, color=INK, weight=weight, **style)
        return
    ax.text(placed.x, placed.y - 9, node.label, fontsize=8.5, color=INK, **style)
    names = ", ".join(node.vars)
    ax.text(placed.x, placed.y + 9, names, fontsize=8.5, color="#7a3fb5", weight="bold", **style)
