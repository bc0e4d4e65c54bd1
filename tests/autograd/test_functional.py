"""Products, Jacobians and Hessians are those of PyTorch, and so are the complaints."""

import pytest

import autograd_nb

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")

CALLS = """
vjp(square, x)
vjp(square, x, ones(2))
vjp(lambda x: 3, x)
vjp(square, 3)
vjp(square, (x, 3))
vjp(lambda x: ones(2), x, ones(2))
vjp(lambda x: ones(2), x, ones(2), strict=True)
vjp(lambda x: x.detach(), x, x, strict=True)
vjp(lambda x, y: x.sum(), (x, x), strict=True)
vjp(lambda x: x * 3, x, x, strict=True, create_graph=True)
vjp(sum_of_squares, X, create_graph=True)
vjp(lambda x, y: (x * y, x.sum()), (x, x), (x, x[0]))
jvp(square, x)
jvp(lambda x, y: x, (x, x), (x,))
jvp(square, x, x)
jvp(lambda x: ones(2), x, x, strict=True)
jvp(lambda x: ones(2), x, x)
jvp(square, X, x, create_graph=True)
jvp(lambda x, y: (x * y, x.sum()), (x, x), (x, x))
jacobian(square, x)
jacobian(lambda x, y: (x * y, x.sum()), (x, x))
jacobian(lambda x: ones(2), x, strict=True)
jacobian(lambda x: ones(2), x)
jacobian(square, x, strict=True, vectorize=True)
jacobian(square, x, strategy='forward-mode')
jacobian(lambda x: x.sum() * 3, x, strict=True, create_graph=True)
jacobian(square, x, create_graph=True)
jacobian(square, X, create_graph=True)
jacobian(square, x, vectorize=True)
jacobian(square, x, strategy='forward-mode', vectorize=True)
jacobian(square, x, strategy='xx')
hessian(sum_of_squares, x)
hessian(square, x)
hessian(lambda x: x.sum(), x, strict=True)
hessian(lambda x: x.sum(), x)
hessian(lambda x, y: (x * y).sum(), (x, x))
hessian(lambda x: (x.sum(), x), x)
hessian(sum_of_squares, x, outer_jacobian_strategy='forward-mode')
hessian(sum_of_squares, x, vectorize=True)
hessian(lambda x: (x**3).sum(), X, create_graph=True)
vhp(sum_of_squares, x, x)
vhp(sum_of_squares, x)
vhp(lambda x: x.sum() * 2, x, x, strict=True)
vhp(square, x, x)
hvp(sum_of_squares, x, x)
hvp(lambda x: x.sum() * 2, x, x, strict=True)
hvp(lambda x: ones(()), x, x, strict=True)
hvp(lambda x: x.sum() * 2, x, x)
vhp(lambda x, y: (x * y**2).sum(), (x, x), (x, x))
hvp(lambda x, y: (x * y**2).sum(), (x, x), (x, x))
hvp(lambda x: (x**3).sum(), X, x, create_graph=True)
""".strip().splitlines()


def told(library, call):
    names = {
        name: getattr(library.autograd.functional, name)
        for name in ("vjp", "jvp", "jacobian", "hessian", "vhp", "hvp")
    }
    values = [0.3, -1.25, 2.0]
    names |= {
        "x": library.tensor(values, dtype=library.float64),
        "X": library.tensor(values, dtype=library.float64, requires_grad=True),
        "ones": library.ones,
        "square": lambda x: x**2,
        "sum_of_squares": lambda x: (x**2).sum(),
    }
    try:
        text = repr(eval(call, names))
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
    text = text.replace("autograd_nb.core.tensor", "torch")
    # Zeros may differ in sign: rows are taken by products here, by selection there.
    return text.replace("-0.0000", "0.0000").replace("-0.,", "0.,").replace(" ", "")


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
@pytest.mark.parametrize("call", CALLS)
def test_functional_equals_pytorch(call):
    assert told(autograd_nb, call) == told(torch, call)
