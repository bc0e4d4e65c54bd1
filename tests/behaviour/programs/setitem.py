"""Indexing and item assignment in all forms."""

from tests.behaviour.helpers import attempt


def square_into_plain_tensor(torch):
    m = torch.tensor([[2.0, 3.0]], requires_grad=True)
    n = torch.zeros(1, 2)
    n[0, 0] = m[0, 0] ** 2
    n[0, 1] = m[0, 1] ** 3
    print(n)
    n.backward(torch.ones_like(n))
    print(m.grad)


def grad_fn_after_assignment(torch):
    m = torch.tensor([[2.0, 3.0]], requires_grad=True)
    n = torch.zeros(1, 2)
    print(n.requires_grad, n.is_leaf)
    n[0, 0] = m[0, 0] ** 2
    print(n.requires_grad, n.is_leaf, n.grad_fn.name())


def jacobian_row_by_row(torch):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    j = torch.zeros(2, 2)
    y = torch.zeros(2)
    y[0] = x[0] ** 2 + 3 * x[1]
    y[1] = 2 * x[0] + x[1] ** 2
    y.backward(torch.tensor([1.0, 0.0]), retain_graph=True)
    j[0] = x.grad.data
    x.grad.data.zero_()
    y.backward(torch.tensor([0.0, 1.0]))
    j[1] = x.grad.data
    print(j)


def number_into_intermediate(torch):
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y[1] = 7
    print(y, y.grad_fn.name())
    y.sum().backward()
    print(x.grad)


def slice_assignment(torch):
    x = torch.ones(2, requires_grad=True)
    t = torch.zeros(5)
    t[1:3] = x * 4
    print(t)
    (t * torch.arange(5.0)).sum().backward()
    print(x.grad)


def broadcast_assignment(torch):
    x = torch.tensor(2.0, requires_grad=True)
    t = torch.zeros(2, 3)
    t[:, 1] = x
    print(t)
    t.sum().backward()
    print(x.grad)


def row_assignment_of_list_values(torch):
    t = torch.zeros(2, 3)
    t[0] = torch.tensor([1.0, 2.0, 3.0])
    t[1, ::2] = 9
    t[..., 1] = -1
    print(t)


def boolean_mask_assignment(torch):
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    y = x * 1
    y[y < 0] = 0
    print(y)
    y.sum().backward()
    print(x.grad)


def boolean_mask_assignment_of_values(torch):
    x = torch.tensor([5.0, 6.0], requires_grad=True)
    t = torch.zeros(3)
    t[torch.tensor([True, False, True])] = x
    print(t, t.grad_fn.name())
    (t * torch.tensor([1.0, 1.0, 10.0])).sum().backward()
    print(x.grad)


def integer_list_assignment(torch):
    t = torch.zeros(5)
    t[[0, 2]] = torch.tensor([1.0, 2.0])
    t[torch.tensor([4])] = 7
    print(t)


def none_and_ellipsis_reading(torch):
    x = torch.arange(6.0).view(2, 3)
    print(x[None].shape, x[..., None].shape, x[:, None, 1:].shape, x[..., 0])


def negative_and_stepped_reading(torch):
    x = torch.arange(6.0)
    print(x[-1], x[-3:], x[::2], x[1:5:3])
    attempt(lambda: x[::-1])


def integer_tensor_index_gradient(torch):
    x = torch.arange(4.0, requires_grad=True)
    x[torch.tensor([0, 0, 3])].sum().backward()
    print(x.grad)


def list_index_gradient(torch):
    x = torch.arange(4.0, requires_grad=True)
    (x[[1, 2]] * torch.tensor([1.0, 10.0])).sum().backward()
    print(x.grad)


def mask_index_gradient(torch):
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    y = x[x > 0]
    print(y)
    (y**2).sum().backward()
    print(x.grad)


def two_dimensional_fancy_index(torch):
    x = torch.arange(9.0).view(3, 3).requires_grad_()
    y = x[[0, 1, 2], [2, 1, 0]]
    print(y)
    y.sum().backward()
    print(x.grad)


def row_of_matrix_gradient(torch):
    x = torch.arange(6.0).view(3, 2).requires_grad_()
    (x[1] * 2).sum().backward()
    print(x.grad)


def zero_dim_index_by_tensor(torch):
    x = torch.arange(4.0, requires_grad=True)
    i = torch.tensor(2)
    print(x[i])
    x[i].backward()
    print(x.grad)


def index_out_of_range(torch):
    x = torch.arange(4.0)
    attempt(lambda: x[4])
    attempt(lambda: x[-5])
    attempt(lambda: x[0, 0])
    attempt(lambda: x[torch.tensor([9])])


def bad_index_types(torch):
    x = torch.arange(4.0)
    attempt(lambda: x["a"])
    attempt(lambda: x[1.5])


def assignment_of_wrong_shape(torch):
    x = torch.zeros(4)
    attempt(lambda: x.__setitem__(slice(0, 2), torch.ones(3)))


def assignment_casts_dtype(torch):
    t = torch.zeros(2, dtype=torch.int64)
    t[0] = 3.7
    print(t)
    t[1] = torch.tensor(2.9)
    print(t)


def assignment_of_requires_grad_into_integers(torch):
    x = torch.tensor(2.5, requires_grad=True)
    t = torch.zeros(2, dtype=torch.int64)
    attempt(lambda: t.__setitem__(0, x))


def mask_of_wrong_shape(torch):
    x = torch.zeros(4)
    attempt(lambda: x[torch.tensor([True, False])])


def index_zero_dim(torch):
    attempt(lambda: torch.tensor(3.0)[0])
    print(torch.tensor(3.0)[...], torch.tensor(3.0)[None])


def iteration_over_rows(torch):
    x = torch.arange(4.0).view(2, 2).requires_grad_()
    for row in x:
        print(row)
    a, b = x
    (a * b).sum().backward()
    print(x.grad)


def overwriting_after_use(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    t = torch.zeros(2)
    t[0] = x[0] * x[1]
    s = t**2
    t[1] = x[1]
    attempt(lambda: s.sum().backward())


def gather_and_scatter(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    i = torch.tensor([[0, 0], [1, 0]])
    print(torch.gather(x, 1, i))
    torch.gather(x, 1, i).sum().backward()
    print(x.grad)


def index_select_gradient(torch):
    x = torch.arange(6.0).view(3, 2).requires_grad_()
    y = torch.index_select(x, 0, torch.tensor([2, 0, 2]))
    y.sum().backward()
    print(x.grad)


def where_gradient(torch):
    x = torch.tensor([1.0, -1.0], requires_grad=True)
    torch.where(x > 0, x * 10, x * 2).sum().backward()
    print(x.grad)


def swapped_rows(torch):
    x = torch.arange(4.0).view(2, 2)
    x[[0, 1]] = x[[1, 0]]
    print(x)


def index_put_of_one_number_where_a_mask_is_true(torch):
    mask = torch.tensor([[True, False, True], [False, True, False]])
    print(torch.zeros(2, 3, dtype=torch.int64).index_put_((mask,), torch.tensor(2.5)))
    print(torch.zeros(2, 3).index_put((mask[0, :2],), torch.tensor([2])))
    print(torch.zeros(3).index_put_((mask[0],), torch.ones(1, 1, 1)))
    attempt(lambda: torch.zeros(2, 3).index_put((mask,), torch.tensor([2]), accumulate=True))
    attempt(lambda: torch.zeros(2, 3).index_put((torch.tensor([1]),), torch.tensor([2])))
    x = torch.zeros(2, 3, requires_grad=True)
    value = torch.tensor([1.5], requires_grad=True)
    y = x.index_put((mask,), value)
    y.backward(torch.arange(6.0).view(2, 3))
    print(y.grad_fn.name(), x.grad, value.grad)
