"""torch.distributions against PyTorch: same seed, same numbers; densities, gradients, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nb as ours

torch: Any = pytest.importorskip("torch", reason="PyTorch, the reference, is not installed")

MADE = """
D.Normal(0., 1.)
D.Normal(x, y)
D.Normal(torch.zeros(2), torch.ones(2))
D.Uniform(0., 1.)
D.Uniform(x - 3, x + y)
D.Exponential(y)
D.Laplace(x, y)
D.Gumbel(x, y)
D.MultivariateNormal(x[0], m)
D.MultivariateNormal(x, scale_tril=m.tril())
D.MultivariateNormal(x[0], precision_matrix=m)
D.Bernoulli(p)
D.Bernoulli(logits=x)
D.Bernoulli(0.3)
D.Categorical(p)
D.Categorical(logits=x)
D.OneHotCategorical(p)
D.Poisson(y)
D.Independent(D.Normal(x, y), 1)
D.MixtureSameFamily(D.Categorical(p[0]), D.Normal(x[0], y[0]))
D.MixtureSameFamily(D.Categorical(p[0]), D.Independent(D.Normal(m, y[0]), 1))
""".strip().splitlines()
EXPRESSIONS = """
D.Normal(0., -1.)
D.Normal(0, 1)
D.Normal('a', 1)
D.Categorical(torch.tensor([-.2, .8]))
D.Categorical()
D.Categorical(torch.tensor(.2))
D.Uniform(1., 0.)
D.Bernoulli(1.5)
D.Exponential(-1.)
D.MultivariateNormal(torch.zeros(2), -torch.eye(2))
D.MultivariateNormal(torch.zeros(2))
D.Categorical(torch.tensor([.2, .8])).log_prob(torch.tensor(3))
D.Normal(0., 1.).log_prob(torch.tensor(float('nan')))
D.Normal(0., 1.).log_prob(0.5)
D.Normal(torch.zeros(2), 1.).log_prob(torch.zeros(3))
D.Normal(0., 1.).cdf(torch.tensor([0., 1.]))
D.Normal(0., 1.).icdf(torch.tensor([0.2, .5]))
D.Uniform(0., 2.).cdf(torch.tensor([0., 1.]))
D.Exponential(2.).cdf(torch.tensor([0., 1.]))
D.Laplace(0., 2.).cdf(torch.tensor([0., 1.]))
D.Categorical(torch.tensor([.2, .8])).enumerate_support()
D.Bernoulli(torch.tensor([.2, .8])).enumerate_support()
D.Categorical(torch.tensor([.2, .8])).probs
D.Categorical(torch.tensor([1., 3.])).logits
D.Normal(0., 1.).perplexity()
D.Bernoulli(torch.tensor([.2, .5])).mode
D.Independent(D.Normal(0., 1.), 1)
D.kl_divergence(D.Normal(0., 1.), D.Categorical(torch.ones(2)))
D.kl_divergence(D.Normal(x, y), D.Normal(y, y * 2))
D.kl_divergence(D.Uniform(0., 1.), D.Uniform(-1., 2.))
D.kl_divergence(D.Uniform(0., 3.), D.Uniform(-1., 2.))
D.kl_divergence(D.Normal(0., 1.), D.Uniform(-1., 2.))
D.kl_divergence(D.Exponential(y), D.Exponential(y * 2))
D.kl_divergence(D.Laplace(x, y), D.Laplace(y, y * 2))
D.kl_divergence(D.Bernoulli(p), D.Bernoulli(p ** 2))
D.kl_divergence(D.Categorical(p), D.Categorical(logits=x))
D.kl_divergence(D.OneHotCategorical(p), D.OneHotCategorical(logits=x))
D.kl_divergence(D.Poisson(y), D.Poisson(y * 2))
D.kl_divergence(D.Independent(D.Normal(x, y), 1), D.Independent(D.Normal(y, y), 1))
D.kl_divergence(D.MultivariateNormal(x, m), D.MultivariateNormal(y, m * 2))
D.constraints.positive.check(torch.tensor([0., 1.]))
""".strip().splitlines()


def space(library: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    square = rng.normal(size=(3, 3))
    arrays = {
        "x": rng.normal(size=(2, 3)),
        "y": rng.uniform(0.5, 2, size=(2, 3)),
        "p": rng.dirichlet(np.ones(3), size=2),
        "m": square @ square.T + np.eye(3),
    }
    made = {k: library.from_numpy(v).requires_grad_() for k, v in arrays.items()}
    return {**made, "torch": library, "D": library.distributions}


@pytest.mark.parametrize("expression", MADE)
def test_samples_densities_and_gradients(expression: str) -> None:
    found = []
    for library in (ours, torch):
        names = space(library)
        made = eval(expression, names)
        leaves = [names[k] for k in "xypm"]
        library.manual_seed(0)
        drawn = [made.sample((4,)), made.sample()]
        if made.has_rsample:
            drawn.append(made.rsample((3,)))
        value = made.log_prob(drawn[0])
        arrays = [t.detach().numpy() for t in (*drawn, value)]
        total = (value * library.arange(1.0, value.numel() + 1).reshape(value.shape)).sum()
        for name in ("entropy", "mean", "variance", "stddev"):
            try:
                number = getattr(made, name)
                number = number() if callable(number) else number
            except NotImplementedError:
                arrays.append(np.array(["not implemented"]))
            else:
                arrays.append(number.detach().numpy())
                total = total + number.nan_to_num().sum()
        if made.has_rsample:
            total = total + (drawn[-1] ** 2).sum()
        if total.requires_grad:
            for g in library.autograd.grad(total, leaves, allow_unused=True):
                arrays.append(np.zeros(1) if g is None else g.numpy())
        shapes = (tuple(made.batch_shape), tuple(made.event_shape), repr(made))
        found.append((shapes, arrays))
    assert found[0][0] == found[1][0]
    for mine, theirs in zip(found[0][1], found[1][1], strict=True):
        assert mine.dtype.kind == theirs.dtype.kind
        if mine.dtype.kind == "U":
            assert mine.tolist() == theirs.tolist()
        else:
            np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_prints_and_refuses_as_pytorch(expression: str) -> None:
    shown = []
    for library in (ours, torch):
        try:
            result = eval(expression, space(library))
            shown.append(repr(result.detach() if hasattr(result, "detach") else result))
        except Exception as error:
            shown.append(f"{type(error).__name__}: {str(error)[:160]}")
    assert shown[0] == shown[1]
