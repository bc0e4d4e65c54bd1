"""What functions see that torch.func transforms: how tensors print, and which may be changed."""

from __future__ import annotations

from typing import Any

from tests.behaviour.helpers import attempt


def _seen(*values: Any) -> Any:
    """Print some tensors and return the last."""
    for value in values:
        print(value)
    return values[-1]


def gradients_print(torch: Any) -> None:
    F, x = torch.func, torch.arange(3.0)
    F.grad(lambda x: _seen(x, x * 2, x.sum()))(x)
    F.grad(lambda x: _seen(torch.ones(2), torch.ones(2) * 2, x.detach(), x > 1, x.long(), x.sum()))(
        x
    )
    F.grad(lambda x: _seen(x, x[:0].reshape(0, 2), x.half(), x.sum()))(x.double())
    F.grad(lambda x: _seen(f"{x.sum()}", str(x), x.sum()))(x)
    F.grad(lambda d: _seen(d, d["a"].sum()))({"a": x})
    F.grad(lambda p: _seen(p, p * 2, p.sum()))(torch.nn.Parameter(torch.ones(2)))
    F.vjp(lambda x: _seen(x, x * 2), x)
    F.jacrev(lambda x: _seen(x, x**2))(x)
    F.jacfwd(lambda x: _seen(x, x**2))(x)
    F.hessian(lambda x: _seen(x, (x**2).sum()))(x)


def other_arguments_print(torch: Any) -> None:
    F, x, w = torch.func, torch.arange(3.0), torch.ones(3, requires_grad=True)
    F.grad(lambda x, y, *, z: _seen(y, z, w, (x * y).sum()))(x, torch.ones(3), z=[x])
    F.grad(lambda x: _seen(w, x * w, w * 2, (x * w).sum()))(x)
    print(F.grad(lambda x: _seen(x, x * w, (x * w).sum()))(w * 2))

    def unrecorded(x: Any) -> Any:
        with torch.no_grad():
            return _seen(x * 3, x.sum())

    F.grad(unrecorded)(x)


def nested_gradients_print(torch: Any) -> None:
    F, x, w = torch.func, torch.arange(3.0), torch.ones(3)
    F.grad(lambda x: F.grad(lambda y: _seen(y, x, x * y, w, w * 2, y.sum()))(x).sum())(x)
    F.grad(lambda x: F.grad(lambda y: _seen(y, (x * y).sum()))(torch.ones(3)).sum())(x)
    F.grad(lambda x: F.grad(lambda y: _seen(y, y * 2, y.sum()))(w).sum() + x.sum())(x)
    F.grad(lambda x: _seen(F.grad(torch.sum)(x), x.sum()))(x)


def tangents_print(torch: Any) -> None:
    F, x = torch.func, torch.arange(3.0)
    ones = torch.ones(3)
    F.jvp(lambda x: _seen(x, x * 2, x.sum()), (x,), (ones,))
    F.jvp(lambda x: F.jvp(lambda y: _seen(y, y * x), (x,), (ones,))[1], (x,), (ones,))
    F.grad(lambda x: F.jvp(lambda y: _seen(y, (y * x).sum()), (x,), (ones,))[1])(x)


def batches_print(torch: Any) -> None:
    F, x = torch.func, torch.arange(6.0).reshape(2, 3)
    F.vmap(lambda x: _seen(x, x * 2))(x)
    F.vmap(lambda x: _seen(x, x * 2, x.sum()), in_dims=1)(x)
    F.vmap(lambda x: _seen(x, x * 2), in_dims=-1)(x)
    F.vmap(F.vmap(lambda x: _seen(x, x + 1)))(x)
    F.vmap(F.vmap(lambda x: _seen(x), in_dims=1))(torch.ones(2, 2, 1))
    F.vmap(lambda x: _seen(x), chunk_size=1, in_dims=1)(x)
    F.vmap(F.grad(lambda x: _seen(x, x.sin(), x.sum())))(x)
    F.vmap(F.grad(lambda x, y: _seen(y, (x * y).sum())), in_dims=(0, None))(x, x[0])
    F.grad(lambda x: F.vmap(lambda y: _seen(y, y * 2))(x).sum())(x)


def captured_tensors_are_not_changed(torch: Any) -> None:
    F, x, w = torch.func, torch.arange(3.0), torch.ones(3)
    changes = {
        "add": lambda x: w.add_(x),
        "number": lambda x: w.add_(1),
        "+=": lambda x: w.__iadd__(1),
        "multiply": lambda x: w.mul_(x),
        "item": lambda x: w.__setitem__(0, x[0]),
        "item to number": lambda x: w.__setitem__(0, 1.0),
        "copy": lambda x: w.copy_(x),
        "zero": lambda x: w.zero_(),
        "fill": lambda x: w.fill_(3),
        "normal": lambda x: w.normal_(),
        "put": lambda x: w.index_put_((torch.tensor([0]),), x[:1]),
        "view": lambda x: w[:1].add_(1),
        "view inside": lambda x: w.view(3).mul_(3),
        "unrecorded": lambda x: torch.no_grad()(w.add_)(1),
        "transposed": lambda x: w.t_(),
        "squeezed": lambda x: w.squeeze_(),
        "detached": lambda x: w.detach_(),
        "relu": lambda x: torch.nn.functional.relu(w, inplace=True),
        "masked": lambda x: w.masked_fill_(w > 0, x[0]),
        "init": lambda x: torch.nn.init.ones_(w),
        "exp": lambda x: w.exp_(),
        "clamp": lambda x: w.clamp_(0, 1),
    }
    for name, change in changes.items():
        print(name)
        attempt(lambda change=change: F.grad(lambda x: (change(x), x.sum())[1])(x))
    print(w)


def captured_by_other_transformations(torch: Any) -> None:
    F, x, w = torch.func, torch.arange(3.0), torch.ones(3)

    def change(x: Any) -> Any:
        w.add_(1)
        return x.sum()

    attempt(lambda: F.jvp(change, (x,), (x,)))
    attempt(lambda: F.vjp(change, x))
    attempt(lambda: F.jacrev(change)(x))
    attempt(lambda: F.jacfwd(change)(x))
    attempt(lambda: F.vmap(F.grad(change))(torch.ones(2, 3)))
    print(w)
    attempt(lambda: F.vmap(change)(torch.ones(2, 3)))
    print(w)
    attempt(lambda: F.grad(lambda x: F.grad(lambda y: ((x * 2).add_(y)).sum())(x).sum())(x))

    def outer(x: Any) -> Any:
        c = x * 2
        return F.grad(lambda y: (c.add_(y), y.sum())[1])(x).sum()

    attempt(lambda: F.grad(outer)(x))
    norm = torch.nn.BatchNorm1d(3)
    attempt(lambda: F.grad(lambda x: norm(x).sum())(torch.ones(4, 3)))
    print(norm.num_batches_tracked, norm.running_mean)


def own_tensors_are_changed(torch: Any) -> None:
    F, x, w = torch.func, torch.arange(3.0), torch.ones(3)
    array = w.numpy()
    makers = {
        "zeros": lambda x: torch.zeros(3),
        "like": lambda x: torch.zeros_like(w),
        "tensor": lambda x: torch.tensor([1.0, 2.0, 3.0]),
        "array": lambda x: torch.from_numpy(array.copy()),
        "range": lambda x: torch.arange(3.0),
        "random": lambda x: torch.rand(3) * 0,
        "drawn": lambda x: torch.empty(3).normal_() * 0,
        "product": lambda x: w * 2,
        "clone": lambda x: w.clone(),
        "detached": lambda x: (x * 1).detach(),
        "new": lambda x: x.new_ones(3),
        "cast": lambda x: w.double().float(),
        "stacked": lambda x: torch.stack([w[0], w[1], w[2]]),
        "indexed": lambda x: w[torch.tensor([0, 1, 2])],
        "where": lambda x: torch.where(w > 0, w, w),
        "given": lambda x: x * 1,
        "sorted": lambda x: w.sort().values,
        "unrecorded": lambda x: torch.no_grad()(torch.mul)(x, 2),
        "einsum": lambda x: torch.einsum("i,i->i", w, w),
        "linear": lambda x: torch.nn.functional.linear(w, torch.eye(3)),
    }
    for name, make in makers.items():
        print(name)
        print(F.grad(lambda x, make=make: make(x).mul_(2).add_(x).sum())(x))
        print(F.grad(lambda x, make=make: (lambda y: (y[:1].mul_(x[:1]), y.sum())[1])(make(x)))(x))
    y = torch.ones(3)
    print(F.grad(lambda x, y: (y.add_(x), (x * y).sum())[1])(x, y), y)
    attempt(lambda: F.grad(lambda x: (x.mul_(2), x.sum())[1])(x))
