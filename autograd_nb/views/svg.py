"""A graph as one SVG file: no script, no font, no id, readable on light and on dark pages."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from autograd_nb.views.layout import LaidOut, PlacedNode, RoutedEdge, layout
from autograd_nb.views.prune import STATIC_LIMIT, carried, folded, readable

if TYPE_CHECKING:
    from autograd_nb.observe.graph import Graph, GraphNode

THIN, THICK = 1.3, 6.5

# Class names carry a prefix: a page that holds the file inline shares its style sheet.
_STYLE = """
.agn{--page:#ffffff;--box:#f6f8fb;--rim:#c3ccd9;--ink:#1f2937;--soft:#6b7787;--edge:#aeb8c6;
--leaf:#e3f4ef;--leafrim:#3f9c86;--leafink:#12574a;--root:#fdf0dc;--rootrim:#d08b1d;
--name:#7a3fb5;--grad:#2f6fd0;--bad:#d3303f}
@media (prefers-color-scheme:dark){.agn{--page:#15191f;--box:#222932;--rim:#465262;--ink:#e6eaf0;
--soft:#94a1b2;--edge:#566375;--leaf:#16372f;--leafrim:#4cb79d;--leafink:#b5eadb;--root:#3b2c12;
--rootrim:#e0a542;--name:#cda3f5;--grad:#6ca6f5;--bad:#ff7080}}
.agn-page{fill:var(--page)}
.agn text{font-family:ui-sans-serif,system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
font-size:12.5px;text-anchor:middle;fill:var(--ink)}
.agn .agn-shape,.agn .agn-note{font-size:10px;fill:var(--soft)}
.agn .agn-shape{stroke:var(--page);stroke-width:3.5px;stroke-linejoin:round;paint-order:stroke}
.agn .agn-note{text-anchor:start}
.agn-op{fill:var(--box);stroke:var(--rim)}
.agn-root{fill:var(--root);stroke:var(--rootrim)}
.agn-leaf{fill:var(--leaf);stroke:var(--leafrim)}
.agn text.agn-leafname{fill:var(--leafink);font-weight:600}
.agn text.agn-name{fill:var(--name);font-weight:600;font-size:12px}
.agn-edge{fill:none;stroke:var(--edge);stroke-linecap:round}
.agn-grad{stroke:var(--grad)}
.agn-bad{stroke:var(--bad);stroke-dasharray:5 4}
""".strip()


GLYPHS = ' lengthAdjust="spacingAndGlyphs"'


def svg(
    graph: Graph | LaidOut,
    *,
    gradients: Mapping[int, float | None] | None = None,
    limit: int = STATIC_LIMIT,
) -> str:
    """Draw a graph as SVG.

    Parameters
    ----------
    graph : Graph or LaidOut
        A graph that is already laid out is drawn as it is.
    gradients : mapping of int to float, optional
        Norm of the gradient that travelled along each edge, by edge id.  Lines are then wider
        where more travelled, on a logarithmic scale; dashed where a number is not finite.
    limit : int, default 600
        Boxes to draw; the picture says how many are hidden. Parts of a graph that is larger, or
        too wide to be read, are closed first.

    Returns
    -------
    str
        The same text for the same graph, in every process.
    """
    laid = layout(readable(graph, limit)) if not isinstance(graph, LaidOut) else graph
    norms = carried((routed.edge for routed in laid.edges), gradients or {})
    note = folded((placed.node for placed in laid.nodes), laid.hidden)
    width = math.ceil(max(laid.width, len(note) * 6 + 40))
    height = math.ceil(laid.height + (14 if note else 0))
    words = summary(laid)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="agn" role="img" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{escape(words)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="agn-page" width="{width}" height="{height}" rx="8"/>',
    ]
    widths = stroke_widths(norms)
    parts += [_edge(routed, norms, widths) for routed in laid.edges]
    parts += [text for routed in laid.edges if (text := _shape(routed))]
    roots = frozenset(laid.roots)
    parts += [_node(placed, placed.node.id in roots) for placed in laid.nodes]
    if note:
        parts.append(f'<text class="agn-note" x="16" y="{height - 10}">{escape(note)}</text>')
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def summary(laid: LaidOut) -> str:
    """Describe a graph in one sentence, for those who do not see it.

    Parameters
    ----------
    laid : LaidOut

    Returns
    -------
    str
    """
    ops = sum(placed.node.kind == "op" for placed in laid.nodes)
    leaves = {placed.node.leaf: placed.node.label for placed in laid.nodes if placed.node.leaf
              is not None}  # fmt: skip
    names = ", ".join(sorted(leaves.values())[:8])
    plural = "" if ops == 1 else "s"
    closed = sum(placed.node.kind == "scope" for placed in laid.nodes)
    parts = f", {closed} closed part{'' if closed == 1 else 's'}" if closed else ""
    return f"Autograd graph: {ops} operation{plural}{parts}, leaves: {names or 'none'}"


def escape(text: str) -> str:
    """Make any text safe inside XML.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        With markup escaped and characters that XML forbids replaced.
    """
    allowed = (c if c >= " " or c in "\t\n" else "\ufffd" for c in text)
    plain = "".join("\ufffd" if "\ud800" <= c <= "\udfff" or c in "\ufffe\uffff" else c
                    for c in allowed)  # fmt: skip
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace('"', "&quot;")


def stroke_widths(gradients: Mapping[int, float | None]) -> dict[int, float]:
    """Turn gradient norms into line widths, on a logarithmic scale.

    Parameters
    ----------
    gradients : mapping of int to float or None

    Returns
    -------
    dict of int to float
        In pixels; edges without a finite norm are missing.
    """
    powers = {
        edge: math.log10(norm)
        for edge, norm in gradients.items()
        if norm is not None and math.isfinite(norm) and norm > 0
    }
    if not powers:
        return {}
    low, high = min(powers.values()), max(powers.values())
    # Norms within a factor of ten are near enough to look alike.
    span = max(high - low, 1.0)
    return {edge: THICK - (THICK - 1.8) * (high - power) / span for edge, power in powers.items()}


def path(points: Sequence[tuple[float, float]]) -> str:
    """Return SVG path data through points, leaving and arriving level.

    Parameters
    ----------
    points : sequence of (float, float)

    Returns
    -------
    str
    """
    data = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if abs(y1 - y0) < 0.5:
            data.append(f"L{_n(x1)} {_n(y1)}")
        else:
            middle = _n((x0 + x1) / 2)
            data.append(f"C{middle} {_n(y0)} {middle} {_n(y1)} {_n(x1)} {_n(y1)}")
    return "".join(data)


def shape_text(shape: Sequence[int] | None) -> str:
    """Write a shape as people say it.

    Parameters
    ----------
    shape : sequence of int or None

    Returns
    -------
    str
        ``"3×4"``, ``"5"`` for a vector, empty for a scalar or where it is unknown.
    """
    return "×".join(str(n) for n in shape or ())


def label_point(points: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Return the middle and the room of the longest stretch of a line.

    Parameters
    ----------
    points : sequence of (float, float)

    Returns
    -------
    x, y, room : float
    """
    (x0, y0), (x1, y1) = max(
        itertools.pairwise(points), key=lambda pair: abs(pair[1][0] - pair[0][0])
    )
    return (x0 + x1) / 2, (y0 + y1) / 2, abs(x1 - x0)


def _edge(
    routed: RoutedEdge, gradients: Mapping[int, float | None], widths: Mapping[int, float]
) -> str:
    number = routed.edge.id
    kind, width = "agn-edge", THIN
    norm = gradients.get(number)
    if norm is not None and not math.isfinite(norm):
        kind, width = "agn-edge agn-bad", 3.0
    elif number in widths:
        kind, width = "agn-edge agn-grad", widths[number]
    return f'<path class="{kind}" stroke-width="{_n(width)}" d="{path(routed.points)}"/>'


def _shape(routed: RoutedEdge) -> str:
    text = shape_text(routed.edge.shape)
    x, y, room = label_point(routed.points)
    if not text or len(text) * 5.6 > room + 6:
        return ""
    # Fonts differ from reader to reader: a text that just fits is kept from growing into a box.
    tight = "" if len(text) * 7.3 <= room else f' textLength="{_n(room - 2)}"{GLYPHS}'
    return f'<text class="agn-shape" x="{_n(x)}" y="{_n(y + 3.5)}"{tight}>{escape(text)}</text>'


def _node(placed: PlacedNode, is_root: bool) -> str:
    node = placed.node
    x, y = placed.x - placed.w / 2, placed.y - placed.h / 2
    leaf = node.kind == "leaf"
    radius = placed.h / 2 if leaf else 7
    kind = "agn-leaf" if leaf else "agn-root" if is_root else "agn-op"
    lines = [
        f"<g><title>{escape(tooltip(node))}</title>",
        f'<rect class="{kind}" x="{_n(x)}" y="{_n(y)}" width="{_n(placed.w)}" '
        f'height="{_n(placed.h)}" rx="{_n(radius)}"/>',
    ]
    if leaf:
        lines.append(_text("agn-leafname", placed.x, placed.y + 4.2, node.label))
    elif node.second_line:
        lines.append(_text("agn-opname", placed.x, placed.y - 5, node.label))
        lines.append(_text("agn-name", placed.x, placed.y + 12, node.second_line))
    else:
        lines.append(_text("agn-opname", placed.x, placed.y + 4.2, node.label))
    return "".join([*lines, "</g>"])


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}">{escape(text)}</text>'


def tooltip(node: GraphNode) -> str:
    """Say in a few lines what a box stands for.

    Parameters
    ----------
    node : GraphNode

    Returns
    -------
    str
    """
    if node.kind == "scope":
        return f"{node.label}\n{node.count:,} nodes"
    shape = "unknown shape" if node.shape is None else f"shape ({', '.join(map(str, node.shape))})"
    lines = [node.name, " ".join(part for part in (shape, node.dtype) if part)]
    if node.vars:
        lines.insert(0, ", ".join(node.vars))
    if node.site is not None:
        lines.append(f"{node.site}: {node.site.source}" if node.site.source else str(node.site))
    if node.formula:
        lines.append(node.formula)
    return "\n".join(lines)


def _n(value: float) -> str:
    """Write a coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")
