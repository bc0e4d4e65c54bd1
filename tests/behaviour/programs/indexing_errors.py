"""Indices that are refused, deprecated or out of bounds, and numbers that do not fit."""

from tests.behaviour.helpers import attempt, warned


def indices_by_dtype(torch):
    x = torch.arange(6.0).reshape(2, 3)
    for dtype in (torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.bool):
        attempt(lambda dtype=dtype: print(warned(lambda: x[torch.tensor([0, 1], dtype=dtype)])))
    attempt(lambda: x[torch.tensor([0.0])])
    attempt(lambda: x[1.0])
    attempt(lambda: x[::0])


def sequences_that_are_no_tuples(torch):
    x = torch.arange(6.0).reshape(2, 3)
    print(warned(lambda: x[[0, 1]]), warned(lambda: x[[slice(None), 1]]))
    print(warned(lambda: x[[0, None]]).shape, warned(lambda: x[[[0, 1], [1, 2]]]))
    warned(lambda: x.__setitem__([torch.tensor(0), torch.tensor(1)], 9.0))
    print(x)


def along_one_dimension(torch):
    x, row = torch.arange(6.0).reshape(2, 3), torch.ones(1, 3)
    i = torch.tensor
    reduce = lambda *args: x.index_reduce(*args, "mean")  # noqa: E731
    for write in (x.index_add, x.index_copy, reduce):
        attempt(lambda write=write: write(0, i([5]), row))
        attempt(lambda write=write: write(0, i([-1]), row))
        attempt(lambda write=write: write(0, i([[0]]), row))
        attempt(lambda write=write: write(0, i([0.0]), row))
        attempt(lambda write=write: write(0, i([0], dtype=torch.int32), row))
        attempt(lambda write=write: write(0, i([0]), row.double()))
        attempt(lambda write=write: write(0, i([0, 1]), row))
        attempt(lambda write=write: write(0, i([0]), row[:, :2]))
        attempt(lambda write=write: write(0, i([0, 1]), row[:, :2]))
        attempt(lambda write=write: write(0, i([0]), torch.tensor(1.0)))
        attempt(lambda write=write: write(1, i([0]), torch.ones(3)))
    attempt(lambda: x.index_fill(0, i([5]), 1.0))
    attempt(lambda: x.index_fill(0, i([-3]), 1.0))
    print(x.index_fill(0, i([-1]), 1.0))
    attempt(lambda: x.index_fill(0, i([[0]]), 1.0))
    attempt(lambda: x.index_fill(0, i([0.0]), 1.0))
    attempt(lambda: x.index_select(0, i([[0]])))


def by_place_and_mask(torch):
    x = torch.arange(6.0).reshape(2, 3)
    i = torch.tensor
    attempt(lambda: x.put(i([0, 1]), i([1.0])))
    attempt(lambda: x.put_(i([0]), i([1])))
    attempt(lambda: x.take_along_dim(i([[0.0]]), 0))
    attempt(lambda: x.scatter(0, i([[0, 1]]), i([[1.0]])))
    attempt(lambda: x.scatter(0, i([0]), i([1.0])))
    print(warned(lambda: x.scatter(0, i([[0]]), i([[1.0]]), reduce="add")))
    attempt(lambda: torch.select_scatter(x, torch.ones(3), 0, 5))
    attempt(lambda: x.masked_fill(i([True, False]), 1))
    attempt(lambda: x.masked_select(i([True, False])))
    attempt(lambda: x.masked_scatter(i([1, 0, 1]), torch.ones(6)))
    attempt(lambda: x.masked_scatter(i([True, False, True]), torch.ones(6).double()))


def complex_numbers_that_become_real(torch):
    z, x = torch.tensor([1 + 2j]), torch.zeros(1)
    for cast in (z.float, z.double, z.long, z.bool, lambda: z.to(torch.int16)):
        print(warned(cast))
    warned(lambda: x.copy_(z))
    warned(lambda: x.__setitem__(0, z[0]))
    w = torch.tensor([1.0], requires_grad=True)
    warned(lambda: (w * z).real.sum().backward())
    print(x, w.grad)
