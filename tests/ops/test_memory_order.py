"""Results and gradients lie in memory as PyTorch's: they can be viewed and written to."""

from __future__ import annotations

from typing import Any

import pytest

import autograd_nb as ours

theirs = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")

EXPRESSIONS = """
F.conv1d(r(2, 3, 7), r(4, 3, 3), r(4))
F.conv2d(r(2, 3, 7, 7), r(4, 3, 3, 3), r(4))
F.conv2d(r(2, 3, 7, 7), r(4, 3, 3, 3), r(4), 1, 1)
F.conv2d(r(2, 3, 7, 7), r(4, 3, 3, 3), r(4), 2, 1)
F.conv2d(r(2, 3, 7, 7), r(4, 3, 1, 1))
F.conv2d(r(2, 4, 7, 7), r(4, 1, 3, 3), groups=4)
F.conv_transpose2d(r(2, 3, 7, 7), r(3, 4, 3, 3), r(4), 2, 1)
F.conv3d(r(2, 3, 5, 5, 5), r(4, 3, 3, 3, 3), padding=1)
F.linear(r(3, 4), r(5, 4), r(5))
F.linear(r(2, 3, 4), r(5, 4))
r(3, 4) @ r(4, 5)
r(3, 4) @ r(5, 4).t()
r(4, 3).t() @ r(4, 5)
torch.addmm(r(5), r(4, 3).t(), r(5, 4).t(), alpha=2)
torch.bmm(r(2, 3, 4), r(2, 5, 4).transpose(1, 2))
r(2, 3, 4) @ r(4, 5)
torch.mv(r(3, 4), r(4))
torch.einsum("bij,bkj->bik", r(2, 3, 4), r(2, 5, 4))
torch.einsum("ij,kj->ik", r(3, 4), r(5, 4))
F.scaled_dot_product_attention(r(2, 2, 5, 4), r(2, 2, 5, 4), r(2, 2, 5, 4))
F.layer_norm(r(3, 4), (4,), r(4), r(4))
F.batch_norm(r(3, 4, 5), None, None, r(4), r(4), True)
F.group_norm(r(3, 4, 5), 2, r(4), r(4))
F.softmax(r(3, 4).t(), 0)
r(2, 3, 4).permute(2, 0, 1).exp()
r(2, 3, 4).sum(1)
r(2, 3).sum()
r(2, 3).mean()
r(2, 3, 4).mean(1)
r(2, 3, 4).mean((0, 2))
r(2, 3, 4).mean((0, 2), keepdim=True)
r(3, 4).var(0)
r(3, 4).logsumexp(0)
r(3, 4).norm(dim=1)
r(3, 4).prod(1)
torch.cat([r(2, 3), r(2, 4)], 1)
torch.stack([r(2, 3), r(2, 3)], 1)
r(2, 3, 4)[:, [0, 2]]
r(2, 3, 4)[:, 1:]
r(2, 3, 4)[:, 1]
r(2, 4).expand(3, 2, 4)
r(2, 1, 4) * r(3, 1)
torch.outer(r(3), r(4))
F.max_pool2d(r(2, 3, 6, 6), 2)
F.avg_pool2d(r(2, 3, 6, 6), 2)
F.interpolate(r(2, 3, 4, 4), scale_factor=2)
F.unfold(r(2, 3, 4, 4), 2)
F.mse_loss(r(3, 4), r(3, 4))
torch.linalg.inv(r(3, 3))
torch.linalg.solve(r(3, 3), r(3, 2))
r(3, 4).cumsum(0)
r(3, 4).sort(0)[0]
torch.where(r(3, 4) > 0, r(3, 4), r(4))
torch.cdist(r(3, 2), r(4, 2))
F.bilinear(r(2, 3), r(2, 4), r(5, 3, 4))
torch.tensordot(r(2, 3, 4), r(3, 4, 5), 2)
torch.baddbmm(r(2, 3, 5), r(2, 3, 4), r(2, 4, 5))
r(2, 3, 4).movedim(0, 2).sin()
(r(3, 4).t() * 2).exp()
""".strip().splitlines()


def orders(torch: Any, expression: str) -> list[tuple[int, ...]]:
    """Strides of the result, of its gradients, and of what the leaves accumulate."""
    torch.manual_seed(0)
    leaves: list[Any] = []

    def r(*shape: int) -> Any:
        leaves.append(torch.randn(*shape, requires_grad=True))
        return leaves[-1]

    y = eval(expression, {"torch": torch, "F": torch.nn.functional, "r": r})
    used = [leaf for leaf in leaves if leaf.requires_grad]
    grads = torch.autograd.grad(y, used, torch.randn(y.shape), retain_graph=True, allow_unused=True)
    y.backward(torch.randn(y.shape))
    found = [y, *grads, *(leaf.grad for leaf in used)]
    return [() if one is None else tuple(one.stride()) for one in found]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_results_and_gradients_lie_as_pytorchs(expression: str) -> None:
    assert orders(ours, expression) == orders(theirs, expression)
