"""Loaders are told what they cannot do; batches keep the kinds of containers they are made of."""

import collections
from importlib import import_module

import numpy as np

from tests.behaviour.helpers import attempt


def attributes_of_a_loader_that_stay(torch):
    loader = torch.utils.data.DataLoader([1, 2, 3], batch_size=2)
    for name in ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset"):
        attempt(lambda name=name: setattr(loader, name, None))
    loader.collate_fn = tuple
    print(list(loader))


def contexts_of_workers(torch):
    def load(**options):
        return torch.utils.data.DataLoader([1], **options)

    attempt(lambda: load(multiprocessing_context="spawn"))
    attempt(lambda: load(multiprocessing_context="bad", num_workers=1))
    attempt(lambda: load(multiprocessing_context=5, num_workers=1))
    loader = load(multiprocessing_context="spawn", num_workers=1)
    print(loader.multiprocessing_context.get_start_method())


def batches_named_by_tuples(torch):
    data = torch.utils.data.TensorDataset(torch.arange(6.0).view(3, 2), torch.arange(3))
    loader = torch.utils.data.DataLoader(data, batch_sampler=[(0, 2), (1,)])
    for batch in loader:
        print(batch)


def stacked_datasets_ask_for_many_examples(torch):
    class Many(torch.utils.data.Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return index

        def __getitems__(self, indices):
            print("asked for", indices)
            return [index * 10 for index in indices if index < 3]

    stack = torch.utils.data.StackDataset
    print(stack(Many(), [5, 6, 7, 8]).__getitems__([0, 2]))
    print(stack(a=Many(), b=[5, 6, 7, 8]).__getitems__([1]))
    attempt(lambda: stack(Many(), [5, 6, 7, 8]).__getitems__([2, 3]))
    attempt(lambda: stack([1, 2], [5, 6]).__getitems__([0, 4]))
    print(list(torch.utils.data.DataLoader(stack(Many(), "abcd"), batch_size=3, drop_last=True)))


def batches_of_containers_of_ones_own(torch):
    class Listed(list):
        pass

    class Closed(collections.UserList):
        def __init__(self, first, second):
            super().__init__([first, second])

    together = torch.utils.data.default_collate
    for batch in (
        [Listed([1, 2]), Listed([3, 4])],
        [Closed(1, 2), Closed(3, 4)],
        [range(2), range(2)],
        [collections.OrderedDict(a=1.0), collections.OrderedDict(a=2.0)],
        [collections.defaultdict(int, a=1), collections.defaultdict(int, a=2)],
    ):
        found = together(batch)
        # Python versions write these differently.
        print(type(found).__name__, dict(found) if isinstance(found, dict) else found)
    convert = torch.utils.data.default_convert
    for data in (Listed([np.ones(1)]), Closed(1, np.zeros(2)), range(2), (np.ones(1), 3)):
        found = convert(data)
        print(type(found).__name__, found)


def batches_of_texts_in_arrays(torch):
    together = torch.utils.data.default_collate
    print(together(np.array(["a", "b"])))
    attempt(lambda: together([np.array(["a", "b"])]))
    print(together([np.float64(1), np.float64(2)]), together([np.bool_(True)]))
    attempt(lambda: together(np.array([{1}, {2}])))


def batches_of_types_of_ones_own(torch):
    module = import_module(f"{torch.__name__}.utils.data._utils.collate")

    class Word:
        def __init__(self, text):
            self.text = text

    def words(batch, *, collate_fn_map):
        print(Word in collate_fn_map)
        return " ".join(word.text for word in batch)

    more = {Word: words, **module.default_collate_fn_map}
    batch = [(Word("one"), 1, torch.ones(2)), (Word("two"), 2, torch.zeros(2))]
    print(module.collate(batch, collate_fn_map=more))
    print(module.collate([[1], [2]], collate_fn_map={int: lambda b, *, collate_fn_map: sum(b)}))
    attempt(lambda: module.collate([1, 2]))
    print(torch.utils.data._utils.collate.default_collate([1, 2]))


def old_constructors_take_ranges(torch):
    print(torch.IntTensor(range(4)), torch.FloatTensor(range(2)))


def an_order_whose_stream_is_the_users(torch):
    generator = torch.Generator().manual_seed(1)
    data = torch.utils.data
    loader = data.DataLoader(range(5), 2, shuffle=True, generator=generator)
    for _ in range(3):
        print(list(loader))
    for replacement in (False, True):
        for count in (3, 5, 10, 40, 64):
            sampler = data.RandomSampler(range(5), replacement, count, generator)
            print(list(sampler), torch.rand(1, generator=generator))
