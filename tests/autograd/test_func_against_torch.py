"""`torch.func` and `autograd.functional` give PyTorch's results and errors, live."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

import autograd_nb
import autograd_nb.func

REFERENCE: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
Case = Callable[[Any, Any, dict[str, Any]], Any]


def given(torch: Any) -> dict[str, Any]:
    """Return the inputs, in one namespace."""
    layer = torch.nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(6.0).reshape(2, 3) / 3)
        layer.bias.fill_(0.5)
    return {
        "x": torch.arange(3.0) + 1,
        "y": torch.tensor([2.0, -1.0, 0.5]),
        "w": torch.arange(6.0).reshape(2, 3) / 3,
        "layer": layer,
        "f": lambda x: (x.sin() * x).sum(),
        "g": lambda x, y: (x * y).exp(),
    }


CASES: dict[str, Case] = {
    "grad": lambda t, F, v: F.grad(v["f"])(v["x"]),
    "grad of grad": lambda t, F, v: F.grad(F.grad(lambda x: x.sin()))(t.tensor(1.0)),
    "grad_and_value": lambda t, F, v: F.grad_and_value(v["f"])(v["x"]),
    "grad, two arguments": lambda t, F, v: F.grad(lambda x, y: (x * y).sum(), (0, 1))(
        v["x"], v["y"]
    ),
    "grad with aux": lambda t, F, v: F.grad(lambda x: (x.sum(), {"a": x}), has_aux=True)(v["x"]),
    "grad of a vector": lambda t, F, v: F.grad(lambda x: x)(v["x"]),
    "grad of a number": lambda t, F, v: F.grad(lambda x: 3)(v["x"]),
    "grad at a number": lambda t, F, v: F.grad(v["f"])(3.0),
    "grad, no such argument": lambda t, F, v: F.grad(v["f"], argnums=2)(v["x"]),
    "grad of integers": lambda t, F, v: F.grad(v["f"])(t.tensor([1, 2])),
    "grad requires no grad": lambda t, F, v: F.grad(v["f"])(v["x"]).requires_grad,
    "grad of a leaf": lambda t, F, v: F.grad(v["f"])(v["x"].clone().requires_grad_()).requires_grad,
    "vjp": lambda t, F, v: F.vjp(v["g"], v["x"], v["y"])[1](t.ones(3)),
    "vjp, wrong shape": lambda t, F, v: F.vjp(v["g"], v["x"], v["y"])[1](t.ones(2)),
    "jvp": lambda t, F, v: F.jvp(v["g"], (v["x"], v["y"]), (t.ones(3), t.zeros(3))),
    "jvp, too few": lambda t, F, v: F.jvp(v["g"], (v["x"], v["y"]), (t.ones(3),)),
    "jacrev": lambda t, F, v: F.jacrev(v["g"], argnums=(0, 1))(v["x"], v["y"]),
    "jacrev of a nest": lambda t, F, v: F.jacrev(lambda x: {"a": x * 2, "b": (x.sum(), x)})(v["x"]),
    "jacrev, chunks": lambda t, F, v: F.jacrev(v["f"], chunk_size=2)(v["x"]),
    "jacrev, no such argument": lambda t, F, v: F.jacrev(v["f"], argnums=5)(v["x"]),
    "jacfwd": lambda t, F, v: F.jacfwd(v["g"])(v["x"], v["y"]),
    "jacfwd of jacrev": lambda t, F, v: F.jacfwd(F.jacrev(lambda x: (x**3).sum()))(v["x"]),
    "hessian": lambda t, F, v: F.hessian(v["f"])(v["x"]),
    "hessian, two": lambda t, F, v: F.hessian(lambda x, y: (x * y).prod(), (0, 1))(v["x"], v["y"]),
    "linearize": lambda t, F, v: F.linearize(lambda x: x.sin(), v["x"])[1](t.ones(3)),
    "linearize, wrong shape": lambda t, F, v: F.linearize(lambda x: x.sin(), v["x"])[1](t.ones(2)),
    "vmap": lambda t, F, v: F.vmap(v["f"])(v["w"]),
    "vmap, dims": lambda t, F, v: F.vmap(t.dot, in_dims=(1, None))(v["w"], t.ones(2)),
    "vmap, out_dims": lambda t, F, v: F.vmap(
        lambda a, b: (a + b, a.sum()), in_dims=(0, None), out_dims=(1, 0)
    )(v["w"], v["x"]),
    "vmap of grad": lambda t, F, v: F.vmap(F.grad(v["f"]))(v["w"]),
    "vmap of vmap": lambda t, F, v: F.vmap(F.vmap(lambda a: a * a))(v["w"]),
    "vmap of a nest": lambda t, F, v: F.vmap(lambda d: d["a"] * 2)({"a": v["w"]}),
    "vmap of jacrev": lambda t, F, v: F.vmap(F.jacrev(lambda x: x**2))(v["w"]),
    "vmap, chunks": lambda t, F, v: F.vmap(v["f"], chunk_size=1)(v["w"]),
    "vmap, negative dim": lambda t, F, v: F.vmap(v["f"], in_dims=-1)(v["w"]),
    "vmap, no such dim": lambda t, F, v: F.vmap(v["f"], in_dims=3)(v["w"]),
    "vmap of a scalar": lambda t, F, v: F.vmap(v["f"])(t.tensor(1.0)),
    "vmap of a number": lambda t, F, v: F.vmap(v["f"])(3),
    "vmap, sizes differ": lambda t, F, v: F.vmap(lambda a, b: a + b)(v["w"], t.ones(3, 3)),
    "vmap returns a number": lambda t, F, v: F.vmap(lambda a: 3)(v["w"]),
    "vmap returns None": lambda t, F, v: F.vmap(lambda a: None)(v["w"]),
    "vmap returns a shape": lambda t, F, v: F.vmap(lambda a: a.shape)(v["w"]),
    "vmap returns a list": lambda t, F, v: F.vmap(lambda a: [a, a])(v["w"]),
    "vmap, nothing mapped": lambda t, F, v: F.vmap(lambda a, b: a * b, in_dims=(None, None))(
        v["w"], v["w"]
    ),
    "vmap without inputs": lambda t, F, v: F.vmap(lambda *, k: k)(k=v["w"]),
    "vmap, dims as list": lambda t, F, v: F.vmap(v["f"], in_dims=[0])(v["w"]),
    "vmap, chunk of none": lambda t, F, v: F.vmap(v["f"], chunk_size=0)(v["w"]),
    "vmap, unknown randomness": lambda t, F, v: F.vmap(v["f"], randomness="x")(v["w"]),
    "vmap, random": lambda t, F, v: F.vmap(lambda a: a + t.rand(3))(v["w"]),
    "vmap, same numbers": lambda t, F, v: F.vmap(lambda a: a + t.randn(()), randomness="same")(
        v["w"]
    ),
    "vmap, different numbers": lambda t, F, v: F.vmap(
        lambda a: a + t.rand(3), randomness="different"
    )(v["w"]),
    "functional_call": lambda t, F, v: F.functional_call(
        v["layer"], {k: p.detach() * 2 for k, p in v["layer"].named_parameters()}, (v["x"],)
    ),
    "functional_call, one": lambda t, F, v: F.functional_call(
        v["layer"], {"weight": v["w"]}, v["x"]
    ),
    "functional_call, strict": lambda t, F, v: F.functional_call(
        v["layer"], {"nope": v["w"]}, v["x"], strict=True
    ),
    "gradient of a module": lambda t, F, v: F.grad(
        lambda p: F.functional_call(v["layer"], p, (v["x"],)).sum()
    )(dict(v["layer"].named_parameters())),
    "stack_module_state": lambda t, F, v: F.stack_module_state([v["layer"]] * 2)[0]["weight"].shape,
}
CASES |= {
    "jacobian": lambda t, F, v: t.autograd.functional.jacobian(
        v["g"], (v["x"], v["y"]), vectorize=True
    ),
    "jacobian, strict": lambda t, F, v: t.autograd.functional.jacobian(
        lambda x: t.ones(2), v["x"], strict=True
    ),
    "jacobian, strict and vectorized": lambda t, F, v: t.autograd.functional.jacobian(
        v["f"], v["x"], strict=True, vectorize=True
    ),
    "hessian, vectorized": lambda t, F, v: t.autograd.functional.hessian(
        v["f"], v["x"], vectorize=True
    ),
    "hessian, strict": lambda t, F, v: t.autograd.functional.hessian(
        lambda x: (x * 2).sum(), v["x"], strict=True
    ),
    "vhp": lambda t, F, v: t.autograd.functional.vhp(v["f"], v["x"], t.ones(3)),
    "hvp": lambda t, F, v: t.autograd.functional.hvp(v["f"], v["x"], t.ones(3)),
    "functional jvp": lambda t, F, v: t.autograd.functional.jvp(
        v["g"], (v["x"], v["y"]), (v["x"], v["y"])
    ),
    "functional vjp without v": lambda t, F, v: t.autograd.functional.vjp(v["g"], (v["x"], v["y"])),
}


def told(torch: Any, case: Case) -> str:
    """Return the result as text, or class and first sentence of the error."""
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            text = repr(case(torch, torch.func, given(torch)))
        except Exception as error:
            return f"{type(error).__name__}: {str(error).split('. ')[0]}"
    return (
        text.replace("-0.0000", "0.0000")
        .replace("-0.,", "0.,")
        .replace("-0.]", "0.]")
        .replace(" ", "")
    )


@pytest.mark.parametrize("name", CASES)
def test_result_or_error_is_pytorchs(name: str) -> None:
    assert told(autograd_nb, CASES[name]) == told(REFERENCE, CASES[name])


def test_vmap_tells_once_that_an_operation_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd_nb.core import batch

    monkeypatch.setattr(batch, "_slow", set())
    x = autograd_nb.ones(2, 3, 4)
    with pytest.warns(UserWarning, match="batching rule for aten::renorm"):
        autograd_nb.func.vmap(lambda a: autograd_nb.renorm(a, 2, 0, 1.0))(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        autograd_nb.func.vmap(lambda a: autograd_nb.renorm(a, 2, 0, 1.0) * 2)(x)
