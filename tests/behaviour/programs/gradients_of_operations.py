"""Conventions of single derivatives: ties, zeros, corners, broadcasting."""

from tests.behaviour.helpers import attempt


def _show(torch, f, *values):
    leaves = [torch.tensor(v, requires_grad=True) for v in values]
    y = f(*leaves)
    y.sum().backward()
    print(y.detach().tolist(), [leaf.grad.tolist() for leaf in leaves])


def abs_and_sign_at_zero(torch):
    _show(torch, torch.abs, [-2.0, 0.0, 3.0])
    _show(torch, torch.sign, [-2.0, 0.0, 3.0])


def max_with_ties(torch):
    _show(torch, lambda x: x.max(), [1.0, 3.0, 3.0])
    _show(torch, lambda x: x.max(0).values, [1.0, 3.0, 3.0])
    _show(torch, lambda x: x.amax(0), [1.0, 3.0, 3.0])


def min_with_ties(torch):
    _show(torch, lambda x: x.min(), [1.0, 1.0, 3.0])


def maximum_with_ties(torch):
    _show(torch, torch.maximum, [1.0, 2.0, 3.0], [3.0, 2.0, 1.0])
    _show(torch, torch.minimum, [1.0, 2.0, 3.0], [3.0, 2.0, 1.0])


def clamp_at_the_border(torch):
    _show(torch, lambda x: x.clamp(0.0, 1.0), [-1.0, 0.0, 0.5, 1.0, 2.0])
    _show(torch, lambda x: x.clamp(min=0.0), [-1.0, 0.0, 0.5])
    _show(torch, lambda x: x.clamp(max=0.0), [-1.0, 0.0, 0.5])


def sqrt_and_norm_at_zero(torch):
    _show(torch, torch.sqrt, [0.0, 4.0])
    _show(torch, lambda x: x.norm(), [0.0, 0.0])
    _show(torch, lambda x: x.norm(), [3.0, 4.0])


def pow_corners(torch):
    _show(torch, lambda x: x**0, [0.0, 2.0])
    _show(torch, lambda x: x**1, [0.0, 2.0])
    _show(torch, lambda x: x**2, [0.0, -2.0])
    _show(torch, lambda x: x**-1, [2.0, -4.0])
    _show(torch, lambda x: x**0.5, [0.0, 4.0])
    _show(torch, torch.pow, [0.0, 2.0], [0.0, 3.0])
    _show(torch, lambda e: 2.0**e, [0.0, 3.0])
    _show(torch, lambda e: 0.0**e, [0.0, 3.0])


def prod_with_zeros(torch):
    _show(torch, lambda x: x.prod(), [2.0, 3.0, 4.0])
    _show(torch, lambda x: x.prod(), [2.0, 0.0, 4.0])
    _show(torch, lambda x: x.prod(), [0.0, 0.0, 4.0])


def var_and_std(torch):
    _show(torch, lambda x: x.var(), [1.0, 2.0, 4.0])
    _show(torch, lambda x: x.std(), [1.0, 3.0])
    _show(torch, lambda x: x.var(unbiased=False), [1.0, 2.0, 4.0])


def mean_over_dimensions(torch):
    _show(torch, lambda x: x.mean(0), [[1.0, 2.0], [3.0, 4.0]])
    _show(torch, lambda x: x.mean(1, keepdim=True), [[1.0, 2.0], [3.0, 4.0]])
    _show(torch, lambda x: x.mean((0, 1)), [[1.0, 2.0], [3.0, 4.0]])


def sort_and_topk(torch):
    _show(torch, lambda x: x.sort()[0] * torch.tensor([1.0, 2.0, 3.0]), [3.0, 1.0, 2.0])
    _show(torch, lambda x: x.topk(2)[0], [3.0, 1.0, 2.0])


def cumulative(torch):
    _show(torch, lambda x: x.cumsum(0), [1.0, 2.0, 3.0])
    _show(torch, lambda x: x.cumprod(0), [1.0, 2.0, 3.0])


def concatenation(torch):
    _show(torch, lambda a, b: torch.cat([a, b]) * torch.arange(4.0), [1.0, 2.0], [3.0, 4.0])
    _show(torch, lambda a, b: torch.stack([a, b], 1)[:, 0], [1.0, 2.0], [3.0, 4.0])


def matrix_products(torch):
    _show(torch, torch.matmul, [[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]])
    _show(torch, torch.mv, [[1.0, 2.0], [3.0, 4.0]], [1.0, 10.0])
    _show(torch, torch.dot, [1.0, 2.0], [3.0, 4.0])
    _show(torch, torch.outer, [1.0, 2.0], [3.0, 4.0])
    _show(torch, torch.bmm, [[[1.0, 2.0]]], [[[3.0], [4.0]]])


def batched_matmul_with_broadcast(torch):
    a = torch.arange(12.0).view(2, 2, 3).requires_grad_()
    b = torch.arange(6.0).view(3, 2).requires_grad_()
    (a @ b).sum().backward()
    print(a.grad)
    print(b.grad)


def einsum(torch):
    _show(torch, lambda a, b: torch.einsum("ij,j->i", a, b), [[1.0, 2.0], [3.0, 4.0]], [1.0, 2.0])
    _show(torch, lambda a: torch.einsum("ii->", a), [[1.0, 2.0], [3.0, 4.0]])


def broadcasting(torch):
    _show(torch, lambda a, b: a * b, [[1.0], [2.0]], [3.0, 4.0])
    _show(torch, lambda a, b: a / b, [[1.0, 2.0], [3.0, 4.0]], 2.0)


def remainder_and_floor(torch):
    _show(torch, lambda x: x % 3, [5.0, -1.0])
    _show(torch, torch.floor, [1.5, -1.5])
    _show(torch, torch.round, [0.5, 1.5])


def atan2_and_hypot(torch):
    _show(torch, torch.atan2, [1.0, -1.0], [1.0, 2.0])


def logsumexp_and_softmax(torch):
    _show(torch, lambda x: x.logsumexp(0), [1.0, 1.0])
    _show(torch, lambda x: x.softmax(0) * torch.tensor([1.0, 0.0]), [0.0, 0.0])
    _show(torch, lambda x: x.log_softmax(0)[0], [0.0, 0.0])


def flip_roll_repeat(torch):
    _show(torch, lambda x: x.flip(0) * torch.tensor([1.0, 2.0]), [1.0, 2.0])
    _show(torch, lambda x: x.roll(1) * torch.tensor([1.0, 2.0]), [1.0, 2.0])
    _show(torch, lambda x: x.repeat(3), [1.0, 2.0])


def triangles_and_diagonals(torch):
    _show(torch, lambda x: x.tril(), [[1.0, 2.0], [3.0, 4.0]])
    _show(torch, lambda x: x.diag(), [[1.0, 2.0], [3.0, 4.0]])
    _show(torch, lambda x: x.diag(), [1.0, 2.0])
    _show(torch, lambda x: x.trace(), [[1.0, 2.0], [3.0, 4.0]])


def norms(torch):
    _show(torch, lambda x: x.norm(p=1), [3.0, -4.0])
    _show(torch, lambda x: x.norm(dim=0), [[3.0], [-4.0]])
    _show(torch, lambda x: x.norm(p=float("inf")), [3.0, -4.0])


def linear_algebra(torch):
    a = torch.tensor([[2.0, 0.0], [0.0, 4.0]], requires_grad=True)
    torch.linalg.det(a).backward()
    print(a.grad)
    a.grad = None
    torch.linalg.inv(a).sum().backward()
    print(a.grad)


def masked_select_and_nonzero(torch):
    _show(torch, lambda x: torch.masked_select(x, x > 1), [1.0, 2.0, 3.0])
    print(torch.tensor([0, 3, 0, 5]).nonzero())


def several_zeros_in_a_product(torch):
    index = torch.tensor([0, 0, 1, 1])

    def scattered(x, y, **options):
        return torch.scatter_reduce(x, 0, index, y, "prod", **options)

    def indexed(x, y):
        return torch.index_reduce(x, 0, index, y, "prod")

    def once(x, y):
        return scattered(x, y, include_self=False)

    sources = [0.0, 0.0, 2.0, 3.0], [0.0, 4.0, 2.0, 3.0], [1.0, 4.0, 2.0, 3.0]
    for function in (scattered, once, indexed):
        for target in ([1.0, 5.0], [0.0, 5.0]):
            for source in sources:
                x = torch.tensor(target, dtype=torch.float64, requires_grad=True)
                y = torch.tensor(source, dtype=torch.float64, requires_grad=True)
                print(torch.autograd.grad(function(x, y).sum(), (x, y)))
                first = torch.autograd.grad(function(x, y).sum(), (x, y), create_graph=True)
                print(first[1].grad_fn.name())
                again = attempt(
                    lambda first=first, x=x, y=y: torch.autograd.grad(
                        first[0].sum() + first[1].sum(), (x, y), allow_unused=True
                    )
                )
                print(again)


def in_place_forms_without_a_derivative(torch):
    x = torch.full((2,), 0.5, requires_grad=True)
    for name in ("asinh_", "acosh_", "atanh_", "arcsinh_", "arccosh_", "arctanh_"):
        y = getattr(x * 2 - 0.5, name)()
        print(name, y.isnan().tolist(), y.grad_fn.name())
        attempt(y.sum().backward)
        y = x * 1
        getattr(y[:1], name)()
        attempt(y.sum().backward)
        print(getattr(torch, name)(x.detach() + 0.1).isnan().tolist())
    z = (x * 1).atanh()
    z.sum().backward()
    print(x.grad)


def renorm_of_a_vector(torch):
    for shape in ((), (3,), (2, 3)):
        attempt(lambda shape=shape: torch.ones(shape).renorm(2, 0, 1.0))
        attempt(lambda shape=shape: torch.ones(shape).renorm_(2, 0, 1.0))
