"""torch.autograd.forward_ad: changes in place, views, and what make_dual refuses."""

import importlib

from tests.behaviour.helpers import attempt


def _tangents(torch, *tensors):
    return [torch.autograd.forward_ad.unpack_dual(t).tangent for t in tensors]


def a_dual_tensor_changed_in_place(torch):
    fwd = torch.autograd.forward_ad
    x, tangent = torch.tensor([2.0, 3.0]), torch.ones(2)
    with fwd.dual_level():
        dual = fwd.make_dual(x, tangent)
        dual *= 5
        print(x, tangent, _tangents(torch, x, dual))


def a_view_of_a_dual_tensor_changed_in_place(torch):
    fwd = torch.autograd.forward_ad
    x = torch.tensor([2.0, 3.0, 4.0])
    with fwd.dual_level():
        dual = fwd.make_dual(x, torch.ones(3))
        view = dual[1:]
        view *= 5
        print(_tangents(torch, x, dual, view))
        dual.mul_(2)
        print(_tangents(torch, dual, view))


def a_plain_tensor_changed_by_a_dual_one(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        dual = fwd.make_dual(torch.tensor([2.0, 3.0]), torch.tensor([1.0, 10.0]))
        x = torch.full((2,), 7.0)
        x *= dual
        print(x, _tangents(torch, x))
        x = torch.zeros(3)
        x[1] = dual[1]
        print(x, _tangents(torch, x))
        x = torch.zeros(2)
        x.detach().add_(dual)
        print(x, _tangents(torch, x))


def a_view_of_a_plain_tensor_changed_by_a_dual_one(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        dual = fwd.make_dual(torch.full((2, 2), 3.0), torch.arange(4.0).view(2, 2))
        for change in ("add_", "mul_", "copy_"):
            base = torch.full((2, 2), 5.0)
            view = base.transpose(0, 1)
            getattr(view, change)(dual)
            print(base, _tangents(torch, base, view))
            view *= 2
            print(_tangents(torch, base, view))


def detaching(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        dual = fwd.make_dual(torch.ones(2), torch.ones(2)).clone()
        print(_tangents(torch, dual, dual.detach()))
        dual.detach_()
        print(_tangents(torch, dual, dual * 2))


def a_tangent_that_is_dual(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        dual = fwd.make_dual(torch.ones(2), torch.ones(2))
        attempt(lambda: fwd.make_dual(torch.ones(2), dual))


def setup_context_sees_defaults(torch):
    class Power(torch.autograd.Function):
        @staticmethod
        def forward(x, exponent=3):
            return x**exponent

        @staticmethod
        def setup_context(ctx, inputs, output):
            x, ctx.exponent = inputs
            ctx.save_for_backward(x)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * ctx.exponent * x ** (ctx.exponent - 1), None

    x = torch.tensor([2.0], requires_grad=True)
    for inputs in ((x,), (x, 2)):
        print(torch.autograd.grad(Power.apply(*inputs), x))


def inference_mode_knows_no_tangents(torch):
    forward = importlib.import_module(torch.__name__ + ".autograd.forward_ad")

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def jvp(ctx, tangent):
            return tangent * 2

    with forward.dual_level():
        dual = forward.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
        with torch.inference_mode():
            view, product, custom = dual[:1], dual * dual, Double.apply(dual)
            for tensor in (dual, view, product, custom, dual.sum()):
                print(*forward.unpack_dual(tensor))
            inner = forward.make_dual(torch.ones(2), torch.ones(2))
            print(*forward.unpack_dual(inner))
            dual.mul_(2)
            with torch.inference_mode(False):
                print(*forward.unpack_dual(dual * 3))
        for tensor in (dual, product, custom, dual * 2, inner):
            print(*forward.unpack_dual(tensor))


def levels_opened_and_closed_in_inference_mode(torch):
    forward = importlib.import_module(torch.__name__ + ".autograd.forward_ad")
    one = torch.ones(2)
    with torch.inference_mode():
        attempt(lambda: forward.make_dual(one, one))
        forward.enter_dual_level()
        print(*forward.unpack_dual(forward.make_dual(one, one)))
    print(*forward.unpack_dual(forward.make_dual(one, one) * 2))
    with torch.inference_mode():
        forward.exit_dual_level()
    attempt(lambda: forward.make_dual(one, one))


def inference_mode_and_functions_of_forward_mode(torch):
    def square(x):
        with torch.inference_mode():
            y = x * x
        return y * 3

    one = torch.ones(2)
    print(torch.func.jvp(square, (one,), (one,)))
    print(torch.func.jvp(lambda x: square(x) * x, (one,), (one,)))
    with torch.inference_mode():
        print(torch.func.jvp(lambda x: x * x, (one,), (one,)))
        print(torch.func.jacfwd(lambda x: x * x)(one))
        print(torch.func.hessian(lambda x: (x * x * x).sum())(one))
