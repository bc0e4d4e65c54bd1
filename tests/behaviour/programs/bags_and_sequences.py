"""Bags of embeddings, packed sequences and dropout of channels: what is refused, and corners."""

from __future__ import annotations

from typing import Any

from tests.behaviour.helpers import attempt, warned


def bags_refused(torch: Any) -> None:
    bag, weight = torch.nn.functional.embedding_bag, torch.ones(5, 3)
    rows, starts = torch.tensor([0, 1, 2, 3]), torch.tensor([0, 2])
    for mode in ("sum", "mean", "max"):
        for wrong in (5, -1):
            attempt(lambda: bag(torch.tensor([0, wrong]), weight, starts, mode=mode))  # noqa: B023
        attempt(lambda: bag(torch.tensor([[5]]), weight, mode=mode, padding_idx=0))  # noqa: B023
    for offsets in ([0, 5], [[0]], [0.0]):
        attempt(lambda: bag(rows, weight, torch.tensor(offsets)))  # noqa: B023
    for padding in (5, -6, 4):
        attempt(lambda: bag(rows, weight, starts, padding_idx=padding))  # noqa: B023
    attempt(lambda: bag(rows, weight, starts[:0], include_last_offset=True))
    attempt(lambda: bag(rows.float(), weight, starts))
    attempt(lambda: bag(rows, weight.long(), starts))
    attempt(lambda: bag(rows.reshape(2, 2), torch.ones(3)))
    for factors in (torch.ones(4).double(), torch.ones(3), torch.ones(2, 2)):
        attempt(lambda: bag(rows, weight, starts, per_sample_weights=factors, mode="sum"))  # noqa: B023
    warned(lambda: attempt(lambda: bag(weight, rows, starts)))
    print(bag(rows, weight, starts[:0]).shape)


def bags_from_tables(torch: Any) -> None:
    table = torch.arange(6.0).reshape(3, 2)
    layer = torch.nn.EmbeddingBag.from_pretrained(table, mode="sum", padding_idx=-1)
    print(layer, layer.weight, layer(torch.tensor([[0, 1], [1, 2]])))
    print(torch.nn.EmbeddingBag.from_pretrained(table, freeze=False).weight.requires_grad)
    attempt(lambda: torch.nn.EmbeddingBag.from_pretrained(table[0]))


def packing_refused(torch: Any) -> None:
    rnn = torch.nn.utils.rnn
    for shape, lengths in (
        ((0, 0), []),
        ((0, 1), [1]),
        ((2, 2), [[1, 1]]),
        ((3, 2), []),
        ((2, 2), [2]),
        ((2, 2), [1, 2]),
        ((2, 2), [2, 0]),
        ((2, 2), [3, 1]),
    ):
        attempt(lambda: rnn.pack_padded_sequence(torch.ones(shape), lengths))  # noqa: B023
    attempt(lambda: rnn.pad_sequence(5))
    attempt(lambda: rnn.pad_sequence([]))
    attempt(lambda: rnn.pad_sequence([torch.ones(2)], padding_side="middle"))


def packed_sequences(torch: Any) -> None:
    rnn = torch.nn.utils.rnn
    packed = rnn.pack_sequence([torch.ones(1), torch.arange(3.0)], enforce_sorted=False)
    print(packed.to("cpu") is packed, packed.float() is packed, packed.cpu() is packed)
    for name in ("half", "double", "long", "int", "short", "char", "byte"):
        print(getattr(packed, name)())
    print(packed.cpu(dtype=torch.float64).data.dtype)
    print(rnn.unpack_sequence(packed))


def channels_dropped(torch: Any) -> None:
    functional = torch.nn.functional
    for dims in (1, 2, 3):
        drop = getattr(functional, f"dropout{dims}d")
        for ndim in range(1, 7):
            x = torch.ones((2,) * ndim)
            print(dims, ndim)
            for p in (0.0, 1.0):
                out = warned(lambda: attempt(lambda: drop(x, p)))  # noqa: B023
                print(out.sum() if out is not None else None)
