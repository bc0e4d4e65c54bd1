"""Corners that random programs, run under both engines, have found."""

import importlib

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


def nothing_is_added_to_an_expanded_gradient(torch):
    x = torch.ones(2, 3, requires_grad=True)
    x.grad = torch.ones(1).expand(2, 3)
    attempt(lambda: (x * 2).sum().backward())
    print(x.grad)


def data_of_inference_mode(torch):
    with torch.inference_mode():
        made = torch.ones(2)
    x = torch.zeros(2)
    x.data = made
    print(x.is_inference(), x, x._version)
    x.add_(1)
    print(made)
    x.data = torch.zeros(2)
    print(x.is_inference())


def several_results_and_a_changed_view_where_nothing_is_recorded(torch):
    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2), x * 3

        @staticmethod
        def backward(ctx, *grads):
            return grads[0]

    x = torch.ones(3)
    print(Two.apply(x[:2]), x)
    x.requires_grad_()
    with torch.no_grad():
        attempt(lambda: print(Two.apply(x[:2])))
    y = x * 1
    attempt(lambda: Two.apply(y[:2]))


def gradients_of_another_dtype_are_not_assigned(torch):
    kinds = (torch.float16, torch.float32, torch.float64, torch.complex64, torch.int64, torch.bool)
    for own in kinds:
        x = torch.ones(1, dtype=own)
        for given in kinds:
            grad = torch.ones(1, dtype=given)
            try:
                x.grad = grad
            except RuntimeError as error:
                print(str(error).split(".")[0])


def gradients_that_lie_otherwise_than_their_variables(torch):
    def variable(*sizes):
        return torch.ones(*sizes, requires_grad=True)

    columns = torch.ones(2, 4)[:, ::2].requires_grad_()
    turned = torch.ones(2, 3).t().requires_grad_()
    torch.set_warn_always(True)
    for x, grad in (
        (variable(2, 2), torch.zeros(2, 2)),
        (variable(2, 2), torch.zeros(2, 2).t()),
        (variable(2, 2), torch.zeros(2, 4)[:, ::2]),
        (variable(2, 1), torch.zeros(1, 2).t()),
        (columns, torch.zeros(2, 4)[:, ::2]),
        (columns, torch.zeros(2, 2)),
        (turned, torch.zeros(2, 3).t()),
        (turned, torch.zeros(3, 2)),
        (torch.ones(1).expand(2, 2).requires_grad_(), torch.zeros(2, 2)),
        (variable(()), torch.zeros(())),
    ):
        x.grad = grad
        warned(lambda x=x: (x * 2).sum().backward())
        print(x.grad.tolist(), x.grad is grad)
    torch.set_warn_always(False)


def a_real_tensor_is_filled_with_a_complex_one(torch):
    number = torch.tensor(1 + 2j, requires_grad=True)
    x = torch.zeros(2, 2)
    warned(lambda: x.fill_(number.detach()))
    warned(lambda: x.__setitem__(0, number))
    warned(lambda: x.__setitem__((slice(None), 0), number))
    warned(lambda: x.__setitem__((0, 0), number))
    print(x)


def an_output_counts_one_change(torch):
    for out in (torch.empty(0), torch.ones(3), torch.ones(6)[::2]):
        torch.exp(torch.zeros(3), out=out)
        print(out, out._version)


def drawing_for_an_expanded_tensor(torch):
    x = torch.ones(1).expand(8)
    print(torch.nn.functional.dropout(x), torch.nn.functional.dropout(x.view(2, 4).t()).stride())


def where_a_view_of_other_data_begins(torch):
    x = torch.ones(2, 3)
    y = x.t()
    y.data = y.clone()
    print(y.storage_offset(), y._is_view(), y)
    y.data = torch.ones(4)[1:]
    print(y.storage_offset(), y._is_view(), y)


def the_version_of_what_was_detached(torch):
    x = torch.ones(2, requires_grad=True) * 2
    x.add_(1)
    x.detach_()
    print(type(x._version).__name__, x._version)


def dual_parts_of_complex_tensors(torch):
    forward = importlib.import_module(torch.__name__ + ".autograd.forward_ad")
    x = torch.tensor([1 + 2j, 3 - 1j])
    with forward.dual_level():
        for part in (x.real, x.imag):
            dual = forward.make_dual(part, torch.ones(2))
            print(*forward.unpack_dual(dual.to(torch.float64)))


def numbers_are_not_replaced_in_leaves_either_way(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        attempt(lambda: x.apply_(lambda n: n + 1))


def what_dtypes_activations_and_draws_refuse(torch):
    F = torch.nn.functional
    for x in (torch.tensor([True]), torch.tensor([1 + 2j]), torch.tensor([1])):
        attempt(lambda x=x: F.hardtanh(x))
        attempt(lambda x=x: F.relu6(x, inplace=True))
        attempt(lambda x=x: F.rrelu(x))
        attempt(lambda x=x: x.clone().bernoulli_(0.0))
        attempt(lambda x=x: torch.bernoulli(x))
        attempt(lambda x=x: x.clone().cauchy_())
        attempt(lambda x=x: torch.polar(x, x))


def shapes_that_do_not_broadcast(torch):
    x = torch.ones(2, 3)
    for y in (x.t(), torch.ones(4), torch.ones(3, 2, 2)):
        attempt(lambda y=y: torch.broadcast_tensors(x, y))
        attempt(lambda y=y: torch.broadcast_shapes(x.shape, y.shape))
        attempt(lambda y=y: torch.broadcast_shapes((2, 3), tuple(y.shape)))


def what_is_saved_on_the_cpu_is_the_tensor_itself(torch):
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    for pinned in (False, True):
        for operation in (lambda x: x.exp(), lambda x: x.sigmoid()):
            with torch.autograd.graph.save_on_cpu(pin_memory=pinned):
                y = operation(x)
            with torch.no_grad():
                y.mul_(2)
            print(torch.autograd.grad(y.sum(), x))
        y = x * 1
        with torch.autograd.graph.save_on_cpu(pin_memory=pinned):
            z = y * y
        with torch.no_grad():
            y.mul_(2)
        print(torch.autograd.grad(z.sum(), x))


def hooks_of_several_where_the_pass_begins_at_a_leaf(torch):
    for wanted in range(3):
        for others in ((0,), (0, 0), (0, 1), (0, 2)):
            a = torch.tensor([1.0, 2.0], requires_grad=True)
            b = torch.tensor([3.0, 4.0], requires_grad=True)
            tensors = [a, b, a * b]
            torch.autograd.graph.register_multi_grad_hook([tensors[n] for n in others], print)
            print(torch.autograd.grad(a, tensors[wanted], torch.ones(2), allow_unused=True))


def a_gradient_is_retained_after_a_batch_of_them(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.retain_grad()
    print(torch.autograd.grad(y * 3, x, torch.ones(2, 2), is_grads_batched=True, retain_graph=True))
    y.sum().backward()
    print(x.grad)


def where_views_begin_whose_base_lies_elsewhere_now(torch):
    for move in (
        lambda x: setattr(x, "data", torch.ones(2, 3)),
        lambda x: x.set_(torch.ones(2, 3)),
        lambda x: setattr(x, "data", torch.ones(4, 3)[1:3]),
    ):
        x = torch.zeros(2, 3)
        row, rest = x[1], x[:, 1:]
        move(x)
        print(x.storage_offset(), row.storage_offset(), rest.storage_offset(), row.detach())
        print(x[1].storage_offset(), x[1].as_strided((2,), (1,), 0), row.as_strided((2,), (1,), 0))


def complex_numbers_are_not_rectified_in_place(torch):
    attempt(lambda: torch.ones(2, dtype=torch.complex64).relu_())
