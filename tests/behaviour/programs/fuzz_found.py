"""What random programs found: small programs in which the engines once disagreed."""

import warnings

from tests.behaviour.helpers import attempt, chain, say


def attributes_of_ctx_do_not_collide(torch):
    class Total(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.shape, ctx.dtype, ctx.saved, ctx.name = x.shape, "mine", [1], "n"
            ctx.save_for_backward(x)
            return x.sum() * 2

        @staticmethod
        def backward(ctx, g):
            print(ctx.shape, ctx.dtype, ctx.saved, ctx.name, ctx.saved_tensors[0].shape)
            return g.expand(ctx.shape) * 2

    x = torch.ones(2, 3, requires_grad=True)
    y = Total.apply(x)
    y.backward(retain_graph=True)
    y.backward()
    print(x.grad)
    attempt(y.backward)


def views_made_in_inference_mode(torch):
    x = torch.ones(4, requires_grad=True) * 1
    with torch.inference_mode():
        v, n = x[:2], torch.ones(2)
    print(v.is_inference(), v.requires_grad, n.is_inference(), n[0].is_inference())
    attempt(lambda: v.mul_(2))
    attempt(lambda: n.mul_(2))


def view_without_history_of_a_base_that_requires_grad(torch):
    x = torch.ones(4, requires_grad=True) * 1
    with torch.no_grad():
        v = x[:2]
    print(v.requires_grad, v.is_leaf, v.grad_fn)
    y = v * 2
    print(y.requires_grad, y.grad_fn.next_functions)
    y.sum().backward()


def inference_gradient_is_not_added_to(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        x.backward(torch.ones(2))
    attempt(lambda: x.sum().backward())


def hook_of_an_output_without_gradient(torch):
    x = torch.ones(4, requires_grad=True)
    a, b = (x * 1).split(2)
    a.register_hook(lambda g: print("a", g))
    b.sum().backward()
    print(x.grad)


def hook_of_a_leaf_without_gradient(torch):
    class Nothing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return None

    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: print("x", g))
    Nothing.apply(x).sum().backward()
    print(x.grad)


def gradient_with_a_history_is_added_to_in_place(torch):
    x = torch.ones(2, requires_grad=True)
    (x * x).sum().backward(create_graph=True)
    first = x.grad
    (x * 3).sum().backward()
    print(x.grad is first, x.grad.requires_grad, x.grad.detach())


def retained_gradient_is_a_fresh_one(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.sum().backward(retain_graph=True)
    first = y.grad
    y.sum().backward()
    print(first, y.grad, y.grad is first)


def retain_grad_follows_a_base_changed_through_a_view(torch):
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y.retain_grad()
    y[:1].mul_(5)
    print(y.retains_grad)
    (y * y).sum().backward()
    print(y.grad, x.grad)


def retain_grad_follows_mark_dirty(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y.retain_grad()
    Double.apply(y).sum().backward()
    print(y.retains_grad, y.grad, x.grad)
    z = torch.ones(2)
    Double.apply(z)
    print(z._version)
    attempt(lambda: Double.apply(x))
    attempt(lambda: Double.apply(x[:1]))
    with torch.no_grad():
        print(Double.apply(x).requires_grad, x._version)


def input_returned_without_a_graph_is_a_view(torch):
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return g

    x = torch.ones(2)
    y = Same.apply(x)
    print(y is x, y._base is x, y.requires_grad)
    w = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        v = Same.apply(w)
    print(v is w, v.requires_grad, v._is_view())


def copy_slices_is_used_up(torch):
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    y[0] = 5
    y.sum().backward()
    attempt(lambda: y.sum().backward())


def saved_values_in_order_of_names(torch):
    a, b, c = (torch.tensor(float(v), requires_grad=True) for v in (1, 2, 4))
    seen = []

    def pack(t):
        seen.append(t.item())
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        torch.div(a, b), torch.pow(a, b), torch.addcmul(a, b, c), torch.lerp(a, b, c)
        torch.clamp(a, b, c), torch.atan2(a, b)
    print(seen)


def indices_go_through_saved_tensor_hooks(torch):
    x = torch.ones(3, requires_grad=True) * 1
    with torch.autograd.graph.saved_tensors_hooks(lambda t: print("pack", t) or t, lambda t: t):
        x[torch.tensor([0, 2])]


def post_hook_sees_fitted_gradients(torch):
    x = torch.ones(3, requires_grad=True)
    y = torch.ones(2, 3, requires_grad=True)
    z = x * y
    z.grad_fn.register_hook(lambda gi, go: print([tuple(g.shape) for g in gi], len(go)))
    z.sum().backward()


def post_hook_of_a_restricted_pass(torch):
    x = torch.ones(2, requires_grad=True)
    y = torch.ones(2, requires_grad=True)
    z = x * y
    z.grad_fn.register_hook(lambda gi, go: print(gi))
    torch.autograd.grad(z.sum(), x)


def hooks_do_not_see_index_outputs(torch):
    x = torch.tensor([[1.0, 2.0], [4.0, 3.0]], requires_grad=True)
    values, _ = x.max(1)
    values.grad_fn.register_prehook(lambda go: print(len(go)))
    values.sum().backward()


def root_hook_where_nothing_is_wanted(torch):
    x = torch.ones(2, requires_grad=True)
    w = torch.ones(2, requires_grad=True)
    y = x.sum()
    y.register_hook(say("y"))
    print(torch.autograd.grad(y, w, allow_unused=True))


def once_differentiable_ends_the_graph(torch):
    class Sin(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            return g * ctx.saved_tensors[0].cos()

    x = torch.ones(2, requires_grad=True)
    (g,) = torch.autograd.grad(Sin.apply(x).sum(), x, create_graph=True)
    print(chain(g.grad_fn))
    attempt(lambda: g.sum().backward())


def empty_views_are_views(torch):
    x = torch.zeros(0)
    v = x[...]
    print(v._is_view(), v._base is x)
    v.add_(1)
    print(x._version)


def diagonal_is_filled_with_a_history(torch):
    x = torch.ones(3, 3, requires_grad=True)
    y = x * 2
    y.fill_diagonal_(5)
    print(y.grad_fn.name())
    y.sum().backward()
    print(x.grad)
    attempt(lambda: x.fill_diagonal_(1))
    print(torch.zeros(7, 2).fill_diagonal_(1, wrap=True).tolist())


def setting_requires_grad_of_a_result(torch):
    y = torch.ones(2, requires_grad=True) * 1

    def switch(value):
        y.requires_grad = value

    attempt(lambda: switch(True))
    attempt(lambda: switch(False))
    print(y.requires_grad_() is y)


def change_of_a_stale_view_of_several(torch):
    x = torch.ones(2, requires_grad=True) * 1
    a, b = x.unbind(0)
    with torch.no_grad():
        a.add_(1)
    attempt(lambda: b.sub_(1))
    attempt(lambda: b * 2)
    with torch.no_grad():
        print(b * 2)


def detach_in_place_of_views(torch):
    x = torch.zeros(4)
    attempt(lambda: x[:2].detach_())


def atan2_at_the_origin(torch):
    x = torch.zeros(2, requires_grad=True)
    y = torch.tensor([0.0, 1.0], requires_grad=True)
    torch.atan2(x, y).sum().backward()
    print(x.grad, y.grad)


def multi_grad_hooks_of_unusual_tensors(torch):
    x = torch.ones(2, requires_grad=True)
    c = torch.ones(2)
    register = torch.autograd.graph.register_multi_grad_hook
    register([x, c], say("any"), mode="any")
    attempt(lambda: register([x, c], say("all")))
    (x * 2).sum().backward()
    y = (x * 2).sum()
    register([y, x], lambda grads: print("root", [g is not None for g in grads]))
    y.backward()


def index_of_a_number(torch):
    x = torch.tensor(1.0)
    attempt(lambda: x[0])
    attempt(lambda: x[-1])


def written_view_whose_function_gives_no_gradient(torch):
    class Forget(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx, g):
            return None

    x = torch.ones(4, requires_grad=True)
    y = x * 3
    Forget.apply(y[:2])
    y.sum().backward()
    print(y.grad_fn.name(), x.grad)


def first_gradient_is_not_the_given_one(torch):
    x = torch.ones(3, requires_grad=True)
    g = torch.ones(3)
    x.backward(g)
    g.mul_(5)
    seen = []
    x.grad = None
    x.register_hook(seen.append)
    (x * 1).backward(torch.ones(3))
    x.grad.mul_(7)
    print(x.grad, seen[0])


def gradient_that_is_not_finite_at_the_extreme(torch):
    x = torch.tensor([1.0, 2.0, 2.0], requires_grad=True)
    for number in (float("nan"), float("inf")):
        for extreme in (torch.min, torch.max, torch.median, torch.nanmedian, torch.amax):
            print(torch.autograd.grad(extreme(x), x, torch.tensor(number)))
    seed = torch.tensor(3.0, requires_grad=True)
    (found,) = torch.autograd.grad(torch.max(x), x, seed, create_graph=True)
    print(found, chain(found.grad_fn), torch.autograd.grad(found.sum(), seed))


def backward_of_a_view_that_may_not_be_asked(torch):
    x = torch.ones(4, requires_grad=True) * 1
    part = x.split(2)[0]
    x.mul_(2)
    attempt(lambda: part.backward())
    attempt(lambda: part.grad_fn)


def what_deprecated_decompositions_say(torch):
    torch.set_warn_always(True)
    a = torch.tensor([[4.0, 1.0], [1.0, 3.0]])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.cholesky(a), torch.lu(a), torch.qr(a), torch.triangular_solve(a, a)
        torch.lu_solve(a, *torch.linalg.lu_factor(a))
        torch.index_reduce(a, 0, torch.tensor([0]), a[:1], "prod")
    torch.set_warn_always(False)
    for warning in caught:
        print(str(warning.message).partition(" (Triggered")[0])


def dimensions_that_do_not_match_are_named_as_given(torch):
    a, b = torch.ones(2, 3, 4), torch.ones(5, 6, 7)
    for dims in (1, 2, ([0, 1], [0, 1]), ([-1], [-3]), ([0], [-1])):
        attempt(lambda dims=dims: torch.tensordot(a, b, dims=dims))


def a_default_device_without_a_library(torch):
    torch.set_default_device("cuda")
    for make in (torch.get_default_device, lambda: torch.tril_indices(2, 2), torch.empty):
        attempt(make)
    print(torch.ones(2, device="cpu") + torch.ones(2, device="cpu"))
    torch.set_default_device(None)
    print(torch.get_default_device())
