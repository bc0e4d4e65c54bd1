"""Functions of functions give PyTorch's numbers."""

import numpy as np
import pytest

import autograd_nb

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")

CALLS = """
f.grad(lambda x: (x**3).sum())(x)
f.grad(f.grad(lambda s: s.sin() * s**2))(s)
f.grad(lambda a: a * f.grad(lambda b: a * b * b)(a * 2))(s)
f.grad(lambda x, y: (x * y).sum(), argnums=1)(x, x * 2)
f.grad(lambda x, y: (x * y**2).sum(), argnums=(0, 1))(x, x * 2)
f.grad(lambda d: (d['a'] * d['b']).sum())({'a': x, 'b': x * 3})
f.grad(lambda x: ((x**2).sum(), x * 2), has_aux=True)(x)
f.grad_and_value(lambda x: (x**2).sum())(x)
f.grad(lambda x: x * 2)(x)
f.grad(lambda x: x.sum().detach())(x)
f.vjp(lambda x: x.sin(), x)[0]
f.vjp(lambda x: x.sin(), x)[1](x)
f.vjp(lambda x, y: (x * y, x.sum()), x, x)[1]((x, s))
f.jvp(lambda x: x.sin(), (x,), (x,))
f.jvp(lambda x, y: x * y, (x, x * 2), (x, x))
f.jacrev(lambda x: x**2)(x)
f.jacrev(lambda x, y: x * y, argnums=(0, 1))(x, x * 2)
f.jacfwd(lambda x: x**2)(x)
f.hessian(lambda x: (x**3).sum())(x)
f.jacrev(f.jacrev(lambda x: x**3))(x)
f.vmap(lambda x: x.sum())(x.reshape(3, 1).expand(3, 2))
f.vmap(lambda x, y: x * y, in_dims=(0, None))(x, s)
f.vmap(f.grad(lambda w, x: (w * x).sum() ** 2), in_dims=(None, 0))(x, x.outer(x))
f.vmap(lambda x: (x, x * 2), out_dims=1)(x.outer(x))
""".strip().splitlines()


def numbers(value):
    if isinstance(value, dict):
        return {key: numbers(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [numbers(item) for item in value]
    return value.tolist(), value.requires_grad


def told(t, call):
    x = t.tensor([0.3, -1.25, 2.0], dtype=t.float64)
    try:
        return numbers(eval(call, {"f": t.func, "x": x, "s": t.tensor(0.7, dtype=t.float64)}))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def flatten(value):
    if isinstance(value, dict):
        return [x for key in value for x in flatten(value[key])]
    if isinstance(value, (list, tuple)):
        return [x for item in value for x in flatten(item)]
    return [value]


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
@pytest.mark.parametrize("call", CALLS)
def test_func_equals_pytorch(call):
    ours, theirs = told(autograd_nb, call), told(torch, call)
    if isinstance(theirs, str):
        assert ours == theirs
        return
    mine, other = flatten(ours), flatten(theirs)
    assert len(mine) == len(other)
    np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("t", [autograd_nb, torch], ids=["ours", "torch"])
def test_functional_call_leaves_the_module_alone(t):
    layer = t.nn.Linear(2, 1)
    before = layer.weight
    given = {"weight": t.ones(1, 2), "bias": t.zeros(1)}
    x = t.tensor([[1.0, 2.0]])
    assert t.func.functional_call(layer, given, x).tolist() == [[3.0]]
    assert layer.weight is before
    gradient = t.func.grad(lambda p: t.func.functional_call(layer, p, (x,)).sum())(given)
    assert gradient["weight"].tolist() == [[1.0, 2.0]]
