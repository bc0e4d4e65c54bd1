"""Loaders, samplers and splits take examples in PyTorch's order."""

import numpy as np
import pytest

import autograd_nb

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")

CALLS = """
list(D.DataLoader(rows, batch_size=3, shuffle=True))
list(D.DataLoader(rows, batch_size=4, shuffle=True, drop_last=True))
list(D.DataLoader(rows, batch_size=3))
list(D.DataLoader(rows))
list(D.DataLoader(rows, batch_size=None, shuffle=True))
list(D.DataLoader(rows, sampler=D.SubsetRandomSampler([1, 3, 5]), batch_size=2))
list(D.DataLoader(rows, batch_sampler=[[1, 2], [0]]))
list(D.DataLoader(rows, batch_size=4, shuffle=True, generator=t.Generator().manual_seed(5)))
list(D.DataLoader(mixed, batch_size=2, shuffle=True))
list(D.DataLoader(mixed, batch_size=2, collate_fn=len))
list(D.DataLoader(stream, batch_size=3))
list(D.DataLoader(stream, batch_size=3, drop_last=True))
len(D.DataLoader(rows, batch_size=3)), len(D.DataLoader(rows, batch_size=3, drop_last=True))
[part.indices for part in D.random_split(rows, [7, 3])]
[part.indices for part in D.random_split(rows, [0.35, 0.65])]
D.random_split(rows, [7, 4])
list(D.RandomSampler(rows, replacement=True, num_samples=40))
list(D.RandomSampler(rows, num_samples=25))
list(D.WeightedRandomSampler([0.1, 0.5, 0.2, 0.2], 8))
list(D.WeightedRandomSampler([0.1, 0.5, 0.2, 0.2], 3, replacement=False))
list(D.BatchSampler(range(7), 3, False)), len(D.BatchSampler(range(7), 3, True))
len(rows + rows), (rows + rows)[-1], (rows + rows)[12]
D.Subset(rows, [3, 1])[1]
D.TensorDataset(t.ones(2), t.ones(3))
D.DataLoader(rows, shuffle=True, sampler=[1])
D.DataLoader(rows, batch_size=0)
D.DataLoader(rows, batch_sampler=[[1]], batch_size=2)
D.default_collate([{'a': 1}, {'a': 2}])
D.default_collate([[1, 2], [1]])
D.default_collate([object()])
""".strip().splitlines()


def told(t, call):
    D = t.utils.data

    class Mixed(D.Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, i):
            return {"a": np.ones(2, "f") * i, "b": i, "c": i * 0.5, "d": str(i), "e": (i, [i])}

    class Stream(D.IterableDataset):
        def __iter__(self):
            return iter(range(7))

    t.manual_seed(3)
    names = {
        "t": t,
        "D": D,
        "rows": D.TensorDataset(t.arange(20).float().view(10, 2), t.arange(10)),
        "mixed": Mixed(),
        "stream": Stream(),
    }
    try:
        return repr(eval(call, names)), t.rand(1).item()
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        # Objects print their addresses.
        return text.split(" at 0x")[0], None


@pytest.mark.parametrize("call", CALLS)
def test_data_equals_pytorch(call):
    assert told(autograd_nb, call) == told(torch, call)
