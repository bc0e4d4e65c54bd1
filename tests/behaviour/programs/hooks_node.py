"""Hooks on graph nodes, prehooks, and where they stand among the others."""

from tests.behaviour.helpers import attempt, say


def node_posthook(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.grad_fn.register_hook(lambda gi, go: print("in", gi, "out", go))
    y.backward()


def node_prehook(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.grad_fn.register_prehook(lambda go: print("out", go))
    y.backward()


def node_posthook_replaces(torch):
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(5.0, requires_grad=True)
    y = x * w
    y.grad_fn.register_hook(lambda gi, go: (gi[0] * 100, gi[1]))
    y.backward()
    print(x.grad, w.grad)


def node_prehook_replaces(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.grad_fn.register_prehook(lambda go: (go[0] * 7,))
    y.backward()
    print(x.grad)


def node_posthook_wrong_count(torch):
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(2.0, requires_grad=True)
    y = x * w
    y.grad_fn.register_hook(lambda gi, go: (gi[0],))
    attempt(lambda: y.backward())


def node_posthook_not_a_tuple(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.grad_fn.register_hook(lambda gi, go: 5)
    attempt(lambda: y.backward())


def input_that_needs_no_gradient_is_none(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * torch.tensor(3.0)
    y.grad_fn.register_hook(lambda gi, go: print(gi))
    y.backward()


def order_at_an_inner_tensor(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.grad_fn.register_hook(lambda gi, go: print("node post"))
    y.grad_fn.register_prehook(lambda go: print("node pre"))
    y.register_hook(say("tensor"))
    y.retain_grad()
    (y * 2).backward()
    print(y.grad)


def order_at_a_leaf(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    acc = y.grad_fn.next_functions[0][0]
    x.register_post_accumulate_grad_hook(lambda t: print("post accumulate", t.grad))
    acc.register_hook(lambda gi, go: print("node post", gi, go))
    acc.register_prehook(lambda go: print("node pre", go, x.grad))
    x.register_hook(lambda g: print("tensor", g))
    y.backward()


def accumulate_prehook_replaces(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    acc = y.grad_fn.next_functions[0][0]
    acc.register_prehook(lambda go: (go[0] + 100,))
    y.backward()
    print(x.grad)


def accumulate_posthook_sees_grad(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    acc = y.grad_fn.next_functions[0][0]
    acc.register_hook(lambda gi, go: print(gi, go, acc.variable.grad))
    y.backward()


def node_hook_removed(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x + 3
    handle = y.grad_fn.register_hook(lambda gi, go: print("post"))
    pre = y.grad_fn.register_prehook(lambda go: print("pre"))
    y.backward()
    handle.remove()
    pre.remove()
    y.backward()
    print(x.grad)


def several_node_hooks_chain(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.grad_fn.register_hook(lambda gi, go: (gi[0] + 1, None))
    y.grad_fn.register_hook(lambda gi, go: (gi[0] * 10, None))
    y.backward()
    print(x.grad)


def prehook_of_two_output_node(torch):
    x = torch.arange(4.0, requires_grad=True)
    a, b = x.unbind(0)[:2]
    a.grad_fn.register_prehook(lambda go: print([None if g is None else g.item() for g in go]))
    (a * 5).backward()


def metadata_is_a_dictionary(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.grad_fn.metadata["note"] = "mine"
    print(y.grad_fn.metadata)


def names_of_nodes(torch):
    x = torch.rand(2, 2, requires_grad=True)
    for result in (
        x + 1, x - 1, x * 2, x / 2, -x, x**2, 2**x, x @ x, x.exp(), x.log(), x.sqrt(), x.abs(),
        x.sin(), x.cos(), x.tanh(), x.sigmoid(), x.relu(), x.sum(), x.sum(0), x.mean(), x.mean(0),
        x.max(), x.max(0).values, x.min(), x.t(), x.view(4), x.reshape(4), x[0], x[:, 0],
        x[x > 2], x.clone(), x.contiguous(), x.expand(2, 2), x.unsqueeze(0), x.squeeze(),
        x.permute(1, 0), x.transpose(0, 1), torch.cat([x, x]), torch.stack([x, x]), x.norm(),
        x.var(), x.std(), x.prod(), x.clamp(0, 1), torch.where(x > 0, x, -x), x.softmax(0),
        x.log_softmax(0), x.square(), x.reciprocal(), x.rsqrt(), x.mm(x), torch.mv(x, x[0]),
        x[0].dot(x[1]), x.flatten(), x.diag(), x.trace(), x.cumsum(0), x.double(), x.detach() * x,
        x.narrow(0, 0, 1), x.select(0, 1), x.logsumexp(0), x.floor(), x.round(), x.sign(),
        x.split(1)[0], x.chunk(2)[0], x.unbind(0)[0], x.gather(0, torch.zeros(1, 2).long()),
        torch.addmm(x, x, x), torch.maximum(x, x), x.repeat(2, 1), x.masked_fill(x > 0, 0),
        x.sort()[0], x.flip(0), x.roll(1), x.tril(), torch.outer(x[0], x[1]),
        torch.einsum("ij,jk->ik", x, x), x.cumprod(0), x.atan(), x.log1p(),
    ):  # fmt: skip
        print(result.grad_fn.name() if result.grad_fn is not None else None)


def repr_of_nodes(torch):
    x = torch.ones(2, requires_grad=True)
    print((x * 2).grad_fn)
    print((x * 2).grad_fn.next_functions)
    print(x.grad_fn, type((x + 1).grad_fn).__name__)


def saved_attributes(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    node = (x * w).grad_fn
    print(node._saved_self, node._saved_other)
    print((x**3).grad_fn._saved_exponent, (x**3).grad_fn._saved_self)
    print(x.exp().grad_fn._saved_result)
    print(x.sum(0, keepdim=True).grad_fn._saved_dim, x.sum(0).grad_fn._saved_keepdim)


def unneeded_is_not_saved(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([3.0, 4.0])
    node = (x * c).grad_fn
    print(node._saved_self, node._saved_other)


def hook_on_node_under_create_graph(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x**3
    y.grad_fn.register_hook(lambda gi, go: print(gi[0].requires_grad))
    torch.autograd.grad(y, x, create_graph=True)


def exception_in_node_hook(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3

    def hook(gi, go):
        raise IndexError("in node hook")

    y.grad_fn.register_hook(hook)
    attempt(lambda: y.backward())
    print(x.grad)
