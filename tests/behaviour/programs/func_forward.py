"""Forward mode of torch.func: what reaches a custom function's jvp, levels in levels, no_grad."""

from __future__ import annotations

from typing import Any

from tests.behaviour.helpers import attempt


def _cube(torch: Any, **attributes: Any) -> Any:
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(x: Any) -> Any:
            return x**3

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(*inputs)
            ctx.save_for_forward(*inputs)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            print("backward")
            return 3 * ctx.saved_tensors[0] ** 2 * grad

    for name, value in attributes.items():
        setattr(Cube, name, value)
    return Cube.apply


def _jvp(ctx: Any, tangent: Any) -> Any:
    print("jvp")
    return 3 * ctx.saved_tensors[0] ** 2 * tangent


def custom_functions_are_asked(torch: Any) -> None:
    F, x, v = torch.func, torch.tensor([1.0, 2.0]), torch.ones(2)
    for cube in (
        _cube(torch),
        _cube(torch, jvp=staticmethod(_jvp)),
        _cube(torch, jvp=staticmethod(_jvp), generate_vmap_rule=True),
    ):
        for call in (
            lambda cube=cube: F.jvp(cube, (x,), (v,)),
            lambda cube=cube: F.grad(lambda x: F.jvp(cube, (x,), (v,))[1].sum())(x),
            lambda cube=cube: F.jvp(F.grad(lambda x: cube(x).sum()), (x,), (v,)),
            lambda cube=cube: F.linearize(cube, x)[1](v),
        ):
            print(attempt(call))
    cube = _cube(torch, jvp=staticmethod(_jvp), generate_vmap_rule=True)
    print(F.jacfwd(cube)(x), F.hessian(lambda x: cube(x).sum())(x))
    print(F.vmap(lambda v: F.jvp(cube, (x,), (v,)))(torch.eye(2)))


def no_grad_is_no_obstacle(torch: Any) -> None:
    F, x, v = torch.func, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0])

    def half_hidden(x: Any) -> Any:
        with torch.no_grad():
            y = x * 2
        return y * x

    print(F.jvp(half_hidden, (x,), (v,)), F.jacfwd(half_hidden)(x))
    with torch.no_grad():
        print(F.jvp(half_hidden, (x,), (v,)), F.hessian(lambda x: (x**3).sum())(x))
        print(F.jvp(F.vjp(torch.sin, x)[1], (v,), (x,)))
    w = x.clone().requires_grad_()
    value, along = F.jvp(lambda x: x * w, (x,), (v,))
    print(value.requires_grad, along.grad_fn is not None, torch.autograd.grad(along.sum(), w))
    with torch.no_grad():
        print([out.requires_grad for out in F.jvp(lambda x: x * w, (w,), (v,))])


def levels_do_not_mix(torch: Any) -> None:
    F, one = torch.func, torch.tensor(1.0)

    def outer(x: Any) -> Any:
        return x * F.jvp(lambda y: x + y, (one,), (one,))[1]

    def powers(x: Any) -> Any:
        return F.jvp(lambda y: x**2 * y**3, (x,), (x,))[1]

    print(F.jvp(outer, (one,), (one,)), F.jvp(powers, (2 * one,), (one,)), F.grad(powers)(2 * one))
    third = torch.sin
    for _ in range(3):
        third = lambda x, f=third: F.jvp(f, (x,), (torch.ones_like(x),))[1]  # noqa: E731
    print(third(torch.tensor([0.5, 1.0])))


def what_is_the_same_for_all_examples(torch: Any) -> None:
    F, x = torch.func, torch.tensor([1.0, 2.0, 3.0])

    def f(x: Any) -> Any:
        y = torch.zeros_like(x)
        y[..., 0] = x[..., 1] * 2
        return (x.sin() * x.cumsum(-1)).sort()[0] + y

    along = F.vmap(lambda v: F.jvp(f, (x,), (v,))[1])(torch.eye(3))
    print(along)
    print(F.vmap(lambda s, v: F.jvp(lambda z: f(z * s).sum(), (x,), (v,)))(x, torch.eye(3)))
    print(F.vmap(F.jacfwd(F.jacrev(lambda x: (f(x) / 4).sin().sum())))(torch.stack([x, -x])))
    print(F.jacfwd(lambda x: F.vmap(lambda s: (f(x * s) * s).sum())(x))(x))


def tangents_are_written_with_their_primals(torch: Any) -> None:
    F, x, v = torch.func, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0])
    print(F.jvp(lambda x: x.mul_(2), (x,), (v,)), x, v)
    print(F.jvp(lambda x: (x[0].mul_(2), x)[1], (x,), (v,)), x, v)
    y = torch.zeros(2)
    attempt(lambda: F.jvp(lambda x: y.copy_(x), (x,), (v,)))


def recorded_passes_carry_tangents(torch: Any) -> None:
    forward, x = torch.autograd.forward_ad, torch.tensor([1.0, 2.0], requires_grad=True)
    with forward.dual_level():
        dual = forward.make_dual(x, torch.tensor([1.0, 3.0]))
        for create_graph in (True, False):
            (grad,) = torch.autograd.grad((dual**3).sum(), x, create_graph=create_graph)
            tangent = forward.unpack_dual(grad).tangent
            print(grad.requires_grad, tangent, tangent.requires_grad)
        print(forward.make_dual(torch.ones(()), torch.ones(())))
        attempt(lambda: forward.make_dual(dual, torch.ones(2)))
        attempt(lambda: torch.heaviside(dual, dual))


def affine_operations_have_linear_tangents(torch: Any) -> None:
    F, x, v = torch.func, torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 3.0]])
    mask, index = torch.tensor([[True, False]]), torch.tensor([[1]])
    for f in (
        lambda x: x.masked_fill(mask, 5.0),
        lambda x: x.scatter(1, index, 7.0),
        lambda x: x.index_fill(1, index[0], 7.0),
        lambda x: torch.rsub(x, 4.0, alpha=2),
        lambda x: x.fill_(3.0) * x,
        lambda x: torch.nn.functional.pad(x, (1, 0), value=2.0),
        lambda x: x.clamp(min=1.5) + 3 - x.relu(),
        lambda x: torch.addmm(x, x.t(), x, beta=2, alpha=3),
        lambda x: torch.sinc(x - 1) + (x - 1) ** 0,
    ):
        print(F.jvp(f, (x.clone(),), (v.clone(),)))


def hooks_do_not_see_formulas_of_tangents(torch: Any) -> None:
    forward, x = torch.autograd.forward_ad, torch.tensor([1.0, 2.0], requires_grad=True)
    packed = []

    def pack(tensor: Any) -> Any:
        packed.append(tuple(tensor.shape))
        return tensor

    with forward.dual_level():
        dual = forward.make_dual(x.detach(), torch.tensor([1.0, 3.0]))
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            print((dual.exp() * dual).sort()[0], packed)
        dual = forward.make_dual(x, torch.tensor([1.0, 3.0]))
        kept = torch.utils.checkpoint.checkpoint(torch.exp, dual, use_reentrant=False)
        print(kept.detach(), forward.unpack_dual(kept).tangent.detach())
