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
