"""What PyTorch's own tests of autograd ask for beyond the other programs."""

from __future__ import annotations

from typing import Any

from tests.behaviour.helpers import attempt


def multithreading_is_a_mode(torch: Any) -> None:
    allowed = torch.autograd.is_multithreading_enabled
    print(torch.autograd.grad_mode.set_multithreading_enabled.__name__, allowed())
    with torch.autograd.set_multithreading_enabled(False) as nothing:
        print(nothing, allowed())
        x = torch.ones(2, requires_grad=True)
        x.sum().backward()
        print(x.grad)
    torch.autograd.set_multithreading_enabled(False)
    print(allowed(), torch.autograd.set_multithreading_enabled(True).clone().mode, allowed())

    def decorated() -> bool:
        return allowed()

    print(torch.autograd.set_multithreading_enabled(False)(decorated)(), allowed())
    torch.autograd.set_multithreading_enabled(True)
    attempt(lambda: torch.autograd.set_multithreading_enabled("a"))


def zeros_for_an_edge_are_refused(torch: Any) -> None:
    x, y = (torch.ones(2, requires_grad=True) for _ in range(2))
    edge_x, edge_y = (torch.autograd.graph.get_gradient_edge(v) for v in (x, y))
    grad = torch.autograd.grad
    attempt(lambda: grad(x.clone().sum(), (x, edge_y), materialize_grads=True))
    attempt(lambda: print(grad(x.clone().sum(), (edge_x, y), materialize_grads=True)))


def other_memory_makes_another_leaf(torch: Any) -> None:
    x = torch.ones(2, requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(x)
    out = x.clone()
    with torch.no_grad():
        x.set_(torch.zeros(2))
    attempt(lambda: torch.autograd.grad(out.sum(), x))
    print(torch.autograd.grad(out.sum(), edge))
    x = torch.ones(4, requires_grad=True)
    for _ in range(2):
        with torch.no_grad():
            x.set_(x[1:])
            x.grad = None
        joined = torch.cat((x, x))
        joined.sum().backward()
        print(x.grad)


def other_data_is_the_same_leaf_unless_of_another_dtype(torch: Any) -> None:
    for data in (torch.zeros(2), torch.zeros(3), torch.zeros(2, dtype=torch.float64)):
        x = torch.ones(2, requires_grad=True)
        out = x.clone()
        x.data = data
        attempt(lambda x=x, out=out: print(torch.autograd.grad(out.sum(), x, retain_graph=True)))
        attempt(lambda x=x: print(torch.autograd.grad(x.clone().sum(), x)))


def second_derivative_through_an_inplace_activation_of_a_view(torch: Any) -> None:
    F = torch.nn.functional
    activations = {
        "relu": lambda t: F.relu(t, inplace=True),
        "threshold": lambda t: F.threshold(t, 0.0, 0.0, inplace=True),
        "sigmoid": lambda t: t.sigmoid_(),
        "tanh": lambda t: t.tanh_(),
        "exp": lambda t: t.exp_(),
        "sqrt": lambda t: t.add_(1).sqrt_(),
        "elu": lambda t: F.elu(t, inplace=True),
        "selu": lambda t: F.selu(t, inplace=True),
    }
    x = torch.tensor([1.0, -0.5], requires_grad=True)
    for hooked in (False, True):
        for name, activation in activations.items():
            same = torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t)
            if hooked:
                same.__enter__()
            y = torch.sin(activation((x * 0.7).view_as(x)))
            if hooked:
                same.__exit__()
            (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
            x.grad = None
            attempt(lambda g=g: (g * g).sum().backward())
            print(name, x.grad)


def saved_output_of_an_inplace_operation_on_a_view(torch: Any) -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    base = x * 1
    view = base[1:]
    view.exp_()
    saved = base.grad_fn.next_functions
    print([n and n.name() for n, _ in saved], view.grad_fn.name())
    (g,) = torch.autograd.grad(base.sum(), x, create_graph=True)
    print(g, torch.autograd.grad(g.sum(), x))


def forward_mode_refusals(torch: Any) -> None:
    forward = torch.autograd.forward_ad
    with forward.dual_level():
        dual = forward.make_dual(torch.rand(3), torch.rand(3))
        attempt(lambda: torch.igamma(dual, dual))
        attempt(lambda: torch.add(dual, dual, out=torch.rand(3)))
        attempt(lambda: torch.mul(torch.rand(3), 1, out=dual))


def tangents_lie_as_their_primals(torch: Any) -> None:
    forward = torch.autograd.forward_ad
    pairs = [
        (torch.ones(4), torch.ones(4)),
        (torch.ones(5)[:4], torch.ones(4)),
        (torch.ones(2, 2).t(), torch.ones(2, 2)),
        (torch.ones(2, 2).t(), torch.ones(2, 2).t()),
        (torch.ones(2), torch.ones(4)[2:]),
        (torch.ones(2), torch.ones(4)[:2]),
        (torch.ones(1, 3), torch.ones(3, 1).t()),
    ]
    for primal, given in pairs:
        with forward.dual_level():
            dual = forward.make_dual(primal, given)
            tangent = forward.unpack_dual(dual).tangent
            print(tangent is given, tangent.stride(), tangent.storage_offset())
            print(tangent.data_ptr() == given.data_ptr(), tangent.equal(given))


def inference_tensors_that_require_grad(torch: Any) -> None:
    for wanted in (True, False):
        with torch.inference_mode():
            c = torch.ones(1, 2, 3, requires_grad=wanted)
            attempt(lambda c=c: c.resize_(1, 2))
            attempt(lambda c=c: c.resize_as_(torch.ones(2, 1)))
            print(c.shape, c.requires_grad, c.is_inference())
            c = torch.ones(1, 2, 3, requires_grad=wanted)
        for view in (c.view(-1), c[0], c.detach()):
            print(view.is_inference(), view.requires_grad, view._is_view(), view.is_leaf)


def resizing_counts_as_a_change(torch: Any) -> None:
    x, y = torch.rand(1), torch.rand(3)
    x.resize_((1, 2))
    print(x._version)
    x.resize_as_(y)
    print(x._version)
    x.resize_(3)
    x.resize_as_(y)
    print(x._version)


def gradcheck_of_forward_mode(torch: Any) -> None:
    gradcheck, calls = torch.autograd.gradcheck, []

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x.clone(), y.clone()

        @staticmethod
        def jvp(ctx, x_tangent, y_tangent):
            calls.append(1)
            return x_tangent, y_tangent

    x, y = (torch.rand(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
    for undefined in (False, True):
        for batched in (False, True):
            for other in (y, y.detach()):
                calls.clear()
                gradcheck(
                    Both.apply,
                    (x, other),
                    check_forward_ad=True,
                    check_undefined_grad=undefined,
                    check_backward_ad=False,
                    check_batched_forward_grad=batched,
                )
                print(undefined, batched, other.requires_grad, len(calls))

    class Draws(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def vjp(ctx, g):
            return g * 2

        @staticmethod
        def jvp(ctx, tangent):
            return tangent * 2 + 0 * torch.rand_like(tangent)

    attempt(
        lambda: gradcheck(Draws.apply, (x,), check_forward_ad=True, check_batched_forward_grad=True)
    )
    z = torch.rand(2, dtype=torch.complex128, requires_grad=True)
    programs = (torch.sin, lambda x: (x * x, x.exp()), lambda x: torch.stack([x, x * 2]))
    for program in programs:
        for point in (x, z):
            print(
                gradcheck(
                    program, (point,), check_forward_ad=True, check_batched_forward_grad=True
                ),
                torch.autograd.gradgradcheck(program, (point,), check_fwd_over_rev=True),
            )


def complex_powers_of_negative_numbers(torch: Any) -> None:
    exponent = torch.tensor([0.3 + 0.4j, -0.2 + 1j], dtype=torch.complex128, requires_grad=True)
    for base in (
        -torch.ones(2, dtype=torch.float64),
        torch.tensor([-2.0, 0.5], dtype=torch.float64),
        torch.tensor(-3.0, dtype=torch.float64),
        -1,
        -2.5,
    ):
        print(torch.autograd.gradcheck(lambda e, base=base: torch.pow(base, e), (exponent,)))
        (g,) = torch.autograd.grad(torch.pow(base, exponent).real.sum(), exponent)
        print(g)


def gradients_that_nobody_wants_are_checked(torch):
    class Shape(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return torch.ones(7)

    y = Shape.apply(torch.ones(2, requires_grad=True))
    attempt(lambda: y.sum().backward(inputs=[y]))
    print(torch.autograd.grad(y.sum(), y))
