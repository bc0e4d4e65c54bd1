"""What PyTorch's own tests of torch.func ask for beyond the other programs."""

from __future__ import annotations

from typing import Any

from tests.behaviour.helpers import attempt


def switches_of_autograd_inside_a_transform(torch: Any) -> None:
    functional = torch.autograd.functional
    programs = {
        "requires_grad_": lambda x: x.requires_grad_().sum(),
        "requires_grad_(False)": lambda x: x.requires_grad_(False).sum(),
        "of another": lambda x: x.sum() * torch.ones(()).requires_grad_(),
        "backward": lambda x: x.sum().backward(),
        "jacobian": lambda x: functional.jacobian(torch.sin, x).sum(),
        "hvp": lambda x: functional.hvp(lambda y: y.sin().sum(), x, x)[1].sum(),
        "parameter": lambda x: (x * torch.nn.Parameter(torch.ones(2))).sum(),
        "layer": lambda x: x.sum() + torch.nn.Linear(2, 2).weight.numel(),
        "assigned": lambda x: (setattr(torch.ones(2), "requires_grad", True), x.sum())[1],
    }
    x = torch.ones(2)
    for name, program in programs.items():
        print(name)
        attempt(lambda program=program: torch.func.grad(program)(x))
        attempt(lambda program=program: torch.func.jvp(program, (x,), (x,)))
    for name in ("requires_grad_", "of another", "backward", "jacobian", "hvp"):
        attempt(lambda name=name: torch.func.vmap(programs[name])(torch.ones(3, 2)))
    attempt(lambda: torch.func.grad(lambda y: (y * 2).retain_grad())(x))
    attempt(lambda: torch.func.vmap(lambda y: (y * 2).retain_grad())(x))


def data_inside_vmap(torch: Any) -> None:
    attempt(lambda: torch.func.vmap(lambda x: x.data)(torch.ones(2)))
    attempt(lambda: torch.func.vmap(lambda x: setattr(x, "data", torch.ones(3)))(torch.ones(2, 3)))


def saved_tensor_hooks_inside_a_transform(torch: Any) -> None:
    F, x = torch.func, torch.ones(2)

    def hooked(x: Any) -> Any:
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
            return x.sin().sum()

    attempt(lambda: F.grad(hooked)(x))
    attempt(lambda: F.vjp(hooked, x))
    attempt(lambda: F.jacrev(hooked)(x))
    attempt(lambda: F.hessian(hooked)(x))
    attempt(lambda: F.grad_and_value(hooked)(x))
    attempt(lambda: print(F.jvp(hooked, (x,), (x,))))
    attempt(lambda: print(F.jacfwd(hooked)(x)))
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        attempt(lambda: F.grad(lambda y: y.sin().sum())(x))


def _functions(torch: Any) -> list[Any]:
    class NoContext(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * x.cos()

    class NoRule(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x.sin()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0])

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * x.cos()

    class TwoRules(NoRule):
        generate_vmap_rule = True

        @staticmethod
        def vmap(info, in_dims, x):
            return x, 0

    return [NoContext, NoRule, TwoRules]


def custom_functions_that_cannot_be_transformed(torch: Any) -> None:
    x = torch.ones(2)
    for function in _functions(torch):

        def total(y: Any, function: Any = function) -> Any:
            return function.apply(y).sum()

        _transform(torch, function, total, x)


def _transform(torch: Any, function: Any, total: Any, x: Any) -> None:
    F, grad = torch.func, torch.autograd.grad
    print(function.__name__)
    attempt(lambda: print(F.grad(total)(x)))
    attempt(lambda: print(F.vjp(total, x)[0]))
    attempt(lambda: print(F.jacrev(total)(x)))
    attempt(lambda: F.vmap(function.apply)(x))
    attempt(lambda: F.vmap(F.grad(total))(torch.ones(2, 2)))
    attempt(lambda: F.vmap(lambda _: function.apply(x))(x))
    attempt(lambda: print(function.apply(x)))
    leaf = x.clone().requires_grad_()
    out = function.apply(leaf)
    attempt(lambda: print(grad(out, leaf, torch.eye(2), is_grads_batched=True)))


def rules_that_return_something_else(torch: Any) -> None:
    class Base(torch.autograd.Function):
        @staticmethod
        def forward(x, *, y=None):
            return torch.zeros(x.shape)

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

    class TupleOfDims(Base):
        @staticmethod
        def vmap(info, in_dims, x, **_):
            return torch.zeros(x.shape[1:]), (None,)

    class ListOfOutputs(Base):
        @staticmethod
        def vmap(info, in_dims, x, **_):
            return [torch.zeros(x.shape[1:])], (None,)

    class OneReturn(Base):
        @staticmethod
        def vmap(info, in_dims, x, **_):
            return torch.zeros(x.shape)

    class Keyword(Base):
        @staticmethod
        def vmap(info, in_dims, x, *, y=None):
            return x * y, 0

    x = torch.ones(2, 3)
    for function in (TupleOfDims, ListOfOutputs, OneReturn):
        attempt(lambda function=function: torch.func.vmap(function.apply)(x))
    attempt(lambda: torch.func.vmap(lambda v: Keyword.apply(v, y=x))(x))
    attempt(lambda: print(torch.func.vmap(lambda v: Keyword.apply(v, y=2.0))(x)))


def generated_rules_have_gradients(torch: Any) -> None:
    F = torch.func

    class Wave(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x, w):
            return (x * w).sin(), x.argmax()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)
            ctx.mark_non_differentiable(output[1])

        @staticmethod
        def backward(ctx, g, _):
            print(ctx.needs_input_grad)
            x, w = ctx.saved_tensors
            return g * w * (x * w).cos(), g * x * (x * w).cos()

    x, w = torch.arange(6.0).reshape(2, 3), torch.tensor([0.5, 1.0, 2.0])

    def wave(x: Any, w: Any) -> Any:
        return Wave.apply(x, w)[0]

    print(F.vmap(Wave.apply, in_dims=(0, None))(x, w))
    print(F.vmap(F.grad(lambda x, w: wave(x, w).sum(), (0, 1)), (0, None))(x, w))
    print(F.grad(lambda x: F.vmap(wave, (0, None))(x, w).sum())(x))
    print(F.vmap(F.jacrev(wave), (0, None))(x, w))
    print(F.vmap(F.vmap(wave))(x, torch.stack([w, w])))
    curvature = F.grad(lambda x: F.grad(lambda x: wave(x, w).sum())(x).sum())
    print(F.vmap(curvature)(x))
    points, weights = x.clone().requires_grad_(), w.clone().requires_grad_()
    F.vmap(wave, (0, None))(points * 2, weights).sum().backward()
    print(points.grad, weights.grad)


def a_product_taken_later(torch: Any) -> None:
    x = torch.tensor(3.0, requires_grad=True)
    with torch.no_grad():
        out, pull_back = torch.func.vjp(lambda y: y**2, x)
    (y,) = pull_back(torch.tensor(1.0))
    print(out.requires_grad, y.requires_grad, torch.autograd.grad(y, x))


def one_row_at_a_time_needs_no_vmap(torch: Any) -> None:
    class LooksAtNumbers(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, g):
            g.nonzero()
            return g * 2

    x = torch.ones(3)
    print(torch.func.jacrev(LooksAtNumbers.apply, chunk_size=1)(x))
    attempt(lambda: torch.func.jacrev(LooksAtNumbers.apply, chunk_size=2)(x))
    print(torch.func.jacrev(lambda x: (x * x.sum(), x[:0]), chunk_size=1)(x))


def forward_mode_may_change_its_arguments(torch: Any) -> None:
    def overwrite(x: Any, y: Any) -> Any:
        x.copy_(y)
        return x

    def part(x: Any, y: Any) -> Any:
        view = x[:1]
        view.copy_(y)
        return view, x

    a, b = torch.zeros(2), torch.full((2,), 3.0)
    print(torch.func.jvp(overwrite, (a, b), (b * 5, b * 7)), a)
    print(torch.func.jvp(lambda x: x.mul_(2), (b,), (torch.ones(2),)), b)
    a, b = torch.zeros(2), torch.full((1,), 3.0)
    print(torch.func.jvp(part, (a, b), (torch.full((2,), 5.0), torch.full((1,), 7.0))), a)
    print(torch.func.jacfwd(lambda x: x.mul_(2))(torch.ones(2)))
    attempt(lambda: torch.func.jacrev(lambda x: x.mul_(2))(torch.ones(2)))
    print(
        torch.func.vmap(lambda x, t: torch.func.jvp(lambda y: y.mul_(2), (x,), (t,)))(
            torch.ones(2, 2), torch.ones(2, 2)
        )
    )


def arguments_that_are_not_differentiated_changed_in_place(torch: Any) -> None:
    def f(x: Any, y: Any, z: Any = None) -> Any:
        y.copy_(x)
        if z is not None:
            z.mul_(x)
        return y * 2

    x, F = torch.tensor([1.0, 2.0]), torch.func
    for transform in (F.jacrev, F.jacfwd, F.hessian, lambda f: F.grad(lambda *a: f(*a).sum())):
        y = torch.zeros(2)
        print(transform(f)(x, y))
        print(y)
    y = torch.zeros(2)
    attempt(lambda: F.jacrev(lambda x: f(x, y))(x))
    attempt(lambda: F.jacfwd(lambda x: f(x, y))(x))
    attempt(lambda: F.grad(lambda *a, **k: f(*a, **k).sum())(x, torch.zeros(2), z=torch.ones(2)))


def batch_norm_without_running_statistics(torch: Any) -> None:
    nn = torch.nn
    net = nn.Sequential(nn.BatchNorm1d(2), nn.Sequential(nn.BatchNorm2d(3, affine=False)))
    print(torch.func.replace_all_batch_norm_modules_(net) is net)
    print(net, list(net.state_dict()))
    print(net[0].running_mean, net[0].running_var, net[0].num_batches_tracked)
    print(torch.func.replace_all_batch_norm_modules_(nn.BatchNorm3d(1)))
    net = torch.func.replace_all_batch_norm_modules_(nn.BatchNorm1d(2))
    x = torch.arange(12.0).view(3, 2, 2)
    print(torch.func.vmap(net)(x).detach())
