"""Writing where several elements, or the operands, lie in the same memory."""

import copy

from tests.behaviour.helpers import attempt, warned


def places(torch):
    return torch.tensor([2, 1, 0])


def expanded_tensors_are_written_with_a_warning(torch):
    x = torch.zeros(1).expand(6)
    warned(lambda: x.index_put_((places(torch),), torch.ones(3)))
    print(x)
    warned(lambda: x.__setitem__(torch.tensor([0]), 5.0))
    print(x)
    warned(lambda: x.index_fill_(0, torch.arange(6), 2.0))
    warned(lambda: x.masked_fill_(torch.ones(6, dtype=torch.bool), 3.0))
    print(x)


def expanded_tensors_are_refused(torch):
    def x():
        return torch.zeros(1).expand(3)

    attempt(lambda: x().index_add_(0, places(torch), torch.ones(3)))
    attempt(lambda: x().index_copy_(0, places(torch), torch.ones(3)))
    attempt(lambda: x().masked_scatter_(torch.ones(3, dtype=torch.bool), torch.ones(3)))
    attempt(lambda: x().scatter_(0, places(torch), torch.ones(3)))
    attempt(lambda: x().put_(places(torch), torch.ones(3)))
    attempt(lambda: x().add_(1))


def operands_in_the_written_memory(torch):
    def both(action):
        i = places(torch)
        attempt(lambda: action(i))
        print(i)

    both(lambda i: i.index_add_(0, i, i.clone()))
    both(lambda i: i.index_add_(0, i.clone(), i))
    both(lambda i: i.index_fill_(0, i, 0))
    both(lambda i: i.index_put_((i,), i))
    both(lambda i: i.index_put_((i,), i.clone()))
    both(lambda i: i.index_put_((i.clone(),), i))
    both(lambda i: i[1:].index_put_((i[:2].clone().clamp(max=1),), i[:2]))
    mask = torch.tensor([True, False, True])
    attempt(lambda: mask[1:].masked_fill_(mask[:-1], False))
    attempt(lambda: mask.masked_fill_(mask.clone(), False))
    x = torch.arange(6)
    x[x > 2] = 0
    print(x)


def rows_that_are_not_there(torch):
    wide, empty = torch.zeros(2, 3), torch.zeros(0, 3)
    attempt(lambda: torch.index_select(wide, 1, torch.tensor([0, -1])))
    attempt(lambda: torch.index_select(wide, 0, torch.tensor([0, -1])))
    attempt(lambda: torch.index_select(wide[0], 0, torch.tensor([7])))
    attempt(lambda: torch.index_select(torch.zeros(2, 3, 4), 2, torch.tensor([7])))
    attempt(lambda: torch.index_select(empty, 0, torch.tensor([0])))
    attempt(lambda: torch.index_select(empty, 1, torch.tensor([5])))
    attempt(lambda: torch.index_select(empty[:, 0], 0, torch.tensor([0])))
    print(torch.index_select(empty, 1, torch.tensor([0, 1])).shape)


def filling_with_a_complex_number(torch):
    for dtype in (torch.int64, torch.float32, torch.bool):
        x = torch.zeros(2, 2).to(dtype)
        attempt(lambda x=x: x.index_fill_(1, torch.tensor([0]), 1 + 1j))


def the_same_place_in_memory(torch):
    x = torch.arange(6.0)
    print(x.is_set_to(x.view(6)), x.is_set_to(x[:3]), x.is_set_to(x.clone()))
    print(torch.tensor([]).set_(x).is_set_to(x))


def differences_of_other_dimensions(torch):
    attempt(lambda: torch.diff(torch.ones(2, 2), prepend=torch.ones(2)))
    attempt(lambda: torch.diff(torch.ones(2), append=torch.ones(1, 2)))


def copies_share_what_was_shared(torch):
    x = torch.arange(6.0)
    flat, turned, part = copy.deepcopy([x, x.view(2, 3).t(), x[2:4]])
    flat.add_(10)
    print(flat, turned, part, part.storage_offset(), turned.stride(), x)
    part.zero_()
    print(flat, turned)
    y, same = copy.deepcopy([x, x])
    print(y is same)
    weight = torch.nn.Parameter(torch.ones(2))
    kept, alias = copy.deepcopy([weight, weight.detach()])
    with torch.no_grad():
        kept.mul_(3)
    print(kept, alias, weight)
