"""Indexing where little is there: 0-d masks, empty dimensions and lists, refused values."""

from tests.behaviour.helpers import attempt, warned


def masks_of_no_dimension(torch):
    for number in (torch.tensor(3.0), torch.arange(6.0).reshape(2, 3)):
        for dtype in (torch.bool, torch.uint8):
            for truth in (0, 1):
                mask = torch.tensor(truth, dtype=dtype)
                print(warned(lambda number=number, mask=mask: number[mask]))


def writing_at_masks_of_no_dimension(torch):
    for start in (torch.tensor(3), torch.arange(6).reshape(2, 3)):
        for dtype in (torch.bool, torch.uint8):
            x = start.clone()
            x[torch.tensor(1, dtype=dtype)] = -torch.ones_like(x)[None, None]
            x[torch.tensor(0, dtype=dtype)] = 5
            print(x)
            x[..., torch.tensor(1, dtype=dtype)] = 7
            print(x)


def empty_dimensions(torch):
    x = torch.zeros(10, 0)
    print(x[[1, 2]].shape, x[[], []].shape, x[:, torch.empty(0, 6, dtype=torch.int64)].shape)
    attempt(lambda: x[:, [0, 1]])
    attempt(lambda: x[[0], [1]])
    attempt(lambda: x[[10]])
    attempt(lambda: torch.zeros(0)[[0]])


def index_put_without_indices(torch):
    attempt(lambda: torch.zeros(()).index_put([], torch.tensor([1.0]), True))
    attempt(lambda: torch.zeros(2, 3).index_put([None, torch.tensor([1])], torch.tensor(1.0)))


def values_that_do_not_fit_a_mask(torch):
    x = torch.arange(4)

    def write(values):
        x[x > -1] = values

    attempt(lambda: write(torch.tensor([])))
    attempt(lambda: write(torch.tensor([1, 2, 3])))
    attempt(lambda: write(torch.tensor([1.0, 2, 3, 4])))
    attempt(lambda: write(torch.zeros(4, 4, dtype=torch.int64)))


def items_cannot_be_deleted(torch):
    def delete(x):
        del x[0]

    attempt(lambda: delete(torch.zeros(2)))


def unravelling_refused(torch):
    unravel = torch.unravel_index
    attempt(lambda: unravel(torch.tensor(0.5), (2, 2)))
    attempt(lambda: unravel(torch.tensor([]), (10, 3, 5)))
    attempt(lambda: unravel(torch.tensor([True]), (10, 3, 5)))
    attempt(lambda: unravel(torch.tensor([1]), "ab"))
    attempt(lambda: unravel(torch.tensor([1]), (1, 2, 2.0)))
    attempt(lambda: unravel(torch.tensor(0), (2, -3)))
    attempt(lambda: unravel(torch.tensor([1]), 2.0))
    print(unravel(torch.tensor([1, 5]), (2, 3)), unravel(torch.tensor(3), 5))
    print(unravel(torch.tensor([], dtype=torch.int64), (2, 0)))
