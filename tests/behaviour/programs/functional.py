"""`torch.autograd.functional`: complaints, strict mode, and the form of what comes back."""

from tests.behaviour.helpers import attempt


def vectors_of_another_kind(torch):
    x = torch.ones(3)
    for name in ("vjp", "jvp", "vhp", "hvp"):
        product = getattr(torch.autograd.functional, name)
        reduced = name in ("vhp", "hvp")

        def cube(a, reduced=reduced):
            return (a**3).sum() if reduced else a**3

        attempt(lambda product=product, cube=cube: product(cube, x, 2))
        attempt(lambda product=product, cube=cube: product(cube, x, (x, 2)))
        attempt(lambda product=product, cube=cube: product(cube, x, [x]))
        attempt(lambda product=product, cube=cube: product(cube, (x, 2), x))
        attempt(lambda product=product, cube=cube: product(lambda a: (cube(a), 2), x, x))


def strict_jacobian_independent_of_an_input(torch):
    x = torch.ones(2, requires_grad=True)
    jacobian = torch.autograd.functional.jacobian
    attempt(lambda: jacobian(lambda a, b: a.exp() + 2 * b, (x, x), True, True))
    attempt(lambda: jacobian(lambda a, b: (a.exp(), 2 * b), (x, x), True, True))
    attempt(lambda: jacobian(lambda a, b: (a.exp() * b, b * 2 + a), (x, x), True, True))


def strict_hessian(torch):
    x = torch.ones(2, requires_grad=True)
    hessian = torch.autograd.functional.hessian
    for create_graph in (False, True):
        options = {"strict": True, "create_graph": create_graph}
        attempt(lambda options=options: hessian(lambda a: a.detach().sum(), x, **options))
        attempt(lambda options=options: hessian(lambda a: torch.ones(()), x, **options))
        attempt(lambda options=options: hessian(lambda a: (a.sum(), a.detach()), x, **options))
        attempt(lambda options=options: hessian(lambda a: (a * 2).sum(), x, **options))


def what_does_not_go_together(torch):
    x = torch.ones(2)
    functional = torch.autograd.functional
    forward = "forward-mode"
    jacobian, hessian = functional.jacobian, functional.hessian
    attempt(lambda: jacobian(torch.exp, x, strategy=forward))
    attempt(lambda: jacobian(torch.exp, x, strategy=forward, create_graph=True))
    attempt(lambda: jacobian(torch.exp, x, strategy=forward, strict=True, vectorize=True))
    attempt(lambda: jacobian(torch.exp, x, strict=True, vectorize=True))
    attempt(lambda: jacobian(torch.exp, x, strategy="other"))
    attempt(lambda: hessian(torch.sum, x, outer_jacobian_strategy=forward))
    attempt(lambda: hessian(torch.sum, x, outer_jacobian_strategy=forward, strict=True))
    attempt(lambda: hessian(torch.sum, x, strict=True, vectorize=True))
    attempt(lambda: hessian(torch.sum, x, outer_jacobian_strategy="other"))


def complex_outputs(torch):
    x = torch.ones(2, dtype=torch.complex64)
    attempt(lambda: torch.autograd.functional.jacobian(lambda a: a * 2, x))
    attempt(lambda: torch.autograd.functional.hessian(lambda a: (a * 2).sum(), x))
    print(torch.autograd.functional.jacobian(lambda a: a * 2, x, vectorize=True))


def columns_come_in_lists(torch):
    x, y = torch.ones(2), torch.ones(3)
    options = {"vectorize": True, "strategy": "forward-mode"}
    print(torch.autograd.functional.jacobian(torch.exp, x, **options))
    print(torch.autograd.functional.jacobian(lambda a, b: a * b.sum(), (x, y), **options))
    print(torch.autograd.functional.jacobian(lambda a: (a * 2, a.sum()), x, **options))
    found = torch.autograd.functional.jacobian(lambda a, b: (a, b), (x, y), **options)
    print(type(found), [type(row) for row in found])


def columns_belong_to_the_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    options = {"vectorize": True, "strategy": "forward-mode"}
    found = torch.autograd.functional.jacobian(lambda a: a**3, x, **options)
    print(found.requires_grad)
    found.sum().backward()
    print(x.grad)
    with torch.no_grad():
        print(torch.autograd.functional.jacobian(lambda a: a**3, x, **options).requires_grad)


def jacobian_of_nothing(torch):
    functional, x = torch.autograd.functional, torch.ones(2)
    attempt(lambda: functional.jacobian(lambda x: x[:0], x))
    attempt(lambda: functional.jacobian(lambda x: x[:0], x, create_graph=True))
    attempt(lambda: functional.jacobian(lambda x: x[:0], x, strict=True))
    attempt(lambda: functional.jacobian(lambda x: (x[:0], x), x))
    attempt(lambda: functional.jacobian(lambda x: torch.ones(0), x))
    attempt(lambda: functional.jacobian(lambda x: x * 2, torch.ones(0)))
    attempt(lambda: functional.hessian(lambda x: x.sum(), torch.ones(0)))
