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
D.Binomial(10, p)
D.Binomial(torch.tensor([3., 40., 200.]), logits=x)
D.NegativeBinomial(y * 3, p)
D.NegativeBinomial(3, logits=x)
D.Geometric(p)
D.Geometric(logits=x)
D.Multinomial(5, p)
D.Multinomial(3, logits=x)
D.OneHotCategoricalStraightThrough(p)
D.Cauchy(x, y)
D.GeneralizedPareto(x.float(), y.float(), p.float())
D.GeneralizedPareto(0., 1., 0.)
D.LogNormal(x, y)
D.LogNormal(0., 1.)
D.LogisticNormal(x, y)
D.HalfNormal(y)
D.HalfCauchy(y)
D.Pareto(y, y + 2)
D.Weibull(y, y + 1)
D.Kumaraswamy(y, y + 1)
D.Gumbel(0., 1.)
D.RelaxedBernoulli(y[0, 0], p)
D.RelaxedBernoulli(torch.tensor(.5), logits=x)
D.RelaxedOneHotCategorical(y[0, 0], p)
D.ContinuousBernoulli(p)
D.ContinuousBernoulli(logits=x)
D.LowRankMultivariateNormal(x[0], m[:, :2], y[0])
D.LowRankMultivariateNormal(x, m[:, :1], y)
D.TransformedDistribution(D.Normal(x, y), [D.SigmoidTransform(), D.AffineTransform(1., y)])
D.TransformedDistribution(D.Normal(x, y), [D.TanhTransform(cache_size=1)])
D.TransformedDistribution(D.Normal(x, y), [D.SoftplusTransform(), D.PowerTransform(y)])
D.TransformedDistribution(D.MultivariateNormal(x, m), [D.StickBreakingTransform()])
D.TransformedDistribution(D.Normal(x, y), D.CorrCholeskyTransform())
D.TransformedDistribution(D.Normal(x, y), D.CatTransform([D.ExpTransform(), D.AffineTransform(0., y[0, 0])], -1, [1, 2]))
D.TransformedDistribution(D.Normal(x, y), D.ReshapeTransform((3,), (3, 1)))
D.TransformedDistribution(D.Normal(torch.zeros(()), y[0, 0]), D.AffineTransform(x[0], y[0]))
D.TransformedDistribution(D.Uniform(0., 1.), [D.SigmoidTransform().inv, D.AffineTransform(x, y)])
D.Normal(x, y).expand((4, 2, 3))
D.Independent(D.Normal(x[:1], y[:1]), 1).expand((5,))
D.MultivariateNormal(x, m).expand((3, 2))
D.Categorical(p).expand((2, 2))
D.LogNormal(x, y).expand((2, 2, 3))
D.MixtureSameFamily(D.Categorical(p[0]), D.Normal(x[0], y[0])).expand((4,))
""".strip().splitlines()  # noqa: E501
# PyTorch's derivatives of gamma and Dirichlet draws, and its Bessel functions, are approximations.
ROUGH = """
D.Gamma(y, y + 1)
D.Gamma(2., 3.)
D.Gamma(y * 50, y)
D.Chi2(y)
D.Beta(y, y + 1)
D.Beta(y / 5, y / 2)
D.Beta(torch.tensor(2.), 3.)
D.Dirichlet(y)
D.Dirichlet(y * 20)
D.StudentT(y * 6)
D.StudentT(y + 4, x, y)
D.FisherSnedecor(y + 3, y * 9)
D.InverseGamma(y + 3, y)
D.VonMises(x, y)
D.VonMises(x, y * 20)
D.Gamma(y, y).expand((2, 2, 3))
D.Beta(y, y).expand((2, 2, 3))
D.LKJCholesky(3, y[0, 0])
D.LKJCholesky(4, y[0])
D.Wishart(y[0, 0].item() + 5, m.detach())
D.Wishart(torch.tensor([5., 6.]).double(), scale_tril=m.tril().detach())
D.Wishart(5, precision_matrix=m.detach())
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
D.constraints.independent(D.constraints.positive, 1)
D.constraints.cat([D.constraints.real, D.constraints.positive], -1, [1, 2]).check(x)
D.constraints.stack([D.constraints.real, D.constraints.positive], 0).check(x)
D.constraints.corr_cholesky.check(torch.eye(3)), D.constraints.symmetric.check(m)
D.constraints.lower_triangular.check(m), D.constraints.positive_semidefinite.check(m)
D.constraints.interval(lower_bound=0., upper_bound=1.)
D.constraints.multinomial(3).check(torch.tensor([1., 1.]))
D.biject_to(D.constraints.simplex), D.transform_to(D.constraints.simplex)
D.biject_to(D.constraints.positive)(x)
D.biject_to(D.constraints.interval(-1., 3.))(x)
D.transform_to(D.constraints.positive_definite)(m)
D.transform_to(D.constraints.less_than(2.))(x)
D.biject_to(D.Gamma(y, y).support)
D.biject_to(D.Beta.support), D.biject_to(D.Dirichlet.support).inv(p)
D.transforms.ComposeTransform([D.ExpTransform(), D.ExpTransform()])
D.ExpTransform().inv == D.ExpTransform().inv, D.ExpTransform() == D.ExpTransform()
D.AffineTransform(0., 1.) == D.AffineTransform(0., 2.), D.PowerTransform(2.) == D.PowerTransform(2.)
D.ComposeTransform([D.ExpTransform(), D.AffineTransform(1., 2.)]).inv(y + 2)
D.ComposeTransform([D.ExpTransform(), D.StickBreakingTransform()]).domain
D.AffineTransform(0., -1.).sign, D.AffineTransform(0., y).sign
D.AbsTransform().sign
D.ExpTransform(cache_size=2)
D.SigmoidTransform().log_abs_det_jacobian(x, x.sigmoid())
D.CumulativeDistributionTransform(D.Normal(0., 1.))(x)
D.StickBreakingTransform().forward_shape((2, 3)), D.CorrCholeskyTransform().inverse_shape((3, 3))
D.ReshapeTransform((2,), (3,))
D.StackTransform([D.ExpTransform(), D.SigmoidTransform()], 0)(x).detach()
D.StackTransform([D.ExpTransform(), D.SigmoidTransform()], -2).log_abs_det_jacobian(x, y).detach()
D.TransformedDistribution(D.Normal(0., 1.), 'no')
D.TransformedDistribution(D.Normal(0., 1.), D.StickBreakingTransform())
D.LogNormal(x, y).cdf(y), D.LogNormal(x, y).icdf(p)
D.TransformedDistribution(D.Normal(x, y), D.AffineTransform(0., -1.)).cdf(y)
D.Gamma(y, y).cdf(y), D.HalfNormal(y).icdf(p), D.HalfCauchy(y).cdf(y), D.Cauchy(x, y).icdf(p)
D.Gumbel(x, y).cdf(x), D.Weibull(y, y).cdf(y), D.Pareto(y, y).icdf(p)
D.ContinuousBernoulli(p).cdf(p)
D.GeneralizedPareto(0., 1., .5).cdf(torch.tensor(.5)), D.Kumaraswamy(y, y).cdf(p)
D.MixtureSameFamily(D.Categorical(p[0]), D.Normal(x[0], y[0])).cdf(x[:, 0])
D.MixtureSameFamily(D.Categorical(p[0]), D.Normal(x[0], y[0])).support
D.Gamma(-1., 1.), D.Beta(0., 1.)
D.Dirichlet(torch.tensor(1.))
D.Dirichlet(torch.tensor([.5, .5])).mode, D.Dirichlet(y.detach()).mode
D.Binomial(-1, p)
D.Binomial(3, p, p)
D.Binomial(torch.tensor([3, 4, 5]), p).enumerate_support()
D.Binomial(3, p).enumerate_support(False), D.Binomial(3, p).entropy()
D.Binomial(3, p).log_prob(torch.tensor(4.))
D.Geometric(0.)
D.Multinomial(torch.tensor(3), p)
D.LowRankMultivariateNormal(x[0], m[:2], y[0])
D.LowRankMultivariateNormal(x, m[:, :2], y).precision_matrix
D.LowRankMultivariateNormal(x, m[:, :2], y).scale_tril
D.LowRankMultivariateNormal(x, m[:, :2], y).covariance_matrix
D.Wishart(1.5, m)
D.LKJCholesky(1)
D.Pareto(1., 2.).log_prob(torch.tensor(.5))
D.StudentT(y).log_prob(x), D.StudentT(3.), D.Chi2(3.), D.FisherSnedecor(2., 3.)
D.utils.tril_matrix_to_vec(m, -1), D.utils.vec_to_tril_matrix(x, 0)
D.utils.vec_to_tril_matrix(x[:, :2], 0)
D.utils.probs_to_logits(p), D.utils.clamp_probs(p), D.utils.broadcast_all(1., x)
isinstance(D.Normal(x, y), D.ExponentialFamily), D.ExponentialFamily.entropy(D.Gamma(y, y))
torch.binomial(torch.ones(2).long(), torch.ones(2))
""".strip().splitlines()
KINDS = """
D.Normal(x, y)
D.Laplace(x, y)
D.Gumbel(x, y)
D.Uniform(p / 3, p / 3 + .5)
D.Uniform(y, y + 1)
D.Uniform(-y, y + 1)
D.Exponential(y)
D.Gamma(y, y + 1)
D.Beta(y, y + 1)
D.Pareto(y / 4, y + 2)
D.Pareto(y / 4, y)
D.ContinuousBernoulli(p)
D.Cauchy(x, y)
D.Poisson(y)
D.Bernoulli(p)
D.Binomial(3, p)
D.Geometric(p)
D.LogNormal(x, y)
D.HalfNormal(y)
D.Weibull(y, y)
D.Dirichlet(y)
D.Independent(D.Gamma(y, y), 1)
D.MultivariateNormal(x, m)
D.LowRankMultivariateNormal(x, m[:, :2], y)
D.OneHotCategorical(p)
D.Wishart(torch.tensor([5., 6.]).double(), m)
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


@pytest.mark.filterwarnings("ignore:Singular sample detected")
@pytest.mark.parametrize("expression", MADE + ROUGH)
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
        for name in ("entropy", "mean", "variance", "stddev", "mode"):
            try:
                number = getattr(made, name)
                number = number() if callable(number) else number
            except (NotImplementedError, AttributeError):
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
    rtol = 2e-3 if expression in ROUGH else 1e-6
    for mine, theirs in zip(found[0][1], found[1][1], strict=True):
        assert mine.dtype.kind == theirs.dtype.kind
        if mine.dtype.kind == "U":
            assert mine.tolist() == theirs.tolist()
        else:
            atol = rtol * np.abs(np.nan_to_num(theirs)).max() if expression in ROUGH else 1e-9
            np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=atol)


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


@pytest.mark.parametrize("second", KINDS)
def test_divergences_of_all_pairs(second: str) -> None:
    for first in KINDS:
        found = []
        for library in (ours, torch):
            names = space(library)
            pair = [eval(each, names) for each in (first, second)]
            try:
                found.append(library.distributions.kl_divergence(*pair).detach().numpy())
            except (NotImplementedError, RuntimeError) as error:
                found.append(type(error).__name__)
        if isinstance(found[1], str) and found[1] == "RuntimeError":
            continue  # PyTorch cannot broadcast these
        if "str" in {type(each).__name__ for each in found}:
            assert found[0] == found[1], (first, second)
        else:
            np.testing.assert_allclose(*found, rtol=1e-6, atol=1e-9, err_msg=f"{first} {second}")
