"""What a backward pass frees, and what a second one can still do."""

from tests.behaviour.helpers import attempt


def backward_twice_through_add(torch):
    x = torch.tensor(1.0, requires_grad=True)
    y = x + 2
    y.backward()
    y.backward()
    print(x.grad)


def backward_twice_through_mul(torch):
    x = torch.tensor(1.0, requires_grad=True)
    y = x * x
    y.backward()
    attempt(lambda: y.backward())
    print(x.grad)


def backward_twice_through_mul_by_number(torch):
    x = torch.tensor(1.0, requires_grad=True)
    y = x * 3
    y.backward()
    attempt(lambda: y.backward())
    print(x.grad)


def backward_twice_through_exp(torch):
    x = torch.tensor(0.0, requires_grad=True)
    y = x.exp()
    y.backward()
    attempt(lambda: y.backward())


def backward_twice_through_sum(torch):
    x = torch.ones(3, requires_grad=True)
    y = x.sum()
    y.backward()
    attempt(lambda: y.backward())
    print(x.grad)


def backward_twice_through_mean_of_square(torch):
    x = torch.ones(3, requires_grad=True)
    y = (x**2).mean()
    y.backward()
    attempt(lambda: y.backward())
    print(x.grad)


def retain_graph_keeps_it(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x**2
    y.backward(retain_graph=True)
    print(x.grad)
    y.backward()
    print(x.grad)
    attempt(lambda: y.backward())


def shared_part_is_freed(torch):
    x = torch.tensor(2.0, requires_grad=True)
    h = x.exp()
    a, b = h * 2, h * 3
    a.backward()
    attempt(lambda: b.backward())
    print(x.grad)


def shared_part_that_saved_nothing(torch):
    x = torch.tensor(2.0, requires_grad=True)
    h = x + 1
    a, b = h * 2, h * 3
    a.backward()
    attempt(lambda: b.backward())
    print(x.grad)


def grad_frees_only_what_ran(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x**2
    z = y + 3
    print(torch.autograd.grad(z, y))
    print(torch.autograd.grad(z, x))


def grad_frees_what_ran(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x**2
    z = y.exp()
    print(torch.autograd.grad(z, y))
    attempt(lambda: torch.autograd.grad(z, x))


def grad_twice_on_the_same(torch):
    x = torch.tensor(2.0, requires_grad=True)
    z = x**3
    print(torch.autograd.grad(z, x, retain_graph=True))
    print(torch.autograd.grad(z, x))
    attempt(lambda: torch.autograd.grad(z, x))


def create_graph_retains_by_default(torch):
    x = torch.tensor(2.0, requires_grad=True)
    z = x**3
    torch.autograd.grad(z, x, create_graph=True)
    attempt(lambda: z.backward())
    print(x.grad)


def create_graph_without_retaining(torch):
    x = torch.tensor(2.0, requires_grad=True)
    z = x**3
    (g,) = torch.autograd.grad(z, x, create_graph=True, retain_graph=False)
    attempt(lambda: z.backward())
    attempt(lambda: g.backward())
    print(x.grad)


def saved_tensor_cannot_be_read_after_freeing(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x.exp()
    print(y.grad_fn._saved_result)
    y.backward()
    attempt(lambda: y.grad_fn._saved_result)


def failing_hook_then_again(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x.sin()

    def hook(g):
        raise ValueError("from the hook")

    handle = y.register_hook(hook)
    attempt(lambda: y.backward())
    handle.remove()
    attempt(lambda: y.backward())
    print(x.grad)


def loop_with_a_graph_built_once(torch):
    w = torch.tensor(1.0, requires_grad=True)
    base = w * w
    for step in range(2):
        loss = base * 2
        attempt(lambda loss=loss: loss.backward())
        print(step, w.grad)


def matmul_second_time(torch):
    a = torch.ones(2, 2, requires_grad=True)
    y = (a @ torch.ones(2, 2)).sum()
    y.backward()
    attempt(lambda: y.backward())


def views_save_nothing(torch):
    x = torch.arange(6.0, requires_grad=True)
    y = x.view(2, 3).t()[0].sum()
    y.backward()
    y.backward()
    print(x.grad)


def backward_of_relu_twice(torch):
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    y = x.relu().sum()
    y.backward(retain_graph=True)
    y.backward()
    attempt(lambda: y.backward())
    print(x.grad)
