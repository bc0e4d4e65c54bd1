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
