"""Corners of the engine and of tensors: calls of nodes, callbacks, hooks left open, deletions."""

from tests.behaviour.helpers import attempt, warned


def calling_a_node(torch):
    x = torch.ones(2, requires_grad=True)
    node = (x**2).grad_fn
    attempt(lambda: node(x.detach(), x.detach()))
    attempt(node)
    print(node(x.detach()))


def what_a_node_expects(torch):
    x = torch.ones(3, 2, requires_grad=True)
    for node in ((x * x).grad_fn, torch.var_mean(x, dim=0)[0].grad_fn):
        print([(tuple(m.shape), m.dtype, str(m.device)) for m in node._input_metadata])


def callbacks_of_a_pass(torch):
    queue = torch.autograd.Variable._execution_engine.queue_callback
    x = torch.ones(2, requires_grad=True)

    def hook(grad):
        queue(lambda: (print("first", x.grad), queue(lambda: print("second"))))

    x.register_hook(hook)
    (x * 2).sum().backward()
    attempt(lambda: queue(print))


def a_callback_of_an_inner_pass(torch):
    queue = torch.autograd.Variable._execution_engine.queue_callback
    x = torch.ones(2, requires_grad=True)
    y = torch.ones(2, requires_grad=True)
    y.register_hook(lambda grad: queue(lambda: print("inner over")))

    def hook(grad):
        queue(lambda: print("outer over"))
        with torch.enable_grad():
            (y * 3).sum().backward()
        print("outer goes on")

    x.register_hook(hook)
    (x * 2).sum().backward()


def an_error_in_a_callback(torch):
    queue = torch.autograd.Variable._execution_engine.queue_callback

    def fail():
        raise ValueError("callback")

    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda grad: queue(fail))
    attempt((x * 2).sum().backward)
    print(x.grad)


def saved_tensor_hooks_entered_by_an_unpack_hook(torch):
    packs = []

    def pack(tensor):
        packs.append(1)
        return tensor

    def unpack(tensor):
        hooks.__enter__()
        return tensor

    hooks = torch.autograd.graph.saved_tensors_hooks(pack, unpack)
    x = torch.ones(2, requires_grad=True)
    with hooks:
        y = x.sin()
    y.sum().backward()
    x.cos()
    print(len(packs))


def the_gradient_a_post_hook_sees(torch):
    x = torch.ones(2, requires_grad=True)
    leaf = x.view_as(x).grad_fn.next_functions[0][0]
    x.register_hook(lambda grad: grad * 3)
    x.register_post_accumulate_grad_hook(lambda t: (t.grad.add_(1), None)[1])
    leaf.register_hook(lambda inputs, outputs: print(inputs, outputs))
    for _ in range(2):
        (x * 2).sum().backward()
        print(x.grad)


def module_hooks_in_a_second_derivative(torch):
    loss = torch.nn.MSELoss()
    loss.register_full_backward_hook(lambda module, inputs, outputs: print("hook"))
    x = torch.ones(2, requires_grad=True)
    (grad,) = torch.autograd.grad(loss(x, torch.zeros(2)), x, create_graph=True)
    print(torch.autograd.grad(grad.sum(), x))


def numpy_where_nothing_is_recorded(torch):
    x = torch.ones(2, requires_grad=True)
    attempt(x.numpy)
    with torch.no_grad():
        print(x.numpy())


def volatile_is_gone(torch):
    x = torch.ones(2)
    print(warned(lambda: x.volatile))
    warned(lambda: setattr(x, "volatile", True))


def what_cannot_be_deleted(torch):
    x = torch.ones(2, requires_grad=True)
    x.sum().backward()
    del x.grad
    print(x.grad)
    attempt(lambda: delattr(x, "data"))
    attempt(lambda: delattr(x, "requires_grad"))


def decorating_a_class(torch):
    def decorate():
        @torch.no_grad()
        class Thing:
            def __init__(self):
                self.made = torch.is_grad_enabled()

            def now(self):
                return torch.is_grad_enabled()

        return Thing

    thing = warned(decorate)()
    print(thing.made, thing.now())


def set_grad_enabled_takes_a_bool(torch):
    attempt(lambda: torch.set_grad_enabled("yes"))
    attempt(lambda: torch.set_grad_enabled(None))
    print(torch.is_grad_enabled())


def inputs_that_are_no_tensors(torch):
    y = (torch.ones(2, requires_grad=True) * 2).sum()
    attempt(lambda: y.backward(inputs=[3]))


def versions_of_several_tensors(torch):
    x, y = torch.ones(2), torch.zeros(2, dtype=torch.int64)
    torch.autograd.graph.increment_version([x, y])
    torch.autograd.graph.increment_version(x)
    print(x._version, y._version)
    attempt(lambda: torch.autograd.graph.increment_version(3))
    with torch.inference_mode():
        z = torch.ones(2)
    attempt(lambda: torch.autograd.graph.increment_version(z))


def changing_saved_tensors_in_a_block(torch):
    allow = torch.autograd.graph.allow_mutation_on_saved_tensors
    x = torch.ones(2, requires_grad=True)
    with allow():
        y = x * 2
        z = (y**2).sum()
        y.mul_(3)
        z.backward(retain_graph=True)
        print(x.grad)

        def nested():
            with allow():
                pass

        attempt(nested)
    attempt(z.backward)
    with allow():
        print((x * x).sum())


def what_such_a_block_keeps(torch):
    def show():
        tables = context.cloned, context.original, context.tid_to_weakhandle, context.sid_to_tid
        print(*map(len, tables))

    x = torch.ones(2, requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors() as context:
        show()
        y = x.clone()
        square, power = y * y, y.exp()
        show()
        y[:1].add_(5)
        show()
        print([copy.tolist() for copy in context.cloned.values()])
        power.mul_(2)
        show()
        (gradient,) = torch.autograd.grad((square + power).sum(), x, create_graph=True)
        print(gradient, torch.autograd.grad(gradient.sum(), x))
        del square, power, gradient, y
        show()
        z = x.exp()
    show()
    attempt(z.sum().backward)
    context.clear()


def a_hook_cannot_make_a_gradient_from_none(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2  # the number gets no gradient
    y.grad_fn.register_hook(lambda inputs, outputs: (torch.ones(2), torch.ones(2)))
    attempt(y.sum().backward)
    print(x.grad)
