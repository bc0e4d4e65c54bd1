"""Gradients of leaves as matplotlib charts: plain data in, axes out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

from autograd_nb.views import palette
from autograd_nb.views.svg import shape_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Leaf = Mapping[str, Any]
"""One of the ``leaves`` of the panel protocol; ``note`` may say why there is no gradient."""

NAME_LENGTH = 30
TITLE_LENGTH = 29
"""Letters of a title that find room over a small chart."""
ROW_HEIGHT, TALLEST, LEGEND = 0.26, 14.0, 0.22
"""In inches."""
PANEL_SIZE = (2.2, 1.75)
TINY, HUGE = 1e-300, 1e300
"""What lies beyond cannot be placed on an axis: its limits would overflow."""
SERIES_LIMIT = len(palette.SERIES)


def grad_flow(leaves: Sequence[Leaf], *, ax: Axes | None = None) -> Axes:
    """Compare the sizes of gradients, one row per leaf.

    Parameters
    ----------
    leaves : sequence of mapping
        Of the panel protocol.
    ax : Axes, optional

    Returns
    -------
    Axes
        On a logarithmic axis a filled dot at the root mean square of the elements of each
        gradient and an open one at the largest magnitude. A leaf without a gradient, with one of
        zeros, or with numbers that are not finite says so in words.
    """
    if ax is None:
        ax = _figure(6.4, min(0.9 + LEGEND + ROW_HEIGHT * len(leaves), TALLEST)).add_subplot()
    sizes = [_sizes(leaf) for leaf in leaves]
    values = [value for pair in sizes for value in pair if value is not None]
    if values:
        ax.set_xscale("log")
        ax.set_xlim(min(values) / 2, max(values) * 2)
        ax.grid(axis="x", alpha=0.25, linewidth=0.6)
        for row, (mean, top) in enumerate(sizes):
            if mean is not None and top is not None:
                ax.plot([mean, top], [row, row], color=palette.BLUE, alpha=0.35, linewidth=1.4)
        rows = range(len(leaves))
        style: dict[str, Any] = {"linestyle": "none", "color": palette.BLUE, "marker": "o"}
        means = [math.nan if mean is None else mean for mean, _ in sizes]
        tops = [math.nan if top is None else top for _, top in sizes]
        # The ring is wider than the dot: of a gradient of one number both are seen.
        ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgewidth": 1.2, "markersize": 8}
        ax.plot(means, rows, label="root mean square", markersize=5, **style)
        ax.plot(tops, rows, label="largest magnitude", **ring, **style)
        ax.legend(
            loc="upper left", ncols=2, frameon=False, fontsize=8, handletextpad=0.2,
            borderaxespad=0,
        )  # fmt: skip
    else:
        ax.set_xticks([])
    for row, (leaf, (_, top)) in enumerate(zip(leaves, sizes, strict=True)):
        words, wrong = remark(leaf)
        if words:
            # On the side of the row where its dots are not.
            left = top is None or top * top > min(values) * max(values)
            _remark(ax, row, words, wrong, left=left)
    # The legend has a place of its own above the rows: a title may be set above it.
    room = len(leaves) * LEGEND / max(_inches(ax) - LEGEND, LEGEND) if values else 0.0
    ax.set_ylim(len(leaves) - 0.5, -0.5 - room)
    _name_rows(ax, leaves)
    ax.set_xlabel("size of a gradient element")
    _open_frame(ax)
    return ax


def _sizes(leaf: Leaf) -> tuple[float | None, float | None]:
    """Return root mean square and largest magnitude; None where there is nothing to draw."""
    grad = leaf["grad"]
    if grad is None:
        return None, None
    count = math.prod(grad["shape"])
    norm, low, high = (number(grad[key]) for key in ("norm", "min", "max"))
    if low is None or high is None or not count:
        return None, None
    top = max(abs(low), abs(high))
    if not TINY < top < HUGE:
        return None, None
    if norm is None or not math.isfinite(norm):
        # The finite elements have a largest one; a mean of all elements there is not.
        return None, top
    return max(norm / math.sqrt(count), TINY), top


def _remark(ax: Axes, row: int, words: str, wrong: bool, *, left: bool) -> None:
    ax.text(
        0.01 if left else 0.99,
        row,
        words,
        transform=ax.get_yaxis_transform(),
        ha="left" if left else "right",
        va="center",
        fontsize=8,
        color=palette.BAD if wrong else palette.SOFT,
        style="normal" if wrong else "italic",
    )


def _name_rows(ax: Axes, leaves: Sequence[Leaf]) -> None:
    # Where rows are closer than their names are high, only every second or third is named.
    inches = _inches(ax)
    step = max(1, math.ceil(len(leaves) * 0.13 / max(inches, 0.1)))
    ax.set_yticks(range(0, len(leaves), step))
    ax.set_yticklabels([title(leaf) for leaf in leaves[::step]], fontsize=8, parse_math=False)
    ax.tick_params(axis="y", length=0)


def histograms(
    leaves: Sequence[Leaf], *, axes: Sequence[Axes] | None = None, columns: int = 4
) -> list[Axes]:
    """Draw the distribution of each leaf's gradient, one small chart per leaf.

    Parameters
    ----------
    leaves : sequence of mapping
        Of the panel protocol.
    axes : sequence of Axes, optional
        One per leaf; by default a figure is made.
    columns : int, default 4
        Charts in a row of that figure.

    Returns
    -------
    list of Axes
        One per leaf.
    """
    panels = list(axes) if axes is not None else _panels(len(leaves), columns)
    for panel, leaf in zip(panels, leaves, strict=True):
        _histogram(panel, leaf)
        if axes is not None:
            panel.set_xlabel("gradient element", fontsize=8)
            panel.set_ylabel("elements", fontsize=8)
    return panels


def _panels(count: int, columns: int) -> list[Axes]:
    columns = max(1, min(columns, count))
    rows = -(-count // columns)
    figure = _figure(PANEL_SIZE[0] * columns + 0.3, PANEL_SIZE[1] * rows + 0.3)
    panels = [figure.add_subplot(rows, columns, place + 1) for place in range(count)]
    figure.supxlabel("gradient element", fontsize=9)
    figure.supylabel("elements", fontsize=9)
    return panels


def _histogram(ax: Axes, leaf: Leaf) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.set_title(title(leaf, TITLE_LENGTH), fontsize=8, loc="left", parse_math=False)
    ax.tick_params(labelsize=7, length=2.5, pad=2)
    _open_frame(ax)
    grad = leaf["grad"] or {"hist": None, "dtype": ""}
    hist = grad["hist"]
    words, wrong = remark(leaf)
    if grad["dtype"].startswith("complex"):
        words = ", ".join(filter(None, ("magnitudes", words)))
    span = math.nan if hist is None else float(hist["hi"]) - float(hist["lo"])
    if not math.isfinite(span):
        ax.set_xticks([])
        ax.set_yticks([])
        ax.patch.set_hatch("////")
        ax.patch.set_edgecolor((0.5, 0.5, 0.5, 0.12))
        _in_panel(ax, 0.5, 0.5, words or "no numbers", wrong, ha="center", va="center")
        return
    counts, low, high = hist["counts"], float(hist["lo"]), float(hist["hi"])
    if not span:
        # All elements are the same number: one bar, in the middle of its surroundings.
        around = abs(low) / 2 or 0.5
        ax.bar([low], counts, width=around / 6, color=palette.BLUE)
        ax.set_xlim(low - around, low + around)
        ax.set_xticks([low])
    else:
        width = span / len(counts)
        lefts = [low + width * place for place in range(len(counts))]
        ax.bar(lefts, counts, width=width, align="edge", color=palette.BLUE, linewidth=0)
        ax.xaxis.set_major_locator(MaxNLocator(3))
        if low < 0 < high:
            ax.axvline(0, color=palette.ORANGE, linewidth=1, zorder=3)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    ax.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    top = max(counts)
    # Where something is written, it gets a line of its own above the bars.
    ax.set_ylim(0, top * (1.25 if words else 1.05))
    if words:
        _in_panel(ax, 0.98, 0.98, words, wrong, ha="right", va="top")


def _in_panel(ax: Axes, x: float, y: float, words: str, wrong: bool, **style: Any) -> None:
    color = palette.BAD if wrong else palette.SOFT
    ax.text(x, y, words, transform=ax.transAxes, fontsize=7.5, color=color, **style)


def ledger(leaves: Sequence[Leaf], *, ax: Axes | None = None) -> Axes:
    """Follow the norms of gradients from pass to pass, with the moments when they were cleared.

    Parameters
    ----------
    leaves : sequence of mapping
        Of the panel protocol.
    ax : Axes, optional

    Returns
    -------
    Axes
        One line per leaf, five leaves at most. A full line joins a norm with the one that it was
        added to; where the gradient was zeroed or set to None in between, a mark below says so
        and the line is dotted. Where the ledger does not reach back, the line is pale.
    """
    from matplotlib.ticker import MaxNLocator

    if ax is None:
        ax = _figure(7.2, 3.4).add_subplot()
    shown = leaves[:SERIES_LIMIT]
    floor = _scale(ax, [norm for leaf in shown for _, norm in _norms(leaf) if _can_be_placed(norm)])
    for place, leaf in enumerate(shown):
        _curve(ax, place, leaf, floor)
    _mark_cleared(ax, shown)
    passes = max((leaf["contributions"] for leaf in shown), default=1)
    ax.set_xlim(0.25, passes + 0.75)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    every = max((leaf.get("norms_every", 1) for leaf in shown), default=1)
    ax.set_xlabel("backward pass" + (f" (one in {every} measured)" if every > 1 else ""))
    ax.set_ylabel("gradient norm after the pass")
    _open_frame(ax)
    if len(leaves) > len(shown):
        rest = f"{len(leaves) - len(shown)} more not drawn"
        ax.plot([], [], linestyle="none", label=rest)
    if shown:
        ax.legend(
            loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8,
            handlelength=1.6, borderaxespad=0.2,
        )  # fmt: skip
    return ax


WIDE = 20.0
"""Ratio of norms from which on a logarithmic axis shows more."""
STRIP = 0.14
"""Part of the height that is kept for the marks of clearing."""


def _scale(ax: Axes, finite: list[float]) -> float:
    """Choose the axis for norms, with room for marks below; return where zero is drawn."""
    positive = [norm for norm in finite if norm > 0]
    if not positive:
        ax.set_ylim(-STRIP, 1.0)
        return 0.0
    low, high = min(positive), max(positive)
    if high / low < WIDE:
        ax.set_ylim(-STRIP * high * 1.1, high * 1.1)
        ax.axhline(0, color=palette.EDGE, linewidth=0.8, zorder=0)
        return 0.0
    bottom, top = math.log10(low) - 0.25, math.log10(high) + 0.15
    ax.set_yscale("log")
    ax.set_ylim(10 ** (top - (top - bottom) / (1 - STRIP)), 10**top)
    return float(10**bottom)


def _norms(leaf: Leaf) -> list[tuple[int, float | None]]:
    """Return pairs of pass and norm; passes are counted by the leaf, from 1."""
    every = leaf.get("norms_every", 1)
    return [(every * place, number(norm)) for place, norm in enumerate(leaf["norms"], start=1)]


def _cleared(leaf: Leaf) -> tuple[int, list[tuple[int, str]]]:
    """Read the ledger, the last rows of which are kept.

    Returns
    -------
    first : int
        Pass from which on it tells of everything.
    cleared : list of (int, str)
        The pass after which a gradient was cleared, and how.
    """
    found: list[tuple[int, str]] = []
    at = leaf["contributions"]
    for row in reversed(leaf["ledger"]):
        if row["kind"] in CLEARINGS:
            found.append((at, row["kind"]))
        elif row["kind"] == "backward":
            at -= 1
        elif row["kind"] == "passes":
            if row["clearings"] not in (0, row["passes"]):
                break  # before which of the passes it was cleared is not known
            at -= row["passes"]
            if row["clearings"]:
                found += [(at + n, row["how"]) for n in reversed(range(row["passes"]))]
    return at + 1, found[::-1]


def _curve(ax: Axes, place: int, leaf: Leaf, floor: float) -> None:
    color, marker, name = palette.SERIES[place], palette.MARKERS[place], short(leaf["name"])
    first, cleared = _cleared(leaf)
    anew = {at for at, _ in cleared}
    norms = _norms(leaf)
    for (at, before), (then, after) in itertools.pairwise(norms):
        if not (_can_be_placed(before) and _can_be_placed(after)):
            continue
        style: dict[str, Any] = {}
        if then > at + 1 or at < first:
            # What was in between is not known: neither added nor begun anew.
            style = {"alpha": 0.45}
        elif at in anew:
            style = {"linestyle": ":", "alpha": 0.8}
        ends = [max(before, floor), max(after, floor)]
        ax.plot([at, then], ends, color=color, linewidth=1.5, **style)
    points = [(at, max(norm, floor)) for at, norm in norms if _can_be_placed(norm)]
    ax.plot(
        [at for at, _ in points],
        [norm for _, norm in points],
        linestyle="none",
        marker=marker,
        markersize=4.5 if len(norms) <= 60 else 2.5,
        color=color,
        label=name,
    )
    odd = [at for at, norm in norms if norm is not None and not _can_be_placed(norm)]
    if odd:
        said = "not finite" in ax.get_legend_handles_labels()[1]
        ax.plot(
            odd,
            [0.97 - 0.03 * place] * len(odd),
            "X",
            color=palette.BAD,
            markersize=6,
            transform=ax.get_xaxis_transform(),
            label="_" if said else "not finite",
            clip_on=False,
        )


CLEARINGS = {
    "zeroed": ("|", "set to zero"),
    "cleared": ("x", "set to None"),
    "renewed": ("1", "a new tensor"),
}


def _can_be_placed(norm: float | None) -> TypeGuard[float]:
    return norm is not None and (norm == 0 or TINY < norm < HUGE)


def _mark_cleared(ax: Axes, leaves: Sequence[Leaf]) -> None:
    """Write the marks below the lines: one row for all leaves, they are cleared together."""
    ledgers = [_cleared(leaf) for leaf in leaves]
    first = max((known for known, _ in ledgers), default=1)
    for kind, (marker, words) in CLEARINGS.items():
        places = sorted({at + 0.5 for _, cleared in ledgers for at, how in cleared if how == kind})
        if places:
            ax.plot(
                places,
                [STRIP / 3] * len(places),
                linestyle="none",
                marker=marker,
                markersize=6 if len(places) <= 60 else 4,
                color=palette.SOFT,
                label=words if first == 1 else f"{words}\n(known from pass {first} on)",
                transform=ax.get_xaxis_transform(),
            )


def remark(leaf: Leaf) -> tuple[str, bool]:
    """Say what a chart cannot draw of a gradient.

    Parameters
    ----------
    leaf : mapping

    Returns
    -------
    words : str
        Empty where everything is drawn.
    wrong : bool
        Whether it is a reason to worry.
    """
    grad = leaf["grad"]
    if grad is None:
        return leaf.get("note") or "no gradient (None)", False
    odd = [f"{grad[key]:,} {word}" for key, word in (("nan", "NaN"), ("inf", "inf")) if grad[key]]
    count = math.prod(grad["shape"])
    if odd:
        return f"{', '.join(odd)} of {count:,}", True
    if not count:
        return "empty", False
    if grad["norm"] is None:
        return "numbers cannot be read", False
    if grad["norm"] == 0:
        return "all zeros", True
    if max(abs(float(grad["min"])), abs(float(grad["max"]))) >= HUGE:
        return "beyond 1e300", True
    return "", False


def title(leaf: Leaf, length: int | None = None) -> str:
    """Name a leaf and its shape.

    Parameters
    ----------
    leaf : mapping
    length : int, optional
        Letters that there is room for; the name gives way to the shape.

    Returns
    -------
    str
    """
    shape = shape_text(leaf["shape"])
    room = NAME_LENGTH if length is None else max(length - len(shape) - 2, 8)
    return f"{short(leaf['name'], room)}  {shape}".rstrip()


def short(name: str, length: int = NAME_LENGTH) -> str:
    """Shorten a long name before its end, which tells layers apart.

    Parameters
    ----------
    name : str
    length : int, default 30
        Letters to keep.

    Returns
    -------
    str
    """
    if len(name) <= length:
        return name
    head = length // 3
    return f"{name[:head]}…{name[head + 1 - length :]}"


def number(value: float | str | None) -> float | None:
    """Read a number of the panel protocol.

    Parameters
    ----------
    value : float, str or None
        ``"nan"`` and ``"inf"`` stand for themselves.

    Returns
    -------
    float or None
    """
    return None if value is None else float(value)


def _figure(width: float, height: float) -> Figure:
    from matplotlib import pyplot

    figure: Figure = pyplot.figure(figsize=(width, height), layout="constrained")
    return figure


def _inches(ax: Axes) -> float:
    """Return the height of axes."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return ax.get_window_extent().height / float(figure.dpi)


def _open_frame(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
