"""Subclasses of Tensor, and what `__torch_function__` makes of calls."""

import functools
import warnings

from tests.behaviour.helpers import attempt


def _types(torch, *values):
    print(*(type(value).__name__ for value in values))


def a_subclass_goes_through_operations(torch):
    class Own(torch.Tensor):
        pass

    a = torch.arange(3.0).as_subclass(Own)
    _types(torch, a, a + 1, 1 - a, a.sum(), torch.exp(a), torch.ones(3) + a, a[0], a == a)
    _types(torch, a.detach(), a.clone(), torch.cat([a, torch.ones(1)]), a.data, a.add_(1))
    _types(torch, a.new_zeros(2), torch.zeros_like(a), torch.nn.functional.relu(a), -a)
    _types(torch, *a.split(1), *a, a.max(0)[0], a.reshape(1, 3).T, a.double())
    _types(torch, a.shape, a.numpy(), a.tolist(), a.item() if a.numel() == 1 else a.numel())
    _types(torch, a.as_subclass(torch.Tensor), Own([1.0, 2.0]), reversed(a))
    print(a, a.max(0), a.mean(), repr(a.long()), len(a), a.dtype, a.size())
    attempt(lambda: f"{a[0]:.2f}")


def gradients_go_through_a_subclass(torch):
    class Own(torch.Tensor):
        pass

    a = Own([1.0, 2.0]).requires_grad_()
    y = (a * 2).sum()
    print(y, y.grad_fn.name(), y.grad_fn.next_functions[0][0].name(), a.is_leaf)
    y.backward()
    _types(torch, a.grad, y)
    print(a.grad, torch.autograd.grad((a**2).sum(), a))
    b = torch.ones(2, requires_grad=True)
    (b * a).sum().backward()
    print(b.grad, a.grad)


def the_class_that_derives_from_the_other_wins(torch):
    class Own(torch.Tensor):
        pass

    class Deeper(Own):
        pass

    class Stranger(torch.Tensor):
        pass

    a, b, c = (torch.ones(2).as_subclass(kind) for kind in (Own, Deeper, Stranger))
    _types(torch, a + b, b + a, torch.stack([a, b]))
    attempt(lambda: a + c)


def calls_are_logged(torch):
    class Logging(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            print("call", func.__name__, [kind.__name__ for kind in types], len(args), kwargs)
            return super().__torch_function__(func, types, args, kwargs or {})

    x = torch.ones(2, 2).as_subclass(Logging)
    _types(torch, x + 1, torch.sum(x), x.mean(dim=0), torch.stack([x, torch.ones(2, 2)]))
    _types(torch, x.view(4), torch.softmax(x, dim=1), x @ x)
    print(x.shape, x.requires_grad)


def results_may_be_anything(torch):
    handled = {}

    class Scaled(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            if func not in handled:
                return NotImplemented
            return handled[func](*args, **(kwargs or {}))

    def implements(function):
        def register(own):
            handled[function] = functools.wraps(own)(own)
            return own

        return register

    @implements(torch.add)
    def add(a, b):
        return "added"

    x = torch.ones(2).as_subclass(Scaled)
    print(torch.add(x, 1), torch.add(1, x))
    attempt(lambda: torch.mul(x, 2))


def a_class_keeps_what_it_was_given(torch):
    class Named(torch.Tensor):
        @staticmethod
        def __new__(cls, data, name, *args, **kwargs):
            return super().__new__(cls, data, *args, **kwargs)

        def __init__(self, data, name):
            self.label = name

        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            found = super().__torch_function__(func, types, args, kwargs)
            labels = [a.label for a in args if isinstance(a, cls) and hasattr(a, "label")]
            if isinstance(found, cls) and labels:
                found.label = "+".join(labels)
            return found

    a, b = Named([1.0], "a"), Named([2.0], "b")
    c = a + b
    print(c, c.label, (c * a).label)


def layers_take_subclasses(torch):
    class Own(torch.Tensor):
        pass

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
    x = torch.ones(2, 3).as_subclass(Own)
    y = net(x)
    _types(torch, y, net[0].weight + 1, torch.nn.functional.mse_loss(y, torch.ones(2, 2)))
    y.sum().backward()
    _types(torch, net[0].weight.grad)
    print(y)


def functions_ask_by_themselves(torch):
    class Own(torch.Tensor):
        pass

    a, plain = torch.ones(1).as_subclass(Own), torch.ones(1)
    ask = torch.overrides.has_torch_function
    print(ask((a,)), ask((plain,)), torch.overrides.is_tensor_like(a))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        print(type(torch.as_tensor(a)).__name__, isinstance(a, torch.Tensor), torch.is_tensor(a))
