"""Leaves, requires_grad and what may be changed when."""

from tests.behaviour.helpers import attempt


def leaf_and_requires_grad_table(torch):
    a = torch.ones(2)
    b = torch.ones(2, requires_grad=True)
    for t in (a, b, a + a, a + b, b.detach(), b.data, b.clone(), b[0], b.view(2), a > b):
        print(t.is_leaf, t.requires_grad)


def three_ways(torch):
    a = torch.ones(2, requires_grad=True)
    b = torch.ones(2).requires_grad_()
    c = torch.ones(2)
    c.requires_grad = True
    print(a, b, c)
    print(a.is_leaf, b.is_leaf, c.is_leaf)


def requires_grad_returns_self(torch):
    x = torch.ones(2)
    print(x.requires_grad_() is x, x.requires_grad_(False) is x, x.requires_grad)


def default_is_false(torch):
    print(torch.ones(2).requires_grad, torch.tensor(1.0).requires_grad)


def integers_cannot_require_grad(torch):
    attempt(lambda: torch.tensor([1, 2], requires_grad=True))
    attempt(lambda: torch.tensor([1, 2]).requires_grad_())
    attempt(lambda: torch.ones(2, dtype=torch.int32, requires_grad=True))
    attempt(lambda: torch.tensor([True]).requires_grad_())
    attempt(lambda: setattr(torch.tensor([1, 2]), "requires_grad", True))


def integers_may_be_told_not_to(torch):
    x = torch.tensor([1, 2])
    x.requires_grad_(False)
    print(x.requires_grad)


def requires_grad_of_result_cannot_be_cleared(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    attempt(lambda: y.requires_grad_(False))
    attempt(lambda: setattr(y, "requires_grad", False))
    y.requires_grad_(True)
    print(y.requires_grad)


def requires_grad_on_result_of_plain_operations(torch):
    a = torch.randn(2, 2)
    a = (a * 3) / (a - 1)
    print(a.requires_grad)
    a.requires_grad_(True)
    print(a.requires_grad)
    b = (a * a).sum()
    print(b.grad_fn)


def leaf_turned_off_and_on(torch):
    x = torch.ones(2, requires_grad=True)
    x.requires_grad = False
    print((x * 2).requires_grad)
    x.requires_grad = True
    (x * 2).sum().backward()
    print(x.grad)


def turning_off_after_the_graph_was_built(torch):
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).sum()
    x.requires_grad_(False)
    y.backward()
    print(x.grad)


def moved_into_the_graph(torch):
    x = torch.ones(2, requires_grad=True)
    x = x * 2
    print(x.is_leaf)
    x.sum().backward()
    print(x.is_leaf, x.requires_grad)


def dtype_conversion_makes_a_new_node(torch):
    x = torch.ones(2, requires_grad=True)
    y = x.double()
    print(y.is_leaf, y.grad_fn.name(), x.float() is x)


def to_same_is_identity(torch):
    x = torch.ones(2, requires_grad=True)
    print(x.to(torch.float32) is x, x.to("cpu") is x, x.to(torch.float64) is x)
    print(x.cpu() is x)


def grad_assignment_rules(torch):
    x = torch.ones(2, requires_grad=True)
    attempt(lambda: setattr(x, "grad", torch.ones(3)))
    attempt(lambda: setattr(x, "grad", torch.ones(2, dtype=torch.float64)))
    attempt(lambda: setattr(x, "grad", [1.0, 2.0]))
    attempt(lambda: setattr(x, "grad", 1.0))
    attempt(lambda: setattr(x, "grad", x))
    x.grad = torch.ones(2)
    print(x.grad)


def grad_assignment_on_plain_tensor(torch):
    x = torch.ones(2)
    x.grad = torch.zeros(2)
    print(x.grad)


def is_leaf_cannot_be_set(torch):
    attempt(lambda: setattr(torch.ones(1), "is_leaf", True))
    attempt(lambda: setattr(torch.ones(1), "grad_fn", None))


def requires_grad_must_be_bool(torch):
    attempt(lambda: setattr(torch.ones(1), "requires_grad", "yes"))
    attempt(lambda: torch.ones(1).requires_grad_("yes"))
    x = torch.ones(1)
    attempt(lambda: setattr(x, "requires_grad", 1))


def parameter_is_a_leaf_that_requires_grad(torch):
    p = torch.nn.Parameter(torch.ones(2))
    print(p.requires_grad, p.is_leaf, isinstance(p, torch.Tensor))
    print(p)
    print(torch.nn.Parameter(torch.ones(1), requires_grad=False).requires_grad)


def random_leaf_arithmetic_then_grad_fn(torch):
    x = torch.ones(2, 2, requires_grad=True)
    y = x + 2
    z = y * y * 3
    out = z.mean()
    print(y)
    print(z, out)
    print(x.grad_fn, y.grad_fn is not None)


def comparison_results_never_require_grad(torch):
    x = torch.ones(2, requires_grad=True)
    for t in (x > 0, x == x, x.argmax(), x.long(), torch.isnan(x)):
        print(t, t.requires_grad)


def zero_size_leaf(torch):
    x = torch.ones(0, requires_grad=True)
    x.sum().backward()
    print(x.grad)


def tensor_of_tensor_warns_and_copies(torch):
    x = torch.ones(2, requires_grad=True)
    y = torch.tensor(x)
    print(y, y.requires_grad)
