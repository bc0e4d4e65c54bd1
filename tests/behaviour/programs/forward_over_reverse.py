"""`.backward()` while tensors are dual: what arrives in `.grad` carries tangents too."""

import importlib


def _forward(torch):
    return importlib.import_module(torch.__name__ + ".autograd.forward_ad")


def _dual(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    return x, _forward(torch).make_dual(x, torch.tensor([1.0, 10.0]))


def _show(torch, tensor):
    print(*_forward(torch).unpack_dual(tensor))


def a_first_gradient_is_taken_over_without_its_tangent(torch):
    with _forward(torch).dual_level():
        x, dual = _dual(torch)
        (dual**3).sum().backward()
        _show(torch, x.grad)
        (dual**3).sum().backward()
        _show(torch, x.grad)
    _show(torch, x.grad)


def a_first_gradient_that_others_hold_is_copied(torch):
    with _forward(torch).dual_level():
        x, dual = _dual(torch)
        held = []
        x.register_hook(held.append)
        (dual**3).sum().backward()
        _show(torch, x.grad)
        _show(torch, held[0])
        x.grad = None
        y = dual * 2
        y.backward(_forward(torch).make_dual(torch.ones(2), torch.ones(2)))
        _show(torch, x.grad)


def gradients_that_were_there_become_dual(torch):
    with _forward(torch).dual_level():
        x, dual = _dual(torch)
        x.grad = gradient = torch.tensor([5.0, 5.0])
        (dual**3).sum().backward()
        _show(torch, x.grad)
        print(x.grad is gradient, gradient._version)


def with_a_graph(torch):
    with _forward(torch).dual_level():
        x, dual = _dual(torch)
        (dual**3).sum().backward(create_graph=True)
        print(x.grad)
        print(_forward(torch).unpack_dual(x.grad).tangent)


def retained_gradients_and_hooks(torch):
    forward = _forward(torch)
    with forward.dual_level():
        x, dual = _dual(torch)
        y = dual * dual
        y.retain_grad()
        y.register_hook(lambda grad: print("hook", *forward.unpack_dual(grad)))
        y.grad_fn.register_hook(lambda i, o: print("post", *map(forward.unpack_dual, i)))
        x.register_post_accumulate_grad_hook(lambda x: _show(torch, x.grad))
        y.pow(2).sum().backward()
        _show(torch, y.grad)


def a_custom_function(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            ctx.save_for_forward(x)
            return x**3

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 3 * x**2 * grad

        @staticmethod
        def jvp(ctx, tangent):
            (x,) = ctx.saved_tensors
            return 3 * x**2 * tangent

    with _forward(torch).dual_level():
        x, dual = _dual(torch)
        x.grad = torch.zeros(2)
        Cube.apply(dual).sum().backward()
        _show(torch, x.grad)
