"""grad() and backward(inputs=...): which part of the graph runs and what is returned."""

from tests.behaviour.helpers import attempt, say


def backward_inputs_only_those(torch):
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0, requires_grad=True)
    (a * b).backward(inputs=[a])
    print(a.grad, b.grad)


def backward_inputs_single_tensor(torch):
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0, requires_grad=True)
    (a * b).backward(inputs=b)
    print(a.grad, b.grad)


def backward_inputs_nonleaf(torch):
    a = torch.tensor(2.0, requires_grad=True)
    y = a * 3
    y.retain_grad()
    (y * y).backward(inputs=[y])
    print(a.grad, y.grad)


def backward_inputs_empty(torch):
    a = torch.tensor(2.0, requires_grad=True)
    attempt(lambda: (a * a).backward(inputs=[]))


def backward_inputs_unreachable(torch):
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(2.0, requires_grad=True)
    attempt(lambda: (a * a).backward(inputs=[b]))
    print(a.grad, b.grad)


def backward_inputs_without_requires_grad(torch):
    a = torch.tensor(2.0, requires_grad=True)
    attempt(lambda: (a * a).backward(inputs=[torch.ones(1)]))


def other_branch_does_not_run(torch):
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0, requires_grad=True)
    p, q = a.sin(), b.cos()
    p.register_hook(say("p"))
    q.register_hook(say("q"))
    print(torch.autograd.grad(p * q, a))


def grad_does_not_touch_dot_grad(torch):
    a = torch.tensor(2.0, requires_grad=True)
    torch.autograd.grad(a * a, a)
    print(a.grad)


def grad_returns_a_tuple(torch):
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0, requires_grad=True)
    print(torch.autograd.grad(a * b, (a, b)))
    print(torch.autograd.grad(a * b, [b]))
    print(type(torch.autograd.grad(a * b, a)).__name__)


def grad_of_intermediate(torch):
    x = torch.tensor(1.0, requires_grad=True)
    y = x * 2
    z = y * y
    print(torch.autograd.grad(z, [y, x]))


def grad_of_output_itself(torch):
    x = torch.tensor(1.0, requires_grad=True)
    y = x * 2
    print(torch.autograd.grad(y, y))
    print(torch.autograd.grad(x, x))


def unused_input(torch):
    x = torch.tensor(1.0, requires_grad=True)
    w = torch.tensor(1.0, requires_grad=True)
    attempt(lambda: torch.autograd.grad(x * 2, [x, w]))


def allow_unused(torch):
    x = torch.tensor(1.0, requires_grad=True)
    w = torch.tensor(1.0, requires_grad=True)
    print(torch.autograd.grad(x * 2, [x, w], allow_unused=True))


def materialize_grads(torch):
    x = torch.tensor(1.0, requires_grad=True)
    w = torch.ones(2, 3, requires_grad=True)
    print(torch.autograd.grad(x * 2, [x, w], materialize_grads=True))


def materialize_grads_against_allow_unused(torch):
    x = torch.tensor(1.0, requires_grad=True)
    attempt(lambda: torch.autograd.grad(x * 2, [x], materialize_grads=True, allow_unused=False))


def input_without_requires_grad(torch):
    x = torch.tensor(1.0, requires_grad=True)
    c = torch.tensor(1.0)
    attempt(lambda: torch.autograd.grad(x * c, [c]))


def output_without_requires_grad(torch):
    x = torch.tensor(1.0, requires_grad=True)
    attempt(lambda: torch.autograd.grad(torch.ones(()), [x]))


def several_outputs(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = (x**2).sum(), (3 * x).sum()
    print(torch.autograd.grad([a, b], x))


def several_outputs_with_gradients(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = x**2, 3 * x
    print(torch.autograd.grad([a, b], [x], grad_outputs=[torch.ones(2), torch.tensor([0.0, 1.0])]))


def several_outputs_one_gradient_none(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = (x**2).sum(), 3 * x
    print(torch.autograd.grad([a, b], [x], grad_outputs=[None, torch.ones(2)]))


def grad_outputs_wrong_count(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    attempt(lambda: torch.autograd.grad([x * 2], [x], grad_outputs=[torch.ones(2), torch.ones(2)]))


def grad_outputs_wrong_shape(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    attempt(lambda: torch.autograd.grad(x * 2, x, grad_outputs=torch.ones(3)))


def nonscalar_without_grad_outputs(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    attempt(lambda: torch.autograd.grad(x * 2, x))


def leaf_hooks_run_in_grad(torch):
    x = torch.tensor(2.0, requires_grad=True)
    x.register_hook(lambda g: g * 10)
    x.register_post_accumulate_grad_hook(lambda t: print("accumulated"))
    print(torch.autograd.grad(x * 3, x))
    print(x.grad)


def leaf_node_prehook_in_grad(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    acc = y.grad_fn.next_functions[0][0]
    acc.register_prehook(lambda gs: print("pre", gs))
    acc.register_hook(lambda gi, go: print("post", gi, go))
    print(torch.autograd.grad(y, x))


def inner_tensor_hooks_run_in_grad(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.register_hook(lambda g: g * 10)
    z = y * y
    print(torch.autograd.grad(z, [y, x]))


def gradient_edge_as_input(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    edge = torch.autograd.graph.get_gradient_edge(y)
    print(edge.node.name(), edge.output_nr)
    z = y * y
    print(torch.autograd.grad(z, edge))


def gradient_edge_of_leaf(torch):
    x = torch.tensor(2.0, requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(x)
    print(edge.node.name(), edge.output_nr)
    print(torch.autograd.grad(x * x, edge))


def gradient_edge_as_output(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    edge = torch.autograd.graph.get_gradient_edge(y)
    print(torch.autograd.grad(edge, x, grad_outputs=torch.tensor(1.0)))


def gradient_edge_of_plain_tensor(torch):
    attempt(lambda: torch.autograd.graph.get_gradient_edge(torch.ones(1)))


def duplicate_inputs(torch):
    x = torch.tensor(2.0, requires_grad=True)
    print(torch.autograd.grad(x * x, [x, x]))


def grad_of_list_must_not_be_empty(torch):
    x = torch.tensor(2.0, requires_grad=True)
    print(torch.autograd.grad(x * x, x, only_inputs=True))
    attempt(lambda: torch.autograd.grad(x * x, []))


def retain_grad_and_grad(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.retain_grad()
    print(torch.autograd.grad(y * y, x))
    print(y.grad)


def is_grads_batched(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x**2
    print(torch.autograd.grad(y, x, torch.eye(2), is_grads_batched=True))
