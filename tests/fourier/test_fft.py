"""torch.fft against PyTorch: values, dtypes, nodes, gradients, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nb as ours

torch: Any = pytest.importorskip("torch", reason="PyTorch, the reference, is not installed")

CALLS = [
    f"f.{name}({x}{rest})"
    for names, args in (
        ("fft ifft rfft irfft hfft ihfft", ["", ", 8", ", 4", ", n=7, norm='ortho'", ", dim=0",
                                            ", norm='forward'", ", 5, 0, 'backward'"]),
        ("fft2 ifft2 rfft2 irfft2 hfft2 ihfft2 fftn ifftn rfftn irfftn hfftn ihfftn",
         ["", ", s=(3, 8)", ", s=(-1, 5)", ", norm='ortho'", ", dim=(1, 0)", ", (5, 3), (0, 1)"]),
        ("fftn ifftn rfftn irfftn hfftn ihfftn", [", s=(8,)", ", dim=(0,)", ", dim=0"]),
        ("fftshift ifftshift", ["", ", dim=0", ", (0, 1)"]),
    )
    for name in names.split()
    for x in (("x",) if name.startswith(("rfft", "ihfft")) else ("x", "z"))
    for rest in args
]  # fmt: skip
OTHERS = """
f.fftfreq(5)
f.fftfreq(4, 0.5)
f.rfftfreq(5)
f.rfftfreq(6, d=2.0)
f.fftfreq(4, dtype=torch.float64)
f.fftfreq(0)
f.fftfreq(-1)
f.fftfreq(4, dtype=torch.int64)
f.fft(torch.arange(4))
f.rfft(torch.tensor([True, False]))
f.fft(x.detach().to(torch.float32)).dtype
f.irfft(z.detach().to(torch.complex64)).dtype
f.fft(z, norm='foo')
f.fft(z, 0)
f.fft(z, dim=3)
f.rfft(z)
f.rfftn(z)
f.ihfft(z)
f.ihfft2(z)
f.fftn(z, dim=(0, 0))
f.fftn(z, s=(2, 3), dim=(0,))
f.fft2(x[0])
f.irfft(z, 0)
f.fft(torch.tensor(1.))
f.fftn(z, s=(2, 3, 4))
f.irfft(torch.tensor([1.+0j]))
f.rfft(torch.zeros(0))
f.fft(torch.zeros(2, 0))
f.fft(torch.zeros(2).half())
f.rfftn(x, dim=())
f.irfftn(z, dim=())
f.fft(torch.ones(2), out=torch.ones(2, dtype=torch.complex64))
f.xyz
""".strip().splitlines()


def inputs(library: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 6)), rng.normal(size=(4, 6))
    real = library.from_numpy(x.copy()).requires_grad_()
    complex_ = library.from_numpy(x + 1j * y).requires_grad_()
    return {"x": real, "z": complex_, "f": library.fft, "torch": library}


def chain(node: Any) -> list[str]:
    names = []
    while node is not None:
        names.append(node.name())
        node = node.next_functions[0][0] if node.next_functions else None
    return names


@pytest.mark.parametrize("call", CALLS)
def test_transforms_are_pytorchs_to_second_order(call: str) -> None:
    found = []
    for library in (ours, torch):
        space = inputs(library)
        leaf = space["x"] if "(x" in call else space["z"]
        result = eval(call, space)
        weight = np.random.default_rng(1).normal(size=result.shape)
        loss = (result.abs() ** 2 * library.from_numpy(weight)).sum()
        (first,) = library.autograd.grad(loss, leaf, create_graph=True)
        (second,) = library.autograd.grad((first.abs() ** 2).sum(), leaf)
        arrays = [t.detach().resolve_conj().numpy() for t in (result, first, second)]
        found.append((result.dtype, chain(result.grad_fn), arrays))
    assert str(found[0][0]) == str(found[1][0])
    assert found[0][1] == found[1][1]
    for mine, theirs in zip(found[0][2], found[1][2], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("call", OTHERS)
def test_prints_and_refuses_as_pytorch(call: str) -> None:
    found = []
    for library in (ours, torch):
        try:
            found.append(repr(eval(call, inputs(library))))
        except Exception as error:
            found.append(f"{type(error).__name__}: {str(error)[:80]}")
    assert found[0] == found[1]
