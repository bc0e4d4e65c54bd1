"""Draws whose gradients lead to the shape parameters, gamma and Dirichlet; and binomial counts."""

from __future__ import annotations

from ..core.batch_draws import refuse_same
from ..core.dispatch import call
from ..core.tensor import wrap
from . import draws, gamma_kernels
from .registry import Sample, T, composite, op


def _positive(*shape, **kwargs):
    return T(*shape, low=0.5, high=4.0, **kwargs)


@op(node=None, kind="nondifferentiable", tensors="self output", functions="", public=False)
class gamma_shift:
    """Return how gamma numbers move with their shape parameters.

    Parameters
    ----------
    self : Tensor of shape parameters
    output : Tensor of the numbers that were drawn
    """

    def forward(self, output):
        return gamma_kernels.gamma_shift(self, output)

    torch_name = None
    samples = [Sample(_positive(3, 4), _positive(3, 4))]


@op(
    node=None,
    kind="nondifferentiable",
    tensors="self concentration total",
    functions="",
    public=False,
)
class dirichlet_shift:
    """Return how parts of Dirichlet vectors move with their shape parameters.

    Parameters
    ----------
    self : Tensor of the parts that were drawn
    concentration, total : Tensors of shape parameters, and of their sums
    """

    def forward(self, concentration, total):
        return gamma_kernels.dirichlet_shift(self, concentration, total)

    torch_name = None
    samples = [Sample(T(3, low=0.1, high=0.9), _positive(3), T(3, low=5.0, high=9.0))]


@op(node="StandardGammaBackward0", kind="other", tensors="drawn", functions="", public=False)
class drawn_gamma:
    """Give drawn gamma numbers in the place of their shape parameters."""

    def forward(self, drawn):
        return drawn

    def vjp_self(F, grad_output, self, result):
        return grad_output * F.gamma_shift(self, result)

    torch_name = None
    samples = [Sample(_positive(3, 4), _positive(3, 4, requires_grad=False))]


@op(node="_DirichletBackward", kind="other", tensors="drawn", functions="", public=False)
class drawn_dirichlet:
    """Give drawn Dirichlet vectors in the place of their shape parameters."""

    def forward(self, drawn):
        return drawn

    def vjp_self(F, grad_output, self, result):
        total = F.expand(F.sum_dim(self, (-1,), True), self.shape)
        along = F.sum_dim(result * grad_output, (-1,), True)
        return F.dirichlet_shift(result, self, total) * (grad_output - along)

    torch_name = None
    samples = [Sample(_positive(3, 4), T(3, 4, low=0.1, high=0.9, requires_grad=False))]


@composite(functions="_standard_gamma")
def standard_gamma(self, generator=None):
    """Return gamma numbers with rate 1, one for each shape parameter.

    Parameters
    ----------
    self : Tensor of shape parameters, not negative
    generator : Generator, optional
    """
    refuse_same(self)
    drawn = draws.gamma(self._nd(), draws.stream_of(generator, "_standard_gamma"))
    return call(drawn_gamma, (self, wrap(drawn)), {})


@composite()
def dirichlet(self):
    """Return vectors of parts, one for each row of shape parameters.

    Parameters
    ----------
    self : Tensor (..., n) of positive shape parameters
    """
    refuse_same(self)
    drawn = draws.dirichlet(self._nd(), draws.stream_of(None, "_sample_dirichlet"))
    return call(drawn_dirichlet, (self, wrap(drawn)), {})


@composite(functions="binomial")
def binomial(count, prob, generator=None):
    """Return numbers of successes in independent trials.

    Parameters
    ----------
    count : Tensor of numbers of trials
    prob : Tensor of chances of success
    generator : Generator, optional
    """
    refuse_same(count, prob)
    stream = draws.stream_of(generator, "binomial")
    return wrap(draws.binomial(count._nd(), prob._nd(), stream))
