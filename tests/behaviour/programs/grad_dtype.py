"""Tensor.grad_dtype: which dtype .grad has, and what may be assigned."""

from tests.behaviour.helpers import attempt


def _assign(tensor, name, value):
    return attempt(lambda: setattr(tensor, name, value))


def default_and_setting(torch):
    x = torch.ones(2, requires_grad=True)
    print(x.grad_dtype, torch.ones(2, dtype=torch.int64).grad_dtype)
    x.grad_dtype = torch.float64
    print(x.grad_dtype)
    x.grad_dtype = None
    print(x.grad_dtype)
    _assign(x, "grad_dtype", 3)
    y = x * 2
    attempt(lambda: y.grad_dtype)
    _assign(y, "grad_dtype", torch.float64)


def gradients_are_cast(torch):
    class Wide(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad.to(torch.float64)

    for kind in (torch.float32, None, torch.float16, torch.float64):
        x = torch.ones(2, requires_grad=True)
        x.clone()  # the leaf has had an accumulator before
        x.grad_dtype = kind
        Wide.apply(x).sum().backward()
        print(x.grad.dtype, x.grad)
        Wide.apply(x).sum().backward()
        print(x.grad.dtype, x.grad)


def assigning_a_gradient(torch):
    x = torch.ones(2, requires_grad=True)
    x.grad_dtype = torch.float16
    _assign(x, "grad", torch.ones(2))
    x.grad_dtype = None
    _assign(x, "grad", torch.ones(2, dtype=torch.float64))
    _assign(x, "grad_dtype", torch.float16)
    _assign(x, "grad_dtype", torch.float64)
    x.grad = None
    _assign(x, "grad_dtype", torch.float16)
