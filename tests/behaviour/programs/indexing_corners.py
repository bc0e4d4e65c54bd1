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


def what_indexing_saves(torch):
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    mask, row = x.detach() > 2, torch.tensor([True, False])
    column, where = torch.tensor([True, False, True]), torch.tensor([0])

    def changed(*key):
        def change(value):
            y = x * 1
            y[key if len(key) > 1 else key[0]] = value()
            return y

        return change

    def wanted(*shape):
        return lambda: torch.ones(shape, requires_grad=True)

    programs = {
        "mask": lambda: x[mask],
        "row": lambda: x[row],
        "row and place": lambda: x[row, where],
        "place and column": lambda: x[where, column],
        "row and new": lambda: x[row, None],
        "column": lambda: x[:, column],
        "behind": lambda: x[None, ..., mask],
        "list": lambda: x[[True, False]],
        "places": lambda: x[[0, 1]],
        "one": lambda: x[0][torch.tensor(True)].shape and x[0][column],
        "set": lambda: changed(mask)(lambda: 1.0),
        "set each": lambda: changed(mask)(wanted(3)),
        "set all": lambda: changed(mask)(wanted()),
        "set row": lambda: changed(row)(lambda: 1.0),
        "set row each": lambda: changed(row)(wanted(3)),
        "set column": lambda: changed(slice(None), column)(wanted(2, 2)),
        "put": lambda: (x * 1).index_put((mask,), wanted(3)()),
    }

    def pack(tensor):
        print("pack", tensor.tolist(), tensor is mask, tensor is row, tensor is column)
        return tensor.clone()

    for name, program in programs.items():
        node = program().grad_fn
        print(name, node.name(), node._saved_indices)
        raw = node._raw_saved_indices
        print([None if r is None or r.data is None else r.data.tolist() for r in raw])
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda packed: packed):
            y = program()
        print(torch.autograd.grad((y * y).sum(), x)[0].tolist())
        y = program()
        (first,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
        print(torch.autograd.grad(first.sum(), x)[0].tolist())


def a_mask_is_changed_before_backward(torch):
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    for change in (lambda y, mask: y[mask], lambda y, mask: y.index_put((mask,), torch.ones(3))):
        mask = x.detach() > 2
        y = change(x, mask)
        mask.logical_not_()
        try:
            y.sum().backward()
        except RuntimeError as error:
            print("modified by an inplace operation" in str(error))
