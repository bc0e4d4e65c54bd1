"""Whole programs: asking for gradients, hand derivatives, intermediates, a custom Function."""


def ask_at_construction(torch):
    x = torch.ones(2, 3, requires_grad=True)
    print(x)
    print(x.requires_grad, x.is_leaf)


def ask_by_method(torch):
    x = torch.ones(2, 3).requires_grad_()
    print(x.requires_grad)


def ask_by_attribute(torch):
    x = torch.ones(2, 3)
    x.requires_grad = True
    print(x.requires_grad)


def properties_of_results(torch):
    a = torch.ones(2, requires_grad=True)
    b = torch.zeros(2)
    c = (a + b).sum()
    print(a.requires_grad, b.requires_grad, c.requires_grad)
    print(a.is_leaf, b.is_leaf, c.is_leaf)


def hand_derivative(torch):
    def f(x):
        return x**2 * torch.exp(x)

    def derivative(x):
        return 2 * x * torch.exp(x) + x**2 * torch.exp(x)

    torch.manual_seed(0)
    x = torch.randn(3, 4, requires_grad=True)
    y = f(x)
    print(y)
    y.backward(torch.ones(y.size()))
    print(x.grad)
    print(derivative(x))
    print(torch.allclose(x.grad, derivative(x)))


def intermediates_by_grad(torch):
    x = torch.ones(3, requires_grad=True)
    w = torch.rand(3, requires_grad=True)
    y = x * w
    z = y.sum()
    print(torch.autograd.grad(z, y))
    z = (x * w).sum()
    z.backward()
    print(x.grad, w.grad, y.requires_grad)


def intermediates_by_hook(torch):
    def variable_hook(grad):
        print("gradient of y:", grad)

    x = torch.ones(3, requires_grad=True)
    w = torch.rand(3, requires_grad=True)
    y = x * w
    handle = y.register_hook(variable_hook)
    z = y.sum()
    z.backward()
    handle.remove()


def nonleaf_gradients_are_cleared(torch):
    x = torch.ones(3, requires_grad=True)
    w = torch.rand(3, requires_grad=True)
    y = x * w
    z = y.sum()
    z.backward()
    print(x.grad, w.grad, y.grad)


def custom_function_wx_plus_b(torch):
    class MultiplyAdd(torch.autograd.Function):
        @staticmethod
        def forward(ctx, w, x, b):
            ctx.save_for_backward(w, x)
            return w * x + b

        @staticmethod
        def backward(ctx, grad_output):
            w, x = ctx.saved_tensors
            return grad_output * x, grad_output * w, grad_output * 1

    x = torch.ones(1)
    w = torch.rand(1, requires_grad=True)
    b = torch.rand(1, requires_grad=True)
    print("start forward")
    z = MultiplyAdd.apply(w, x, b)
    print("start backward")
    z.backward()
    print(x.grad, w.grad, b.grad)
    print(z.grad_fn.name())


def custom_function_with_a_flag(torch):
    class Affine(torch.autograd.Function):
        @staticmethod
        def forward(ctx, w, x, b, is_train=True):
            ctx.is_train = is_train
            ctx.save_for_backward(w, x)
            return w * x + b

        @staticmethod
        def backward(ctx, grad_output):
            w, x = ctx.saved_tensors
            return grad_output * x, grad_output * w, grad_output, None

    x = torch.ones(1)
    w = torch.rand(1, requires_grad=True)
    b = torch.rand(1, requires_grad=True)
    z = Affine.apply(w, x, b, False)
    z.backward()
    print(w.grad, b.grad, x.grad)


def custom_sigmoid(torch):
    class Sigmoid(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            output = 1 / (1 + torch.exp(-x))
            ctx.save_for_backward(output)
            return output

        @staticmethod
        def backward(ctx, grad_output):
            (output,) = ctx.saved_tensors
            return output * (1 - output) * grad_output

    torch.manual_seed(0)
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    print(torch.autograd.gradcheck(Sigmoid.apply, (x,), eps=1e-3))
    print(torch.allclose(Sigmoid.apply(x), torch.sigmoid(x)))


def second_order_of_a_product(torch):
    x = torch.tensor([5.0], requires_grad=True)
    y = x**2
    (grad_x,) = torch.autograd.grad(y, x, create_graph=True)
    print(grad_x)
    print(torch.autograd.grad(grad_x[0], x))


def zeroing_between_passes(torch):
    x = torch.ones(3, requires_grad=True)
    for _ in range(2):
        (x * x).sum().backward()
        print(x.grad)
        x.grad.data.zero_()
    print(x.grad)
