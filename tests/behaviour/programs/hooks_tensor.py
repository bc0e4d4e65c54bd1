"""Tensor hooks: order, replacement, removal, refusals."""

from tests.behaviour.helpers import attempt, say


def hook_sees_the_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda g: print("grad", g))
    (x**2).sum().backward()


def hook_replaces_the_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda g: g * 2)
    (x**2).sum().backward()
    print(x.grad)


def hook_returning_none_changes_nothing(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda g: None)
    (x**2).sum().backward()
    print(x.grad)


def hooks_chain_in_order_of_registration(torch):
    x = torch.tensor(1.0, requires_grad=True)
    x.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g * 10)
    x.register_hook(say("last"))
    (x * 2).backward()
    print(x.grad)


def hook_on_an_intermediate(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.register_hook(lambda g: g * 0)
    (y * y).backward()
    print(x.grad)


def hook_fires_once_with_the_sum(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.register_hook(say("y"))
    (y + y + y * 2).backward()


def hook_removed(torch):
    x = torch.tensor(2.0, requires_grad=True)
    handle = x.register_hook(say("hook"))
    (x * 3).backward()
    handle.remove()
    (x * 3).backward()
    print(x.grad)


def remove_twice_is_harmless(torch):
    x = torch.tensor(2.0, requires_grad=True)
    handle = x.register_hook(say("hook"))
    handle.remove()
    handle.remove()
    (x * 3).backward()
    print(x.grad)


def handle_as_context_manager(torch):
    x = torch.tensor(2.0, requires_grad=True)
    with x.register_hook(say("hook")):
        (x * 3).backward()
    (x * 3).backward()


def hook_removes_itself(torch):
    x = torch.tensor(2.0, requires_grad=True)
    handles = []

    def once(g):
        print("once")
        handles[0].remove()

    handles.append(x.register_hook(once))
    x.register_hook(say("other"))
    (x * 3).backward()
    (x * 3).backward()


def hook_registered_during_firing(torch):
    x = torch.tensor(2.0, requires_grad=True)

    def hook(g):
        print("outer")
        if len(x._backward_hooks) < 2:
            x.register_hook(say("added"))

    x.register_hook(hook)
    (x * 3).backward()
    print("second pass")
    (x * 3).backward()


def hook_on_plain_tensor_is_refused(torch):
    attempt(lambda: torch.ones(2).register_hook(print))


def hook_returning_wrong_shape(torch):
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: torch.ones(3))
    attempt(lambda: (x * 2).sum().backward())


def hook_returning_not_a_tensor(torch):
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: 5)
    attempt(lambda: (x * 2).sum().backward())


def hook_that_raises(torch):
    x = torch.ones(2, requires_grad=True)

    def hook(g):
        raise KeyError("mine")

    x.register_hook(hook)
    attempt(lambda: (x * 2).sum().backward())
    print(x.grad)


def hook_changing_the_gradient_in_place(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3

    def hook(g):
        g.mul_(2)

    y.register_hook(hook)
    y.backward(torch.ones(2))
    print(x.grad)


def hook_gradient_has_no_history(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda g: print(g.requires_grad, g.grad_fn, torch.is_grad_enabled()))
    (x**2).sum().backward()


def hook_gradient_has_history_under_create_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda g: print(g.requires_grad, torch.is_grad_enabled()))
    (x**2).sum().backward(create_graph=True)


def hook_replacement_is_differentiated(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.register_hook(lambda g: g * y)
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    print(g)
    print(torch.autograd.grad(g, x))


def hook_before_in_place_sees_the_old_value(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(say("old"))
    y.mul_(10)
    y.register_hook(say("new"))
    y.sum().backward()
    print(x.grad)


def hooks_dictionary(torch):
    x = torch.tensor(1.0, requires_grad=True)
    print(x._backward_hooks)
    handle = x.register_hook(say("a"))
    print(len(x._backward_hooks), list(x._backward_hooks) == [handle.id])
    handle.remove()
    print(len(x._backward_hooks))


def hook_collects_gradients_of_intermediates(torch):
    grads = {}
    x = torch.tensor(2.0, requires_grad=True)
    y = x**2
    z = y.exp()
    y.register_hook(lambda g: grads.__setitem__("y", g))
    z.register_hook(lambda g: grads.__setitem__("z", g))
    z.sum().backward()
    print(sorted(grads.items()))


def clip_by_hook(torch):
    w = torch.tensor([10.0, -10.0, 0.1], requires_grad=True)
    w.register_hook(lambda g: g.clamp(-1, 1))
    (w**2).sum().backward()
    print(w.grad)


def hook_survives_many_passes(torch):
    x = torch.tensor(1.0, requires_grad=True)
    seen = []
    x.register_hook(lambda g: seen.append(g.item()))
    for i in range(4):
        (x * i).backward()
    print(seen)


def hook_on_detached_is_refused(torch):
    x = torch.tensor(1.0, requires_grad=True)
    attempt(lambda: x.detach().register_hook(print))


def hook_on_output_of_no_grad_is_refused(torch):
    x = torch.tensor(1.0, requires_grad=True)
    with torch.no_grad():
        y = x * 2
    attempt(lambda: y.register_hook(print))


def gradient_multiplied_by_zero_still_arrives(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(say("x"))
    (x * 0).sum().backward()


def multi_grad_hook(torch):
    a = torch.tensor(1.0, requires_grad=True)
    b = torch.tensor(1.0, requires_grad=True)
    c = torch.tensor(1.0, requires_grad=True)
    handle = torch.autograd.graph.register_multi_grad_hook(
        (a, b, c), lambda grads: print([None if g is None else g.item() for g in grads])
    )
    (a * 2 + b * 3).backward()
    (a * 2 + b * 3 + c * 4).backward()
    handle.remove()
    (a * 2).backward()


def multi_grad_hook_any(torch):
    a = torch.tensor(1.0, requires_grad=True)
    b = torch.tensor(1.0, requires_grad=True)
    torch.autograd.graph.register_multi_grad_hook((a, b), lambda g: print("first", g), mode="any")
    (a * 2 + b * 3).backward()


def what_post_accumulate_hooks_return(torch):
    def fired(*hooks):
        v = torch.tensor([0.0, 0.0, 0.0], requires_grad=True)
        for hook in hooks:
            v.register_post_accumulate_grad_hook(hook)
        attempt(lambda: v.backward(torch.tensor([1.0, 2.0, 3.0])))
        print(v, v.grad)

    def step(p):
        return p.add_(p.grad, alpha=-0.01)

    def seen(p):
        print("then", p)

    def three(p):
        return 3

    def longer(p):
        return torch.zeros(4)

    def integers(p):
        return p.long()

    def other(p):
        return torch.ones(3)

    for hook in (step, three, longer, integers, other):
        fired(hook, seen)


def attributes_on_a_gradient(torch):
    def note(gradient):
        gradient.note = "seen"

    def find(gradient):
        print(getattr(gradient, "note", None))

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = y.clone()
    z.register_hook(note)
    z.register_hook(find)
    z.grad_fn.register_prehook(lambda grads: find(grads[0]))
    z.grad_fn.register_hook(lambda grads, given: find(grads[0]) or find(given[0]))
    y.register_hook(find)  # clone hands on what it got
    x.register_hook(find)  # a product is another gradient
    z.sum().backward()
    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    a.register_hook(note)
    b.register_hook(find)  # a sum gives both the same
    (a + b).backward(torch.ones(2))
