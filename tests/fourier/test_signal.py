"""Windows, stft and istft, histograms against PyTorch."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd_nb as ours

torch: Any = pytest.importorskip("torch", reason="PyTorch, the reference, is not installed")

EXPRESSIONS = """
torch.hann_window(5)
torch.hann_window(5, False)
torch.hann_window(0)
torch.hann_window(1)
torch.hann_window(4, dtype=torch.float64)
torch.hann_window(3, requires_grad=True)
torch.hann_window(4, dtype=torch.int64)
torch.hann_window(-1)
torch.hamming_window(6)
torch.hamming_window(6, True, 0.5, 0.5)
torch.hamming_window(6, periodic=False)
torch.blackman_window(5, dtype=torch.float64)
torch.blackman_window(7, False)
torch.bartlett_window(5)
torch.bartlett_window(6, False)
torch.bartlett_window(2, False)
torch.kaiser_window(5)
torch.kaiser_window(5, False, beta=3.)
torch.histogram(y, 3)
y.histogram(4)
torch.histogram(y, 3, range=(0., 3.), weight=y.abs(), density=True)
torch.histogram(y, torch.tensor([0., 1., 4.]))
torch.histogram(torch.ones(3), 2)
torch.histogram(y, 0)
torch.histogram(torch.arange(3), 2)
torch.histogramdd(y.t(), (2, 2))
torch.histogramdd(y.t(), 3, weight=torch.ones(3), density=True)
torch.histogramdd(y.t(), (torch.tensor([-3., 0., 3.]), torch.tensor([-3., 1., 3.])))
torch.histogramdd(y.t(), 2, range=[-1., 1., -2., 2.])
torch.stft(x, 16)
torch.stft(x, 100, return_complex=True)
torch.stft(x, 16, 0, return_complex=True)
torch.stft(x, 16, 4, 20, return_complex=True)
torch.stft(x, 16, window=torch.ones(3), return_complex=True)
torch.stft(x[None], 16, return_complex=True)
torch.stft(x.to(torch.int32), 16, return_complex=True)
torch.stft(x + 0j, 16, return_complex=True, onesided=True)
torch.istft(x, 16)
torch.istft(torch.stft(x, 16, return_complex=True), 20)
torch.istft(torch.stft(x, 16, return_complex=True), 16, window=torch.zeros(16))
""".strip().splitlines()
TRANSFORMS = """
torch.stft(x, 16, window=w, return_complex=True)
torch.stft(x, 16, 4, 12, window=w[:12], center=False, normalized=True, onesided=False, return_complex=True)
torch.stft(x[0], 16, hop_length=5, window=w, return_complex=True)
torch.stft(x, 16, window=w, return_complex=False)
torch.stft(x, 16, win_length=10, return_complex=True)
torch.stft(x, 16, window=w, pad_mode='constant', return_complex=True)
torch.stft(x + 1j, 16, window=w)
torch.istft(torch.stft(x, 16, window=w, return_complex=True), 16, window=w)
torch.istft(torch.stft(x, 16, window=w, return_complex=True), 16, window=w, length=38)
torch.istft(torch.stft(x[0], 16, 3, window=w, return_complex=True), 16, 3, window=w)
torch.istft(torch.stft(x, 16, window=w, onesided=False, return_complex=True), 16, window=w)
torch.istft(torch.stft(x + 1j, 16, window=w), 16, window=w, return_complex=True)
torch.istft(torch.stft(x, 16, 4, 12, return_complex=True), 16, 4, 12)
""".strip().splitlines()  # noqa: E501


def space(library: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    x = library.from_numpy(rng.normal(size=(2, 40))).requires_grad_()
    y = library.from_numpy(rng.normal(size=(2, 3)).astype(np.float32))
    w = library.from_numpy(rng.uniform(0.5, 1, 16))
    return {"torch": library, "x": x, "y": y, "w": w}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_prints_and_refuses_as_pytorch(expression: str) -> None:
    shown = []
    for library in (ours, torch):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                shown.append(repr(eval(expression, space(library))))
            except Exception as error:
                shown.append(f"{type(error).__name__}: {str(error)[:230]}")
    assert shown[0] == shown[1]


def chain(node: Any) -> list[str]:
    names = []
    while node is not None:
        names.append(node.name())
        node = node.next_functions[0][0] if node.next_functions else None
    return names


@pytest.mark.parametrize("expression", TRANSFORMS)
def test_transforms_have_pytorchs_nodes_and_gradients(expression: str) -> None:
    found = []
    for library in (ours, torch):
        names = space(library)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = eval(expression, names)
        weight = np.random.default_rng(1).normal(size=result.shape)
        loss = (result.abs() ** 2 * library.from_numpy(weight)).sum()
        (gradient,) = library.autograd.grad(loss, names["x"])
        arrays = [t.detach().resolve_conj().numpy() for t in (result, gradient)]
        found.append((tuple(result.stride()), chain(result.grad_fn), arrays))
    assert found[0][:2] == found[1][:2]
    for mine, theirs in zip(found[0][2], found[1][2], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9)
