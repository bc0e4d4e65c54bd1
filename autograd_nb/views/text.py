"""Graphs, gradients and hooks as plain text: the same text for the same data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd_nb.views.prune import readable
from autograd_nb.views.svg import shape_text

if TYPE_CHECKING:
    from autograd_nb.observe.graph import Graph, GraphNode

TEXT_LIMIT = 200
DEEP = 10
"""Levels of a tree that can still be followed by eye."""
SPARKS = "▁▂▃▄▅▆▇█"


def graph_text(graph: Graph, limit: int = TEXT_LIMIT) -> str:
    """Draw a graph as a tree: the loss first, what it was computed from below it.

    Parameters
    ----------
    graph : Graph
    limit : int, default 200
        Lines; a longer graph has its parts closed, and the last line says how many boxes are
        left out where that is not enough.

    Returns
    -------
    str
        A result that is used several times is drawn once and named ``[n]`` where it comes again;
        a chain of one-input operations is not indented, and neither is the longest chain of a
        deep graph, such as a loop over time.
    """
    shown = readable(graph, limit)
    nodes = {node.id: node for node in shown.nodes}
    inputs: dict[int, list[int]] = {}
    uses: dict[int, int] = {}
    for edge in sorted(shown.edges, key=lambda edge: (edge.dst, edge.nr)):
        inputs.setdefault(edge.dst, []).append(edge.src)
        uses[edge.src] = uses.get(edge.src, 0) + 1
    roots = [root for root in shown.roots if root in nodes]
    roots = roots or [node.id for node in shown.nodes if node.id not in uses]
    marks = _marks(roots, inputs, uses, nodes)
    levels = _levels(roots, inputs)
    rows: list[tuple[str, GraphNode, bool]] = []
    met: set[int] = set()
    stack = [(root, "", "") for root in reversed(roots)]
    while stack:
        place, lead, below = stack.pop()
        again = place in met
        rows.append((lead, nodes[place], again))
        if again:
            continue
        met.add(place)
        branches, straight = inputs.get(place, []), False
        if len(branches) == 1 or any(levels[source][0] > DEEP for source in branches):
            # A long chain goes straight down; what joins it stands beside it, before it.
            trunk = max(branches, key=lambda source: levels[source][1])
            branches = [source for source in branches if source != trunk]
            stack.append((trunk, below, below))
            straight = True
        for position, source in reversed(list(enumerate(branches))):
            last = not straight and position == len(branches) - 1
            stack.append(
                (source, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "))
            )
    lines = _aligned([_graph_row(lead, node, again, marks) for lead, node, again in rows])
    if shown.hidden:
        lines.append(f"… {shown.hidden} more not drawn")
    return "\n".join(lines)


def _levels(roots: list[int], inputs: dict[int, list[int]]) -> dict[int, tuple[int, int]]:
    """Count the levels of indentation below each node.

    First if every branch is indented; then if the one that needs most goes straight down, which
    is the Strahler number of the node: it grows with the logarithm of the size only.
    """
    levels: dict[int, tuple[int, int]] = {}
    stack = [(root, False) for root in roots]
    while stack:
        place, done = stack.pop()
        sources = inputs.get(place, [])
        if done and sources:
            deep = max(levels[source][0] for source in sources)
            most, *others = sorted((levels[source][1] for source in sources), reverse=True)
            levels[place] = deep + bool(others), max([most, *(1 + other for other in others[:1])])
        elif place not in levels:
            levels[place] = 0, 0
            stack.append((place, True))
            stack.extend((source, False) for source in sources)
    return levels


def _marks(
    roots: list[int], inputs: dict[int, list[int]], uses: dict[int, int], nodes: Mapping[int, Any]
) -> dict[int, int]:
    """Give numbers to the results that are used more than once, in the order of drawing."""
    marks: dict[int, int] = {}
    met: set[int] = set()
    stack = list(reversed(roots))
    while stack:
        place = stack.pop()
        if uses.get(place, 0) > 1 and nodes[place].kind == "op":
            marks.setdefault(place, len(marks) + 1)
        if place not in met:
            met.add(place)
            stack.extend(reversed(inputs.get(place, [])))
    return marks


def _graph_row(
    lead: str, node: GraphNode, again: bool, marks: Mapping[int, int]
) -> tuple[str, str, str]:
    mark = f" [{marks[node.id]}]" if node.id in marks else ""
    names = ", ".join(node.vars)
    if node.kind == "leaf":
        text = f"{lead}{node.label}" + (f" ({names})" if names and names != node.label else "")
        return text, _form(node), "leaf"
    if node.kind == "scope" and not again:
        return f"{lead}{node.label}{mark}", f"{node.count:,} nodes", f"{node.site or ''}"
    if again:
        return f"{lead}{names or node.label}{mark}", "", "see above"
    text = f"{lead}{names} = {node.name}{mark}" if names else f"{lead}{node.name}{mark}"
    where = "" if node.site is None else f"{node.site}"
    return text, _form(node), where


def _form(node: GraphNode) -> str:
    if node.shape is None:
        return node.dtype
    return f"({', '.join(str(n) for n in node.shape)}) {node.dtype}".rstrip()


def _aligned(rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> list[str]:
    """Set rows in columns, two spaces apart, without blanks at the ends of lines."""
    whole = [header, *rows] if header else list(rows)
    if not whole:
        return []
    widths = [max(len(row[column]) for row in whole) for column in range(len(whole[0]))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in whole
    ]


def grads_text(leaves: Sequence[Mapping[str, Any]]) -> str:
    """Tabulate the gradients of leaves.

    Parameters
    ----------
    leaves : sequence of mapping
        The ``leaves`` trait of the panel protocol.

    Returns
    -------
    str
    """
    rows = []
    for leaf in leaves:
        grad = leaf["grad"]
        shape = shape_text(leaf["shape"]) or "scalar"
        if grad is None:
            added, note = str(leaf["contributions"]), leaf.get("note", "")
            rows.append((leaf["name"], shape, "None", "", "", "", added, note))
            continue
        odd = [f"{grad[word]} {word}" for word in ("nan", "inf") if grad[word]]
        rows.append(
            (
                leaf["name"],
                shape,
                number(grad["norm"]),
                number(grad["min"]),
                number(grad["max"]),
                ", ".join(odd) or "ok",
                str(leaf["contributions"]),
                leaf.get("note") or sparkline(leaf["norms"]),
            )
        )
    if not rows:
        return "no leaf has been reached by backward"
    header = ("leaf", "shape", "|grad|", "min", "max", "finite", "added", "norms")
    return "\n".join(_aligned(rows, header))


def broken_text(broken: Mapping[str, Any] | None) -> str:
    """Say where a loop met the first number that is not finite.

    Parameters
    ----------
    broken : mapping or None
        Of the ``status`` trait of the panel protocol.

    Returns
    -------
    str
        Empty where all were finite.
    """
    if broken is None:
        return ""
    where = "" if broken["line"] is None else f", {broken['cell']} line {broken['line']}"
    return f"first not finite: the {broken['what']} of pass {broken['pass']}{where}"


def ledger_text(leaves: Sequence[Mapping[str, Any]], limit: int = 12) -> str:
    """List what happened to each leaf's gradient, in order.

    Parameters
    ----------
    leaves : sequence of mapping
        The ``leaves`` trait of the panel protocol.
    limit : int, default 12
        The last rows of each leaf that are shown; how many came before is said.

    Returns
    -------
    str
    """
    words = {"backward": "added", "zeroed": "zeroed", "cleared": "set to None"}
    words |= {"renewed": "a new tensor", "passes": "added"}
    rows = []
    for leaf in leaves:
        name = leaf["name"]
        before = max(len(leaf["ledger"]) - limit, 0)
        if before:
            rows.append((name, f"{before} earlier", "", "", "", ""))
            name = ""
        for row in leaf["ledger"][before:]:
            span = "" if row["pass"] is None else f"pass {row['pass']}"
            if row["kind"] == "passes":
                span = f"passes {row['pass']} to {row['last']}"
            rows.append(
                (
                    name,
                    words.get(row["kind"], row["kind"]),
                    span,
                    _coming(row),
                    "" if row["norm_after"] is None else f"|grad| {number(row['norm_after'])}",
                    "" if row["cell"] is None else f"{row['cell']} line {row['line']}",
                )
            )
            name = ""
    if not rows:
        return "nothing has happened to a gradient"
    return "\n".join(_aligned(rows))


def _coming(row: Mapping[str, Any]) -> str:
    if row["kind"] == "passes":
        cleared = f", cleared {row['clearings']}×" if row["clearings"] else ""
        return f"{row['passes']} not measured{cleared}"
    return "" if row["incoming"] is None else f"|+| {number(row['incoming']['norm'])}"


def hooks_text(hooks: Sequence[Mapping[str, Any]], ids: bool = False) -> str:
    """Tabulate hooks.

    Parameters
    ----------
    hooks : sequence of mapping
        The ``hooks`` trait of the panel protocol.
    ids : bool, default False
        Begin with the number of each hook, by which it can be removed; it depends on what ran
        before.

    Returns
    -------
    str
    """
    rows = []
    for hook in hooks:
        pair = hook["kind"] == "saved_tensors"
        over = "block left" if pair else "removed"
        notes = ["duplicate"] * hook["duplicate"] + [over] * hook["removed"]
        change = ""
        if hook["before"] is not None and hook["after"] is not None:
            change = f"{number(hook['before']['norm'])} → {number(hook['after']['norm'])}"
        rows.append(
            (
                *((str(hook["id"]),) if ids else ()),
                hook["target"],
                hook["kind"],
                hook["fn"],
                f"{hook['packs']} packed, {hook['unpacks']} unpacked"
                if pair
                else f"{hook['fired']}×",
                "" if hook["order"] is None else f"#{hook['order']}",
                hook["effect"],
                change,
                "" if hook["cell"] is None else f"{hook['cell']} line {hook['line']}",
                ", ".join(notes),
            )
        )
    if not rows:
        return "no hook has been seen"
    header = ("on", "kind", "function", "fired", "order", "effect", "|grad|", "from", "")
    return "\n".join(_aligned(rows, ("id", *header) if ids else header))


def step_text(name: str, step: Mapping[str, Any], last: Any, leaves: Sequence[Any]) -> str:
    """Tell where a paused pass stands.

    Parameters
    ----------
    name : str
        What is differentiated.
    step : mapping
        The ``stepper`` trait of the panel protocol.
    last : mapping or None
        The last step of the tape: what the node that waits has received.
    leaves : sequence of mapping
        The ``leaves`` trait.

    Returns
    -------
    str
    """
    told = [f"backward of {name}: {step['message']}"]
    if step["state"] == "paused" and last is not None:
        told.append(f"received {', '.join(_received(stat) for stat in last['received'])}")
    if leaves:
        told.append(grads_text(leaves))
    return "\n".join(told)


def memory_text(graphs: Sequence[Mapping[str, Any]]) -> str:
    """Tell which graphs are alive, and who holds them.

    Parameters
    ----------
    graphs : sequence of mapping
        JSON of ``observe.memory.LiveGraphs``.

    Returns
    -------
    str
    """
    if not graphs:
        return "no graph is alive"
    count, alone = sum(graph["count"] for graph in graphs), sum(graph["alone"] for graph in graphs)
    noun = "1 graph is" if count == 1 else f"{count:,} graphs are"
    told = [f"{noun} alive; freeing {'it' if count == 1 else 'them'} gives back {size_text(alone)}"]
    for graph in graphs:
        what = "a graph" if graph["count"] == 1 else f"{graph['count']:,} graphs"
        nodes = f"{graph['nodes']:,} node{'' if graph['nodes'] == 1 else 's'}"
        saved = f"{'saves' if graph['count'] == 1 else 'save'} {size_text(graph['saved'])}"
        if graph["alone"] != graph["saved"]:
            saved += f", of which {size_text(graph['saved'] - graph['alone'])} are leaves and data"
        if graph["packed"]:
            saved += f", and {graph['packed']} packed by hooks"
        rows = [("held by", holder["path"], holder["cure"]) for holder in graph["holders"]]
        if graph["more"]:
            rows.append(("", f"and {graph['more']} more", ""))
        rows += [("saved by", one["name"], size_text(one["bytes"])) for one in graph["by_node"][:4]]
        rows += [
            (f"{one['cell']} line {one['line']}", one["source"], size_text(one["bytes"]))
            for one in graph["by_line"][:4]
            if one["cell"] is not None
        ]
        told += ["", f"{what} of {nodes} {saved}", *(f"  {row}" for row in _aligned(rows))]
    return "\n".join(told)


def size_text(count: int) -> str:
    """Write a number of bytes in at most four digits.

    Parameters
    ----------
    count : int

    Returns
    -------
    str
        ``"512 B"``, ``"1.5 MiB"``.
    """
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1024
    return f"{size:.4g} GiB"


def _received(stat: Mapping[str, Any] | None) -> str:
    if stat is None:
        return "nothing"
    form = f"{shape_text(stat['shape']) or 'scalar'} {stat['dtype']}"
    return f"{form}, |grad| {number(stat['norm'])}"


def number(value: float | str | None) -> str:
    """Write a number in at most four significant digits.

    Parameters
    ----------
    value : float, str or None
        ``"nan"`` and ``"inf"`` stand for themselves.

    Returns
    -------
    str
    """
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.4g}"


def sparkline(values: Sequence[float | str | None], width: int = 20) -> str:
    """Draw the last of some numbers as a row of bars.

    Parameters
    ----------
    values : sequence of float, str or None
        What is no number is drawn as ``!``.
    width : int, default 20

    Returns
    -------
    str
    """
    last = list(values)[-width:]
    finite = [float(value) for value in last if isinstance(value, int | float)]
    if len(last) < 2 or not finite:
        return ""
    low, high = min(finite), max(finite)
    # Differences in the last digits are no change.
    span = max(high - low, abs(high) * 1e-3, abs(low) * 1e-3) or 1.0
    return "".join(
        SPARKS[round((float(value) - low) / span * (len(SPARKS) - 1))]
        if isinstance(value, int | float)
        else "!"
        for value in last
    )
