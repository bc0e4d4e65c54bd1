"""Second derivatives, in every order of modes, of functions that change tensors in place."""

import importlib

_CHANGES = {
    "mul_": lambda a, q: a.mul_(q.view(2, 2)),
    "exp_": lambda a, q: a.exp_(),
    "pow_": lambda a, q: a.pow_(q.view(2, 2)),
    "a row": lambda a, q: a[0].mul_(q[:2]),
    "a column": lambda a, q: a.__setitem__((slice(None), 1), q[2:] * q[:2]),
    "an element": lambda a, q: a.__setitem__((0, 1), q[1] * q[0]),
    "a mask": lambda a, q: a.__setitem__(a.detach() > 1, q[0] * q[1]),
    "rows": lambda a, q: a.index_copy_(0, q.new_ones(1).long(), (q[:2] * q[1]).view(1, 2)),
    "copy_": lambda a, q: a.copy_(q.view(2, 2) * q[0]),
    "fill_": lambda a, q: a[0].fill_(q[0] * q[1]),
    "fill_diagonal_": lambda a, q: a.fill_diagonal_(2.0),
    "as_strided": lambda a, q: a.as_strided((2,), (3,), 0).mul_(q[:2]),
    "transpose_": lambda a, q: a.transpose_(0, 1)[0].mul_(q[:2]),
    "unsqueeze_": lambda a, q: a.unsqueeze_(0).mul_(q.view(2, 2)),
    "diagonal": lambda a, q: a.diagonal().mul_(q[:2] * q[2:]),
    "twice": lambda a, q: a.t()[0].mul_(q[:2]).sin_(),
}


def _of(torch, name):
    def function(q):
        a = (q * q).view(2, 2).clone()
        _CHANGES[name](a, q)
        return (a * a.sin()).sum()

    return function


def _show(torch, transform):
    x = torch.tensor([0.7, 1.3, 0.4, 1.9], dtype=torch.float64)
    for name in _CHANGES:
        found = transform(_of(torch, name), x).flatten()
        print(name, [round(n, 4) + 0.0 for n in found.tolist()])


def forward_over_reverse(torch):
    _show(torch, lambda f, x: torch.func.hessian(f)(x))


def forward_over_reverse_of_one_vector(torch):
    def product(f, x):
        return torch.func.jvp(torch.func.grad(f), (x,), (torch.ones_like(x),))[1]

    _show(torch, product)


def reverse_over_forward(torch):
    _show(torch, lambda f, x: torch.func.jacrev(torch.func.jacfwd(f))(x))


def reverse_over_reverse(torch):
    _show(torch, lambda f, x: torch.func.jacrev(torch.func.jacrev(f))(x))


def dual_tensors_and_graphs(torch):
    forward = importlib.import_module(torch.__name__ + ".autograd.forward_ad")

    def product(f, x):
        x = x.clone().requires_grad_()
        with forward.dual_level():
            y = f(forward.make_dual(x, torch.ones_like(x)))
            (gradient,) = torch.autograd.grad(y, x, create_graph=True)
            tangent = forward.unpack_dual(gradient).tangent
            (again,) = torch.autograd.grad(forward.unpack_dual(y).tangent, x)
        return torch.stack([tangent, again])

    _show(torch, product)


def views_by_strides_of_each_example(torch):
    def change(x):
        x = x.clone()
        x.as_strided((2,), (3,), 0).mul_(5.0)
        return x, x[1].as_strided((2,), (1,)), x.stride(), x.storage_offset()

    x = torch.arange(12.0).reshape(3, 2, 2)
    for dim in (0, 1):
        torch.vmap(lambda x: print(change(x)[2:]) or x, in_dims=dim)(x)
        print(torch.vmap(lambda x: change(x)[:2], in_dims=dim)(x))
