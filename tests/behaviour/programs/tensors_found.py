"""Small things about tensors and their sizes, as users meet them."""

import numpy as np

from tests.behaviour.helpers import attempt


def sizes_hold_whole_numbers(torch):
    attempt(lambda: torch.Size([1, 2.0]))
    attempt(lambda: torch.Size(["a"]))
    attempt(lambda: torch.Size(3))
    attempt(lambda: torch.Size([torch.tensor(2.0)]))
    print(torch.Size([torch.tensor(2), np.int64(3)]), torch.Size(), torch.Size(range(3)))
    print(torch.Size([1, 2]) * 2, torch.Size([1, 2])[1:], torch.Size([1]) + torch.Size([2]))


def sizes_given_as_arrays(torch):
    print(torch.ones((np.array(3), np.int64(2))).shape, torch.ones(np.array(3), 4).shape)
    print(torch.ones((np.array(3), torch.tensor(4))).shape)
    attempt(lambda: torch.ones(np.array([3, 2])))
    attempt(lambda: torch.ones((np.array(3.0), 2)))


def reversed_tensors(torch):
    print(reversed(torch.arange(3)), reversed(torch.arange(4).reshape(2, 2)))
    print(reversed(torch.tensor(4)), reversed(torch.zeros(0, 2)).shape)


def addresses_of_nothing(torch):
    x = torch.ones(3)
    print(torch.ones(0).data_ptr(), x[3:].data_ptr())
    print(x.resize_(0).data_ptr(), torch.ones(2, 0).data_ptr())


def functions_of_elements(torch):
    x = torch.arange(3)
    attempt(lambda: x.apply_(lambda k: "str"))
    attempt(lambda: x.map_(x, lambda a, b: None))
    y = torch.zeros(3, requires_grad=True)
    attempt(lambda: torch.zeros(3).map_(y, lambda a, b: 1.0))
    attempt(lambda: torch.zeros(3).map2_(torch.ones(3), y, lambda a, b, c: 1.0))
    print(x.apply_(lambda k: k + 1.5), x.clone().map_(x, lambda a, b: a * b))


def adding_with_a_negative_factor(torch):
    x = torch.zeros(3, dtype=torch.uint8)
    print(x.index_add(0, torch.tensor([0, 2]), torch.tensor([1, 2], dtype=torch.uint8), alpha=-1))


def where_numbers_are_not_zero_into_a_tensor(torch):
    x = torch.tensor([1, 0, 2])
    attempt(lambda: torch.nonzero(x, out=torch.zeros(0)))
    out = torch.zeros(0, dtype=torch.int64)
    print(torch.nonzero(x, out=out), out.shape, torch.nonzero(x, as_tuple=False, out=out))


def tolerances_given_as_tensors(torch):
    x = torch.tensor([1.0, 2.0])
    print(torch.isclose(x, x + 0.5, torch.tensor(0), torch.tensor(0.6)))
    print(torch.allclose(x, x + 0.5, torch.tensor(1.5), torch.tensor(1)))


def new_tensors_of_sizes(torch):
    x = torch.ones(2)
    print(x.new(size=(3, 4)).shape, x.new((3, 4)), x.new(torch.Size([1, 2])).shape, x.new())


def tensors_change_places(torch):
    x, y = torch.ones(2, requires_grad=True), torch.zeros(3)
    first, second = id(x), id(y)
    torch.utils.swap_tensors(x, y)
    print(x, y, id(x) == first, id(y) == second, y.requires_grad)
    a, b = torch.nn.Parameter(torch.ones(1)), torch.zeros(2)
    a.note = "kept with its tensor"
    torch.utils.swap_tensors(a, b)
    print(type(a) is torch.Tensor, type(b) is torch.nn.Parameter, b.note, hasattr(a, "note"))
