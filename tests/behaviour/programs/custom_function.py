"""torch.autograd.Function: contexts, marks, counts, shapes, second derivatives."""

from tests.behaviour.helpers import attempt


def square_with_saved_tensor(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad_output):
            (x,) = ctx.saved_tensors
            return 2 * x * grad_output

    x = torch.tensor([1.0, 3.0], requires_grad=True)
    y = Square.apply(x)
    print(y)
    print(y.grad_fn.name(), y.requires_grad)
    y.sum().backward()
    print(x.grad)


def multiply_add_with_number(torch):
    class MultiplyAdd(torch.autograd.Function):
        @staticmethod
        def forward(ctx, w, x, b):
            print("type in forward", type(x).__name__)
            ctx.save_for_backward(w, x)
            return w * x + b

        @staticmethod
        def backward(ctx, grad_output):
            w, x = ctx.saved_tensors
            print("type in backward", type(x).__name__)
            return grad_output * x, grad_output * w, grad_output * 1

    x = torch.ones(1)
    w = torch.rand(1, requires_grad=True)
    b = torch.rand(1, requires_grad=True)
    z = MultiplyAdd.apply(w, x, b)
    z.backward()
    print(x.grad, w.grad, b.grad)


def non_tensor_argument_gets_none(torch):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            ctx.factor = factor
            return x * factor

        @staticmethod
        def backward(ctx, grad_output):
            return grad_output * ctx.factor, None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    Scale.apply(x, 5).sum().backward()
    print(x.grad)


def trailing_nones_are_accepted(torch):
    class First(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2, None, None

    x = torch.tensor(1.0, requires_grad=True)
    First.apply(x).backward()
    print(x.grad)


def too_few_gradients(torch):
    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, g):
            return g

    x = torch.tensor(1.0, requires_grad=True)
    y = torch.tensor(1.0, requires_grad=True)
    attempt(lambda: Two.apply(x, y).backward())


def too_many_gradients(torch):
    class One(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g, g

    x = torch.tensor(1.0, requires_grad=True)
    attempt(lambda: One.apply(x).backward())


def gradient_of_wrong_shape(torch):
    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return torch.ones(3)

    x = torch.ones(2, requires_grad=True)
    attempt(lambda: Bad.apply(x).sum().backward())


def gradient_that_broadcasts_back(torch):
    class Widen(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return torch.ones(4, 2)

    x = torch.ones(2, requires_grad=True)
    Widen.apply(x).sum().backward()
    print(x.grad)


def gradient_that_is_not_a_tensor(torch):
    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return 3.0

    x = torch.ones((), requires_grad=True)
    attempt(lambda: Bad.apply(x).backward())


def gradient_for_input_that_needs_none_is_ignored(torch):
    class Mul(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            print(ctx.needs_input_grad)
            return g * y, g * x

    x = torch.tensor(2.0, requires_grad=True)
    y = torch.tensor(3.0)
    Mul.apply(x, y).backward()
    print(x.grad, y.grad)


def forward_runs_without_grad(torch):
    class Look(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            print(torch.is_grad_enabled(), x.requires_grad, y.requires_grad, y.grad_fn)
            return y

        @staticmethod
        def backward(ctx, g):
            print(torch.is_grad_enabled())
            return g * 2

    x = torch.tensor(2.0, requires_grad=True)
    Look.apply(x).backward()


def backward_grad_mode_under_create_graph(torch):
    class Look(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            print(torch.is_grad_enabled())
            return g * 3 * x**2

    x = torch.tensor(2.0, requires_grad=True)
    (g,) = torch.autograd.grad(Look.apply(x), x, create_graph=True)
    print(g.detach())
    print(torch.autograd.grad(g, x))


def no_input_requires_grad(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            print(ctx.needs_input_grad)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    y = Double.apply(torch.ones(2))
    print(y, y.requires_grad, y.grad_fn)


def apply_under_no_grad(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        y = Double.apply(x)
    print(y.requires_grad)


def two_outputs(torch):
    class SumAndProduct(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x + y, x * y

        @staticmethod
        def backward(ctx, ga, gb):
            x, y = ctx.saved_tensors
            print(ga, gb)
            return ga + gb * y, ga + gb * x

    x = torch.tensor(2.0, requires_grad=True)
    y = torch.tensor(3.0, requires_grad=True)
    a, b = SumAndProduct.apply(x, y)
    print(a.output_nr, b.output_nr, a.grad_fn is b.grad_fn)
    b.backward()
    print(x.grad, y.grad)


def unused_output_without_materializing(torch):
    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, ga, gb):
            print(ga, gb)
            return ga * 2 if gb is None else gb

    x = torch.tensor(2.0, requires_grad=True)
    Two.apply(x)[0].backward()
    print(x.grad)


def mark_non_differentiable(torch):
    class SortLike(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            values, indices = x.sort()
            ctx.mark_non_differentiable(indices)
            ctx.save_for_backward(x, indices)
            return values, indices

        @staticmethod
        def backward(ctx, g, _):
            x, indices = ctx.saved_tensors
            out = torch.zeros_like(x)
            out[indices] = g
            return out

    x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    values, indices = SortLike.apply(x)
    print(values.requires_grad, indices.requires_grad)
    (values * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    print(x.grad)


def mark_non_differentiable_float(torch):
    class Half(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            a, b = x * 2, x * 3
            ctx.mark_non_differentiable(b)
            return a, b

        @staticmethod
        def backward(ctx, ga, gb):
            print(gb)
            return ga * 2

    x = torch.ones(2, requires_grad=True)
    a, b = Half.apply(x)
    print(a.requires_grad, b.requires_grad, b.grad_fn)
    a.sum().backward()


def mark_dirty(torch):
    class AddOne(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.add_(1)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 5

    x = torch.zeros(2, requires_grad=True)
    y = x * 2
    z = AddOne.apply(y)
    print(z is y, y, y.grad_fn.name())
    z.sum().backward()
    print(x.grad)


def mark_dirty_on_leaf(torch):
    class AddOne(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.add_(1)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g

    x = torch.zeros(2, requires_grad=True)
    attempt(lambda: AddOne.apply(x))


def returning_an_input_gives_a_view(torch):
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 7

    x = torch.ones(2, requires_grad=True)
    y = Same.apply(x)
    print(y is x, y.grad_fn.name(), x.grad_fn)
    y.sum().backward()
    print(x.grad)


def setup_context(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x**3

        @staticmethod
        def setup_context(ctx, inputs, output):
            (x,) = inputs
            ctx.save_for_backward(x)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 3 * x**2 * g

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    Cube.apply(x).sum().backward()
    print(x.grad)


def once_differentiable(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 3 * x**2 * g

    x = torch.tensor(2.0, requires_grad=True)
    Cube.apply(x).backward()
    print(x.grad)
    (g,) = torch.autograd.grad(Cube.apply(x), x, create_graph=True)
    print(g.requires_grad)
    attempt(lambda: torch.autograd.grad(g, x))


def saved_input_modified(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * x * g

    x = torch.ones(2, requires_grad=True)
    y = x * 1
    z = Square.apply(y)
    y.add_(1)
    attempt(lambda: z.sum().backward())


def saved_tensors_are_freed(torch):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            result = x.exp()
            ctx.save_for_backward(result)
            return result

        @staticmethod
        def backward(ctx, g):
            (result,) = ctx.saved_tensors
            return g * result

    x = torch.zeros(2, requires_grad=True)
    y = Exp.apply(x).sum()
    y.backward()
    attempt(lambda: y.backward())


def nothing_saved_can_run_twice(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = torch.zeros((), requires_grad=True)
    y = Double.apply(x)
    y.backward()
    attempt(lambda: y.backward())
    print(x.grad)


def save_none_and_tensors(torch):
    class Keep(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y=None):
            ctx.save_for_backward(x, y)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            print(ctx.saved_tensors)
            return g * 2, None

    x = torch.ones(1, requires_grad=True)
    Keep.apply(x, None).sum().backward()


def save_for_backward_of_a_number(torch):
    class Keep(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(3)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g

    attempt(lambda: Keep.apply(torch.ones(1, requires_grad=True)))


def attributes_on_ctx(torch):
    class Power(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, n):
            ctx.n = n
            ctx.save_for_backward(x)
            ctx.shape = tuple(x.shape)
            return x**n

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            print(ctx.n, ctx.shape, ctx.needs_input_grad)
            return g * ctx.n * x ** (ctx.n - 1), None

    x = torch.tensor([2.0], requires_grad=True)
    Power.apply(x, 3).backward()
    print(x.grad)


def exception_in_backward(torch):
    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            raise ZeroDivisionError("in my backward")

    x = torch.ones((), requires_grad=True)
    attempt(lambda: Bad.apply(x).backward())


def exception_in_forward(torch):
    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            raise ValueError("in my forward")

        @staticmethod
        def backward(ctx, g):
            return g

    attempt(lambda: Bad.apply(torch.ones((), requires_grad=True)))


def forward_returning_not_a_tensor(torch):
    class Number(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 5

        @staticmethod
        def backward(ctx, g):
            return g

    attempt(lambda: Number.apply(torch.ones((), requires_grad=True)))


def forward_returning_tensor_and_number(torch):
    class Pair(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, "text"

        @staticmethod
        def backward(ctx, g, _):
            return g * 2

    x = torch.ones((), requires_grad=True)
    y, text = Pair.apply(x)
    y.backward()
    print(text, x.grad)


def missing_backward(torch):
    class NoBackward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    x = torch.ones((), requires_grad=True)
    y = NoBackward.apply(x)
    attempt(lambda: y.backward())


def missing_forward(torch):
    class NoForward(torch.autograd.Function):
        @staticmethod
        def backward(ctx, g):
            return g

    attempt(lambda: NoForward.apply(torch.ones((), requires_grad=True)))


def calling_an_instance(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    attempt(lambda: Double()(torch.ones(1)))


def keyword_arguments_are_refused(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    attempt(lambda: Double.apply(x=torch.ones(1)))


def straight_through_estimator(torch):
    class RoundThrough(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.round()

        @staticmethod
        def backward(ctx, g):
            return g

    x = torch.tensor([0.4, 1.6, 2.5], requires_grad=True)
    y = RoundThrough.apply(x)
    (y**2).sum().backward()
    print(y, x.grad)


def gradient_reversal(torch):
    class Reverse(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, strength):
            ctx.strength = strength
            return x.view_as(x)

        @staticmethod
        def backward(ctx, g):
            return g.neg() * ctx.strength, None

    x = torch.ones(2, requires_grad=True)
    y = Reverse.apply(x, 0.5)
    print(y)
    y.sum().backward()
    print(x.grad)


def legendre_polynomial(torch):
    class LegendrePolynomial3(torch.autograd.Function):
        @staticmethod
        def forward(ctx, input):
            ctx.save_for_backward(input)
            return 0.5 * (5 * input**3 - 3 * input)

        @staticmethod
        def backward(ctx, grad_output):
            (input,) = ctx.saved_tensors
            return grad_output * 1.5 * (5 * input**2 - 1)

    x = torch.linspace(-1, 1, 5, requires_grad=True)
    LegendrePolynomial3.apply(x).sum().backward()
    print(x.grad)


def my_relu(torch):
    class MyReLU(torch.autograd.Function):
        @staticmethod
        def forward(ctx, input):
            ctx.save_for_backward(input)
            return input.clamp(min=0)

        @staticmethod
        def backward(ctx, grad_output):
            (input,) = ctx.saved_tensors
            grad_input = grad_output.clone()
            grad_input[input < 0] = 0
            return grad_input

    x = torch.tensor([-1.0, 2.0, -3.0, 4.0], requires_grad=True)
    MyReLU.apply(x).pow(2).sum().backward()
    print(x.grad)


def linear_function(torch):
    class Linear(torch.autograd.Function):
        @staticmethod
        def forward(ctx, input, weight, bias=None):
            ctx.save_for_backward(input, weight, bias)
            output = input.mm(weight.t())
            if bias is not None:
                output += bias.unsqueeze(0).expand_as(output)
            return output

        @staticmethod
        def backward(ctx, grad_output):
            input, weight, bias = ctx.saved_tensors
            grad_input = grad_weight = grad_bias = None
            if ctx.needs_input_grad[0]:
                grad_input = grad_output.mm(weight)
            if ctx.needs_input_grad[1]:
                grad_weight = grad_output.t().mm(input)
            if bias is not None and ctx.needs_input_grad[2]:
                grad_bias = grad_output.sum(0)
            return grad_input, grad_weight, grad_bias

    x = torch.arange(6.0).view(2, 3)
    w = torch.ones(2, 3, requires_grad=True)
    b = torch.zeros(2, requires_grad=True)
    Linear.apply(x, w, b).sum().backward()
    print(w.grad, b.grad, sep="\n")
    print(torch.autograd.gradcheck(Linear.apply, (
        x.double().requires_grad_(), w.detach().double().requires_grad_(),
        b.detach().double().requires_grad_())))  # fmt: skip


def repr_of_custom_grad_fn(torch):
    class MyOwn(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g

    x = torch.ones(1, requires_grad=True)
    y = MyOwn.apply(x)
    print(y.grad_fn)
    print(y)
    print(type(y.grad_fn).__name__)


def save_attribute_to_save(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            print(ctx.to_save is not None, len(ctx.saved_tensors))
            return g

    x = torch.ones((), requires_grad=True)
    Square.apply(x).backward()


def integer_output(torch):
    class Floor(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.long()

        @staticmethod
        def backward(ctx, g):
            return g

    y = Floor.apply(torch.tensor([1.5], requires_grad=True))
    print(y, y.requires_grad)


def tensors_in_a_list_are_not_tracked(torch):
    class AddAll(torch.autograd.Function):
        @staticmethod
        def forward(ctx, tensors):
            return tensors[0] + tensors[1]

        @staticmethod
        def backward(ctx, g):
            return None

    x = torch.ones(2, requires_grad=True)
    print(AddAll.apply([x, x]).requires_grad)
