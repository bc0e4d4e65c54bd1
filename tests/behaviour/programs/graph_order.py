"""In which order the nodes of a backward pass run."""

from tests.behaviour.helpers import edges, say


def leaf_fires_before_the_other_branch(torch):
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0, requires_grad=True)
    c = torch.sin(b)
    d = torch.cos(a)
    out = c * d
    for name, t in {"a": a, "b": b, "c": c, "d": d, "out": out}.items():
        t.register_hook(lambda g, name=name: print(name))
    out.backward()


def later_operation_runs_first(torch):
    x = torch.tensor(1.0, requires_grad=True)
    first, second, third = x * 2, x * 3, x * 4
    for name, t in (("first", first), ("second", second), ("third", third)):
        t.register_hook(say(name))
    (first + second + third).backward()


def order_follows_creation_not_use(torch):
    x = torch.tensor(1.0, requires_grad=True)
    early = x * 2
    late = x * 3
    early.register_hook(say("early"))
    late.register_hook(say("late"))
    (late + early).backward()


def diamond_waits_for_both_sides(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    y.register_hook(say("y"))
    z = y.sin() + y.cos()
    z.register_hook(say("z"))
    z.backward()
    print(x.grad)


def several_roots_in_one_pass(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = x * 2, x * 5
    a.register_hook(say("a"))
    b.register_hook(say("b"))
    torch.autograd.backward([a.sum(), b.sum()])
    print(x.grad)


def same_root_twice(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.register_hook(say("y"))
    torch.autograd.backward([y, y])
    print(x.grad)


def root_that_is_also_inner(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    z = y * y
    y.register_hook(say("y"))
    torch.autograd.backward([z, y])
    print(x.grad)


def leaf_as_root(torch):
    x = torch.tensor(3.0, requires_grad=True)
    x.register_hook(say("x"))
    x.backward()
    print(x.grad)


def next_functions_keep_the_order_of_inputs(torch):
    x = torch.ones(2, requires_grad=True)
    y = torch.ones(2)
    z = (x * 3 + y).sum()
    print(z.grad_fn.name(), edges(z.grad_fn))
    add = z.grad_fn.next_functions[0][0]
    print(add.name(), edges(add))
    print(edges(add.next_functions[0][0]))


def accumulate_grad_is_one_per_leaf(torch):
    x = torch.ones(2, requires_grad=True)
    a, b = (x * 2).grad_fn, (x + 1).grad_fn
    print(a.next_functions[0][0] is b.next_functions[0][0])
    print(a.next_functions[0][0].variable is x)
    print(a.next_functions[0][0].name(), a.next_functions[0][0].next_functions)


def unbind_edges_carry_output_numbers(torch):
    x = torch.arange(6.0, requires_grad=True).reshape(3, 2)
    a, b, c = x.unbind(0)
    print(a.output_nr, b.output_nr, c.output_nr)
    print((c * b).grad_fn.next_functions[0][1], (c * b).grad_fn.next_functions[1][1])
    (c * 2).sum().backward()
    print(a.grad_fn is c.grad_fn)


def unused_output_gives_zero_part(torch):
    x = torch.arange(6.0, requires_grad=True)
    a, b = x.split([2, 4])
    (a * 3).sum().backward()
    print(x.grad)


def topk_backward_uses_only_values(torch):
    x = torch.tensor([1.0, 5.0, 3.0], requires_grad=True)
    values, indices = x.max(0)
    print(values, indices, indices.requires_grad)
    values.backward()
    print(x.grad)


def deep_chain(torch):
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(20000):
        y = y + 1
    y.backward()
    print(y, x.grad)
    del y


def wide_fan_in(torch):
    leaves = [torch.tensor(float(i), requires_grad=True) for i in range(100)]
    torch.stack(leaves).pow(2).sum().backward()
    print([int(leaf.grad) for leaf in leaves[::20]])


def hook_order_in_a_small_network(torch):
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    w = torch.tensor([[0.5, 0.0], [1.0, 2.0]], requires_grad=True)
    b = torch.tensor([0.1, 0.2], requires_grad=True)
    h = torch.mv(w, x)
    z = h + b
    a = z.tanh()
    loss = a.sum()
    for name, t in {"x": x, "w": w, "b": b, "h": h, "z": z, "a": a, "loss": loss}.items():
        t.register_hook(lambda g, name=name: print(name, tuple(g.shape)))
    loss.backward()


def sequence_numbers_grow(torch):
    x = torch.tensor(1.0, requires_grad=True)
    y = x * 2
    z = y * 2
    print(z.grad_fn._sequence_nr() > y.grad_fn._sequence_nr())


def backward_inside_a_hook(torch):
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(5.0, requires_grad=True)

    def hook(g):
        with torch.enable_grad():
            (w * w).backward()
        print("inner", w.grad)

    y = x * 3
    y.register_hook(hook)
    (y * w).backward()
    print(x.grad, w.grad)
