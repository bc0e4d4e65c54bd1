"""gradcheck finds what PyTorch's finds, and says so in the same words."""

import warnings

import pytest

import autograd_nb

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")

CALLS = """
gradcheck(Triple, x)
gradcheck(NoProduct, x)
gradcheck(NoneUnaware, x)
gradcheck(Shaky, x, nondet_tol=1e-3)
gradcheck(Triple, x, raise_exception=False)
gradcheck(lambda x: x.sin().exp(), x)
gradcheck(lambda x: x.sin().exp(), x, fast_mode=True)
gradcheck(lambda x: x * 2, x.detach())
gradcheck(lambda x: x * 2, x.detach().float().requires_grad_())
gradcheck(lambda x: x.detach(), x)
gradcheck(lambda x: 3, x)
gradcheck(lambda x: (x * 2, x.argmax()), x)
gradcheck(lambda x: x * x.conj(), z)
gradcheck(lambda x: x.abs(), z)
gradcheck(Triple, z)
gradcheck(lambda x: Triple(x).abs(), z)
gradcheck(lambda x: x.abs() * x, z, fast_mode=True)
gradcheck(lambda x: x * 2, x, check_backward_ad=False)
gradcheck(lambda x: x * 2, x.expand(3, 2))
gradcheck(lambda x: x.view(2, 1).t(), x)
gradcheck(lambda x: (x**2).sum(), x, check_batched_grad=True)
gradgradcheck(OnceRight, x)
gradgradcheck(lambda x: x.sin().exp(), x)
gradgradcheck(lambda x: x.abs(), z)
gradgradcheck(lambda x, y: (x * y, x + y), (x, x.detach().clone().requires_grad_()))
""".strip().splitlines()


def functions(t):
    def custom(forward, backward):
        body = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
        return type("Custom", (t.autograd.Function,), body).apply

    def keep(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    def pair(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 2, x * 3

    return {
        "Triple": custom(lambda ctx, x: x * 2, lambda ctx, g: g * 3),
        "NoProduct": custom(lambda ctx, x: x * 2, lambda ctx, g: t.full_like(g, 2)),
        "NoneUnaware": custom(pair, lambda ctx, g, h: g * 2 + h * 3),
        "Shaky": custom(lambda ctx, x: x * 2, lambda ctx, g: g * 2 + t.rand_like(g) * 1e-7),
        "OnceRight": custom(keep, lambda ctx, g: g * 2 * ctx.saved_tensors[0].detach()),
    }


def told(t, call):
    names = functions(t)
    names |= {"gradcheck": t.autograd.gradcheck, "gradgradcheck": t.autograd.gradgradcheck}
    names["x"] = t.tensor([0.3, 0.7], dtype=t.float64, requires_grad=True)
    names["z"] = t.tensor([0.3 + 0.5j, 0.7 - 1.0j], dtype=t.complex128, requires_grad=True)
    t.manual_seed(0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            text = repr(eval(call, names))
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
    noted = [str(w.message) for w in caught if "double precision" in str(w.message)]
    return text, noted


@pytest.mark.parametrize("call", CALLS)
def test_gradcheck_equals_pytorch(call):
    assert told(autograd_nb, call) == told(torch, call)


@pytest.mark.parametrize("t", [autograd_nb, torch], ids=["ours", "torch"])
def test_shaky_backward_is_called_not_reentrant(t):
    text, _ = told(t, "gradcheck(Shaky, x)")
    assert text.startswith("GradcheckError: Backward is not reentrant, i.e.")


@pytest.mark.parametrize("t", [autograd_nb, torch], ids=["ours", "torch"])
def test_fast_mode_shows_the_full_jacobians(t):
    text, _ = told(t, "gradcheck(Triple, x, fast_mode=True)")
    assert "in fast mode" in text
    assert "The max per-element difference (slow mode) is: 1.0" in text


def test_checking_leaves_the_inputs_and_the_random_stream_alone():
    t = autograd_nb
    x = t.tensor([0.3, 0.7], dtype=t.float64, requires_grad=True)
    t.manual_seed(0)
    expected = t.rand(1).item()
    t.manual_seed(0)
    assert t.autograd.gradcheck(lambda x: x.sin(), x, fast_mode=True)
    assert t.rand(1).item() == expected
    assert x.tolist() == [0.3, 0.7]
    assert x._version == 0
