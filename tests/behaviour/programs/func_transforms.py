"""`torch.func`: levels and modes, forms of arguments and results, and complaints."""

from tests.behaviour.helpers import attempt


def numbers_of_arguments(torch):
    x, y = torch.tensor(2.0), torch.tensor(3.0)
    for argnums in (0, 1, -1, (0,), (0, 1), (1, 0), 2, -3, (), (0, 0), (0, -2), [0], 0.0, (0.0,)):
        attempt(lambda n=argnums: print(torch.func.grad(torch.mul, argnums=n)(x, y)))
    attempt(lambda: torch.func.jacrev(torch.sin, argnums=())(x))
    attempt(lambda: torch.func.jacfwd(torch.sin, argnums=(0, 0))(x))


def what_stands_beside_the_output(torch):
    f, x = torch.func, torch.tensor(2.0)
    point = torch.ones(2)
    for aux in (x, (x, x), {"a": x}, 3, (1, x), None):
        attempt(lambda aux=aux: print(f.grad(lambda a: (a * 2, aux), has_aux=True)(x)))
        attempt(lambda aux=aux: print(f.vjp(lambda a: (a * 2, aux), x, has_aux=True)[2]))
        attempt(lambda aux=aux: print(f.jacrev(lambda a: (a * 2, aux), has_aux=True)(point)))
    attempt(lambda: f.jacrev(torch.sin, has_aux=True)(point))
    attempt(lambda: f.jacfwd(torch.sin, has_aux=True)(point))


def under_no_grad(torch):
    f = torch.func
    x = torch.tensor(2.0, requires_grad=True)
    with torch.no_grad():
        print(f.grad(lambda a: a**3)(x), f.grad(f.grad(lambda a: a**3))(x))
        print(f.vjp(lambda a: a**3, x)[0], f.jacrev(lambda a: a**3)(x))
    with torch.inference_mode():
        print(f.grad(lambda a: a**3)(x).requires_grad)

    def without_history(a):
        with torch.no_grad():
            shift = f.grad(lambda b: 0.25 * b**4)(a)
        return f.grad(lambda b: 0.25 * b**4)(a) - shift

    print(f.grad(without_history)(torch.tensor(2.0)))
    print(f.grad(lambda a: a**2 - torch.no_grad()(lambda: a**2)())(torch.tensor(2.0)))


def history_of_captured_tensors(torch):
    f = torch.func
    w = torch.tensor(3.0, requires_grad=True)
    x = torch.tensor(2.0)
    slope = f.grad(lambda a: (a * w) ** 2)(x)
    print(slope.requires_grad, torch.autograd.grad(slope, w))
    gradient, value = f.grad_and_value(lambda a: a * w)(x)
    print(gradient.requires_grad, value.requires_grad)
    gradient, value = f.grad_and_value(lambda a: a * a + 0 * w.detach())(x)
    print(gradient.requires_grad, value.requires_grad)
    first, second = f.grad(lambda a, b: (a * w) ** 2 + b, argnums=(0, 1))(x, x)
    print(first.requires_grad, second.requires_grad)
    f.jacrev(lambda a: a * w * w)(torch.ones(2)).sum().backward()
    print(w.grad)
    output, pull = f.vjp(lambda a: a * w, x)
    print(output.requires_grad, pull(x)[0].requires_grad, pull(x, create_graph=False))
    print(f.jvp(lambda a: a * w, (x,), (x,))[1].requires_grad)


def cotangents(torch):
    x = torch.ones(2)
    _, pull = torch.func.vjp(lambda a, b: (a.sin(), {"k": b.cos()}), x, x)
    print(pull((x, {"k": x})))
    for given in ((x, {"other": x}), [x, {"k": x}], x, (x,), (x, x)):
        attempt(lambda given=given: pull(given))
    _, pull = torch.func.vjp(torch.sin, x)
    attempt(lambda: pull((x,)))
    attempt(lambda: torch.func.vjp(lambda a: a.int(), x))
    attempt(lambda: torch.func.vjp(lambda a: None, x))
    attempt(lambda: torch.func.vjp(lambda a: (), x))


def tangents(torch):
    x, jvp = torch.ones(2), torch.func.jvp
    attempt(lambda: jvp(torch.sin, (x,), x))
    attempt(lambda: jvp(torch.sin, (x,), (x, x)))
    attempt(lambda: jvp(torch.sin, (x,), (torch.ones(3),)))
    attempt(lambda: jvp(torch.sin, (), ()))
    attempt(lambda: jvp(torch.sin, (x,), (1.0,)))
    attempt(lambda: jvp(torch.sin, (1.0,), (1.0,)))
    attempt(lambda: jvp(torch.sin, (x.int(),), (x.int(),)))
    attempt(lambda: jvp(lambda d: d["a"], ({"a": x},), ({"b": x},)))
    attempt(lambda: print(jvp(lambda a: a.int(), (x,), (x,))))
    attempt(lambda: print(jvp(lambda a: x * 3, (x,), (x,))))
    attempt(lambda: jvp(lambda a: x * 3, (x,), (x,), strict=True))
    attempt(lambda: jvp(lambda a: (a, 2), (x,), (x,)))


def random_numbers_in_jacfwd(torch):
    x = torch.ones(2)
    jacfwd = torch.func.jacfwd
    attempt(lambda: jacfwd(lambda a: a * torch.rand(2))(x))
    attempt(lambda: jacfwd(lambda a: a, randomness="other")(x))
    torch.manual_seed(3)
    print(jacfwd(lambda a: a * torch.rand(2), randomness="same")(x))
    torch.manual_seed(3)
    print(jacfwd(lambda a: a * torch.rand(2), randomness="different")(x))
    torch.manual_seed(3)
    print(jacfwd(lambda a, b: b * a * torch.rand(2), (0, 1), randomness="different")(x, x))


def jacobians_that_are_refused(torch):
    x, f = torch.ones(2), torch.func
    attempt(lambda: f.jacrev(torch.sin)(x + 1j))
    attempt(lambda: f.jacfwd(torch.sin)(x + 1j))
    attempt(lambda: f.jacrev(lambda a: a * 1j)(x))
    attempt(lambda: f.jacfwd(lambda a: a * 1j)(x))
    attempt(lambda: f.jacrev(lambda a: a.int())(x))
    attempt(lambda: print(f.jacfwd(lambda a: a.int())(x)))
    attempt(lambda: f.jacfwd(torch.sin)(x.long()))
    attempt(lambda: f.jacfwd(torch.sin)(2.0))
    attempt(lambda: print(f.jacfwd(lambda a: a.double())(x), f.jacrev(lambda a: a.double())(x)))


def modules_with_other_parameters(torch):
    call = torch.func.functional_call
    model = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.BatchNorm1d(1)).eval()
    one, x = torch.ones(1, 1), torch.ones(2, 1)
    attempt(lambda: print(call(model, {"0.weight": one, "0.bias": one[0]}, x).shape))
    attempt(lambda: call(model, {"0.other": one}, x))
    print(hasattr(model[0], "other"))
    attempt(lambda: call(model, {"5.weight": one}, x))
    attempt(lambda: call(model, {"0.in_features": one}, x))
    attempt(lambda: call(model, {"0.weight": 2.0}, x))
    attempt(lambda: call(model, {"0.weight": one}, x, strict=True))
    attempt(lambda: call(model, [{"0.weight": one}, {"0.weight": one}], x))
    attempt(lambda: call(model, ({"0.weight": one}, 3), x))
    attempt(lambda: call(model, "0.weight", x))
    model.train()
    given = {"1.running_mean": torch.zeros(1)}
    call(model, given, x, tie_weights=False)
    print(given["1.running_mean"] is model[1].running_mean, model[1].running_mean)


def tied_parameters(torch):
    call = torch.func.functional_call
    model = torch.nn.Module()
    model.a = model.b = torch.nn.Parameter(torch.ones(1))
    model.forward = lambda x: model.a * 10 + model.b * x
    two, three = torch.full((1,), 2.0), torch.full((1,), 3.0)
    print(call(model, {"a": two}, three), call(model, {"a": two}, three, tie_weights=False))
    print(call(model, {"a": two, "b": two}, three))
    attempt(lambda: call(model, {"a": two, "b": three}, three))
    print(call(model, {"a": two, "b": three}, three, tie_weights=False), model.a is model.b)


def modules_to_stack(torch):
    stack = torch.func.stack_module_state
    first, second = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    print({name: p.shape for name, p in stack([first, second])[0].items()})
    attempt(lambda: stack([]))
    attempt(lambda: stack([first, torch.nn.Bilinear(1, 1, 1)]))
    second.eval()
    attempt(lambda: stack([first, second]))
    second.train().requires_grad_(False)
    attempt(lambda: stack([first, second]))


def functionalized(torch):
    def twice(x):
        y = x.clone()
        y[0].mul_(2)
        return y

    print(torch.func.functionalize(twice)(torch.ones(2)))
    print(torch.func.functionalize(twice, remove="mutations_and_views")(torch.ones(2)))
    attempt(lambda: torch.func.functionalize(twice, remove="other"))


def a_hessian_for_each_example(torch):
    func = torch.func
    weight = torch.arange(12.0).view(3, 4) / 10 - 0.5
    x = torch.arange(8.0).view(2, 4) / 8

    def layer(w, x):
        return torch.nn.functional.linear(x, w).tanh()

    for outer in (func.jacrev, func.jacfwd):
        for inner in (func.jacrev, func.jacfwd):
            of_all = func.vmap(outer(inner(layer, 1), 1), (None, 0))(weight, x)
            print(of_all.shape, of_all[1, 2])


def reshaped_examples_of_a_turned_batch(torch):
    x = torch.arange(24.0).view(4, 3, 2)
    for dims in (0, 1, 2):
        print(torch.func.vmap(lambda t: t.t().reshape(-1), dims)(x))
        print(torch.func.vmap(lambda t: t.flatten().reshape(2, -1), dims)(x).shape)
