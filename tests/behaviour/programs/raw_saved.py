"""grad_fn._raw_saved_<name>: hooks on one saved tensor."""

from tests.behaviour.helpers import attempt


def _same(value):
    return value


def _inputs(torch):
    yield torch.ones(3, requires_grad=True)
    yield torch.ones(3, requires_grad=True) + 1


def what_packing_changes_reaches_backward(torch):
    for x in _inputs(torch):
        x.retain_grad()
        y = x * x
        y.grad_fn._raw_saved_self.register_hooks(lambda t: 2 * t, lambda t: t)
        print(y.grad_fn._saved_self, y.grad_fn._saved_self.grad_fn is x.grad_fn)
        y.sum().backward()
        print(x.grad)


def double_backward_through_hooks(torch):
    x = torch.ones(3, requires_grad=True)
    y = x**3
    y.grad_fn._raw_saved_self.register_hooks(_same, _same)
    (grad,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    grad.sum().backward()
    print(x.grad)


def a_saved_output(torch):
    x = torch.ones(2, requires_grad=True)
    y = torch.exp(x)
    y.grad_fn._raw_saved_result.register_hooks(_same, _same)
    print(y.grad_fn._saved_result, y.grad_fn._saved_result.grad_fn is y.grad_fn)
    y.sum().backward()
    print(x.grad)


def what_is_kept(torch):
    x = torch.tensor(2.0, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(_same, _same):
        packed = x**2
    result = packed.exp()
    last = result**2
    for saved, whole in (
        (packed.grad_fn._raw_saved_self, x),
        (result.grad_fn._raw_saved_result, result),
        (last.grad_fn._raw_saved_self, result),
    ):
        print(saved.data is whole, saved.unpack_hook is _same, saved.data.requires_grad)
    print(last.grad_fn._raw_saved_self.unpack() is result)


def refusals(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * x
    saved = y.grad_fn._raw_saved_self
    attempt(lambda: saved.register_hooks(1, 2))
    saved.register_hooks(_same, lambda t: 1)
    attempt(lambda: saved.register_hooks(_same, _same))
    attempt(lambda: y.grad_fn._saved_self)
    y = x * x
    attempt(lambda: y.grad_fn._raw_saved_self.register_hooks(lambda t, more: t, _same))
    y = x * x
    y.sum().backward()
    attempt(lambda: y.grad_fn._raw_saved_self.register_hooks(_same, _same))
    attempt(torch.autograd.SavedTensor)


def a_pack_hook_that_changes_its_input(torch):
    def twice(tensor):
        tensor *= 2
        return tensor

    x = torch.ones(2, requires_grad=True) + 1
    y = torch.exp(x)
    attempt(lambda: y.grad_fn._raw_saved_result.register_hooks(twice, _same))

    def under_hooks():
        with torch.autograd.graph.saved_tensors_hooks(twice, _same):
            x.exp()

    attempt(under_hooks)


def of_a_custom_function(torch):
    class Keep(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x, None)
            return x.clone()

        @staticmethod
        def backward(ctx, grad):
            print(ctx.saved_tensors)
            return grad

    x = torch.ones(2, requires_grad=True)
    y = Keep.apply(x)
    first, second = y.grad_fn._raw_saved_tensors
    attempt(lambda: second.register_hooks(_same, _same))
    attempt(lambda: first.register_hooks(lambda t: t * 3, _same))
    y.sum().backward()
    attempt(lambda: y.grad_fn._raw_saved_tensors)
