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


def _recurrent_layers(torch: Any) -> Any:
    """Yield layers in double precision, which PyTorch does not hand to oneDNN."""
    for kind in ("RNN", "LSTM", "GRU"):
        for options in ({}, {"bidirectional": True}, {"num_layers": 2}, {"bias": False}):
            yield kind, options, getattr(torch.nn, kind)(3, 4, **options, dtype=torch.float64)


def _flat(state: Any) -> Any:
    return state if isinstance(state, tuple) else (state,)


def recurrent_layers(torch: Any) -> None:
    for kind, options, layer in _recurrent_layers(torch):
        x = torch.ones(3, 2, 3, dtype=torch.float64, requires_grad=True)
        output, state = layer(x)
        _show(f"{kind} {options}", output, *_flat(state))
    for kind in ("RNN", "LSTM", "GRU"):
        layer = getattr(torch.nn, kind)(3, 4, batch_first=True, dtype=torch.float64)
        rows = torch.ones(1, 2, 4, dtype=torch.float64, requires_grad=True)
        output, state = layer(x.transpose(0, 1), (rows, rows * 2) if kind == "LSTM" else rows)
        _show(f"{kind} batch first", output, *_flat(state))
        output, state = layer(x[:, 0])
        _show(f"{kind} one example", output, *_flat(state))


def recurrent_layers_of_packed_sequences(torch: Any) -> None:
    rnn = torch.nn.utils.rnn
    for kind, options, layer in _recurrent_layers(torch):
        x = torch.ones(4, 3, 3, dtype=torch.float64, requires_grad=True)
        output, state = layer(rnn.pack_padded_sequence(x, [1, 4, 2], enforce_sorted=False))
        _show(f"{kind} {options}", output.data, *_flat(state))
        _show("padded", rnn.pad_packed_sequence(output, batch_first=True, total_length=5)[0])


def no_time_at_all(torch: Any) -> None:
    try:
        torch.nn.GRU(3, 4)(torch.ones(0, 2, 3))
    except RuntimeError as error:
        print(error)


def losses(torch: Any) -> None:
    x, y, z = (torch.ones(2, 3, requires_grad=True) for _ in range(3))
    _show("triplet", torch.nn.TripletMarginWithDistanceLoss()(x, y, z))
    layer = torch.nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2, 4])
    _show("adaptive", *layer(torch.ones(3, 4, requires_grad=True), torch.tensor([0, 3, 5])))


def normalizations(torch: Any) -> None:
    for shape in ((2, 4, 3), (2, 4, 3, 3), (1, 4, 2, 2, 2)):
        x = torch.ones(shape, requires_grad=True)
        _show(f"local response {shape}", torch.nn.LocalResponseNorm(2)(x))
    for wrap in (torch.nn.utils.spectral_norm, torch.nn.utils.parametrizations.spectral_norm):
        for make in (lambda: torch.nn.Linear(3, 4), lambda: torch.nn.ConvTranspose1d(3, 4, 2)):
            layer = wrap(make())
            _show("spectral", layer(torch.ones(3, 3, requires_grad=True)))


def powers(torch: Any) -> None:
    x = torch.ones(3, dtype=torch.float64, requires_grad=True)
    _show("vander", torch.vander(x))
    _show("float power", torch.float_power(x, 2), torch.float_power(x.float(), x))
    print(hasattr(x, "rsub"))
