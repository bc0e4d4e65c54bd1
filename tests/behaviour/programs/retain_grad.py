"""retain_grad and post-accumulate hooks."""

from tests.behaviour.helpers import attempt, say, warned


def retain_grad_on_intermediate(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    (y**2).sum().backward()
    print(y.grad, y.retains_grad, x.grad)


def no_retain_grad_warns(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.sum().backward()
    print(warned(lambda: y.grad))


def leaf_grad_does_not_warn(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    print(warned(lambda: x.grad))
    print(warned(lambda: torch.ones(1).grad))


def retained_grad_does_not_warn(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    print(warned(lambda: y.grad))


def retain_grad_twice(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.retain_grad()
    y.sum().backward()
    print(y.grad)


def retain_grad_on_leaf_does_nothing(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.retain_grad()
    print(x.retains_grad)
    (x * 2).sum().backward()
    print(x.grad)


def retain_grad_on_plain_tensor(torch):
    attempt(lambda: torch.ones(2).retain_grad())
    print(torch.ones(2).retains_grad)


def retain_grad_sees_replaced_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    y.sum().backward()
    print(y.grad)


def retain_grad_accumulates(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.sum().backward(retain_graph=True)
    print(y.grad)
    y.sum().backward()
    print(y.grad, x.grad)


def retain_graph_twice_gives_8_then_16(torch):
    x = torch.tensor([2.0], requires_grad=True)
    y = x**2 * 2
    y.backward(retain_graph=True)
    print(x.grad)
    y.backward()
    print(x.grad)


def retain_grad_across_in_place(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.mul_(2)
    y.sum().backward()
    print(y.grad, x.grad)


def retain_grad_of_the_root(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.retain_grad()
    y.backward()
    print(y.grad)


def retain_grad_under_create_graph(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    z = y * y
    y.retain_grad()
    z.backward(create_graph=True)
    print(y.grad.requires_grad, y.grad.detach())


def post_accumulate_hook(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda t: print(t is x, t.grad))
    (x * 2).sum().backward()
    (x * 2).sum().backward()


def post_accumulate_hook_clears(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def step(t):
        with torch.no_grad():
            t -= 0.1 * t.grad
        t.grad = None

    x.register_post_accumulate_grad_hook(step)
    for _ in range(3):
        (x**2).sum().backward()
    print(x, x.grad)


def post_accumulate_hook_removed(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    handle = x.register_post_accumulate_grad_hook(lambda t: print("fired"))
    (x * 2).sum().backward()
    handle.remove()
    (x * 2).sum().backward()


def post_accumulate_hook_on_intermediate(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    attempt(lambda: (x * 2).register_post_accumulate_grad_hook(print))


def post_accumulate_hook_on_plain(torch):
    attempt(lambda: torch.ones(1).register_post_accumulate_grad_hook(print))


def post_accumulate_hooks_in_order(torch):
    x = torch.tensor(1.0, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda t: print("first"))
    x.register_hook(say("tensor"))
    x.register_post_accumulate_grad_hook(lambda t: print("second"))
    (x * 2).backward()
