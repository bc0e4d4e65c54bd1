"""What PyTorch's own tests of vmap and of stateless calls ask for beyond the other programs."""

from __future__ import annotations

from typing import Any

from tests.behaviour.helpers import attempt


def given_outputs_and_comparisons_inside_vmap(torch: Any) -> None:
    vmap, x = torch.func.vmap, torch.ones(2, 3)
    attempt(lambda: vmap(lambda v, w: torch.abs(v, out=w))(x, x))
    attempt(lambda: vmap(lambda v: torch.add(v, v, out=torch.ones(3)))(x))
    attempt(lambda: vmap(torch.equal)(x, x))


def random_numbers_of_parameters_inside_vmap(torch: Any) -> None:
    draws = {
        "bernoulli_ of one": lambda v: v.bernoulli_(torch.tensor([0.5, 0.1, 0.9])),
        "normal_": lambda v: v.normal_(),
        "uniform_": lambda v: v.uniform_(),
        "normal of means": lambda v: torch.normal(v, 1.0),
        "normal of both": lambda v: torch.normal(v, v.abs()),
        "binomial": lambda v: torch.binomial(torch.ceil(v), v),
        "gamma": lambda v: torch._standard_gamma(v + 1),
        "poisson": lambda v: torch.poisson(v),
    }
    for name, draw in draws.items():
        for randomness in ("different", "same", "error"):
            for dim in (0, 1):
                x = torch.tensor([[0.5, 0.2, 0.7], [0.1, 0.9, 0.3]])
                x = x.t().contiguous() if dim else x
                torch.manual_seed(0)
                print(name, randomness, dim)
                attempt(
                    lambda x=x, draw=draw, how=randomness, dim=dim: print(
                        torch.func.vmap(draw, in_dims=dim, randomness=how)(x)
                    )
                )


def chances_of_each_example(torch: Any) -> None:
    x, p = torch.zeros(2, 3), torch.tensor([[0.5, 0.1, 0.9], [0.0, 1.0, 0.4]])
    for randomness in ("different", "same", "error"):
        torch.manual_seed(0)
        mapped = torch.func.vmap(lambda v, q: v.bernoulli_(q), randomness=randomness)
        attempt(lambda mapped=mapped: print(mapped(x, p)))
        alone = torch.func.vmap(lambda q: torch.zeros(3).bernoulli_(q), randomness=randomness)
        attempt(lambda alone=alone: alone(p))


def stateless_calls_of_modules_that_change(torch: Any) -> None:
    class Counter(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("count", torch.tensor([0.0]))

        def forward(self, x: Any) -> Any:
            self.count = self.count + 1
            return x + self.count

    module, given = Counter(), torch.tensor([2.0])
    values = {"count": given}
    print(torch.func.functional_call(module, values, torch.ones(1)))
    print(module.count, values, given)
    module.itself = [module]
    inner = torch.nn.Linear(1, 1)
    inner.outer = module
    module.inner = inner
    values = {"inner.outer.inner.weight": torch.tensor([[3.0]]), "count": given}
    print(torch.func.functional_call(module, values, torch.ones(1), tie_weights=False))
    print(sorted(values), values["count"])


def batches_of_cotangents(torch):
    import warnings

    warnings.simplefilter("ignore")
    functional = torch.nn.functional

    def compare(name, function, *shapes):
        numbers = [torch.arange(float(torch.Size(s).numel())).reshape(s) for s in shapes]
        inputs = [x.cos().requires_grad_() for x in numbers]
        result = function(*inputs)
        seeds = torch.arange(2.0 * result.numel()).sin().reshape(2, *result.shape)
        grads = torch.autograd.grad(result, inputs, seeds, is_grads_batched=True, retain_graph=True)
        alone = [torch.autograd.grad(result, inputs, s, retain_graph=True) for s in seeds]
        each = zip(grads, zip(*alone, strict=True), strict=True)
        print(name, grads[0][1], all(torch.allclose(a, torch.stack(b)) for a, b in each))

    for mode, dims in (("nearest", 1), ("linear", 1), ("bilinear", 2), ("trilinear", 3)):
        shape = (1, 2, *(3,) * dims)
        compare(mode, lambda x, m=mode: functional.interpolate(x, scale_factor=2, mode=m), shape)
    for mode in ("bilinear", "bicubic"):
        compare(
            mode,
            lambda x, m=mode: functional.interpolate(x, size=(2, 3), mode=m, antialias=True),
            (1, 2, 4, 5),
        )
    compare("affine", lambda x: functional.affine_grid(x, (2, 1, 2, 3), False), (2, 2, 3))
    rows, starts = torch.tensor([1, 2, 2, 0]), torch.tensor([0, 2])
    for mode in ("sum", "mean", "max"):
        compare(mode, lambda w, m=mode: functional.embedding_bag(rows, w, starts, mode=m), (3, 2))
    target = torch.tensor([[[0, 1], [2, 0]]])

    def slope(x, g):
        losses = functional.nll_loss(x, target, reduction="none")
        return torch.autograd.grad(losses, x, g, create_graph=True)[0]

    x = torch.ones(1, 3, 2, 2, requires_grad=True)
    compare("nll", lambda g: slope(x, g), (1, 2, 2))


def products_with_constants(torch):
    weight, vector = torch.arange(12.0).reshape(3, 4), torch.arange(3.0)
    products = (
        (lambda x: x @ weight, (2, 2, 2, 3)),
        (lambda x: vector @ x, (2, 2, 3, 2)),
        (lambda x: weight @ x, (2, 2, 4, 2)),
        (lambda x: x.transpose(1, 2) @ weight, (2, 2, 3, 2)),
    )
    for product, shape in products:
        x = torch.arange(float(torch.Size(shape).numel())).reshape(shape)
        print(torch.func.vmap(product)(x))
