"""Graphs that layers record: nodes and their edges, in PyTorch's order."""

from __future__ import annotations

from typing import Any


def _show(title: str, *results: Any) -> None:
    """Print a graph depth first: a number, a name and the edges of each node."""
    numbers: dict[Any, int] = {}
    lines: list[str] = []

    def visit(node: Any) -> str:
        if node is None:
            return "-"
        if node not in numbers:
            place = numbers[node] = len(numbers)
            lines.append("")
            edges = [f"{visit(target)}:{nr}" for target, nr in node.next_functions]
            name = node.name().removeprefix("torch::autograd::")
            lines[place] = f"{place} {name}({' '.join(edges)})"
        return str(numbers[node])

    roots = [visit(result.grad_fn) for result in results if result is not None]
    print(title, *roots)
    print("\n".join(lines))


def attention(torch: Any) -> None:
    for options in ({}, {"bias": False}, {"batch_first": True}, {"add_bias_kv": True}):
        for weights in (True, False):
            layer = torch.nn.MultiheadAttention(8, 2, **options)
            x, y, z = (torch.ones(2, 3, 8, requires_grad=True) for _ in range(3))
            for given in ((x, x, x), (x, y, y), (x, x, y), (x, y, z)):
                _show(f"{options} {weights}", *layer(*given, need_weights=weights))


def attention_with_masks(torch: Any) -> None:
    layer = torch.nn.MultiheadAttention(8, 2)
    x = torch.ones(3, 2, 8, requires_grad=True)
    hidden = torch.tensor([[False, False, True], [False, False, False]])
    for weights in (True, False):
        for mask in (
            torch.zeros(3, 3),
            torch.zeros(3, 3, requires_grad=True),
            torch.zeros(4, 3, 3),
        ):
            _show("mask", *layer(x, x, x, attn_mask=mask, need_weights=weights))
        _show("padding", *layer(x, x, x, key_padding_mask=hidden, need_weights=weights))
        one = x[:, 0]
        _show("one example", *layer(one, one, one, need_weights=weights))


def transformer_layers(torch: Any) -> None:
    for norm_first in (True, False):
        for dropout in (0.0, 0.1):
            x = torch.ones(2, 3, 8, requires_grad=True)
            options = {"dropout": dropout, "norm_first": norm_first}
            _show("encoder", torch.nn.TransformerEncoderLayer(8, 2, 16, **options)(x))
            _show("decoder", torch.nn.TransformerDecoderLayer(8, 2, 16, **options)(x, x))


def recurrent_cells(torch: Any) -> None:
    for kind in ("RNNCell", "LSTMCell", "GRUCell"):
        for shape in ((2, 4), (4,)):
            found = getattr(torch.nn, kind)(4, 5)(torch.ones(shape, requires_grad=True))
            _show(kind, *(found if isinstance(found, tuple) else (found,)))


def losses(torch: Any) -> None:
    x, y, z = (torch.ones(2, 3, requires_grad=True) for _ in range(3))
    _show("triplet", torch.nn.TripletMarginWithDistanceLoss()(x, y, z))
    layer = torch.nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2, 4])
    _show("adaptive", *layer(torch.ones(3, 4, requires_grad=True), torch.tensor([0, 3, 5])))
