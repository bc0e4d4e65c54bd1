"""Modes of `torch.overrides` that take calls over."""

from tests.behaviour.helpers import attempt


def _logging(torch, name="call"):
    class Logging(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            print(name, func.__name__, [kind.__name__ for kind in types], len(args), kwargs or {})
            return func(*args, **(kwargs or {}))

    return Logging()


def every_call_of_a_function_or_method_is_taken_over(torch):
    x, y = torch.ones(2, requires_grad=True), torch.tensor([1.0, 2.0])
    with _logging(torch) as mode:
        print(type(mode).__name__)
        z = torch.sin(x + y) * 2
        z = torch.nn.functional.linear(z, torch.eye(2)).sum()
        torch.stack([x, y]), torch.cat((x, y), 0), y.max(dim=0), torch.linalg.norm(y)
        torch.zeros(2), torch.tensor([1.0]), torch.arange(3), torch.full((2,), 1.5)
        y.add_(1), y.view(2, 1), y.to(torch.float64), y.clone(), y.new_zeros(2), y > 0, x / y
        y += 1
        x @ y
    z.backward()
    print(x.grad, z, y)


def what_a_mode_calls_is_for_the_next_one(torch):
    class Swap(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            print("swap", func.__name__)
            return torch.add(*args) if func is torch.mul else func(*args, **(kwargs or {}))

    y = torch.tensor([1.0, 2.0])
    with _logging(torch, "outer"), Swap():
        z = torch.mul(y, y)
    print(z)
    again = _logging(torch, "again")
    with again, again:
        torch.add(y, y)
    torch.add(y, y)


def a_mode_may_ask_itself(torch):
    class Deep(torch.overrides.TorchFunctionMode):
        depth = 0

        def __torch_function__(self, func, types, args=(), kwargs=None):
            print("  " * self.depth + func.__name__)
            self.depth += 1
            with self:
                found = torch.neg(args[0]) if self.depth < 3 else None
            self.depth -= 1
            return func(*args, **(kwargs or {})) if found is None else found

    one = torch.ones(1)
    with Deep():
        found = torch.exp(one)
    print(found)


def modes_that_make_numbers(torch):
    class Wide(torch.overrides.BaseTorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            if func in (torch.zeros, torch.ones, torch.rand):
                kwargs = {"dtype": torch.float64, **(kwargs or {})}
            return super().__torch_function__(func, types, args, kwargs)

    with Wide():
        print(torch.zeros(2).dtype, torch.ones(2, dtype=torch.float32).dtype)
        print((torch.rand(2) + 1).dtype)
    print(torch.zeros(2).dtype)


def a_mode_comes_before_a_subclass(torch):
    class Own(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            print("own", func.__name__)
            return super().__torch_function__(func, types, args, kwargs or {})

    own = torch.ones(2).as_subclass(Own)
    with _logging(torch):
        found = own + own
    print(type(found).__name__)


def errors_of_modes(torch):
    class Silent(torch.overrides.TorchFunctionMode):
        pass

    class Ignorant(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            return NotImplemented

        def __repr__(self):
            return "<an ignorant mode>"

    class Failing(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            raise ValueError("boo")

    y = torch.ones(2)
    for mode in (Silent(), Ignorant(), Failing()):
        with mode:
            attempt(lambda: torch.add(y, y))
    with _logging(torch):
        attempt(lambda: torch.add(y, torch.ones(3)))
    print(torch.add(y, y))


def functions_of_users(torch):
    overrides = torch.overrides

    def scaled(a, b):
        if overrides.has_torch_function((a, b)):
            return overrides.handle_torch_function(scaled, (a, b), a, b)
        return a * b

    @overrides.wrap_torch_function(lambda a: (a,))
    def doubled(a):
        return a * 2

    y = torch.ones(2)
    print(overrides.has_torch_function((y,)), overrides.has_torch_function_unary(y))
    with _logging(torch):
        print(overrides.has_torch_function_variadic(y), overrides.has_torch_function_unary(1))
        scaled(y, y)
        doubled(y)
    print(scaled(y, y).sum().item(), doubled(y).sum().item(), doubled.__name__)
