"""How .grad comes to be: assigned, added to, replaced, stolen or copied."""

from tests.behaviour.helpers import attempt


def gradients_add_up(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(3):
        (x**2).sum().backward()
        print(x.grad)


def grad_keeps_its_object(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * 2).sum().backward()
    first = x.grad
    (x * 2).sum().backward()
    print(x.grad is first, first)


def grad_is_replaced_under_create_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x**2).sum().backward(create_graph=True)
    first = x.grad
    (x**2).sum().backward(create_graph=True)
    print(x.grad is first)
    print(first)
    print(x.grad)


def no_create_graph_gives_plain_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x**2).sum().backward()
    print(x.grad.requires_grad, x.grad.grad_fn, x.grad.is_leaf)


def create_graph_gives_grad_with_history(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x**2).sum().backward(create_graph=True)
    print(x.grad.requires_grad, x.grad.grad_fn is not None)


def incoming_gradient_is_not_aliased(torch):
    x = torch.zeros(2, requires_grad=True)
    g = torch.tensor([1.0, 2.0])
    (x * 1).backward(g)
    x.grad.mul_(10)
    print(g, x.grad)


def leaf_backward_with_gradient(torch):
    x = torch.zeros(2, requires_grad=True)
    g = torch.tensor([1.0, 2.0])
    x.backward(g)
    g.mul_(10)
    print(x.grad)


def expanded_gradient_becomes_contiguous(torch):
    x = torch.zeros(2, 3, requires_grad=True)
    x.sum().backward()
    print(x.grad.stride(), x.grad.is_contiguous())
    x.grad[0, 0] = 7
    print(x.grad)


def transposed_leaf_grad_layout(torch):
    x = torch.zeros(2, 3).t().requires_grad_()
    (x * 2).sum().backward()
    print(x.stride(), x.grad.stride())


def two_leaves_do_not_share_a_gradient(torch):
    a = torch.zeros(2, requires_grad=True)
    b = torch.zeros(2, requires_grad=True)
    (a + b).backward(torch.tensor([1.0, 2.0]))
    a.grad.mul_(5)
    print(a.grad, b.grad)


def same_leaf_both_sides_of_add(torch):
    a = torch.zeros(2, requires_grad=True)
    (a + a).sum().backward()
    print(a.grad)


def zero_in_place_then_again(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x**2).sum().backward()
    kept = x.grad
    x.grad.zero_()
    (x**3).sum().backward()
    print(x.grad, x.grad is kept)


def data_zero(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x**2).sum().backward()
    x.grad.data.zero_()
    print(x.grad)
    (x**2).sum().backward()
    print(x.grad)


def set_none_then_again(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x**2).sum().backward()
    kept = x.grad
    x.grad = None
    print(x.grad)
    (x**3).sum().backward()
    print(x.grad, kept)


def del_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x**2).sum().backward()
    del x.grad
    print(x.grad)


def assigned_grad_is_added_to(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.tensor([100.0, 200.0])
    (x * 2).sum().backward()
    print(x.grad)


def broadcast_gradient_is_summed(torch):
    a = torch.ones(3, 1, requires_grad=True)
    b = torch.ones(4, requires_grad=True)
    c = torch.tensor(2.0, requires_grad=True)
    (a * b * c).sum().backward()
    print(a.grad, b.grad, c.grad, sep="\n")


def double_leaf_and_float_leaf(torch):
    a = torch.ones(2, dtype=torch.float64, requires_grad=True)
    b = torch.ones(2, requires_grad=True)
    (a * b).sum().backward()
    print(a.grad, b.grad)


def integer_factor(torch):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    i = torch.tensor([3, 4])
    (a * i).sum().backward()
    print(a.grad)


def grad_of_unused_leaf_is_none(torch):
    a = torch.tensor(1.0, requires_grad=True)
    b = torch.tensor(1.0, requires_grad=True)
    (a * 2).backward()
    print(a.grad, b.grad)


def grad_before_backward_is_none(torch):
    print(torch.ones(2, requires_grad=True).grad, torch.ones(2).grad)


def gradient_argument_scales(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    y.backward(torch.tensor([1.0, 0.1, 0.01]))
    print(x.grad)


def gradient_argument_positional_and_keyword(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * 2).backward(gradient=torch.ones(2))
    (x * 2).backward(torch.ones(2), True)
    (x * 2).backward(torch.ones(2), retain_graph=True, create_graph=False)
    print(x.grad)


def gradient_for_scalar_as_tensor(torch):
    x = torch.tensor(2.0, requires_grad=True)
    (x * x).backward(torch.tensor(0.5))
    print(x.grad)


def one_element_output_is_enough(torch):
    x = torch.ones(1, 1, requires_grad=True)
    (x * 3).backward()
    print(x.grad)


def gradient_of_wrong_dtype(torch):
    x = torch.ones(2, requires_grad=True)
    attempt(lambda: (x * 3).backward(torch.ones(2, dtype=torch.float64)))
    print(x.grad)


def gradient_that_requires_grad(torch):
    x = torch.ones(2, requires_grad=True)
    v = torch.ones(2, requires_grad=True)
    (x * 3).backward(v)
    print(x.grad, v.grad)


def create_graph_on_gradient_argument(torch):
    x = torch.ones(2, requires_grad=True)
    v = torch.ones(2, requires_grad=True)
    (g,) = torch.autograd.grad(x * 3, x, v, create_graph=True)
    print(g)
    print(torch.autograd.grad(g.sum(), v))
