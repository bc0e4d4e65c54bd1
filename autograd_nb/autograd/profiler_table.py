"""The table of a profile, with the text that PyTorch's has."""

from __future__ import annotations

from math import log10
from typing import Any

_WIDTH = 12  # of a column of numbers
_GAP = "  "  # behind every column
_MARGIN = 4  # that a column of text is wider than its longest text
_UNITS = {"s": 1e6, "ms": 1e3, "us": 1.0}  # in microseconds
_SIZES = {"GB": 1 << 30, "MB": 1 << 20, "KB": 1 << 10}
_FLOPS = ("FLOPs", "KFLOPs", "MFLOPs", "GFLOPs", "TFLOPs", "PFLOPs")


def format_time(time_us: float, time_unit: str | None = None) -> str:
    """Return a time in microseconds as text, in a unit of its own unless one is given."""
    unit = time_unit or next((u for u, length in _UNITS.items() if time_us >= length), "us")
    return f"{time_us / _UNITS[unit]:.3f}{unit}"


def format_time_share(time_us: float, total_us: float) -> str:
    """Return a part of a time as percents."""
    return f"{time_us * 100.0 / total_us:.2f}%" if total_us else "NaN"


def format_memory(n: int) -> str:
    """Return a number of bytes as text."""
    for unit, size in _SIZES.items():
        if abs(n) >= size:
            return f"{n / size:.2f} {unit}"
    return f"{n} B"


def table(
    events: list[Any],
    *,
    row_limit: int,
    source_limit: int,
    name_limit: int,
    shapes_limit: int,
    header: str | None,
    top_level_events_only: bool,
    time_unit: str | None,
    profile_memory: bool,
    with_flops: bool,
) -> str:
    """Return the table of some events; see `EventList.table`."""
    if not events:
        return ""
    total = sum(event.self_cpu_time_total for event in events)
    counted = [event.flops for event in events if event.flops > 0] if with_flops else []
    # The unit is that of the smallest number.
    power = max(0, min(int(log10(min(counted)) / 3), len(_FLOPS) - 1)) if counted else 0

    columns = [("Name", _room([event.key for event in events], name_limit))]
    numbers = ["Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg"]
    numbers += ["CPU Mem", "Self CPU Mem"] if profile_memory else []
    columns += [(name, _WIDTH) for name in (*numbers, "# of Calls")]
    if any(event.input_shapes for event in events):
        shapes = _room([str(event.input_shapes) for event in events], shapes_limit)
        columns.append(("Input Shapes", shapes))
    sources = [line for event in events for line in event.stack or ()]
    if sources:
        columns.append(("Source Location", _room(sources, source_limit)))
    if counted:
        columns.append((f"Total {_FLOPS[power]}", _WIDTH))
    widths = [width for _, width in columns]

    def row(event: Any) -> list[str]:
        cells = [
            _cut(event.key, name_limit),
            format_time_share(event.self_cpu_time_total, total),
            format_time(event.self_cpu_time_total, time_unit),
            format_time_share(event.cpu_time_total, total),
            format_time(event.cpu_time_total, time_unit),
            format_time(event.cpu_time, time_unit),
        ]
        if profile_memory:
            cells += map(format_memory, (event.cpu_memory_usage, event.self_cpu_memory_usage))
        cells.append(str(event.count))
        for name, width in columns[len(cells) :]:
            if name == "Input Shapes":
                cells.append(str(event.input_shapes)[:width])
            elif name == "Source Location":
                cells.append(_end((event.stack or [""])[0], width))
            else:
                cells.append(f"{event.flops / 1000**power:8.3f}" if event.flops > 0 else "--")
        return cells

    rule = _GAP.join("-" * width for width in widths) + _GAP
    top = "=" * len(rule.rstrip())
    lines = [top, header] if header is not None else []
    lines += [top, "This report only display top-level ops statistics"] * top_level_events_only
    names = [name for name, _ in columns]
    place = names.index("Source Location") if sources else -1
    lines += [rule, _line(names, widths, place), rule]
    shown = [e for e in events if not (top_level_events_only and e.cpu_parent is not None)]
    for event in shown[: row_limit if row_limit >= 0 else None]:
        lines.append(_line(row(event), widths, place))
        if sources:
            for source in [*(event.stack or [])[1:], ""]:
                below = [""] * len(columns)
                below[place] = _end(source, widths[place])
                lines.append(_line(below, widths, place))
    return "\n".join([*lines, rule, f"Self CPU time total: {format_time(total, time_unit)}", ""])


def _room(texts: list[str], limit: int) -> int:
    """Return the width of a column for some texts."""
    return min(max(map(len, texts)) + _MARGIN, limit)


def _cut(text: str, width: int) -> str:
    return text if len(text) < width - 3 else text[: width - 3] + "..."


def _end(text: str, width: int) -> str:
    return text if len(text) <= width else "..." + text[len(text) - width + 3 :]


def _line(cells: list[str], widths: list[int], left: int) -> str:
    """Return a line of the table; the column with the number `left` begins at its left."""
    placed = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
    if left >= 0:
        placed[left] = cells[left].ljust(widths[left])
    return "".join(cell + _GAP for cell in placed)
