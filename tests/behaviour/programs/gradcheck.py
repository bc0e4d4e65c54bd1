"""torch.autograd.gradcheck: what it refuses, in the fast and the slow way."""

from tests.behaviour.helpers import attempt, warned


def _both(torch, func, *inputs, **options):
    for fast in (False, True):
        attempt(
            lambda fast=fast: print(
                torch.autograd.gradcheck(func, inputs, fast_mode=fast, **options)
            )
        )


def _leaf(torch, *shape):
    return torch.ones(shape, dtype=torch.float64, requires_grad=True)


def a_wrong_gradient(torch):
    def wrong(x):
        y = x.clone()
        y.register_hook(lambda grad: grad + 1e-2)
        return y

    _both(torch, wrong, _leaf(torch, 2))
    _both(torch, wrong, _leaf(torch, 2), raise_exception=False)


def outputs_that_change_with_the_value(torch):
    def longer(x):
        return torch.cat([x, x]) if (x >= 1).all() else x

    def narrower(x):
        return x.to(torch.float32) if (x >= 1).all() else x

    _both(torch, longer, _leaf(torch, 1))
    _both(torch, narrower, _leaf(torch, 1))


def a_backward_that_is_random(torch):
    class Random(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, grad):
            return grad * (1 + torch.rand_like(grad) * 1e-6)

    for tolerance in (0.0, 1e-3):
        options = {"nondet_tol": tolerance, "check_batched_grad": False}
        _both(torch, Random.apply, _leaf(torch, 2), **options)


def a_hook_that_cannot_take_none(torch):
    def func(x):
        def hook(grad):
            if grad is None:
                raise RuntimeError("no gradient came")

        y = x.clone()
        y.register_hook(hook)
        return y

    warned(lambda: _both(torch, func, _leaf(torch, 1)))


def forward_mode_that_is_wrong(torch):
    fwd = torch.autograd.forward_ad

    def wrong(x, y):
        if fwd._current_level >= 0:
            primal, tangent = fwd.unpack_dual(y)
            y = fwd.make_dual(primal, tangent * 1.1)
        return x + y, y

    for func in (wrong, lambda x, y: (x + y, y)):
        _both(torch, func, _leaf(torch, 2), _leaf(torch, 2), check_forward_ad=True)


def batches_of_the_wrong_shape(torch):
    x = _leaf(torch, 2, 2)
    for out, vectors in ((x.clone(), torch.ones(2, 2)), (x.sum(), torch.ones(2, 1))):
        attempt(
            lambda out=out, vectors=vectors: torch.autograd.grad(
                out, x, vectors, is_grads_batched=True
            )
        )
