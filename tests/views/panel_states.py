"""Made-up states of the panel protocol, in the shape that a recorder sends."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nb.observe.graph import Graph, GraphEdge, GraphNode, Saved, Site, Stat
from autograd_nb.views.layout import layout

LINES = [
    "%%autograd",
    "x = torch.randn(8, 3)  # data",
    "w = torch.randn(3, 4, requires_grad=True)",
    "b = torch.zeros(4, requires_grad=True)",
    "h = torch.tanh(x @ w + b)",
    'h.register_hook(lambda g: g.clamp(-1, 1), "clip")',
    "for step in range(3):",
    "    loss = h.pow(2).mean() + 0.1 * w.pow(2).sum()",
    "loss.backward()",
]


def stat(*shape: int, scale: float = 1.0, seed: int = 0, nan: bool = False) -> dict[str, Any]:
    array = np.random.default_rng(seed).normal(size=shape).astype(np.float32) * scale
    if nan:
        array = np.where(array > 0.5 * scale, np.nan, array)
    return Stat.of(array).to_json()


def site(line: int) -> Site:
    return Site("In[3]", line, source=LINES[line - 1].strip())


def small_graph(weight: str = "w", names: tuple[str, ...] = ("loss",)) -> dict[str, Any]:
    """``(tanh(x @ w + b) ** 2).mean() + 0.1 * (w ** 2).sum()``."""

    def op(
        number: int, label: str, line: int, shape: tuple[int, ...], names: tuple[str, ...] = (),
        formula: str = "", saved: tuple[Saved, ...] = (), hooks: int = 0,
    ) -> GraphNode:  # fmt: skip
        name = f"{label.capitalize()}Backward0"
        return GraphNode(
            number, "op", name, label, names, shape, "torch.float32", site(line), formula, saved,
            hooks,
        )  # fmt: skip

    def leaf(number: int, name: str, which: int, shape: tuple[int, ...]) -> GraphNode:
        return GraphNode(
            number, "leaf", "AccumulateGrad", name, (name,), shape, "torch.float32", leaf=which
        )

    kept = Saved("result", (8, 4), "torch.float32", "freed", "freed by backward, In[3] line 9")
    changed = Saved("self", (3, 4), "torch.float32", "overwritten", "w.add_(1) in In[4] line 2")
    nodes = (
        op(1, "mm", 5, (8, 4),
           formula="grad_self = mm(grad_output, t(mat2))\ngrad_mat2 = mm(t(self), grad_output)",
           saved=(Saved("self", (8, 3), "torch.float32"),)),
        op(2, "add", 5, (8, 4), formula="grad_self = grad_output\ngrad_other = grad_output"),
        op(3, "tanh", 5, (8, 4), ("h",), hooks=1, saved=(kept,),
           formula="grad_self = grad_output * (1 - conj(result * result))"),
        op(4, "pow", 8, (8, 4), saved=(changed,),
           formula="grad_self = grad_output * (exponent * self ** (exponent - 1))"),
        op(5, "mean", 8, ()),
        op(6, "pow", 8, (3, 4)),
        op(7, "sum", 8, ()),
        op(8, "mul", 8, ()),
        op(9, "add", 8, (), names),
        leaf(10, weight, 0, (3, 4)),
        leaf(11, "b", 1, (4,)),
        leaf(12, weight, 0, (3, 4)),
    )  # fmt: skip
    pairs = [
        (10, 1, 1, (3, 4)), (1, 2, 0, (8, 4)), (11, 2, 1, (4,)), (2, 3, 0, (8, 4)),
        (3, 4, 0, (8, 4)), (4, 5, 0, (8, 4)), (5, 9, 0, ()), (12, 6, 0, (3, 4)), (6, 7, 0, (3, 4)),
        (7, 8, 0, ()), (8, 9, 1, ()),
    ]  # fmt: skip
    edges = tuple(GraphEdge(i + 1, *pair) for i, pair in enumerate(pairs))
    return {
        **layout(Graph(nodes, edges, (9,), key=7)).to_json(),
        "scopes": [
            scope("net", "module", "net", 1, 2, 3, 10, 11),
            scope("net.linear", "module", "net.linear", 1, 2, 10, 11, parent="net"),
            scope("In[3]:8", "line", "line 8", 4, 5, 6, 7, 8, 9, 12),
        ],
        "collapsed": [],
    }


def scope(
    name: str, kind: str, label: str, *nodes: int, times: int = 1, parent: str | None = None
) -> dict[str, Any]:
    return {
        "id": name, "kind": kind, "label": label, "times": times, "nodes": list(nodes),
        "parent": parent,
    }  # fmt: skip


def small_pass(number: int, nan: bool = False) -> dict[str, Any]:
    one = stat(seed=1)
    one.update(norm=1.0, min=1.0, max=1.0, mean=1.0, values=[1.0])
    clipped = {
        "kind": "tensor", "target": "h", "fn": "<lambda>", "cell": "In[3]", "line": 6,
        "source": LINES[5], "before": stat(8, 4, scale=0.3, seed=4),
        "after": stat(8, 4, scale=0.2, seed=4), "effect": "replaced",
    }  # fmt: skip

    def run(node: int, received: list[Any], sent: list[tuple[int | None, Any]], **more: Any) -> Any:
        step = {"node": node, "received": received, "hooks": [], "accumulate": None}
        return {**step, "sent": [{"edge": e, "stat": s} for e, s in sent], **more}

    def arrive(node: int, leaf: int, *shape: int, scale: float) -> Any:
        got = stat(*shape, scale=scale, seed=leaf + 10, nan=nan and leaf == 0)
        grad = stat(*shape, scale=scale * number, seed=leaf + 10, nan=nan and leaf == 0)
        accumulate = {"leaf": leaf, "incoming": got, "grad": grad}
        return run(node, [got], [], accumulate=accumulate)

    tanh_in, tanh_out = stat(8, 4, scale=0.2, seed=4), stat(8, 4, scale=0.12, seed=5)
    weight = stat(3, 4, scale=0.4, seed=6, nan=nan)
    steps = [
        run(9, [one], [(7, one), (11, one)]),
        run(8, [one], [(10, stat(scale=0.1))]),
        run(7, [stat(scale=0.1)], [(9, stat(3, 4, scale=0.1))]),
        run(6, [stat(3, 4, scale=0.1)], [(8, stat(3, 4, scale=0.05, seed=9))]),
        run(5, [one], [(6, stat(8, 4, scale=0.03))]),
        run(4, [stat(8, 4, scale=0.03)], [(5, stat(8, 4, scale=0.3, seed=4))]),
        run(3, [tanh_in], [(4, tanh_out)], hooks=[clipped]),
        run(2, [tanh_out], [(2, tanh_out), (3, stat(4, scale=0.6, seed=7))]),
        arrive(11, 1, 4, scale=0.6),
        run(1, [tanh_out], [(None, None), (1, weight)]),
        arrive(10, 0, 3, 4, scale=0.4),
    ]
    line = 9
    return {
        "id": number, "cell": "In[3]", "line": line, "source": "loss.backward()", "steps": steps,
        "error": None,
    }  # fmt: skip


def small_state(state: str = "done", passes: int = 3, nan: bool = False) -> dict[str, Any]:
    """Everything that a cell with two leaves, one hook and some passes would send."""
    ledger = []
    for number in range(1, passes + 1):
        if number > 1:
            ledger.append(
                {"kind": "zeroed", "pass": None, "cell": "In[3]", "line": 7, "incoming": None,
                 "norm_after": 0.0})  # fmt: skip
        ledger.append(
            {"kind": "backward", "pass": number, "cell": "In[3]", "line": 9,
             "incoming": stat(3, 4, scale=0.4 / number, seed=10, nan=nan and number == passes),
             "norm_after": 1.3 / number})  # fmt: skip
    leaves = [
        {
            "id": 0, "name": "w", "shape": [3, 4], "dtype": "torch.float32",
            "grad": stat(3, 4, scale=0.4, seed=10, nan=nan), "ledger": ledger,
            "norms": [1.31 / (k + 1) for k in range(30)], "contributions": passes,
            "ratio": 0.00123, "flags": ["exploding"],
        },
        {
            "id": 1, "name": "b", "shape": [4], "dtype": "torch.float32",
            "grad": stat(4, scale=0.6, seed=11), "ledger": ledger[:1], "contributions": passes,
            "norms": [1.2, 1.1, "nan", 1.4, 1.0, 0.7, 0.6],
        },
        {
            "id": 2, "name": "scale", "shape": [], "dtype": "torch.float32", "grad": None,
            "ledger": [], "norms": [], "contributions": 0,
            "ratio": None, "flags": ["dead"],
        },
    ]  # fmt: skip
    common = {"cell": "In[3]", "removed": False, "duplicate": False}
    hooks = [
        {
            "id": 1, "kind": "tensor", "target": "h", "fn": "<lambda>", "line": 6, **common,
            "source": LINES[5], "fired": passes, "order": 1,
            "before": stat(8, 4, scale=0.3, seed=4), "after": stat(8, 4, scale=0.2, seed=4),
            "effect": "replaced",
        },
        {
            "id": 2, "kind": "post_accumulate", "target": "w", "fn": "report", "line": 7, **common,
            "source": "w.register_post_accumulate_grad_hook(report)", "fired": 1, "order": 2,
            "before": stat(3, 4, scale=0.4, seed=10), "after": stat(3, 4, scale=0.4, seed=10),
            "effect": "kept", "duplicate": True,
        },
        {
            "id": 3, "kind": "node_pre", "target": "MulBackward0", "fn": "probe", "line": 8,
            **common, "source": "loss.grad_fn.register_prehook(probe)", "fired": 0, "order": None,
            "before": None, "after": None, "effect": "none yet", "removed": True,
        },
        {
            "id": 4, "kind": "saved_tensors", "target": "lines 5\u20137", "fn": "pack, unpack",
            "line": 5, **common, "source": "with saved_tensors_hooks(pack, unpack):", "fired": 5,
            "order": None, "before": None, "after": None, "effect": "replaced", "removed": True,
            "packs": 3, "unpacks": 2,
        },
    ]  # fmt: skip
    return {
        "status": {
            "state": state, "elapsed": 0.284, "ops": 9, "passes": passes, "message": "",
            "cell": "In[3]", "tracked": {"name": "loss", "values": [3.0, 2.0, "nan", 1.5, 1.25]},
            "not_finite": {"what": "loss", "pass": 1, "cell": "In[3]", "line": 9},
        },
        "source": {"cell": "In[3]", "lines": LINES},
        "graph": small_graph(),
        "tape": {
            "passes": [small_pass(k, nan and k == passes) for k in range(1, passes + 1)],
            "dropped": 0,
        },
        "leaves": leaves,
        "hooks": hooks,
        "loss": {"name": "loss", "points": [[k * k, 3.0 / (k + 1)] for k in range(40)]},
        "stepper": None,
    }  # fmt: skip


def large_state(count: int) -> dict[str, Any]:
    """Blocks of eight operations with a residual edge and a weight each, and one pass."""
    nodes: list[GraphNode] = []
    edges: list[GraphEdge] = []

    def node(kind: str, name: str, label: str, *names: str, leaf: int | None = None) -> int:
        number = len(nodes) + 1
        where = None if kind == "leaf" else site(2 + number % 7)
        nodes.append(
            GraphNode(number, kind, name, label, names, (64, 64), "torch.float32", where, leaf=leaf)
        )
        return number

    def join(src: int, dst: int, nr: int = 0) -> None:
        edges.append(GraphEdge(len(edges) + 1, src, dst, nr, (64, 64)))

    last = node("leaf", "AccumulateGrad", "x", "x", leaf=0)
    block = 0
    while len(nodes) < count:
        block += 1
        begin = last
        weight = node("leaf", "AccumulateGrad", f"w{block}", f"w{block}", leaf=block)
        for position, label in enumerate(["mm", "add", "tanh", "mul", "mm", "sigmoid", "sub"]):
            step = node("op", f"{label.capitalize()}Backward0", label)
            join(last, step)
            if position == 0:
                join(weight, step, 1)
            last = step
        merged = node("op", "AddBackward0", "add", f"h{block}")
        join(last, merged)
        join(begin, merged, 1)
        last = merged
    sends: dict[int, list[GraphEdge]] = {}
    for edge in edges:
        sends.setdefault(edge.dst, []).append(edge)
    one = stat(scale=1.0)
    sizes = [{**one, "norm": 10.0 ** (k / 4 - 2)} for k in range(16)]
    steps = [
        {
            "node": item.id, "received": [sizes[item.id % 16]], "hooks": [], "accumulate": None,
            "sent": [{"edge": e.id, "stat": sizes[e.id % 16]} for e in sends.get(item.id, [])],
        }
        for item in reversed(nodes)
        if item.kind == "op"
    ]  # fmt: skip
    state = small_state()
    state["graph"] = {
        **layout(Graph(tuple(nodes), tuple(edges), (last,), key=count)).to_json(),
        "scopes": [
            scope(f"block{k}", "block", f"block{k}", *range(2 + 9 * k, 11 + 9 * k), times=8)
            for k in range(block)
        ],
        "collapsed": [],
    }
    state["tape"] = {
        "passes": [
            {"id": 1, "cell": "In[3]", "line": 9, "source": "loss.backward()", "steps": steps,
             "error": None}
        ],
        "dropped": 0,
    }  # fmt: skip
    state["status"] = {**state["status"], "ops": count, "passes": 1}
    return state
