"""torch.func.vmap: what batched tensors show and refuse, randomness, and derivatives inside out."""

from tests.behaviour.helpers import attempt


def _x(torch):
    return torch.tensor([[0.5, -1.0, 2.0], [1.0, 3.0, -0.25]])


def what_a_batched_tensor_shows(torch):
    def look(a):
        print(a)
        print(tuple(a.shape), a.dim(), a.numel(), a.dtype, len(a))
        return a

    torch.vmap(look)(_x(torch))
    torch.vmap(torch.vmap(look))(_x(torch).reshape(1, 2, 3))


def what_a_batched_tensor_refuses(torch):
    x = _x(torch)
    for action in (
        lambda a: a.sum().item(),
        lambda a: float(a.sum()),
        lambda a: a if a.sum() > 0 else -a,
        lambda a: a.numpy(),
        lambda a: a.tolist(),
        lambda a: a[a > 0],
        torch.nonzero,
        torch.unique,
        lambda a: torch.masked_select(a, a > 0),
        lambda a: torch.allclose(a, a),
        lambda a: torch.zeros(3).mul_(a),
        lambda a: torch.zeros(3).copy_(a),
        lambda a: a.requires_grad_(),
        lambda a: (a * torch.ones(3, requires_grad=True)).sum().backward(),
    ):
        attempt(lambda action=action: torch.vmap(action)(x))


def where_the_batch_lies(torch):
    x = _x(torch)
    print(torch.vmap(lambda a, b: a + b, in_dims=(0, 1))(x, x.t()))
    print(torch.vmap(lambda a: a * 2, out_dims=1)(x))
    print(torch.vmap(lambda a: a * 2, out_dims=-1)(x))
    print(torch.vmap(lambda a: (a, a.sum()), out_dims=(1, 0), chunk_size=1)(x))
    print(torch.vmap(lambda d: d["a"] * d["b"], in_dims=({"a": 0, "b": None},))({"a": x, "b": x}))
    print(torch.vmap(lambda a: torch.ones(2))(x))
    print(torch.vmap(lambda a: torch.ones(2), out_dims=None)(x))
    attempt(lambda: torch.vmap(lambda a: a, out_dims=None)(x))
    attempt(lambda: torch.vmap(lambda a: a, out_dims=3)(x))
    attempt(lambda: torch.vmap(lambda a: (a, 3))(x))
    attempt(lambda: torch.vmap(lambda a: a, chunk_size=0)(x))


def operations_of_each_kind(torch):
    x, places = _x(torch), torch.tensor([[0, 1], [2, 2]])
    print(torch.vmap(lambda a, i: a[i])(x, places))
    print(torch.vmap(lambda a, i: a[i], in_dims=(None, 0))(x.t(), places))
    print(torch.vmap(lambda a, i: a[i], in_dims=(0, None))(x, places))
    print(torch.vmap(lambda a: torch.stack([a, a * 2], 1))(x))
    print(torch.vmap(lambda a: torch.einsum("i,j->ij", a, a))(x))
    print(torch.vmap(lambda a: torch.where(a > 0, a, 0.0).cumsum(0).flip(0))(x))
    print(torch.vmap(lambda a: torch.zeros_like(a).add_(a).mul_(2))(x))
    print(torch.vmap(lambda a: torch.nn.functional.cross_entropy(a, a.argmax()))(x))
    print(torch.vmap(torch.sort)(x))


def random_numbers(torch):
    x = _x(torch)
    torch.manual_seed(0)
    attempt(lambda: torch.vmap(lambda a: a + torch.rand(3))(x))
    for randomness in ("same", "different"):
        torch.manual_seed(0)
        print(torch.vmap(lambda a: a + torch.rand(3), randomness=randomness)(x))
        print(torch.vmap(lambda a: a + torch.randn(20), randomness=randomness)(x.sum(1)).sum(1))
        print(torch.vmap(torch.nn.functional.dropout, randomness=randomness)(x))
        print(torch.vmap(lambda a: a.clone().normal_(), randomness=randomness)(x))
        draw = torch.vmap(lambda a: a.sigmoid().bernoulli(), randomness=randomness)
        attempt(lambda draw=draw: print(draw(x)))
    attempt(lambda: torch.vmap(lambda a: torch.zeros(3).uniform_(), randomness="different")(x))


def derivatives_inside_and_outside(torch):
    x, w = _x(torch), torch.tensor([1.0, 2.0, 3.0])
    f = torch.func

    def loss(w, a):
        return (a * w).sin().sum()

    print(torch.vmap(f.grad(loss), in_dims=(None, 0))(w, x))
    print(f.grad(lambda w: torch.vmap(loss, in_dims=(None, 0))(w, x).sum())(w))
    print(torch.vmap(f.hessian(lambda a: (a**3).prod()))(x))
    print(torch.vmap(f.jacrev(lambda a: a.exp() * a.sum()))(x))
    print(torch.vmap(lambda a: f.jvp(torch.sin, (a,), (a,)))(x))
    print(torch.vmap(f.vjp(torch.sin, x[0])[1])(x))
    print(f.jacrev(torch.vmap(torch.prod))(x))
    y = torch.vmap(lambda a: a.exp().sum())(x.requires_grad_())
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    print(y.requires_grad, torch.autograd.grad((first**2).sum(), x))


def batches_of_cotangents(torch):
    x = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
    y = x.exp() * x.sum()
    (j,) = torch.autograd.grad(y, x, torch.eye(3), is_grads_batched=True, create_graph=True)
    print(j)
    print(torch.autograd.grad((j**2).sum(), x))
    x = x.detach()
    print(torch.autograd.functional.jacobian(lambda v: v.sin() * v.sum(), x, vectorize=True))
    print(
        torch.autograd.functional.jacobian(
            lambda v: (v.sin(), v.sum()), x, vectorize=True, strategy="forward-mode"
        )
    )
    print(torch.autograd.functional.hessian(lambda v: v.prod(), x, vectorize=True))


def structures_that_do_not_fit(torch):
    x = torch.ones(2)
    vmap = torch.vmap
    attempt(lambda: vmap(torch.mul, in_dims=(0,))(x, x))
    attempt(lambda: vmap(lambda d: d["a"], in_dims=({"b": 0},))({"a": x}))
    attempt(lambda: vmap(lambda d: d[0] + d[1], in_dims=((0, 0),))([x, x]))
    attempt(lambda: vmap(lambda d: d[0] + d[1], in_dims=([0],))([x, x]))
    attempt(lambda: vmap(lambda a: (a, a), out_dims=(0,))(x))
    attempt(lambda: vmap(lambda a: a, out_dims=(0, 0))(x))
    attempt(lambda: vmap(lambda a: {"a": a}, out_dims={"b": 0})(x))
    attempt(lambda: vmap(lambda a: [a, a], out_dims=(0, 0))(x))
    attempt(lambda: vmap(lambda a: a, out_dims="first")(x))
    attempt(lambda: vmap(lambda a: a, out_dims=0.5)(x))


def chunks_with_the_same_random_numbers(torch):
    x = torch.zeros(5)
    print(torch.vmap(lambda a: a + torch.rand(1), randomness="same", chunk_size=2)(x))
    print(torch.vmap(lambda a: a + torch.rand(1), randomness="different", chunk_size=2)(x).shape)


def what_one_example_tells(torch):
    x = torch.ones(2, 3, 4)
    tell = lambda a: print(a.shape, a.stride(), a.stride(0), a.is_contiguous()) or a  # noqa: E731
    torch.vmap(tell)(x)
    torch.vmap(tell, in_dims=1)(x)
    torch.vmap(lambda a: torch.vmap(lambda b: print(b.stride()) or b)(a), in_dims=2)(x)
    attempt(lambda: torch.vmap(lambda a: a.data_ptr())(x))
    attempt(lambda: torch.vmap(lambda a: torch.equal(a, a))(x))
