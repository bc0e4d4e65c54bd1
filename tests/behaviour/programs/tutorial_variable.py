"""Whole programs: Variable, its parts, and every argument of backward."""

from tests.behaviour.helpers import attempt, warned


def three_parts_of_a_variable(torch):
    x = torch.autograd.Variable(torch.ones(3, 2), requires_grad=True)
    print(x.data)
    print(x.grad)
    print(x.grad_fn)
    y = x + 2
    print(y.grad_fn)
    print(y.data)


def grad_fn_of_a_chain(torch):
    x = torch.autograd.Variable(torch.ones(2, 2), requires_grad=True)
    y = x.sum()
    print(y.grad_fn)
    y.backward()
    print(x.grad)
    y.backward()
    print(x.grad)
    x.grad.data.zero_()
    y.backward()
    print(x.grad)


def polynomial(torch):
    x = torch.autograd.Variable(torch.FloatTensor([1, 2, 3]), requires_grad=True)
    y = 3 * x**2 + 4 * x + 2
    y.backward(torch.FloatTensor([1, 1, 1]))
    print(x.grad)


def linear_scalar(torch):
    x = torch.autograd.Variable(torch.Tensor([1]), requires_grad=True)
    w = torch.autograd.Variable(torch.Tensor([2]), requires_grad=True)
    b = torch.autograd.Variable(torch.Tensor([3]), requires_grad=True)
    y = w * x + b
    y.backward()
    print(x.grad, w.grad, b.grad)


def backward_arguments_retain_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    torch.autograd.backward(y, retain_graph=True)
    torch.autograd.backward(y)
    print(x.grad)
    attempt(lambda: torch.autograd.backward(y))


def backward_arguments_create_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x**3).sum()
    warned(lambda: torch.autograd.backward(y, create_graph=True))
    first = x.grad
    x.grad = None
    torch.autograd.backward(first, torch.ones(2))
    print(first.detach(), x.grad)


def backward_arguments_grad_tensors(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * x
    z = x + 1
    torch.autograd.backward([y, z], grad_tensors=[torch.ones(3), torch.tensor([1.0, 0.0, 2.0])])
    print(x.grad)


def backward_arguments_all(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    torch.autograd.backward(
        tensors=[y], grad_tensors=[torch.ones(2)], retain_graph=None, create_graph=False
    )
    print(x.grad)


def requires_grad_spreads(torch):
    x = torch.autograd.Variable(torch.rand(5, 5))
    y = torch.autograd.Variable(torch.rand(5, 5))
    z = torch.autograd.Variable(torch.rand(5, 5), requires_grad=True)
    a = x + y
    print(a.requires_grad)
    b = a + z
    print(b.requires_grad)


def variable_and_tensor_share_data(torch):
    t = torch.ones(2)
    v = torch.autograd.Variable(t)
    t[0] = 9
    print(v)


def in_place_zeroing_of_grad_data(torch):
    x = torch.autograd.Variable(torch.ones(2), requires_grad=True)
    for _ in range(2):
        if x.grad is not None:
            x.grad.data.zero_()
        (x * 5).sum().backward()
    print(x.grad)
