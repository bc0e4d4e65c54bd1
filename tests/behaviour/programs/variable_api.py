"""Variable and torch.autograd.backward, as old tutorials use them."""

from tests.behaviour.helpers import attempt, warned


def variable_wraps_a_tensor(torch):
    v = torch.autograd.Variable(torch.ones(2, 2), requires_grad=True)
    print(v)
    print(type(v).__name__, isinstance(v, torch.Tensor), v.requires_grad)


def variable_default_does_not_require_grad(torch):
    v = torch.autograd.Variable(torch.ones(2))
    print(v.requires_grad, v.grad, v.grad_fn)


def variable_of_leaf_is_a_new_leaf(torch):
    x = torch.ones(2, requires_grad=True)
    v = torch.autograd.Variable(x)
    print(v is x, v.requires_grad)


def variable_data_grad_grad_fn(torch):
    x = torch.autograd.Variable(torch.Tensor([[1, 2], [3, 4]]), requires_grad=True)
    y = x + 2
    z = y * y * 3
    out = z.mean()
    print(x.grad_fn)
    print(y.grad_fn)
    print(y.data, out.data)
    out.backward()
    print(x.grad)
    print(x.grad.data)


def variable_isinstance(torch):
    print(isinstance(torch.ones(1), torch.autograd.Variable))


def variable_volatile_is_gone(torch):
    attempt(lambda: torch.autograd.Variable(torch.ones(1), volatile=True))


def variable_of_a_list(torch):
    attempt(lambda: torch.autograd.Variable([1.0, 2.0]))


def variable_sum_and_item(torch):
    v = torch.autograd.Variable(torch.FloatTensor([[1, 2], [3, 4]]), requires_grad=True)
    t = torch.FloatTensor([[1, 2], [3, 4]])
    print(torch.mean(t * t), torch.mean(v * v))
    out = torch.mean(v * v)
    out.backward()
    print(v.grad)
    print(v.data.numpy())


def autograd_backward_single(torch):
    x = torch.tensor(3.0, requires_grad=True)
    torch.autograd.backward(x * x)
    print(x.grad)


def autograd_backward_with_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.backward(x * x, torch.tensor([1.0, 0.5]))
    print(x.grad)


def autograd_backward_lists(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([3.0], requires_grad=True)
    torch.autograd.backward([x * x, y * 2], [torch.ones(2), torch.ones(1)])
    print(x.grad, y.grad)


def autograd_backward_tuple_with_none(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.backward((x.sum(), x * 3), (None, torch.ones(2)))
    print(x.grad)


def autograd_backward_keywords(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    torch.autograd.backward(tensors=y, grad_tensors=None, retain_graph=True, create_graph=False)
    torch.autograd.backward(tensors=[y], grad_tensors=[torch.tensor(2.0)])
    print(x.grad)


def grad_variables_is_deprecated(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    warned(lambda: torch.autograd.backward(y, grad_variables=torch.ones(2)))
    print(x.grad)


def grad_variables_and_grad_tensors(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    attempt(
        lambda: torch.autograd.backward(
            x * 3, grad_tensors=torch.ones(2), grad_variables=torch.ones(2)
        )
    )


def autograd_backward_wrong_count(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    attempt(lambda: torch.autograd.backward([x * 3], [torch.ones(2), torch.ones(2)]))


def autograd_backward_inputs(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = torch.tensor(3.0, requires_grad=True)
    torch.autograd.backward([x * y], inputs=[y])
    print(x.grad, y.grad)


def autograd_backward_of_nonscalar(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    attempt(lambda: torch.autograd.backward([x * 3]))
    attempt(lambda: torch.autograd.backward([x * 3], [None]))


def autograd_backward_of_nothing(torch):
    attempt(lambda: torch.autograd.backward([]))
    attempt(lambda: torch.autograd.backward(3))


def autograd_backward_plain_tensor(torch):
    attempt(lambda: torch.autograd.backward([torch.ones(1)]))


def variable_slicing_and_hooks(torch):
    v = torch.autograd.Variable(torch.ones(4), requires_grad=True)
    v.register_hook(lambda g: print("hook", g))
    (v[1:3] * 2).sum().backward()


def is_tensor(torch):
    print(torch.is_tensor(torch.ones(1)), torch.is_tensor([1]), torch.is_floating_point(
        torch.ones(1)))  # fmt: skip
