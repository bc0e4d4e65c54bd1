"""Whole programs: scalar case, means, vector backward, retain_graph, a Jacobian by rows."""

from tests.behaviour.helpers import attempt


def scalar_case(torch):
    x = torch.tensor([2.0], requires_grad=True)
    y = x + 2
    z = y**2 + 3
    print(z)
    z.backward()
    print(x.grad)


def mean_of_a_matmul(torch):
    torch.manual_seed(0)
    x = torch.randn(10, 20, requires_grad=True)
    y = torch.randn(10, 5, requires_grad=True)
    w = torch.randn(20, 5, requires_grad=True)
    out = torch.mean(y - torch.matmul(x, w))
    out.backward()
    print(out)
    print(x.grad)
    print(y.grad)
    print(w.grad)


def mean_of_a_matmul_with_variables(torch):
    variable = torch.autograd.Variable
    torch.manual_seed(1)
    x = variable(torch.randn(10, 20), requires_grad=True)
    y = variable(torch.randn(10, 5), requires_grad=True)
    w = variable(torch.randn(20, 5), requires_grad=True)
    out = torch.mean(y - torch.matmul(x, w))
    out.backward()
    print(w.grad[:3])
    print(x.grad.shape, y.grad[0])


def vector_backward(torch):
    m = torch.tensor([[2.0, 3.0]], requires_grad=True)
    n = torch.zeros(1, 2)
    print(m)
    print(n)
    n[0, 0] = m[0, 0] ** 2
    n[0, 1] = m[0, 1] ** 3
    print(n)
    n.backward(torch.ones_like(n))
    print(m.grad)


def vector_backward_with_variables(torch):
    variable = torch.autograd.Variable
    m = variable(torch.FloatTensor([[2, 3]]), requires_grad=True)
    n = variable(torch.zeros(1, 2))
    n[0, 0] = m[0, 0] ** 2
    n[0, 1] = m[0, 1] ** 3
    n.backward(torch.ones_like(n))
    print(m, n, m.grad, sep="\n")


def backward_twice_gives_8_then_16(torch):
    x = torch.tensor([3.0], requires_grad=True)
    y = x * 2 + x**2 + 3
    print(y)
    y.backward(retain_graph=True)
    print(x.grad)
    y.backward()
    print(x.grad)
    attempt(lambda: y.backward())


def jacobian_of_two_by_two(torch):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    k = torch.zeros(2)
    k[0] = x[0] ** 2 + 3 * x[1]
    k[1] = x[1] ** 2 + 2 * x[0]
    print(k)
    j = torch.zeros(2, 2)
    k.backward(torch.FloatTensor([1, 0]), retain_graph=True)
    j[0] = x.grad.data
    x.grad.data.zero_()
    k.backward(torch.FloatTensor([0, 1]))
    j[1] = x.grad.data
    print(j)


def automatic_means_of_steps(torch):
    torch.manual_seed(2)
    x = torch.randn(3, requires_grad=True)
    y = x * 2
    while y.data.norm() < 1000:
        y = y * 2
    print(y)
    y.backward(torch.FloatTensor([0.1, 1.0, 0.0001]))
    print(x.grad)
