"""Corners that random programs, run under both engines, have found."""

from tests.behaviour.helpers import attempt, warned


def apply_counts_no_version(torch):
    x = torch.ones(3)
    x.apply_(lambda n: n + 1)
    x.map_(x.clone(), lambda a, b: a + b)
    print(x, x._version)


def marks_of_tensors_that_are_not_returned_count(torch):
    class Marks(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, several):
            ctx.mark_dirty(x)
            x.mul_(3)
            return (x, x * 2) if several else x * 1

        @staticmethod
        def backward(ctx, *grads):
            return grads[0] * 3, None

    for several in (False, True):
        for x in (
            torch.ones(2),
            torch.ones(2, requires_grad=True) * 2,
            (torch.ones(2, requires_grad=True) * 2)[:1],
        ):
            attempt(lambda x=x, several=several: Marks.apply(x, several))
            print(x, x._version)


def a_view_that_is_a_leaf_is_not_changed_by_custom_functions(torch):
    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(3)

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    x = torch.ones(3, 2).t().requires_grad_()
    attempt(lambda: Triple.apply(x))


def whether_a_stale_view_retains_its_gradient(torch):
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad

    x = torch.ones(2, requires_grad=True) * 1
    y = Same.apply(x)
    y.retain_grad()
    x.mul_(2)
    print(y.retains_grad, x.retains_grad)
    attempt(lambda: y.grad_fn)


def batches_of_gradients_with_zeros_for_what_was_unused(torch):
    x = torch.ones(2, requires_grad=True)
    y = torch.ones(2, 3, requires_grad=True)
    vectors = torch.eye(2)
    named = {"is_grads_batched": True, "materialize_grads": True}
    print(torch.autograd.grad(x * 2, (x, y), vectors, **named))


def an_error_comes_before_the_warning_of_cycles(torch):
    x = torch.ones(2)
    warned(lambda: attempt(lambda: x.sum().backward(create_graph=True)))
    x.requires_grad_()
    warned(lambda: attempt(lambda: x.sum().backward(create_graph=True)))
    warned(lambda: attempt(lambda: x.sum().backward(create_graph=True, inputs=[])))
    warned(lambda: attempt(lambda: x.backward(create_graph=True)))


def which_operation_made_what_was_changed(torch):
    class MyBackwardFunction(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad

    x = torch.ones(2, 3, requires_grad=True)
    for make in (lambda x: x.sum(0), lambda x: x.clamp(0, 1), MyBackwardFunction.apply, torch.exp):
        y = make(x)
        z = y * y
        y.detach().add_(1)
        try:
            z.sum().backward()
        except RuntimeError as error:
            print(str(error).split(", is at")[0])


def complex_numbers_are_not_rectified_in_place(torch):
    attempt(lambda: torch.ones(2, dtype=torch.complex64).relu_())
