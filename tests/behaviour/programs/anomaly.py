"""Anomaly mode."""

import warnings

from tests.behaviour.helpers import attempt


def nan_in_backward_is_named(torch):
    x = torch.tensor([0.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = torch.sqrt(x) * 0
        attempt(lambda: y.sum().backward())


def nan_without_anomaly_mode(torch):
    x = torch.tensor([0.0], requires_grad=True)
    (torch.sqrt(x) * 0).sum().backward()
    print(x.grad)


def warning_on_entering(torch):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with torch.autograd.detect_anomaly():
            pass
    print([(w.category.__name__, str(w.message)) for w in caught])


def nan_check_can_be_off(torch):
    x = torch.tensor([0.0], requires_grad=True)
    with torch.autograd.detect_anomaly(check_nan=False):
        (torch.sqrt(x) * 0).sum().backward()
    print(x.grad)


def set_detect_anomaly(torch):
    print(torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled())
    with torch.autograd.set_detect_anomaly(True):
        print(torch.is_anomaly_enabled())
    print(torch.is_anomaly_enabled())


def custom_function_with_nan(torch):
    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * float("nan")

    x = torch.ones(1, requires_grad=True)
    with torch.autograd.detect_anomaly():
        attempt(lambda: Bad.apply(x).sum().backward())


def second_input_is_the_bad_one(torch):
    x = torch.tensor([-1.0], requires_grad=True)
    e = torch.tensor([2.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        attempt(lambda: (x**e).sum().backward())


def inf_is_not_nan(torch):
    x = torch.tensor([0.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        x.log().sum().backward()
    print(x.grad)


def error_class_is_kept(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = x.exp()
        y.add_(1)
        attempt(lambda: y.sum().backward())


def _told(action):
    """Print the error, and the first words of each warning with the calls that it names."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        attempt(action)
    for item in caught[1:]:
        head, _, stack = str(item.message).split(" (Triggered")[0].partition(":\n")
        print(item.category.__name__, head.strip(), "attempt(action)" in stack)


def the_forward_call_is_told(torch):
    x = torch.tensor([0.0], requires_grad=True)

    def action():
        with torch.autograd.detect_anomaly():
            (torch.sqrt(x) * 0).sum().backward()

    _told(action)


def without_a_recorded_forward_call(torch):
    x = torch.tensor([0.0], requires_grad=True)
    y = (torch.sqrt(x) * 0).sum()

    def action():
        with torch.autograd.detect_anomaly():
            y.backward()

    _told(action)


def a_changed_tensor_is_told(torch):
    def action():
        with torch.autograd.detect_anomaly():
            x = torch.ones(2, requires_grad=True) + 1
            y = x**2
            x += 1
            y.sum().backward()

    _told(action)


def what_induced_the_call_is_told(torch):
    class Inner(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * float("nan")

    class Outer(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            return Inner.apply(grad * ctx.saved_tensors[0])

    def action():
        with torch.autograd.detect_anomaly():
            x = torch.ones(2, requires_grad=True)
            (grad,) = torch.autograd.grad(Outer.apply(x).sum(), x, create_graph=True)
            print(sorted(grad.grad_fn.metadata))
            grad.sum().backward()

    _told(action)


def errors_of_hooks_are_located_too(torch):
    def fail(*args):
        raise ValueError("a hook fails")

    def run(register):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        register(x, y)
        attempt(y.sum().backward)

    torch.autograd.set_detect_anomaly(True)
    for register in (
        lambda x, y: x.register_hook(fail),
        lambda x, y: y.register_hook(fail),
        lambda x, y: y.grad_fn.register_hook(fail),
        lambda x, y: y.grad_fn.register_prehook(fail),
        lambda x, y: x.register_post_accumulate_grad_hook(fail),
    ):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run(register)
        print([str(item.message).split("\n")[0] for item in caught])
    torch.autograd.set_detect_anomaly(False)
