"""Views: bases, shared memory, regenerated grad_fns, creation rules."""

from tests.behaviour.helpers import attempt, chain, edges


def view_shares_memory(torch):
    x = torch.zeros(4)
    v = x.view(2, 2)
    v[0, 0] = 5
    print(x)


def base_of_a_view(torch):
    x = torch.zeros(4)
    v = x.view(2, 2)
    print(v._is_view(), v._base is x, v[0]._base is x, x._base, x._is_view())


def clone_is_no_view(torch):
    x = torch.zeros(4)
    print(x.view(2, 2).clone()._is_view(), x.reshape(2, 2)._is_view())


def reshape_copies_when_needed(torch):
    x = torch.arange(6.0).view(2, 3)
    y = x.t().reshape(6)
    print(y._is_view(), y)


def view_of_incompatible_stride(torch):
    x = torch.arange(6.0).view(2, 3)
    attempt(lambda: x.t().view(6))


def in_place_on_a_view_reaches_the_base(torch):
    x = torch.ones(4, requires_grad=True)
    y = x * 1
    v = y[:2]
    v.mul_(10)
    print(y, y.grad_fn.name())
    y.sum().backward()
    print(x.grad)


def copy_slices_names(torch):
    x = torch.ones(4, requires_grad=True)
    y = x * 1
    y[1:3].mul_(2)
    print(chain(y.grad_fn))
    print(edges(y.grad_fn))


def stale_view_gets_a_new_grad_fn(torch):
    x = torch.ones(4, requires_grad=True)
    y = x * 1
    a, b = y[:2], y[2:]
    print(a.grad_fn.name(), b.grad_fn.name())
    a.mul_(3)
    print(a.grad_fn.name(), b.grad_fn.name())
    print(chain(b.grad_fn))
    b.sum().backward()
    print(x.grad)


def base_changed_view_follows(torch):
    x = torch.ones(4, requires_grad=True)
    y = x * 1
    v = y.view(2, 2)
    before = v.grad_fn
    y.mul_(5)
    print(v, v.grad_fn is before, chain(v.grad_fn))
    v.sum().backward()
    print(x.grad)


def in_place_through_transpose(torch):
    x = torch.ones(2, 2, requires_grad=True)
    y = x.clone()
    y.t()[0].mul_(4)
    y.sum().backward()
    print(x.grad)


def in_place_on_chain_of_views(torch):
    x = torch.ones(8, requires_grad=True)
    y = x.clone()
    y.view(2, 4)[1].view(2, 2)[0].mul_(3)
    y.sum().backward()
    print(x.grad)


def differentiable_value_into_view_of_constant(torch):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    n = torch.zeros(2, 2)
    n[0].copy_(x)
    print(n, n.requires_grad, n.is_leaf)
    (n**2).sum().backward()
    print(x.grad)


def in_place_on_view_of_leaf(torch):
    x = torch.ones(4, requires_grad=True)
    attempt(lambda: x[:2].mul_(2))
    attempt(lambda: x.view(2, 2).add_(1))


def no_grad_in_place_on_view_of_leaf(torch):
    x = torch.ones(4, requires_grad=True)
    with torch.no_grad():
        x[:2].mul_(2)
    print(x, x.is_leaf, x.grad_fn)


def view_made_in_no_grad_modified_outside(torch):
    x = torch.ones(4, requires_grad=True)
    y = x * 1
    with torch.no_grad():
        v = y[:2]
    print(v.requires_grad)
    attempt(lambda: v.mul_(2))


def view_made_in_no_grad_with_differentiable_write(torch):
    base = torch.ones(4)
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        v = base[:2]
    attempt(lambda: v.mul_(x))


def multi_output_view_in_place(torch):
    x = torch.ones(4, requires_grad=True)
    a, _ = (x * 1).split(2)
    attempt(lambda: a.mul_(2))


def unbind_view_in_place(torch):
    x = torch.ones(2, 2, requires_grad=True)
    a, _ = (x * 1).unbind(0)
    attempt(lambda: a.mul_(2))


def chunk_view_in_place(torch):
    x = torch.ones(4, requires_grad=True)
    a, _ = (x * 1).chunk(2)
    attempt(lambda: a.mul_(2))


def multi_output_view_of_plain_tensor(torch):
    x = torch.ones(4)
    a, b = x.split(2)
    a.mul_(2)
    print(x, a._is_view())


def multi_output_view_of_plain_with_grad_write(torch):
    x = torch.ones(4)
    w = torch.ones(2, requires_grad=True)
    a, b = x.split(2)
    attempt(lambda: a.mul_(w))


def base_of_multi_output_view_changed(torch):
    x = torch.ones(4, requires_grad=True)
    y = x * 1
    a, b = y.split(2)
    y.mul_(3)
    attempt(lambda: a.grad_fn)


def custom_function_view_in_place(torch):
    class Identity(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.view_as(x)

        @staticmethod
        def backward(ctx, g):
            return g

    x = torch.ones(2, requires_grad=True)
    y = Identity.apply(x.clone())
    attempt(lambda: y.mul_(2))


def detach_of_view_is_a_view_without_history(torch):
    x = torch.ones(4, requires_grad=True)
    d = x.detach()
    print(d._is_view(), d.requires_grad, d._base is x)
    d[0] = 9
    print(x)


def view_gradient_shape(torch):
    x = torch.arange(6.0, requires_grad=True)
    (x.view(2, 3) * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    print(x.grad)


def expand_gradient(torch):
    x = torch.ones(3, 1, requires_grad=True)
    (x.expand(3, 4) * 2).sum().backward()
    print(x.grad)


def expand_as_and_in_place_refused(torch):
    x = torch.ones(3, 1)
    attempt(lambda: x.expand(3, 4).add_(1))


def squeeze_unsqueeze_round_trip(torch):
    x = torch.ones(3, requires_grad=True)
    y = x.unsqueeze(0).unsqueeze(-1).squeeze()
    print(y.shape)
    (y * 2).sum().backward()
    print(x.grad)


def select_gradient_puts_zeros(torch):
    x = torch.ones(3, 2, requires_grad=True)
    x[1].sum().backward()
    print(x.grad)


def diagonal_view(torch):
    x = torch.zeros(3, 3)
    x.diagonal().fill_(2)
    print(x)


def narrow_and_backward(torch):
    x = torch.arange(5.0, requires_grad=True)
    (x.narrow(0, 1, 3) ** 2).sum().backward()
    print(x.grad)


def t_of_view_strides(torch):
    x = torch.arange(6.0).view(2, 3)
    print(x.stride(), x.t().stride(), x.t().is_contiguous(), x.t().contiguous().stride())


def view_minus_one(torch):
    x = torch.arange(6.0)
    print(x.view(-1, 2).shape, x.view(3, -1).shape)
    attempt(lambda: x.view(4, -1))
    attempt(lambda: x.view(4, 2))
    attempt(lambda: x.view(-1, -1))


def view_of_no_grad_result_tracks_base(torch):
    x = torch.ones(4, requires_grad=True)
    with torch.no_grad():
        v = x.view(2, 2)
    print(v.requires_grad, v._base is x)


def leaf_written_through_detached_view(torch):
    w = torch.zeros(3, requires_grad=True)
    w.detach()[1] = 4
    print(w, w._version)


def imag_and_real_views(torch):
    z = torch.tensor([1 + 2j, 3 - 1j])
    print(z.real, z.imag)
    z.real.mul_(10)
    print(z)
