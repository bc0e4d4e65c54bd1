"""Grad modes as contexts, decorators and around generators; inference mode."""

from tests.behaviour.helpers import attempt


def no_grad_context(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        y = x * 2
        print(torch.is_grad_enabled())
    print(y, y.requires_grad, y.grad_fn, torch.is_grad_enabled())


def no_grad_decorator(torch):
    @torch.no_grad()
    def double(x):
        """Twice."""
        return x * 2

    print(double(torch.ones(2, requires_grad=True)).requires_grad, double.__name__, double.__doc__)


def no_grad_decorator_without_parentheses(torch):
    @torch.no_grad
    def double(x):
        return x * 2

    print(double(torch.ones(2, requires_grad=True)).requires_grad)


def enable_grad_inside_no_grad(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        with torch.enable_grad():
            y = x * 2
        z = x * 2
    print(y.requires_grad, z.requires_grad)


def enable_grad_decorator(torch):
    @torch.enable_grad()
    def double(x):
        return x * 2

    with torch.no_grad():
        print(double(torch.ones(1, requires_grad=True)).requires_grad)


def set_grad_enabled_context(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.set_grad_enabled(False):
        print((x * 2).requires_grad)
    with torch.set_grad_enabled(True):
        print((x * 2).requires_grad)


def set_grad_enabled_as_function(torch):
    x = torch.ones(2, requires_grad=True)
    torch.set_grad_enabled(False)
    print((x * 2).requires_grad)
    torch.set_grad_enabled(True)
    print((x * 2).requires_grad)


def set_grad_enabled_decorator(torch):
    @torch.set_grad_enabled(False)
    def double(x):
        return x * 2

    print(torch.is_grad_enabled())
    print(double(torch.ones(1, requires_grad=True)).requires_grad, torch.is_grad_enabled())


def mode_is_restored_after_an_exception(torch):
    def fail():
        with torch.no_grad():
            raise ValueError("inside")

    attempt(fail)
    print(torch.is_grad_enabled())


def no_grad_around_a_generator(torch):
    @torch.no_grad()
    def produce(x):
        for i in range(2):
            print("inside", torch.is_grad_enabled())
            yield x * i

    for y in produce(torch.ones(1, requires_grad=True)):
        print("outside", torch.is_grad_enabled(), y.requires_grad)


def enable_grad_around_a_generator(torch):
    @torch.enable_grad()
    def produce(x):
        for i in range(2):
            yield (x * i).requires_grad

    with torch.no_grad():
        print(list(produce(torch.ones(1, requires_grad=True))), torch.is_grad_enabled())


def reusing_a_context_object(torch):
    guard = torch.no_grad()
    for _ in range(2):
        with guard:
            print(torch.is_grad_enabled())
    print(torch.is_grad_enabled())


def leaf_made_under_no_grad_keeps_requires_grad(torch):
    with torch.no_grad():
        x = torch.ones(2, requires_grad=True)
    print(x.requires_grad)
    (x * 2).sum().backward()
    print(x.grad)


def update_step_under_no_grad(torch):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(3):
        loss = (w**2).sum()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            w.grad.zero_()
    print(w)


def update_step_that_loses_the_leaf(torch):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    (w**2).sum().backward()
    w = w - 0.1 * w.grad
    print(w.is_leaf, w)


def backward_under_no_grad(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    with torch.no_grad():
        y.backward()
    print(x.grad)


def mode_is_per_thread(torch):
    import threading

    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
    print(seen)


def inference_mode_context(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        y = x * 2
        print(torch.is_inference_mode_enabled(), torch.is_grad_enabled())
    print(y.requires_grad, y.is_inference())


def inference_tensor_in_autograd(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        c = torch.ones(2)
    attempt(lambda: x * c)
    attempt(lambda: c.add_(1))
    attempt(lambda: c._version)


def inference_tensor_requires_grad(torch):
    with torch.inference_mode():
        c = torch.ones(2)
    attempt(lambda: c.requires_grad_())


def inference_mode_decorator(torch):
    @torch.inference_mode()
    def double(x):
        return x * 2

    print(double(torch.ones(1)).is_inference())


def mixed_inputs(torch):
    x = torch.ones(2, requires_grad=True)
    c = torch.ones(2)
    print((x + c).requires_grad, (c + c).requires_grad, (x.detach() + c).requires_grad)


def freeze_part_of_a_model(torch):
    w1 = torch.ones(2, requires_grad=True)
    w2 = torch.ones(2, requires_grad=True)
    w1.requires_grad_(False)
    (w1 * w2).sum().backward()
    print(w1.grad, w2.grad)


def nested_no_grad(torch):
    with torch.no_grad():
        with torch.no_grad():
            pass
        print(torch.is_grad_enabled())
    print(torch.is_grad_enabled())


def grad_mode_repr(torch):
    with torch.no_grad():
        print(torch.ones(2, requires_grad=True) * 2)
        print(torch.ones(2, requires_grad=True))


def filling_of_memory_under_deterministic_algorithms_is_a_switch(torch):
    switch = torch.utils.deterministic
    print(switch.fill_uninitialized_memory)
    switch.fill_uninitialized_memory = False
    print(switch.fill_uninitialized_memory)
    switch.fill_uninitialized_memory = True

    def wrong():
        switch.fill_uninitialized_memory = 3

    attempt(wrong)
