"""torch.autograd.Function: what marks, counts, views and jvp are checked for."""

from tests.behaviour.helpers import attempt, warned


def _make(torch, forward, **others):
    members = {name: staticmethod(rule) for name, rule in others.items()}
    return type("Rule", (torch.autograd.Function,), {"forward": staticmethod(forward), **members})


def _names(node):
    if node is None:
        return "None"
    inner = ", ".join(_names(following) for following, _ in node.next_functions)
    return f"{type(node).__name__}({inner})"


def outputs_that_are_no_tensors(torch):
    def backward(ctx, *grads):
        print([g is None for g in grads])
        return grads[1] * 3

    rule = _make(torch, lambda ctx, x: ("name", x * 3, None, 7, x + 1), backward=backward)
    x = torch.ones(2, requires_grad=True)
    found = rule.apply(x)
    print(found)
    found[1].sum().backward()
    print(x.grad)


def missing_gradient_of_a_non_differentiable_output(torch):
    for fill in (True, False):

        def forward(ctx, x, fill=fill):
            flat = x.clone()
            ctx.mark_non_differentiable(flat)
            ctx._materialize_non_diff_grads = fill
            return x.clone(), flat

        def backward(ctx, grad, flat_grad):
            print(flat_grad)
            return grad

        x = torch.ones(2, requires_grad=True)
        _make(torch, forward, backward=backward).apply(x)[0].sum().backward()


def the_graph_of_once_differentiable(torch):
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        return grad, None, grad

    rule = _make(torch, lambda ctx, x, n, y: x + n * y, backward=backward)
    x = torch.ones(2, requires_grad=True)
    y = torch.ones(2, requires_grad=True)
    g = torch.ones((), requires_grad=True)
    found = torch.autograd.grad(rule.apply(x, 2, y).sum(), (x, y), g, create_graph=True)
    for grad in found:
        print(_names(grad.grad_fn), grad.grad_fn.name(), grad.output_nr)
    attempt(lambda: found[0].sum().backward())


def a_dirty_tensor_that_is_no_input(torch):
    def forward(ctx, x, as_view):
        y = x.clone()
        if as_view:
            y = y.view_as(x)
        ctx.mark_dirty(y)
        return y

    rule = _make(torch, forward, backward=lambda ctx, g: (g, None))
    x = torch.ones(2, requires_grad=True)
    warned(lambda: attempt(lambda: rule.apply(x * 1, False)))
    attempt(lambda: rule.apply(x * 1, True))


def a_dirty_input_that_is_not_returned(torch):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.add_(1).clone()

    rule = _make(torch, forward, backward=lambda ctx, g: g)
    attempt(lambda: rule.apply(torch.ones(2, requires_grad=True) * 1))
    attempt(lambda: rule.apply(torch.ones(2)))


def a_dirty_view_among_several_outputs(torch):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.add_(1), x + 1

    rule = _make(torch, forward, backward=lambda ctx, g, h: g + h)
    x = torch.ones(2, requires_grad=True)
    y, z = rule.apply(x * 1)
    (y * z).sum().backward()
    print(x.grad)
    attempt(lambda: rule.apply((x * 1).view(2)))


def backward_and_vjp(torch):
    rule = _make(torch, lambda ctx, x: x * 1, backward=lambda ctx, g: g, vjp=lambda ctx, g: g)
    attempt(lambda: rule.apply(torch.ones(2, requires_grad=True)).sum().backward())


def pure_views(torch):
    def forward(ctx, x, pure):
        ctx._is_pure_view = pure
        return x.narrow(0, 0, 2)

    def backward(ctx, grad):
        print("backward")
        return torch.cat([grad, grad[:1] * 0]), None

    rule = _make(torch, forward, backward=backward)
    for pure in (False, True):
        x = torch.ones(3, requires_grad=True)
        view = rule.apply(x * 1, pure)

        def change(view=view):
            view.mul_(3)

        attempt(change)
        if pure:
            view.sum().backward()
            print(x.grad)

    def several(ctx, x):
        ctx._is_pure_view = True
        return x.narrow(0, 0, 2), x + 1

    rule = _make(torch, several, backward=lambda ctx, g, h: h)
    attempt(lambda: rule.apply(torch.ones(3, requires_grad=True)))


def saved_tensors_once(torch):
    def backward(ctx, grad):
        print(ctx.saved_tensors)
        attempt(lambda: ctx.saved_tensors)
        return grad

    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clone()

    rule = _make(torch, forward, backward=backward)
    rule.clear_saved_tensors_on_access = True
    rule.apply(torch.ones(2, requires_grad=True)).sum().backward()


def saved_variables(torch):
    def backward(ctx, grad):
        print(warned(lambda: ctx.saved_variables))
        return grad

    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clone()

    rule = _make(torch, forward, backward=backward)
    rule.apply(torch.ones(2, requires_grad=True)).sum().backward()


def attributes_of_the_class(torch):
    rule = _make(torch, lambda ctx, x: x)
    print(rule.generate_vmap_rule, rule.clear_saved_tensors_on_access, hasattr(rule, "vmap"))
    print(issubclass(torch.autograd.function.InplaceFunction, torch.autograd.Function))


def _dual(torch, forward, jvp, *args, tangent=None):
    fwd = torch.autograd.forward_ad
    x = torch.tensor([2.0, 3.0])
    tangent = torch.ones(2) if tangent is None else tangent
    with fwd.dual_level():
        dual = fwd.make_dual(x, tangent)
        found = _make(torch, forward, jvp=jvp).apply(dual, *args)
        found = found if isinstance(found, tuple) else (found,)
        print([fwd.unpack_dual(f).tangent for f in found if isinstance(f, torch.Tensor)])


def jvp_gets_zeros_for_tensors_without_tangent(torch):
    def jvp(ctx, x, y, n, k):
        print(x, y, n, k)
        return x

    _dual(torch, lambda ctx, x, y, n, k: x * 1, jvp, torch.ones(2), torch.tensor([1, 2]), 5)


def jvp_reads_only_what_was_saved_for_it(torch):
    for forward_too in (True, False):

        def forward(ctx, x, forward_too=forward_too):
            ctx.save_for_backward(x)
            if forward_too:
                ctx.save_for_forward(x)
            return x * 1

        def jvp(ctx, x):
            print(ctx.saved_tensors)
            return x

        _dual(torch, forward, jvp)


def jvp_returns_something_else(torch):
    def flat(ctx, x):
        y = x.clone()
        ctx.mark_non_differentiable(y)
        return x * 1, y

    _dual(torch, flat, lambda ctx, t: (t, None))
    attempt(lambda: _dual(torch, flat, lambda ctx, t: (t, t.clone())))
    attempt(lambda: _dual(torch, flat, lambda ctx, t: t))
    attempt(lambda: _dual(torch, flat, lambda ctx, t: (t, None, None)))
    attempt(lambda: _dual(torch, lambda ctx, x: x * 2, lambda ctx, t: 3))
    attempt(lambda: _dual(torch, lambda ctx, x: x * 2, lambda ctx, t: torch.ones(3)))
    _dual(torch, lambda ctx, x: (x * 1, "name"), lambda ctx, t: (t, None))


def jvp_of_a_view(torch):
    attempt(lambda: _dual(torch, lambda ctx, x: x[:1], lambda ctx, t: t[:1]))
    attempt(lambda: _dual(torch, lambda ctx, x: x[:1], lambda ctx, t: t[:1].clone()))
    attempt(lambda: _dual(torch, lambda ctx, x: x[:1], lambda ctx, t: t.clone()[:1]))
    attempt(lambda: _dual(torch, lambda ctx, x: x, lambda ctx, t: t.view_as(t)))
    attempt(lambda: _dual(torch, lambda ctx, x: x, lambda ctx, t: t))
    attempt(lambda: _dual(torch, lambda ctx, x: x, lambda ctx, t: t * 2))


def jvp_of_a_changed_input(torch):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)

    attempt(lambda: _dual(torch, forward, lambda ctx, t: t.mul_(2)))
    attempt(lambda: _dual(torch, forward, lambda ctx, t: t))
    attempt(lambda: _dual(torch, forward, lambda ctx, t: t * 2))


def _product(torch):
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(x, y):
            return x * y, x + y

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, g, h):
            x, y = ctx.saved_tensors
            return g * y + h, g * x + h

    return Product


def rule_for_a_batch(torch):
    class Told(_product(torch)):
        @staticmethod
        def vmap(info, in_dims, x, y):
            print(info.batch_size, info.randomness, in_dims, x.shape, getattr(y, "shape", y))
            return Told.apply(x, y), (0, 0)

    x = torch.arange(6.0).reshape(3, 2)
    print(torch.vmap(Told.apply)(x, x))
    print(torch.vmap(Told.apply, in_dims=(0, None))(x, torch.ones(2)))
    print(torch.vmap(torch.vmap(lambda a: Told.apply(a, 2.0)[0]), randomness="same")(x))
    print(torch.vmap(torch.func.grad(lambda a: Told.apply(a, a)[0].sum()))(x))


def rules_for_a_batch_that_are_refused(torch):
    product = _product(torch)

    class Both(product):
        generate_vmap_rule = True

        @staticmethod
        def vmap(info, in_dims, x, y):
            return Both.apply(x, y), (0, 0)

    class One(product):
        @staticmethod
        def vmap(info, in_dims, x, y):
            return [x, 0]

    class Three(product):
        @staticmethod
        def vmap(info, in_dims, x, y):
            return x, 0, 0

    x = torch.ones(2, 2)
    for cls in (Both, One, Three):
        attempt(lambda cls=cls: torch.vmap(cls.apply)(x, x))


def input_that_is_returned_and_saved(torch):
    class Same(_product(torch)):
        @staticmethod
        def forward(x, y):
            return x, y * 2

    x = torch.ones(2, requires_grad=True)
    attempt(lambda: Same.apply(x, x))
    attempt(lambda: Same.apply(x.detach(), x.detach()))


def gradients_in_a_list(torch):
    class Listed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            print(ctx.saved_tensors)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return [g]

    class Marks(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_non_differentiable(3)
            return x * 2

    x = torch.ones(2, requires_grad=True)
    attempt(lambda: Listed.apply(x).sum().backward())
    attempt(lambda: Marks.apply(x))
