"""The errors everybody meets."""

from tests.behaviour.helpers import attempt


def nonscalar_backward(torch):
    x = torch.ones(3, requires_grad=True)
    attempt(lambda: (x * 2).backward())


def backward_of_plain_tensor(torch):
    attempt(lambda: torch.ones(()).backward())
    attempt(lambda: torch.ones(3).sum().backward())


def backward_of_detached(torch):
    x = torch.ones((), requires_grad=True)
    attempt(lambda: (x * 2).detach().backward())


def gradient_of_wrong_shape(torch):
    x = torch.ones(3, requires_grad=True)
    attempt(lambda: (x * 2).backward(torch.ones(2)))
    attempt(lambda: (x * 2).backward(torch.ones(3, 1)))
    attempt(lambda: (x * 2).sum().backward(torch.ones(2)))


def gradient_that_is_a_number(torch):
    x = torch.ones((), requires_grad=True)
    attempt(lambda: (x * 2).backward(1.0))


def gradient_that_is_a_list(torch):
    x = torch.ones(2, requires_grad=True)
    attempt(lambda: (x * 2).backward([1.0, 1.0]))


def broadcasting_failure(torch):
    attempt(lambda: torch.ones(2) + torch.ones(3))
    attempt(lambda: torch.ones(2, 3) * torch.ones(2))
    attempt(lambda: torch.ones(4, 2, 3) - torch.ones(3, 3))


def matmul_shapes(torch):
    attempt(lambda: torch.ones(2, 3) @ torch.ones(2, 3))
    attempt(lambda: torch.mm(torch.ones(2, 3), torch.ones(2)))
    attempt(lambda: torch.ones(2, 3) @ torch.ones(2))
    attempt(lambda: torch.dot(torch.ones(2), torch.ones(3)))
    attempt(lambda: torch.mv(torch.ones(2, 3), torch.ones(2)))


def matmul_dtypes(torch):
    attempt(lambda: torch.ones(2, 2) @ torch.ones(2, 2, dtype=torch.float64))
    attempt(lambda: torch.ones(2, 2) @ torch.ones(2, 2, dtype=torch.int64))


def dimension_out_of_range(torch):
    x = torch.ones(2, 3)
    attempt(lambda: x.sum(2))
    attempt(lambda: x.sum(-3))
    attempt(lambda: x.unsqueeze(5))
    attempt(lambda: x.transpose(0, 2))
    attempt(lambda: x.max(4))


def view_sizes(torch):
    attempt(lambda: torch.ones(6).view(4))
    attempt(lambda: torch.ones(6).reshape(5, 2))


def cat_shapes(torch):
    attempt(lambda: torch.cat([torch.ones(2), torch.ones(2, 2)]))
    attempt(lambda: torch.cat([torch.ones(2, 2), torch.ones(2, 3)]))
    attempt(lambda: torch.stack([torch.ones(2), torch.ones(3)]))
    attempt(lambda: torch.cat([]))


def expand_shapes(torch):
    attempt(lambda: torch.ones(2).expand(3))
    attempt(lambda: torch.ones(2, 3).expand(3))


def item_of_many(torch):
    attempt(lambda: torch.ones(2).item())
    attempt(lambda: float(torch.ones(2)))
    attempt(lambda: int(torch.ones(2)))
    print(torch.ones(1, 1).item(), float(torch.tensor([2.5])), int(torch.tensor(3.9)))


def bool_of_many(torch):
    attempt(lambda: bool(torch.ones(2)))
    attempt(lambda: bool(torch.ones(0)))
    print(bool(torch.tensor([0.0])), bool(torch.tensor(1)))


def attribute_that_does_not_exist(torch):
    attempt(lambda: torch.ones(2).gradient)
    attempt(lambda: torch.no_such_function)


def constructor_of_ragged_list(torch):
    attempt(lambda: torch.tensor([[1, 2], [3]]))
    attempt(lambda: torch.tensor("text"))
    attempt(lambda: torch.tensor([1, "a"]))


def integer_division_in_place(torch):
    t = torch.tensor([4])
    attempt(lambda: t.__itruediv__(2))


def mean_of_integers(torch):
    attempt(lambda: torch.tensor([1, 2]).mean())


def len_and_iter_of_scalar(torch):
    attempt(lambda: len(torch.tensor(1.0)))
    attempt(lambda: list(torch.tensor(1.0)))


def log_of_negative_gives_nan(torch):
    x = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
    y = x.log()
    print(y)
    y.sum().backward()
    print(x.grad)


def division_by_zero(torch):
    x = torch.tensor([1.0, 0.0, -1.0], requires_grad=True)
    y = x / 0
    print(y)
    y.sum().backward()
    print(x.grad)


def integer_division_by_zero(torch):
    attempt(lambda: torch.tensor([1]) // 0)
    attempt(lambda: torch.tensor([1]) % 0)


def adding_a_string_or_none(torch):
    attempt(lambda: torch.ones(1) + "a")
    attempt(lambda: torch.ones(1) + None)
    attempt(lambda: torch.ones(1) * [1, 2])


def unexpected_keyword(torch):
    attempt(lambda: torch.tensor([1.0], require_grad=True))
    attempt(lambda: torch.ones(2, required_grad=True))
    attempt(lambda: (torch.ones((), requires_grad=True) * 2).backward(retain=True))


def backward_of_complex_scalar(torch):
    z = torch.tensor(1 + 2j, requires_grad=True)
    attempt(lambda: (z * 2).backward())


def error_leaves_graph_usable(torch):
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    attempt(lambda: y.backward())
    y.sum().backward()
    print(x.grad)


def squeeze_of_bad_dimension(torch):
    attempt(lambda: torch.ones(2, 1).squeeze(3))
    print(torch.ones(2, 1).squeeze(0).shape)


def negative_size(torch):
    attempt(lambda: torch.zeros(-1))
    attempt(lambda: torch.arange(5, 1))


def bitwise_on_floats(torch):
    attempt(lambda: torch.ones(1) & torch.ones(1))
    attempt(lambda: ~torch.ones(1))


def negating_and_subtracting_bools(torch):
    b = torch.tensor([True, False])
    attempt(lambda: -b)
    attempt(lambda: b - b)
    print(~b, b & True, b | b, b ^ True)


def item_assignment_of_string(torch):
    attempt(lambda: torch.zeros(2).__setitem__(0, "a"))
