"""Second and higher derivatives."""

from tests.behaviour.helpers import attempt, warned


def second_derivative_of_cube(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x**3
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    print(g)
    (h,) = torch.autograd.grad(g, x)
    print(h)


def four_derivatives(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x**4
    for _ in range(4):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        print(y.item())
    print(torch.autograd.grad(y, x, allow_unused=True))


def derivatives_of_sine(torch):
    x = torch.tensor(0.5, requires_grad=True)
    y = x.sin()
    for _ in range(4):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        print(f"{y.item():.4f}")


def without_create_graph_there_is_no_second(torch):
    x = torch.tensor(2.0, requires_grad=True)
    (g,) = torch.autograd.grad(x**3, x)
    print(g.requires_grad)
    attempt(lambda: torch.autograd.grad(g, x))


def derivative_of_linear_is_constant(torch):
    x = torch.tensor(2.0, requires_grad=True)
    (g,) = torch.autograd.grad(x * 3, x, create_graph=True)
    print(g, g.requires_grad)
    attempt(lambda: torch.autograd.grad(g, x))


def backward_create_graph_warns(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x**2
    warned(lambda: y.backward(create_graph=True))
    print(x.grad.detach())


def backward_create_graph_then_grad_of_grad(torch):
    x = torch.tensor(2.0, requires_grad=True)
    (x**3).backward(create_graph=True)
    g = x.grad
    x.grad = None
    g.backward()
    print(x.grad)


def gradient_penalty(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, -1.0], requires_grad=True)
    y = (w * x**2).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    penalty = (g.norm() - 1) ** 2
    penalty.backward()
    print(penalty, w.grad, x.grad, sep="\n")


def hessian_vector_product(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    v = torch.tensor([1.0, 0.0, -1.0])
    (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    print(torch.autograd.grad(g, x, grad_outputs=v))
    (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    print(torch.autograd.grad((g * v).sum(), x))


def hessian_row_by_row(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x[0] ** 2 * x[1] ** 3
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    rows = [torch.autograd.grad(g[i], x, retain_graph=True)[0] for i in range(2)]
    print(torch.stack(rows))


def second_derivative_through_matmul(torch):
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = (a @ a).sum()
    (g,) = torch.autograd.grad(y, a, create_graph=True)
    print(torch.autograd.grad((g**2).sum(), a))


def second_derivative_through_exp_and_log(torch):
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    for f in (torch.exp, torch.log, torch.tanh, torch.sigmoid, torch.sqrt, torch.cos):
        (g,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
        print(f.__name__, torch.autograd.grad(g.sum(), x)[0])


def second_derivative_through_division(torch):
    x = torch.tensor([0.5, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 1.0], requires_grad=True)
    gx, gw = torch.autograd.grad((x / w).sum(), [x, w], create_graph=True)
    print(gx, gw)
    print(torch.autograd.grad((gx + gw).sum(), [x, w]))


def relu_has_zero_second_derivative(torch):
    x = torch.tensor([1.0, -1.0], requires_grad=True)
    (g,) = torch.autograd.grad((x.relu() ** 2).sum(), x, create_graph=True)
    print(torch.autograd.grad(g.sum(), x))


def newton_step(torch):
    x = torch.tensor(3.0, requires_grad=True)
    for _ in range(3):
        f = x**3 - 2 * x - 5
        (d,) = torch.autograd.grad(f, x)
        with torch.no_grad():
            x -= f / d
    print(f"{x.item():.5f}")


def mixed_partials_agree(torch):
    x = torch.tensor(1.2, requires_grad=True)
    y = torch.tensor(0.7, requires_grad=True)
    f = x**2 * y.sin() + (x * y).exp()
    gx, gy = torch.autograd.grad(f, (x, y), create_graph=True)
    (a,) = torch.autograd.grad(gx, y, retain_graph=True)
    (b,) = torch.autograd.grad(gy, x)
    print(f"{a.item():.4f} {b.item():.4f}")


def graph_of_the_gradient(torch):
    x = torch.tensor(2.0, requires_grad=True)
    (g,) = torch.autograd.grad(x.exp(), x, create_graph=True)
    print(g.grad_fn.name())
    (g,) = torch.autograd.grad(x.sin(), x, create_graph=True)
    print(g.grad_fn.name())
    (g,) = torch.autograd.grad(x**3, x, create_graph=True)
    print(g.grad_fn.name())


def printed_gradients_of_functions(torch):
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    functions = {
        "add": lambda: x + w, "sub": lambda: x - w, "mul": lambda: x * w, "div": lambda: x / w,
        "neg": lambda: -x, "scale": lambda: x * 3, "shift": lambda: x + 3, "half": lambda: x / 2,
        "square": lambda: x**2, "first": lambda: x**1, "root": lambda: x**0.5,
        "power": lambda: x**w, "base": lambda: 2**x, "exp": lambda: x.exp(),
        "log": lambda: x.log(), "sin": lambda: x.sin(), "cos": lambda: x.cos(),
        "tan": lambda: x.tan(), "tanh": lambda: x.tanh(), "sigmoid": lambda: x.sigmoid(),
        "relu": lambda: x.relu(), "sqrt": lambda: x.sqrt(), "abs": lambda: x.abs(),
        "reciprocal": lambda: 1 / x, "softmax": lambda: x.softmax(0),
        "log_softmax": lambda: x.log_softmax(0), "logsumexp": lambda: x.logsumexp(0),
        "sum": lambda: x.sum(), "mean": lambda: x.mean(), "max": lambda: x.max(),
        "prod": lambda: x.prod(), "norm": lambda: x.norm(), "var": lambda: x.var(),
        "index": lambda: x[0], "slice": lambda: x[:1], "cat": lambda: torch.cat([x, w]),
        "stack": lambda: torch.stack([x, w]), "view": lambda: x.view(2, 1), "dot": lambda: x.dot(w),
        "expand": lambda: x.expand(2, 2), "clamp": lambda: x.clamp(0, 1),
        "where": lambda: torch.where(x > 1, x, w), "clone": lambda: x.clone(),
        "outer": lambda: torch.outer(x, w), "log1p": lambda: x.log1p(), "atan": lambda: x.atan(),
    }  # fmt: skip
    for name, function in functions.items():
        out = (function() * 1.0).sum()
        (g,) = torch.autograd.grad(out, x, create_graph=True)
        print(name, g)


def printed_second_gradients(torch):
    x = torch.tensor(2.0, requires_grad=True)
    for function in (lambda: x**2, lambda: x**3, lambda: x * x, lambda: torch.pow(x, 2) - 2 * x,
                     lambda: x.exp(), lambda: x.sin(), lambda: x * x * x):  # fmt: skip
        (g,) = torch.autograd.grad(function(), x, create_graph=True)
        (h,) = torch.autograd.grad(g, x, create_graph=True)
        print(g, h)


def softmax_second_derivative(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (g,) = torch.autograd.grad(x.softmax(0)[0], x, create_graph=True)
    print(torch.autograd.grad(g[1], x))


def functional_jacobian_and_hessian(torch):
    x = torch.tensor([1.0, 2.0])
    print(torch.autograd.functional.jacobian(lambda t: t**2, x))
    print(torch.autograd.functional.hessian(lambda t: (t**3).sum(), x))


def functional_vjp_jvp(torch):
    x = torch.tensor([1.0, 2.0])
    v = torch.tensor([1.0, 10.0])
    print(torch.autograd.functional.vjp(lambda t: t**2, x, v))
    print(torch.autograd.functional.jvp(lambda t: t**2, x, v))
    print(torch.autograd.functional.hvp(lambda t: (t**3).sum(), x, v))


def squeezed_dimensions_come_back_by_unsqueeze(torch):
    x = torch.arange(6.0).reshape(2, 1, 3).requires_grad_()
    for dim in (0, 1, 2, -2):
        y = x.squeeze(dim)
        (gradient,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
        print(gradient.grad_fn.name(), torch.autograd.grad(gradient.sum(), x)[0].tolist())
