"""torch.testing and the losses under `torch`, against PyTorch."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

import autograd_nb as ours

torch: Any = pytest.importorskip("torch", reason="PyTorch, the reference, is not installed")

PROGRAMS = """
c(x, x)
c(x, x + 1e-7)
c(x, x + 1e-3)
c(x, x + 1e-3, rtol=0, atol=1e-2)
c(x, x + 1e-3, rtol=0)
c(x, x.double())
c(x, x.double(), check_dtype=False)
c(x, x[:1])
c(1.0, 1.0)
c(1.0, 1.5)
c([x, x], [x, x])
c([x, x], [x])
c({'a': x}, {'a': x})
c(x * float('nan'), x * float('nan'))
c(x * float('nan'), x * float('nan'), equal_nan=True)
c(x, x + 1, msg='text')
c(torch.tensor([1, 2]), torch.tensor([1, 3]))
torch.cosine_embedding_loss(m, m * 2 + 1, s, 0.1, 2)
torch.hinge_embedding_loss(m, m.sign(), 1.0)
torch.hinge_embedding_loss(m, m.sign(), 1.0, 0)
torch.margin_ranking_loss(m, m * 2, m.sign(), 0.1, 1)
torch.kl_div(m, m.abs(), 2)
torch.kl_div(m, m.abs())
torch.kl_div(m, m.abs(), reduction=0)
torch.binary_cross_entropy_with_logits(m, m.sigmoid(), None, None, 1)
torch.binary_cross_entropy_with_logits(m, m.sigmoid(), reduction=2)
torch.poisson_nll_loss(m, m.abs(), True, False, 1e-8, 1)
torch.triplet_margin_loss(m, m * 2, m + 1, 1.0, reduction=2)
torch.triplet_margin_loss(m, m * 2, m + 1)
torch.adaptive_max_pool1d(m[None], 1)
torch.selu_(m.clone())
(torch.manual_seed(0), torch.alpha_dropout(m, 0.5, True))[1]
torch.alpha_dropout(m, 0.5, False)
(torch.manual_seed(0), torch.feature_alpha_dropout(m[None], 0.5, True))[1]
torch.instance_norm(m[None], None, None, None, None, True, 0.1, 1e-5, False)
torch.grid_sampler(m[None, None], torch.zeros(1, 2, 2, 2) + 0.3, 0, 0, False)
torch.grid_sampler(m[None, None], torch.zeros(1, 2, 2, 2) + 0.9, 1, 1, True)
torch.affine_grid_generator(m[None], (1, 1, 2, 2), False)
torch.celu_(m.clone())
torch.threshold_(m.clone(), 0.1, 5.0)
""".strip().splitlines()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.filterwarnings("ignore")
def test_as_pytorch(program: str) -> None:
    shown = []
    for library in (ours, torch):
        space = {
            "torch": library,
            "c": library.testing.assert_close,
            "x": library.tensor([1.0, 2.0, 3.0]),
            "m": library.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]),
            "s": library.tensor([1.0, -1.0]),
        }
        try:
            shown.append(repr(eval(program, space)))
        except Exception as error:
            shown.append(f"{type(error).__name__}: {error}"[:100])
    assert shown[0] == shown[1]


def test_distributions_have_pytorchs_modules() -> None:
    name = f"{ours.distributions.__name__}.categorical"
    assert importlib.import_module(name).Categorical is ours.distributions.Categorical
