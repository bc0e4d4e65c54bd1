"""A graph as a matplotlib figure, for papers and slides."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autograd_nb.views import palette
from autograd_nb.views.layout import LaidOut, layout
from autograd_nb.views.prune import STATIC_LIMIT, carried, folded, readable
from autograd_nb.views.svg import label_point, shape_text, stroke_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from autograd_nb.observe.graph import Graph

PIXELS_PER_INCH = 96.0
LABEL, SMALL = 11.4, 8.8
"""Heights of text, in the units of the layout."""
KEY_ROOM = 26.0


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
    laid = data if isinstance(data, LaidOut) else layout(readable(data, limit))
    norms = carried((routed.edge for routed in laid.edges), gradients or {})
    widths = stroke_widths(norms)
    foot = _key(norms)
    more = folded((placed.node for placed in laid.nodes), laid.hidden)
    height = laid.height + (KEY_ROOM if foot or more else 0.0)
    width = max(laid.width, _key_width(foot, more))
    if ax is None:
        ax = _axes_for(width, height)
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    pen = _Pen(ax, width, height)
    for routed in laid.edges:
        _draw_edge(pen, routed, norms, widths)
        if shapes:
            _draw_shape(pen, routed)
    for placed in laid.nodes:
        _draw_node(pen, placed, placed.node.id in laid.roots)
    _draw_key(pen, foot, more, laid.height + 4)
    return ax


class _Pen:
    """Axes to draw on, and how wide a line of one pixel of the layout is on them."""

    def __init__(self, ax: Axes, width: float, height: float) -> None:
        box = ax.get_window_extent()
        pixels = min(box.width / width, box.height / height)
        self.ax = ax
        self.points = pixels * 72 / float(ax.figure.dpi)

    def text(self, x: float, y: float, text: str, height: float, **style: Any) -> None:
        from autograd_nb.views.fitted import FittedText

        style = {"ha": "center", "va": "center", "parse_math": False, "zorder": 4} | style
        written = FittedText(x, y, text, height=height, clip_on=True, **style)
        self.ax.add_artist(written)


def _axes_for(width: float, height: float) -> Axes:
    from matplotlib import pyplot

    size = width / PIXELS_PER_INCH, height / PIXELS_PER_INCH
    # A figure wider than a metre is nobody's wish; its text shrinks instead.
    scale = min(1.0, 40.0 / max(size))
    figure = pyplot.figure(figsize=(size[0] * scale, size[1] * scale))
    axes: Axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    return axes


def _draw_edge(
    pen: _Pen, routed: Any, gradients: Mapping[int, float | None], widths: Mapping[int, float]
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
    bad = norm is not None and not math.isfinite(norm)
    color = palette.BAD if bad else palette.BLUE if number in widths else palette.EDGE
    pen.ax.add_patch(
        PathPatch(
            Path(vertices, codes),
            fill=False,
            edgecolor=color,
            linewidth=pen.points * (3.0 if bad else widths.get(number, 1.3)),
            linestyle="--" if bad else "-",
            capstyle="butt" if bad else "round",
            zorder=1,
        )
    )


def _draw_shape(pen: _Pen, routed: Any) -> None:
    text = shape_text(routed.edge.shape)
    x, y, room = label_point(routed.points)
    if not text or len(text) * 5.6 > room + 6:
        return
    box = {"facecolor": pen.ax.get_facecolor(), "edgecolor": "none", "pad": 0.6}
    pen.text(x, y, text, SMALL, color=palette.SOFT, zorder=2, bbox=box)


def _draw_node(pen: _Pen, placed: Any, is_root: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    node = placed.node
    leaf = node.kind == "leaf"
    radius = placed.h / 2 - 0.01 if leaf else 7
    face, rim = palette.BOX, palette.BOX_RIM
    if leaf:
        face, rim = palette.LEAF, palette.LEAF_RIM
    elif is_root:
        face, rim = palette.ROOT, palette.ROOT_RIM
    pen.ax.add_patch(
        FancyBboxPatch(
            (placed.x - placed.w / 2, placed.y - placed.h / 2),
            placed.w,
            placed.h,
            boxstyle=f"round,pad=0,rounding_size={radius}",
            facecolor=face,
            edgecolor=rim,
            linewidth=1.2 * pen.points,
            zorder=3,
        )
    )
    ink = {"color": palette.INK}
    below = node.second_line
    if leaf or not below:
        weight = "bold" if leaf else "normal"
        pen.text(placed.x, placed.y, node.label, LABEL, weight=weight, **ink)
        return
    pen.text(placed.x, placed.y - 8.5, node.label, LABEL, **ink)
    pen.text(placed.x, placed.y + 8.5, below, LABEL, color=palette.NAME, weight="bold")


def _key(gradients: Mapping[int, float | None]) -> list[tuple[float, str]]:
    """Say what the widths of the lines mean: samples of width and text."""
    found = [norm for norm in gradients.values() if norm is not None]
    powers = [norm for norm in found if math.isfinite(norm) and norm > 0]
    samples: list[tuple[float, str]] = []
    if powers:
        low, high = min(powers), max(powers)
        ends = stroke_widths({0: low, 1: high})
        samples.append((ends[1], f"gradient norm {high:.2g}"))
        if high / low > 1.05:
            samples.append((ends[0], f"{low:.2g}"))
    if any(not math.isfinite(norm) for norm in found):
        samples.append((math.nan, "not finite"))
    return samples


SAMPLE = 22.0


def _key_width(samples: list[tuple[float, str]], more: str) -> float:
    texts = [text for _, text in samples]
    return 32.0 + sum(SAMPLE + 18 + _long(text) for text in texts) + _long(more)


def _long(text: str) -> float:
    return len(text) * SMALL * 0.6


def _draw_key(pen: _Pen, samples: list[tuple[float, str]], more: str, y: float) -> None:
    from matplotlib.lines import Line2D

    x = 16.0
    for width, text in samples:
        bad = math.isnan(width)
        line = Line2D(
            [x, x + SAMPLE],
            [y, y],
            color=palette.BAD if bad else palette.BLUE,
            linewidth=pen.points * (3.0 if bad else width),
            linestyle="--" if bad else "-",
            solid_capstyle="round",
        )
        pen.ax.add_line(line)
        pen.text(x + SAMPLE + 7, y, text, SMALL, color=palette.SOFT, ha="left")
        x += SAMPLE + 18 + _long(text)
    if more:
        pen.text(x, y, more, SMALL, color=palette.SOFT, ha="left")
